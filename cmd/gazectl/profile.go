package main

import (
	"context"
	"fmt"
	"io"

	compute "gaze/compute/engine"
)

// profile times the operations of the task's network on the first of the
// subjects that can be read, and prints them as a table.
func profile(ctx context.Context, w io.Writer, engine *compute.Engine, t *task, subjects []subject) error {
	var p *seen
	for _, s := range subjects {
		var err error
		if p, err = s.load(ctx); err == nil {
			break
		}
	}
	if p == nil {
		return nil // each failure has been reported
	}
	peak, err := compute.Peak(ctx, t.options)
	if err != nil {
		return err
	}
	rows, err := engine.Profile(ctx, compute.Request{Input: p.input, Layers: t.layers, Class: t.class})
	if err != nil {
		return err
	}
	return printProfile(w, engine, rows, peak)
}

func printProfile(w io.Writer, engine *compute.Engine, rows []compute.OperationTime, peak float64) error {
	tab := newTable(w, "layer", "operation", "direction", ">ms", ">% of time", ">GF/s", ">of peak")
	var all compute.OperationTime
	ways := map[compute.Direction]*compute.OperationTime{compute.Forward: {}, compute.Backward: {}}
	for _, r := range rows {
		for _, sum := range []*compute.OperationTime{&all, ways[r.Direction]} {
			sum.Seconds += r.Seconds
			sum.MACs += r.MACs
		}
	}
	add := func(layer, operation string, d compute.Direction, r compute.OperationTime) {
		gflops, share := "", ""
		if r.MACs > 0 && r.Seconds > 0 {
			rate := 2 * float64(r.MACs) / r.Seconds
			gflops, share = fmt.Sprintf("%.1f", rate/1e9), fmt.Sprintf("%.0f %%", 100*rate/peak)
		}
		tab.row(layer, operation, string(d), fmt.Sprintf("%.3f", 1000*r.Seconds), fmt.Sprintf("%.1f", 100*r.Seconds/all.Seconds), gflops, share)
	}
	for _, r := range rows {
		add(r.Layer, r.Operation, r.Direction, r)
	}
	for _, d := range []compute.Direction{compute.Forward, compute.Backward} {
		add(engine.Network().Name, "all", d, *ways[d])
	}
	add(engine.Network().Name, fmt.Sprintf("all, %s, peak %.0f GF/s", engine.Device().Description, peak/1e9), "", all)
	return tab.flush()
}
