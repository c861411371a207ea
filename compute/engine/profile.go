package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/lower"
	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// Direction tells an operation of the forward pass from one of the backward
// pass.
type Direction string

// The two directions.
const (
	Forward  Direction = "forward"
	Backward Direction = "backward"
)

// OperationTime is what one operation of a run takes.
type OperationTime struct {
	// Layer is the layer that the operation computes or, on the way back, whose
	// output's gradient it takes further. A convolution has its own name,
	// whatever was fused into it.
	Layer string
	// Operation says what is done: "Conv 3x3/2".
	Operation string
	Direction Direction
	// Seconds is the median over several runs.
	Seconds float64
	// MACs counts the multiply-adds of convolutions, linear layers and their
	// gradients by definition, whatever algorithm computes them and whatever
	// zeros it skips; biases are not counted. 0 for other operations.
	MACs int64
}

// profileRuns is how often Profile times each operation.
const profileRuns = 9

// Profile runs the network as Run would, several times, and returns the times
// of its operations in the order in which they are computed. What needs no
// computing is not listed.
func (e *Engine) Profile(ctx context.Context, layers []string, req Request) (rows []OperationTime, err error) {
	if err := errors.Join(e.checkLayers(layers), e.check([]Request{req})); err != nil {
		return nil, e.named(err)
	}
	err = e.hold(ctx, false, func() (err error) {
		rows, err = e.profile(ctx, layers, req)
		return err
	})
	return rows, err
}

func (e *Engine) profile(ctx context.Context, layers []string, req Request) ([]OperationTime, error) {
	again := func() error {
		// Another tensor is another picture: nothing is reused.
		req.Input = req.Input.ShallowClone()
		_, err := e.pass(ctx, layers, []Request{req}, func(int, *Pass) error { return nil })
		return err
	}
	if err := again(); err != nil {
		return nil, err
	}
	p, err := e.passProgram(layers, 1)
	if err != nil {
		return nil, err
	}
	p.machine.Time(true)
	defer p.machine.Time(false)
	timings := p.machine.Timings()
	elapsed := make([][]time.Duration, len(timings))
	for range profileRuns {
		if err := again(); err != nil {
			return nil, err
		}
		for i, t := range p.machine.Timings() {
			elapsed[i] = append(elapsed[i], t.Elapsed)
		}
	}
	rows := describe(p.graph, timings)
	for i, times := range elapsed {
		slices.Sort(times)
		rows[i].Seconds = times[len(times)/2].Seconds()
	}
	return rows, nil
}

// describe makes a row for each operation, without its time.
func describe(g *lower.Graph, timings []machine.Timing) []OperationTime {
	ahead := make(map[*gorgonia.Node]bool)
	var visit func(*gorgonia.Node)
	visit = func(n *gorgonia.Node) {
		if !ahead[n] {
			ahead[n] = true
			for _, in := range machine.Operands(n) {
				visit(in)
			}
		}
	}
	visit(g.Logits)
	for _, tap := range g.Taps {
		visit(tap)
	}
	rows := make([]OperationTime, len(timings))
	for i, t := range timings {
		rows[i] = OperationTime{Operation: operationText(t.Node), MACs: macs(t.Node)}
		if ahead[t.Node] {
			rows[i].Layer, rows[i].Direction = layerOf(t.Node), Forward
		} else {
			rows[i].Layer, rows[i].Direction = layerBehind(t.Node), Backward
		}
	}
	return rows
}

// layerOf names the layer that a node of the way to the logits computes: that
// of its parameters, or else its own name.
func layerOf(n *gorgonia.Node) string {
	if _, ok := n.Op().(op.Tap); ok {
		return layerOf(machine.Operands(n)[0])
	}
	if layer, ok := parameterLayer(n); ok {
		return layer
	}
	return n.Name()
}

// layerBehind names the layer from whose output's gradient a node of the way
// back starts.
func layerBehind(n *gorgonia.Node) string {
	if layer, ok := parameterLayer(n); ok {
		return layer
	}
	if _, ok := n.Op().(gorgonia.BinaryOp); ok {
		return layerOfSum(n)
	}
	for _, in := range machine.Operands(n) {
		if of := in.DerivOf(); len(of) > 0 {
			return layerOf(of[0])
		}
	}
	// One of several operations that a gradient is made by.
	for _, in := range machine.Operands(n) {
		if in.Op() != nil {
			return layerBehind(in)
		}
	}
	return n.Name()
}

// layerOfSum names the layer of which a sum is the gradient, or a part of it
// where there are more than two terms.
func layerOfSum(n *gorgonia.Node) string {
	if of := n.DerivOf(); len(of) > 0 {
		return layerOf(of[0])
	}
	for readers := n.Graph().To(n.ID()); readers.Next(); {
		return layerOfSum(readers.Node().(*gorgonia.Node))
	}
	return n.Name()
}

// parameterLayer names the layer whose parameters n reads, if it reads any:
// lowering calls them by the layer's name and their own.
func parameterLayer(n *gorgonia.Node) (layer string, ok bool) {
	for _, in := range machine.Operands(n) {
		for _, suffix := range []string{".weight", ".scale"} {
			if layer, ok := strings.CutSuffix(in.Name(), suffix); ok && in.Op() == nil {
				return layer, true
			}
		}
	}
	return "", false
}

// operationText says what a node computes: the operation's name, its kernel
// and stride, and its groups.
func operationText(n *gorgonia.Node) string {
	var w op.Window
	groups := 1
	switch o := n.Op().(type) {
	case op.Conv:
		w, groups = o.Window, o.Groups
	case op.ConvGrad:
		w, groups = o.Window, o.Groups
	case op.MaxPool:
		w = o.Window
	case op.MaxPoolGrad:
		w = o.Window
	case gorgonia.BinaryOp:
		return "Sum"
	}
	text := strings.TrimPrefix(fmt.Sprintf("%T", n.Op()), "op.")
	if w.Kernel[0] > 0 {
		text += fmt.Sprintf(" %dx%d", w.Kernel[0], w.Kernel[1])
	}
	if w.Stride[0] > 1 {
		text += fmt.Sprintf("/%d", w.Stride[0])
	}
	if groups > 1 {
		text += fmt.Sprintf(" (%d groups)", groups)
	}
	return text
}

// macs counts the multiply-adds of a node.
func macs(n *gorgonia.Node) int64 {
	var outputs *gorgonia.Node
	switch n.Op().(type) {
	case op.Conv, op.Linear:
		outputs = n
	case op.ConvGrad, op.LinearGrad:
		outputs = machine.Operands(n)[0]
	default:
		return 0
	}
	weight := machine.Operands(n)[1].Shape()
	return int64(outputs.Shape().TotalSize()) * int64(tensor.Shape(weight[1:]).TotalSize())
}

// peakProducts are the products that Peak tries: channels and pixels a side.
// The weights fit into the second cache, so that arithmetic is the limit.
var peakProducts = [][2]int{{128, 48}, {192, 48}, {256, 24}, {256, 48}}

// Peak measures the highest rate at which a device multiplies matrices of
// float32, in floating-point operations a second: two for each multiply-add.
// It takes some tenths of a second.
func Peak(ctx context.Context, opt Options) (flops float64, err error) {
	_, opened, err := known().open(opt)
	if err != nil {
		return 0, err
	}
	defer func() {
		if e := opened.Close(); err == nil {
			err = e
		}
	}()
	for _, p := range peakProducts {
		rate, err := productRate(ctx, opened.Device, p[0], p[1])
		if err != nil {
			return 0, fmt.Errorf("measuring the peak: %w", err)
		}
		flops = max(flops, rate)
	}
	return flops, nil
}

// productRate is the highest rate, in many repetitions, of a product of square
// weights with pixels: a convolution of 1x1.
func productRate(ctx context.Context, on machine.Device, channels, side int) (flops float64, err error) {
	const lasting, least = 50 * time.Millisecond, 5
	g := gorgonia.NewGraph()
	constant := func(name string, shape ...int) *gorgonia.Node {
		zeros := tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))
		return gorgonia.NewTensor(g, tensor.Float32, len(shape), gorgonia.WithName(name), gorgonia.WithShape(shape...), gorgonia.WithValue(zeros))
	}
	x := gorgonia.NewTensor(g, tensor.Float32, 4, gorgonia.WithName("x"), gorgonia.WithShape(1, channels, side, side))
	window := op.Window{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
	y, err := gorgonia.ApplyOp(op.NewConv(window, 1, op.NoActivation, false), x, constant("weight", channels, channels, 1, 1), constant("bias", channels))
	if err != nil {
		return 0, err
	}
	m, err := machine.New(on, gorgonia.Nodes{y})
	if err != nil {
		return 0, err
	}
	defer m.Close()
	pixels := make([]float32, channels*side*side)
	begin := time.Now()
	for i := 0; i < least || time.Since(begin) < lasting; i++ {
		// Setting the input makes the machine compute again.
		if err := m.Let(x, pixels); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := errors.Join(m.Run(ctx, 0), m.Wait()); err != nil {
			return 0, err
		}
		flops = max(flops, 2*float64(macs(y))/time.Since(start).Seconds())
	}
	return flops, nil
}
