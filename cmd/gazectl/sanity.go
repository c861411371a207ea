package main

import (
	"context"
	"fmt"
	"io"
	"math"

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
		for _, o := range append(passes[0].Outcomes(ctx, recipe), passes[0].Outcomes(ctx, recipe.Baseline())[0]) {
			if o.Err != nil {
				return nil, random, o.Err
			}
			maps = append(maps, heat.Resize(o.Explanation.Map, net.Input.Height, net.Input.Width))
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
	for i, o := range t.columns {
		for stage := range stagesOf(rows) {
			var of, random []float64
			layer := ""
			for _, p := range rows {
				s := p.sanity[stage]
				layer = s.Layer
				of, random = append(of, s.Maps[i].Rank), append(random, s.Random.Rank)
			}
			mean, atRandom := faith.NewSample(of), faith.NewSample(random)
			list = append(list, summaryRow{
				Method: o.Method.Name, Layer: t.layer(o), Metric: "sanity " + layer, N: mean.N, Undefined: mean.Undefined,
				Mean: finite(mean.Mean), Spread: finite(mean.Spread), Random: finite(atRandom.Mean),
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

// reportSanity prints the rank correlations, a line a stage.
func (t *compareTask) reportSanity(out io.Writer, rows []comparedPicture) error {
	if stagesOf(rows) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(out, "\nRank correlation with the intact network's map, the weights destroyed down to a layer:"); err != nil {
		return err
	}
	head := []string{"layer"}
	for _, o := range t.columns {
		name := o.Method.Name
		if layer := t.layer(o); layer != "" {
			name += ", " + layer
		}
		head = append(head, ">"+name)
	}
	table := newTable(out, append(head, ">"+cam.RandomCAM().Name)...)
	all := t.sanityRows(rows)
	stages := stagesOf(rows)
	for stage := range stages {
		cells := []string{rows[0].sanity[stage].Layer}
		for i := range t.columns {
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
