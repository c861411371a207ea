package onnx

import (
	"fmt"

	"gorgonia.org/tensor"

	"gaze/models"
)

func (b *builder) conv(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	w, err := n.needed(1)
	if err != nil {
		return err
	}
	if len(w.shape) != 4 {
		return fmt.Errorf("weights of shape %v are not those of two dimensions", w.shape)
	}
	if v, err = b.planes(v); err != nil {
		return err
	}
	kernel := [2]int{w.shape[2], w.shape[3]}
	attr, err := n.window(kernel, v.shape())
	if err != nil {
		return err
	}
	attr.Groups = n.int("group", 1)
	params, err := b.parameters(n, w, w.shape[0])
	if err != nil {
		return err
	}
	return b.straightly(n, v, models.Layer{Kind: models.Conv, Attr: attr, Params: params})
}

// parameters returns a weight and, where input 2 is there, a bias of that
// length.
func (b *builder) parameters(n *node, w *constant, length int) (map[string]*tensor.Dense, error) {
	values, err := w.vector(b.memory)
	if err != nil {
		return nil, err
	}
	weight, err := dense(values, w.shape...)
	if err != nil {
		return nil, fmt.Errorf("weight: %w", err)
	}
	params := map[string]*tensor.Dense{"weight": weight}
	c, err := n.constant(2)
	if err != nil || c == nil {
		return params, err
	}
	params["bias"], err = b.perChannel(c, length)
	if err != nil {
		return nil, fmt.Errorf("bias: %w", err)
	}
	return params, nil
}

// perChannel makes a parameter of one number a channel.
func (b *builder) perChannel(c *constant, length int) (*tensor.Dense, error) {
	if c.size() != length {
		return nil, fmt.Errorf("shape %v does not fit %d channels", c.shape, length)
	}
	values, err := c.vector(b.memory)
	if err != nil {
		return nil, err
	}
	return dense(values, length)
}

// straightly adds a layer of four axes whose result's axes are the layer's own.
func (b *builder) straightly(n *node, v *value, layer models.Layer) error {
	layer.Inputs = []string{v.layer}
	name, err := b.add(n.out(), layer)
	if err != nil {
		return err
	}
	out := &value{layer: name}
	b.set(n.out(), out)
	out.layout = straight(b.physical(out))
	return nil
}

// window reads how a window of that kernel slides over an input of that shape.
func (n *node) window(kernel [2]int, shape []int) (models.Attr, error) {
	attr := models.Attr{Kernel: kernel, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
	for _, a := range []struct {
		name string
		into []int
	}{
		{"kernel_shape", attr.Kernel[:]},
		{"strides", attr.Stride[:]},
		{"dilations", attr.Dilation[:]},
		{"pads", attr.Pad[:]},
	} {
		list := n.ints(a.name)
		if list != nil && len(list) != len(a.into) {
			return attr, fmt.Errorf("%s %v is not of two dimensions", a.name, list)
		}
		copy(a.into, list)
	}
	for axis := range 2 {
		if attr.Kernel[axis] < 1 || attr.Stride[axis] < 1 || attr.Dilation[axis] < 1 {
			return attr, fmt.Errorf("kernel %v, strides %v or dilations %v out of range", attr.Kernel, attr.Stride, attr.Dilation)
		}
	}
	return attr, n.autoPad(&attr, shape)
}

// autoPad replaces the padding by what auto_pad asks for: so much that each
// stride gives one output, the odd one at the end (SAME_UPPER) or at the
// beginning (SAME_LOWER).
func (n *node) autoPad(attr *models.Attr, shape []int) error {
	mode := n.text("auto_pad", "NOTSET")
	switch mode {
	case "NOTSET", "":
		return nil
	case "VALID":
		attr.Pad = [4]int{}
		return nil
	case "SAME_UPPER", "SAME_LOWER":
	default:
		return fmt.Errorf("auto_pad %q is not supported", mode)
	}
	for axis := range 2 {
		in, stride := shape[2+axis], attr.Stride[axis]
		span := attr.Dilation[axis]*(attr.Kernel[axis]-1) + 1
		all := max(((in-1)/stride)*stride+span-in, 0)
		less, more := all/2, all-all/2
		if mode == "SAME_LOWER" {
			less, more = more, less
		}
		attr.Pad[axis], attr.Pad[axis+2] = less, more
	}
	return nil
}
