package lower

import (
	"errors"
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/models"
)

// Attention is the graph of a network for one picture with the weights of its
// attention layers, which the network itself never has all at once.
type Attention struct {
	Graph
	// Weights are those with which tokens read each other, heads x tokens x tokens for
	// each layer, and Slopes the target's derivatives by them: nil where the logits do
	// not depend on the layer, or where nobody asked.
	Weights, Slopes gorgonia.Nodes
	// Read is the derivative of the logits along the seed by the last layer's output,
	// 1 x channels x H x W: zero for tokens that nothing reads afterwards.
	Read *gorgonia.Node
}

// NewAttention makes that graph for attention layers without windows. With slopes,
// the name of an output for each of them, that output along the seed is differentiated by
// the layer's weights.
func NewAttention(net *models.Network, layers, slopes []string, f *Folds) (*Attention, error) {
	l := newLowering(net, 1, f)
	g, err := l.forward(layers)
	if err != nil {
		return nil, err
	}
	a := &Attention{Graph: *g, Slopes: make(gorgonia.Nodes, len(layers))}
	for _, name := range layers {
		w, err := l.attended[name].weights()
		if err != nil {
			return nil, fmt.Errorf("the weights of layer %s: %w", name, err)
		}
		a.Weights = append(a.Weights, w)
	}
	a.Seed = gorgonia.NewTensor(l.graph, tensor.Float32, 2, gorgonia.WithName("seed"), gorgonia.WithShape(a.Logits.Shape()...))
	grads, err := l.gradients(a, layers, slopes)
	if err != nil {
		return nil, err
	}
	if a.Read = grads[len(grads)-1]; a.Read == nil {
		return nil, errors.New("the logits do not depend on the last attention")
	}
	for i, name := range layers {
		if len(slopes) == 0 || grads[i] == nil {
			continue
		}
		if a.Slopes[i], err = l.attended[name].slopes(grads[i]); err != nil {
			return nil, fmt.Errorf("the derivative by the weights of layer %s: %w", name, err)
		}
	}
	return a, nil
}

// gradients are those of outputs by the layers of a; without outputs, the logits' by
// the last one alone.
func (l *lowering) gradients(a *Attention, layers, outputs []string) (gorgonia.Nodes, error) {
	grads := make(gorgonia.Nodes, len(layers))
	logits := l.net.Logits().Name
	if len(outputs) == 0 {
		outputs = make([]string, len(layers))
		outputs[len(layers)-1] = logits
	}
	// One backward pass for each output.
	for i := 0; i < len(layers); {
		end := i + 1
		for end < len(layers) && outputs[end] == outputs[i] {
			end++
		}
		if outputs[i] != "" {
			output, err := l.node(outputs[i])
			if err != nil {
				return nil, err
			}
			some, err := derivatives(output, a.Seed, a.Taps[i:end]...)
			if err != nil {
				return nil, fmt.Errorf("differentiating %s by %v: %w", outputs[i], layers[i:end], err)
			}
			copy(grads[i:], some)
		}
		i = end
	}
	return grads, nil
}

// attended is what an attention without windows reads: q, k and v, 1 x 3C x H x W.
type attended struct {
	op.AttentionParams
	qkv *gorgonia.Node
}

// weights makes the node of heads x tokens x tokens weights.
func (a attended) weights() (*gorgonia.Node, error) {
	if a.qkv == nil {
		return nil, errors.New("attends within windows")
	}
	q, err := a.part(0)
	if err != nil {
		return nil, err
	}
	k, err := a.part(1)
	if err != nil {
		return nil, err
	}
	n, err := gorgonia.ApplyOp(op.NewMatMul(3, true, false), q, k)
	if err != nil {
		return nil, err
	}
	s := n.Shape().Clone()
	for _, o := range []gorgonia.Op{
		op.NewMultiple(a.Scale, 3), op.NewReshape(3, tensor.Shape{s[0] * s[1], s[2], 1, 1}), op.NewSoftmax(4), op.NewReshape(4, s),
	} {
		if n, err = gorgonia.ApplyOp(o, n); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// slopes makes the node of the derivatives by the weights: of each query's gradient
// with each value, as the output is Σ_j p_ij v_j.
func (a attended) slopes(grad *gorgonia.Node) (*gorgonia.Node, error) {
	v, err := a.part(2)
	if err != nil {
		return nil, err
	}
	g, err := gorgonia.ApplyOp(op.NewReshape(4, v.Shape().Clone()), grad)
	if err != nil {
		return nil, err
	}
	return gorgonia.ApplyOp(op.NewMatMul(3, true, false), g, v)
}

// part is q, k or v, heads x channels of a head x tokens.
func (a attended) part(i int) (*gorgonia.Node, error) {
	s := a.qkv.Shape()
	channels := s[1] / 3
	n, err := gorgonia.ApplyOp(op.NewSlice(i*channels, (i+1)*channels), a.qkv)
	if err != nil {
		return nil, err
	}
	return gorgonia.ApplyOp(op.NewReshape(4, tensor.Shape{a.Heads, channels / a.Heads, s[2] * s[3]}), n)
}
