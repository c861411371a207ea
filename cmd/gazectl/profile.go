package main

import (
	"context"
	"fmt"
	"io"

	"gaze/compute"
	"gaze/compute/engine"
)

// profile times the operations of the task's network on the first of the
// pictures that can be read, and prints them as a table.
func profile(ctx context.Context, w io.Writer, x *compute.Explainer, t *task, pictures []entry) error {
	var s *compute.Subject
	for _, p := range pictures {
		var err error
		if s, err = p.open(ctx); err == nil {
			break
		}
	}
	if s == nil {
		return nil // each failure has been reported
	}
	peak, err := engine.Peak(ctx, t.options)
	if err != nil {
		return err
	}
	rows, err := x.Profile(ctx, t.recipe, s)
	if err != nil {
		return err
	}
	return printProfile(w, x, rows, peak)
}

func printProfile(w io.Writer, x *compute.Explainer, rows []engine.OperationTime, peak float64) error {
	tab := newTable(w, "layer", "operation", "direction", ">ms", ">% of time", ">GF/s", ">of peak")
	var all engine.OperationTime
	ways := map[engine.Direction]*engine.OperationTime{engine.Forward: {}, engine.Backward: {}}
	for _, r := range rows {
		for _, sum := range []*engine.OperationTime{&all, ways[r.Direction]} {
			sum.Seconds += r.Seconds
			sum.MACs += r.MACs
		}
	}
	add := func(layer, operation string, d engine.Direction, r engine.OperationTime) {
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
	for _, d := range []engine.Direction{engine.Forward, engine.Backward} {
		add(x.Network().Name, "all", d, *ways[d])
	}
	add(x.Network().Name, fmt.Sprintf("all, %s, peak %.0f GF/s", x.Device().Description, peak/1e9), "", all)
	return tab.flush()
}
