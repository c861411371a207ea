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

// errArrangement is the error for a tensor whose numbers would have to be moved
// in a way that layers of the network cannot.
var errArrangement = errors.New("works on a tensor whose axes are in an order that cannot be read; export the model to ONNX")

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
	if !channelsFirst && channels > 1 && height*width > 1 && v.equal(straight(shape)) {
		if v, err = b.turned(v, channels, height*width); err != nil {
			return nil, err
		}
	}
	if !v.equal(planar(channels, height, width, channelsFirst)) {
		return nil, errArrangement
	}
	sides := []int{channels, height, width}
	if slices.Equal(b.physical(v), sides) {
		return v, nil
	}
	name, err := b.add(v.layer+"/reshape", models.Layer{Kind: models.Reshape, Inputs: []string{v.layer}, Attr: models.Attr{Shape: sides}})
	return &value{layer: name, layout: v.layout}, err
}

// turned returns v, whose elements are the channels of one pixel after the other, as
// a value of a layer that has one channel after the other: what a linear layer made,
// in the shape of a picture.
func (b *builder) turned(v *value, channels, pixels int) (*value, error) {
	name := v.layer
	var err error
	for _, l := range []models.Layer{
		{Name: "/pixels", Kind: models.Reshape, Attr: models.Attr{Shape: []int{pixels, channels, 1}}},
		{Name: "/channels_first", Kind: models.Permute},
		{Name: "/turned", Kind: models.Flatten},
	} {
		l.Inputs = []string{name}
		if name, err = b.add(v.layer+l.Name, l); err != nil {
			return nil, err
		}
	}
	s := v.shape()
	return &value{layer: name, layout: planar(channels, s[0], s[1], false)}, nil
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
	layer, err := b.add(name, models.Layer{Kind: models.Flatten, Inputs: []string{v.layer}})
	return &value{layer: layer, layout: v.layout}, err
}

// straightened returns v, of one axis, as a value of a layer with its elements in
// the same order.
func (b *builder) straightened(v *value) (*value, error) {
	v, err := b.vector(v, "")
	if err != nil {
		return nil, err
	}
	runs := v.layout[0]
	if len(runs) < 2 {
		return v, nil
	}
	// The only other order is that of a Flatten: all pixels of all channels.
	pixels, channels := runs[0], runs[1]
	if len(runs) != 2 || pixels.stride != 1 || channels.stride != pixels.size {
		return nil, errArrangement
	}
	name := v.layer
	for _, l := range []models.Layer{
		{Name: "/planes", Kind: models.Reshape, Attr: models.Attr{Shape: []int{channels.size, pixels.size, 1}}},
		{Name: "/channels_last", Kind: models.Permute},
		{Name: "/ordered", Kind: models.Flatten},
	} {
		l.Inputs = []string{name}
		if name, err = b.add(v.layer+l.Name, l); err != nil {
			return nil, err
		}
	}
	return &value{layer: name, layout: straight(v.shape())}, nil
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
