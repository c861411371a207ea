package models

import "gorgonia.org/tensor"

// Part is a layer as the program that made a network lists it. Layers of a
// network may be more: a separable convolution with an activation is one part of
// three layers.
type Part struct {
	// Name and Class are those of the other program: "block14_sepconv2",
	// "SeparableConv2D".
	Name, Class string
	// Layer has the part's output. It is empty where that is not computed, as where
	// only the picture's pixels are scaled.
	Layer string
	// Layers are those that the part is made of; none where it does nothing.
	Layers []string
	// Depth counts the parts around this one. Those in it follow it.
	Depth int
	// Shape is that of the output without the batch, in the other program's order of
	// axes.
	Shape tensor.Shape
	// Params counts the part's numbers, Trained those among them that training
	// changes.
	Params, Trained int
}

// partRows are the parts as lines of a summary.
func (n *Network) partRows() []Row {
	def := n.DefaultLayer()
	rows := make([]Row, len(n.Parts))
	for i, p := range n.Parts {
		l, _ := n.Layer(p.Layer)
		own := p.Layer == p.Name
		r := Row{
			Name: p.Name, Kind: Kind(p.Class), Shape: append([]int(nil), p.Shape...), Params: p.Params,
			Depth: p.Depth, Module: i+1 < len(n.Parts) && n.Parts[i+1].Depth > p.Depth,
			Explainable: own && l.Spatial(), Default: own && p.Layer == def,
		}
		for _, name := range p.Layers {
			made, _ := n.Layer(name)
			r.MACs += made.macs()
		}
		rows[i] = r
	}
	return rows
}

// Counts returns how many numbers the network has and how many of them training
// changes. They differ where the network's own program counts the running
// statistics of batch normalisations too, as Keras does.
func (n *Network) Counts() (all, trained int) {
	if len(n.Parts) == 0 {
		return n.Parameters(), n.Parameters()
	}
	for _, p := range n.Parts {
		if p.Depth == 0 {
			all += p.Params
			trained += p.Trained
		}
	}
	return all, trained
}
