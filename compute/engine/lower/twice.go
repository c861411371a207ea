package lower

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/models"
)

// Twice is the graph of a network for one picture, differentiated twice by one
// layer, which is its only tap.
type Twice struct {
	Graph
	// Direction is a direction in the layer's output.
	Direction *gorgonia.Node
	// Along is the logits' derivative along it, J direction. Bend is the
	// derivative of the gradient, H direction, and nil where the gradient does not
	// change.
	Along, Bend *gorgonia.Node
}

// NewTwice makes that graph.
func NewTwice(net *models.Network, layer string, f *Folds) (*Twice, error) {
	g, err := Network(net, 1, []string{layer}, f)
	if err != nil {
		return nil, err
	}
	if g.Gradients[0] == nil {
		return nil, fmt.Errorf("the logits do not depend on layer %s", layer)
	}
	// The gradient G is linear in the seed s, G = Jᵀ s, so the derivative of G
	// times the direction is by the seed J direction, and by the layer H direction.
	tap := g.Taps[0]
	t := &Twice{Graph: *g, Direction: gorgonia.NewTensor(tap.Graph(), tensor.Float32, tap.Dims(), gorgonia.WithName("direction"), gorgonia.WithShape(tap.Shape()...))}
	second, err := derivatives(g.Gradients[0], t.Direction, g.Seed, g.outputs[0])
	if err != nil {
		return nil, fmt.Errorf("differentiating twice by layer %s: %w", layer, err)
	}
	t.Along, t.Bend = second[0], second[1]
	if t.Bend != nil {
		a, err := arrange(net, layer, 1)
		if err != nil {
			return nil, err
		}
		if t.Bend, err = a.of(t.Bend); err != nil {
			return nil, err
		}
	}
	return t, nil
}
