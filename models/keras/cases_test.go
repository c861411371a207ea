package keras_test

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/picture"
	"gaze/models"
	"gaze/models/keras"
	"gaze/models/weights"
)

// example is a row of testdata/manifest.json.
type example struct {
	// Folder within testdata where the files are.
	Folder    string `json:"-"`
	Files     []string
	Reference string
	Picture   string
	Input     string
	Class     int
	End       string
	Layers    map[string][3]int
	Refuse    string
}

// examples are the rows of testdata/manifest.json, and of those in testdata/more and testdata/any.
func examples(t *testing.T) map[string]example {
	t.Helper()
	all := make(map[string]example)
	for _, dir := range []string{"", "more", "any"} {
		data, err := os.ReadFile(filepath.Join("testdata", dir, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		var rows map[string]example
		if err := json.Unmarshal(data, &rows); err != nil {
			t.Fatal(err)
		}
		for name, e := range rows {
			e.Folder = dir
			all[name] = e
		}
	}
	return all
}

// TestFilesOfKeras compares networks from files that Keras wrote with what Keras
// computed: logits, activations, gradients and maps.
func TestFilesOfKeras(t *testing.T) {
	all := examples(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name].Refuse != "" {
			continue
		}
		t.Run(name, func(t *testing.T) { againstKeras(t, all[name]) })
	}
}

// folder is where a file of the cases is: the two of a whole MobileNet are too
// large for the project.
func folder(t *testing.T, e example) string {
	t.Helper()
	name := e.Files[0]
	for _, dir := range []string{filepath.Join("testdata", e.Folder), "../../../shared/cases/keras/files"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir
		}
	}
	t.Skipf("%s is not here: it would lie in ../shared/cases/keras/files beside the clone", name)
	return ""
}

func againstKeras(t *testing.T, e example) {
	dir := folder(t, e)
	net, err := keras.Read(filepath.Join(dir, e.Files[0]), keras.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := weights.Read(filepath.Join(dir, e.Reference))
	if err != nil {
		t.Fatal(err)
	}
	ends := map[string]models.Activation{"softmax": models.ActivationSoftmax, "sigmoid": models.ActivationSigmoid, "linear": models.ActivationSoftmax}
	if net.Outputs() == 1 {
		ends["linear"] = models.ActivationSigmoid
	}
	if net.Output.Activation != ends[e.End] {
		t.Errorf("the outputs become probabilities by %s, not %s", net.Output.Activation, ends[e.End])
	}
	engine, err := compute.Open(net, compute.Options{Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	recipe := compute.Recipe{Class: e.Class}
	for _, layer := range slices.Sorted(maps.Keys(e.Layers)) {
		own, err := net.Resolve(layer)
		if err != nil {
			t.Fatal(err)
		}
		recipe.Layers = append(recipe.Layers, own)
	}
	passes, err := engine.Run(t.Context(), recipe, &compute.Subject{Input: inputOf(net, e, numbers(t, want, "input"))})
	if err != nil {
		t.Fatal(err)
	}
	pass := passes[0]
	logits := numbers(t, want, "logits")
	near(t, "logits", pass.Logits[:len(logits)], logits)
	if e.Input == "pixels" {
		// The file says all of the picture's preparation.
		subject, err := compute.OpenSubject(t.Context(), filepath.Join(dir, e.Picture), net.Input, picture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if passes, err = engine.Run(t.Context(), compute.Recipe{Class: e.Class}, subject); err != nil {
			t.Fatal(err)
		}
		near(t, "logits of the picture", passes[0].Logits[:len(logits)], logits)
	}
	for layer, shape := range e.Layers {
		own, _ := net.Resolve(layer)
		tapped := pass.Layers[slices.IndexFunc(pass.Layers, func(l compute.Tapped) bool { return l.Name == own })]
		near(t, "activations of "+layer, channelsLast(tapped.Activation, tapped.Channels), numbers(t, want, "act."+layer))
		near(t, "gradient of "+layer, channelsLast(tapped.Gradient, tapped.Channels), numbers(t, want, "grad."+layer))
		for _, name := range []string{"gradcam", "hirescam"} {
			method, err := cam.ByName(name)
			if err != nil {
				t.Fatal(err)
			}
			made, err := pass.Explain(t.Context(), own, method)
			if err != nil {
				t.Fatal(err)
			}
			if made.Map.Height != shape[0] || made.Map.Width != shape[1] {
				t.Errorf("%s of %s has %dx%d", name, layer, made.Map.Width, made.Map.Height)
			}
			near(t, name+" of "+layer, made.Map.Values, numbers(t, want, name+"."+layer))
		}
	}
}

// inputOf makes the network's input of what Keras got: first pixels of 0 to 255,
// then what the network's input says.
func inputOf(net *models.Network, e example, given []float32) *tensor.Dense {
	in := net.Input
	channels, plane := in.Count(), in.Area()
	out := make([]float32, channels*plane)
	colours := map[byte]int{'R': 0, 'G': 1, 'B': 2, 'L': 0}
	depth := len(given) / plane
	for c := range channels {
		from := colours[in.Channels[c]]
		for i := range plane {
			x := float64(given[i*depth+from])
			if scaledOutside(net) {
				out[c*plane+i] = given[i*depth+c]
				continue
			}
			switch e.Input {
			case "/255":
				x *= 255
			case "/127.5-1":
				x = (x + 1) * 127.5
			}
			out[c*plane+i] = float32((x*float64(in.Scale) - float64(in.Mean[c])) / float64(in.Std[c]))
		}
	}
	return tensor.New(tensor.WithShape(in.Shape()...), tensor.WithBacking(out))
}

// scaledOutside reports whether the file leaves it to the user to scale pixels.
func scaledOutside(net *models.Network) bool {
	return slices.ContainsFunc(net.Guesses, func(g models.Guess) bool { return g.Of == models.AspectMean })
}

// channelsLast brings numbers of channels, rows and columns into Keras' order.
func channelsLast(values []float32, channels int) []float32 {
	out := make([]float32, len(values))
	plane := len(values) / channels
	for c := range channels {
		for i := range plane {
			out[i*channels+c] = values[c*plane+i]
		}
	}
	return out
}

func numbers(t *testing.T, set *weights.Set, name string) []float32 {
	t.Helper()
	d, ok := set.Tensors[name]
	if !ok {
		t.Fatalf("the reference has no %s", name)
	}
	return d.Data().([]float32)
}

// near fails if a number is further away than 1e-4 of the largest.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, not %d", what, len(got), len(want))
		return
	}
	most, worst := 0.0, 0.0
	for i, v := range want {
		most = max(most, math.Abs(float64(v)))
		worst = max(worst, math.Abs(float64(v)-float64(got[i])))
	}
	if !(worst <= 1e-4*most+1e-6) {
		t.Errorf("%s: off by %.2g of %.2g", what, worst, most)
	}
}

// TestRefused wants files that cannot be read refused for the right reason.
func TestRefused(t *testing.T) {
	says := map[string][]string{
		"refuse_lambda_k3":      {"scale_by_lambda", "Lambda", "never run"},
		"refuse_lambda_k2":      {"scale_by_lambda", "Lambda", "never run"},
		"refuse_custom_k3":      {"twice", "mine>Twice", "author's own"},
		"refuse_lstm_k3":        {"lstm", "LSTM", "(20, 8)"},
		"refuse_dense_k3":       {"(30,)", "no picture"},
		"refuse_two_inputs_k3":  {"2 inputs"},
		"refuse_two_outputs_k3": {"2 outputs"},
	}
	for name, e := range examples(t) {
		if e.Refuse == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			_, err := keras.Read(filepath.Join("testdata", e.Files[0]), keras.Options{})
			if err == nil {
				t.Fatal("was read")
			}
			t.Log(err)
			for _, part := range append(says[name], e.Files[0]) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}
