package store_test

import (
	"path/filepath"
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
	want.BGR, want.Mean, want.Std = true, [3]float32{0.1, 0.2, 0.3}, [3]float32{0.4, 0.5, 0.6}
	if net.Input != want || net.Label(2) != "chair" {
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
