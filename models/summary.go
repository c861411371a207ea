package models

import (
	"slices"
	"strings"
)

// Row is one line of a network's summary.
type Row struct {
	// Depth counts the modules around the row in a Tree.
	Depth int `json:"-"`
	// Module is set in a Tree for a module that holds layers. Params and MACs
	// are then those of all layers in it.
	Module bool `json:"-"`

	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Shape of the output without the batch axis; of tokens, their number and that of
	// the channels.
	Shape []int `json:"shape"`
	// Grid is where tokens lie in the picture. It is nil where the shape tells it, or
	// where it is not known.
	Grid *Grid `json:"grid,omitempty"`
	// Params counts the trained numbers, and of a Part all numbers.
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
// shape, parameters and multiply-adds. Where the network has Parts, it lists these.
func (n *Network) Summary() []Row {
	if len(n.Parts) > 0 {
		return n.partRows()
	}
	def := n.DefaultLayer()
	rows := make([]Row, len(n.Layers))
	for i, l := range n.Layers {
		rows[i] = Row{
			Name: l.Name, Kind: l.Kind, Shape: l.sides(), Grid: l.tokens(),
			Params: l.parameters(), MACs: l.macs(),
			Explainable: l.Spatial(), Default: l.Name == def,
		}
	}
	return rows
}

// sides is the shape as users know it: networks of tokens write these before the
// channels, however they lie in memory.
func (l Layer) sides() []int {
	if l.Grid != nil && len(l.Shape) == 4 && l.Shape[3] == 1 && slices.Equal(l.Grid.Axes, []int{2}) {
		return []int{l.Shape[2], l.Shape[1]}
	}
	return slices.Clone(l.Shape[1:])
}

// tokens is the grid of a layer whose shape does not show it.
func (l Layer) tokens() *Grid {
	if l.Grid.isPlane(l.Shape) || l.ChannelsLast || !l.Spatial() {
		return nil
	}
	return l.Grid
}

func (l Layer) parameters() int {
	total := 0
	for name, p := range l.Params {
		if name != "running_mean" && name != "running_var" && name != "value" {
			total += p.Shape().TotalSize()
		}
	}
	return total
}

func (l Layer) macs() int64 {
	if count := kinds[l.Kind].macs; count != nil {
		return count(l)
	}
	return 0
}

// Tree lists modules and layers as torchinfo does: each module before its
// contents, with the shape of its output and the sums over its layers. A module
// is the part of a layer's name before a dot. (Names with a slash, as in ONNX
// files, are paths and are not taken apart.) A module whose output is a layer
// of its own, such as the sum at the end of a residual block, and that layer
// are one row. Parts are listed as they are.
func (n *Network) Tree() []Row {
	if len(n.Parts) > 0 {
		return n.partRows()
	}
	var root module
	modules := map[string]*module{"": &root}
	for _, r := range n.Summary() {
		root.insert(modules, r)
	}
	return root.list(nil, 0)
}

// module is a row with what it holds; the root has no name.
type module struct {
	row      Row
	children []*module
	// own is set where the row is that of a layer, which may come after its
	// children.
	own bool
}

// insert adds a layer's row below the modules in its name. It makes modules
// that are missing.
func (m *module) insert(modules map[string]*module, r Row) {
	parent := m
	path := strings.Contains(r.Name, "/")
	for i, c := range r.Name {
		if c == '.' && i > 0 && !path {
			parent = parent.child(modules, r.Name[:i])
			parent.row.Params += r.Params
			parent.row.MACs += r.MACs
			if !parent.own {
				parent.row.Shape, parent.row.Grid, parent.row.Explainable = r.Shape, r.Grid, r.Explainable
			}
		}
	}
	leaf := parent.child(modules, r.Name)
	r.Params += leaf.row.Params
	r.MACs += leaf.row.MACs
	leaf.row, leaf.own = r, true
}

// child finds the module called name, or makes it the last one in m.
func (m *module) child(modules map[string]*module, name string) *module {
	c, ok := modules[name]
	if !ok {
		c = &module{row: Row{Name: name, Kind: Sequential}}
		modules[name] = c
		m.children = append(m.children, c)
	}
	return c
}

func (m *module) list(rows []Row, depth int) []Row {
	for _, c := range m.children {
		r := c.row
		r.Depth, r.Module = depth, len(c.children) > 0
		rows = c.list(append(rows, r), depth+1)
	}
	return rows
}

// MACs counts the multiply-adds of convolutions and linear layers for one
// picture.
func (n *Network) MACs() int64 {
	var total int64
	for _, l := range n.Layers {
		total += l.macs()
	}
	return total
}
