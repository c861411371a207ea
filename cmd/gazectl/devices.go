package main

import "gaze/compute"

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
