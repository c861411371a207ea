package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Grid is the evenly spaced numbers that whole numbers of a few bits stand for:
// (i - Zero) Step for i from Min to Max. ONNX calls Step the scale and Zero the
// zero point.
type Grid struct{ Step, Zero, Min, Max float32 }

// Nearest is the grid's number nearest to x: of two, that of the even whole
// number. x/Step is computed in float32, as onnxruntime does.
func (g Grid) Nearest(x float32) float32 {
	i := float32(math.RoundToEven(float64(x/g.Step))) + g.Zero
	return (min(max(i, g.Min), g.Max) - g.Zero) * g.Step
}

// Ends are the grid's first and last number.
func (g Grid) Ends() (lo, hi float32) { return (g.Min - g.Zero) * g.Step, (g.Max - g.Zero) * g.Step }

// GridOf is the grid of 256 numbers from the least of x to the greatest, of
// which one is 0: what ONNX's DynamicQuantizeLinear chooses.
func GridOf(x []float32) Grid {
	const most = 255
	var lo, hi float32
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	g := Grid{Step: 1, Max: most}
	if hi > lo {
		g.Step = (hi - lo) / most
		g.Zero = min(max(float32(math.RoundToEven(float64(-lo/g.Step))), 0), most)
	}
	return g
}

// Round takes every number to the nearest one of a grid. Its derivative is 1
// between the grid's ends and 0 elsewhere, the straight-through estimator
// (Bengio et al., arXiv:1308.3432), because the steps themselves have none.
type Round struct {
	signature
	Grid Grid
	// Own says that each picture has the grid that [GridOf] chooses for its
	// numbers, and not Grid.
	Own bool
}

// NewRound makes a Round to a grid of a tensor of that many axes.
func NewRound(g Grid, axes int) Round {
	return Round{signature{fmt.Sprintf("Round to %+v axes=%d", g, axes), []int{axes}, axes}, g, false}
}

// NewRoundOwn makes a Round of each picture to a grid of its own.
func NewRoundOwn(axes int) Round {
	return Round{signature{fmt.Sprintf("Round to own axes=%d", axes), []int{axes}, axes}, Grid{}, true}
}

// InferShape is x's shape.
func (o Round) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o Round) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x := floats(in[0])
		size := len(x) / out[0]
		for first := 0; first < len(x); first += size {
			picture, grid := x[first:first+size], o.Grid
			if o.Own {
				grid = GridOf(picture)
			}
			for i, v := range picture {
				dst[first+i] = grid.Nearest(v)
			}
		}
	})
}

// SymDiff lets the gradient pass where x lies between the grid's ends. Those of
// a picture's own grid have all of it between them.
func (o Round) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	if o.Own {
		return gorgonia.Nodes{grad}, nil
	}
	lo, hi := o.Grid.Ends()
	back, err := ActivationClip(float64(lo), float64(hi)).before(inputs[0], grad)
	return only(back, err, 1)
}
