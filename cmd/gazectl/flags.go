package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/compute/picture"
	"gaze/models"
)

// tellDevice says where the network ran if that is not where the user asked for, or
// not the fastest choice.
func tellDevice(io *streams, x *compute.Explainer) {
	if d := x.Device(); d.Reason != "" {
		io.complain("computed on %s: %s", d.Description, d.Reason)
	}
}

// deviceFlags choose where and how a network is computed.
type deviceFlags struct {
	Device  string `default:"auto" placeholder:"NAME" help:"Where to compute: ${devices} for another than the first GPU; or auto, the first GPU that can be used and otherwise the CPU. Default: auto."`
	Threads int    `placeholder:"N" help:"How many of the processor's cores to use. All unless given."`
	Exact   bool   `help:"Do without Winograd's algorithm, which is faster and rounds more."`

	Precision string `default:"fp32" enum:"fp32,tf32" placeholder:"NAME" help:"What a GPU multiplies: fp32, or tf32 for its tensor cores, with three digits; a CPU has fp32 only. Default: fp32."`
}

func (f deviceFlags) options() compute.Options {
	return compute.Options{Device: f.Device, Threads: f.Threads, Exact: f.Exact, TF32: f.Precision == "tf32"}
}

// threads is the number of cores that are used.
func (f deviceFlags) threads() int {
	if f.Threads > 0 {
		return f.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// recipeFlags choose which maps are made and how.
type recipeFlags struct {
	Layer  []string `placeholder:"NAME" sep:"none" help:"Layer or module to explain; may be repeated, or all. The last one before the classifier unless given. See 'gazectl layers'."`
	Class  *string  `placeholder:"INDEX|NAME" help:"Class to explain: its index, its name or the beginning of its name. The most probable one unless given."`
	Target string   `default:"logit" enum:"${targets}" placeholder:"KIND" help:"What is explained of the class: its logit, the sum of several classes' logits, the contrast to another class, its probability, rest: the logit plus the logarithm of the probability, or against: the negated logit, for what speaks against the class or makes a number lower. Default: logit."`
	Other  []string `placeholder:"INDEX|NAME" sep:"none" help:"Further class, for the sum (may be repeated) or the contrast (the next most probable one unless given)."`
	Fuse   string   `enum:",${fusions}" default:"" placeholder:"mean|max" help:"Make one map of all layers: the mean of their maps, each scaled to 0..1, or the largest value."`
	Smooth string   `enum:",${smoothings}" default:"" placeholder:"HOW" help:"Smooth the map: augment (mean over the picture, its mirror image and three contrasts), eigen (first principal component of the channels), noise (mean over 16 noisy pictures)."`
	Signed bool     `help:"Show what speaks against the class too, in colours that have zero in the middle."`
	Compat string   `enum:",pytorch-grad-cam" default:"" placeholder:"pytorch-grad-cam" help:"Give maps as pytorch-grad-cam does: at the size of the input, from 0 to 1."`
}

// recipe is the recipe that the flags ask for, checked for a network.
func (f recipeFlags) recipe(net *models.Network, methods []cam.Method) (compute.Recipe, error) {
	r := compute.Recipe{
		Layers: f.Layer, Methods: methods, Class: compute.TopClass, Target: compute.Target{Kind: compute.TargetKind(f.Target)},
		Smoothing: compute.Smoothing(f.Smooth), Fusion: compute.Fusion(f.Fuse), Signed: f.Signed, Compat: f.Compat != "",
	}
	var err error
	if f.Class != nil {
		if r.Class, err = findClass(net, *f.Class); err != nil {
			return r, err
		}
	}
	for _, name := range f.Other {
		class, err := findClass(net, name)
		if err != nil {
			return r, err
		}
		r.Target.Others = append(r.Target.Others, class)
	}
	if r, err = r.Check(net); errors.Is(err, compute.ErrOneClass) {
		return r, fmt.Errorf("--other goes with --target sum or contrast, not with %s", f.Target)
	}
	return r, inFlags(err)
}

// inFlags says in the words of the command line what a recipe cannot do.
func inFlags(err error) error {
	switch {
	case errors.Is(err, compute.ErrFuseOne):
		return errors.New("--fuse makes one map of several layers: name them with --layer")
	case errors.Is(err, compute.ErrSigned):
		return errors.New("--signed shows raw maps; what is fused, augmented or as in pytorch-grad-cam has no negative values")
	case errors.Is(err, compute.ErrSumOfOne):
		return errors.New("a sum is of several classes: name them with --other")
	}
	return err
}

// styleFlags choose how maps are drawn.
type styleFlags struct {
	Colormap string  `default:"turbo" placeholder:"NAME" help:"Colours of the map: ${colormaps}. Default: turbo."`
	Opacity  float64 `default:"0.5" placeholder:"F" help:"Opacity of the map over the picture, 0 to 1. Default: 0.5."`
}

func (f styleFlags) style() (heat.Style, error) { return heat.NewStyle(f.Colormap, f.Opacity) }

// mapFlags choose what explain and analyze make.
type mapFlags struct {
	recipeFlags
	Method []string `default:"gradcam" placeholder:"A,B" help:"How the map is made: ${methods}; or all that cost no further run of the network. Those that run it again: ${running}. Default: gradcam."`
	deviceFlags
	styleFlags
	Out  string `placeholder:"DIR" help:"Write a comparison sheet of each picture into DIR: original, map and overlay side by side."`
	Raw  string `placeholder:"DIR" help:"Write each raw map into DIR: signed float32 at the layer's resolution, as .npy for NumPy."`
	JSON bool   `name:"json" help:"Print one JSON array on standard output, and nothing else there."`
}

// choices names what flags can be, for their help texts.
func choices() map[string]string {
	var methods, running, colormaps []string
	for _, m := range cam.Methods() {
		methods = append(methods, m.Name)
		if m.Cost.Runs() {
			running = append(running, m.Name)
		}
	}
	for _, c := range heat.Colormaps() {
		colormaps = append(colormaps, c.Name)
	}
	var metrics []string
	for _, m := range faith.Metrics() {
		if !m.NeedsBox {
			metrics = append(metrics, m.Name)
		}
	}
	return map[string]string{
		"metrics":    strings.Join(metrics, ", "),
		"version":    version(),
		"methods":    strings.Join(methods, ", "),
		"running":    strings.Join(running, ", "),
		"colormaps":  strings.Join(colormaps, ", "),
		"targets":    enum(compute.TargetKinds()),
		"fusions":    enum(compute.Fusions()),
		"smoothings": enum(compute.Smoothings()),
		"devices":    strings.Join(compute.DeviceNames(), ", "),
		"written":    strings.Join(writtenNames(), ", "),
		"formats":    strings.Join(picture.Formats(), ", "),
	}
}

// enum writes kinds as a flag's enum has them.
func enum[T ~string](kinds []T) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ",")
}

// task is what the flags ask for, checked.
type task struct {
	net     *models.Network
	recipe  compute.Recipe
	options compute.Options
	style   heat.Style
	outputs outputs
	// pictures says how they are read.
	pictures picture.Options
}

// newTask checks the flags before anything expensive is done.
func newTask(nf networkFlags, mf mapFlags, pf pictureFlags) (*task, error) {
	t := &task{options: mf.options()}
	methods, err := chosen(mf.Method, cam.OneRun(), cam.ByName)
	if err != nil {
		return nil, err
	}
	if t.pictures, err = pf.options(); err != nil {
		return nil, err
	}
	if t.style, err = mf.style(); err != nil {
		return nil, err
	}
	if t.net, err = nf.open(); err != nil {
		return nil, err
	}
	if t.recipe, err = mf.recipe(t.net, methods); err != nil {
		return nil, err
	}
	t.style = t.recipe.Style(t.style)
	t.outputs, err = openOutputs(mf.Out, mf.Raw)
	return t, err
}

// chosen finds the things that a flag names, or all of them for "all".
func chosen[T any](names []string, all []T, byName func(string) (T, error)) ([]T, error) {
	if len(names) == 1 && names[0] == "all" {
		return all, nil
	}
	var list []T
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("%s is asked for twice", name)
		}
		v, err := byName(name)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// enumerate writes the first few of a list.
func enumerate(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s, and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
