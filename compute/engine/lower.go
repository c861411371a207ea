package engine

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
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
	// derivatives by them; nil where the logits do not depend on the layer.
	taps, gradients gorgonia.Nodes
}

// lowering makes a graph from a network. Dropout and containers vanish, batch
// normalisation is folded into the convolution before it, and addition and
// ReLU are done as the convolution stores its sums; but what is tapped is
// never optimised away.
//
// All data with an extent in space is N x C x H x W, that of layers with the
// channels last too: there is nothing to do for a Permute.
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
	pads   map[string]models.Layer
	input  *gorgonia.Node
}

// pendingConv is a convolution that later layers may still be fused into.
type pendingConv struct {
	layer models.Layer
	x     *gorgonia.Node
	// folded names the layers that scale and bias are made of.
	folded       string
	weight, bias *tensor.Dense
	// scale is what the output channels are multiplied by, nil for nothing.
	scale      *tensor.Dense
	residual   *gorgonia.Node
	activation op.Activation
}

// pendingNorm is a batch normalisation or a Scale that stands on its own;
// another one and an activation may still be fused into it.
type pendingNorm struct {
	layer        models.Layer
	folded       string
	scale, shift *tensor.Dense
	activation   op.Activation
}

// lower makes the graph of net for that many pictures at once, with taps at
// layers and the way back to them; without layers there is only the way forward.
func lower(net *models.Network, batch int, layers []string, f *folds) (*lowered, error) {
	l := newLowering(net, batch, f)
	low, err := l.forward(layers)
	if err != nil || len(layers) == 0 {
		return low, err
	}
	return low, l.differentiate(low, layers)
}

// lowerForward makes the graph with taps at layers, but without a way back.
func lowerForward(net *models.Network, batch int, layers []string, f *folds) (*lowered, error) {
	return newLowering(net, batch, f).forward(layers)
}

func newLowering(net *models.Network, batch int, f *folds) *lowering {
	return &lowering{
		net: net, batch: batch, folds: f, graph: gorgonia.NewGraph(),
		source: map[string]string{models.InputName: models.InputName},
		tapped: make(map[string]bool), reads: make(map[string]int),
		nodes: make(map[string]*gorgonia.Node), convs: make(map[string]*pendingConv), norms: make(map[string]*pendingNorm),
		pads: make(map[string]models.Layer),
	}
}

// forward makes the nodes of all layers and taps some of them.
func (l *lowering) forward(layers []string) (*lowered, error) {
	l.resolve(layers)
	l.input = gorgonia.NewTensor(l.graph, tensor.Float32, 4, gorgonia.WithName(models.InputName), gorgonia.WithShape(l.shape(models.InputName)...))
	l.nodes[models.InputName] = l.input
	for _, layer := range l.net.Layers {
		if l.source[layer.Name] != layer.Name {
			continue
		}
		if err := l.add(layer); err != nil {
			return nil, fmt.Errorf("lowering layer %s: %w", layer.Name, err)
		}
	}
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
	return low, nil
}

// resolve finds what each layer's output really comes from, past the layers
// that do nothing, and counts the readers of each.
func (l *lowering) resolve(layers []string) {
	for _, layer := range l.net.Layers {
		l.source[layer.Name] = layer.Name
		if idle(l.net, layer) {
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
func idle(net *models.Network, layer models.Layer) bool {
	switch layer.Kind {
	case models.Dropout, models.Sequential, models.Identity, models.Permute:
		return true
	case models.Add, models.Mul, models.Concat:
		return len(layer.Inputs) == 1
	case models.AdaptiveAvgPool:
		in, ok := net.Layer(layer.Inputs[0])
		return ok && in.Shape.Eq(layer.Shape)
	}
	return false
}

// differentiate adds the way back from the logits to the layers tapped.
func (l *lowering) differentiate(low *lowered, layers []string) error {
	low.seed = gorgonia.NewTensor(l.graph, tensor.Float32, 2, gorgonia.WithName("seed"), gorgonia.WithShape(low.logits.Shape()...))
	low.gradients = make(gorgonia.Nodes, len(layers))
	live := l.live()
	var by gorgonia.Nodes
	for i, name := range layers {
		if live[name] {
			by = append(by, low.taps[i])
		}
	}
	if len(by) == 0 {
		return nil
	}
	gradients, err := gorgonia.Backpropagate(gorgonia.Nodes{low.logits}, gorgonia.Nodes{low.seed}, by)
	if err != nil {
		return fmt.Errorf("differentiating the logits by %v: %w", layers, err)
	}
	for i, name := range layers {
		if live[name] {
			low.gradients[i], gradients = gradients[0], gradients[1:]
		}
	}
	return nil
}

// live names the layers that the logits depend on.
func (l *lowering) live() map[string]bool {
	live := map[string]bool{l.net.Logits().Name: true}
	for _, layer := range slices.Backward(l.net.Layers) {
		if live[layer.Name] {
			for _, in := range layer.Inputs {
				live[in] = true
			}
		}
	}
	return live
}

// add makes the layer's node, or leaves it pending.
func (l *lowering) add(layer models.Layer) error {
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
	case models.MaxPool:
		return l.apply(layer, op.NewMaxPool(op.WindowOf(layer.Attr)))
	case models.AvgPool:
		return l.apply(layer, op.NewAvgPool(op.WindowOf(layer.Attr), !layer.Attr.ExcludePad))
	case models.AdaptiveAvgPool:
		return l.apply(layer, op.NewAdaptiveAvgPool(layer.Attr.Output[0], layer.Attr.Output[1]))
	case models.GlobalAvgPool:
		return l.apply(layer, op.NewGlobalAvgPool())
	case models.Linear:
		if layer.ChannelsLast {
			layer.Attr = models.Attr{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}
			return l.addConv(layer)
		}
		weight, bias := l.folds.biased(layer)
		return l.apply(layer, op.NewLinear(), l.constant(layer.Name+".weight", weight), l.constant(layer.Name+".bias", bias))
	}
	if f, ok := op.FunctionOf(layer); ok {
		return l.apply(layer, op.NewPointwise(f, len(layer.Shape)))
	}
	return l.addData(layer)
}

func (l *lowering) addConv(layer models.Layer) error {
	before := layer.Inputs[0]
	if pad, ok := l.pads[l.source[before]]; ok {
		delete(l.pads, l.source[before])
		before = pad.Inputs[0]
		for side, n := range pad.Attr.Pad {
			layer.Attr.Pad[side] += n
		}
	}
	x, err := l.node(before)
	if err != nil {
		return err
	}
	c := &pendingConv{layer: layer, x: x, folded: layer.Name}
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
	if len(layer.Inputs) == 2 && l.alike(layer) {
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
	return l.addElementwise(layer)
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

// inputs are the nodes of what a layer reads.
func (l *lowering) inputs(layer models.Layer) (gorgonia.Nodes, error) {
	var in gorgonia.Nodes
	for _, name := range layer.Inputs {
		n, err := l.node(name)
		if err != nil {
			return nil, err
		}
		in = append(in, n)
	}
	return in, nil
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
	if pad, pending := l.pads[name]; pending {
		delete(l.pads, name)
		if err := l.apply(pad, op.NewPad(pad.Attr.Pad, float32(pad.Attr.Value))); err != nil {
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
