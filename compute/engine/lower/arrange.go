package lower

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/models"
)

// arrangement is how a layer's output becomes C x Height x Width, one number for each
// channel and cell of its grid: by operations one after the other, none where it is
// so already.
type arrangement []gorgonia.Op

// arrange finds a layer's for a batch of pictures. The picture has none.
func arrange(net *models.Network, name string, batch int) (arrangement, error) {
	layer, ok := net.Layer(name)
	g := layer.Grid
	if !ok || g == nil || layer.ChannelsLast {
		return nil, nil
	}
	s := layer.Shape.Clone()
	s[0] *= batch
	plane := func(axes, channels int) op.Reshape {
		return op.NewReshape(axes, tensor.Shape{batch, channels, g.Height, g.Width})
	}
	switch {
	case len(s) == 4 && g.At == nil && g.Height == s[2] && g.Width == s[3] && !slices.Contains(g.Axes, 1):
		return nil, nil
	case len(s) == 4 && slices.Equal(g.Axes, []int{2}) && s[3] == 1 && inOrder(g):
		if g.Prefix == 0 {
			return arrangement{plane(4, s[1])}, nil
		}
		return arrangement{op.NewStrided(2, g.Prefix, s[2], 1), plane(4, s[1])}, nil
	}
	index := tableOf(layer)
	size := layer.Shape.TotalSize()
	return arrangement{
		op.NewReshape(len(s), tensor.Shape{batch, size}), op.NewTake(op.NewTable(index, size), 0), plane(2, len(index)/(g.Height*g.Width)),
	}, nil
}

// tableOf has for each channel and cell of a layer where it lies in its output.
func tableOf(layer models.Layer) []int32 {
	g, s := layer.Grid, layer.Shape
	cells := g.Height * g.Width
	index := make([]int32, s.TotalSize()/g.Positions()*cells)
	for i := range int32(s.TotalSize()) {
		channel, position, rest := 0, 0, int(i)
		at := make([]int, len(s))
		for axis := len(s) - 1; axis >= 0; axis-- {
			at[axis] = rest % s[axis]
			rest /= s[axis]
		}
		for axis, k := range at {
			if slices.Contains(g.Axes, axis) {
				position = position*s[axis] + k
			} else {
				channel = channel*s[axis] + k
			}
		}
		cell := int32(position)
		if g.At != nil {
			cell = g.At[position]
		}
		if cell >= 0 {
			index[channel*cells+int(cell)] = i
		}
	}
	return index
}

// inOrder reports whether all cells follow the tokens without a place, in order.
func inOrder(g *models.Grid) bool {
	for i, cell := range g.At {
		if want := int32(i - g.Prefix); cell != max(want, -1) {
			return false
		}
	}
	return true
}

// of applies the arrangement to a layer's output, or to its gradient.
func (a arrangement) of(n *gorgonia.Node) (*gorgonia.Node, error) {
	for _, o := range a {
		var err error
		if n, err = gorgonia.ApplyOp(o, n); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// back puts numbers of C x Height x Width where the layer's output of that shape has
// them, zero elsewhere.
func (a arrangement) back(n *gorgonia.Node, s tensor.Shape) (*gorgonia.Node, error) {
	shapes := []tensor.Shape{s}
	for _, o := range a {
		next, err := o.InferShape(shapes[len(shapes)-1])
		if err != nil {
			return nil, err
		}
		shapes = append(shapes, next)
	}
	for i := len(a) - 1; i >= 0; i-- {
		var o gorgonia.Op
		switch arranging := a[i].(type) {
		case op.Reshape:
			o = op.NewReshape(n.Dims(), shapes[i])
		case op.Take:
			o = op.NewScatter(arranging.Table)
		case op.Slice:
			o = op.NewEmbed(arranging, shapes[i][arranging.Axis])
		default:
			return nil, fmt.Errorf("%v cannot be undone", arranging)
		}
		var err error
		if n, err = gorgonia.ApplyOp(o, n); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// arranged hands the layers out as C x Height x Width.
func (g *Graph) arranged(net *models.Network, batch int, layers []string) error {
	g.outputs = slices.Clone(g.Taps)
	for i, name := range layers {
		a, err := arrange(net, name, batch)
		if err != nil {
			return fmt.Errorf("layer %s: %w", name, err)
		}
		if g.Taps[i], err = a.of(g.Taps[i]); err != nil {
			return err
		}
		if g.Gradients != nil && g.Gradients[i] != nil {
			if g.Gradients[i], err = a.of(g.Gradients[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// others is a constant that is 1 at tokens without a place and 0 at the others, for a
// batch of outputs of a layer.
func others(layer models.Layer, batch int) *tensor.Dense {
	g := layer.Grid
	s := make(tensor.Shape, len(layer.Shape))
	for axis := range s {
		s[axis] = 1
		if slices.Contains(g.Axes, axis) {
			s[axis] = layer.Shape[axis]
		}
	}
	values := make([]float32, s.TotalSize())
	for i, cell := range g.At {
		if cell < 0 {
			values[i] = 1
		}
	}
	if slices.Contains(g.Axes, 0) {
		s[0] *= batch
		values = slices.Repeat(values, batch)
	}
	return tensor.New(tensor.WithShape(s...), tensor.WithBacking(values))
}
