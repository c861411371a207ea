package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"gaze/models"
)

// slice reads starts, ends, axes and steps from attributes up to opset 9, and
// from inputs after.
func (b *builder) slice(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	parts, err := n.slices(v.shape())
	if err != nil {
		return err
	}
	for i, p := range parts {
		name := n.out()
		if i < len(parts)-1 {
			name = fmt.Sprintf("%s/%d", n.out(), i)
		}
		if v, err = b.take(name, v, p.axis, p.sequence); err != nil {
			return err
		}
	}
	return b.view(n, v, v.layout)
}

// sequence is first, first+step, ...: length positions.
type sequence struct{ first, step, length int }

func (s sequence) at(i int) int { return s.first + i*s.step }

// part is what a Slice takes along one axis.
type part struct {
	axis int
	sequence
}

// slices reads what a Slice of a value of that shape takes.
func (n *node) slices(shape []int) ([]part, error) {
	var lists [4][]int
	for i, name := range []string{"starts", "ends", "axes", "steps"} {
		list, err := n.listed(name, i+1)
		if err != nil {
			return nil, err
		}
		lists[i] = list
	}
	starts, ends, axes, steps := lists[0], lists[1], lists[2], lists[3]
	if axes == nil {
		for i := range starts {
			axes = append(axes, i)
		}
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || steps != nil && len(steps) != len(starts) {
		return nil, errors.New("its starts, ends, axes and steps are not equally many")
	}
	var parts []part
	for i, a := range axes {
		at, err := position(a, len(shape))
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(parts, func(p part) bool { return p.axis == at }) {
			return nil, fmt.Errorf("axis %d is given twice", a)
		}
		step := 1
		if steps != nil {
			step = steps[i]
		}
		if step == 0 {
			return nil, errors.New("its step is 0")
		}
		parts = append(parts, part{at, cut(starts[i], ends[i], step, shape[at])})
	}
	return parts, nil
}

// cut is start, start+step, ... before end, of side positions; those below
// zero count from the end.
func cut(start, end, step, side int) sequence {
	low, high := 0, side
	if step < 0 {
		low, high = -1, side-1
	}
	bound := func(at int) int {
		if at < 0 {
			at += side
		}
		return min(max(at, low), high)
	}
	start, end = bound(start), bound(end)
	length := 0
	if step > 0 && end > start {
		length = (end-start-1)/step + 1
	} else if step < 0 && end < start {
		length = (start-end-1)/-step + 1
	}
	return sequence{start, step, length}
}

// take returns the positions s along an axis of v, as a layer of that name.
func (b *builder) take(name string, v *value, at int, s sequence) (*value, error) {
	a, shape := v.layout[at], b.physical(v)
	switch {
	case s.length < 1:
		return nil, errors.New("takes nothing, which is not supported")
	case s.length == a.size() && (s.step == 1 || s.length == 1):
		return v, nil
	case len(a) != 1:
		return nil, errOrder
	}
	of := a[0].axis
	side := shape[of]
	l := slices.Clone(v.layout)
	attr := models.Attr{Axis: of, From: s.first, To: s.at(s.length-1) + 1, Step: s.step}
	switch r := a[0]; {
	case s.length == 1:
		attr.Step = 1
		fallthrough
	case s.step > 0:
		switch {
		case r.size == side:
		case r.size*r.stride == side && (s.step == 1 || s.length == 1):
			// The slowest run of the axis: whole stretches of it.
			attr.From, attr.To, attr.Step = s.first*r.stride, (s.first+s.length)*r.stride, 1
		case r.stride == 1 && s.length == 1:
			// The fastest run of the axis: one of every few.
			attr.From, attr.To, attr.Step = s.first, side, r.size
			for i := range l {
				l[i] = slices.Clone(l[i])
				for j := range l[i] {
					if l[i][j].axis == of {
						l[i][j].stride /= r.size
					}
				}
			}
		default:
			return nil, errOrder
		}
		l[at] = joined(axis{{of, s.length, r.stride}})
	case of == channels && r.size == side:
		picks := make([]int, s.length)
		for i := range picks {
			picks[i] = s.at(i)
		}
		return b.pick(name, v, at, picks, 0)
	default:
		return nil, errors.New("backward, of other axes than the channels, is not supported")
	}
	name, err := b.add(name, models.Layer{Kind: models.Slice, Inputs: []string{v.layer}, Attr: attr})
	if err != nil {
		return nil, err
	}
	return &value{layer: name, layout: l}, nil
}

// pick makes channel i of channel picks[i] of v; of otherwise where that is
// negative. Axis at of v is its layer's channels.
func (b *builder) pick(name string, v *value, at int, picks []int, otherwise float64) (*value, error) {
	ins, outs := v.layout[at].size(), len(picks)
	if err := b.memory.spend((ins+1)*outs, 4); err != nil {
		return nil, err
	}
	weight, bias := make([]float32, ins*outs), make([]float32, outs)
	for i, from := range picks {
		if from < 0 {
			bias[i] = float32(otherwise)
		} else {
			weight[i*ins+from] = 1
		}
	}
	layer := models.Layer{Kind: models.Linear, Inputs: []string{v.layer}, Params: make(map[string]*tensor.Dense)}
	shape := []int{outs, ins}
	if len(b.physical(v)) == 4 {
		layer.Kind, shape = models.Conv, append(shape, 1, 1)
		layer.Attr = models.Attr{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}
	}
	var err error
	if layer.Params["weight"], err = dense(weight, shape...); err != nil {
		return nil, err
	}
	if layer.Params["bias"], err = dense(bias, outs); err != nil {
		return nil, err
	}
	if name, err = b.add(name, layer); err != nil {
		return nil, err
	}
	l := slices.Clone(v.layout)
	l[at] = whole(channels, outs)
	return &value{layer: name, layout: l}, nil
}

// split reads the lengths of its parts from an attribute up to opset 12, from
// an input after; they are equal where none are given.
func (b *builder) split(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	at, err := position(n.int("axis", 0), len(v.layout))
	if err != nil {
		return err
	}
	lengths, err := n.parts(v.layout[at].size())
	if err != nil {
		return err
	}
	from := 0
	for i, length := range lengths {
		if name := n.Output[i]; name != "" {
			taken, err := b.take(name, v, at, sequence{from, 1, length})
			if err != nil {
				return err
			}
			b.set(name, &value{layer: taken.layer, layout: taken.layout})
		}
		from += length
	}
	return nil
}

// parts reads the lengths of the parts that a Split makes of a side.
func (n *node) parts(side int) ([]int, error) {
	lengths, err := n.listed("split", 1)
	if err != nil {
		return nil, err
	}
	if lengths == nil {
		each := (side + len(n.Output) - 1) / len(n.Output)
		for i := range n.Output {
			lengths = append(lengths, min(each, side-i*each))
		}
	}
	left := side
	for _, length := range lengths {
		if length < 1 || length > left {
			return nil, fmt.Errorf("parts of %v do not fit a length of %d", lengths, side)
		}
		left -= length
	}
	if left != 0 || len(lengths) != len(n.Output) {
		return nil, fmt.Errorf("%d parts of %v do not fill a length of %d", len(n.Output), lengths, side)
	}
	return lengths, nil
}

// gather takes positions along one axis; a single one takes the axis away.
func (b *builder) gather(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	which, err := n.needed(1)
	if err != nil {
		return err
	}
	at, err := position(n.int("axis", 0), len(v.layout))
	if err != nil {
		return err
	}
	if len(which.shape) > 1 {
		// How PyTorch writes a view of numbers that lie one after the other.
		if len(v.layout) == 1 && which.counts(v.layout[0].size()) {
			return b.refold(n, v, which.shape)
		}
		return fmt.Errorf("by positions of shape %v is not supported", which.shape)
	}
	picks := make([]int, which.size())
	for i := range picks {
		if picks[i], err = position(clamp(which.int(i)), v.layout[at].size()); err != nil {
			return err
		}
	}
	if len(picks) == 0 {
		return errors.New("takes nothing, which is not supported")
	}
	s := sequence{picks[0], 1, len(picks)}
	if len(picks) > 1 {
		s.step = picks[1] - picks[0]
	}
	regular := s.step != 0
	for i, p := range picks {
		regular = regular && p == s.at(i)
	}
	var out *value
	switch {
	case regular:
		out, err = b.take(n.out(), v, at, s)
	case v.layout[at].is(channels, b.physical(v)[channels]):
		out, err = b.pick(n.out(), v, at, picks, 0)
	default:
		err = errors.New("of irregular positions, of other axes than the channels, is not supported")
	}
	if err != nil {
		return err
	}
	l := out.layout
	if len(which.shape) == 0 {
		l = slices.Delete(slices.Clone(l), at, at+1)
	}
	return b.view(n, out, l)
}
