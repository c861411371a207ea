package main

import (
	"fmt"
	"strings"
)

// layersCommand lists a network's layers.
type layersCommand struct {
	networkFlags
	JSON bool `name:"json" help:"Print a JSON array of name, kind, shape, grid, params, macs, explainable, default."`
}

// Help is the command's longer help text.
func (layersCommand) Help() string {
	return `Kind and output shape of each layer, the trained parameters it holds and the multiply-adds it takes for one picture. A module stands before its layers, with their sums; where a layer is asked for, its name means its output. A map can be drawn of what has a check mark; the layer with a star is explained unless another is asked for.`
}

// Run prints the list.
func (c *layersCommand) Run(io *streams) error {
	net, err := c.open()
	if err != nil {
		return err
	}
	tell(io, net)
	if c.JSON {
		return printJSON(io.out, net.Summary())
	}
	t := newTable(io.out, "layer", "kind", "shape", ">parameters", ">multiply-adds", "map")
	for _, r := range net.Tree() {
		mark := ""
		switch {
		case r.Default:
			mark = "✓ *"
		case r.Explainable:
			mark = "✓"
		}
		shape := strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Shape), " ", "x"), "[]")
		if r.Grid != nil {
			shape += " (" + r.Grid.String() + ")"
		}
		t.row(strings.Repeat("  ", r.Depth)+r.Name, string(r.Kind), shape, thousands(int64(r.Params)), thousands(r.MACs), mark)
	}
	all, trained := net.Counts()
	layers := len(net.Layers)
	if len(net.Parts) > 0 {
		layers = len(net.Parts)
	}
	t.row(net.Name, fmt.Sprintf("%d layers", layers), fmt.Sprintf("%d classes", net.Classes()), thousands(int64(all)), thousands(net.MACs()), "")
	if all != trained {
		t.row("", "", "trainable", thousands(int64(trained)), "", "")
		t.row("", "", "non-trainable", thousands(int64(all-trained)), "", "")
	}
	if err := t.flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(io.out, "\ninput  %v\n", net.Input)
	return err
}
