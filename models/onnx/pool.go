package onnx

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"

	"gaze/models"
)

func (b *builder) maxPool(n *node) error {
	if len(n.Output) > 1 && n.Output[1] != "" && b.readers[n.Output[1]] > 0 {
		return errors.New("the indices of the maxima are not supported")
	}
	return b.pool(n, models.MaxPool)
}

func (b *builder) averagePool(n *node) error { return b.pool(n, models.AvgPool) }

func (b *builder) pool(n *node, kind models.Kind) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	if v, err = b.planes(v); err != nil {
		return err
	}
	attr, err := n.window([2]int{}, v.shape())
	if err != nil {
		return err
	}
	attr.Ceil = n.int("ceil_mode", 0) != 0
	// Without padding and windows that hang over, there is nothing to exclude.
	attr.ExcludePad = kind == models.AvgPool && n.int("count_include_pad", 0) == 0 && (attr.Pad != [4]int{} || attr.Ceil)
	if kind == models.AvgPool && attr.Dilation != [2]int{1, 1} {
		return b.dilatedMean(n, v, attr)
	}
	return b.straightly(n, v, models.Layer{Kind: kind, Attr: attr})
}

// dilatedMean is an average of numbers that are apart: a convolution of each
// channel by equal weights.
func (b *builder) dilatedMean(n *node, v *value, attr models.Attr) error {
	if attr.ExcludePad || attr.Ceil {
		return errors.New("dilations together with padding that is left out, or with ceil_mode, are not supported")
	}
	depth := b.physical(v)[channels]
	size, err := count([]int{depth, attr.Kernel[0], attr.Kernel[1]})
	if err != nil {
		return err
	}
	if err := b.memory.spend(size, 4); err != nil {
		return err
	}
	equal := make([]float32, size)
	for i := range equal {
		equal[i] = float32(depth) / float32(size)
	}
	weight, err := dense(equal, depth, 1, attr.Kernel[0], attr.Kernel[1])
	if err != nil {
		return err
	}
	attr.Groups = depth
	return b.straightly(n, v, models.Layer{Kind: models.Conv, Attr: attr, Params: map[string]*tensor.Dense{"weight": weight}})
}

func globalPool(kind models.Kind) operator {
	return func(b *builder, n *node) error {
		v, err := n.data(0)
		if err != nil {
			return err
		}
		if v, err = b.planes(v); err != nil {
			return err
		}
		return b.straightly(n, v, models.Layer{Kind: kind})
	}
}

func (b *builder) reduceMean(n *node) error {
	return b.reduce(n, models.GlobalAvgPool, models.ChannelMean, models.AvgPool)
}

func (b *builder) reduceMax(n *node) error {
	return b.reduce(n, models.GlobalMaxPool, models.ChannelMax, models.MaxPool)
}

// reduce makes one number of all along some axes: of rows and columns by the
// kind plane, of channels by the kind depth, of either rows or columns by a
// window of the kind line.
func (b *builder) reduce(n *node, plane, depth, line models.Kind) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	over, err := n.reduced(len(v.layout))
	if err != nil {
		return err
	}
	if len(b.physical(v)) != 4 && len(v.layout) == 4 {
		if v, err = b.planes(v); err != nil {
			return err
		}
	}
	shape := b.physical(v)
	if len(shape) != 4 {
		return errors.New("over an input without rows and columns is not supported")
	}
	var gone layout
	var kept layout
	for i, a := range v.layout {
		switch {
		case !over[i]:
			kept = append(kept, a)
			continue
		case n.int("keepdims", 1) != 0:
			kept = append(kept, nil)
		}
		gone = append(gone, a)
	}
	covered := []int{1, 1, 1, 1}
	for _, r := range gone.runs() {
		covered[r.axis] *= r.size
	}
	for i, side := range covered {
		if side != 1 && side != shape[i] {
			return fmt.Errorf("over %d of %d along an axis is not supported", side, shape[i])
		}
	}
	layers := reduction(covered, shape, plane, depth, line)
	from := v.layer
	for i, l := range layers {
		l.Inputs = []string{from}
		name := n.out()
		if i < len(layers)-1 {
			name += "/plane"
		}
		if from, err = b.add(name, l); err != nil {
			return err
		}
	}
	return b.view(n, &value{layer: from}, kept)
}

// reduction is what makes one number of all along the axes that are covered.
func reduction(covered, shape []int, plane, depth, line models.Kind) []models.Layer {
	var layers []models.Layer
	all := func(axis int) bool { return covered[axis] == shape[axis] }
	pixels := covered[rows]*covered[columns] > 1 || shape[rows]*shape[columns] == 1 && covered[channels] == 1
	switch {
	case pixels && all(rows) && all(columns):
		layers = append(layers, models.Layer{Kind: plane})
	case pixels:
		layers = append(layers, models.Layer{Kind: line, Attr: models.Attr{
			Kernel: [2]int{covered[rows], covered[columns]},
			Stride: [2]int{1, 1}, Dilation: [2]int{1, 1},
		}})
	}
	if covered[channels] > 1 {
		layers = append(layers, models.Layer{Kind: depth})
	}
	return layers
}

// reduced returns which of that many axes are reduced: the listed ones, or all.
func (n *node) reduced(axes int) ([]bool, error) {
	list, err := n.listed("axes", 1)
	if err != nil {
		return nil, err
	}
	over := make([]bool, axes)
	if len(list) == 0 {
		if n.int("noop_with_empty_axes", 0) != 0 {
			return over, nil
		}
		for i := range over {
			over[i] = true
		}
	}
	for _, a := range list {
		at, err := position(a, axes)
		if err != nil {
			return nil, err
		}
		over[at] = true
	}
	return over, nil
}
