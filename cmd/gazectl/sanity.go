package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/models"
)

// sanity destroys the network's weights from the logits down and returns how
// much is left of the picture's maps of a class at each stage, by each method.
func (t *compareTask) sanity(ctx context.Context, s subject, class, stages int) ([]faith.Stage, error) {
	p, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	in := t.net.Input
	explain := func(ctx context.Context, net *models.Network) (maps []cam.Map, random cam.Map, err error) {
		engine, err := compute.Open(net, t.options)
		if err != nil {
			return nil, random, err
		}
		defer engine.Close()
		pass, err := engine.Run(ctx, compute.Request{Input: p.input, Layers: t.layers, Class: class})
		if err != nil {
			return nil, random, err
		}
		for _, m := range append(slices.Clone(t.methods), t.random) {
			e, err := pass.Explain(ctx, t.layers[0], m)
			if err != nil {
				return nil, random, err
			}
			maps = append(maps, heat.Resize(e.Map, in.Height, in.Width))
		}
		last := len(maps) - 1
		return maps[:last], maps[last], nil
	}
	return faith.Sanity(ctx, t.net, explain, stages, t.measure.Seed)
}

// sanityRows are the mean rank correlations at each stage, over the pictures,
// as rows of the summary: the metric is called after the layer.
func (t *compareTask) sanityRows(rows []comparedPicture) []summaryRow {
	var list []summaryRow
	for i, m := range t.methods {
		for stage := range stagesOf(rows) {
			var of, random []float64
			layer := ""
			for _, p := range rows {
				s := p.sanity[stage]
				layer = s.Layer
				of, random = append(of, s.Maps[i].Rank), append(random, s.Random.Rank)
			}
			mean, spread, n := moments(of)
			atRandom, _, _ := moments(random)
			list = append(list, summaryRow{
				Method: m.Name, Metric: "sanity " + layer, N: n, Undefined: len(of) - n,
				Mean: finite(mean), Spread: finite(spread), Random: finite(atRandom),
			})
		}
	}
	return list
}

// stagesOf is the number of stages that were measured.
func stagesOf(rows []comparedPicture) int {
	if len(rows) == 0 {
		return 0
	}
	return len(rows[0].sanity)
}

// moments are the mean and the standard deviation of the values that are
// numbers, and how many these are.
func moments(values []float64) (mean, spread float64, n int) {
	var sum, squares float64
	for _, v := range values {
		if !math.IsNaN(v) {
			sum += v
			squares += v * v
			n++
		}
	}
	mean = sum / float64(n)
	return mean, math.Sqrt(max(0, squares-float64(n)*mean*mean) / float64(n-1)), n
}

// reportSanity prints the rank correlations, a line a stage.
func (t *compareTask) reportSanity(out io.Writer, rows []comparedPicture) error {
	if stagesOf(rows) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(out, "\nRank correlation with the intact network's map, the weights destroyed down to a layer:"); err != nil {
		return err
	}
	head := []string{"layer"}
	for _, m := range t.methods {
		head = append(head, ">"+m.Name)
	}
	table := newTable(out, append(head, ">"+t.random.Name)...)
	all := t.sanityRows(rows)
	stages := stagesOf(rows)
	for stage := range stages {
		cells := []string{rows[0].sanity[stage].Layer}
		for i := range t.methods {
			cells = append(cells, optionalFigure(all[i*stages+stage].Mean))
		}
		table.row(append(cells, optionalFigure(all[stage].Random))...)
	}
	return table.flush()
}

// optionalFigure writes a figure that may be missing.
func optionalFigure(v *float64) string {
	if v == nil {
		return figure(math.NaN())
	}
	return figure(*v)
}
