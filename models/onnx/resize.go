package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// generalResizes has the operators that interpolate.
var generalResizes = map[string]operator{
	"Resize":   (*builder).resize,
	"Upsample": (*builder).resize,
}

// tap is a position along an axis and its weight in what is interpolated.
type tap struct {
	at     int
	weight float32
}

// resizing is what a Resize does along one axis: for each position of the result, the
// positions that it is made of; none where the result is outside of the input.
type resizing [][]tap

// same reports whether every position is itself.
func (z resizing) same(side int) bool {
	for i, taps := range z {
		if len(taps) != 1 || taps[0].at != i || taps[0].weight != 1 {
			return false
		}
	}
	return len(z) == side
}

// resize takes the nearest numbers by a Take, and multiplies by a matrix for each axis
// along which it interpolates.
func (b *builder) resize(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	shape := v.shape()
	axes, mode, err := b.resizings(n, shape)
	if err != nil {
		return err
	}
	outside := n.float("extrapolation_value", 0)
	if mode == "nearest" {
		sides := make([]int, len(shape))
		for i, z := range axes {
			sides[i] = len(z)
		}
		out, err := b.takingBy(n.out(), v, outside, func(places *constant) (*constant, error) {
			return b.axiswise(places, &constant{ints: []int64{-1}}, sides, axes.nearest)
		})
		return b.give(n, out, err)
	}
	r := b.recipe(n)
	for i, z := range axes {
		if z.same(shape[i]) {
			continue
		}
		if outside != 0 && slices.ContainsFunc(z, func(taps []tap) bool { return len(taps) == 0 }) {
			return errors.New("a number outside of the input other than 0 is not supported")
		}
		v = r.interpolate(fmt.Sprint("axis", i), v, i, z)
	}
	return r.give(v)
}

// allResizings are those of every axis.
type allResizings []resizing

// nearest is the position that one of the result is.
func (all allResizings) nearest(axis, at int) int {
	if taps := all[axis][at]; len(taps) > 0 {
		return taps[0].at
	}
	return -1
}

// interpolate multiplies by the matrix of an axis.
func (r *recipe) interpolate(step string, v *value, at int, z resizing) *value {
	if r.err != nil {
		return nil
	}
	ins, outs, axes := v.shape()[at], len(z), len(v.shape())
	if r.err = r.b.memory.spend(ins*outs, 4); r.err != nil {
		return nil
	}
	matrix := &constant{shape: []int{outs, ins}, floats: make([]float32, ins*outs)}
	for i, taps := range z {
		for _, t := range taps {
			matrix.floats[i*ins+t.at] += t.weight
		}
	}
	switch at {
	case axes - 1:
		turned, err := r.b.transposed(matrix, []int{1, 0})
		r.err = err
		return r.product(step, v, &value{name: r.called(step) + "/matrix", known: turned})
	case axes - 2:
		return r.product(step, &value{name: r.called(step) + "/matrix", known: matrix}, v)
	}
	order := make([]int, axes)
	for i := range order {
		order[i] = i
	}
	order[at], order[axes-1] = axes-1, at
	return r.transpose(r.linear(step, r.transpose(v, order...), matrix, nil), order...)
}

// resizeKnown resizes a constant by the nearest numbers.
func (b *builder) resizeKnown(n *node, x *constant) (*constant, error) {
	axes, mode, err := b.resizings(n, x.shape)
	if err != nil {
		return nil, err
	}
	sides := make([]int, len(axes))
	for i, z := range axes {
		sides[i] = len(z)
	}
	if mode == "nearest" {
		return b.axiswise(x, single(float32(n.float("extrapolation_value", 0))), sides, axes.nearest)
	}
	for i, z := range axes {
		if z.same(x.shape[i]) {
			continue
		}
		shape := slices.Clone(x.shape)
		shape[i] = len(z)
		out, err := single(0).empty(shape, b.memory)
		if err != nil {
			return nil, err
		}
		step := strides(shape)[i]
		for k := range out.floats {
			begin := k/(step*len(z))*step*x.shape[i] + k%step
			sum := 0.0
			for _, t := range z[k/step%len(z)] {
				sum += float64(t.weight) * x.at(begin+t.at*step)
			}
			out.floats[k] = float32(sum)
		}
		x = out
	}
	return x, nil
}

// resizings reads what a Resize or an Upsample does to each axis of a shape.
func (b *builder) resizings(n *node, shape []int) (axes allResizings, mode string, err error) {
	scales, sizes, roi, err := n.resizeInputs()
	if err != nil {
		return nil, "", err
	}
	which := n.ints("axes")
	if which == nil {
		for i := range shape {
			which = append(which, i)
		}
	}
	if scales == nil && sizes == nil || scales != nil && len(scales) != len(which) || sizes != nil && len(sizes) != len(which) {
		return nil, "", fmt.Errorf("%d scales and %d sizes do not fit %d axes", len(scales), len(sizes), len(which))
	}
	if policy := n.text("keep_aspect_ratio_policy", "stretch"); policy != "stretch" && sizes != nil {
		scales, sizes = keepRatio(policy, shape, which, sizes), nil
	}
	for _, side := range shape {
		axes = append(axes, unchanged(side))
	}
	mode = n.text("mode", "nearest")
	for i, a := range which {
		at, err := position(a, len(shape))
		if err != nil {
			return nil, "", err
		}
		s := sampling{in: shape[at], mode: mode, cubic: n.float("cubic_coeff_a", -0.75), exclude: n.int("exclude_outside", 0) != 0, antialias: n.int("antialias", 0) != 0}
		usual := "half_pixel"
		if n.OpType == "Upsample" || b.opset < 11 {
			usual = "asymmetric"
		}
		s.coordinates = n.text("coordinate_transformation_mode", usual)
		s.nearest = n.text("nearest_mode", "round_prefer_floor")
		if b.opset < 11 {
			s.nearest = "simple"
		}
		if len(roi) == 2*len(which) {
			s.start, s.end = float32(roi[i]), float32(roi[len(which)+i])
		}
		if sizes != nil {
			s.out, s.scale = sizes[i], float32(sizes[i])/float32(shape[at])
		} else {
			s.scale = float32(scales[i])
			length := math.Floor(float64(s.scale * float32(shape[at])))
			if !(length >= 0 && length <= 1<<31) {
				return nil, "", fmt.Errorf("a scale of %g is out of range", scales[i])
			}
			s.out = int(length)
		}
		if s.in < 1 || s.out < 1 || !(s.scale > 0) || s.out > 1<<20 {
			return nil, "", fmt.Errorf("cannot make %d of %d", s.out, s.in)
		}
		if err := b.memory.spend(s.out*max(4, 2*int(1/s.scale)), 16); err != nil {
			return nil, "", err
		}
		if axes[at], err = s.taps(); err != nil {
			return nil, "", err
		}
	}
	return axes, mode, nil
}

// unchanged has every position of a side as itself.
func unchanged(side int) resizing {
	z := make(resizing, side)
	for i := range z {
		z[i] = []tap{{i, 1}}
	}
	return z
}

// resizeInputs are the scales, sizes and regions, where they are given: attributes up
// to opset 8, inputs in another order up to opset 10.
func (n *node) resizeInputs() (scales []float64, sizes []int, roi []float64, err error) {
	numbers := func(i int) []float64 {
		c, problem := n.constant(i)
		if c == nil || problem != nil {
			err = errors.Join(err, problem)
			return nil
		}
		var list []float64
		for k := range c.size() {
			list = append(list, c.at(k))
		}
		return list
	}
	if a := n.attributes["scales"]; a != nil {
		for _, f := range a.Floats {
			scales = append(scales, float64(f))
		}
		return scales, nil, nil, nil
	}
	if len(n.in) == 2 {
		return numbers(1), nil, nil, err
	}
	roi, scales = numbers(1), numbers(2)
	for _, v := range numbers(3) {
		sizes = append(sizes, clamp(int64(v)))
	}
	if sizes != nil {
		scales = nil
	}
	return scales, sizes, roi, err
}

// keepRatio are the scales by which sizes are met as bounds, the same for all axes.
func keepRatio(policy string, shape, which, sizes []int) []float64 {
	scale := math.Inf(1)
	if policy == "not_smaller" {
		scale = 0
	}
	for i, a := range which {
		if at, err := position(a, len(shape)); err == nil {
			s := float64(sizes[i]) / float64(shape[at])
			if policy == "not_smaller" {
				scale = max(scale, s)
			} else {
				scale = min(scale, s)
			}
		}
	}
	scales := make([]float64, len(which))
	for i, a := range which {
		at, err := position(a, len(shape))
		if err != nil {
			continue
		}
		// So that the length is the one that is rounded to.
		scales[i] = (math.Round(scale*float64(shape[at])) + 1e-4) / float64(shape[at])
	}
	return scales
}

// sampling is how one axis is resized.
type sampling struct {
	in, out                    int
	scale                      float32
	mode, coordinates, nearest string
	start, end                 float32
	cubic                      float64
	exclude, antialias         bool
}

// taps are the positions that each one of the result is made of. As in onnxruntime, an
// axis whose scale is 1 stays as it is, also where tf_crop_and_resize would crop it.
func (s sampling) taps() (resizing, error) {
	if s.in == s.out && s.scale == 1 {
		return unchanged(s.in), nil
	}
	z := make(resizing, s.out)
	for i := range z {
		x, err := s.source(i)
		if err != nil {
			return nil, err
		}
		if s.coordinates == "tf_crop_and_resize" && (x < 0 || x > float32(s.in-1)) {
			continue
		}
		switch s.mode {
		case "nearest":
			at, err := s.round(x)
			if err != nil {
				return nil, err
			}
			z[i] = []tap{{min(max(at, 0), s.in-1), 1}}
		case "linear":
			z[i] = s.linear(x)
		case "cubic":
			z[i] = s.cubics(x)
		default:
			return nil, fmt.Errorf("mode %q is not supported", s.mode)
		}
	}
	return z, nil
}

// source is where position i of the result is in the input, in the precision in which
// onnxruntime computes it.
func (s sampling) source(i int) (float32, error) {
	x, in, out := float32(i), float32(s.in), float32(s.out)
	switch s.coordinates {
	case "half_pixel":
		return (x+0.5)/s.scale - 0.5, nil
	case "pytorch_half_pixel":
		if s.out == 1 {
			return 0, nil
		}
		return (x+0.5)/s.scale - 0.5, nil
	case "asymmetric":
		return x / s.scale, nil
	case "align_corners":
		if s.out == 1 {
			return 0, nil
		}
		return x * (in - 1) / (out - 1), nil
	case "half_pixel_symmetric":
		adjustment := out / (s.scale * in)
		return in/2*(1-adjustment) + (x+0.5)/s.scale - 0.5, nil
	case "tf_half_pixel_for_nn":
		return (x + 0.5) / s.scale, nil
	case "tf_crop_and_resize":
		if s.out == 1 {
			return 0.5 * (s.start + s.end) * (in - 1), nil
		}
		return s.start*(in-1) + x*(s.end-s.start)*(in-1)/(out-1), nil
	}
	return 0, fmt.Errorf("coordinates by %q are not supported", s.coordinates)
}

// round is the position that counts as the nearest.
func (s sampling) round(x float32) (int, error) {
	f := float64(x)
	switch s.nearest {
	case "round_prefer_floor":
		return int(math.Ceil(f - 0.5)), nil
	case "round_prefer_ceil":
		return int(math.Floor(f + 0.5)), nil
	case "floor":
		return int(math.Floor(f)), nil
	case "ceil":
		return int(math.Ceil(f)), nil
	case "simple":
		if s.scale < 1 {
			return int(math.Ceil(f)), nil
		}
		return int(f), nil
	}
	return 0, fmt.Errorf("nearest by %q is not supported", s.nearest)
}

func (s sampling) linear(x float32) []tap {
	if s.antialias && s.scale < 1 {
		return s.filtered(x, 1, func(d float64) float64 { return max(1-math.Abs(d), 0) })
	}
	x = min(max(x, 0), float32(s.in-1))
	low := min(int(x), s.in-1)
	high := min(low+1, s.in-1)
	part := x - float32(low)
	if low == high || part == 0 {
		return []tap{{low, 1}}
	}
	return []tap{{low, 1 - part}, {high, part}}
}

func (s sampling) cubics(x float32) []tap {
	if s.antialias && s.scale < 1 {
		return s.filtered(x, 2, s.cubicAt)
	}
	low := int(math.Floor(float64(x)))
	var taps []tap
	total := 0.0
	for at := low - 1; at <= low+2; at++ {
		w := s.cubicAt(float64(x) - float64(at))
		if s.exclude && (at < 0 || at >= s.in) {
			continue
		}
		total += w
		taps = append(taps, tap{min(max(at, 0), s.in-1), float32(w)})
	}
	if s.exclude {
		for i := range taps {
			taps[i].weight = float32(float64(taps[i].weight) / total)
		}
	}
	return taps
}

// cubicAt is Keys' kernel.
func (s sampling) cubicAt(d float64) float64 {
	d = math.Abs(d)
	a := s.cubic
	switch {
	case d <= 1:
		return ((a+2)*d-(a+3))*d*d + 1
	case d < 2:
		return ((a*d-5*a)*d+8*a)*d - 4*a
	}
	return 0
}

// filtered weighs all positions under a kernel of that half width, which is widened so
// that none is left out where the result is smaller. What lies beyond the edge is like
// the edge, or is left out.
func (s sampling) filtered(x float32, half float64, kernel func(float64) float64) []tap {
	wide := 1 / float64(s.scale)
	centre := float64(x) + 0.5
	first := int(math.Floor(centre - half*wide + 0.5))
	last := int(math.Floor(centre + half*wide + 0.5))
	if s.exclude {
		first, last = max(first, 0), min(last, s.in)
	}
	var taps []tap
	total := 0.0
	for at := first; at < last; at++ {
		w := kernel((float64(at) - centre + 0.5) / wide)
		total += w
		taps = append(taps, tap{min(max(at, 0), s.in-1), float32(w)})
	}
	for i := range taps {
		taps[i].weight = float32(float64(taps[i].weight) / total)
	}
	return taps
}
