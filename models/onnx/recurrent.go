package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// generalRecurrent has the recurrent networks. Their steps become layers one after the
// other.
var generalRecurrent = map[string]operator{
	"LSTM": (*builder).lstm,
	"GRU":  (*builder).gru,
	"RNN":  (*builder).rnn,
}

// mostSteps bounds the steps that become layers.
const mostSteps = 1024

// recurrence is what the three have in common: steps x batch x ins numbers, and for
// each direction the weights of so many gates, of the step's numbers and of what the
// step before it made.
type recurrence struct {
	*recipe
	n                         *node
	gates, hidden, directions int
	steps, pictures           int
	x                         *value
	weights, states           *constant
	biases                    *constant
	activations               []string
}

func (b *builder) recurrence(n *node, gates int, usual ...string) (*recurrence, error) {
	v, err := n.data(0)
	if err != nil {
		return nil, err
	}
	c := &recurrence{recipe: b.recipe(n), n: n, gates: gates, hidden: n.int("hidden_size", 0), directions: 1, x: v}
	if n.text("direction", "forward") == "bidirectional" {
		c.directions = 2
	}
	if n.int("layout", 0) != 0 {
		return nil, errors.New("with the batch first is not supported")
	}
	if n.has("clip") || n.has("activation_alpha") || n.int("input_forget", 0) != 0 {
		return nil, errors.New("with clip, input_forget or numbers of its activations is not supported")
	}
	c.activations = slices.Repeat(usual, c.directions)
	if a := n.attributes["activations"]; a != nil {
		if c.activations = nil; len(a.Strings) != len(usual)*c.directions {
			return nil, fmt.Errorf("has %d activations, not %d", len(a.Strings), len(usual)*c.directions)
		}
		for _, s := range a.Strings {
			c.activations = append(c.activations, strings.ToLower(string(s)))
		}
	}
	if c.weights, err = n.needed(1); err != nil {
		return nil, err
	}
	if c.states, err = n.needed(2); err != nil {
		return nil, err
	}
	if c.biases, err = n.constant(3); err != nil {
		return nil, err
	}
	shape := v.shape()
	if len(shape) != 3 || c.hidden < 1 {
		return nil, fmt.Errorf("an input of shape %v and %d hidden numbers are not supported", shape, c.hidden)
	}
	c.steps, c.pictures = shape[0], shape[1]
	if c.steps > mostSteps {
		return nil, fmt.Errorf("%d steps are more than %d", c.steps, mostSteps)
	}
	if lengths, err := n.constant(4); err != nil {
		return nil, err
	} else if lengths != nil {
		for i := range lengths.size() {
			if lengths.int(i) != int64(c.steps) {
				return nil, errors.New("sequences of different lengths are not supported")
			}
		}
	}
	wide := gates * c.hidden
	if !slices.Equal(c.weights.shape, []int{c.directions, wide, shape[2]}) || !slices.Equal(c.states.shape, []int{c.directions, wide, c.hidden}) ||
		c.biases != nil && !slices.Equal(c.biases.shape, []int{c.directions, 2 * wide}) {
		return nil, fmt.Errorf("weights of shapes %v and %v do not fit", c.weights.shape, c.states.shape)
	}
	return c, nil
}

// of is the part of a constant for a direction, from a row on.
func (c *recurrence) of(k *constant, direction, first, length int) *constant {
	if k == nil || c.err != nil {
		return nil
	}
	part, err := c.b.taken(k, 0, sequence{direction, 1, 1})
	if err != nil {
		c.err = err
		return nil
	}
	part = part.reshaped(k.shape[1:])
	if part, err = c.b.taken(part, 0, sequence{first, 1, length}); err != nil {
		c.err = err
	}
	return part
}

// begin is the state before the first step: input i, or zeros.
func (c *recurrence) begin(i, direction int) *value {
	v := c.n.input(i)
	if v == nil {
		n := c.pictures * c.hidden
		return &value{name: c.called("zeros"), known: &constant{shape: []int{c.pictures, c.hidden}, floats: make([]float32, n)}}
	}
	if v.known != nil {
		return &value{name: v.name, known: c.of(v.known.reshaped([]int{c.directions, c.pictures * c.hidden}), direction, 0, c.pictures*c.hidden).reshaped([]int{c.pictures, c.hidden})}
	}
	return c.view(c.slice("begin", v, 0, direction, 1), c.pictures, c.hidden)
}

// apply adds an activation.
func (c *recurrence) apply(step string, i int, v *value) *value {
	kinds := map[string]models.Kind{"sigmoid": models.Sigmoid, "tanh": models.Tanh, "relu": models.ReLU, "softsign": models.Softsign, "softplus": models.Softplus}
	kind, ok := kinds[c.activations[i]]
	if !ok {
		return c.done(nil, fmt.Errorf("its activation %q is not supported", c.activations[i]))
	}
	return c.function(step, kind, v)
}

// product multiplies what a step made by the states' weights. What is known, at the
// beginning, stays known where it is 0.
func (c *recurrence) times(step string, h *value, weights, bias *constant) *value {
	if c.err != nil {
		return nil
	}
	if h.known != nil {
		m := &node{NodeProto: c.n.NodeProto, attributes: map[string]*onnxpb.AttributeProto{"transB": {I: 1}}, in: []*value{h, {known: weights}}}
		out, err := c.b.productKnown(m, h.known)
		if err == nil && bias != nil {
			out, err = c.b.pair("Add", out, bias)
		}
		return c.done(&value{name: c.called(step), known: out}, err)
	}
	return c.linear(step, h, weights, bias)
}

// run goes over the steps of each direction. step makes the states after a step from
// the products of its numbers and the states before it; the first state is the result.
func (c *recurrence) run(states int, bias func(direction int) *constant, step func(name string, direction int, in *value, before []*value) []*value) error {
	var directions []*value
	last := make([][]*value, states)
	for d := range c.directions {
		name := fmt.Sprint("direction", d)
		all := c.linear(name, c.x, c.of(c.weights, d, 0, c.gates*c.hidden), bias(d))
		before := make([]*value, states)
		for i := range before {
			before[i] = c.begin(5+i, d)
		}
		made := make([]*value, c.steps)
		for k := range c.steps {
			if c.err != nil {
				return c.err
			}
			at := k
			if d == 1 || c.n.text("direction", "forward") == "reverse" {
				at = c.steps - 1 - k
			}
			as := fmt.Sprintf("%s/step%d", name, at)
			in := c.view(c.slice(as, all, 0, at, 1), c.pictures, c.gates*c.hidden)
			if before = step(as, d, in, before); c.err != nil {
				return c.err
			}
			made[at] = c.view(before[0], 1, 1, c.pictures, c.hidden)
		}
		for i, v := range before {
			last[i] = append(last[i], c.view(v, 1, c.pictures, c.hidden))
		}
		if c.err != nil {
			return c.err
		}
		if c.wanted(0) {
			directions = append(directions, c.done(c.b.joined(c.called(name+"/all"), made, 0)))
		}
	}
	for i, list := range last {
		if !c.wanted(1+i) || c.err != nil {
			continue
		}
		out := c.done(c.b.joined(c.n.Output[1+i], list, 0))
		if c.err == nil {
			c.b.set(c.n.Output[1+i], &value{layer: out.layer, layout: out.layout})
		}
	}
	if c.err != nil || !c.wanted(0) {
		return c.err
	}
	return c.give(c.done(c.b.joined(c.called(""), directions, 1)))
}

// wanted reports whether something reads a result.
func (c *recurrence) wanted(i int) bool {
	return i < len(c.n.Output) && c.n.Output[i] != "" && c.b.readers[c.n.Output[i]] > 0
}

// bothBiases is the sum of the biases of both products.
func (c *recurrence) bothBiases(direction int) *constant {
	if c.biases == nil {
		return nil
	}
	wide := c.gates * c.hidden
	sum, err := c.b.pair("Add", c.of(c.biases, direction, 0, wide), c.of(c.biases, direction, wide, wide))
	if c.err == nil {
		c.err = err
	}
	return sum
}

// gate is one of those of a step.
func (c *recurrence) gate(step string, v *value, i int) *value {
	if c.err != nil {
		return nil
	}
	return c.slice(step, v, 1, i*c.hidden, c.hidden)
}

func (b *builder) rnn(n *node) error {
	c, err := b.recurrence(n, 1, "tanh")
	if err != nil {
		return err
	}
	return c.run(1, c.bothBiases, func(name string, d int, in *value, before []*value) []*value {
		h := c.times(name+"/state", before[0], c.of(c.states, d, 0, c.hidden), nil)
		return []*value{c.apply(name+"/out", d, c.pair(name+"/sum", models.Add, in, h))}
	})
}

// lstm has the gates input, output, forget and cell.
func (b *builder) lstm(n *node) error {
	c, err := b.recurrence(n, 4, "sigmoid", "tanh", "tanh")
	if err != nil {
		return err
	}
	if n.input(7) != nil {
		return errors.New("with peepholes is not supported")
	}
	return c.run(2, c.bothBiases, func(name string, d int, in *value, before []*value) []*value {
		h := c.times(name+"/state", before[0], c.of(c.states, d, 0, 4*c.hidden), nil)
		sum := c.pair(name+"/sum", models.Add, in, h)
		gate := func(what string, i, activation int) *value {
			return c.apply(name+"/"+what, 3*d+activation, c.gate(name+"/"+what+"/sum", sum, i))
		}
		input, output, forget, cell := gate("input", 0, 0), gate("output", 1, 0), gate("forget", 2, 0), gate("cell", 3, 1)
		kept := c.pair(name+"/kept", models.Mul, forget, before[1])
		next := c.pair(name+"/next", models.Add, kept, c.pair(name+"/new", models.Mul, input, cell))
		return []*value{c.pair(name+"/out", models.Mul, output, c.apply(name+"/shown", 3*d+2, next)), next}
	})
}

// gru has the gates update, reset and hidden.
func (b *builder) gru(n *node) error {
	c, err := b.recurrence(n, 3, "sigmoid", "tanh")
	if err != nil {
		return err
	}
	after := n.int("linear_before_reset", 0) != 0
	wide := 3 * c.hidden
	// The reset applies to the bias of the hidden gate's state, if it comes after.
	bias := func(d int) *constant {
		if c.biases == nil {
			return nil
		}
		both := c.bothBiases(d)
		if c.err != nil || !after {
			return both
		}
		own := c.of(c.biases, d, 0, wide)
		first, err := c.b.taken(both, 0, sequence{0, 1, 2 * c.hidden})
		if err != nil {
			c.err = err
			return nil
		}
		return c.appended(first, own, 2*c.hidden)
	}
	return c.run(1, bias, func(name string, d int, in *value, before []*value) []*value {
		two := c.times(name+"/state", before[0], c.of(c.states, d, 0, 2*c.hidden), nil)
		sum := c.pair(name+"/sum", models.Add, c.slice(name+"/gates", in, 1, 0, 2*c.hidden), two)
		update := c.apply(name+"/update", 2*d, c.gate(name+"/update/sum", sum, 0))
		reset := c.apply(name+"/reset", 2*d, c.gate(name+"/reset/sum", sum, 1))
		own := c.of(c.states, d, 2*c.hidden, c.hidden)
		var hidden *value
		if after {
			hidden = c.pair(name+"/past", models.Mul, reset, c.times(name+"/hidden/state", before[0], own, c.of(c.biases, d, wide+2*c.hidden, c.hidden)))
		} else {
			hidden = c.times(name+"/past", c.pair(name+"/kept", models.Mul, reset, before[0]), own, nil)
		}
		hidden = c.apply(name+"/hidden", 2*d+1, c.pair(name+"/hidden/sum", models.Add, c.gate(name+"/in", in, 2), hidden))
		// (1 - update) hidden + update before
		change := c.pair(name+"/change", models.Mul, update, c.pair(name+"/difference", models.Sub, before[0], hidden))
		return []*value{c.pair(name+"/out", models.Add, hidden, change)}
	})
}

// appended is first followed by what own has from a place on.
func (c *recurrence) appended(first, own *constant, from int) *constant {
	out := &constant{shape: own.shape, floats: make([]float32, own.size())}
	for i := range out.floats {
		if i < from {
			out.floats[i] = float32(first.at(i))
		} else {
			out.floats[i] = float32(own.at(i))
		}
	}
	return out
}
