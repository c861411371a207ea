package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models"
)

// generalWindows has convolutions and poolings over one, two and three axes, and those
// of two that the known way does not have.
var generalWindows = map[string]operator{
	"Conv":          (*builder).convOfAxes,
	"ConvTranspose": (*builder).convTranspose,
	"MaxPool":       poolOfAxes(models.MaxPool),
	"AveragePool":   poolOfAxes(models.AvgPool),
	"LpPool":        (*builder).lpPool,
}

// sliding is how a window slides along each axis behind the channels.
type sliding struct{ kernel, stride, dilation, before, after []int }

// sliding reads it for a kernel, which may be nil, over an input of that shape.
func (n *node) sliding(kernel, shape []int) (sliding, error) {
	axes := len(shape) - 2
	if axes < 1 {
		return sliding{}, fmt.Errorf("an input of shape %v has nothing behind the channels", shape)
	}
	if kernel == nil {
		kernel = n.ints("kernel_shape")
	}
	list := func(name string, otherwise, length int) []int {
		if l := n.ints(name); l != nil {
			return l
		}
		return slices.Repeat([]int{otherwise}, length)
	}
	pads := list("pads", 0, 2*axes)
	s := sliding{kernel: kernel, stride: list("strides", 1, axes), dilation: list("dilations", 1, axes)}
	if len(kernel) != axes || len(s.stride) != axes || len(s.dilation) != axes || len(pads) != 2*axes {
		return s, fmt.Errorf("a kernel of %v, strides %v, dilations %v or pads %v do not fit an input of shape %v", kernel, s.stride, s.dilation, pads, shape)
	}
	s.before, s.after = slices.Clone(pads[:axes]), slices.Clone(pads[axes:])
	const most = 1 << 15
	for _, v := range slices.Concat(s.kernel, s.stride, s.dilation) {
		if v < 1 || v > most {
			return s, fmt.Errorf("kernel %v, strides %v or dilations %v out of range", s.kernel, s.stride, s.dilation)
		}
	}
	for _, v := range pads {
		if v < 0 || v > most {
			return s, fmt.Errorf("pads %v out of range", pads)
		}
	}
	mode := n.text("auto_pad", "NOTSET")
	for i := range axes {
		switch mode {
		case "NOTSET", "":
		case "VALID":
			s.before[i], s.after[i] = 0, 0
		case "SAME_UPPER", "SAME_LOWER":
			s.before[i], s.after[i] = same(shape[2+i], s.stride[i], s.dilation[i]*(s.kernel[i]-1)+1, mode == "SAME_LOWER")
		default:
			return s, fmt.Errorf("auto_pad %q is not supported", mode)
		}
	}
	return s, nil
}

// same is the padding with which each stride gives one output, the odd one before
// with lower, else after.
func same(in, stride, span int, lower bool) (before, after int) {
	all := max(((in-1)/stride)*stride+span-in, 0)
	if lower {
		return all - all/2, all / 2
	}
	return all / 2, all - all/2
}

// plane is the attributes of a window over two axes, a and b; -1 stands for an axis of
// length 1.
func (s sliding) plane(axes ...int) models.Attr {
	attr := models.Attr{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}
	for to, i := range axes {
		if i >= 0 {
			attr.Kernel[to], attr.Stride[to], attr.Dilation[to] = s.kernel[i], s.stride[i], s.dilation[i]
			attr.Pad[to], attr.Pad[to+2] = s.before[i], s.after[i]
		}
	}
	return attr
}

// window adds a layer over an image with the channels second.
func (r *recipe) window(step string, v *value, l models.Layer) *value {
	if r.err != nil {
		return nil
	}
	p, err := r.b.planes(v)
	if err != nil {
		return r.done(nil, err)
	}
	l.Inputs = []string{p.layer}
	layer, err := r.b.add(r.called(step), l)
	if err != nil {
		return r.done(nil, err)
	}
	out := &value{name: r.called(step), layer: layer}
	out.layout = straight(r.b.physical(out))
	return out
}

// convOfAxes convolves along one axis as along columns of a single row, and along
// three by a convolution of rows and columns: see [recipe.volume].
func (b *builder) convOfAxes(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	w, err := n.needed(1)
	if err != nil {
		return err
	}
	if len(w.shape) != len(v.layout) || len(w.shape) < 3 {
		return fmt.Errorf("weights of shape %v do not fit an input of shape %v", w.shape, v.shape())
	}
	s, err := n.sliding(w.shape[2:], v.shape())
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.conv("", n, v, w, s))
}

func (r *recipe) conv(step string, n *node, v *value, w *constant, s sliding) *value {
	shape := v.shape()
	groups := n.int("group", 1)
	if shape[batch] != 1 {
		return r.convOfMany(step, n, v, w, s)
	}
	layer := func(attr models.Attr, w *constant) models.Layer {
		attr.Groups = groups
		p, err := r.b.parameters(n, w, w.shape[0])
		if r.err == nil {
			r.err = err
		}
		return models.Layer{Kind: models.Conv, Attr: attr, Params: p}
	}
	switch len(shape) {
	case 3:
		flat := r.view(v, 1, shape[1], 1, shape[2])
		out := r.window(step, flat, layer(s.plane(-1, 0), w.reshaped([]int{w.shape[0], w.shape[1], 1, w.shape[2]})))
		if r.err != nil {
			return nil
		}
		got := out.shape()
		return r.view(out, 1, got[1], got[3])
	case 4:
		return r.window(step, v, layer(s.plane(0, 1), w))
	case 5:
		return r.volume(step, v, w, s, groups, layer)
	}
	return r.done(nil, fmt.Errorf("over %d axes is not supported", len(shape)-2))
}

// convOfMany convolves pictures within a picture, such as windows or heads, as slices
// along an axis of its own, which the kernel does not reach beyond.
func (r *recipe) convOfMany(step string, n *node, v *value, w *constant, s sliding) *value {
	shape := v.shape()
	if len(shape) > 4 {
		return r.done(nil, fmt.Errorf("of %d pictures at once over %d axes is not supported", shape[batch], len(shape)-2))
	}
	order := []int{1, 0, 2, 3}[:len(shape)]
	deep := r.transpose(v, order...)
	if r.err != nil {
		return nil
	}
	sides := append([]int{1}, deep.shape()...)
	kernel := append([]int{w.shape[0], w.shape[1], 1}, w.shape[2:]...)
	if len(shape) == 3 {
		// A row of its own.
		sides, kernel = slices.Insert(sides, 3, 1), slices.Insert(kernel, 3, 1)
	}
	wide := sliding{
		kernel: kernel[2:], stride: append([]int{1}, s.stride...), dilation: append([]int{1}, s.dilation...),
		before: append([]int{0}, s.before...), after: append([]int{0}, s.after...),
	}
	if len(shape) == 3 {
		for _, list := range []*[]int{&wide.stride, &wide.dilation} {
			*list = slices.Insert(*list, 1, 1)
		}
		wide.before, wide.after = slices.Insert(wide.before, 1, 0), slices.Insert(wide.after, 1, 0)
	}
	out := r.conv(step, n, r.view(deep, sides...), w.reshaped(kernel), wide)
	if r.err != nil {
		return nil
	}
	got := out.shape()[1:]
	if len(shape) == 3 {
		got = slices.Delete(slices.Clone(got), 2, 3)
	}
	return r.transpose(r.view(out, got...), order...)
}

// volume convolves along three axes. The slices of the first lie one below the other
// in an image; behind each other, as channels, lie the slices that a kernel meets. What
// a convolution of that image makes where two slices meet is left out.
func (r *recipe) volume(step string, v *value, w *constant, s sliding, groups int, layer func(models.Attr, *constant) models.Layer) *value {
	shape := v.shape()
	var out [3]int
	for i := range out {
		side, ok := models.OutputSide(shape[2+i], s.kernel[i], s.stride[i], s.dilation[i], s.before[i], s.after[i], false)
		if !ok {
			return r.done(nil, fmt.Errorf("a window of %v does not fit an input of shape %v", s.kernel, shape))
		}
		out[i] = side
	}
	depth, deep := shape[1], s.kernel[0]
	each := depth / groups
	// The rows of a slice with its padding, so many that the strides meet each alike.
	high := shape[3] + s.before[1] + s.after[1]
	high += (s.stride[1] - high%s.stride[1]) % s.stride[1]
	wide := shape[4] + s.before[2] + s.after[2]
	image := []int{1, depth * deep, out[0] * high, wide}
	if _, err := count(image); err != nil {
		return r.done(nil, err)
	}
	in := strides(shape)
	stacked := r.done(r.b.taking(r.called("slices"), v, image, func(index []int32) error {
		for i := range index {
			index[i] = -1
			c, row, column := i/(image[2]*wide), i/wide%image[2], i%wide
			group, k, of := c/(each*deep), c/each%deep, c%each
			d := row/high*s.stride[0] - s.before[0] + k*s.dilation[0]
			y, x := row%high-s.before[1], column-s.before[2]
			if d >= 0 && d < shape[2] && y >= 0 && y < shape[3] && x >= 0 && x < shape[4] {
				index[i] = int32((group*each+of)*in[1] + d*in[2] + y*in[3] + x*in[4])
			}
		}
		return nil
	}, 0))
	// Each group's channels follow each other slice by slice.
	weight, err := r.b.transposed(w, []int{0, 2, 1, 3, 4})
	if err != nil || r.err != nil {
		return r.done(nil, err)
	}
	weight = weight.reshaped([]int{w.shape[0], deep * w.shape[1], w.shape[3], w.shape[4]})
	plain := sliding{kernel: s.kernel, stride: s.stride, dilation: s.dilation, before: make([]int, 3), after: make([]int, 3)}
	made := r.window("image", stacked, layer(plain.plane(1, 2), weight))
	if r.err != nil {
		return nil
	}
	got := made.shape()
	wanted := []int{1, got[1], out[0], out[1], out[2]}
	return r.done(r.b.taking(r.called(step), made, wanted, func(index []int32) error {
		for i := range index {
			c, d, y, x := i/(out[0]*out[1]*out[2]), i/(out[1]*out[2])%out[0], i/out[2]%out[1], i%out[2]
			index[i] = int32((c*got[2]+d*(high/s.stride[1])+y)*got[3] + x)
		}
		return nil
	}, 0))
}

// convTranspose is of one or two axes.
func (b *builder) convTranspose(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	w, err := n.needed(1)
	if err != nil {
		return err
	}
	shape := v.shape()
	if len(w.shape) != len(shape) || len(shape) != 3 && len(shape) != 4 || shape[batch] != 1 {
		return fmt.Errorf("weights of shape %v for an input of shape %v are not supported", w.shape, shape)
	}
	s, err := n.sliding(w.shape[2:], shape)
	if err != nil {
		return err
	}
	axes := len(shape) - 2
	extra := n.ints("output_padding")
	if extra == nil {
		extra = make([]int, axes)
	}
	if len(extra) != axes {
		return fmt.Errorf("output_padding %v is not for %d axes", extra, axes)
	}
	wanted := n.ints("output_shape")
	mode := n.text("auto_pad", "NOTSET")
	for i := range axes {
		full := (shape[2+i]-1)*s.stride[i] + s.dilation[i]*(s.kernel[i]-1) + 1
		var out int
		switch {
		case len(wanted) == axes:
			out = wanted[i]
		case mode == "SAME_UPPER" || mode == "SAME_LOWER":
			out = shape[2+i] * s.stride[i]
		default:
			continue
		}
		all := full + extra[i] - out
		if all < 0 {
			// More than the kernels reach: further rows or columns.
			extra[i], all = extra[i]-all, 0
		}
		s.before[i], s.after[i] = all-all/2, all/2
		if mode == "SAME_UPPER" {
			s.before[i], s.after[i] = all/2, all-all/2
		}
	}
	r := b.recipe(n)
	matrix, attr := w, models.Attr{}
	if axes == 2 {
		attr = s.plane(0, 1)
		attr.Extra = [2]int{extra[0], extra[1]}
	} else {
		matrix = w.reshaped([]int{w.shape[0], w.shape[1], 1, w.shape[2]})
		v, attr = r.view(v, 1, shape[1], 1, shape[2]), s.plane(-1, 0)
		attr.Extra = [2]int{0, extra[0]}
	}
	attr.Groups = n.int("group", 1)
	if attr.Groups < 1 {
		return fmt.Errorf("%d groups are out of range", attr.Groups)
	}
	outs, err := count([]int{w.shape[1], attr.Groups})
	if err != nil {
		return err
	}
	p, err := b.parameters(n, matrix, outs)
	if err != nil {
		return err
	}
	out := r.window("", v, models.Layer{Kind: models.ConvTranspose, Attr: attr, Params: p})
	if r.err == nil && axes == 1 {
		got := out.shape()
		out = r.view(out, 1, got[1], got[3])
	}
	return r.give(out)
}

// poolOfAxes pools along one axis as along columns of a single row. Along three, it
// pools rows and columns of every slice, and then along the first axis.
func poolOfAxes(kind models.Kind) operator {
	return func(b *builder, n *node) error {
		v, err := n.data(0)
		if err != nil {
			return err
		}
		if len(n.Output) > 1 && n.Output[1] != "" && b.readers[n.Output[1]] > 0 {
			return errors.New("the indices of the maxima are not supported")
		}
		s, err := n.sliding(nil, v.shape())
		if err != nil {
			return err
		}
		r := b.recipe(n)
		return r.give(r.pool("", kind, v, s, n.int("ceil_mode", 0) != 0, n.int("count_include_pad", 0) != 0))
	}
}

func (r *recipe) pool(step string, kind models.Kind, v *value, s sliding, ceil, include bool) *value {
	if r.err != nil {
		return nil
	}
	shape := v.shape()
	layer := func(axes ...int) models.Layer {
		attr := s.plane(axes...)
		attr.Groups, attr.Ceil = 0, ceil
		attr.ExcludePad = kind == models.AvgPool && !include && (attr.Pad != [4]int{} || ceil)
		return models.Layer{Kind: kind, Attr: attr}
	}
	// Pictures and channels alike are pooled each by itself.
	depth := shape[batch] * shape[channels]
	switch len(shape) {
	case 3:
		out := r.window(step, r.view(v, 1, depth, 1, shape[2]), layer(-1, 0))
		if r.err != nil {
			return nil
		}
		return r.view(out, shape[0], shape[1], out.shape()[3])
	case 4:
		out := r.window(step, r.view(v, 1, depth, shape[2], shape[3]), layer(0, 1))
		if r.err != nil {
			return nil
		}
		return r.view(out, shape[0], shape[1], out.shape()[2], out.shape()[3])
	case 5:
		out := r.window("planes", r.view(v, 1, depth*shape[2], shape[3], shape[4]), layer(1, 2))
		if r.err != nil {
			return nil
		}
		high, wide := out.shape()[2], out.shape()[3]
		out = r.window(step, r.view(out, 1, depth, shape[2], high*wide), layer(0, -1))
		if r.err != nil {
			return nil
		}
		return r.view(out, shape[0], shape[1], out.shape()[2], high, wide)
	}
	return r.done(nil, fmt.Errorf("over %d axes is not supported", len(shape)-2))
}

// lpPool is (Σ |x|^p)^(1/p) over each window: a mean, times as many.
func (b *builder) lpPool(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	s, err := n.sliding(nil, v.shape())
	if err != nil {
		return err
	}
	size, err := count(s.kernel)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(s.dilation, func(d int) bool { return d != 1 }) {
		return errors.New("dilations are not supported")
	}
	p := float64(n.int("p", 2))
	r := b.recipe(n)
	powers := r.pair("powers", models.Mul, v, v)
	if p != 2 {
		powers = r.pair("powers", models.Pow, r.function("size", models.Abs, v), number(p))
	}
	sum := r.line("sum", r.pool("mean", models.AvgPool, powers, s, n.int("ceil_mode", 0) != 0, true), float64(size), 0)
	if p == 2 {
		return r.give(r.function("", models.Sqrt, sum))
	}
	return r.give(r.pair("", models.Pow, sum, number(1/p)))
}
