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
	var bias, padding *tensor.Dense
	if layer.Attr.Window != [2]int{} {
		w := layer.Windows()
		var err error
		if p.Windows, err = op.NewWindows(w.Size, w.Positions, w.Groups); err != nil {
			return err
		}
		if w.Bias != nil {
			p.Biased = true
			groups := len(w.Bias) / (p.Heads * w.Size * w.Size)
			bias, _ = l.folds.once(layer.Name, func() [2]*tensor.Dense {
				return [2]*tensor.Dense{tensor.New(tensor.WithShape(groups, p.Heads, w.Size, w.Size), tensor.WithBacking(w.Bias))}
			})
			constants = append(constants, l.constant(layer.Name+".bias", bias))
		}
		if p.Padded() {
			if padding, err = l.padding(layer); err != nil {
				return err
			}
			constants = append(constants, l.constant(layer.Name+".padding", padding))
		}
	}
	n, err := l.node(layer.Inputs[0])
	if err != nil {
		return err
	}
	if scales := layer.HeadScales(); scales != nil {
		if n, err = l.step(layer, op.NewCosine(p.Heads), n, l.constant(layer.Name+".scales", vector(scales))); err != nil {
			return err
		}
	}
	l.attended[layer.Name] = attended{AttentionParams: p, layer: layer, qkv: n, bias: bias, padding: padding}
	if n, err = l.step(layer, op.NewAttention(p), append(gorgonia.Nodes{n}, constants...)...); err != nil {
		return err
	}
	return l.keep(layer.Name, n)
}

// addQuarters puts every second row and column beside the others, as channels.
func (l *lowering) addQuarters(layer models.Layer) error {
	n, err := l.node(layer.Inputs[0])
	if err != nil {
		return err
	}
	if s := n.Shape(); s[2]%2+s[3]%2 > 0 {
		if n, err = l.step(layer, op.NewPad([4]int{0, 0, s[2] % 2, s[3] % 2}, 0), n); err != nil {
			return err
		}
	}
	s := n.Shape()
	parts := make(gorgonia.Nodes, 4)
	for row := range 2 {
		rows, err := l.step(layer, op.NewStrided(2, row, s[2], 2), n)
		if err != nil {
			return err
		}
		for column := range 2 {
			if parts[2*column+row], err = l.step(layer, op.NewStrided(3, column, s[3], 2), rows); err != nil {
				return err
			}
		}
	}
	if n, err = l.step(layer, op.NewConcat(4), parts...); err != nil {
		return err
	}
	return l.keep(layer.Name, n)
}

// padding are q, k and v of padding, which is zero before the linear layer that makes
// them.
func (l *lowering) padding(layer models.Layer) (*tensor.Dense, error) {
	values := make([]float32, 3*layer.Shape[1])
	if linear, ok := l.net.Layer(layer.Inputs[0]); ok && linear.Params["bias"] != nil {
		copy(values, floats(linear.Params["bias"]))
	}
	scales := layer.HeadScales()
	if scales == nil {
		return vector(values), nil
	}
	unit, err := op.NewCosine(len(scales)).Do(tensor.New(tensor.WithShape(1, len(values), 1, 1), tensor.WithBacking(values)), vector(scales))
	if err != nil {
		return nil, err
	}
	return vector(unit.Data().([]float32)), nil
}
