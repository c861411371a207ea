package models

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

// What docs/adding.md quotes in "A kind of layer".
//
//quote:kind

// In kind.go, among the constants:
const upsample Kind = "Upsample" // every pixel becomes two by two

// In kinds.go, the row for it:
var upsampleRow = traits{inputs: 1, axes: 4, shape: upsampleShape, relation: passes}

// In shape.go, the rule for its shape, because no other kind has that rule:
func upsampleShape(_ Layer, in []tensor.Shape) (tensor.Shape, error) {
	x := in[0]
	return tensor.Shape{x[0], x[1], 2 * x[2], 2 * x[3]}, nil
}

//quote:end

func TestAddingAKind(t *testing.T) {
	kinds[upsample] = upsampleRow
	t.Cleanup(func() { delete(kinds, upsample) })
	n := &Network{Name: "grown", Input: ImageNetInput(8, 8)}
	for _, l := range []Layer{
		{Name: "relu", Kind: ReLU, Inputs: []string{InputName}},
		{Name: "up", Kind: upsample, Inputs: []string{"relu"}},
		{Name: "pool", Kind: GlobalAvgPool, Inputs: []string{"up"}},
	} {
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	if l, _ := n.Layer("up"); !l.Shape.Eq(tensor.Shape{1, 3, 16, 16}) {
		t.Errorf("the output's shape is %v", l.Shape)
	}
	if got := n.Explainable(); !slices.Equal(got, []string{"relu", "up"}) {
		t.Errorf("maps can be drawn for %v", got)
	}
	if got := n.DefaultLayer(); got != "relu" {
		t.Errorf("the default layer is %s: what only repeats pixels is no better", got)
	}
	if err := n.Append(Layer{Name: "both", Kind: upsample, Inputs: []string{"relu", "up"}}); err == nil {
		t.Error("a layer of the new kind reads two others")
	}
}
