package cpu

import (
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// Operations runs package op's operations with the kernels of a [Device]: it is
// the processor as a [machine.Device]. An operation that has no kernel here runs
// by its definition.
type Operations struct {
	cores     *Device
	algorithm Algorithm
	convs     map[convKey]*Conv
}

// convKey tells convolutions apart: those of one weight and shape, whatever the
// number of pictures, share their prepared weights, forward and back, in every
// machine on the device, until it is closed.
type convKey struct {
	weight, scale *float32
	geometry      Geometry
}

// Open makes the processor a device of that many threads; 0 means all. If exact
// is set, convolutions are sums of products only. Otherwise Winograd's algorithms
// compute some of them: they need a fraction of the time and round more.
func Open(threads int, exact bool) (*Operations, error) {
	cores, err := New(threads)
	if err != nil {
		return nil, preparing(err)
	}
	d := &Operations{cores: cores, convs: make(map[convKey]*Conv)}
	if exact {
		d.algorithm = Direct
	}
	return d, nil
}

// Close ends the device's threads.
func (d *Operations) Close() error { return d.cores.Close() }

// Kernel prepares an operation.
func (d *Operations) Kernel(o gorgonia.Op, out tensor.Shape, in []machine.Operand) (machine.Kernel, error) {
	switch o := o.(type) {
	case op.Conv:
		if in[1].Value != nil && (!o.Scaled || in[3].Value != nil) {
			return d.conv(o, out, in)
		}
	case op.ConvGrad:
		if in[1].Value != nil && (!o.Scaled || in[2].Value != nil) {
			return d.convGrad(o, out, in)
		}
	case op.Activate:
		act := activation(o.Activation)
		return func(dst []float32, in [][]float32) error {
			d.cores.Activate(dst, in[0], act)
			return nil
		}, nil
	case op.ActivateGrad:
		act := activation(o.Activation)
		return func(dst []float32, in [][]float32) error {
			d.cores.ActivateBackward(dst, in[1], in[0], act)
			return nil
		}, nil
	case op.MaxPool:
		p := pooling(o.Window, in[0].Shape, out)
		return func(dst []float32, in [][]float32) error {
			d.cores.MaxPool(dst, in[0], p)
			return nil
		}, nil
	case op.MaxPoolGrad:
		p := pooling(o.Window, out, in[1].Shape)
		return func(dst []float32, in [][]float32) error {
			d.cores.MaxPoolBackward(dst, in[1], in[0], p)
			return nil
		}, nil
	case op.AvgPool:
		p := pooling(o.Window, in[0].Shape, out)
		p.CountPad = o.CountPad
		return func(dst []float32, in [][]float32) error {
			d.cores.AvgPool(dst, in[0], p)
			return nil
		}, nil
	case op.AvgPoolGrad:
		p := pooling(o.Window, out, in[0].Shape)
		p.CountPad = o.CountPad
		return func(dst []float32, in [][]float32) error {
			d.cores.AvgPoolBackward(dst, in[0], p)
			return nil
		}, nil
	case op.GlobalAvgPool:
		planes, size := in[0].Shape[0]*in[0].Shape[1], in[0].Shape[2]*in[0].Shape[3]
		return func(dst []float32, in [][]float32) error {
			d.cores.GlobalAvgPool(dst, in[0], planes, size)
			return nil
		}, nil
	case op.Spread:
		planes, size := out[0]*out[1], out[2]*out[3]
		return func(dst []float32, in [][]float32) error {
			d.cores.GlobalAvgPoolBackward(dst, in[0], planes, size)
			return nil
		}, nil
	case op.Linear:
		batch, from, to := out[0], in[0].Shape[1], out[1]
		return func(dst []float32, in [][]float32) error {
			d.cores.Linear(dst, in[0], in[1], in[2], batch, from, to, None)
			return nil
		}, nil
	case op.LinearGrad:
		batch, from, to := out[0], out[1], in[0].Shape[1]
		return func(dst []float32, in [][]float32) error {
			d.cores.LinearBackward(dst, in[0], in[1], batch, from, to)
			return nil
		}, nil
	case op.ChannelSum:
		batch, channels, size, act := out[0], in[1].Shape[1], out[2]*out[3], activation(o.Activation)
		return func(dst []float32, in [][]float32) error {
			d.cores.ChannelSum(dst, in[0], in[1], batch, channels, size, act)
			return nil
		}, nil
	case op.Affine:
		batch, size, act := out[0], out[2]*out[3], activation(o.Activation)
		return func(dst []float32, in [][]float32) error {
			d.cores.ScaleShift(dst, in[0], in[1], in[2], batch, size, act)
			return nil
		}, nil
	case op.Scale:
		batch, size := out[0], out[2]*out[3]
		return func(dst []float32, in [][]float32) error {
			d.cores.ScaleShift(dst, in[0], in[1], nil, batch, size, None)
			return nil
		}, nil
	case op.Add:
		if alike(in) {
			return d.sum, nil
		}
	case op.Concat:
		return d.concat(out, in), nil
	case gorgonia.BinaryOp:
		// Backpropagate adds up gradients with gorgonia's own operation, whose
		// type it keeps to itself.
		if strings.HasPrefix(o.String(), "+ ") && in[0].Shape.Eq(in[1].Shape) {
			return d.sum, nil
		}
	}
	if k, err := d.attention(o, out, in); k != nil || err != nil {
		return k, err
	}
	for _, k := range []machine.Kernel{d.combine(o, out, in), d.rearrange(o, out, in), d.normal(o, out), d.function(o, out, in), d.tensors(o, out, in)} {
		if k != nil {
			return k, nil
		}
	}
	return machine.Reference{}.Kernel(o, out, in)
}

func activation(a op.Activation) Activation {
	if a == op.NoActivation {
		return None
	}
	return Clip(a.Limits())
}

func (d *Operations) sum(dst []float32, in [][]float32) error {
	a := in[0]
	for _, b := range in[1:] {
		d.cores.Add(dst, a, b, None)
		a = dst
	}
	return nil
}

func (d *Operations) conv(o op.Conv, out tensor.Shape, in []machine.Operand) (machine.Kernel, error) {
	var scale []float32
	if o.Scaled {
		scale = in[3].Value
	}
	c, err := d.prepared(geometry(o.Window, o.Groups, in[0].Shape, out), in[1].Value, scale)
	if err != nil {
		return nil, err
	}
	act := activation(o.Activation)
	return func(dst []float32, in [][]float32) error {
		var residual []float32
		if o.Residual {
			residual = in[len(in)-1]
		}
		c.Forward(dst, in[0], in[2], residual, act)
		return nil
	}, nil
}

func (d *Operations) convGrad(o op.ConvGrad, out tensor.Shape, in []machine.Operand) (machine.Kernel, error) {
	var scale []float32
	if o.Scaled {
		scale = in[2].Value
	}
	c, err := d.prepared(geometry(o.Window, o.Groups, out, in[0].Shape), in[1].Value, scale)
	if err != nil {
		return nil, err
	}
	return func(dst []float32, in [][]float32) error {
		c.Backward(dst, in[0])
		return nil
	}, nil
}

// prepared returns the convolution of that weight, scale or nil, and geometry.
func (d *Operations) prepared(g Geometry, weight, scale []float32) (*Conv, error) {
	key := convKey{weight: &weight[0], geometry: g}
	if scale != nil {
		key.scale = &scale[0]
	}
	if c, ok := d.convs[key]; ok {
		return c, nil
	}
	if g.Batch > 1 {
		single := g
		single.Batch = 1
		c, err := d.prepared(single, weight, scale)
		if err != nil {
			return nil, err
		}
		d.convs[key] = c.Batched(g.Batch)
		return d.convs[key], nil
	}
	algorithm := d.algorithm
	if algorithm == Auto && !machine.AcceptsRounding(g.InC, g.OutH, g.OutW) {
		algorithm = Careful
	}
	c, err := d.cores.NewConv(g, weight, scale, algorithm)
	if err != nil {
		return nil, err
	}
	d.convs[key] = c
	return c, nil
}

func geometry(w op.Window, groups int, x, y tensor.Shape) Geometry {
	return Geometry{
		Batch: x[0], InC: x[1], InH: x[2], InW: x[3], OutC: y[1], OutH: y[2], OutW: y[3],
		Kernel: w.Kernel, Stride: w.Stride, Dilation: w.Dilation, Pad: w.Pad, Groups: groups,
	}
}

func pooling(w op.Window, x, y tensor.Shape) Pooling {
	return Pooling{
		Batch: x[0], C: x[1], InH: x[2], InW: x[3], OutH: y[2], OutW: y[3],
		Kernel: w.Kernel, Stride: w.Stride, Dilation: w.Dilation, Pad: w.Pad,
	}
}
