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
	// each layer, or windows * heads x size x size for one with windows, and Slopes the target's derivatives by them: nil where the logits do
	// not depend on the layer, or where nobody asked.
	Weights, Slopes gorgonia.Nodes
	// Read is the derivative of the logits along the seed by the last layer's output,
	// 1 x channels x H x W: zero for tokens that nothing reads afterwards.
	Read *gorgonia.Node
}

// NewAttention makes that graph for attention layers. With slopes, for which none may have
// windows, the name of an output for each of them, that output along the seed is differentiated by
// the layer's weights.
func NewAttention(net *models.Network, layers, slopes []string, f *Folds) (*Attention, error) {
	l := newLowering(net, 1, f)
	g, err := l.forward(layers)
	if err != nil {
		return nil, err
	}
	a := &Attention{Graph: *g, Slopes: make(gorgonia.Nodes, len(layers))}
	for _, name := range layers {
		w, err := l.attended[name].weights(l)
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
		if a.Slopes[i], err = l.attended[name].slopes(l, grads[i]); err != nil {
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

// attended is what an attention reads: q, k and v, 1 x 3C x H x W, a bias of groups x
// heads x size x size and the 3C channels of padding, nil where there is none.
type attended struct {
	op.AttentionParams
	layer         models.Layer
	qkv           *gorgonia.Node
	bias, padding *tensor.Dense
}

// weights makes the node of heads x tokens x tokens weights; of windows one after the
// other, windows * heads x size x size.
func (a attended) weights(l *lowering) (*gorgonia.Node, error) {
	if a.qkv == nil {
		return nil, errors.New("is no attention that is looked at")
	}
	q, err := a.part(l, 0)
	if err != nil {
		return nil, err
	}
	k, err := a.part(l, 1)
	if err != nil {
		return nil, err
	}
	n, err := l.step(a.layer, op.NewMatMul(3, true, false), q, k)
	if err != nil {
		return nil, err
	}
	s := n.Shape().Clone()
	if n, err = l.step(a.layer, op.NewMultiple(a.Scale, 3), n); err != nil {
		return nil, err
	}
	if a.Biased {
		if n, err = l.step(a.layer, op.NewAdd(2, 3), n, l.constant(a.layer.Name+".biases", a.biases())); err != nil {
			return nil, err
		}
	}
	for _, o := range []gorgonia.Op{op.NewReshape(3, tensor.Shape{s[0] * s[1], s[2], 1, 1}), op.NewSoftmax(4), op.NewReshape(4, s)} {
		if n, err = l.step(a.layer, o, n); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// biases are those of every window.
func (a attended) biases() *tensor.Dense {
	s := a.bias.Shape()
	each := s[1] * s[2] * s[3]
	values := make([]float32, 0, len(a.Windows.Groups)*each)
	for _, group := range a.Windows.Groups {
		values = append(values, floats(a.bias)[int(group)*each:][:each]...)
	}
	return tensor.New(tensor.WithShape(len(a.Windows.Groups)*s[1], s[2], s[3]), tensor.WithBacking(values))
}

// slopes makes the node of the derivatives by the weights: of each query's gradient
// with each value, as the output is Σ_j p_ij v_j. There may be no windows.
func (a attended) slopes(l *lowering, grad *gorgonia.Node) (*gorgonia.Node, error) {
	v, err := a.part(l, 2)
	if err != nil {
		return nil, err
	}
	g, err := l.step(a.layer, op.NewReshape(4, v.Shape().Clone()), grad)
	if err != nil {
		return nil, err
	}
	return l.step(a.layer, op.NewMatMul(3, true, false), g, v)
}

// part is q, k or v, heads x channels of a head x tokens; of windows one after the other,
// windows * heads x channels x size.
func (a attended) part(l *lowering, i int) (*gorgonia.Node, error) {
	s := a.qkv.Shape()
	channels := s[1] / 3
	if a.Windows != nil {
		return a.windowed(l, i)
	}
	n, err := l.step(a.layer, op.NewSlice(i*channels, (i+1)*channels), a.qkv)
	if err != nil {
		return nil, err
	}
	return l.step(a.layer, op.NewReshape(4, tensor.Shape{a.Heads, channels / a.Heads, s[2] * s[3]}), n)
}

// windowed is part within windows. Padding is taken from behind q, k and v.
func (a attended) windowed(l *lowering, i int) (*gorgonia.Node, error) {
	s := a.qkv.Shape()
	pixels, all, depth := s[2]*s[3], s.TotalSize(), s[1]/3/a.Heads
	n, err := l.step(a.layer, op.NewReshape(4, tensor.Shape{1, all, 1, 1}), a.qkv)
	if err != nil {
		return nil, err
	}
	if a.padding != nil {
		padding := tensor.New(tensor.WithShape(1, s[1], 1, 1), tensor.WithBacking(floats(a.padding)))
		if n, err = l.step(a.layer, op.NewConcat(2), n, l.constant(a.layer.Name+".behind", padding)); err != nil {
			return nil, err
		}
		all += s[1]
	}
	if n, err = l.step(a.layer, op.NewReshape(4, tensor.Shape{1, all}), n); err != nil {
		return nil, err
	}
	windows := len(a.Windows.Groups)
	var index []int32
	for w := range windows {
		for c := range a.Heads * depth {
			channel := i*a.Heads*depth + c
			for _, at := range a.Windows.Positions[w*a.Windows.Size:][:a.Windows.Size] {
				if at < 0 {
					index = append(index, int32(s.TotalSize()+channel))
				} else {
					index = append(index, int32(channel*pixels)+at)
				}
			}
		}
	}
	if n, err = l.step(a.layer, op.NewTake(op.NewTable(index, all), 0), n); err != nil {
		return nil, err
	}
	return l.step(a.layer, op.NewReshape(2, tensor.Shape{windows * a.Heads, depth, a.Windows.Size}), n)
}
