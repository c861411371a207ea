package lower

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/models"
)

// add makes the layer's node, or leaves it pending for what may be fused into it.
// A kind of layer is a case here and, where it takes more than a line, a method.
func (l *lowering) add(layer models.Layer) error {
	if l.general(layer) {
		return l.addGeneral(layer)
	}
	switch layer.Kind {
	case models.Conv:
		return l.addConv(layer)
	case models.BatchNorm:
		return l.addAffine(layer)
	case models.Add:
		return l.addSum(layer)
	case models.ReLU:
		return l.addActivation(layer, op.ActivationReLU)
	case models.ReLU6:
		return l.addActivation(layer, op.ActivationReLU6)
	case models.Clip:
		return l.addActivation(layer, op.ActivationClip(layer.Attr.Min, layer.Attr.Max))
	case models.PReLU:
		return l.apply(layer, op.NewPReLU(len(layer.Shape)), l.constant(layer.Name+".weight", layer.Params["weight"]))
	case models.Softmax:
		return l.apply(layer, op.NewSoftmax(len(layer.Shape)))
	case models.Round:
		a := layer.Attr
		grid := op.Grid{Step: float32(a.Alpha), Zero: float32(a.Beta), Min: float32(a.Min), Max: float32(a.Max)}
		return l.apply(layer, op.NewRound(grid, len(layer.Shape)))
	case models.RoundOwn:
		return l.apply(layer, op.NewRoundOwn(len(layer.Shape)))
	case models.MaxPool:
		return l.apply(layer, op.NewMaxPool(op.WindowOf(layer.Attr)))
	case models.AvgPool:
		return l.apply(layer, op.NewAvgPool(op.WindowOf(layer.Attr), !layer.Attr.ExcludePad))
	case models.AdaptiveAvgPool:
		return l.apply(layer, op.NewAdaptiveAvgPool(layer.Attr.Output[0], layer.Attr.Output[1]))
	case models.GlobalAvgPool:
		return l.apply(layer, op.NewGlobalAvgPool())
	case models.Linear:
		if len(layer.Shape) == 4 {
			layer.Attr = models.Attr{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}
			return l.addConv(layer)
		}
		weight, bias := l.folds.biased(layer)
		return l.apply(layer, op.NewLinear(), l.constant(layer.Name+".weight", weight), l.constant(layer.Name+".bias", bias))
	case models.Tokens:
		return l.addTokens(layer)
	case models.Attention:
		return l.addAttention(layer)
	case models.Quarters:
		return l.addQuarters(layer)
	case models.LayerNorm:
		weight, bias := l.folds.biased(layer)
		return l.planar(layer, op.NewLayerNorm(layer.Attr.Epsilon), l.constant(layer.Name+".weight", weight), l.constant(layer.Name+".bias", bias))
	case models.LRN:
		return l.apply(layer, op.NewLRN(op.LRNParams{Size: layer.Attr.Size, Alpha: layer.Attr.Alpha, Beta: layer.Attr.Beta, K: layer.Attr.K}))
	case models.Scale:
		return l.addScale(layer)
	case models.GlobalMaxPool:
		return l.chain(layer, func(x tensor.Shape) []gorgonia.Op { return []gorgonia.Op{tallest(x[2], x[3])} })
	case models.ChannelMean:
		return l.chain(layer, func(x tensor.Shape) []gorgonia.Op {
			return []gorgonia.Op{op.NewSumTo(tensor.Shape{x[0], 1, x[2], x[3]}), op.NewMultiple(1/float32(x[1]), 4)}
		})
	case models.ChannelMax:
		// Channels as the rows of a picture, whose columns are the pixels.
		return l.chain(layer, func(x tensor.Shape) []gorgonia.Op {
			return []gorgonia.Op{
				op.NewReshape(4, tensor.Shape{x[0], 1, x[1], x[2] * x[3]}), tallest(x[1], 1),
				op.NewReshape(4, tensor.Shape{x[0], 1, x[2], x[3]}),
			}
		})
	case models.Sub, models.Mul, models.Div:
		return l.addElementwise(layer)
	case models.Concat:
		return l.planar(layer, op.NewConcat(len(layer.Inputs)))
	case models.Slice:
		return l.planar(layer, op.NewStrided(layer.Attr.Axis, layer.Attr.From, layer.Attr.To, layer.Attr.Step))
	case models.Pad:
		if layer.Attr.Value == 0 && l.exclusive(layer.Name) {
			l.pads[layer.Name] = layer
			return nil
		}
		return l.apply(layer, op.NewPad(layer.Attr.Pad, float32(layer.Attr.Value)))
	case models.ChannelShuffle:
		return l.chain(layer, func(x tensor.Shape) []gorgonia.Op {
			return []gorgonia.Op{
				op.NewReshape(4, tensor.Shape{x[0], layer.Attr.Groups, x[1] / layer.Attr.Groups, x[2] * x[3]}),
				op.NewPermute(0, 2, 1, 3), op.NewReshape(4, x),
			}
		})
	case models.Flatten, models.Reshape:
		return l.addReshape(layer)
	case models.ConvTranspose:
		return l.addConvTranspose(layer)
	}
	if f, ok := op.FunctionOf(layer); ok {
		return l.apply(layer, op.NewPointwise(f, max(len(layer.Shape), 1)))
	}
	return fmt.Errorf("no operation for a layer of kind %s", layer.Kind)
}

// apply makes the layer's node: o of the layer's inputs and the constants.
func (l *lowering) apply(layer models.Layer, o gorgonia.Op, constants ...*gorgonia.Node) error {
	in, err := l.inputs(layer)
	if err != nil {
		return err
	}
	n, err := gorgonia.ApplyOp(o, append(in, constants...)...)
	if err != nil {
		return err
	}
	return l.keep(layer.Name, n)
}

// step applies one of several operations that a layer is made of.
func (l *lowering) step(layer models.Layer, o gorgonia.Op, in ...*gorgonia.Node) (*gorgonia.Node, error) {
	n, err := gorgonia.ApplyOp(o, in...)
	if err != nil {
		return nil, err
	}
	gorgonia.WithName(layer.Name)(n)
	return n, nil
}

// chain makes the layer's node by several operations, one after the other, on
// its only input, whose shape they follow from.
func (l *lowering) chain(layer models.Layer, of func(x tensor.Shape) []gorgonia.Op) error {
	n, err := l.node(layer.Inputs[0])
	if err != nil {
		return err
	}
	for _, o := range of(n.Shape()) {
		if n, err = l.step(layer, o, n); err != nil {
			return err
		}
	}
	return l.keep(layer.Name, n)
}

// planar makes the layer's node by an operation of four axes; what has only
// two goes through it as pictures of one pixel.
func (l *lowering) planar(layer models.Layer, o gorgonia.Op, constants ...*gorgonia.Node) error {
	in, err := l.inputs(layer)
	if err != nil {
		return err
	}
	flat := in[0].Dims() == 2
	if flat {
		for i, n := range in {
			s := n.Shape()
			if in[i], err = l.step(layer, op.NewReshape(2, tensor.Shape{s[0], s[1], 1, 1}), n); err != nil {
				return err
			}
		}
	}
	n, err := l.step(layer, o, append(in, constants...)...)
	if err != nil {
		return err
	}
	if flat {
		s := n.Shape()
		if n, err = l.step(layer, op.NewReshape(4, tensor.Shape{s[0], s[1]}), n); err != nil {
			return err
		}
	}
	return l.keep(layer.Name, n)
}

// tallest is the maximum over pictures of that size.
func tallest(height, width int) op.MaxPool {
	return op.NewMaxPool(op.Window{Kernel: [2]int{height, width}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}})
}

// addReshape makes the node of a Flatten or a Reshape. The only place where it
// matters that a layer has its channels last is here.
func (l *lowering) addReshape(layer models.Layer) error {
	n, err := l.node(layer.Inputs[0])
	if err != nil {
		return err
	}
	if in, ok := l.net.Layer(layer.Inputs[0]); ok && in.ChannelsLast && in.Shape[1]*in.Shape[2] > 1 {
		if n, err = l.step(layer, op.NewPermute(0, 2, 3, 1), n); err != nil {
			return err
		}
	}
	if n, err = l.step(layer, op.NewReshape(n.Dims(), l.shape(layer.Name)), n); err != nil {
		return err
	}
	return l.keep(layer.Name, n)
}
