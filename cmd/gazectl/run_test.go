package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/picture"
	"gaze/models/builtin"
)

// outcome is what a run of the program leaves.
type outcome struct {
	status         int
	stdout, stderr string
}

func gazectl(t *testing.T, args ...string) outcome {
	t.Helper()
	var out, err bytes.Buffer
	status := run(t.Context(), args, &out, &err)
	// That it was the CPU depends on the machine.
	said := slices.DeleteFunc(strings.SplitAfter(err.String(), "\n"), func(line string) bool {
		return strings.HasPrefix(line, "gazectl: computed on ")
	})
	return outcome{status, out.String(), strings.Join(said, "")}
}

func TestWhyTheCPUIsTakenIsSaid(t *testing.T) {
	photo := draw(t, filepath.Join(t.TempDir(), "photo.png"), 64, 48)
	for _, c := range []struct {
		device string
		lines  int
	}{{"cpu", 0}, {"auto", 1}} {
		if slices.ContainsFunc(compute.Devices(), func(d compute.Device) bool { return d.Usable && d.Name != "cpu" }) {
			t.Skip("there is a GPU")
		}
		var out, err bytes.Buffer
		run(t.Context(), []string{"explain", "--device", c.device, photo}, &out, &err)
		if n := strings.Count(err.String(), "gazectl: computed on CPU, "); n != c.lines {
			t.Errorf("--device %s says so %d times:\n%s", c.device, n, err.String())
		}
	}
}

// draw writes a picture of coloured stripes.
func draw(t *testing.T, path string, width, height int) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.RGBA{uint8(x * 255 / width), uint8(y * 255 / height), uint8((x + y) % 64 * 4), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return write(t, path, b.Bytes())
}

func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// parse reads standard output as nothing but one JSON array.
func parse[T any](t *testing.T, o outcome) []T {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(o.stdout))
	var list []T
	if err := dec.Decode(&list); err != nil {
		t.Fatalf("%v in standard output:\n%s\nstandard error:\n%s", err, o.stdout, o.stderr)
	}
	if _, err := dec.Token(); err != io.EOF {
		t.Fatalf("standard output goes on after the array: %v", err)
	}
	return list
}

func keys(m map[string]any) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// TestUnusableArgumentsAreStatus2: one message says what is wrong, and nothing
// is printed where results would be.
func TestUnusableArgumentsAreStatus2(t *testing.T) {
	photo := draw(t, filepath.Join(t.TempDir(), "a.png"), 20, 20)
	half := write(t, filepath.Join(t.TempDir(), "half.safetensors"), []byte("\xff\x00\x00\x00\x00\x00\x00\x00{"))
	file := write(t, filepath.Join(t.TempDir(), "file"), nil)
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "expected one of"},
		{[]string{"explane"}, "explane"},
		{[]string{"explain"}, "no pictures given"},
		{[]string{"explain", "--no-such-flag", photo}, "--no-such-flag"},
		{[]string{"explain", "--model", "zork", photo}, `"zork"`},
		{[]string{"explain", "--model", "squeezenet1_1", photo}, "--weights"},
		{[]string{"explain", "--model", "no/such.safetensors", photo}, "no/such.safetensors"},
		{[]string{"explain", "--model", half, photo}, half},
		{[]string{"explain", "--model", "squeezenet1_1", "--weights", half, photo}, half},
		{[]string{"explain", "--layer", "layer9", photo}, `no layer "layer9"`},
		{[]string{"explain", "--layer", "fc", photo}, "no extent in space"},
		{[]string{"explain", "--method", "guesswork", photo}, "gradcam, hirescam"},
		{[]string{"explain", "--class", "zebra crossing", photo}, `no class "zebra crossing"`},
		{[]string{"explain", "--class", "117", photo}, "between 0 and 116"},
		{[]string{"explain", "--class", "", photo}, `class "" is empty`},
		{[]string{"explain", "--class", "mug", "--class", "laptop", photo}, "--class is given twice"},
		{[]string{"explain", "--class", "mug", "--target", "contrast", "--other", "mug", photo}, "mug twice"},
		{[]string{"compare", "--target", "sum", "--other", "mug", "--other", "mug", photo}, "mug twice"},
		{[]string{"explain", "--layer", "layer4", "--layer", "layer4", photo}, "asked for twice"},
		{[]string{"explain", "--colormap", "rainbow", photo}, "viridis"},
		{[]string{"explain", "--opacity", "1.5", photo}, "between 0 and 1"},
		{[]string{"explain", "--opacity", "NaN", photo}, "between 0 and 1"},
		{[]string{"explain", "--device", "abacus", photo}, "abacus"},
		{[]string{"explain", "--device", "cuda:99", photo}, "no GPU can be used"},
		{[]string{"explain", "--precision", "fp8", photo}, "fp32"},
		{[]string{"explain", "--out", file + "/below", photo}, "folder for results"},
		{[]string{"explain", "--input-tensor", half}, half},
		{[]string{"explain", "--input-tensor", half, photo}, "not both"},
		{[]string{"explain", "--mean", "103.939,116.779,123.68", photo}, "--scale 255, or take --preprocess caffe"},
		{[]string{"explain", "--mean", "a,b", photo}, `--mean: "a" is not a number`},
		{[]string{"explain", "--size", "10xx", photo}, `--size "10xx"`},
		{[]string{"explain", "--size", "0", photo}, `--size "0"`},
		{[]string{"explain", "--scale", "0", photo}, "--scale 0"},
		{[]string{"explain", "--resize=-1", photo}, "--resize -1"},
		{[]string{"explain", "--channels", "hsv", photo}, `--channels: channels "HSV"`},
		{[]string{"explain", "--channels", "*_{a,b}.png", photo}, "has 2 channels, and the network takes 3"},
		{[]string{"explain", "--channels", "*.png", photo}, "list of channels in braces"},
		{[]string{"explain", "--preprocess", "keras", photo}, "imagenet, unit, symmetric, caffe, none"},
		{[]string{"explain", "--activation", "relu", photo}, `activation "relu"`},
		{[]string{"explain", "--threshold", "0.3", photo}, "the activation sigmoid"},
		{[]string{"explain", "--unit", "years", photo}, "the activation none"},
		{[]string{"explain", "--positive", "mug", photo}, "one output"},
		{[]string{"explain", "--input", "age", photo}, `--input "age" is not NAME=VALUE`},
		{[]string{"explain", "--input", "age=1", "--input", "age=2", photo}, "age twice"},
		{[]string{"explain", "--input", "age=old", photo}, `"old" is not a number`},
		{[]string{"explain", "--input", "age=1", photo}, "only an .onnx file has further inputs"},
		{[]string{"explain", "--output", "scores", photo}, "only an .onnx file has further inputs"},
		{[]string{"see", photo}, "--out"},
		{[]string{"layers", "--model", "zork"}, `"zork"`},
		{[]string{"analyze", t.TempDir()}, "--out"},
		{[]string{"analyze", "--out", t.TempDir()}, "--list FILE"},
		{[]string{"analyze", "--list", photo + "s", "--out", t.TempDir()}, "--list: open "},
		{[]string{"analyze", photo + "s", "--out", t.TempDir()}, "does not exist"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			o := gazectl(t, c.args...)
			if o.status != 2 || o.stdout != "" {
				t.Errorf("status %d, standard output %q", o.status, o.stdout)
			}
			if !strings.Contains(o.stderr, c.says) || strings.Count(o.stderr, "gazectl:") != 1 {
				t.Errorf("standard error does not say %q once:\n%s", c.says, o.stderr)
			}
		})
	}
}

func TestHelpNamesEveryFlagOfTheContract(t *testing.T) {
	contract := map[string][]string{
		"explain": {"--model", "--weights", "--layer", "--method", "--class", "--device", "--colormap", "--opacity", "--out", "--raw", "--json", "--save-input", "--input-tensor", "--threads", "--exact", "--profile"},
		"analyze": {"--model", "--weights", "--layer", "--method", "--class", "--device", "--colormap", "--opacity", "--out", "--raw", "--json", "--jobs", "--resume", "--write", "--format", "--max-side", "--truth", "--boxes", "--masks", "--shard", "--list"},
		"merge":   {"--help"},
		"bench":   {"--model", "--weights", "--threads", "--batch", "--device", "--exact", "--runs", "--json", "--interactive"},
		"compare": {"--model", "--weights", "--layer", "--methods", "--metrics", "--steps", "--batch", "--class", "--device", "--colormap", "--opacity", "--sanity", "--seed", "--out", "--json", "--threads", "--exact"},
		"layers":  {"--model", "--weights", "--json"},
		"see":     {"--model", "--weights", "--labels", "--preprocess", "--size", "--resize", "--channels", "--scale", "--mean", "--std", "--activation", "--threshold", "--unit", "--positive", "--input", "--output", "--out", "--json"},
		"doctor":  {"--help"},
		"samples": {"--help"},
		"models":  {"--json"},
		"devices": {"--json"},
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[commands]()) {
		if _, is := field.Tag.Lookup("cmd"); is && contract[strings.ToLower(field.Name)] == nil {
			t.Errorf("the contract does not have the command %s", strings.ToLower(field.Name))
		}
	}
	for command, flags := range contract {
		o := gazectl(t, command, "--help")
		if o.status != 0 || o.stderr != "" {
			t.Errorf("%s --help: status %d, standard error %q", command, o.status, o.stderr)
		}
		for _, f := range flags {
			if !strings.Contains(o.stdout, f) {
				t.Errorf("%s --help does not mention %s", command, f)
			}
		}
		if all := gazectl(t, "--help"); !strings.Contains(all.stdout, command) {
			t.Errorf("--help does not mention %s", command)
		}
	}
	if o := gazectl(t, "--version"); o.status != 0 || !strings.HasPrefix(o.stdout, "gazectl ") {
		t.Errorf("--version: %+v", o)
	}
}

// What a flag can be is named in its help, also where the help says more of it than
// its name.
func TestHelpNamesWhatFlagsCanBe(t *testing.T) {
	help := strings.Join(strings.Fields(gazectl(t, "explain", "--help").stdout), " ")
	for from, lists := range map[string]string{
		"--target=KIND": enum(compute.TargetKinds()),
		"--fuse=":       enum(compute.Fusions()),
		"--smooth=HOW":  enum(compute.Smoothings()),
		"--device=NAME": strings.Join(compute.DeviceNames(), ","),
		"Arguments:":    strings.Join(picture.Formats(), ","),
	} {
		_, text, found := strings.Cut(help, from)
		text, _, _ = strings.Cut(text, " --")
		for _, name := range strings.Split(lists, ",") {
			if !found || !strings.Contains(text, name) {
				t.Errorf("what follows %s does not name %s: %s", from, name, text)
			}
		}
	}
	photo := draw(t, filepath.Join(t.TempDir(), "a.png"), 20, 20)
	for _, flag := range []string{"--target", "--fuse", "--smooth"} {
		if o := gazectl(t, "explain", photo, flag, "guess"); o.status != exitUsage || !strings.Contains(o.stderr, flag) {
			t.Errorf("%s guess: %+v", flag, o)
		}
	}
}

// TestLists checks the contract of the commands that only look something up.
func TestLists(t *testing.T) {
	t.Run("layers", func(t *testing.T) {
		rows := parse[map[string]any](t, gazectl(t, "layers", "--model", "builtin", "--json"))
		defaults := 0
		for _, r := range rows {
			if want := []string{"default", "explainable", "kind", "macs", "name", "params", "shape"}; !slices.Equal(keys(r), want) {
				t.Fatalf("keys %v, want %v", keys(r), want)
			}
			if r["default"] == true {
				defaults++
				if r["name"] != "layer4" || r["explainable"] != true {
					t.Errorf("default layer %v", r)
				}
			}
		}
		if defaults != 1 {
			t.Errorf("%d default layers", defaults)
		}
		text := gazectl(t, "layers")
		net, err := builtin.Network()
		if err != nil {
			t.Fatal(err)
		}
		if text.status != 0 || strings.Count(text.stdout, "\n") != len(net.Tree())+4 {
			t.Errorf("the table has not one line a module and layer, a head, a sum and the input:\n%s", text.stdout)
		}
	})
	t.Run("models", func(t *testing.T) {
		list := parse[map[string]any](t, gazectl(t, "models", "--json"))
		if len(list) == 0 || list[0]["name"] != "everyday" || list[0]["ready"] != true {
			t.Errorf("the built-in network does not come first: %v", list)
		}
		if o := gazectl(t, "models"); o.status != 0 || !strings.Contains(o.stdout, "squeezenet1_1") {
			t.Errorf("%+v", o)
		}
	})
	t.Run("devices", func(t *testing.T) {
		list := parse[map[string]any](t, gazectl(t, "devices", "--json"))
		if !slices.ContainsFunc(list, func(d map[string]any) bool { return d["name"] == "cpu" && d["usable"] == true }) {
			t.Errorf("there is no processor: %v", list)
		}
		if o := gazectl(t, "devices"); o.status != 0 || !strings.Contains(o.stdout, "cpu") {
			t.Errorf("%+v", o)
		}
	})
}

// TestFileNamesAreTakenAsTheyAre: they need not be UTF-8, and what is written
// in them does not steer the terminal.
func TestFileNamesAreTakenAsTheyAre(t *testing.T) {
	for name, shown := range map[string]string{"a\xff.png": "a\uFFFD.png", "a\x1b[2J\nb.png": "a\uFFFD[2J"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Skipf("no such file names here: %v", err)
		}
		o := gazectl(t, "explain", filepath.Join(dir, name))
		if o.status != 1 || !strings.Contains(o.stderr, shown) || !strings.Contains(o.stderr, "empty file") || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("%q: %+v", name, o)
		}
		draw(t, filepath.Join(dir, name), 20, 20)
		o = gazectl(t, "explain", filepath.Join(dir, name), "--class", "0")
		if o.status != 0 || !strings.Contains(o.stdout, shown) || strings.Count(o.stdout, "\n") != 1 || strings.Contains(o.stdout, "\x1b") {
			t.Errorf("%q: %+v", name, o)
		}
	}
}

// full is a device that nothing can be written to.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestUnwritableOutputIsSaidOnce(t *testing.T) {
	photo := draw(t, filepath.Join(t.TempDir(), "a.png"), 20, 20)
	for _, args := range [][]string{
		{"explain", photo, "--json"},
		{"explain", photo},
		{"analyze", filepath.Dir(photo), "--out", t.TempDir(), "--json"},
	} {
		var stderr bytes.Buffer
		if status := run(t.Context(), args, full{}, &stderr); status != 2 || strings.Count(stderr.String(), "no space left") != 1 {
			t.Errorf("%v: status %d, standard error %q", args, status, stderr.String())
		}
	}
}

// cancelAfter passes on what is written and cancels after n writes.
type cancelAfter struct {
	io.Writer
	n      int
	cancel context.CancelFunc
}

func (c *cancelAfter) Write(p []byte) (int, error) {
	if c.n--; c.n == 0 {
		c.cancel()
	}
	return c.Writer.Write(p)
}
