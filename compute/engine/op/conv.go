package op

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/models"
)

// Window is the geometry of a kernel sliding over the spatial axes, each pair
// in rows and columns, the padding top, left, bottom, right.
type Window struct {
	Kernel, Stride, Dilation [2]int
	Pad                      [4]int
	// Ceil lets a last window hang over the padded end.
	Ceil bool
}

// WindowOf is the geometry in a layer's attributes.
func WindowOf(a models.Attr) Window {
	return Window{Kernel: a.Kernel, Stride: a.Stride, Dilation: a.Dilation, Pad: a.Pad, Ceil: a.Ceil}
}

// output returns the height and width of the output for an input of x.
func (w Window) output(x tensor.Shape) (sides [2]int, err error) {
	for axis := range sides {
		n, ok := models.OutputSide(x[2+axis], w.Kernel[axis], w.Stride[axis], w.Dilation[axis], w.Pad[axis], w.Pad[axis+2], w.Ceil)
		if !ok {
			return sides, fmt.Errorf("kernel %v does not fit %v", w.Kernel, x)
		}
		sides[axis] = n
	}
	return sides, nil
}

// pooled is the output's shape of an operation that slides over each channel
// of its only input.
func (w Window) pooled(o fmt.Stringer, sizers []gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	sides, err := w.output(s[0])
	if err != nil {
		return nil, fmt.Errorf("%v: %w", o, err)
	}
	return tensor.Shape{s[0][0], s[0][1], sides[0], sides[1]}, nil
}

// Conv is a two-dimensional cross-correlation of x (N x C x H x W) with a
// weight (K x C/Groups x R x S), where Scaled is set multiplied by a scale (K),
// plus a bias (K), plus, where Residual is set, a tensor of the output's shape;
// then the activation. Inputs: x, weight, bias, the scale and the residual.
type Conv struct {
	signature
	Window
	Groups     int
	Activation Activation
	Residual   bool
	Scaled     bool
}

// NewConv makes a convolution.
func NewConv(w Window, groups int, act Activation, residual bool) Conv {
	in := []int{4, 4, 1}
	if residual {
		in = append(in, 4)
	}
	text := fmt.Sprintf("Conv%+v groups=%d activation=%v residual=%t", w, groups, act, residual)
	return Conv{signature{text, in, 4}, w, groups, act, residual, false}
}

// WithScale is the convolution with a scale for each output channel as one more
// input: what a batch normalisation multiplies by, kept apart from the weight
// so that no copy of that is needed.
func (o Conv) WithScale() Conv {
	o.text, o.in = o.text+" scaled", slices.Insert(slices.Clone(o.in), 3, 1)
	o.Scaled = true
	return o
}

// InferShape checks x, weight, bias and residual against each other.
func (o Conv) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, o.Arity())
	if err != nil {
		return nil, err
	}
	x, w := s[0], s[1]
	if x[1] != w[1]*o.Groups || w[0]%o.Groups != 0 || s[2][0] != w[0] || w[2] != o.Kernel[0] || w[3] != o.Kernel[1] {
		return nil, fmt.Errorf("%v: weight %v and bias %v do not fit %v", o, w, s[2], x)
	}
	if o.Scaled && s[3][0] != w[0] {
		return nil, fmt.Errorf("%v: scale %v does not fit weight %v", o, s[3], w)
	}
	sides, err := o.output(x)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", o, err)
	}
	out := tensor.Shape{x[0], w[0], sides[0], sides[1]}
	if residual := s[len(s)-1]; o.Residual && !residual.Eq(out) {
		return nil, fmt.Errorf("%v: residual %v added to %v", o, residual, out)
	}
	return out, nil
}

// Do convolves as a matrix product of the weight with the unrolled picture.
func (o Conv) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		u := o.unrolling(in[0].Shape(), in[1].Shape(), out)
		x, w, bias := floats(in[0]), floats(in[1]), floats(in[2])
		columns := make([]float32, u.rows*u.pixels)
		for n := range u.batch {
			for g := range o.Groups {
				u.unroll(columns, u.group(x, n, g, u.inChannels, u.inPixels()))
				y := u.group(dst, n, g, u.outChannels, u.pixels)
				weight := blas32.General{Rows: u.outChannels, Cols: u.rows, Stride: u.rows, Data: w[g*u.outChannels*u.rows:]}
				blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, weight, general(columns, u.rows, u.pixels), 0, general(y, u.outChannels, u.pixels))
			}
		}
		var residual, scale []float32
		if o.Scaled {
			scale = floats(in[3])
		}
		if o.Residual {
			residual = floats(in[len(in)-1])
		}
		for i := range dst {
			channel := i / u.pixels % out[1]
			if o.Scaled {
				dst[i] *= scale[channel]
			}
			dst[i] += bias[channel]
			if o.Residual {
				dst[i] += residual[i]
			}
			dst[i] = o.Activation.Of(dst[i])
		}
	})
}

// DiffWRT says that x and the residual have a derivative.
func (o Conv) DiffWRT(inputs int) []bool {
	diff := o.signature.DiffWRT(inputs)
	if o.Residual {
		diff[inputs-1] = true
	}
	return diff
}

// SymDiff sends the gradient back through the activation, and from there to x
// by the transposed convolution and to the residual as it is.
func (o Conv) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grad, err := o.Activation.before(output, grad)
	if err != nil {
		return nil, err
	}
	transposed, in := NewConvGrad(o.Window, o.Groups, inputs[0].Shape()), gorgonia.Nodes{grad, inputs[1]}
	if o.Scaled {
		transposed, in = transposed.WithScale(), append(in, inputs[3])
	}
	back, err := gorgonia.ApplyOp(transposed, in...)
	grads, err := only(back, err, len(inputs))
	if err == nil && o.Residual {
		grads[len(grads)-1] = grad
	}
	return grads, err
}

// ConvGrad is the derivative of a convolution by its input: the gradient of
// the output (N x K x P x Q), where Scaled is set multiplied by a scale (K),
// convolved back with the weight. Inputs: gradient, weight and the scale.
type ConvGrad struct {
	signature
	Window
	Groups int
	Scaled bool
	// Input is the shape of the convolution's input, which the output's shape
	// alone does not determine.
	Input tensor.Shape
}

// NewConvGrad makes the derivative of a convolution of an input of that shape.
func NewConvGrad(w Window, groups int, input tensor.Shape) ConvGrad {
	text := fmt.Sprintf("ConvGrad%+v groups=%d input=%v", w, groups, input)
	return ConvGrad{signature{text, []int{4, 4}, 4}, w, groups, false, input.Clone()}
}

// WithScale is the derivative of a convolution that has a scale, its last
// input.
func (o ConvGrad) WithScale() ConvGrad {
	o.text, o.in = o.text+" scaled", []int{4, 4, 1}
	o.Scaled = true
	return o
}

// InferShape is the convolution's input shape.
func (o ConvGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, o.Arity())
	if err != nil {
		return nil, err
	}
	if o.Scaled && s[2][0] != s[1][0] {
		return nil, fmt.Errorf("%v: scale %v does not fit weight %v", o, s[2], s[1])
	}
	sides, err := o.output(o.Input)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", o, err)
	}
	if want := (tensor.Shape{o.Input[0], s[1][0], sides[0], sides[1]}); !s[0].Eq(want) {
		return nil, fmt.Errorf("%v: gradient %v, not %v", o, s[0], want)
	}
	return o.Input.Clone(), nil
}

// Do multiplies by the transposed weight and rolls the columns up again.
func (o ConvGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		u := Conv{Window: o.Window, Groups: o.Groups}.unrolling(out, in[1].Shape(), in[0].Shape())
		dy, w := floats(in[0]), floats(in[1])
		if o.Scaled {
			scale := floats(in[2])
			dy = slices.Clone(dy)
			for i := range dy {
				dy[i] *= scale[i/u.pixels%len(scale)]
			}
		}
		columns := make([]float32, u.rows*u.pixels)
		for n := range u.batch {
			for g := range o.Groups {
				y := u.group(dy, n, g, u.outChannels, u.pixels)
				weight := blas32.General{Rows: u.outChannels, Cols: u.rows, Stride: u.rows, Data: w[g*u.outChannels*u.rows:]}
				blas32.Gemm(blas.Trans, blas.NoTrans, 1, weight, general(y, u.outChannels, u.pixels), 0, general(columns, u.rows, u.pixels))
				u.roll(u.group(dst, n, g, u.inChannels, u.inPixels()), columns)
			}
		}
	})
}

func general(data []float32, rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

// unrolling is a convolution seen as a matrix product: a row for each channel
// of a group and kernel position, a column for each output pixel.
type unrolling struct {
	Window
	batch, groups           int
	inChannels, outChannels int // of one group
	height, width           int
	outHeight, outWidth     int
	rows, pixels            int
}

func (o Conv) unrolling(x, w, y tensor.Shape) unrolling {
	return unrolling{
		Window: o.Window, batch: x[0], groups: o.Groups,
		inChannels: w[1], outChannels: w[0] / o.Groups,
		height: x[2], width: x[3], outHeight: y[2], outWidth: y[3],
		rows: w[1] * w[2] * w[3], pixels: y[2] * y[3],
	}
}

func (u unrolling) inPixels() int { return u.height * u.width }

// group is the part of data that belongs to picture n and group g.
func (u unrolling) group(data []float32, n, g, channels, pixels int) []float32 {
	size := channels * pixels
	return data[(n*u.groups+g)*size:][:size]
}

// each calls f for every element of the unrolled matrix that lies inside the
// picture, with its index there and in x.
func (u unrolling) each(f func(column, x int)) {
	for row := range u.rows {
		c, r := row/(u.Kernel[0]*u.Kernel[1]), row%(u.Kernel[0]*u.Kernel[1])
		dy, dx := r/u.Kernel[1]*u.Dilation[0]-u.Pad[0], r%u.Kernel[1]*u.Dilation[1]-u.Pad[1]
		for p := range u.outHeight {
			y := p*u.Stride[0] + dy
			if y < 0 || y >= u.height {
				continue
			}
			for q := range u.outWidth {
				if x := q*u.Stride[1] + dx; x >= 0 && x < u.width {
					f(row*u.pixels+p*u.outWidth+q, (c*u.height+y)*u.width+x)
				}
			}
		}
	}
}

func (u unrolling) unroll(columns, x []float32) {
	clear(columns)
	u.each(func(i, j int) { columns[i] = x[j] })
}

func (u unrolling) roll(x, columns []float32) {
	u.each(func(i, j int) { x[j] += columns[i] })
}

// SymDiff convolves the gradient: what takes a gradient back is linear, and the
// derivative of its transpose is the convolution itself, without bias.
func (o ConvGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	conv, in := NewConv(o.Window, o.Groups, NoActivation, false), gorgonia.Nodes{grad, inputs[1], zeros(grad.Graph(), inputs[1].Shape()[0])}
	if o.Scaled {
		conv, in = conv.WithScale(), append(in, inputs[2])
	}
	ahead, err := gorgonia.ApplyOp(conv, in...)
	return only(ahead, err, len(inputs))
}

// zeros is a bias that adds nothing.
func zeros(g *gorgonia.ExprGraph, n int) *gorgonia.Node {
	value := tensor.New(tensor.WithShape(n), tensor.WithBacking(make([]float32, n)))
	return gorgonia.NewVector(g, tensor.Float32, gorgonia.WithName(fmt.Sprintf("%d zeros", n)), gorgonia.WithShape(n), gorgonia.WithValue(value))
}
