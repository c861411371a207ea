package keras

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"

	"gaze/models"
)

// merge is a layer that combines tensors element by element by a layer of that
// kind.
func merge(kind models.Kind) build {
	return func(b *builder, u *use) (*value, error) {
		in, err := u.values()
		if err != nil {
			return nil, err
		}
		return b.combine(u.name, kind, in)
	}
}

// combine adds a layer that combines tensors element by element, the axes of length
// 1 repeated, as numpy does it.
func (b *builder) combine(name string, kind models.Kind, in []*value) (*value, error) {
	in, channelsFirst, err := b.aligned(in)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, v := range in {
		names = append(names, v.layer)
	}
	layer, err := b.add(name, models.Layer{Kind: kind, Inputs: names})
	if err != nil {
		return nil, err
	}
	out := &value{layer: layer, layout: in[0].layout}
	switch shape := b.physical(out); len(shape) {
	case 1:
		if in[0].size() != shape[0] {
			out.layout = straight(shape)
		}
	case 3:
		out.layout = planar(shape[0], shape[1], shape[2], channelsFirst)
	default:
		out.layout = straight(shape)
	}
	return out, nil
}

// aligned returns tensors as values of layers with as many axes each, all with the
// same meaning.
func (b *builder) aligned(in []*value) (settled []*value, channelsFirst bool, err error) {
	axes := 0
	settled = make([]*value, len(in))
	for i, v := range in {
		if settled[i], err = b.settled(v); err != nil {
			return nil, false, err
		}
		axes = max(axes, len(v.layout))
		if first, ok := isPlanar(v); ok && first {
			channelsFirst = true
		}
	}
	straight := false
	for i, v := range settled {
		if axes == 1 {
			straight = straight || !v.equal(settled[0].layout)
			continue
		}
		wide := &value{layer: v.layer, layout: append(make(layout, axes-len(v.layout)), v.layout...)}
		if axes == 3 {
			settled[i], err = b.planes(wide, channelsFirst)
		} else {
			settled[i], err = b.arranged(wide)
		}
		if err != nil {
			return nil, false, err
		}
	}
	for i, v := range settled {
		if axes != 1 {
			break
		}
		if straight {
			v, err = b.straightened(v)
		} else {
			v, err = b.vector(v, "")
		}
		if err != nil {
			return nil, false, err
		}
		settled[i] = v
	}
	return settled, channelsFirst, nil
}

// average is the mean of tensors.
func average(b *builder, u *use) (*value, error) {
	in, err := u.values()
	if err != nil {
		return nil, err
	}
	sum, err := b.combine(u.name+"/sum", models.Add, in)
	if err != nil {
		return nil, err
	}
	share := tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{1 / float32(len(in))}))
	return b.chain(u.name, sum, []models.Layer{{Kind: models.Scale, Params: params{"weight": share}}})
}

// customScale is x + scale y, the end of a block of keras.applications'
// InceptionResNetV2.
func customScale(b *builder, u *use) (*value, error) {
	in, err := u.values()
	if err != nil {
		return nil, err
	}
	if len(in) != 2 {
		return nil, fmt.Errorf("reads %d tensors, not two", len(in))
	}
	if in[1], err = b.settled(in[1]); err != nil {
		return nil, err
	}
	scale := tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{float32(u.number("scale", 1))}))
	if in[1], err = b.chain(u.name+"/scaled", in[1], []models.Layer{{Kind: models.Scale, Params: params{"weight": scale}}}); err != nil {
		return nil, err
	}
	return b.combine(u.name, models.Add, in)
}

// extreme is the largest or the smallest of tensors, element by element: max(x, y) =
// x + relu(y - x) and min(x, y) = x - relu(x - y). Where both are equal, the gradient
// goes to x, as in TensorFlow.
func extreme(largest bool) build {
	return func(b *builder, u *use) (*value, error) {
		in, err := u.values()
		if err != nil {
			return nil, err
		}
		out := in[0]
		for i, v := range in[1:] {
			name := u.name
			if i+2 < len(in) {
				name = fmt.Sprintf("%s/%d", u.name, i+1)
			}
			pair, last := []*value{out, v}, models.Sub
			if largest {
				pair, last = []*value{v, out}, models.Add
			}
			difference, err := b.combine(name+"/difference", models.Sub, pair)
			if err != nil {
				return nil, err
			}
			excess, err := b.chain(name+"/excess", difference, []models.Layer{{Kind: models.ReLU}})
			if err != nil {
				return nil, err
			}
			if out, err = b.combine(name, last, []*value{out, excess}); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

// subtract is the difference of two tensors.
func subtract(b *builder, u *use) (*value, error) {
	in, err := u.values()
	if err != nil {
		return nil, err
	}
	if len(in) != 2 {
		return nil, fmt.Errorf("reads %d tensors, not two", len(in))
	}
	return b.combine(u.name, models.Sub, in)
}

// concatenate joins tensors along the channels.
func concatenate(b *builder, u *use) (*value, error) {
	in, err := u.values()
	if err != nil {
		return nil, err
	}
	axis := u.integer("axis", -1)
	if n, ok := integerOf(u.argument(1)); ok {
		axis = n
	}
	axes := len(in[0].layout)
	at, err := axisOf(axis, axes)
	if err != nil {
		return nil, err
	}
	if out, ok, err := joinedPixels(u.name, in, at); ok || err != nil {
		return out, err
	}
	var names []string
	for _, v := range in {
		if len(v.layout) != axes {
			return nil, errors.New("joins tensors with different numbers of axes")
		}
		switch {
		case axes == 1:
			v, err = b.straightened(v)
		case axes == 3 && at != 1:
			v, err = b.planes(v, at == 0)
		default:
			v, err = b.arranged(v)
		}
		if err != nil {
			return nil, err
		}
		names = append(names, v.layer)
	}
	along := at + 1
	if axes == 3 && at == 2 {
		along = 1 // the channels
	}
	layer, err := b.add(u.name, models.Layer{Kind: models.Concat, Inputs: names, Attr: models.Attr{Axis: along}})
	if err != nil {
		return nil, err
	}
	out := &value{layer: layer}
	shape := b.physical(out)
	if out.layout = straight(shape); axes == 3 && at != 1 {
		out.layout = planar(shape[0], shape[1], shape[2], at == 0)
	}
	return out, nil
}

// stack joins tensors along a new axis. Of pixels, that makes channels.
func stack(b *builder, u *use) (*value, error) {
	in, err := u.values()
	if err != nil {
		return nil, err
	}
	axis := u.integer("axis", 0)
	if n, ok := integerOf(u.argument(1)); ok {
		axis = n
	}
	at, err := axisOf(axis, len(in[0].layout)+1)
	if err != nil {
		return nil, err
	}
	wide := make([]*value, len(in))
	for i, v := range in {
		if at > len(v.layout) {
			return nil, errors.New("joins tensors with different numbers of axes")
		}
		l := append(append(layout{}, v.layout[:at]...), nil)
		wide[i] = &value{layer: v.layer, layout: append(l, v.layout[at:]...), pixels: v.pixels}
	}
	joint := *u
	joint.call = call{args: []any{list(wide), float64(at + 1)}}
	return concatenate(b, &joint)
}

func list(values []*value) []any {
	var all []any
	for _, v := range values {
		all = append(all, v)
	}
	return all
}

// joinedPixels joins pixels along the axis of the channels; ok is false where they
// are no pixels.
func joinedPixels(name string, in []*value, at int) (out *value, ok bool, err error) {
	var p *pixels
	for i, v := range in {
		first, isPlane := isPlanar(v)
		if v.pixels == nil || !isPlane || at == 1 {
			return nil, false, nil
		}
		// With a single channel, both orders look alike.
		if len(v.pixels.channels) > 1 && first != (at == 0) {
			return nil, false, nil
		}
		if i == 0 {
			p = v.pixels.clone(name)
			continue
		}
		o := v.pixels
		if o.height != p.height || o.width != p.width || o.resize != p.resize {
			return nil, false, errors.New("joins pictures of different sizes, which is not supported")
		}
		p.channels += o.channels
		p.scale, p.offset = append(p.scale, o.scale...), append(p.offset, o.offset...)
		p.scaled = p.scaled || o.scaled
	}
	p.ordered = true
	return &value{layer: in[0].layer, layout: planar(len(p.channels), p.height, p.width, at == 0), pixels: p}, true, nil
}
