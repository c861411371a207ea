package models_test

import (
	"reflect"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models"
)

// TestPartsAreTheSummary: a network that another program made is listed as that
// program lists it. Worked out by hand: a convolution of 1x1 from 3 to 2 channels
// with a ReLU, which is one part, and a dropout, which does nothing.
func TestPartsAreTheSummary(t *testing.T) {
	in := models.ImageNetInput(4, 4)
	n := &models.Network{Name: "tiny", Input: in}
	weight := tensor.New(tensor.WithShape(2, 3, 1, 1), tensor.WithBacking(make([]float32, 6)))
	for _, l := range []models.Layer{
		{Name: "conv/pre", Kind: models.Conv, Inputs: []string{models.InputName}, Params: map[string]*tensor.Dense{"weight": weight}, Attr: models.Attr{
			Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1,
		}},
		{Name: "conv", Kind: models.ReLU, Inputs: []string{"conv/pre"}},
	} {
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	n.Parts = []models.Part{
		{Name: "picture", Class: "InputLayer", Shape: tensor.Shape{4, 4, 3}},
		{Name: "block", Class: "Sequential", Layer: "conv", Layers: []string{"conv/pre", "conv"}, Shape: tensor.Shape{4, 4, 2}, Params: 6, Trained: 4},
		{Name: "conv", Class: "Conv2D", Layer: "conv", Layers: []string{"conv/pre", "conv"}, Depth: 1, Shape: tensor.Shape{4, 4, 2}, Params: 6, Trained: 4},
		{Name: "drop", Class: "Dropout", Layer: "conv", Shape: tensor.Shape{4, 4, 2}},
	}
	want := []models.Row{
		{Name: "picture", Kind: "InputLayer", Shape: []int{4, 4, 3}},
		{Name: "block", Kind: "Sequential", Module: true, Shape: []int{4, 4, 2}, Params: 6, MACs: 96},
		{Name: "conv", Kind: "Conv2D", Depth: 1, Shape: []int{4, 4, 2}, Params: 6, MACs: 96, Explainable: true, Default: true},
		{Name: "drop", Kind: "Dropout", Shape: []int{4, 4, 2}},
	}
	for what, got := range map[string][]models.Row{"summary": n.Summary(), "tree": n.Tree()} {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the %s is\n%+v, want\n%+v", what, got, want)
		}
	}
	if all, trained := n.Counts(); all != 6 || trained != 4 {
		t.Errorf("%d numbers, %d of them trained; want 6 and 4", all, trained)
	}
	larger, err := n.Resized(models.ImageNetInput(8, 8))
	if err != nil {
		t.Fatal(err)
	}
	if rows := larger.Summary(); len(rows) != 2 || rows[1].Shape[1] != 8 {
		t.Errorf("in another size, the summary is %+v", rows)
	}
}
