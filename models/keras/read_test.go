package keras_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/models"
	"gaze/models/keras"
	"gaze/models/weights"
)

// TestNames finds layers by the names that users of Keras write.
func TestNames(t *testing.T) {
	rows := []struct{ file, ask, want string }{
		{"stacked_k3.keras", "mini_base/out_relu", "mini_base/out_relu"},
		{"stacked_k3.keras", "out_relu", "mini_base/out_relu"},
		{"stacked_k3.keras", "mini_base", "mini_base/out_relu"},
		{"stacked_k3.keras", "last", "mini_base/out_relu"},
		{"transfer_k3.keras", "last", "mini_base/out_relu"},
		{"func_k2.keras", "conv1/conv", "conv1/conv"},
		{"seq_k3.keras", "predictions", "predictions"},
		{"func_k3.keras", "probs", "logits"},
		{"func_k3.keras", "last", "last_conv"},
		{"xception_k3.keras", "last", "block14_sepconv2_act"},
	}
	for _, r := range rows {
		t.Run(r.file+" "+r.ask, func(t *testing.T) {
			path := filepath.Join("testdata", r.file)
			if r.file == "func_k2.keras" {
				// Names of layers may have a slash, as in tf_keras' MobileNetV3.
				path = rewritten(t, r.file, `"stem"`, `"conv1/conv"`)
			}
			net := mustRead(t, path, keras.Options{})
			got, err := net.Resolve(r.ask)
			if err != nil || got != r.want {
				t.Errorf("%q is %q, %v, not %q", r.ask, got, err, r.want)
			}
		})
	}
}

// TestInput wants what a model does with the picture first as the network's input.
func TestInput(t *testing.T) {
	const unit = 1. / 255
	input := func(height, width int, channels models.Channels, mean, std []float32) models.Input {
		return models.Input{Height: height, Width: width, Fit: models.FitStretch, Channels: channels, Scale: unit, Mean: mean, Std: std}
	}
	same := func(v float32) []float32 { return []float32{v, v, v} }
	resized := func(settings object) func(object) {
		return func(c object) {
			layersOf(c)[0].(object)["config"].(object)["batch_shape"] = []any{nil, nil, nil, 1}
			settings["height"], settings["width"] = 28, 28
			insert(c, kerasLayer("Resizing", "resize", settings))
		}
	}
	cropped := input(28, 28, models.Gray, []float32{0}, []float32{1})
	cropped.Fit, cropped.Resize, cropped.Bicubic = models.FitCrop, 28, true
	centre := input(28, 28, models.Gray, []float32{0}, []float32{1})
	centre.Fit, centre.Resize = models.FitCrop, 32
	rows := []struct {
		name, file string
		change     func(object)
		opt        keras.Options
		want       models.Input
		guessed    []models.Aspect
	}{
		{"Rescaling in the middle of a graph", "transfer_k3.keras", nil, keras.Options{}, input(48, 48, models.RGB, same(0.5), same(0.5)), []models.Aspect{models.AspectCrop, models.AspectChannels}},
		{"preprocess_input, tf", "pre_tf_k3.keras", nil, keras.Options{}, input(32, 32, models.RGB, same(0.5), same(0.5)), []models.Aspect{models.AspectCrop, models.AspectChannels}},
		{
			"preprocess_input, caffe", "pre_caffe_k3.keras", nil,
			keras.Options{},
			input(32, 32, models.BGR, []float32{103.939 * unit, 116.779 * unit, 123.68 * unit}, same(unit)),
			[]models.Aspect{models.AspectCrop},
		},
		{
			"preprocess_input, torch", "pre_torch_k3.keras", nil,
			keras.Options{},
			input(32, 32, models.RGB, []float32{0.485, 0.456, 0.406}, []float32{0.229, 0.224, 0.225}),
			[]models.Aspect{models.AspectCrop, models.AspectChannels},
		},
		{"grey", "gray_k3.keras", nil, keras.Options{}, input(28, 28, models.Gray, []float32{0}, []float32{1}), []models.Aspect{models.AspectCrop, models.AspectChannels, models.AspectActivation}},
		{"grey without an axis for it", "gray2d_k3.keras", nil, keras.Options{}, input(28, 28, models.Gray, []float32{0}, []float32{1}), []models.Aspect{models.AspectCrop, models.AspectChannels, models.AspectActivation}},
		{
			"nothing said", "func_k3.keras", nil,
			keras.Options{},
			input(40, 36, models.RGB, same(0), same(1)),
			[]models.Aspect{models.AspectCrop, models.AspectChannels, models.AspectScale, models.AspectMean, models.AspectStd},
		},
		{
			"a network of keras.applications", "func_k3.keras", func(c object) {
				settingsOf(c, "sum")["name"] = "conv2_block1_out"
				layerOf(c, "conv2_block1_out")["name"] = "conv2_block1_out"
				layerOf(c, "last_conv")["inbound_nodes"] = reads("conv2_block1_out", 0)
			},
			keras.Options{},
			input(40, 36, models.BGR, []float32{103.939 * unit, 116.779 * unit, 123.68 * unit}, same(unit)),
			[]models.Aspect{models.AspectCrop, models.AspectChannels, models.AspectScale, models.AspectMean, models.AspectStd},
		},
		{"Resizing", "gray_k3.keras", resized(object{"interpolation": "bilinear"}), keras.Options{}, input(28, 28, models.Gray, []float32{0}, []float32{1}), []models.Aspect{models.AspectChannels, models.AspectActivation}},
		{"Resizing that crops", "gray_k3.keras", resized(object{"interpolation": "bicubic", "crop_to_aspect_ratio": true}), keras.Options{}, cropped, []models.Aspect{models.AspectChannels, models.AspectActivation}},
		{
			"CenterCrop", "gray_k3.keras", func(c object) {
				layersOf(c)[0].(object)["config"].(object)["batch_shape"] = []any{nil, 32, 40, 1}
				insert(c, kerasLayer("CenterCrop", "cut", object{"height": 28, "width": 28}))
			}, keras.Options{}, centre, []models.Aspect{models.AspectChannels, models.AspectActivation},
		},
		{
			"open size", "func_k3.keras", func(c object) { settingsOf(c, "picture")["batch_shape"] = []any{nil, nil, nil, 3} },
			keras.Options{},
			input(224, 224, models.RGB, same(0), same(1)),
			[]models.Aspect{models.AspectCrop, models.AspectSize, models.AspectChannels, models.AspectScale, models.AspectMean, models.AspectStd},
		},
		{
			"size of the user's", "func_k3.keras", nil,
			keras.Options{Size: 64},
			input(64, 64, models.RGB, same(0), same(1)),
			[]models.Aspect{models.AspectCrop, models.AspectChannels, models.AspectScale, models.AspectMean, models.AspectStd},
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			path := filepath.Join("testdata", r.file)
			if r.change != nil {
				path = changed(t, r.file, r.change)
			}
			net := mustRead(t, path, r.opt)
			if !alike(net.Input, r.want) {
				t.Errorf("the input is %+v, not %+v", net.Input, r.want)
			}
			var guessed []models.Aspect
			for _, g := range net.Guesses {
				guessed = append(guessed, g.Of)
			}
			if !slices.Equal(guessed, r.guessed) {
				t.Errorf("guessed are %v, not %v", guessed, r.guessed)
			}
		})
	}
}

// alike compares inputs but for the last digits of mean and deviation.
func alike(a, b models.Input) bool {
	for _, pair := range [][2][]float32{{a.Mean, b.Mean}, {a.Std, b.Std}} {
		if len(pair[0]) != len(pair[1]) {
			return false
		}
		for i := range pair[0] {
			if math.Abs(float64(pair[0][i]-pair[1][i])) > 1e-6 {
				return false
			}
		}
	}
	b.Mean, b.Std = a.Mean, a.Std
	return a.Equal(b)
}

// TestPicturesOfTheUsersDescription keeps what a model does with pixels where the
// user says what goes in.
func TestPicturesOfTheUsersDescription(t *testing.T) {
	path := filepath.Join("testdata", "pre_tf_k3.keras")
	in := models.Input{
		Height: 32, Width: 32, Fit: models.FitStretch, Channels: models.RGB, Scale: 1,
		Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1},
	}
	net := mustRead(t, path, keras.Options{Input: &in})
	if !net.Input.Equal(in) || net.Layers[0].Kind != models.Scale {
		t.Errorf("the input is %v, the first layer %s (%s)", net.Input, net.Layers[0].Name, net.Layers[0].Kind)
	}
	want, err := weights.Read(filepath.Join("testdata", "pre_tf_k3.ref.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	pixels := numbers(t, want, "input")
	near(t, "logits", logitsOf(t, net, pixels, 3), numbers(t, want, "logits"))
}

// TestInvertedPicture keeps a layer where a picture's preparation cannot be it: 1 -
// x/255 gives the logits that the picture 255 - x gives.
func TestInvertedPicture(t *testing.T) {
	plain := mustRead(t, filepath.Join("testdata", "gray_k3.keras"), keras.Options{})
	inverted := mustRead(t, changed(t, "gray_k3.keras", func(c object) {
		settingsOf(c, "scale")["scale"] = -1. / 255
		settingsOf(c, "scale")["offset"] = 1.
	}), keras.Options{})
	if l, ok := inverted.Layer("scale"); !ok || l.Kind != models.Scale {
		t.Errorf("there is no layer for the scale: %v", inverted.Layers[0])
	}
	pixels, other := make([]float32, 28*28), make([]float32, 28*28)
	for i := range pixels {
		pixels[i] = float32(i*37%256) / 255
		other[i] = 255 - 255*pixels[i]
	}
	near(t, "logits", logitsOf(t, inverted, other, 1), logitsOf(t, plain, pixels, 1))
}

// logitsOf runs a network on its input in Keras' order.
func logitsOf(t *testing.T, net *models.Network, input []float32, channels int) []float32 {
	t.Helper()
	engine, err := compute.Open(net, compute.Options{Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	plane := len(input) / channels
	values := make([]float32, len(input))
	for i, v := range input {
		values[i%channels*plane+i/channels] = v
	}
	subject := &compute.Subject{Input: tensor.New(tensor.WithShape(net.Input.Shape()...), tensor.WithBacking(values))}
	passes, err := engine.Run(t.Context(), compute.Recipe{Class: compute.TopClass}, subject)
	if err != nil {
		t.Fatal(err)
	}
	return passes[0].Logits
}

// TestSharedLayer calls a layer without weights twice: relu(relu(x)) is relu(x).
func TestSharedLayer(t *testing.T) {
	path := changed(t, "func_k3.keras", func(c object) {
		relu := layerOf(c, "stem_act")
		relu["inbound_nodes"] = append(relu["inbound_nodes"].([]any), reads("stem_act", 0)...)
		layerOf(c, "pool")["inbound_nodes"] = reads("stem_act", 1)
	})
	net := mustRead(t, path, keras.Options{})
	if l, ok := net.Layer("stem_act#2"); !ok || !slices.Equal(l.Inputs, []string{"stem_act"}) {
		t.Errorf("the second call is %+v", l)
	}
	want, err := weights.Read(filepath.Join("testdata", "func_k3.ref.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "logits", logitsOf(t, net, numbers(t, want, "input"), 3), numbers(t, want, "logits"))
}

// reads is a call that reads what a call of a layer made.
func reads(layer string, call int) []any {
	tensor := object{"class_name": "__keras_tensor__", "config": object{"keras_history": []any{layer, call, 0}}}
	return []any{object{"args": []any{tensor}, "kwargs": object{}}}
}

// TestLoss takes from the loss what a last layer without an activation means.
func TestLoss(t *testing.T) {
	function := func(name string) any {
		return object{"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
	}
	class := func(name string, logits bool) any {
		return object{"module": "keras.losses", "class_name": name, "config": object{"from_logits": logits}}
	}
	rows := []struct {
		loss    any
		want    models.Activation
		guessed bool
	}{
		{class("SparseCategoricalCrossentropy", true), models.ActivationSoftmax, false},
		{class("BinaryCrossentropy", true), models.ActivationSigmoid, false},
		{class("SparseCategoricalCrossentropy", false), models.ActivationSoftmax, true},
		{"mse", models.ActivationNone, false},
		{function("mean_absolute_error"), models.ActivationNone, false},
		{nil, models.ActivationSoftmax, true},
	}
	for _, r := range rows {
		net := mustRead(t, changed(t, "gray_k3.keras", func(c object) { c["compile_config"] = object{"loss": r.loss} }), keras.Options{})
		guessed := slices.ContainsFunc(net.Guesses, func(g models.Guess) bool { return g.Of == models.AspectActivation })
		if net.Output.Activation != r.want || guessed != r.guessed {
			t.Errorf("with the loss %v: %s, guessed %t", r.loss, net.Output.Activation, guessed)
		}
	}
}

// TestBeforeAnUnknownActivation compares the layers of a file whose softplus cannot
// be read, with another function in its place further on.
func TestBeforeAnUnknownActivation(t *testing.T) {
	net := mustRead(t, rewritten(t, "blocks_k3.keras", `"softplus"`, `"tanh"`), keras.Options{})
	want, err := weights.Read(filepath.Join("testdata", "blocks_k3.ref.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := compute.Open(net, compute.Options{Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	input := inputOf(net, example{Input: "/255"}, numbers(t, want, "input"))
	passes, err := engine.Run(t.Context(), compute.Recipe{Layers: []string{"cat", "conv_last"}}, &compute.Subject{Input: input})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range passes[0].Layers {
		near(t, "activations of "+l.Name, channelsLast(l.Activation, l.Channels), numbers(t, want, "act."+l.Name))
	}
}

// TestDoesNotFit wants files that contradict themselves refused, and says what of.
func TestDoesNotFit(t *testing.T) {
	rows := []struct {
		name   string
		file   string
		change func(object)
		says   []string
	}{
		{"a circle", "func_k3.keras", func(c object) { layerOf(c, "stem")["inbound_nodes"] = reads("sum", 0) }, []string{"depends on itself"}},
		{"a tensor of nobody", "func_k3.keras", func(c object) { layerOf(c, "stem")["inbound_nodes"] = reads("nobody", 0) }, []string{`"nobody"`}},
		{"an output that is not there", "func_k3.keras", func(c object) {
			layerOf(c, "pool")["inbound_nodes"].([]any)[0].(object)["args"].([]any)[0].(object)["config"].(object)["keras_history"] = []any{"stem_act", 0, 1}
		}, []string{"output 1", "stem_act"}},
		{"more filters than weights", "func_k3.keras", func(c object) { settingsOf(c, "stem")["kernel_size"] = []any{3, 3} }, []string{"stem", "kernel", "(5, 3, 3, 8)"}},
		{"a bias that is not there", "func_k3.keras", func(c object) { settingsOf(c, "stem")["use_bias"] = true }, []string{"stem", "1 arrays", "2"}},
		{"an activation of the author's", "func_k3.keras", func(c object) { settingsOf(c, "last_conv")["activation"] = "mine>twice" }, []string{"last_conv", "mine>twice"}},
		{"another class", "seq_k3.keras", func(c object) { c["class_name"] = "MyModel" }, []string{"MyModel", "Sequential"}},
		{"Resizing of a layer", "seq_k3.keras", func(c object) {
			list := layersOf(c)
			resize := kerasLayer("Resizing", "late", object{"height": 14, "width": 14})
			c["config"].(object)["layers"] = slices.Insert(list, 3, any(resize))
		}, []string{"late", "Resizing"}},
		{"models without end", "func_k3.keras", doubling(40), []string{"memory"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			path := changed(t, r.file, r.change)
			_, err := keras.Read(path, keras.Options{})
			if err == nil {
				t.Fatal("was read")
			}
			for _, part := range append(r.says, path) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

// doubling nests models of which each calls the next one twice: two to the power of
// n calls.
func doubling(n int) func(object) {
	return func(c object) {
		input := func(name string) object {
			return object{"class_name": "InputLayer", "config": object{"name": name, "batch_shape": []any{nil, 40, 36, 3}}, "name": name, "inbound_nodes": []any{}}
		}
		relu := kerasLayer("ReLU", "relu", object{})
		inner := relu
		for range n {
			inner["inbound_nodes"] = append(reads("in", 0), reads(inner["config"].(object)["name"].(string), 0)...)
			inner["name"] = inner["config"].(object)["name"]
			name := inner["name"].(string)
			inner = object{"class_name": "Functional", "config": object{
				"name": name + "x", "layers": []any{input("in"), inner},
				"input_layers": []any{"in", 0, 0}, "output_layers": []any{name, 1, 0},
			}}
		}
		c["config"] = inner["config"]
	}
}

// TestWeightsAlone wants the way out for weights without a model.
func TestWeightsAlone(t *testing.T) {
	for _, name := range []string{"weights_k2.h5", "weights_k3.weights.h5"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		json, _, _ := strings.Cut(name, ".")
		if _, err := keras.Read(path, keras.Options{}); err == nil || !strings.Contains(err.Error(), json+".json") || !strings.Contains(err.Error(), "to_json") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCutOff wants an error wherever a file ends too soon. At the end of an HDF5
// file may be what training needs.
func TestCutOff(t *testing.T) {
	for _, name := range []string{"adapted_k3.keras", "adapted_k2_h5.h5"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		for n := 0; n < len(data)*3/4; n += 331 {
			if err := os.WriteFile(path, data[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := keras.Read(path, keras.Options{}); err == nil {
				t.Errorf("the first %d of %d bytes of %s were read", n, len(data), name)
			}
		}
	}
}
