package compute

import (
	"context"

	"gaze/compute/engine"
	"gaze/compute/faith"
	"gaze/compute/heat"
)

// Measure tells how faithful maps of a subject are: of maps[i] result[i] has a
// figure by each metric. random is the baseline's map of the same layer, measured
// beside them, or nil. Maps of one class share the pictures that the network is
// shown; opt.Progress counts those of all.
func (x *Explainer) Measure(ctx context.Context, s *Subject, maps []*Explanation, random *Explanation, metrics []faith.Metric, opt faith.Options) ([][]faith.Figure, error) {
	if opt.Batch == 0 {
		opt.Batch = engine.PicturesAtOnce
	}
	in := x.Network().Input
	byClass := make(map[int][]int)
	var classes []int
	for i, e := range maps {
		if byClass[e.Class.Index] == nil {
			classes = append(classes, e.Class.Index)
		}
		byClass[e.Class.Index] = append(byClass[e.Class.Index], i)
	}
	total, before := 0, 0
	runs := func(class int) int {
		n := len(byClass[class])
		if random != nil {
			n++
		}
		return faith.Runs(metrics, n, in.Height, in.Width, opt)
	}
	for _, class := range classes {
		total += runs(class)
	}
	if tell := opt.Progress; tell != nil {
		opt.Progress = func(done, _ int) { tell(before+done, total) }
	}
	figures := make([][]faith.Figure, len(maps))
	for _, class := range classes {
		subject := faith.Subject{
			Picture: floats(s.Input), Height: in.Height, Width: in.Width, Class: class, Output: x.Network().Output,
		}
		for _, i := range byClass[class] {
			subject.Maps = append(subject.Maps, heat.Resize(maps[i].Map, in.Height, in.Width))
		}
		if random != nil {
			subject.Random = heat.Resize(random.Map, in.Height, in.Width)
		}
		of, err := faith.Measure(ctx, x.Scorer(opt.Batch), subject, metrics, opt)
		if err != nil {
			return nil, err
		}
		for j, i := range byClass[class] {
			figures[i] = of[j]
		}
		before += runs(class)
	}
	return figures, nil
}
