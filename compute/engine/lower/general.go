package lower

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/models"
)

// The general operations work on tensors of any number of axes. A node holds all
// pictures one after the other along its first axis; where an operation touches a
// picture's own first axis, the pictures get an axis of their own before it. Such
// views cost nothing. What does not depend on the picture is there once, whatever
// the batch.

// general reports whether a layer is made by addGeneral. Concat, Slice and Softmax of
// the shapes that convolutional networks have are not.
func (l *lowering) general(layer models.Layer) bool {
	switch layer.Kind {
	case models.Constant, models.View, models.Transpose, models.Take, models.MatMul, models.Where,
		models.ReduceSum, models.ReduceMean, models.ReduceMax, models.ReduceMin, models.ReduceProd, models.Standardize:
		return true
	case models.Concat, models.Slice, models.Softmax:
		if axes := len(layer.Shape); axes != 2 && axes != 4 || layer.Attr.Axis > 1 && (axes == 2 || layer.Kind != models.Slice) {
			return true
		}
		return slices.ContainsFunc(layer.Inputs, func(name string) bool {
			in, _ := l.net.Layer(name)
			return in.ChannelsLast || l.rows(name) != l.rows(layer.Name)
		})
	}
	_, ok := binaries[layer.Kind]
	return ok
}

// addGeneral makes the node of a general operation.
func (l *lowering) addGeneral(layer models.Layer) error {
	switch layer.Kind {
	case models.Constant:
		value := layer.Params["value"]
		return l.keep(layer.Name, l.constant(layer.Name+".value", tensor.New(tensor.WithShape(whole(value.Shape(), 1)...), tensor.WithBacking(floats(value)))))
	case models.View:
		return l.one(layer, func(n *gorgonia.Node) (*gorgonia.Node, error) { return n, nil })
	case models.Transpose:
		return l.one(layer, func(n *gorgonia.Node) (*gorgonia.Node, error) {
			order := []int{0}
			for _, axis := range layer.Attr.Order {
				order = append(order, axis+1)
			}
			n, err := l.apart(layer, layer.Inputs[0], n)
			if err != nil {
				return nil, err
			}
			return l.permuted(layer, n, order)
		})
	case models.Take:
		return l.one(layer, func(n *gorgonia.Node) (*gorgonia.Node, error) {
			rows := l.rows(layer.Inputs[0])
			size := n.Shape().TotalSize() / rows
			n, err := l.viewed(layer, n, tensor.Shape{rows, size})
			if err != nil {
				return nil, err
			}
			return l.step(layer, op.NewTake(op.NewTable(layer.Attr.Index, size), float32(layer.Attr.Value)), n)
		})
	case models.MatMul:
		a, transA := l.turned(layer.Inputs[0])
		b, transB := l.turned(layer.Inputs[1])
		layer.Inputs = []string{a, b}
		return l.together(layer, func(axes int, in ...*gorgonia.Node) (*gorgonia.Node, error) {
			return l.step(layer, op.NewMatMul(axes, transA, transB), in...)
		})
	case models.Where:
		return l.together(layer, func(axes int, in ...*gorgonia.Node) (*gorgonia.Node, error) {
			return l.step(layer, op.NewWhere(axes), in...)
		})
	case models.Softmax, models.Slice:
		return l.addAlong(layer, []int{max(layer.Attr.Axis, 1)})
	case models.Concat:
		return l.addConcat(layer)
	}
	if f, ok := binaries[layer.Kind]; ok {
		return l.together(layer, func(axes int, in ...*gorgonia.Node) (*gorgonia.Node, error) {
			return l.step(layer, op.NewBinary(f, axes), in...)
		})
	}
	return l.addAlong(layer, layer.Attr.Axes)
}

// binaries are the kinds of layers that are functions of two numbers.
var binaries = map[models.Kind]op.BinaryFunction{
	models.Pow: op.Power, models.Minimum: op.Minimum, models.Maximum: op.Maximum,
	models.Less: op.Less, models.LessEqual: op.LessEqual, models.Greater: op.Greater, models.GreaterEqual: op.GreaterEqual, models.Equal: op.Equal,
}

// flat reports whether a layer has no derivative by its input of that number.
func flat(layer models.Layer, input int) bool {
	switch layer.Kind {
	case models.Less, models.LessEqual, models.Greater, models.GreaterEqual, models.Equal:
		return true
	case models.Where:
		return input == 0
	}
	return false
}

// whole is the shape of a node that holds n pictures of a shape.
func whole(s tensor.Shape, n int) tensor.Shape {
	if len(s) == 0 {
		return tensor.Shape{n}
	}
	w := s.Clone()
	w[0] *= n
	return w
}

// turned is what a layer reads that only exchanges the last two axes of matrices,
// whose product can do that; another name is returned as it is.
func (l *lowering) turned(name string) (string, bool) {
	layer, _ := l.net.Layer(l.source[name])
	n := len(layer.Attr.Order)
	if layer.Kind != models.Transpose || n < 3 || l.tapped[layer.Name] || layer.Attr.Order[n-1] != n-2 || layer.Attr.Order[n-2] != n-1 || !slices.IsSorted(layer.Attr.Order[:n-2]) {
		return name, false
	}
	return layer.Inputs[0], true
}

// rows is how many pictures the node of name holds: one where it does not depend on
// the picture.
func (l *lowering) rows(name string) int {
	if l.still[name] {
		return 1
	}
	return l.batch
}

// one makes the layer's node from its only input, which f is given in the axes of
// the layer before. What f makes may be in any shape of as many numbers as the layer
// has.
func (l *lowering) one(layer models.Layer, f func(n *gorgonia.Node) (*gorgonia.Node, error)) error {
	n, err := l.plain(layer, layer.Inputs[0])
	if err != nil {
		return err
	}
	if n, err = f(n); err != nil {
		return err
	}
	if n, err = l.viewed(layer, n, l.shape(layer.Name)); err != nil {
		return err
	}
	return l.keep(layer.Name, n)
}

// plain is the node of name's output in the layer's own axes, which the graph has in
// another order where the channels are last.
func (l *lowering) plain(layer models.Layer, name string) (*gorgonia.Node, error) {
	n, err := l.node(name)
	if err != nil {
		return nil, err
	}
	if in, ok := l.net.Layer(name); ok && in.ChannelsLast {
		return l.step(layer, op.NewPermute(0, 2, 3, 1), n)
	}
	return n, nil
}

// own is the shape of name's output for one picture.
func (l *lowering) own(name string) tensor.Shape {
	if in, ok := l.net.Layer(name); ok {
		return in.Shape
	}
	return l.net.Input.Shape()
}

// apart gives the pictures of n, name's node in the layer's own axes, an axis of
// their own.
func (l *lowering) apart(layer models.Layer, name string, n *gorgonia.Node) (*gorgonia.Node, error) {
	return l.viewed(layer, n, append(tensor.Shape{l.rows(name)}, l.own(name)...))
}

// viewed is n in another shape.
func (l *lowering) viewed(layer models.Layer, n *gorgonia.Node, s tensor.Shape) (*gorgonia.Node, error) {
	if n.Shape().Eq(s) && n.Dims() == len(s) {
		return n, nil
	}
	return l.step(layer, op.NewReshape(n.Dims(), s), n)
}

// permuted puts the axes of n into another order. Axes that stay together are
// one, so that nearly all orders are of four axes, for which devices are quick.
func (l *lowering) permuted(layer models.Layer, n *gorgonia.Node, order []int) (*gorgonia.Node, error) {
	s := n.Shape()
	out := make(tensor.Shape, len(order))
	// Runs of axes that stay together, in the new order, without sides of 1.
	type run struct{ first, last, size int }
	var runs []run
	for i, axis := range order {
		out[i] = s[axis]
		if s[axis] == 1 {
			continue
		}
		if k := len(runs) - 1; k >= 0 && axis > runs[k].last && s[runs[k].last+1:axis+1].TotalSize() == s[axis] {
			runs[k].last, runs[k].size = axis, runs[k].size*s[axis]
			continue
		}
		runs = append(runs, run{axis, axis, s[axis]})
	}
	before := slices.Clone(runs)
	slices.SortFunc(before, func(a, b run) int { return a.first - b.first })
	merged, to := make(tensor.Shape, 0, 4), make([]int, 0, 4)
	for len(merged)+len(runs) < 4 {
		merged, to = append(merged, 1), append(to, len(to))
	}
	pad := len(merged)
	for _, r := range before {
		merged = append(merged, r.size)
	}
	for _, r := range runs {
		to = append(to, pad+slices.Index(before, r))
	}
	if !slices.IsSorted(to) {
		var err error
		if n, err = l.viewed(layer, n, merged); err != nil {
			return nil, err
		}
		if n, err = l.step(layer, op.NewPermute(to...), n); err != nil {
			return nil, err
		}
	}
	return l.viewed(layer, n, out)
}

// together makes the layer's node of several inputs whose sides of 1 are repeated.
// f is given them with equally many axes.
func (l *lowering) together(layer models.Layer, f func(axes int, in ...*gorgonia.Node) (*gorgonia.Node, error)) error {
	in, err := l.inputs(layer)
	if err != nil {
		return err
	}
	out := l.shape(layer.Name)
	if !layer.ChannelsLast {
		for i, name := range layer.Inputs {
			if in[i], err = l.plain(layer, name); err != nil {
				return err
			}
		}
	}
	if l.mixed(layer) {
		for i, name := range layer.Inputs {
			if in[i], err = l.apart(layer, name, in[i]); err != nil {
				return err
			}
		}
	}
	n, err := f(in[0].Dims(), in...)
	if err != nil {
		return err
	}
	if n, err = l.viewed(layer, n, out); err != nil {
		return err
	}
	return l.keep(layer.Name, n)
}

// mixed reports whether the first axes of a layer's inputs, which hold the pictures,
// do not fit each other as those of one picture do.
func (l *lowering) mixed(layer models.Layer) bool {
	if layer.ChannelsLast || l.still[layer.Name] || len(layer.Shape) == 0 {
		return false
	}
	return slices.ContainsFunc(layer.Inputs, func(name string) bool {
		first := l.own(name)[0]
		return l.still[name] && first != 1 || !l.still[name] && first != layer.Shape[0]
	})
}

// addAlong makes the node of a layer that works along some axes: on a tensor of
// three, in which the middle one has them all.
func (l *lowering) addAlong(layer models.Layer, axes []int) error {
	return l.one(layer, func(n *gorgonia.Node) (*gorgonia.Node, error) {
		n, err := l.apart(layer, layer.Inputs[0], n)
		if err != nil {
			return nil, err
		}
		s := n.Shape()
		order, back, together := lastly(s, axes)
		if order != nil {
			if n, err = l.permuted(layer, n, order); err != nil {
				return nil, err
			}
		}
		outer, length, inner := parted(s, axes, together)
		if n, err = l.along(layer, n, outer, length, inner); err != nil {
			return nil, err
		}
		// A reduction has nothing to put back in order: its axes are of length 1.
		if order == nil || layer.Kind != models.Standardize {
			return n, nil
		}
		moved := make(tensor.Shape, len(order))
		for i, axis := range order {
			moved[i] = s[axis]
		}
		if n, err = l.viewed(layer, n, moved); err != nil {
			return nil, err
		}
		return l.permuted(layer, n, back)
	})
}

// lastly is the order of the axes of s, which has one more before those of a
// picture, that brings some axes to the end, and the order that brings them back. It
// is nil where they are together already, but for sides of 1.
func lastly(s tensor.Shape, axes []int) (order, back []int, together bool) {
	first, last := axes[0]+1, axes[len(axes)-1]+1
	together = true
	for axis := first; axis <= last; axis++ {
		together = together && (s[axis] == 1 || slices.Contains(axes, axis-1))
	}
	if together {
		return nil, nil, true
	}
	for axis := range s {
		if !slices.Contains(axes, axis-1) {
			order = append(order, axis)
		}
	}
	for _, axis := range axes {
		order = append(order, axis+1)
	}
	back = make([]int, len(order))
	for i, axis := range order {
		back[axis] = i
	}
	return order, back, false
}

// parted is how many numbers lie before, along and behind some axes.
func parted(s tensor.Shape, axes []int, together bool) (outer, length, inner int) {
	length = 1
	for _, axis := range axes {
		length *= s[axis+1]
	}
	inner = 1
	if together {
		inner = tensor.Shape(s[axes[len(axes)-1]+2:]).TotalSize()
	}
	return s.TotalSize() / (length * inner), length, inner
}

// along applies the layer's operation to the middle of three axes.
func (l *lowering) along(layer models.Layer, n *gorgonia.Node, outer, length, inner int) (*gorgonia.Node, error) {
	three, one, planes := tensor.Shape{outer, length, inner}, tensor.Shape{outer, 1, inner}, tensor.Shape{outer, length, inner, 1}
	chain := func(s tensor.Shape, ops ...gorgonia.Op) (*gorgonia.Node, error) {
		n, err := l.viewed(layer, n, s)
		for i := 0; i < len(ops) && err == nil; i++ {
			n, err = l.step(layer, ops[i], n)
		}
		return n, err
	}
	switch a := layer.Attr; layer.Kind {
	case models.ReduceSum:
		return chain(three, op.NewSumTo(one))
	case models.ReduceMean:
		return chain(three, op.NewSumTo(one), op.NewMultiple(1/float32(length), 3))
	case models.ReduceMax:
		return chain(three, op.NewReduce(op.Largest))
	case models.ReduceMin:
		return chain(three, op.NewReduce(op.Smallest))
	case models.ReduceProd:
		return chain(three, op.NewReduce(op.Product))
	case models.Softmax:
		return chain(planes, op.NewSoftmax(4))
	case models.Slice:
		return chain(planes, op.NewStrided(1, a.From, a.To, a.Step))
	case models.Standardize:
		n, err := l.viewed(layer, n, planes)
		if err != nil {
			return nil, err
		}
		return l.step(layer, op.NewLayerNorm(a.Epsilon), n, l.all(layer.Name+".ones", length, 1), l.all(layer.Name+".zeros", length, 0))
	}
	return nil, fmt.Errorf("no operation along an axis for a layer of kind %s", layer.Kind)
}

// all is a constant of that many equal numbers.
func (l *lowering) all(name string, length int, number float32) *gorgonia.Node {
	return l.constant(name, tensor.New(tensor.WithShape(length), tensor.WithBacking(slices.Repeat([]float32{number}, length))))
}

// addConcat makes the node of a Concat along any axis, of tensors with four axes in
// which the second one has it.
func (l *lowering) addConcat(layer models.Layer) error {
	axis := max(layer.Attr.Axis, 1)
	rows := l.rows(layer.Name)
	parts := make(gorgonia.Nodes, len(layer.Inputs))
	for i, name := range layer.Inputs {
		n, err := l.plain(layer, name)
		if err != nil {
			return err
		}
		if l.rows(name) != rows {
			if n, err = l.apart(layer, name, n); err != nil {
				return err
			}
			if n, err = l.step(layer, op.NewSumTo(append(tensor.Shape{rows}, l.own(name)...)), n); err != nil {
				return err
			}
		}
		s := append(tensor.Shape{rows}, l.own(name)...)
		outer, length, inner := parted(s, []int{axis}, true)
		if parts[i], err = l.viewed(layer, n, tensor.Shape{outer, length, inner, 1}); err != nil {
			return err
		}
	}
	n, err := l.step(layer, op.NewConcat(len(parts)), parts...)
	if err != nil {
		return err
	}
	if n, err = l.viewed(layer, n, l.shape(layer.Name)); err != nil {
		return err
	}
	return l.keep(layer.Name, n)
}

// addConvTranspose makes the node of a ConvTranspose: the derivative of a convolution
// by its input.
func (l *lowering) addConvTranspose(layer models.Layer) error {
	n, err := l.node(layer.Inputs[0])
	if err != nil {
		return err
	}
	// Extra rows are those that the padding would cut off, and zeros beyond these.
	w, shape, more := op.WindowOf(layer.Attr), l.shape(layer.Name), [4]int{}
	for axis, extra := range layer.Attr.Extra {
		cut := w.Pad[axis+2] - extra
		w.Pad[axis+2], more[axis+2] = max(cut, 0), max(-cut, 0)
		shape[axis+2] -= more[axis+2]
	}
	if n, err = l.step(layer, op.NewConvGrad(w, layer.Attr.Groups, shape), n, l.constant(layer.Name+".weight", layer.Params["weight"])); err != nil {
		return err
	}
	if more != [4]int{} {
		if n, err = l.step(layer, op.NewPad(more, 0), n); err != nil {
			return err
		}
	}
	if bias := layer.Params["bias"]; bias != nil {
		each := tensor.New(tensor.WithShape(1, shape[1], 1, 1), tensor.WithBacking(floats(bias)))
		if n, err = l.step(layer, op.NewAdd(2, 4), n, l.constant(layer.Name+".bias", each)); err != nil {
			return err
		}
	}
	return l.keep(layer.Name, n)
}
