package lower

import (
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// means finds nodes for the means of gradients over the pixels of each channel.
// Where a gradient is made by a linear operation that treats all pixels alike, its
// means follow from those of what it is made of, and the gradient itself need not
// be computed: through VGG-16's first linear layer that is a product with 8 MB of
// weights in place of 411.
type means struct {
	graph *gorgonia.ExprGraph
	folds *Folds
	// known are the gradients that former means are made of, and what these are
	// made of.
	known map[*gorgonia.Node]bool
}

func newMeans(graph *gorgonia.ExprGraph, f *Folds) *means {
	return &means{graph, f, make(map[*gorgonia.Node]bool)}
}

func (m *means) know(nodes gorgonia.Nodes) {
	for _, n := range nodes {
		if !m.known[n] {
			m.known[n] = true
			m.know(machine.Operands(n))
		}
	}
}

// of returns a node of N x C x 1 x 1 that, times a factor, is the mean of n, which
// is N x C x H x W.
func (m *means) of(n *gorgonia.Node) (mean *gorgonia.Node, factor float64, err error) {
	if mean, factor, err = m.find(n); err == nil {
		m.know(gorgonia.Nodes{mean})
	}
	return mean, factor, err
}

func (m *means) find(n *gorgonia.Node) (mean *gorgonia.Node, factor float64, err error) {
	if pixels(n) == 1 {
		return n, 1, nil
	}
	if !m.known[n] {
		in := machine.Operands(n)
		switch o := n.Op().(type) {
		case op.Spread:
			return in[0], 1 / float64(o.Height*o.Width), nil
		case op.MaxPoolGrad:
			// Each number has a place, if each window sees a pixel.
			if inside(o.Window, n.Shape(), in[1].Shape()) {
				mean, factor, err = m.find(in[1])
				return mean, factor * float64(pixels(in[1])) / float64(pixels(n)), err
			}
		case op.ConvGrad:
			if weight, ok := value(in[1]); ok && pointwise(o) {
				return m.ofConv(in[0], in[1].Name(), weight)
			}
		case op.Reshape:
			if _, ok := in[0].Op().(op.LinearGrad); ok && n.Dims() == 4 {
				back := machine.Operands(in[0])
				if weight, ok := value(back[1]); ok && !m.known[in[0]] && in[0].Shape()[0] == n.Shape()[0] {
					mean, err = m.ofLinear(back[0], back[1].Name(), weight, n.Shape())
					return mean, 1, err
				}
			}
		}
	}
	mean, err = gorgonia.ApplyOp(op.NewGlobalAvgPool(), n)
	return mean, 1, err
}

// ofConv is the mean of a 1x1 convolution's gradient: the same combination of the
// means of the gradient that comes back to it.
func (m *means) ofConv(gradient *gorgonia.Node, name string, weight *tensor.Dense) (*gorgonia.Node, float64, error) {
	mean, factor, err := m.find(gradient)
	if err != nil {
		return nil, 0, err
	}
	from, to := weight.Shape()[0], weight.Shape()[1]
	if mean, err = gorgonia.ApplyOp(op.NewReshape(4, tensor.Shape{mean.Shape()[0], from}), mean); err != nil {
		return nil, 0, err
	}
	matrix := tensor.New(tensor.WithShape(from, to), tensor.WithBacking(floats(weight)))
	mean, err = m.linear(mean, name+" as a matrix", matrix)
	return mean, factor, err
}

// ofLinear is the mean of a linear layer's gradient of shape N x C x H x W: that of
// a layer whose weights are the means.
func (m *means) ofLinear(gradient *gorgonia.Node, name string, weight *tensor.Dense, shape tensor.Shape) (*gorgonia.Node, error) {
	name = fmt.Sprintf("%s averaged over %dx%d", name, shape[2], shape[3])
	averaged, _ := m.folds.once(name, func() [2]*tensor.Dense {
		return [2]*tensor.Dense{averaged(weight, shape[1], shape[2]*shape[3])}
	})
	return m.linear(gradient, name, averaged)
}

// linear is a linear layer's gradient, of N x K, as N x C x 1 x 1.
func (m *means) linear(gradient *gorgonia.Node, name string, weight *tensor.Dense) (*gorgonia.Node, error) {
	w := gorgonia.NewTensor(m.graph, tensor.Float32, 2, gorgonia.WithName(name), gorgonia.WithShape(weight.Shape()...), gorgonia.WithValue(weight))
	back, err := gorgonia.ApplyOp(op.NewLinearGrad(), gradient, w)
	if err != nil {
		return nil, err
	}
	return gorgonia.ApplyOp(op.NewReshape(2, tensor.Shape{back.Shape()[0], back.Shape()[1], 1, 1}), back)
}

// averaged is a matrix of K x channels*size with the mean of each size numbers of a
// row in their place. Of VGG-16's it takes as long as two ways back.
func averaged(weight *tensor.Dense, channels, size int) *tensor.Dense {
	rows := weight.Shape()[0]
	share := make([]float32, size)
	for i := range share {
		share[i] = 1 / float32(size)
	}
	out := make([]float32, rows*channels)
	var cores errgroup.Group
	cores.SetLimit(runtime.GOMAXPROCS(0))
	for row := range rows {
		cores.Go(func() error {
			blas32.Gemv(blas.NoTrans, 1,
				blas32.General{Rows: channels, Cols: size, Stride: size, Data: floats(weight)[row*channels*size:][:channels*size]},
				blas32.Vector{N: size, Inc: 1, Data: share}, 0,
				blas32.Vector{N: channels, Inc: 1, Data: out[row*channels:][:channels]})
			return nil
		})
	}
	_ = cores.Wait() // nothing of it fails
	return tensor.New(tensor.WithShape(rows, channels), tensor.WithBacking(out))
}

// pointwise tells whether a convolution has a kernel of one pixel and reads each.
func pointwise(o op.ConvGrad) bool {
	return o.Kernel == [2]int{1, 1} && o.Stride == [2]int{1, 1} && o.Pad == [4]int{} && o.Groups == 1 && !o.Scaled
}

// inside tells whether all windows of a pooling from x to y see a pixel of x.
func inside(w op.Window, x, y tensor.Shape) bool {
	if w.Dilation != [2]int{1, 1} {
		return false
	}
	for axis := range 2 {
		first := w.Kernel[axis] - 1 - w.Pad[axis]
		last := (y[2+axis]-1)*w.Stride[axis] - w.Pad[axis]
		if first < 0 || last >= x[2+axis] {
			return false
		}
	}
	return true
}

func pixels(n *gorgonia.Node) int { return n.Shape()[2] * n.Shape()[3] }

// value is a constant node's.
func value(n *gorgonia.Node) (*tensor.Dense, bool) {
	if n.Op() != nil {
		return nil, false
	}
	v, ok := n.Value().(*tensor.Dense)
	return v, ok
}
