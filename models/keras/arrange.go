package keras

import (
	"cmp"
	"slices"

	"gaze/models"
)

// arranged returns v as a value of a layer that has the axes of v behind that of the
// batch, in their order. Where the layer of v has its numbers in another order, they
// are moved.
func (b *builder) arranged(v *value) (*value, error) {
	v, err := b.settled(v)
	if err != nil {
		return nil, err
	}
	shape := v.shape()
	if slices.Equal(b.physical(v), shape) && v.equal(straight(shape)) {
		return v, nil
	}
	steps := []models.Layer{viewed(shape)}
	// Each run is an axis of the layer, once the layer is viewed with these axes.
	runs := v.flat()[0]
	if order := byStride(runs); !slices.IsSorted(order) {
		sides := make([]int, len(runs))
		turned := make([]int, 1+len(runs)) // the batch stays first
		for at, i := range order {
			sides[at], turned[1+i] = runs[i].size, 1+at
		}
		steps = []models.Layer{viewed(sides), {Kind: models.Transpose, Attr: models.Attr{Order: turned}}, viewed(shape)}
	}
	out, err := b.chain(v.layer+"/arranged", v, steps)
	if err != nil {
		return nil, err
	}
	return &value{layer: out.layer, layout: straight(shape)}, nil
}

// byStride numbers runs from the one with the largest stride to the one with the
// smallest.
func byStride(runs axis) []int {
	order := make([]int, len(runs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(runs[j].stride, runs[i].stride) })
	return order
}

// viewed is a layer that has the same numbers in another shape, behind the batch.
func viewed(shape []int) models.Layer {
	return models.Layer{Kind: models.View, Attr: models.Attr{Shape: append([]int{1}, shape...)}}
}
