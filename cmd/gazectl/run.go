package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// Exit statuses. Scripts rely on them.
const (
	exitOK          = 0
	exitFailed      = 1   // some picture or download failed, everything else was done
	exitUsage       = 2   // nothing was done: arguments, network or files unusable
	exitInterrupted = 130 // stopped by Ctrl-C: what was finished is there
)

// errPictures is returned by a command that could not deal with some of its
// pictures and has said so.
var errPictures = errors.New("some pictures failed")

// errModels is returned by a command that could not deal with some of its
// networks and has said so.
var errModels = errors.New("some networks failed")

// commands is the command line.
type commands struct {
	Explain explainCommand `cmd:"" help:"Show where a network looks in pictures."`
	Analyze analyzeCommand `cmd:"" help:"Explain every picture in a folder: sheets and a table."`
	Merge   mergeCommand   `cmd:"" help:"Join what runs of analyze with --shard made."`
	Compare compareCommand `cmd:"" help:"Measure how faithful the maps of several methods are."`
	See     seeCommand     `cmd:"" help:"Write what a network sees of pictures."`
	Layers  layersCommand  `cmd:"" help:"List a network's layers: shapes, parameters, which can be explained."`
	Doctor  doctorCommand  `cmd:"" help:"Tell what a file of a network is, what Gaze reads of it, and what to do where it does not."`
	Samples samplesCommand `cmd:"" help:"Write sample pictures into a folder."`
	Models  modelsCommand  `cmd:"" help:"List, download and remove networks."`
	Devices devicesCommand `cmd:"" help:"List what this computer can run networks on."`
	Bench   benchCommand   `cmd:"" help:"Time networks on this computer."`

	Version kong.VersionFlag `help:"Print the version and exit."`
}

const description = `Gaze shows where a convolutional network looks.

  gazectl explain photo.jpg --out maps
  gazectl explain --model squeezenet1_1.safetensors --layer features.12 --class ladybug photo.jpg --json
  gazectl analyze photos --out results

Exit status: 0 done, 1 some picture or download failed, 2 nothing could be done, 130 interrupted.`

// run is the program: it parses the arguments, calls the command and returns
// the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	io := newStreams(stdout, stderr)
	asked := -1 // the exit status asked for by --help and --version
	var cmds commands
	parser, err := kong.New(
		&cmds,
		kong.Name("gazectl"), kong.Description(description),
		kong.Vars(choices()),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { asked = code }),
		kong.KindMapper(reflect.String, kong.MapperFunc(verbatim)),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(io),
	)
	if err != nil {
		io.complain("%v", err)
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	if asked >= 0 {
		return asked
	}
	if err == nil {
		err = repeated(parsed)
	}
	if err != nil {
		io.complain("%v", err)
		fmt.Fprintln(stderr, "See gazectl --help and gazectl COMMAND --help.")
		return exitUsage
	}
	err = parsed.Run()
	io.bar.clear()
	switch {
	case ctx.Err() != nil:
		io.complain("interrupted; what was finished is there")
		return exitInterrupted
	case err == nil:
		return exitOK
	case errors.Is(err, errPictures), errors.Is(err, errModels):
		return exitFailed
	}
	io.complain("%v", err)
	return exitUsage
}

// repeated is an error for a flag that has one value and was given several, of
// which Kong would take the last.
func repeated(parsed *kong.Context) error {
	given := make(map[*kong.Flag]bool)
	for _, p := range parsed.Path {
		if f := p.Flag; f != nil && !f.IsCumulative() && !f.IsBool() {
			if given[f] {
				return fmt.Errorf("--%s is given twice and takes one value", f.Name)
			}
			given[f] = true
		}
	}
	return nil
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

// version is the version the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "gazectl (unknown version)"
	}
	return "gazectl " + info.Main.Version
}
