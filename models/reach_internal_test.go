package models

import (
	"testing"

	"gorgonia.org/tensor"
)

// TestReach has a transformer with a class token: patches, an attention and a
// normalisation behind it, of which the classifier reads the class token alone.
func TestReach(t *testing.T) {
	param := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))
	}
	build := func(classToken bool) *Network {
		n := &Network{Name: "tiny", Input: ImageNetInput(8, 8)}
		norm := map[string]*tensor.Dense{"weight": param(6), "bias": param(6)}
		linear := func(out int) map[string]*tensor.Dense { return map[string]*tensor.Dense{"weight": param(out, 6)} }
		layers := []Layer{
			{Name: "patches", Kind: Conv, Inputs: []string{InputName}, Attr: Attr{Kernel: [2]int{4, 4}, Stride: [2]int{4, 4}, Dilation: [2]int{1, 1}, Groups: 1}, Params: map[string]*tensor.Dense{"weight": param(6, 3, 4, 4)}},
			{Name: "tokens", Kind: Tokens, Inputs: []string{"patches"}, Attr: Attr{Output: [2]int{2, 2}}, Params: map[string]*tensor.Dense{"prefix": param(1, 6), "positions": param(5, 6)}},
			{Name: "norm1", Kind: LayerNorm, Inputs: []string{"tokens"}, Params: norm},
			{Name: "qkv", Kind: Linear, Inputs: []string{"norm1"}, Params: linear(18)},
			{Name: "heads", Kind: Attention, Inputs: []string{"qkv"}, Attr: Attr{Heads: 2, Alpha: 1}},
			{Name: "add", Kind: Add, Inputs: []string{"heads", "tokens"}},
			{Name: "norm", Kind: LayerNorm, Inputs: []string{"add"}, Params: norm},
		}
		if classToken {
			layers = append(layers, Layer{Name: "class", Kind: Slice, Inputs: []string{"norm"}, Attr: Attr{Axis: 2, From: 0, To: 1, Step: 1}}, Layer{Name: "row", Kind: Flatten, Inputs: []string{"class"}})
		} else {
			layers = append(layers, Layer{Name: "mean", Kind: GlobalAvgPool, Inputs: []string{"norm"}}, Layer{Name: "row", Kind: Flatten, Inputs: []string{"mean"}})
		}
		layers = append(layers, Layer{Name: "fc", Kind: Linear, Inputs: []string{"row"}, Params: linear(3)})
		for _, l := range layers {
			if err := n.Append(l); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	n := build(true)
	for name, want := range map[string]bool{"patches": true, "tokens": true, "norm1": true, "qkv": true, "heads": false, "add": false, "norm": false} {
		if got := n.PlacesReach(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := n.DefaultLayer(); got != "norm1" {
		t.Errorf("with a class token, %s is explained", got)
	}
	n = build(false)
	if got := n.DefaultLayer(); got != "norm" || !n.PlacesReach("heads") {
		t.Errorf("with a mean of all tokens, %s is explained", got)
	}
}
