package keras

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"gaze/models"
)

// pixels say what has been done with the picture so far, as long as that is nothing
// but to scale, to order and to resize: x = scale*pixel + offset for each channel,
// with pixels of 0 to 255. All of that is how Gaze prepares pictures, and so it
// becomes the network's input and no layer.
type pixels struct {
	channels      models.Channels
	scale, offset []float64
	// scaled is set where the file says how pixels are scaled, ordered where it says
	// in which order the channels are.
	scaled, ordered bool
	resize          resizing
	// height and width of the picture.
	height, width int
	// name of the last layer that did something.
	name string
}

// resizing is how a model itself brings pictures to its size.
type resizing struct {
	// said is set where it does.
	said   bool
	fit    models.Fit
	short  int
	filter models.Filter
}

func newPixels(channels models.Channels, height, width int) *pixels {
	n := len(channels)
	return &pixels{channels: channels, height: height, width: width, scale: slices.Repeat([]float64{1}, n), offset: make([]float64, n)}
}

// clone is a copy of p by the layer called name.
func (p *pixels) clone(name string) *pixels {
	c := *p
	c.scale, c.offset, c.name = slices.Clone(p.scale), slices.Clone(p.offset), name
	return &c
}

// mapped returns v with each channel multiplied by a weight and a bias added; a
// single number is for all channels.
func (v *value) mapped(name string, weight, bias []float64) (*value, bool) {
	p := v.pixels.clone(name)
	p.scaled = true
	for c := range p.scale {
		w, okW := of(weight, c, len(p.scale))
		d, okD := of(bias, c, len(p.scale))
		if !okW || !okD {
			return nil, false
		}
		p.scale[c] *= w
		p.offset[c] = w*p.offset[c] + d
	}
	return &value{layer: v.layer, layout: v.layout, pixels: p}, true
}

// of is number c of a list for n channels.
func of(list []float64, c, n int) (float64, bool) {
	switch len(list) {
	case 1:
		return list[0], true
	case n:
		return list[c], true
	}
	return 0, false
}

// picked returns v, of rows, columns and channels in Keras' order, with those of its
// channels.
func (v *value) picked(name string, which []int, channelsFirst bool) *value {
	p := v.pixels.clone(name)
	p.ordered = true
	var letters []byte
	p.scale, p.offset = nil, nil
	for _, c := range which {
		letters = append(letters, v.pixels.channels[c])
		p.scale = append(p.scale, v.pixels.scale[c])
		p.offset = append(p.offset, v.pixels.offset[c])
	}
	p.channels = models.Channels(letters)
	return &value{layer: v.layer, layout: planar(len(which), p.height, p.width, channelsFirst), pixels: p}
}

// same reports whether two tensors are the same pixels.
func (p *pixels) same(o *pixels) bool {
	return p.channels == o.channels && p.resize == o.resize && p.height == o.height && p.width == o.width && slices.Equal(p.scale, o.scale) && slices.Equal(p.offset, o.offset)
}

// openInput makes v, which is pixels, the network's input if it is the first to be
// read by a layer. Otherwise layers lead from there to v.
func (b *builder) openInput(v *value) (*value, error) {
	p := v.pixels
	if b.opened == nil {
		if err := b.describeInput(v); err != nil {
			return nil, err
		}
	}
	base := b.opened
	if base.resize != p.resize || base.channels != p.channels || base.height != p.height || base.width != p.width {
		return nil, errors.New("reads the picture in another size or with other channels than a layer before it; export the model to ONNX")
	}
	settled := &value{layer: models.InputName, layout: v.layout}
	if p.same(base) {
		return settled, nil
	}
	weight, bias := make([]float64, len(p.scale)), make([]float64, len(p.scale))
	for c := range weight {
		weight[c] = p.scale[c] / base.scale[c]
		bias[c] = p.offset[c] - weight[c]*base.offset[c]
	}
	name := p.name
	if name == "" {
		name = "pixels"
	}
	layer, err := b.scaleChannels(name, models.InputName, weight, bias)
	return &value{layer: layer, layout: v.layout}, err
}

// scaleChannels adds a layer that multiplies each channel by a weight and adds a
// bias.
func (b *builder) scaleChannels(name, input string, weight, bias []float64) (string, error) {
	w, err := b.vectorOf(weight)
	if err != nil {
		return "", err
	}
	d, err := b.vectorOf(bias)
	if err != nil {
		return "", err
	}
	return b.add(name, models.Layer{Kind: models.Scale, Inputs: []string{input}, Params: params{"weight": w, "bias": d}})
}

// params are a layer's parameters.
type params = map[string]*tensor.Dense

// vectorOf makes a parameter of a list of numbers.
func (b *builder) vectorOf(list []float64) (*tensor.Dense, error) {
	if err := b.memory.spend(len(list), 4); err != nil {
		return nil, err
	}
	out := make([]float32, len(list))
	for i, v := range list {
		out[i] = float32(v)
	}
	return dense(out, len(out))
}

// dense makes a tensor of numbers.
func dense(values []float32, shape ...int) (*tensor.Dense, error) {
	n := 1
	for _, side := range shape {
		n *= side
	}
	if n != len(values) || n == 0 {
		return nil, fmt.Errorf("has %d numbers where the shape %s is expected", len(values), shapeText(shape))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values)), nil
}
