package main

import (
	"context"
	"fmt"
	"io"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/models"
)

// sanity destroys the network's weights from the logits down and returns how
// much is left of the picture's maps at each stage, of each column.
func (t *compareTask) sanity(ctx context.Context, p entry, intact *comparedPicture, stages int) ([]faith.Stage, error) {
	s, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	recipe := t.recipe
	// A destroyed network has another favourite and runner-up, whose maps would be
	// others for that reason alone.
	recipe.Class, recipe.Target = intact.index, intact.target
	explain := func(ctx context.Context, net *models.Network) (maps []cam.Map, random cam.Map, err error) {
		x, err := compute.Open(net, t.options)
		if err != nil {
			return nil, random, err
		}
		defer x.Close()
		passes, err := x.Run(ctx, recipe, s)
		if err != nil {
			return nil, random, err
		}
		of, baselines := passes[0].Outcomes(ctx, recipe), passes[0].Outcomes(ctx, recipe.Baseline())
		for i, o := range append(of, baselines...) {
			switch {
			case i < len(of) && intact.figures[i] == nil:
				// It failed on the intact network too, and its reason is told.
				maps = append(maps, cam.Map{})
			case o.Err != nil:
				return nil, random, o.Err
			default:
				maps = append(maps, heat.Resize(o.Explanation.Map, net.Input.Height, net.Input.Width))
			}
		}
		return maps, random, nil
	}
	return faith.Sanity(ctx, t.net, explain, stages, t.measure.Seed)
}

// sanityRows are the mean rank correlations at each stage, over the pictures,
// as rows of the summary: the metric is called after the layer. A column without
// any map has no rows.
func (t *compareTask) sanityRows(rows []comparedPicture) []summaryRow {
	var list []summaryRow
	for i, o := range t.columns {
		for stage, of := range stagesOf(rows) {
			mean, atRandom, ok := t.left(rows, i, stage)
			if !ok {
				continue
			}
			list = append(list, summaryRow{
				Method: o.Method.Name, Layer: t.layer(o), Metric: "sanity " + of.Layer, N: mean.N, Undefined: mean.Undefined,
				Mean: finite(mean.Mean), Spread: finite(mean.Spread), Random: finite(atRandom.Mean), Guesses: t.guesses(),
			})
		}
	}
	return list
}

// left tells how much is left at a stage of a column's maps, and of the baselines of
// the same pictures and layer. It is not ok if no picture has such a map.
func (t *compareTask) left(rows []comparedPicture, column, stage int) (mean, random faith.Sample, ok bool) {
	var of, atRandom []float64
	for _, p := range rows {
		if p.sanity != nil && p.figures[column] != nil {
			maps := p.sanity[stage].Maps
			of, atRandom = append(of, maps[column].Rank), append(atRandom, maps[t.baseline(column)].Rank)
		}
	}
	return faith.NewSample(of), faith.NewSample(atRandom), len(of) > 0
}

// baseline is the number of a stage's map that is the baseline of a column's layer.
func (t *compareTask) baseline(column int) int {
	return len(t.columns) + column/len(t.recipe.Methods)
}

// stagesOf are the stages of the first picture that has some: all have the same.
func stagesOf(rows []comparedPicture) []faith.Stage {
	for _, p := range rows {
		if p.sanity != nil {
			return p.sanity
		}
	}
	return nil
}

// reportSanity prints the rank correlations, a line a stage, and last in it those of
// each layer's baseline.
func (t *compareTask) reportSanity(out io.Writer, rows []comparedPicture) error {
	stages := stagesOf(rows)
	if stages == nil {
		return nil
	}
	if _, err := fmt.Fprintln(out, "\nRank correlation with the intact network's map, the weights destroyed down to a layer:"); err != nil {
		return err
	}
	head := []string{"layer"}
	name := func(o compute.Outcome, method string) string {
		if layer := t.layer(o); layer != "" {
			method += ", " + layer
		}
		return ">" + method
	}
	for _, o := range t.columns {
		head = append(head, name(o, o.Method.Name))
	}
	for layer := range t.layers() {
		head = append(head, name(t.columns[layer*len(t.recipe.Methods)], cam.RandomCAM().Name))
	}
	table := newTable(out, head...)
	for stage, of := range stages {
		cells := []string{of.Layer}
		for i := range t.columns {
			mean, _, _ := t.left(rows, i, stage)
			cells = append(cells, figure(mean.Mean))
		}
		for layer := range t.layers() {
			var left []float64
			for _, p := range rows {
				if p.sanity != nil {
					left = append(left, p.sanity[stage].Maps[len(t.columns)+layer].Rank)
				}
			}
			cells = append(cells, figure(faith.NewSample(left).Mean))
		}
		table.row(cells...)
	}
	return table.flush()
}
