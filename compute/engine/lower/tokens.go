package lower

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/models"
)

// addTokens puts pixels in a column, zeros before them, and adds the tokens before
// and the embedding of all positions at once.
func (l *lowering) addTokens(layer models.Layer) error {
	n, err := l.node(layer.Inputs[0])
	if err != nil {
		return err
	}
	s := n.Shape()
	channels, all := layer.Shape[1], layer.Shape[2]
	embedding, _ := l.folds.once(layer.Name, func() [2]*tensor.Dense {
		return [2]*tensor.Dense{tensor.New(tensor.WithShape(1, channels, all, 1), tensor.WithBacking(layer.Embedding()))}
	})
	steps := []gorgonia.Op{op.NewReshape(4, tensor.Shape{s[0], channels, s[2] * s[3], 1})}
	if before := all - s[2]*s[3]; before > 0 {
		steps = append(steps, op.NewPad([4]int{before, 0, 0, 0}, 0))
	}
	for _, o := range steps {
		if n, err = l.step(layer, o, n); err != nil {
			return err
		}
	}
	if n, err = l.step(layer, op.NewAdd(2, 4), n, l.constant(layer.Name+".embedding", embedding)); err != nil {
		return err
	}
	return l.keep(layer.Name, n)
}

// addAttention makes the node of an attention on q, k and v in one input.
func (l *lowering) addAttention(layer models.Layer) error {
	p := op.AttentionParams{Heads: layer.Attr.Heads, Scale: float32(layer.Attr.Alpha)}
	var constants []*gorgonia.Node
	if layer.Attr.Window != [2]int{} {
		w := layer.Windows()
		var err error
		if p.Windows, err = op.NewWindows(w.Size, w.Positions, w.Groups); err != nil {
			return err
		}
		if w.Bias != nil {
			p.Biased = true
			groups := len(w.Bias) / (p.Heads * w.Size * w.Size)
			bias, _ := l.folds.once(layer.Name, func() [2]*tensor.Dense {
				return [2]*tensor.Dense{tensor.New(tensor.WithShape(groups, p.Heads, w.Size, w.Size), tensor.WithBacking(w.Bias))}
			})
			constants = append(constants, l.constant(layer.Name+".bias", bias))
		}
		if p.Padded() {
			padding, _ := l.folds.once(layer.Name+".padding", func() [2]*tensor.Dense { return [2]*tensor.Dense{l.padding(layer)} })
			constants = append(constants, l.constant(layer.Name+".padding", padding))
		}
	}
	return l.apply(layer, op.NewAttention(p), constants...)
}

// padding are q, k and v of padding, which is zero before the linear layer that makes
// them.
func (l *lowering) padding(layer models.Layer) *tensor.Dense {
	if linear, ok := l.net.Layer(layer.Inputs[0]); ok && linear.Params["bias"] != nil {
		return linear.Params["bias"]
	}
	return vector(make([]float32, 3*layer.Shape[1]))
}
