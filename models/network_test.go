package models_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models"
)

func params(shapes map[string][]int) map[string]*tensor.Dense {
	p := make(map[string]*tensor.Dense)
	for name, s := range shapes {
		p[name] = tensor.New(tensor.WithShape(s...), tensor.Of(tensor.Float32))
	}
	return p
}

func attr(kernel, stride, pad, groups int) models.Attr {
	return models.Attr{
		Kernel: [2]int{kernel, kernel}, Stride: [2]int{stride, stride}, Dilation: [2]int{1, 1},
		Pad: [4]int{pad, pad, pad, pad}, Groups: groups,
	}
}

// small is a network of every kind of layer on pictures of 8x10.
func small(t *testing.T) *models.Network {
	t.Helper()
	n := &models.Network{Name: "small", Input: models.ImageNetInput(8, 10)}
	n.Input.Width = 10
	ceil := attr(3, 2, 0, 0)
	ceil.Ceil = true
	for _, l := range []models.Layer{
		{Name: "conv", Kind: models.Conv, Inputs: []string{"input"}, Attr: attr(3, 1, 1, 1), Params: params(map[string][]int{"weight": {4, 3, 3, 3}})},
		{Name: "bn", Kind: models.BatchNorm, Inputs: []string{"conv"}, Params: params(map[string][]int{"weight": {4}, "bias": {4}, "running_mean": {4}, "running_var": {4}})},
		{Name: "relu", Kind: models.ReLU, Inputs: []string{"bn"}},
		{Name: "sum", Kind: models.Add, Inputs: []string{"relu", "bn"}},
		{Name: "stage", Kind: models.Sequential, Inputs: []string{"sum"}},
		{Name: "maxpool", Kind: models.MaxPool, Inputs: []string{"stage"}, Attr: ceil},
		{Name: "depthwise", Kind: models.Conv, Inputs: []string{"maxpool"}, Attr: attr(3, 2, 1, 4), Params: params(map[string][]int{"weight": {8, 1, 3, 3}, "bias": {8}})},
		{Name: "pointwise", Kind: models.Conv, Inputs: []string{"maxpool"}, Attr: attr(1, 2, 0, 1), Params: params(map[string][]int{"weight": {2, 4, 1, 1}})},
		{Name: "join", Kind: models.Concat, Inputs: []string{"depthwise", "pointwise"}},
		{Name: "dropout", Kind: models.Dropout, Inputs: []string{"join"}},
		{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"dropout"}},
		{Name: "flatten", Kind: models.Flatten, Inputs: []string{"pool"}},
		{Name: "fc", Kind: models.Linear, Inputs: []string{"flatten"}, Params: params(map[string][]int{"weight": {5, 10}, "bias": {5}})},
	} {
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func TestSummary(t *testing.T) {
	want := []models.Row{
		{Name: "conv", Kind: models.Conv, Shape: []int{4, 8, 10}, Params: 108, MACs: 4 * 80 * 27, Explainable: true},
		{Name: "bn", Kind: models.BatchNorm, Shape: []int{4, 8, 10}, Params: 8, Explainable: true},
		{Name: "relu", Kind: models.ReLU, Shape: []int{4, 8, 10}, Explainable: true},
		{Name: "sum", Kind: models.Add, Shape: []int{4, 8, 10}, Explainable: true},
		{Name: "stage", Kind: models.Sequential, Shape: []int{4, 8, 10}, Explainable: true},
		{Name: "maxpool", Kind: models.MaxPool, Shape: []int{4, 4, 5}, Explainable: true},
		{Name: "depthwise", Kind: models.Conv, Shape: []int{8, 2, 3}, Params: 80, MACs: 8 * 6 * 9, Explainable: true},
		{Name: "pointwise", Kind: models.Conv, Shape: []int{2, 2, 3}, Params: 8, MACs: 2 * 6 * 4, Explainable: true},
		{Name: "join", Kind: models.Concat, Shape: []int{10, 2, 3}, Explainable: true, Default: true},
		{Name: "dropout", Kind: models.Dropout, Shape: []int{10, 2, 3}, Explainable: true},
		{Name: "pool", Kind: models.GlobalAvgPool, Shape: []int{10, 1, 1}},
		{Name: "flatten", Kind: models.Flatten, Shape: []int{10}},
		{Name: "fc", Kind: models.Linear, Shape: []int{5}, Params: 55, MACs: 50},
	}
	n := small(t)
	got := n.Summary()
	if len(got) != len(want) {
		t.Fatalf("%d rows, not %d", len(got), len(want))
	}
	for i := range want {
		if g, w := got[i], want[i]; !slices.Equal(g.Shape, w.Shape) || g.Name != w.Name || g.Kind != w.Kind || g.Params != w.Params ||
			g.MACs != w.MACs || g.Explainable != w.Explainable || g.Default != w.Default {
			t.Errorf("row %d is %+v, not %+v", i, g, w)
		}
	}
	if n.Parameters() != 108+8+80+8+55 || n.Classes() != 5 {
		t.Errorf("%d parameters, %d classes", n.Parameters(), n.Classes())
	}
	if n.Label(2) != "class 2" {
		t.Errorf("a class without a name is called %q", n.Label(2))
	}
}

func TestAppendRefuses(t *testing.T) {
	rows := []struct {
		layer models.Layer
		says  string
	}{
		{models.Layer{Name: "input", Kind: models.ReLU, Inputs: []string{"conv"}}, `cannot be called "input"`},
		{models.Layer{Name: "conv", Kind: models.ReLU, Inputs: []string{"conv"}}, `two layers are called "conv"`},
		{models.Layer{Name: "x", Kind: models.ReLU, Inputs: []string{"later"}}, `"later" does not come before it`},
		{models.Layer{Name: "x", Kind: models.ReLU}, "reads no layer"},
		{models.Layer{Name: "x", Kind: models.ReLU, Inputs: []string{"conv", "bn"}}, "reads 2 layers"},
		{models.Layer{Name: "x", Kind: "Nonsense", Inputs: []string{"conv"}}, "unknown kind"},
		{models.Layer{Name: "x", Kind: models.Linear, Inputs: []string{"conv"}, Params: params(map[string][]int{"weight": {1, 3}})}, "does not fit an input of 4 numbers"},
		{models.Layer{Name: "x", Kind: models.Attention, Inputs: []string{"conv"}, Attr: models.Attr{Heads: 2}}, "not q, k and v of 2 heads"},
		{models.Layer{Name: "x", Kind: models.Tokens, Inputs: []string{"conv"}, Attr: models.Attr{Output: [2]int{2, 2}}, Params: params(map[string][]int{"positions": {6, 4}})}, "does not fit 0 tokens"},
		{models.Layer{Name: "x", Kind: models.MaxPool, Inputs: []string{"flatten"}, Attr: attr(2, 2, 0, 0)}, "four axes"},
		{models.Layer{Name: "x", Kind: models.MaxPool, Inputs: []string{"join"}, Attr: attr(3, 2, 0, 0)}, "does not fit an input of 2x3"},
		{models.Layer{Name: "x", Kind: models.MaxPool, Inputs: []string{"join"}, Attr: attr(2, 0, 0, 0)}, "out of range"},
		{models.Layer{Name: "x", Kind: models.Conv, Inputs: []string{"conv"}, Attr: attr(3, 1, 1, 1), Params: params(map[string][]int{"weight": {4, 3, 3, 3}})}, "does not fit an input of 4 channels"},
		{models.Layer{Name: "x", Kind: models.Conv, Inputs: []string{"conv"}, Attr: attr(3, 1, 1, 1)}, "no weight"},
		{models.Layer{Name: "x", Kind: models.BatchNorm, Inputs: []string{"conv"}, Params: params(map[string][]int{"weight": {3}})}, "weight has shape (3)"},
		{models.Layer{Name: "x", Kind: models.Add, Inputs: []string{"conv", "join"}}, "cannot combine"},
		{models.Layer{Name: "x", Kind: models.Concat, Inputs: []string{"conv", "join"}}, "cannot join"},
	}
	for _, r := range rows {
		n := small(t)
		before := len(n.Layers)
		err := n.Append(r.layer)
		if err == nil || !strings.Contains(err.Error(), r.says) || !strings.Contains(err.Error(), "small") {
			t.Errorf("%+v: %v, not %q", r.layer, err, r.says)
		}
		if len(n.Layers) != before {
			t.Errorf("%+v was added all the same", r.layer)
		}
	}
}

func TestOutputSide(t *testing.T) {
	rows := []struct {
		in, kernel, stride, dilation, lo, hi int
		ceil                                 bool
		want                                 int
		ok                                   bool
	}{
		{224, 7, 2, 1, 3, 3, false, 112, true},
		{111, 3, 2, 1, 0, 0, true, 55, true},
		{109, 3, 2, 1, 0, 0, true, 54, true},
		{6, 3, 2, 1, 0, 0, false, 2, true},
		{6, 3, 2, 1, 0, 0, true, 3, true},
		// The third window would begin in the padding behind the input.
		{4, 2, 3, 1, 1, 1, true, 2, true},
		{9, 3, 1, 4, 0, 0, false, 1, true},
		{8, 3, 1, 4, 0, 0, false, 0, false},
	}
	for _, r := range rows {
		got, ok := models.OutputSide(r.in, r.kernel, r.stride, r.dilation, r.lo, r.hi, r.ceil)
		if got != r.want || ok != r.ok {
			t.Errorf("%+v: %d, %t", r, got, ok)
		}
	}
}

func TestResizedSharesParameters(t *testing.T) {
	n := small(t)
	r, err := n.Resized(models.ImageNetInput(16, 16))
	if err != nil {
		t.Fatal(err)
	}
	before, _ := n.Layer("conv")
	after, _ := r.Layer("conv")
	if after.Params["weight"] != before.Params["weight"] || !after.Shape.Eq(tensor.Shape{1, 4, 16, 16}) || !before.Shape.Eq(tensor.Shape{1, 4, 8, 10}) {
		t.Errorf("before %v, after %v", before.Shape, after.Shape)
	}
	if _, err := n.Resized(models.ImageNetInput(1, 1)); err == nil {
		t.Error("resized to a picture too small for a window")
	}
	if _, err := n.Resized(models.ImageNetInput(0, 0)); err == nil {
		t.Error("resized to nothing")
	}
}

// TestDefaultLayerStandsBeforePooling ends a network in all that only hands its
// input on.
func TestDefaultLayerStandsBeforePooling(t *testing.T) {
	n := &models.Network{Name: "pooled", Input: models.ImageNetInput(32, 32)}
	x := "input"
	for _, l := range []models.Layer{
		{Name: "conv", Kind: models.Conv, Attr: attr(3, 1, 1, 1), Params: params(map[string][]int{"weight": {4, 3, 3, 3}})},
		{Name: "relu", Kind: models.ReLU},
		{Name: "max", Kind: models.MaxPool, Attr: attr(2, 2, 0, 0)},
		{Name: "mean", Kind: models.AvgPool, Attr: attr(2, 2, 0, 0)},
		{Name: "adaptive", Kind: models.AdaptiveAvgPool, Attr: models.Attr{Output: [2]int{2, 2}}},
		{Name: "dropout", Kind: models.Dropout},
		{Name: "identity", Kind: models.Identity},
		{Name: "last", Kind: models.Permute},
		{Name: "flatten", Kind: models.Flatten},
		{Name: "fc", Kind: models.Linear, Params: params(map[string][]int{"weight": {10, 16}, "bias": {10}})},
	} {
		l.Inputs, x = []string{x}, l.Name
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	if got := n.DefaultLayer(); got != "relu" {
		t.Errorf("the default layer is %s, not relu", got)
	}
}

func TestInputValidate(t *testing.T) {
	good := models.ImageNetInput(224, 256)
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	rows := map[string]func(*models.Input){
		"is not between":        func(in *models.Input) { in.Width = 5000 },
		"cannot hold":           func(in *models.Input) { in.Resize = 223 },
		`crop "left" is`:        func(in *models.Input) { in.Fit = "left" },
		"std of channel 1 is 0": func(in *models.Input) { in.Std[1] = 0 },
	}
	for says, spoil := range rows {
		in := good
		spoil(&in)
		if err := in.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, not %q", err, says)
		}
	}
}

func TestTree(t *testing.T) {
	n := &models.Network{Name: "nested", Input: models.ImageNetInput(8, 8)}
	weights := func(out, in int) map[string]*tensor.Dense { return params(map[string][]int{"weight": {out, in, 1, 1}}) }
	for _, l := range []models.Layer{
		{Name: "stem.0", Kind: models.Conv, Inputs: []string{"input"}, Attr: attr(1, 1, 0, 1), Params: weights(4, 3)},
		{Name: "stem.1", Kind: models.ReLU, Inputs: []string{"stem.0"}},
		{Name: "layer.0.conv", Kind: models.Conv, Inputs: []string{"stem.1"}, Attr: attr(1, 1, 0, 1), Params: weights(4, 4)},
		{Name: "layer.0", Kind: models.Add, Inputs: []string{"layer.0.conv", "stem.1"}},
		{Name: "layer", Kind: models.Sequential, Inputs: []string{"layer.0"}},
		{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"layer"}},
	} {
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	want := []models.Row{
		{Name: "stem", Kind: models.Sequential, Shape: []int{4, 8, 8}, Params: 12, MACs: 64 * 12, Module: true, Explainable: true},
		{Name: "stem.0", Kind: models.Conv, Shape: []int{4, 8, 8}, Params: 12, MACs: 64 * 12, Depth: 1, Explainable: true},
		{Name: "stem.1", Kind: models.ReLU, Shape: []int{4, 8, 8}, Depth: 1, Explainable: true},
		{Name: "layer", Kind: models.Sequential, Shape: []int{4, 8, 8}, Params: 16, MACs: 64 * 16, Module: true, Explainable: true},
		{Name: "layer.0", Kind: models.Add, Shape: []int{4, 8, 8}, Params: 16, MACs: 64 * 16, Module: true, Depth: 1, Explainable: true},
		{Name: "layer.0.conv", Kind: models.Conv, Shape: []int{4, 8, 8}, Params: 16, MACs: 64 * 16, Depth: 2, Explainable: true},
		{Name: "pool", Kind: models.GlobalAvgPool, Shape: []int{4, 1, 1}},
	}
	got := n.Tree()
	for i := range got {
		got[i].Default = false
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the tree is\n%v, not\n%v", got, want)
	}
	if n.MACs() != 64*28 {
		t.Errorf("%d multiply-adds, not %d", n.MACs(), 64*28)
	}
}
