package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/models"
	"gaze/models/store"
)

// networkFlags choose a network.
type networkFlags struct {
	Model   string `placeholder:"NAME|FILE" help:"Network: a name from 'gazectl models', or a .onnx, .safetensors or .pth file. The built-in one unless given."`
	Weights string `placeholder:"FILE" help:"Weights for the network named by --model, or without it for the one that they fit. A FILE.json beside it sets preprocessing and labels."`

	Labels   string    `placeholder:"FILE" help:"Names of the classes: one a line, or JSON."`
	Size     int       `placeholder:"PIXELS" help:"Sides of the network's input."`
	Resize   int       `placeholder:"PIXELS" help:"Short side of a picture before the input is cut from its centre."`
	Mean     []float32 `placeholder:"R,G,B" help:"Mean of each channel for pixels from 0 to 1, taken away from them."`
	Std      []float32 `placeholder:"R,G,B" help:"What they are divided by then."`
	Channels string    `placeholder:"rgb|bgr" help:"Order of the channels, --mean and --std included."`
}

func (f networkFlags) open() (*models.Network, error) {
	return store.New("").Open(f.Model, store.Options{
		Weights: f.Weights, Labels: f.Labels, Size: f.Size, Resize: f.Resize, Mean: f.Mean, Std: f.Std, Channels: f.Channels,
	})
}

// tell says what was guessed or left out when a network was read.
func tell(io *streams, net *models.Network) {
	for _, remark := range net.Remarks() {
		io.complain("%s: %s", net.Name, remark)
	}
}

// tellDevice says where the engine computed, if that is not where it was asked
// to or would have been faster.
func tellDevice(io *streams, engine *compute.Engine) {
	if d := engine.Device(); d.Reason != "" {
		io.complain("computed on %s: %s", d.Description, d.Reason)
	}
}

// deviceFlags choose where and how a network is computed.
type deviceFlags struct {
	Device  string `default:"auto" placeholder:"NAME" help:"Where to compute: cpu, cuda, cuda:N for another than the first GPU; or auto, the first GPU that can be used and otherwise the CPU. Default: auto."`
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

// mapFlags choose what is computed and how it is drawn.
type mapFlags struct {
	Layer  []string `placeholder:"NAME" sep:"none" help:"Layer or module to explain; may be repeated, or all. The last one before the classifier unless given. See 'gazectl layers'."`
	Method []string `default:"gradcam" placeholder:"A,B" help:"How the map is made: ${methods}; or all that cost no further run of the network. Those that run it again: ${running}. Default: gradcam."`
	Class  *string  `placeholder:"INDEX|NAME" help:"Class to explain: its index, its name or the beginning of its name. The most probable one unless given."`
	deviceFlags
	Colormap string  `default:"turbo" placeholder:"NAME" help:"Colours of the map: ${colormaps}. Default: turbo."`
	Opacity  float64 `default:"0.5" placeholder:"F" help:"Opacity of the map over the picture, 0 to 1. Default: 0.5."`
	Out      string  `placeholder:"DIR" help:"Write a comparison sheet of each picture into DIR: original, map and overlay side by side."`
	Raw      string  `placeholder:"DIR" help:"Write each raw map into DIR: signed float32 at the layer's resolution, as .npy for NumPy."`
	JSON     bool    `name:"json" help:"Print one JSON array on standard output, and nothing else there."`
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
		"metrics":   strings.Join(metrics, ", "),
		"version":   version(),
		"methods":   strings.Join(methods, ", "),
		"running":   strings.Join(running, ", "),
		"colormaps": strings.Join(colormaps, ", "),
	}
}

// task is what the flags ask for, checked.
type task struct {
	net      *models.Network
	layers   []string
	methods  []cam.Method
	class    int
	target   compute.Target
	refine   refineFlags
	options  compute.Options
	colormap heat.Colormap
	opacity  float64
	outputs  outputs
}

// newTask checks the flags before anything expensive is done.
func newTask(nf networkFlags, mf mapFlags) (*task, error) {
	t := &task{options: mf.options(), opacity: mf.Opacity, layers: mf.Layer, class: compute.TopClass}
	var err error
	if t.methods, err = chosen(mf.Method, cam.OneRun(), cam.ByName); err != nil {
		return nil, err
	}
	if t.colormap, err = heat.ByName(mf.Colormap); err != nil {
		return nil, err
	}
	if !(mf.Opacity >= 0 && mf.Opacity <= 1) {
		return nil, fmt.Errorf("opacity %v is not between 0 and 1", mf.Opacity)
	}
	if t.net, err = nf.open(); err != nil {
		return nil, err
	}
	if mf.Class != nil {
		if t.class, err = findClass(t.net, *mf.Class); err != nil {
			return nil, err
		}
	}
	switch {
	case len(t.layers) == 0:
		t.layers = []string{models.LastLayer}
	case len(t.layers) == 1 && t.layers[0] == "all":
		t.layers = t.net.Explainable()
	}
	for i, name := range t.layers {
		if t.layers[i], err = findLayer(t.net, name); err != nil {
			return nil, err
		}
		if slices.Contains(t.layers[:i], t.layers[i]) {
			return nil, fmt.Errorf("layer %s is asked for twice", t.layers[i])
		}
	}
	t.outputs, err = openOutputs(mf.Out, mf.Raw)
	return t, err
}

// findLayer finds the layer a user means, of which there must be a map.
func findLayer(net *models.Network, name string) (string, error) {
	found, err := net.Resolve(name)
	if err != nil {
		return "", err
	}
	if l, _ := net.Layer(found); !l.Spatial() {
		layers := net.Explainable()
		slices.Reverse(layers)
		return "", fmt.Errorf("layer %s (%s) of network %s has no extent in space, so there is no map of it; try %s",
			found, l.Kind, net.Name, enumerate(layers))
	}
	return found, nil
}

// enumerate writes the first few of a list.
func enumerate(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s, and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
