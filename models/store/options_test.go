package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/store"
)

// says are options that say something of the preprocessing.
func says(p models.Preprocessing) store.Options { return store.Options{Input: p} }

func TestOptionsTakeThePlaceOfTheFiles(t *testing.T) {
	dir := t.TempDir()
	labels := filepath.Join(dir, "names.json")
	write(t, labels, `["cup", "bottle", "chair"]`)
	save(t, filepath.Join(dir, "mine.safetensors"), "resnet18", 3)
	s := store.New(dir)
	net, err := s.Open("mine", store.Options{
		Labels: labels,
		Input:  models.Preprocessing{Height: 64, Width: 64, Resize: 80, Mean: []float32{0.1, 0.2, 0.3}, Std: []float32{0.4, 0.5, 0.6}, Channels: models.BGR},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := models.ImageNetInput(64, 80)
	want.Channels, want.Mean, want.Std = models.BGR, []float32{0.1, 0.2, 0.3}, []float32{0.4, 0.5, 0.6}
	if !net.Input.Equal(want) || net.Label(2) != "chair" {
		t.Errorf("the input is %+v, class 2 %q", net.Input, net.Label(2))
	}
	if l, _ := net.Layer("layer4"); l.Shape[2] != 2 {
		t.Errorf("layer4 is %v for an input of 64", l.Shape)
	}

	if net, err = s.Open("mine", store.Options{Input: models.Preprocessing{Height: 56, Width: 56, Channels: models.BGR}}); err != nil {
		t.Fatal(err)
	}
	if in := net.Input; in.Resize != 64 || in.Mean[0] != 0.406 || in.Mean[2] != 0.485 {
		t.Errorf("a size and an order alone give %+v", in)
	}
	for _, r := range []struct {
		opt  store.Options
		says string
	}{
		{says(models.Preprocessing{Height: 5000, Width: 5000}), "5000"},
		{says(models.Preprocessing{Height: 64, Width: 64, Resize: 32}), "short side 32"},
		{says(models.Preprocessing{Mean: []float32{1, 2}}), "the mean has 2 numbers for 3 channels (RGB)"},
		{says(models.Preprocessing{Std: []float32{1, 0, 1}}), "std of channel 1"},
		{says(models.Preprocessing{Channels: "LA"}), `channels "LA" are 2, and the network takes 3 (RGB)`},
		{says(models.Preprocessing{Stack: "*_{a,b}.png"}), "has 2 channels, and the network takes 3"},
		{says(models.Preprocessing{Mean: []float32{103.939, 116.779, 123.68}}), "add --scale 255, or take --preprocess caffe"},
		{store.Options{Preset: "imagnet"}, `preprocessing "imagnet" is not one of imagenet, unit`},
		{store.Options{Positive: "cup"}, "goes with a network of one output, and this one has 3"},
		{store.Options{Meaning: models.Output{Threshold: 0.3}}, "a threshold goes with the activation sigmoid"},
		{store.Options{Meaning: models.Output{Activation: models.ActivationSigmoid, Unit: "m"}}, "the activation none"},
		{store.Options{Labels: filepath.Join(dir, "none.txt")}, "none.txt"},
	} {
		if _, err := s.Open("mine", r.opt); err == nil || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%+v: %v does not say %q", r.opt, err, r.says)
		}
	}
}

// A mean alone and the deviation it goes with are of the same pixels.
func TestMeanAloneKeepsTheDeviation(t *testing.T) {
	dir := t.TempDir()
	save(t, filepath.Join(dir, "mine.safetensors"), "resnet18", 3)
	write(t, filepath.Join(dir, "mine.json"), `{"input":{"size":64,"scale":1,"mean":[51,102,204],"std":[51,51,102]}}`)
	s := store.New(dir)
	for _, r := range []struct {
		opt       store.Options
		mean, std []float32
	}{
		{says(models.Preprocessing{Mean: []float32{0.5}}), []float32{0.5, 0.5, 0.5}, []float32{0.2, 0.2, 0.4}},
		{says(models.Preprocessing{Std: []float32{1, 1, 1}}), []float32{0.2, 0.4, 0.8}, []float32{1, 1, 1}},
	} {
		net, err := s.Open("mine", r.opt)
		if err != nil {
			t.Fatal(err)
		}
		if in := net.Input; in.Scale != 1./255 || !slices.Equal(in.Mean, r.mean) || !slices.Equal(in.Std, r.std) {
			t.Errorf("%+v gives scale %v, mean %v, deviation %v", r.opt, in.Scale, in.Mean, in.Std)
		}
	}
}

func TestGuessesAreToldUntilSaid(t *testing.T) {
	dir := t.TempDir()
	save(t, filepath.Join(dir, "mine.safetensors"), "squeezenet1_1", 1000)
	save(t, filepath.Join(dir, "three.safetensors"), "squeezenet1_1", 3)
	save(t, filepath.Join(dir, "sized.safetensors"), "squeezenet1_1", 3)
	write(t, filepath.Join(dir, "sized.json"), `{"input":{"size":64,"resize":72},"activation":"softmax","notes":["Trained on a Tuesday."],"colour":"red"}`)
	save(t, filepath.Join(dir, "described.safetensors"), "squeezenet1_1", 3)
	write(t, filepath.Join(dir, "described.json"), `{"input":{"size":64,"crop":"none","channels":"rgb","scale":1,"mean":128,"std":[127,127,127]},"activation":"sigmoid"}`)
	names := filepath.Join(dir, "names.txt")
	write(t, names, strings.Repeat("thing\n", 1000))
	const (
		guessed  = "Guessed, because nothing says it: "
		numbers  = "a mean of 0.485 0.456 0.406, a standard deviation of 0.229 0.224 0.225 (as for squeezenet1_1's published weights)"
		softmax  = "probabilities by a softmax over the outputs (several outputs), "
		imageNet = "ImageNet's labels for the 1000 classes."
	)
	place := models.Preprocessing{Height: 64, Width: 64, Resize: 72, Channels: models.RGB}
	meaning := models.Output{Activation: models.ActivationSoftmax}
	part, all := place, place
	part.Mean = []float32{0}
	all.Mean, all.Std = []float32{0}, []float32{1}
	for _, r := range []struct {
		ref  string
		opt  store.Options
		want []string
	}{
		{"mine", store.Options{}, []string{guessed + softmax + "pictures of 224x224, a short side of 256 before the crop, cut from the centre, RGB, pixels from 0 to 1, " + numbers + ", " + imageNet}},
		{"three", store.Options{Input: part, Meaning: meaning}, []string{guessed + "a standard deviation of 0.229 0.224 0.225 (as for squeezenet1_1's published weights)."}},
		{"mine", store.Options{Input: all}, []string{guessed + softmax + imageNet}},
		{"mine", store.Options{Input: all, Labels: names, Meaning: meaning}, nil},
		{"mine", store.Options{Input: place, Preset: "symmetric", Labels: "imagenet-1k", Meaning: meaning}, nil},
		{"sized", store.Options{}, []string{
			"Trained on a Tuesday.", "sized.json has keys that mean nothing to Gaze and change nothing: colour.", guessed + "RGB, pixels from 0 to 1, " + numbers + ".",
		}},
		{"described", store.Options{}, nil},
		{"described", says(models.Preprocessing{Scale: 1. / 255}), []string{
			guessed + "a mean of 0 0 0, a standard deviation of 1 1 1 (nothing goes with that scale).",
		}},
		{"builtin", says(models.Preprocessing{Height: 96, Width: 96}), nil},
	} {
		net, err := store.New(dir).Open(r.ref, r.opt)
		if err != nil {
			t.Fatal(err)
		}
		if got := net.Remarks(); !slices.Equal(got, r.want) {
			t.Errorf("%s with %+v tells %q, not %q", r.ref, r.opt, got, r.want)
		}
	}
}

// A sidecar that says one thing leaves all others to the reader. testdata/selfscaling.onnx
// divides its pixels by 255 first.
func TestSidecarLeavesTheRest(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "selfscaling.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	for side, want := range map[string]models.Input{
		``:                       {Height: 12, Width: 12, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}},
		`{"input":{"size":12}}`:  {Height: 12, Width: 12, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}},
		`{"labels":["a","b"]}`:   {Height: 12, Width: 12, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}},
		`{"input":{"mean":128}}`: {Height: 12, Width: 12, Scale: 1, Mean: []float32{128, 128, 128}, Std: []float32{1, 1, 1}},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "net.onnx"), string(data))
		if side != "" {
			write(t, filepath.Join(dir, "net.json"), side)
		}
		net, err := store.New(dir).Open("net", store.Options{})
		if err != nil {
			t.Fatalf("%s: %v", side, err)
		}
		in := net.Input
		if in.Height != want.Height || in.Width != want.Width || in.Scale != want.Scale || !slices.Equal(in.Mean, want.Mean) || !slices.Equal(in.Std, want.Std) {
			t.Errorf("%s gives %v", side, in)
		}
	}
}
