package onnx

import (
	"math"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// Exporters write some activations as sums and products of simpler operators.
// The reader recognises them by their values: it computes the result of node i
// for many numbers and compares it with the functions that are kinds of layers.
// How the exporter has arranged the operators makes no difference.

// curves are the functions that are recognised.
var curves = []struct {
	kind models.Kind
	attr models.Attr
	at   func(x float64) float64
}{
	{kind: models.GELU, at: func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) }},
	{kind: models.GELUTanh, at: func(x float64) float64 {
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}},
	{kind: models.SiLU, at: func(x float64) float64 { return x * logistic(x) }},
	{kind: models.Sigmoid, at: logistic},
	{kind: models.HardSwish, at: func(x float64) float64 { return x * unit(x/6+0.5) }},
	{kind: models.HardSigmoid, attr: models.Attr{Alpha: 1.0 / 6, Beta: 0.5}, at: func(x float64) float64 { return unit(x/6 + 0.5) }},
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func unit(x float64) float64 { return max(0, min(1, x)) }

// The numbers at which functions are compared, and how far their values may
// differ: less than the two GELUs differ, more than constants of half precision
// cause.
const (
	probeFrom, probeTo, probeStep = -8, 8, 0.171875
	probeClose                    = 1e-4
)

// mostFused is the most nodes that an activation may consist of.
const mostFused = 16

// fuseActivation finds the activation that node i ends.
func (b *builder) fuseActivation(i int) *fusion {
	seen := map[string]bool{}
	queue := append([]string(nil), b.graph.Node[i].Input...)
	for k := 0; k < len(queue) && k < 2*mostFused; k++ {
		root := queue[k]
		if seen[root] || b.initializers[root] != nil {
			continue
		}
		seen[root] = true
		e := &expression{b: b, root: root, inner: map[int]bool{}}
		if f := e.recognise(i); f != nil {
			return f
		}
		if j, ok := b.makers[root]; ok {
			queue = append(queue, b.graph.Node[j].Input...)
		}
	}
	return nil
}

// expression is the part of the graph that computes a value from a single other
// one, the root.
type expression struct {
	b     *builder
	root  string
	inner map[int]bool
}

// recognise finds the activation that node i computes of the root.
func (e *expression) recognise(i int) *fusion {
	fits := make([]bool, len(curves))
	for j := range fits {
		fits[j] = true
	}
	for x := probeFrom + 0.01; x <= probeTo; x += probeStep {
		y, ok := e.node(i, x, map[string]float64{e.root: x})
		if !ok || len(e.inner) < 2 {
			return nil
		}
		left := false
		for j, c := range curves {
			fits[j] = fits[j] && math.Abs(y-c.at(x)) <= probeClose
			left = left || fits[j]
		}
		if !left {
			return nil
		}
	}
	for j, c := range curves {
		if fits[j] {
			f := &fusion{reads: []string{e.root}, lower: func(b *builder, n *node) error { return b.curve(n, c.kind, c.attr) }}
			for k := range e.inner {
				if k != i {
					f.inner = append(f.inner, k)
				}
			}
			return f
		}
	}
	return nil
}

// value computes the value called name for a root of x. A node before node
// limit must make it.
func (e *expression) value(name string, limit int, x float64, have map[string]float64) (float64, bool) {
	if y, ok := have[name]; ok {
		return y, true
	}
	if y, ok := e.b.scalar(name); ok {
		return y, true
	}
	i, ok := e.b.makers[name]
	if !ok || i >= limit {
		return 0, false
	}
	y, ok := e.node(i, x, have)
	have[name] = y
	return y, ok
}

// node computes the result of node i for a root of x.
func (e *expression) node(i int, x float64, have map[string]float64) (float64, bool) {
	e.inner[i] = true
	p := e.b.graph.Node[i]
	if len(e.inner) > mostFused || !ownDomain(p.Domain) || len(p.Input) == 0 || len(p.Input) > 3 {
		return 0, false
	}
	var in [3]float64
	given := 0
	for k, name := range p.Input {
		if name == "" && p.OpType == "Clip" {
			in[k] = math.Inf(2*k - 3)
			given++
			continue
		}
		y, ok := e.value(name, i, x, have)
		if !ok {
			return 0, false
		}
		in[k] = y
		given++
	}
	return pointwise(p, in, given)
}

// pointwise computes an operator for given numbers. ok is false where the
// operator does not work on each number by itself.
func pointwise(p *onnxpb.NodeProto, in [3]float64, given int) (y float64, ok bool) {
	n := newNode(p)
	if given == 2 {
		switch p.OpType {
		case "Add":
			return in[0] + in[1], true
		case "Sub":
			return in[0] - in[1], true
		case "Mul":
			return in[0] * in[1], true
		case "Div":
			return in[0] / in[1], true
		case "Pow":
			return math.Pow(in[0], in[1]), true
		case "Min":
			return min(in[0], in[1]), true
		case "Max":
			return max(in[0], in[1]), true
		}
	}
	if p.OpType == "Clip" {
		if given < 2 {
			in[1] = n.float("min", math.Inf(-1))
		}
		if given < 3 {
			in[2] = n.float("max", math.Inf(1))
		}
		return max(in[1], min(in[2], in[0])), true
	}
	if given != 1 {
		return 0, false
	}
	switch p.OpType {
	case "Erf":
		return math.Erf(in[0]), true
	case "Tanh":
		return math.Tanh(in[0]), true
	case "Sigmoid":
		return logistic(in[0]), true
	case "HardSigmoid":
		return unit(n.float("alpha", 0.2)*in[0] + n.float("beta", 0.5)), true
	case "Exp":
		return math.Exp(in[0]), true
	case "Neg":
		return -in[0], true
	case "Relu":
		return max(0, in[0]), true
	case "Identity", "Cast":
		return in[0], true
	}
	return 0, false
}
