package keras

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/hdf5"
)

// readAs reads the weights of a .keras file with another configuration, which change
// makes of the file's own.
func readAs(t *testing.T, name string, change func(config jsonObject) any) (*models.Network, error) {
	t.Helper()
	data := file(t, name)
	a, err := openArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var config jsonObject
	if err := json.Unmarshal(a.config, &config); err != nil {
		t.Fatal(err)
	}
	changed, err := json.Marshal(change(config))
	if err != nil {
		t.Fatal(err)
	}
	h, err := hdf5.Open(a.weights, a.size)
	if err != nil {
		t.Fatal(err)
	}
	s := &source{config: changed, version: "2.0.4", weights: h, root: h.Root(), byPath: true, size: a.size}
	return s.network(Options{Name: "old"})
}

// TestOldSequential reads the configuration of a chain as Keras wrote it before
// 2.2.3: a bare list, without an InputLayer, the input's shape on the first layer.
func TestOldSequential(t *testing.T) {
	want, err := readAs(t, "seq_k2.keras", func(c jsonObject) any { return c })
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAs(t, "seq_k2.keras", func(c jsonObject) any {
		list := c["config"].(jsonObject)["layers"].([]any)[1:]
		list[0].(jsonObject)["config"].(jsonObject)["batch_input_shape"] = []any{nil, 32, 32, 3}
		return jsonObject{"class_name": "Sequential", "config": list}
	})
	if err != nil {
		t.Fatal(err)
	}
	sameLayers(t, got, want)
}

// TestNumbersBeforeTensors reads the operations of TensorFlow with a number for
// the first argument: 1 - (-x) - 1 is x.
func TestNumbersBeforeTensors(t *testing.T) {
	operation := func(name, function string, node ...any) jsonObject {
		return jsonObject{"class_name": "TFOpLambda", "name": name, "config": jsonObject{"name": name, "function": function}, "inbound_nodes": []any{node}}
	}
	got, err := readAs(t, "func_k2.keras", func(c jsonObject) any {
		config := c["config"].(jsonObject)
		list := config["layers"].([]any)
		for _, l := range list {
			if l.(jsonObject)["name"] == "stem" {
				l.(jsonObject)["inbound_nodes"] = []any{[]any{[]any{"back", 0, 0, jsonObject{}}}}
			}
		}
		config["layers"] = append(list,
			operation("minus", "math.negative", "picture", 0, 0, jsonObject{"name": nil}),
			operation("one", "math.subtract", constantMark, -1, 1.0, jsonObject{"y": []any{"minus", 0, 0}, "name": nil}),
			operation("back", "__operators__.add", "one", 0, 0, jsonObject{"y": -1.0, "name": nil}),
		)
		return c
	})
	if err != nil {
		t.Fatal(err)
	}
	in := got.Input
	for c := range in.Mean {
		// Pixels of 0 to 255 as they are.
		if scale := float64(in.Scale) / float64(in.Std[c]); scale < 0.999999 || scale > 1.000001 || in.Mean[c] > 1e-6 || in.Mean[c] < -1e-6 {
			t.Errorf("channel %d becomes (pixel*%g - %g)/%g", c, in.Scale, in.Mean[c], in.Std[c])
		}
	}
}

// sameLayers compares networks layer by layer.
func sameLayers(t *testing.T, got, want *models.Network) {
	t.Helper()
	if len(got.Layers) != len(want.Layers) {
		t.Fatalf("%d layers, not %d", len(got.Layers), len(want.Layers))
	}
	for i, l := range got.Layers {
		w := want.Layers[i]
		if l.Name != w.Name || l.Kind != w.Kind || !slices.Equal(l.Inputs, w.Inputs) || l.Attr.Pad != w.Attr.Pad || !l.Shape.Eq(w.Shape) {
			t.Errorf("layer %d is %s (%s) of %v, not %s (%s)", i, l.Name, l.Kind, l.Inputs, w.Name, w.Kind)
		}
		for name, p := range l.Params {
			if !slices.Equal(p.Data().([]float32), w.Params[name].Data().([]float32)) {
				t.Errorf("the %s of layer %s differs", name, l.Name)
			}
		}
	}
}

// TestNamesOfFolders compares with keras/src/utils/naming.py's to_snake_case, by
// hand.
func TestNamesOfFolders(t *testing.T) {
	for class, want := range map[string]string{
		"Conv2D": "conv2d", "SeparableConv2D": "separable_conv2d", "DepthwiseConv2D": "depthwise_conv2d", "ReLU": "re_lu", "PReLU": "p_re_lu",
		"BatchNormalization": "batch_normalization", "Dense": "dense", "LayerScale": "layer_scale", "Functional": "functional", "Sequential": "sequential",
	} {
		if got := snake(class); got != want {
			t.Errorf("%s is in %s, not %s", class, got, want)
		}
	}
}

// TestFoldersOfWindows finds a folder in a name with backslashes.
func TestFoldersOfWindows(t *testing.T) {
	top := newFolder()
	top.make(strings.Split(strings.ReplaceAll(`layers\conv2d\vars`, `\`, "/"), "/")).arrays["0"] = new(hdf5.Dataset)
	top.make([]string{"layers", "conv2d_2", "vars"}).arrays["0"] = new(hdf5.Dataset)
	layers := top.folders["layers"]
	if layers.nth("conv2d", 0) == nil || layers.nth("conv2d", 1) == nil || layers.nth("conv2d", 2) != nil {
		t.Errorf("the folders are %v", layers.folders)
	}
}

// TestLayouts follows the elements of a picture of 2 channels, 2 rows and 3 columns
// by hand.
func TestLayouts(t *testing.T) {
	last := planar(2, 2, 3, false)
	if got := last.flat()[0].positions(); !slices.Equal(got, []int{0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11}) {
		t.Errorf("flattened, the channels last: %v", got)
	}
	if got := planar(2, 2, 3, true).flat(); !got.equal(straight([]int{12})) {
		t.Errorf("flattened, the channels first: %v", got)
	}
	folded, ok := last.flat().reshaped([]int{2, 3, 2})
	if !ok || !folded.equal(last) {
		t.Errorf("flattened and back: %v", folded)
	}
	if _, ok := last.reshaped([]int{3, 4}); !ok {
		// 12 elements by rows and columns of 6 pixels and 2 channels: 3 x 2 pixels.
		t.Error("6 pixels of 2 channels do not become 3 rows of 4")
	}
	if _, ok := last.reshaped([]int{4, 3}); ok {
		t.Error("6 pixels of 2 channels became 4 rows of 3, which end within a pixel")
	}
}
