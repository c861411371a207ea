package keras

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models"
)

// value is a Keras tensor: the numbers that a layer of the network makes, or the
// pixels of the input as long as nothing is known of them but how they are scaled.
type value struct {
	// layer has the numbers.
	layer string
	layout
	// pixels is set for the input and what only scales, chooses or orders its
	// channels: see pixels.go.
	pixels *pixels
}

// errAxes is the error for a layer whose numbers are for channels, and whose tensor
// has none.
var errAxes = errors.New("works on a tensor that is neither rows, columns and channels nor of one axis, which is not supported; export the model to ONNX")

// physical is the shape of the layer that has the numbers of v, without the batch.
func (b *builder) physical(v *value) []int {
	if l, ok := b.net.Layer(v.layer); ok {
		return l.Shape[1:]
	}
	return b.net.Input.Shape()[1:]
}

// settled returns v as numbers of a layer: pixels become the network's input.
func (b *builder) settled(v *value) (*value, error) {
	if v.pixels == nil {
		return v, nil
	}
	return b.openInput(v)
}

// planes returns v, of rows, columns and channels in Keras' order, as a value of a
// layer of shape C x H x W.
func (b *builder) planes(v *value, channelsFirst bool) (*value, error) {
	v, err := b.settled(v)
	if err != nil {
		return nil, err
	}
	shape := v.shape()
	if len(shape) != 3 {
		return nil, fmt.Errorf("needs rows, columns and channels, not a tensor of shape %s", shapeText(shape))
	}
	channels, height, width := shape[2], shape[0], shape[1]
	if channelsFirst {
		channels, height, width = shape[0], shape[1], shape[2]
	}
	if !v.equal(planar(channels, height, width, channelsFirst)) {
		inOrder := v.layout
		if !channelsFirst {
			inOrder = layout{v.layout[2], v.layout[0], v.layout[1]}
		}
		if v, err = b.arranged(v.view(inOrder.flat())); err != nil {
			return nil, err
		}
		v = v.view(planar(channels, height, width, channelsFirst))
	}
	sides := []int{channels, height, width}
	if slices.Equal(b.physical(v), sides) {
		return v, nil
	}
	name, err := b.add(v.layer+"/reshape", models.Layer{Kind: models.Reshape, Inputs: []string{v.layer}, Attr: models.Attr{Shape: sides}})
	return &value{layer: name, layout: v.layout}, err
}

// isPlanar reports whether v is rows, columns and channels, with the channels
// first or last, and which.
func isPlanar(v *value) (channelsFirst, ok bool) {
	s := v.shape()
	switch {
	case len(s) != 3:
		return false, false
	case v.equal(planar(s[2], s[0], s[1], false)):
		return false, true
	}
	return true, v.equal(planar(s[0], s[1], s[2], true))
}

// vector returns v, of one axis, as a value of a layer of that one axis. The order
// of its elements may still be another.
func (b *builder) vector(v *value, name string) (*value, error) {
	v, err := b.settled(v)
	if err != nil {
		return nil, err
	}
	if len(v.layout) != 1 {
		return nil, fmt.Errorf("needs one axis, not a tensor of shape %s", shapeText(v.shape()))
	}
	if len(b.physical(v)) == 1 {
		return v, nil
	}
	if name == "" {
		name = v.layer + "/flatten"
	}
	l := models.Layer{Kind: models.Flatten}
	if len(b.physical(v)) != 3 {
		l = viewed(v.shape())
	}
	l.Inputs = []string{v.layer}
	layer, err := b.add(name, l)
	return &value{layer: layer, layout: v.layout}, err
}

// straightened returns v, of one axis, as a value of a layer with its elements in
// the same order.
func (b *builder) straightened(v *value) (*value, error) {
	v, err := b.vector(v, "")
	if err != nil {
		return nil, err
	}
	if len(v.layout[0]) < 2 {
		return v, nil
	}
	return b.arranged(v)
}

// shapeText writes a shape as Python does: "(28, 28)", "(30,)".
func shapeText(shape []int) string {
	text := "("
	for i, side := range shape {
		if i > 0 {
			text += ", "
		}
		if side < 0 {
			text += "None"
		} else {
			text += fmt.Sprint(side)
		}
	}
	if len(shape) == 1 {
		text += ","
	}
	return text + ")"
}
