package keras_test

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/models"
	"gaze/models/keras"
	"gaze/models/weights"
)

// TestInput wants what a model does with the picture first as the network's input.
func TestInput(t *testing.T) {
	const unit = 1. / 255
	input := func(height, width int, channels models.Channels, mean, std []float32) models.Input {
		return models.Input{Height: height, Width: width, Fit: models.FitStretch, Filter: models.FilterNearest, Channels: channels, Scale: unit, Mean: mean, Std: std}
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
	cropped.Fit, cropped.Resize, cropped.Filter = models.FitCrop, 28, models.FilterBicubic
	whole := input(28, 28, models.Gray, []float32{0}, []float32{1})
	whole.Filter = models.FilterBilinear
	centre := input(28, 28, models.Gray, []float32{0}, []float32{1})
	centre.Fit, centre.Resize, centre.Filter = models.FitCrop, 32, models.FilterBilinear
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
		{"Resizing", "gray_k3.keras", resized(object{"interpolation": "bilinear"}), keras.Options{}, whole, []models.Aspect{models.AspectChannels, models.AspectActivation}},
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
			keras.Options{Height: 64, Width: 64},
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
		Height: 32, Width: 32, Fit: models.FitStretch, Filter: models.FilterNearest, Channels: models.RGB, Scale: 1,
		Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1},
	}
	net := mustRead(t, path, keras.Options{Bytes: true})
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
