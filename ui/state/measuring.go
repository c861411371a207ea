package state

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"gaze/compute"
	"gaze/compute/faith"
)

// Metrics are what maps are measured by: the metrics of gazectl compare.
func Metrics() []faith.Metric {
	var list []faith.Metric
	for _, m := range faith.Metrics() {
		if slices.Contains([]string{"gap", "road", "drop"}, m.Name) {
			list = append(list, m)
		}
	}
	return list
}

// Hundredths writes a figure with two decimals, or that there is none.
func Hundredths(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	// Adding 0 makes 0 of what would be written as -0.00.
	return strings.Replace(fmt.Sprintf("%.2f", math.Round(100*v)/100+0), "-", "−", 1)
}

// measurement is the answer to a request for figures, as far as they are known.
type measurement struct {
	progress Progress
	// done is set when no more will come; then there are figures of each card, or
	// there is an error.
	done    bool
	figures [][]faith.Figure
	err     error
}

// Measure asks the network how faithful each card's map is.
func (x *Comparison) Measure() {
	if x.Working || x.Measuring != nil || len(x.Cards) == 0 {
		return
	}
	subject, e, cards := x.subject, x.key.explainer, x.Cards
	x.Measuring = &Progress{}
	x.tell(ChangedComparison)
	x.figures.submit(x.Measuring, func(ctx context.Context, answer func(measurement)) {
		var news pace
		figures, err := measureCards(ctx, subject, e, cards, func(p Progress) {
			if p.Done == p.Total || news.due() {
				answer(measurement{progress: p})
			}
		})
		answer(measurement{done: true, figures: figures, err: err})
	})
}

func (x *Comparison) measured(m measurement) {
	if !m.done {
		x.Measuring = &m.progress
		x.tell(ChangedMeasuring)
		return
	}
	x.Measuring, x.Err = nil, m.err
	for i, f := range m.figures {
		x.Cards[i].Figures = f
	}
	x.SetSort(x.Sort)
}

// CancelMeasuring leaves the cards without figures.
func (x *Comparison) CancelMeasuring() {
	if x.Measuring != nil {
		x.figures.drop()
		x.Measuring = nil
		x.tell(ChangedComparison)
	}
}

// measureCards returns the figures of each card.
func measureCards(ctx context.Context, s *compute.Subject, e Explainer, cards []Card, progress func(Progress)) ([][]faith.Figure, error) {
	maps := make([]*compute.Explanation, len(cards))
	for i, c := range cards {
		maps[i] = c.Explanation
	}
	return e.Measure(ctx, s, maps, nil, Metrics(), faith.Options{Progress: func(done, total int) { progress(Progress{done, total}) }})
}
