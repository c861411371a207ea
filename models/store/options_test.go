package store_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/store"
)

func TestOptionsTakeThePlaceOfTheFiles(t *testing.T) {
	dir := t.TempDir()
	labels := filepath.Join(dir, "names.json")
	write(t, labels, `["cup", "bottle", "chair"]`)
	save(t, filepath.Join(dir, "mine.safetensors"), "resnet18", 3)
	s := store.New(dir)
	net, err := s.Open("mine", store.Options{
		Labels: labels, Size: 64, Resize: 80, Mean: []float32{0.1, 0.2, 0.3}, Std: []float32{0.4, 0.5, 0.6}, Channels: "bgr",
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

	if net, err = s.Open("mine", store.Options{Size: 56, Channels: "bgr"}); err != nil {
		t.Fatal(err)
	}
	if in := net.Input; in.Resize != 64 || in.Mean[0] != 0.406 || in.Mean[2] != 0.485 {
		t.Errorf("a size and an order alone give %+v", in)
	}
	for _, r := range []struct {
		opt  store.Options
		says string
	}{
		{store.Options{Size: 5000}, "5000"},
		{store.Options{Size: 64, Resize: 32}, "short side 32"},
		{store.Options{Mean: []float32{1, 2}}, "three channels"},
		{store.Options{Std: []float32{1, 0, 1}}, "std of channel 1"},
		{store.Options{Channels: "gbr"}, `"gbr"`},
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
		{store.Options{Mean: []float32{0.5, 0.5, 0.5}}, []float32{0.5, 0.5, 0.5}, []float32{0.2, 0.2, 0.4}},
		{store.Options{Std: []float32{1, 1, 1}}, []float32{0.2, 0.4, 0.8}, []float32{1, 1, 1}},
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
	save(t, filepath.Join(dir, "described.safetensors"), "squeezenet1_1", 1000)
	write(t, filepath.Join(dir, "described.json"), `{"input":{"size":64},"notes":["Trained on a Tuesday."]}`)
	names := filepath.Join(dir, "names.txt")
	write(t, names, strings.Repeat("thing\n", 1000))
	const guessed = "Guessed, because nothing says it: "
	for _, r := range []struct {
		ref  string
		opt  store.Options
		want []string
	}{
		{"mine", store.Options{}, []string{guessed + "pictures of 224x224, a short side of 256 before the crop, cut from the centre, RGB, pixels from 0 to 1, a mean of 0.485 0.456 0.406, " +
			"a standard deviation of 0.229 0.224 0.225 (as for squeezenet1_1's published weights), ImageNet's labels for the 1000 classes."}},
		{"three", store.Options{Size: 64, Resize: 72, Channels: "rgb", Mean: []float32{0, 0, 0}}, []string{guessed + "a standard deviation of 0.229 0.224 0.225 (as for squeezenet1_1's published weights)."}},
		{"mine", store.Options{Size: 64, Resize: 72, Channels: "rgb", Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}}, []string{guessed + "ImageNet's labels for the 1000 classes."}},
		{"mine", store.Options{Size: 64, Resize: 72, Channels: "rgb", Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}, Labels: names}, nil},
		{"described", store.Options{}, []string{"Trained on a Tuesday."}},
		{"builtin", store.Options{Size: 96}, nil},
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
