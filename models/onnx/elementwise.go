package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"gaze/models"
)

func (b *builder) sum(n *node) error {
	return b.combine(n, models.Add, func(c *constant) (*constant, *constant, error) { return nil, c, nil })
}

func (b *builder) product(n *node) error {
	return b.combine(n, models.Mul, func(c *constant) (*constant, *constant, error) { return c, nil, nil })
}

// difference reads x - c as x + (-c), and c - x as -x + c.
func (b *builder) difference(n *node) error {
	if first := n.input(0); first != nil && first.known != nil {
		v, err := n.data(1)
		if err != nil {
			return err
		}
		return b.scale(n, v, single(-1), first.known)
	}
	return b.combine(n, models.Sub, func(c *constant) (*constant, *constant, error) {
		minus, err := b.mapped(c, func(x float64) float64 { return -x })
		return nil, minus, err
	})
}

// quotient reads x / c as x (1/c). For c / x it adds a layer that is c
// everywhere.
func (b *builder) quotient(n *node) error {
	if first := n.input(0); first != nil && first.known != nil {
		v, err := n.data(1)
		if err != nil {
			return err
		}
		above, err := b.scaled(n.out()+"/dividend", v, single(0), first.known)
		if err != nil {
			return err
		}
		name, err := b.add(n.out(), models.Layer{Kind: models.Div, Inputs: []string{above.layer, v.layer}})
		if err != nil {
			return err
		}
		b.set(n.out(), &value{layer: name, layout: above.layout})
		return nil
	}
	return b.combine(n, models.Div, func(c *constant) (*constant, *constant, error) {
		inverse, err := b.mapped(c, func(x float64) float64 { return 1 / x })
		return inverse, nil, err
	})
}

func (b *builder) negative(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	return b.scale(n, v, single(-1), nil)
}

// single is a constant of one number.
func single(v float32) *constant { return &constant{floats: []float32{v}} }

// mapped is a constant with f done to every number.
func (b *builder) mapped(c *constant, f func(float64) float64) (*constant, error) {
	if err := b.memory.spend(c.size(), 4); err != nil {
		return nil, err
	}
	out := &constant{shape: c.shape, floats: make([]float32, c.size())}
	for i := range out.floats {
		out.floats[i] = float32(f(c.at(i)))
	}
	return out, nil
}

// combine adds a layer of that kind over all inputs that depend on the picture,
// and a Scale for each constant. split returns what that Scale multiplies by
// and what it adds.
func (b *builder) combine(n *node, kind models.Kind, split func(*constant) (weight, bias *constant, err error)) error {
	var values []*value
	var constants []*constant
	for i := range n.in {
		switch v := n.in[i]; {
		case v == nil:
			return fmt.Errorf("has no input %d", i)
		case v.known != nil:
			constants = append(constants, v.known)
		default:
			values = append(values, v)
		}
	}
	result := values[0]
	if len(values) > 1 {
		var err error
		if result, err = b.together(n, kind, values, len(constants) > 0); err != nil {
			return err
		}
	}
	if err := checkExpanded(values, result); err != nil {
		return err
	}
	for i, c := range constants {
		var err error
		if result, err = b.widenedTo(result, c.shape); err != nil {
			return err
		}
		weight, bias, err := split(c)
		if err != nil {
			return err
		}
		name := n.out()
		if i < len(constants)-1 {
			name = fmt.Sprintf("%s/%d", n.out(), i)
		}
		if result, err = b.scaled(name, result, weight, bias); err != nil {
			return err
		}
	}
	if len(constants) == 0 && len(values) == 1 {
		return b.view(n, result, result.layout)
	}
	b.set(n.out(), result)
	return nil
}

// widenedTo is v with its single channel repeated where a constant of that shape
// has several.
func (b *builder) widenedTo(v *value, shape []int) (*value, error) {
	have := v.layout.shape()
	wide, err := broadcast(have, shape)
	if err != nil || len(wide) != len(have) || slices.Equal(wide, have) {
		return v, nil
	}
	repeated := *v
	repeated.expanded = wide
	out, err := b.repeated(&repeated)
	if err != nil {
		return nil, fmt.Errorf("a constant of shape %v cannot be broadcast to %v", shape, have)
	}
	return out, nil
}

// checkExpanded reports that an Expand repeats numbers along an axis of which
// the values themselves, combined into result, have only one.
func checkExpanded(values []*value, result *value) error {
	for _, v := range values {
		if v.expanded == nil {
			continue
		}
		if shape := result.layout.shape(); !slices.Equal(shape[len(shape)-len(v.expanded):], v.expanded) {
			return fmt.Errorf("expanding %q to %v, of which nothing else has the shape, is not supported", v.name, v.expanded)
		}
	}
	return nil
}

// together adds a layer that combines values. Axes of length 1 are repeated.
func (b *builder) together(n *node, kind models.Kind, values []*value, more bool) (*value, error) {
	values, layouts, err := b.align(values)
	if err != nil {
		return nil, err
	}
	layer := models.Layer{Kind: kind}
	l := layouts[0]
	for i, v := range values {
		layer.Inputs = append(layer.Inputs, v.layer)
		for at, a := range layouts[i] {
			if len(l[at]) == 0 {
				l[at] = a
			}
		}
	}
	name := n.out()
	if more {
		name += "/values"
	}
	if name, err = b.add(name, layer); err != nil {
		return nil, err
	}
	return &value{layer: name, layout: l}, nil
}

// align brings values into layers of as many axes, which lie alike, and returns
// them with their layouts with as many axes.
func (b *builder) align(values []*value) ([]*value, []layout, error) {
	axes, most := 0, values[0]
	for _, v := range values {
		axes = max(axes, len(v.layout))
		if len(b.physical(v)) > len(b.physical(most)) {
			most = v
		}
	}
	wide := widened(values, axes)
	if b.alike(values, wide) {
		return values, wide, nil
	}
	settled := make([]*value, len(values))
	for i, v := range values {
		var err error
		if settled[i], err = b.settle(v, most, axes); err != nil {
			return nil, nil, err
		}
	}
	if wide = widened(settled, axes); b.alike(settled, wide) {
		return settled, wide, nil
	}
	return nil, nil, errors.New("its inputs do not lie alike, which is not supported")
}

// widened returns the values' layouts with that many axes.
func widened(values []*value, axes int) []layout {
	wide := make([]layout, len(values))
	for i, v := range values {
		wide[i] = slices.Clone(v.layout.widened(axes))
	}
	return wide
}

// alike reports whether values can be combined as they lie in their layers: an
// axis of one value must lie where the same axis of the others does, or have
// length 1.
func (b *builder) alike(values []*value, wide []layout) bool {
	first := len(b.physical(values[0]))
	for _, v := range values {
		if len(b.physical(v)) != first {
			return false
		}
	}
	for j, w := range values {
		shape := b.physical(w)
		for i := range values {
			for at, a := range wide[i] {
				other := wide[j][at]
				if len(a) > 0 && len(other) > 0 && !slices.Equal(a, other) {
					return false
				}
				for _, r := range a {
					if len(other) == 0 && shape[r.axis] != 1 {
						return false
					}
				}
			}
		}
	}
	return true
}

// settle returns v in the layout of most, where it can be brought to that. axes
// are those of the value that has the most.
func (b *builder) settle(v, most *value, axes int) (*value, error) {
	shape := b.physical(most)
	if len(shape) == 2 {
		return b.flat(v)
	}
	pair := []*value{most, v}
	if v == most || b.alike(pair, widened(pair, axes)) {
		return v, nil
	}
	if len(b.physical(v)) == 2 && axes == len(most.layout) {
		// A vector of one number a channel, beside maps.
		wide := v.layout.widened(axes)
		for at, a := range most.layout {
			if of, ok := a.on(shape); ok && of == channels && wide[at].is(channels, shape[channels]) {
				parts := []int{shape[channels], 1, 1}
				name, err := b.add(b.free(v), models.Layer{Kind: models.Reshape, Inputs: []string{v.layer}, Attr: models.Attr{Shape: parts}})
				return &value{name: v.name, layer: name, layout: v.layout}, err
			}
		}
	}
	if len(v.layout) == 4 {
		return b.planes(v)
	}
	return v, nil
}

// scale adds a Scale by weight and bias, either of which may be nil, called
// like the node's first result.
func (b *builder) scale(n *node, v *value, weight, bias *constant) error {
	out, err := b.scaled(n.out(), v, weight, bias)
	if err != nil {
		return err
	}
	b.set(n.out(), out)
	return nil
}

// scaled adds a layer that multiplies by weight and adds bias, either of which may be
// nil.
func (b *builder) scaled(name string, v *value, weight, bias *constant) (*value, error) {
	if !b.scalable(v, weight) || !b.scalable(v, bias) {
		return b.scaledApart(name, v, weight, bias)
	}
	wide := *v
	layer := models.Layer{Kind: models.Scale, Inputs: []string{v.layer}, Params: make(map[string]*tensor.Dense)}
	for _, c := range []*constant{weight, bias} {
		if c != nil {
			wide.layout = wide.layout.widened(len(c.shape))
		}
	}
	for i, c := range []*constant{weight, bias} {
		if c == nil {
			continue
		}
		p, err := b.spread(c, &wide)
		if err != nil {
			return nil, err
		}
		layer.Params[[]string{"weight", "bias"}[i]] = p
	}
	name, err := b.add(name, layer)
	if err != nil {
		return nil, err
	}
	return &value{layer: name, layout: wide.layout}, nil
}

// scalable reports whether a constant can be a parameter of a Scale of v: v is in a
// layer of a known kind, and no longer along any axis.
func (b *builder) scalable(v *value, c *constant) bool {
	if !usual(b.physical(v)) {
		return false
	}
	if c == nil || c.size() == 1 && len(c.shape) <= len(v.layout) {
		return true
	}
	shape, err := broadcast(v.layout.shape(), c.shape)
	return err == nil && slices.Equal(shape, v.layout.widened(len(shape)).shape())
}

// scaledApart is scaled by layers that multiply by constants and add them.
func (b *builder) scaledApart(name string, v *value, weight, bias *constant) (*value, error) {
	var err error
	for _, by := range []struct {
		kind models.Kind
		c    *constant
	}{{models.Mul, weight}, {models.Add, bias}} {
		if by.c == nil {
			continue
		}
		as := name
		if by.kind == models.Mul && bias != nil {
			as += "/scaled"
		}
		if v, err = b.combined(as, by.kind, v, &value{name: as + "/constant", known: by.c}); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// spread makes of a constant, which is broadcast to the axes of v, a parameter
// for the layer that v lies in: one number, one a channel, or one an element.
func (b *builder) spread(c *constant, v *value) (*tensor.Dense, error) {
	if same, ok := c.sameNumber(); ok && len(c.shape) <= len(v.layout) {
		for i, side := range c.shape {
			if have := v.layout[len(v.layout)-len(c.shape)+i].size(); side != 1 && side != have {
				return nil, errBroadcast(c, v)
			}
		}
		return dense([]float32{float32(same)}, 1)
	}
	shape := b.physical(v)
	l := v.layout
	if len(c.shape) > len(l) {
		return nil, errBroadcast(c, v)
	}
	// The parameter's own axes: the channels, or all but the batch.
	own := shape[channels : channels+1]
	l = l[len(l)-len(c.shape):]
	for i, a := range l {
		if c.shape[i] == 1 {
			continue
		}
		if c.shape[i] != a.size() {
			return nil, errBroadcast(c, v)
		}
		for _, r := range a {
			if r.axis != channels {
				own = shape[channels:]
			}
		}
	}
	size, err := count(own)
	if err != nil {
		return nil, err
	}
	if err := b.memory.spend(size, 4); err != nil {
		return nil, err
	}
	out := make([]float32, size)
	nest(spreading(c.shape, v.layout, own), func(from, to int) { out[to] = float32(c.at(from)) })
	return dense(out, own...)
}

func errBroadcast(c *constant, v *value) error {
	return fmt.Errorf("a constant of shape %v cannot be broadcast to %v", c.shape, v.shape())
}

// spreading are the loops over the elements of a parameter whose axes are a
// layer's from the channels on: where each comes from in a constant of shape
// from that is broadcast to l.
func spreading(from []int, l layout, own []int) []loop {
	var loops []loop
	far, steps := strides(own), strides(from)
	offset := len(l) - len(from)
	for i, a := range l {
		step := 0
		if i >= offset && from[i-offset] != 1 {
			step = steps[i-offset]
		}
		inner := a.size()
		for _, r := range a {
			inner /= r.size
			if r.axis-channels < len(own) {
				loops = append(loops, loop{size: r.size, from: step * inner, to: r.stride * far[r.axis-channels]})
			}
		}
	}
	return loops
}
