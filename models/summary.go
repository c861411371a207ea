package models

// Row is one line of a network's summary.
type Row struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Shape of the output without the batch axis.
	Shape []int `json:"shape"`
	// Params counts the trained numbers.
	Params int `json:"params"`
	// MACs counts the multiply-adds of convolutions and linear layers for one
	// picture; biases are not counted.
	MACs int64 `json:"macs"`
	// Explainable is set where a class activation map can be drawn.
	Explainable bool `json:"explainable"`
	// Default is set for the layer explained unless another is asked for.
	Default bool `json:"default"`
}

// Summary lists the layers as Keras's model.summary() does: name, kind, output
// shape, parameters and multiply-adds.
func (n *Network) Summary() []Row {
	def := n.DefaultLayer()
	rows := make([]Row, len(n.Layers))
	for i, l := range n.Layers {
		rows[i] = Row{
			Name: l.Name, Kind: l.Kind, Shape: append([]int(nil), l.Shape[1:]...),
			Params: l.parameters(), MACs: l.macs(),
			Explainable: l.Spatial(), Default: l.Name == def,
		}
	}
	return rows
}

func (l Layer) parameters() int {
	total := 0
	for name, p := range l.Params {
		if name != "running_mean" && name != "running_var" {
			total += p.Shape().TotalSize()
		}
	}
	return total
}

func (l Layer) macs() int64 {
	if l.Kind != Conv && l.Kind != Linear {
		return 0
	}
	perOutput := l.Params["weight"].Shape().TotalSize() / l.Params["weight"].Shape()[0]
	return int64(l.Shape.TotalSize()) * int64(perOutput)
}
