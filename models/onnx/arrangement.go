package onnx

import (
	"fmt"
	"slices"
	"strings"

	"gaze/models/onnx/internal/onnxpb"
)

// arrangement says what the axes of a picture are.
type arrangement struct {
	// roles has batch, channels, rows or columns for each axis of the input.
	roles []int
	// channels is how many there are, where the input leaves it open.
	channels int
	// guessed is set where neither what reads the input nor its sides are a sure
	// sign.
	guessed bool
	// folded is the shape that the network gives an input of a picture's numbers in a
	// row; roles are those of its axes. It is nil for an input that has its own.
	folded []int
}

// String lists the axes: "batch, rows, columns, channels".
func (a arrangement) String() string {
	var words []string
	for _, of := range a.roles {
		words = append(words, [...]string{"batch", "channels", "rows", "columns"}[of])
	}
	return strings.Join(words, ", ")
}

// arrangement finds what the axes of an input of that shape are: by the operators
// that read it, or else by its sides.
func (b *builder) arrangement(name string, shape []int) (arrangement, error) {
	if a, ok := b.unfolded(name, shape); ok {
		return a, nil
	}
	if len(shape) < 2 || len(shape) > usualAxes {
		return arrangement{}, fmt.Errorf("has %d axes, and a picture has rows and columns, and may have channels and a batch", len(shape))
	}
	start := make([]int, len(shape))
	for i := range start {
		start[i] = i
	}
	if a, ok := b.trace(name, shape, start); ok {
		return a, nil
	}
	return bySides(shape)
}

// unfolded is the arrangement of an input of numbers in a row, one row for each
// picture or one alone, which the network folds to rows and columns first.
func (b *builder) unfolded(name string, shape []int) (arrangement, bool) {
	if len(shape) != 1 && len(shape) != 2 {
		return arrangement{}, false
	}
	for _, p := range b.graph.Node {
		if p.OpType != "Reshape" || len(p.Input) < 1 || p.Input[0] != name || len(p.Output) == 0 {
			continue
		}
		to := b.given(p, 1)
		if to == nil {
			return arrangement{}, false
		}
		sides, err := to.known.list()
		if err != nil || len(sides) != usualAxes {
			return arrangement{}, false
		}
		sides = slices.Clone(sides)
		sides[batch] = 1
		if n, err := count(sides); err != nil || n != shape[len(shape)-1] {
			return arrangement{}, false
		}
		a, ok := b.trace(p.Output[0], sides, []int{0, 1, 2, 3})
		if !ok {
			if a, err = bySides(sides); err != nil {
				return a, false
			}
		}
		a.folded = sides
		return a, true
	}
	return arrangement{}, false
}

// The operators that leave axes where they are, and those that want a batch,
// channels, rows and columns, in this order.
var (
	staying = words(`Cast Identity Add Sub Mul Div Neg Pow Sqrt Log Abs Exp Clip Relu Sigmoid Tanh Dropout QuantizeLinear DequantizeLinear
		DynamicQuantizeLinear Pad Resize Upsample Slice Split Gather Concat Expand Tile Reciprocal Min Max Floor Round`)
	planar = words(`Conv QLinearConv ConvInteger FusedConv ConvTranspose MaxPool AveragePool GlobalAveragePool GlobalMaxPool
		BatchNormalization InstanceNormalization LRN`)
	// counting are those among staying that may change the number of channels.
	counting = words("Pad Slice Split Gather Concat Expand Tile")
)

func words(text string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}

// newAxis stands for an axis that a node has added.
const newAxis = -1

// traced is a value whose axes are known to be those of the input, or new ones.
type traced struct {
	name    string
	axes    []int
	counted bool
}

// mostTraced bounds the nodes that are looked at to find out what an input's axes
// are.
const mostTraced = 64

// trace follows an input through the nodes that read it, until one wants the
// channels at a certain axis.
func (b *builder) trace(name string, shape, start []int) (arrangement, bool) {
	queue := []traced{{name: name, axes: start}}
	for looked := 0; len(queue) > 0 && looked < mostTraced; looked++ {
		v := queue[0]
		queue = queue[1:]
		for _, p := range b.graph.Node {
			if !slices.Contains(p.Input, v.name) || len(p.Output) == 0 {
				continue
			}
			if planar[p.OpType] && p.Input[0] == v.name && len(v.axes) == usualAxes {
				if a, ok := b.concluded(p, v, shape); ok {
					return a, true
				}
			}
			if next, ok := b.follow(p, v, shape); ok {
				for _, out := range p.Output {
					queue = append(queue, traced{out, next, v.counted || counting[p.OpType]})
				}
			}
		}
	}
	return arrangement{}, false
}

// concluded is the arrangement of an input of that shape of which v, as it lies,
// is read by an operator that wants channels at its second axis.
func (b *builder) concluded(p *onnxpb.NodeProto, v traced, shape []int) (arrangement, bool) {
	a := arrangement{roles: slices.Repeat([]int{newAxis}, len(shape)), channels: 1}
	if !v.counted && v.axes[channels] != newAxis {
		a.channels = b.channelsOf(p)
	}
	for role, at := range v.axes {
		if at != newAxis {
			a.roles[at] = role
		}
	}
	if slices.Contains(a.roles, newAxis) {
		return a, false
	}
	return a, slices.Contains(a.roles, rows) && slices.Contains(a.roles, columns)
}

// channelsOf is how many channels a node reads, by the shape of its weight; three
// where it has none that is known.
func (b *builder) channelsOf(p *onnxpb.NodeProto) int {
	const usual = 3
	at := map[string]int{"Conv": 1, "FusedConv": 1, "ConvInteger": 1, "QLinearConv": 3, "BatchNormalization": 1}[p.OpType]
	if at == 0 || at >= len(p.Input) {
		return usual
	}
	name := p.Input[at]
	for range 4 {
		if t, ok := b.initializers[name]; ok {
			switch {
			case p.OpType == "BatchNormalization" && len(t.Dims) == 1:
				return max(clamp(t.Dims[0]), 1)
			case len(t.Dims) == usualAxes:
				return max(clamp(clampProduct(t.Dims[1], newNode(p).int("group", 1))), 1)
			}
			return usual
		}
		i, ok := b.makers[name]
		if !ok || len(b.graph.Node[i].Input) == 0 {
			return usual
		}
		name = b.graph.Node[i].Input[0]
	}
	return usual
}

func clampProduct(a int64, b int) int64 { return int64(clamp(a)) * int64(b) }

// follow is where the axes of v are in the results of a node that reads it; false
// where that is not known.
func (b *builder) follow(p *onnxpb.NodeProto, v traced, shape []int) ([]int, bool) {
	n := newNode(p)
	switch {
	case p.OpType == "Gather":
		// Only by a list of positions, which keeps the axis.
		t, ok := b.initializers[p.Input[min(1, len(p.Input)-1)]]
		return v.axes, ok && len(t.Dims) == 1 && p.Input[0] == v.name
	case staying[p.OpType]:
		return v.axes, true
	case p.Input[0] != v.name:
		return nil, false
	case p.OpType == "Transpose":
		order, err := n.order(len(v.axes))
		if err != nil {
			return nil, false
		}
		out := make([]int, len(order))
		for i, from := range order {
			out[i] = v.axes[from]
		}
		return out, true
	case p.OpType == "Unsqueeze":
		n.in = []*value{nil, b.given(p, 1)}
		added, err := n.unsqueezed(len(v.axes))
		if err != nil {
			return nil, false
		}
		out, from := make([]int, len(added)), 0
		for i := range out {
			out[i] = newAxis
			if !added[i] {
				out[i] = v.axes[from]
				from++
			}
		}
		return out, true
	case p.OpType == "Reshape":
		to := b.given(p, 1)
		if to == nil {
			return nil, false
		}
		want, err := to.known.list()
		if err != nil {
			return nil, false
		}
		return reshaped(v.axes, shape, want)
	}
	return nil, false
}

// given is input i of a node where the file gives it outright; nil else.
func (b *builder) given(p *onnxpb.NodeProto, i int) *value {
	const longest = 16
	if i >= len(p.Input) {
		return nil
	}
	if c := b.parameter(p.Input[i], longest); c != nil {
		return &value{known: c}
	}
	return nil
}

// reshaped is where axes are after a Reshape that only adds axes of length 1.
func reshaped(axes, shape, to []int) ([]int, bool) {
	out := make([]int, len(to))
	from := 0
	for i, side := range to {
		// The batch may be open on either side.
		fits := from < len(axes) && axes[from] != newAxis && (side == shape[axes[from]] || side == 0 && from == i || i == 0 && side == -1 && shape[axes[from]] == -1)
		switch {
		case fits:
			out[i] = axes[from]
			from++
		case side == 1 || i == 0 && side == -1:
			out[i] = newAxis
		default:
			return nil, false
		}
	}
	return out, from == len(axes)
}

// few is the most channels that tell them from rows and columns.
const few = 4

// bySides guesses what the axes of a picture of that shape are: few channels
// beside many rows and columns.
func bySides(shape []int) (arrangement, error) {
	small := func(i int) bool { return shape[i] > 0 && shape[i] <= few }
	fewer := func(i, j int) bool { return shape[i] > 0 && shape[j] > 0 && shape[i] < shape[j] }
	const usual = 3
	switch len(shape) {
	case 2:
		// A batch of vectors, if the first is one or open.
		if shape[0] <= 1 {
			return arrangement{}, fmt.Errorf("takes lists of numbers (its shape is %s), not pictures", shapeText(shape))
		}
		return arrangement{roles: []int{rows, columns}, channels: 1, guessed: true}, nil
	case 3:
		switch {
		case small(2) && !small(0):
			return arrangement{roles: []int{rows, columns, channels}, channels: usual, guessed: true}, nil
		case shape[0] < 0:
			return arrangement{roles: []int{batch, rows, columns}, channels: 1, guessed: true}, nil
		case !small(0) && fewer(2, 0):
			return arrangement{roles: []int{rows, columns, channels}, channels: usual, guessed: true}, nil
		}
		return arrangement{roles: []int{channels, rows, columns}, channels: usual, guessed: true}, nil
	}
	last := small(3) && !small(1) || !small(1) && fewer(3, 1)
	a := arrangement{roles: []int{batch, channels, rows, columns}, channels: usual, guessed: !small(1)}
	if last {
		a = arrangement{roles: []int{batch, rows, columns, channels}, channels: usual, guessed: !small(3)}
	}
	return a, nil
}
