package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"gaze/compute"
)

// layersCommand lists a network's layers.
type layersCommand struct {
	networkFlags
	JSON bool `name:"json" help:"Print a JSON array of name, kind, shape, params, macs, explainable, default."`
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
		t.row(strings.Repeat("  ", r.Depth)+r.Name, string(r.Kind), strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Shape), " ", "x"), "[]"), thousands(int64(r.Params)), thousands(r.MACs), mark)
	}
	t.row(net.Name, fmt.Sprintf("%d layers", len(net.Layers)), fmt.Sprintf("%d classes", net.Classes()), thousands(int64(net.Parameters())), thousands(net.MACs()), "")
	if err := t.flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(io.out, "\ninput  %v\n", net.Input)
	return err
}

// devicesCommand lists what networks can run on.
type devicesCommand struct {
	JSON bool `name:"json" help:"Print a JSON array of name, description, usable, reason."`
}

// Run prints the list.
func (c *devicesCommand) Run(io *streams) error {
	list := compute.Devices()
	if c.JSON {
		return printJSON(io.out, list)
	}
	t := newTable(io.out, "device", "usable", "description")
	for _, d := range list {
		usable := "yes"
		if !d.Usable {
			usable = "no: " + d.Reason
		}
		t.row(d.Name, usable, d.Description)
	}
	return t.flush()
}

// printJSON prints a list as a JSON array.
func printJSON[T any](w io.Writer, list []T) error {
	if list == nil {
		list = []T{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(list)
}

// table aligns rows of text in columns.
type table struct {
	right []bool
	width []int
	rows  [][]string
	out   io.Writer
}

// newTable begins a table; the columns whose heads begin with '>' are numbers.
func newTable(out io.Writer, heads ...string) *table {
	t := &table{out: out, right: make([]bool, len(heads)), width: make([]int, len(heads))}
	for i, h := range heads {
		t.right[i] = strings.HasPrefix(h, ">")
		heads[i] = strings.TrimPrefix(h, ">")
	}
	t.row(heads...)
	return t
}

func (t *table) row(cells ...string) {
	for i, c := range cells {
		t.width[i] = max(t.width[i], len([]rune(c)))
	}
	t.rows = append(t.rows, cells)
}

// flush prints the table.
func (t *table) flush() error {
	var b strings.Builder
	for _, cells := range t.rows {
		var line strings.Builder
		for i, c := range cells {
			pad := strings.Repeat(" ", t.width[i]-len([]rune(c)))
			if t.right[i] {
				line.WriteString(pad + c + "  ")
			} else {
				line.WriteString(c + pad + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(t.out, b.String())
	return err
}

// thousands writes a number with thin groups: 1 235 496.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}
