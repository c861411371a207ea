// Package models describes neural networks that look at pictures: their layers with shapes and
// parameters, the picture they take and the names of their classes.
//
// A [Network] is data, not a program. The builders in models/zoo make one from
// an architecture and its weights, package models/onnx reads one from a file,
// and package compute runs it. This package imports none of them.
package models

import (
	"fmt"

	"gorgonia.org/tensor"
)

// InputName is the name by which a layer refers to the network's input.
const InputName = "input"

// Network is a feed-forward network with its parameters.
type Network struct {
	// Name identifies the network to its user, for example "squeezenet1_1".
	Name string
	// Architecture is the zoo's name for the structure; it equals Name where
	// the weights have no name of their own.
	Architecture string
	// Source says in a few words where the weights come from.
	Source string
	// Input is the picture the network expects.
	Input Input
	// Layers in topological order. The output of the last one is the logits.
	Layers []Layer
	// Parts list the layers as the program that made the network shows them, where
	// that differs; none otherwise.
	Parts []Part
	// Output says what the outputs mean.
	Output Output
	// Labels are the class names in the order of the classes: one for each, or
	// none at all where they are not known. See [Network.Label].
	Labels []string
	// Chosen is the layer to explain where no other is asked for, as whoever made the
	// network says; empty leaves it to the structure. See [Network.Choose].
	Chosen string
	// Aliases are further names of layers. In ONNX files a node has a name
	// besides that of the value it computes.
	Aliases map[string]string
	// Notes tell the user what was decided or left out when the network was read,
	// one sentence each.
	Notes []Note
	// Guesses are the aspects that neither the file nor the user states and that
	// Gaze had to assume.
	Guesses []Guess
	// FixedSize is set where the layers were made for the input's size and would
	// differ for another one.
	FixedSize bool

	index map[string]int
}

// Layer is one operation of a network with its parameters.
type Layer struct {
	// Name is the layer's name in torchvision or in the file it came from,
	// unique within the network.
	Name string
	Kind Kind
	// Inputs names the layers whose outputs are read, in order; [InputName] is
	// the picture.
	Inputs []string
	Attr   Attr
	// Params holds the parameters by torchvision's names without the layer's own:
	// "weight", "bias", "running_mean", "running_var"; "value" of a Constant.
	Params map[string]*tensor.Dense
	// Shape is the output's shape for one picture: 1 x C x H x W, or 1 x C after the
	// spatial axes are gone. A general operation may make any other, of any number of
	// axes, also with a first side above 1, such as the windows of a Swin transformer.
	// N pictures are computed as N times the first side, one picture after the other.
	Shape tensor.Shape
	// ChannelsLast is set by Append where Shape is 1 x H x W x C, as between
	// the two Permutes of a ConvNeXt block.
	ChannelsLast bool
	// Grid is set by Append where it follows from the layers before which numbers
	// of the output belong to which part of the picture; nil elsewhere.
	Grid *Grid
	// places are kept where they make no grid, for the layers behind.
	places *places

	reads []tensor.Shape // the shapes of the inputs
}

// Plane returns the height and width of the layer's output, in pixels or tokens
// with a place in the picture. Both are 0 where it has no extent in space.
func (l Layer) Plane() (height, width int) {
	if l.Grid == nil {
		return 0, 0
	}
	return l.Grid.Height, l.Grid.Width
}

// Append infers the shape of l from the layers it reads and adds it to the
// network. The error names the layer and what does not fit.
func (n *Network) Append(l Layer) error {
	if l.Name == "" || l.Name == InputName {
		return fmt.Errorf("network %s: a layer cannot be called %q", n.Name, l.Name)
	}
	if n.index == nil {
		n.index = make(map[string]int)
	}
	if _, dup := n.index[l.Name]; dup {
		return fmt.Errorf("network %s: two layers are called %q", n.Name, l.Name)
	}
	in, last := make([]tensor.Shape, len(l.Inputs)), make([]bool, len(l.Inputs))
	for i, name := range l.Inputs {
		s, ok := n.shapeOf(name)
		if !ok {
			return fmt.Errorf("network %s, layer %s: input %q does not come before it", n.Name, l.Name, name)
		}
		in[i] = s
		if before, ok := n.Layer(name); ok {
			last[i] = before.ChannelsLast
		}
	}
	if err := l.infer(in, last); err != nil {
		return fmt.Errorf("network %s, layer %s (%s): %w", n.Name, l.Name, l.Kind, err)
	}
	n.findGrid(&l, in)
	n.index[l.Name] = len(n.Layers)
	n.Layers = append(n.Layers, l)
	return nil
}

// Layer returns the layer called name.
func (n *Network) Layer(name string) (Layer, bool) {
	i, ok := n.index[name]
	if !ok {
		return Layer{}, false
	}
	return n.Layers[i], true
}

// FreeName is name if a layer can have it, or else the first of name/2, name/3 ...
// that is not taken.
func (n *Network) FreeName(name string) string {
	for i := 1; ; i++ {
		try := name
		if i > 1 {
			try = fmt.Sprintf("%s/%d", name, i)
		}
		if _, taken := n.Layer(try); !taken && try != InputName && try != "" {
			return try
		}
	}
}

// shapeOf returns the output shape, for a batch of one, of the layer called
// name or of the input.
func (n *Network) shapeOf(name string) (tensor.Shape, bool) {
	if name == InputName {
		return n.Input.Shape(), true
	}
	l, ok := n.Layer(name)
	return l.Shape, ok
}

// Logits returns the last layer, whose output is the logits, before any softmax or
// sigmoid.
func (n *Network) Logits() Layer { return n.Layers[len(n.Layers)-1] }

// Parameters counts the trained numbers of the network. Running statistics of
// batch normalisation are not trained and not counted, as in PyTorch.
func (n *Network) Parameters() int {
	total := 0
	for _, l := range n.Layers {
		total += l.parameters()
	}
	return total
}

// Resized returns the network for another input: the same layers, with the
// shapes that follow from it. The parameters are shared. Where FixedSize is
// set, the number of pixels may not change, only how they become numbers.
func (n *Network) Resized(in Input) (*Network, error) {
	if err := in.Validate(); err != nil {
		return nil, fmt.Errorf("network %s: %w", n.Name, err)
	}
	if n.FixedSize && (in.Height != n.Input.Height || in.Width != n.Input.Width) {
		return nil, fmt.Errorf("network %s was read for pictures of %dx%d and cannot take %dx%d", n.Name, n.Input.Width, n.Input.Height, in.Width, in.Height)
	}
	r := *n
	r.Input, r.Layers, r.index = in, nil, nil
	if in.Height != n.Input.Height || in.Width != n.Input.Width {
		r.Parts = nil // Their shapes are those of the other size.
	}
	for _, l := range n.Layers {
		if err := r.Append(l); err != nil {
			return nil, err
		}
	}
	return &r, nil
}
