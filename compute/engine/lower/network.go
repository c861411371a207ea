package lower

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/models"
)

// Graph is a network as a gorgonia graph.
type Graph struct {
	// Input is the preprocessed picture, N x C x H x W; in a tail the activation
	// of the layer that it follows. Logits are N x classes.
	Input, Logits *gorgonia.Node
	// Seed is the derivative of the target by the logits, N x classes: for a
	// class's logit, one there and zero elsewhere. It is nil where the graph has
	// no backward pass.
	Seed *gorgonia.Node
	// Taps are the activations of the layers asked for, in their order, and
	// Gradients the target's derivatives by them, both C x H x W for each picture, of
	// what has a place in it; nil where the logits do not depend on the layer.
	Taps, Gradients gorgonia.Nodes

	// outputs are the layers' outputs as the network has them.
	outputs gorgonia.Nodes
}

// Network makes the graph of net for a batch of pictures, with taps at layers and
// the backward pass to them; without layers there is only the forward pass.
func Network(net *models.Network, batch int, layers []string, f *Folds) (*Graph, error) {
	l := newLowering(net, batch, f)
	g, err := l.forward(layers)
	if err != nil || len(layers) == 0 {
		return g, err
	}
	if err := l.differentiate(g, layers); err != nil {
		return nil, err
	}
	return g, g.arranged(net, batch, layers)
}

// Forward makes the graph with taps at layers, as their outputs lie in the network,
// without a backward pass.
func Forward(net *models.Network, batch int, layers []string, f *Folds) (*Graph, error) {
	return newLowering(net, batch, f).forward(layers)
}

// lowering is a graph in the making.
type lowering struct {
	net    *models.Network
	batch  int
	folds  *Folds
	graph  *gorgonia.ExprGraph
	source map[string]string
	tapped map[string]bool
	reads  map[string]int
	still  map[string]bool // layers that do not depend on the picture
	nodes  map[string]*gorgonia.Node
	convs  map[string]*pendingConv
	norms  map[string]*pendingNorm
	pads   map[string]models.Layer
	input  *gorgonia.Node
	// attended are what attention layers read.
	attended map[string]attended
}

func newLowering(net *models.Network, batch int, f *Folds) *lowering {
	l := &lowering{
		net: net, batch: batch, folds: f, graph: gorgonia.NewGraph(),
		source: map[string]string{models.InputName: models.InputName},
		tapped: make(map[string]bool), reads: make(map[string]int), still: make(map[string]bool),
		nodes: make(map[string]*gorgonia.Node), convs: make(map[string]*pendingConv), norms: make(map[string]*pendingNorm),
		pads: make(map[string]models.Layer), attended: make(map[string]attended),
	}
	for _, layer := range net.Layers {
		l.still[layer.Name] = !slices.ContainsFunc(layer.Inputs, func(in string) bool { return !l.still[in] })
	}
	return l
}

// forward makes the nodes of all layers and taps some of them.
func (l *lowering) forward(layers []string) (*Graph, error) {
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
	g := &Graph{Input: l.input}
	var err error
	if g.Logits, err = l.node(l.net.Logits().Name); err != nil {
		return nil, err
	}
	for _, name := range layers {
		tap, err := l.node(name)
		if err != nil {
			return nil, err
		}
		g.Taps = append(g.Taps, tap)
	}
	return g, nil
}

// resolve finds what each layer's output really comes from, past the layers
// that do nothing, and counts the readers of each.
func (l *lowering) resolve(layers []string) {
	for _, layer := range l.net.Layers {
		l.source[layer.Name] = layer.Name
		if l.net.Idle(layer) {
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

// differentiate adds the backward pass from the logits to the layers tapped.
func (l *lowering) differentiate(g *Graph, layers []string) error {
	g.Seed = gorgonia.NewTensor(l.graph, tensor.Float32, 2, gorgonia.WithName("seed"), gorgonia.WithShape(g.Logits.Shape()...))
	g.Gradients = make(gorgonia.Nodes, len(layers))
	live := l.live()
	var by gorgonia.Nodes
	for i, name := range layers {
		if live[name] {
			by = append(by, g.Taps[i])
		}
	}
	if len(by) == 0 {
		return nil
	}
	gradients, err := gorgonia.Backpropagate(gorgonia.Nodes{g.Logits}, gorgonia.Nodes{g.Seed}, by)
	if err != nil {
		return fmt.Errorf("differentiating the logits by %v: %w", layers, err)
	}
	for i, name := range layers {
		if live[name] {
			g.Gradients[i], gradients = gradients[0], gradients[1:]
		}
	}
	return nil
}

// live names the layers that the logits depend on by operations that have a
// derivative.
func (l *lowering) live() map[string]bool {
	live := map[string]bool{l.net.Logits().Name: true}
	for _, layer := range slices.Backward(l.net.Layers) {
		if live[layer.Name] {
			for i, in := range layer.Inputs {
				live[in] = live[in] || !flat(layer, i)
			}
		}
	}
	return live
}

// node returns the node of name's output, finishing what is pending.
func (l *lowering) node(name string) (*gorgonia.Node, error) {
	name = l.source[name]
	if err := l.finish(name); err != nil {
		return nil, err
	}
	n, ok := l.nodes[name]
	if !ok {
		return nil, fmt.Errorf("%s was not computed", name)
	}
	return n, nil
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

// shape is that of a layer's output, or of the picture, in the graph.
func (l *lowering) shape(name string) tensor.Shape {
	layer, ok := l.net.Layer(name)
	if !ok {
		return whole(l.net.Input.Shape(), l.batch)
	}
	s := layer.Shape.Clone()
	if layer.ChannelsLast {
		s[1], s[2], s[3] = s[3], s[1], s[2]
	}
	return whole(s, l.rows(name))
}
