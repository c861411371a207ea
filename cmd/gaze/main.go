// Command gaze is the desktop application: it shows where a convolutional
// network looks.
package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"

	"fyne.io/fyne/v2/app"
	"github.com/alecthomas/kong"

	"gaze/icon"
	"gaze/ui"
)

func main() {
	var args struct {
		Model   string           `placeholder:"NAME|FILE" help:"Network to begin with: its name, or a .onnx, .safetensors or .pth file."`
		Weights string           `placeholder:"FILE" help:"Weights of the network given by its name."`
		Layer   string           `placeholder:"NAME" help:"Layer to begin with."`
		Method  string           `placeholder:"NAME" help:"Method to begin with."`
		Lang    string           `placeholder:"CODE" enum:",${languages}" default:"" help:"Language of the window: ${languages}."`
		Version kong.VersionFlag `help:"Print the version and exit."`
		Paths   []string         `arg:"" optional:"" name:"path" help:"Pictures and folders to open."`
	}
	kong.Parse(&args, verbatimStrings(), kong.Name("gaze"), kong.Description("See where a convolutional network looks."),
		kong.Vars{"version": version(), "languages": strings.Join(ui.Languages(), ",")})

	gaze := app.NewWithID("app.gaze")
	gaze.SetIcon(icon.Resource())
	window := ui.New(gaze, ui.Options{
		Model: args.Model, Weights: args.Weights, Layer: args.Layer, Method: args.Method,
		Language: args.Lang, Paths: args.Paths, Version: version(),
	})
	if err := window.ShowAndRun(); err != nil {
		fmt.Fprintf(os.Stderr, "gaze: %v; gazectl does the same work without one\n", err)
		os.Exit(1)
	}
}

// version is the version the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	return info.Main.Version
}

// verbatimStrings has all string arguments read by verbatim.
func verbatimStrings() kong.Option {
	return kong.KindMapper(reflect.String, kong.MapperFunc(verbatim))
}

// verbatim takes a string argument as it is. Kong's own way leads through JSON,
// which has no place for a file name that is not UTF-8.
func verbatim(ctx *kong.DecodeContext, target reflect.Value) error {
	t, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}
	target.SetString(t.String())
	return nil
}
