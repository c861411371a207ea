package engine

import (
	"context"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/lower"
	"gaze/compute/engine/machine"
)

// Attention is what a picture's tokens read of each other in one layer.
type Attention struct {
	Layer string
	// Heads attend on their own; Tokens read each other, in each of Windows.
	Heads, Tokens, Windows int
	// Places has for each window the tokens in it, or -1 for padding; nil where one
	// window has all tokens in order.
	Places []int32
	// Weights, Windows x Heads x Tokens x Tokens, are those with which a token, a row,
	// reads the others. A row adds up to 1.
	Weights []float32
	// Slopes are derivatives by the weights, nil where nobody asked.
	Slopes []float32
}

// Slopes says of what the derivatives by the weights of attention are.
type Slopes string

const (
	// NoSlopes asks for none.
	NoSlopes Slopes = ""
	// TargetSlopes are the target's, at the price of a backward pass.
	TargetSlopes Slopes = "target"
	// BlockSlopes are, for each layer, those of the target where the network's head
	// reads the output of the layer's block: see [models.Network.BlockHeads].
	BlockSlopes Slopes = "block"
)

// Attentions is what the tokens of a picture read of each other.
type Attentions struct {
	// Layers are in the order of the network.
	Layers []Attention
	// Read are the tokens of the last layer that the target depends on; none where the
	// seed is zero.
	Read []int
}

// attentionProgram is the network prepared to show the weights of its attention.
type attentionProgram struct {
	graph   *lower.Attention
	machine *machine.Machine
	// picture is what the values of the forward pass are of.
	picture *tensor.Dense
}

func (p *attentionProgram) code() *machine.Machine { return p.machine }

func (e *Engine) attentionProgram(layers []string, slopes Slopes) (*attentionProgram, error) {
	return prepared(&e.programs, newKey(kindAttention+kind(slopes), layers, 1), func() (*attentionProgram, error) {
		net, outputs := e.net, []string(nil)
		switch slopes {
		case TargetSlopes:
			outputs = slices.Repeat([]string{net.Logits().Name}, len(layers))
		case BlockSlopes:
			var err error
			if net, outputs, err = net.BlockHeads(); err != nil {
				return nil, err
			}
		}
		g, err := lower.NewAttention(net, layers, outputs, e.folds)
		if err != nil {
			return nil, err
		}
		back := slices.DeleteFunc(append(slices.Clone(g.Slopes), g.Read), func(n *gorgonia.Node) bool { return n == nil })
		m, err := machine.New(e.on, append(gorgonia.Nodes{g.Logits}, g.Weights...), back)
		return &attentionProgram{graph: g, machine: m}, err
	})
}

// Attention calls look with what a picture's tokens read of each other in attention
// layers, in the order of the network: of [BlockSlopes] all that it has. With slopes, none
// may have windows.
// The values are in the machine's memory, and valid until look returns; where a device
// failed, look is called again.
func (e *Engine) Attention(ctx context.Context, layers []string, slopes Slopes, req Request, look func(*Attentions) error) error {
	if err := e.check([]Request{req}); err != nil {
		return e.named(err)
	}
	return e.hold(ctx, false, func() error {
		found, err := e.attention(ctx, layers, slopes, req)
		if err != nil {
			return err
		}
		return look(found)
	})
}

func (e *Engine) attention(ctx context.Context, layers []string, slopes Slopes, req Request) (*Attentions, error) {
	p, err := e.attentionProgram(layers, slopes)
	if err != nil {
		return nil, err
	}
	g, m := p.graph, p.machine
	if p.picture != req.Input {
		p.picture = nil
		if err := m.Let(g.Input, floats(req.Input)); err != nil {
			return nil, err
		}
		if err := m.Run(ctx, forward); err != nil {
			return nil, err
		}
		p.picture = req.Input
	}
	logits, err := m.Value(g.Logits)
	if err != nil {
		return nil, err
	}
	seed, err := req.Seed(slices.Clone(logits))
	if err != nil {
		return nil, err
	}
	if err := m.Let(g.Seed, seed); err != nil {
		return nil, err
	}
	if err := m.Run(ctx, backward); err != nil {
		return nil, err
	}
	found := &Attentions{Layers: make([]Attention, len(layers))}
	for i, name := range layers {
		s := g.Weights[i].Shape()
		a := Attention{Layer: name, Heads: s[0], Tokens: s[1], Windows: 1}
		if l, _ := e.net.Layer(name); l.Attr.Window != [2]int{} {
			w := l.Windows()
			a.Heads, a.Windows, a.Places = l.Attr.Heads, w.Count, w.Positions
		}
		if a.Weights, err = m.Value(g.Weights[i]); err != nil {
			return nil, err
		}
		switch {
		case g.Slopes[i] == nil && slopes != NoSlopes:
			a.Slopes = make([]float32, len(a.Weights))
		case g.Slopes[i] != nil:
			if a.Slopes, err = m.Value(g.Slopes[i]); err != nil {
				return nil, err
			}
		}
		found.Layers[i] = a
	}
	read, err := m.Value(g.Read)
	if err != nil {
		return nil, err
	}
	s := g.Read.Shape()
	found.Read = readers(read, s[2]*s[3])
	return found, nil
}

// readers are the tokens, of that many, by whose channels a gradient is not zero.
func readers(gradient []float32, tokens int) []int {
	read := make([]bool, tokens)
	for i, g := range gradient {
		read[i%tokens] = read[i%tokens] || g != 0
	}
	var list []int
	for i, r := range read {
		if r {
			list = append(list, i)
		}
	}
	return list
}
