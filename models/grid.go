package models

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// Grid says where in the picture the numbers of a layer's output belong. The
// positions along Axes are tokens, or pixels; the other axes together are the
// channels.
type Grid struct {
	// Height and Width count the cells that the picture is divided into.
	Height, Width int
	// Prefix counts the tokens without a place in the picture: a class token, a
	// distillation token, registers.
	Prefix int
	// Axes are those that count tokens, in order.
	Axes []int
	// At has for each position along Axes, in row-major order, its cell: row times
	// Width plus column, or -1 for what has no place, as a token of Prefix or the
	// padding of a window. It is nil where all cells stand in order.
	At []int32

	// of are the positions as they were told apart before what is missing was left out.
	of places
}

// Positions counts the tokens, with a place in the picture or without.
func (g *Grid) Positions() int {
	if g.At != nil {
		return len(g.At)
	}
	return g.Height * g.Width
}

// MarshalText writes a grid into JSON as String does.
func (g *Grid) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// String is as users read it: "14x14", "14x14 + 1 token".
func (g *Grid) String() string {
	switch {
	case g.Prefix == 1:
		return fmt.Sprintf("%dx%d + 1 token", g.Height, g.Width)
	case g.Prefix > 1:
		return fmt.Sprintf("%dx%d + %d tokens", g.Height, g.Width, g.Prefix)
	}
	return fmt.Sprintf("%dx%d", g.Height, g.Width)
}

// planeGrid is the grid of an N x C x H x W layer.
func planeGrid(s tensor.Shape) *Grid {
	return &Grid{Height: s[2], Width: s[3], Axes: []int{2, 3}, of: places{height: s[2], width: s[3], axes: []int{2, 3}}}
}

// isPlane reports whether a layer of that shape and grid is N x C x H x W.
func (g *Grid) isPlane(s tensor.Shape) bool {
	return g != nil && len(s) == 4 && g.At == nil && g.Height == s[2] && g.Width == s[3] && !slices.Contains(g.Axes, 1)
}

// grid makes the grid of positions: it leaves out rows and columns of the picture
// that none of them has. It is nil where several positions have one cell and no
// axis can be taken for channels instead, or where the cells make no rectangle.
func (p *places) grid(s tensor.Shape) *Grid {
	if p == nil || len(p.axes) == 0 {
		return nil
	}
	if p.cells == nil {
		return &Grid{Height: p.height, Width: p.width, Axes: p.axes, of: *p}
	}
	if g := p.compact(); g != nil {
		return g
	}
	// A picture made larger: each cell becomes several.
	if larger, ok := p.enlarged(s); ok {
		return larger.grid(s)
	}
	// Some of the axes may count the positions within coarser cells.
	for dropped := 1; dropped < 1<<len(p.axes)-1; dropped++ {
		var out []int
		for i, axis := range p.axes {
			if dropped>>i&1 == 1 {
				out = append(out, axis)
			}
		}
		coarse := p.without(s, out)
		if coarse == nil {
			continue
		}
		if g := coarse.compact(); g != nil {
			g.of = *p
			return g
		}
	}
	return nil
}

// compact is the grid of cells that are all different and make a rectangle.
func (p *places) compact() *Grid {
	if p.cells == nil {
		return &Grid{Height: p.height, Width: p.width, Axes: p.axes, of: *p}
	}
	rows, columns := make([]int32, p.height), make([]int32, p.width)
	taken, count := make([]bool, p.height*p.width), 0
	g := &Grid{Axes: p.axes, of: *p}
	for _, cell := range p.cells {
		switch {
		case cell == prefix:
			g.Prefix++
		case cell < 0:
		case taken[cell]:
			return nil
		default:
			taken[cell] = true
			rows[int(cell)/p.width], columns[int(cell)%p.width] = 1, 1
			count++
		}
	}
	g.Height, g.Width = ranks(rows), ranks(columns)
	if count == 0 || g.Height*g.Width != count {
		return nil
	}
	at, ordered := make([]int32, len(p.cells)), count == len(p.cells)
	for i, cell := range p.cells {
		at[i] = -1
		if cell >= 0 {
			at[i] = rows[int(cell)/p.width]*int32(g.Width) + columns[int(cell)%p.width]
		}
		ordered = ordered && at[i] == int32(i)
	}
	if !ordered {
		g.At = at
	}
	return g
}

// ranks numbers the entries that are set, and counts them.
func ranks(set []int32) int {
	n := int32(0)
	for i, v := range set {
		if v != 0 {
			set[i] = n
			n++
		}
	}
	return int(n)
}

// gridOf returns the grid of the layer called name or of the input. One without cells
// has only the places of numbers that are no tokens, such as those of all channels in a
// row.
func (n *Network) gridOf(name string) *Grid {
	if name == InputName {
		return planeGrid(n.Input.Shape())
	}
	l, _ := n.Layer(name)
	if l.Grid == nil && l.places != nil {
		return &Grid{of: *l.places}
	}
	return l.Grid
}

// findGrid sets the layer's grid from those of the layers that it reads, whose shapes
// are in.
func (n *Network) findGrid(l *Layer, in []tensor.Shape) {
	grids := make([]*Grid, len(in))
	known := false
	for i, name := range l.Inputs {
		grids[i] = n.gridOf(name)
		known = known || grids[i] != nil
	}
	if l.Grid, l.places = nil, nil; !known {
		// A picture is made of numbers, as in a decoder.
		if l.Kind == Reshape && len(in[0]) == 2 && len(l.Shape) == 4 {
			l.Grid = planeGrid(l.Shape)
		}
		return
	}
	p := n.spread(*l, in, grids)
	if p == nil {
		return
	}
	// What an operation does to an axis may leave no tokens along it.
	for _, axis := range p.axes {
		if axis >= len(l.Shape) {
			return
		}
	}
	if p.cells == nil && p.height*p.width != p.count(l.Shape) || p.cells != nil && len(p.cells) != p.count(l.Shape) {
		return
	}
	l.Grid, l.places = p.grid(l.Shape), p
}

// spread finds the places of a layer's output. A kind that is not named here leaves
// numbers where they are or makes a picture of another size.
func (n *Network) spread(l Layer, in []tensor.Shape, grids []*Grid) *places {
	var first *places
	if grids[0] != nil {
		first = &grids[0].of
	}
	switch l.Kind {
	case Conv, ConvTranspose:
		if a := l.Attr; a.Kernel == [2]int{1, 1} && a.Stride == [2]int{1, 1} && a.Pad == [4]int{} {
			return first.without(in[0], []int{1})
		}
		return window(l, in[0], grids[0])
	case MaxPool, AvgPool:
		return window(l, in[0], grids[0])
	case Linear:
		return first.without(in[0], []int{l.channelAxis(in[0])})
	case ChannelMean, ChannelMax, ChannelShuffle:
		return first.without(in[0], []int{1})
	case Add, Sub, Mul, Div, Pow, Minimum, Maximum, Less, LessEqual, Greater, GreaterEqual, Equal, Where:
		return broadcast(l.Shape, in, grids)
	case Concat:
		return joined(l.Shape, max(l.Attr.Axis, 1), in, grids)
	case Slice:
		return first.slice(in[0], l.Attr)
	case Take:
		return first.taken(in[0], l.Shape, l.Attr.Index)
	case Flatten, Reshape, View:
		return first.viewed(in[0], l.Shape)
	case Transpose:
		return first.permuted(in[0], l.Attr.Order)
	case MatMul:
		if p := n.resampled(l, in, grids); p != nil {
			return p
		}
		return multiplied(in, grids)
	case ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceProd:
		if l.Attr.Axes[0] >= 2 && len(l.Shape) == 4 {
			// A mean over rows and columns leaves a picture of one pixel.
			if p := window(l, in[0], grids[0]); p != nil {
				return p
			}
		}
		return first.without(in[0], l.Attr.Axes)
	case Attention:
		return first
	case Tokens:
		return withPrefix(l, first)
	case Permute:
		if l.ChannelsLast {
			return first.permuted(in[0], []int{0, 2, 3, 1})
		}
		return first.permuted(in[0], []int{0, 3, 1, 2})
	}
	if l.Shape.Eq(in[0]) {
		return first
	}
	return window(l, in[0], grids[0])
}

// window is the rule of what slides over a picture.
func window(l Layer, in tensor.Shape, g *Grid) *places {
	if !g.isPlane(in) || len(l.Shape) != 4 {
		return nil
	}
	return &planeGrid(l.Shape).of
}
