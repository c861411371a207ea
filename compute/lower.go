package compute

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/op"
	"gaze/models"
)

// lowered is a network as a gorgonia graph, with the gradients of a seed.
type lowered struct {
	input  *gorgonia.Node
	logits *gorgonia.Node
	// seed is the derivative of the target by the logits: for a class's logit,
	// one there and zero elsewhere.
	seed *gorgonia.Node
	// taps are the activations of the layers asked for, gradients the target's
	// derivatives by them.
	taps, gradients gorgonia.Nodes
}

// lowering makes a graph from a network. Dropout and containers vanish, batch
// normalisation is folded into the convolution before it, and addition and
// ReLU are done as the convolution stores its sums; but what is tapped is
// never optimised away.
type lowering struct {
	net    *models.Network
	batch  int
	folds  *folds
	graph  *gorgonia.ExprGraph
	source map[string]string
	tapped map[string]bool
	reads  map[string]int
	nodes  map[string]*gorgonia.Node
	convs  map[string]*pendingConv
	norms  map[string]*pendingNorm
	input  *gorgonia.Node
}

// pendingConv is a convolution that later layers may still be fused into.
type pendingConv struct {
	layer        models.Layer
	x            *gorgonia.Node
	weight, bias *tensor.Dense
	// scale is what the output channels are multiplied by, nil for nothing.
	scale      *tensor.Dense
	residual   *gorgonia.Node
	activation op.Activation
}

// pendingNorm is a batch normalisation that stands on its own; an activation
// may still be fused into it.
type pendingNorm struct {
	layer        models.Layer
	scale, shift *tensor.Dense
	activation   op.Activation
}

// lower makes the graph of net for that many pictures at once, with taps at
// layers.
func lower(net *models.Network, batch int, layers []string, f *folds) (*lowered, error) {
	l := &lowering{
		net: net, batch: batch, folds: f, graph: gorgonia.NewGraph(),
		source: map[string]string{models.InputName: models.InputName},
		tapped: make(map[string]bool), reads: make(map[string]int),
		nodes: make(map[string]*gorgonia.Node), convs: make(map[string]*pendingConv), norms: make(map[string]*pendingNorm),
	}
	l.resolve(layers)
	l.input = gorgonia.NewTensor(l.graph, tensor.Float32, 4, gorgonia.WithName(models.InputName), gorgonia.WithShape(batch, 3, net.Input.Height, net.Input.Width))
	l.nodes[models.InputName] = l.input
	for _, layer := range net.Layers {
		if l.source[layer.Name] != layer.Name {
			continue
		}
		if err := l.add(layer); err != nil {
			return nil, fmt.Errorf("lowering layer %s: %w", layer.Name, err)
		}
	}
	return l.finish(layers)
}

// resolve finds what each layer's output really comes from, past the layers
// that do nothing, and counts the readers of each.
func (l *lowering) resolve(layers []string) {
	for _, layer := range l.net.Layers {
		l.source[layer.Name] = layer.Name
		if l.idle(layer) {
			l.source[layer.Name] = l.source[layer.Inputs[0]]
			continue
		}
		for _, in := range layer.Inputs {
			l.reads[l.source[in]]++
		}
	}
	for _, name := range layers {
		l.tapped[l.source[name]] = true
	}
}

// idle reports whether a layer's output is its input.
func (l *lowering) idle(layer models.Layer) bool {
	switch layer.Kind {
	case models.Dropout, models.Sequential:
		return true
	case models.AdaptiveAvgPool:
		in, ok := l.net.Layer(layer.Inputs[0])
		return ok && in.Shape.Eq(layer.Shape)
	}
	return false
}

// finish taps the layers and differentiates the logits.
func (l *lowering) finish(layers []string) (*lowered, error) {
	low := &lowered{input: l.input}
	var err error
	if low.logits, err = l.node(l.net.Logits().Name); err != nil {
		return nil, err
	}
	for _, name := range layers {
		tap, err := l.node(name)
		if err != nil {
			return nil, err
		}
		low.taps = append(low.taps, tap)
	}
	low.seed = gorgonia.NewTensor(l.graph, tensor.Float32, 2, gorgonia.WithName("seed"), gorgonia.WithShape(low.logits.Shape()...))
	low.gradients, err = gorgonia.Backpropagate(gorgonia.Nodes{low.logits}, gorgonia.Nodes{low.seed}, low.taps)
	if err != nil {
		return nil, fmt.Errorf("differentiating the logits by %v: %w", layers, err)
	}
	return low, nil
}

// add makes the layer's node, or leaves it pending.
func (l *lowering) add(layer models.Layer) error {
	switch layer.Kind {
	case models.Conv:
		return l.addConv(layer)
	case models.BatchNorm:
		if c := l.open(layer.Inputs[0]); c != nil && c.scale == nil && c.residual == nil && c.activation == op.NoActivation {
			c.scale, c.bias = l.folds.convBatchNorm(c.layer, layer)
			l.move(c, layer)
			return nil
		}
		scale, shift := l.folds.affine(layer)
		l.norms[layer.Name] = &pendingNorm{layer: layer, scale: scale, shift: shift}
		return nil
	case models.Add:
		return l.addSum(layer)
	case models.ReLU:
		return l.addActivation(layer, op.ActivationReLU)
	case models.ReLU6:
		return l.addActivation(layer, op.ActivationReLU6)
	case models.MaxPool:
		return l.apply(layer, op.NewMaxPool(op.WindowOf(layer.Attr)))
	case models.AvgPool:
		return l.apply(layer, op.NewAvgPool(op.WindowOf(layer.Attr), true))
	case models.AdaptiveAvgPool:
		return l.apply(layer, op.NewAdaptiveAvgPool(layer.Attr.Output[0], layer.Attr.Output[1]))
	case models.GlobalAvgPool:
		return l.apply(layer, op.NewGlobalAvgPool())
	case models.Linear:
		weight, bias := l.folds.biased(layer)
		return l.apply(layer, op.NewLinear(), l.constant(layer.Name+".weight", weight), l.constant(layer.Name+".bias", bias))
	case models.Flatten:
		in, err := l.node(layer.Inputs[0])
		if err != nil {
			return err
		}
		return l.apply(layer, op.NewReshape(in.Dims(), tensor.Shape{l.batch, layer.Shape.TotalSize()}))
	case models.Concat:
		return l.apply(layer, op.NewConcat(len(layer.Inputs)))
	}
	return fmt.Errorf("no operation for a layer of kind %s", layer.Kind)
}

func (l *lowering) addConv(layer models.Layer) error {
	x, err := l.node(layer.Inputs[0])
	if err != nil {
		return err
	}
	c := &pendingConv{layer: layer, x: x}
	c.weight, c.bias = l.folds.biased(layer)
	l.convs[layer.Name] = c
	return nil
}

// addActivation fuses an activation into the convolution or normalisation
// before it, if that is nobody else's.
func (l *lowering) addActivation(layer models.Layer, act op.Activation) error {
	if c := l.open(layer.Inputs[0]); c != nil && c.activation == op.NoActivation {
		c.activation = act
		l.move(c, layer)
		return nil
	}
	before := l.source[layer.Inputs[0]]
	if n, ok := l.norms[before]; ok && l.exclusive(before) && n.activation == op.NoActivation {
		n.activation = act
		delete(l.norms, before)
		l.norms[layer.Name] = n
		return nil
	}
	return l.apply(layer, op.NewActivate(act, len(layer.Shape)))
}

// addSum fuses an addition into the first of its terms that is an unfinished
// convolution.
func (l *lowering) addSum(layer models.Layer) error {
	if len(layer.Inputs) == 2 {
		for i, name := range layer.Inputs {
			c := l.open(name)
			if c == nil || c.residual != nil || c.activation != op.NoActivation {
				continue
			}
			other, err := l.node(layer.Inputs[1-i])
			if err != nil {
				return err
			}
			c.residual = other
			l.move(c, layer)
			return nil
		}
	}
	return l.apply(layer, op.NewAdd(len(layer.Inputs), len(layer.Shape)))
}

// open returns the unfinished convolution behind name if nobody else reads it
// and it is not tapped.
func (l *lowering) open(name string) *pendingConv {
	name = l.source[name]
	if !l.exclusive(name) {
		return nil
	}
	return l.convs[name]
}

// exclusive reports whether an output has one reader and is not tapped.
func (l *lowering) exclusive(name string) bool { return !l.tapped[name] && l.reads[name] == 1 }

// move makes c the unfinished output of layer.
func (l *lowering) move(c *pendingConv, layer models.Layer) {
	for _, in := range layer.Inputs {
		if l.convs[l.source[in]] == c {
			delete(l.convs, l.source[in])
		}
	}
	l.convs[layer.Name] = c
}

// apply makes the layer's node: o of the layer's inputs and the constants.
func (l *lowering) apply(layer models.Layer, o gorgonia.Op, constants ...*gorgonia.Node) error {
	var in gorgonia.Nodes
	for _, name := range layer.Inputs {
		n, err := l.node(name)
		if err != nil {
			return err
		}
		in = append(in, n)
	}
	n, err := gorgonia.ApplyOp(o, append(in, constants...)...)
	if err != nil {
		return err
	}
	return l.keep(layer.Name, n)
}

// node returns the node of name's output, finishing what is pending.
func (l *lowering) node(name string) (*gorgonia.Node, error) {
	name = l.source[name]
	if c, pending := l.convs[name]; pending {
		delete(l.convs, name)
		in := gorgonia.Nodes{c.x, l.constant(c.layer.Name+".weight", c.weight), l.constant(c.layer.Name+".bias", c.bias)}
		conv := op.NewConv(op.WindowOf(c.layer.Attr), c.layer.Attr.Groups, c.activation, c.residual != nil)
		if c.scale != nil {
			conv, in = conv.WithScale(), append(in, l.constant(c.layer.Name+".scale", c.scale))
		}
		if c.residual != nil {
			in = append(in, c.residual)
		}
		n, err := gorgonia.ApplyOp(conv, in...)
		if err != nil {
			return nil, err
		}
		if err := l.keep(name, n); err != nil {
			return nil, err
		}
	}
	if p, pending := l.norms[name]; pending {
		delete(l.norms, name)
		key := p.layer.Name
		if err := l.apply(models.Layer{Name: name, Inputs: p.layer.Inputs}, op.NewAffine(p.activation), l.constant(key+".scale", p.scale), l.constant(key+".shift", p.shift)); err != nil {
			return nil, err
		}
	}
	n, ok := l.nodes[name]
	if !ok {
		return nil, fmt.Errorf("%s was not computed", name)
	}
	return n, nil
}

// keep records the node of a layer's output, through a tap if it is wanted.
func (l *lowering) keep(name string, n *gorgonia.Node) error {
	gorgonia.WithName(name)(n)
	if l.tapped[name] {
		tap, err := gorgonia.ApplyOp(op.NewTap(name, n.Dims()), n)
		if err != nil {
			return err
		}
		n = tap
	}
	l.nodes[name] = n
	return nil
}

func (l *lowering) constant(name string, t *tensor.Dense) *gorgonia.Node {
	return gorgonia.NewTensor(l.graph, tensor.Float32, t.Dims(), gorgonia.WithName(name), gorgonia.WithShape(t.Shape()...), gorgonia.WithValue(t))
}

// folds are the parameters that lowering derives from a network's, computed
// once and shared by all its graphs.
type folds struct {
	made map[string][2]*tensor.Dense
}

func newFolds() *folds { return &folds{made: make(map[string][2]*tensor.Dense)} }

func (f *folds) once(key string, make func() [2]*tensor.Dense) (a, b *tensor.Dense) {
	pair, ok := f.made[key]
	if !ok {
		pair = make()
		f.made[key] = pair
	}
	return pair[0], pair[1]
}

// biased returns a layer's weight and its bias, zeros where it has none.
func (f *folds) biased(layer models.Layer) (weight, bias *tensor.Dense) {
	return f.once(layer.Name, func() [2]*tensor.Dense {
		weight, bias := layer.Params["weight"], layer.Params["bias"]
		if bias == nil {
			bias = vector(make([]float32, weight.Shape()[0]))
		}
		return [2]*tensor.Dense{weight, bias}
	})
}

// affine returns the scale and shift a batch normalisation amounts to:
// γ/√(σ²+ε) and β − μ γ/√(σ²+ε).
func (f *folds) affine(norm models.Layer) (scale, shift *tensor.Dense) {
	return f.once(norm.Name, func() [2]*tensor.Dense {
		gamma, beta := floats(norm.Params["weight"]), floats(norm.Params["bias"])
		mean, variance := floats(norm.Params["running_mean"]), floats(norm.Params["running_var"])
		scale, shift := make([]float32, len(gamma)), make([]float32, len(gamma))
		for c := range scale {
			s := float64(gamma[c]) / math.Sqrt(float64(variance[c])+norm.Attr.Epsilon)
			scale[c] = float32(s)
			shift[c] = float32(float64(beta[c]) - float64(mean[c])*s)
		}
		return [2]*tensor.Dense{vector(scale), vector(shift)}
	})
}

// convBatchNorm returns the scale and bias of a convolution that does a
// convolution and the batch normalisation after it.
func (f *folds) convBatchNorm(conv, norm models.Layer) (scale, bias *tensor.Dense) {
	return f.once(conv.Name+" "+norm.Name, func() [2]*tensor.Dense {
		_, b := f.biased(conv)
		s, t := f.affine(norm)
		factors, shifted := floats(s), slices.Clone(floats(t))
		for c, v := range floats(b) {
			shifted[c] += v * factors[c]
		}
		return [2]*tensor.Dense{s, vector(shifted)}
	})
}

func vector(values []float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(values))
}

func floats(t *tensor.Dense) []float32 { return t.Data().([]float32) }
