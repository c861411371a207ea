package compute

import (
	"context"

	"gaze/compute/engine"
	"gaze/compute/faith"
	"gaze/compute/heat"
)

// Measure tells how faithful maps of a subject are: of maps[i] result[i] has a
// figure by each metric. random is the baseline's map of the same layer, measured
// beside them, or nil. Maps of what speaks for one class, or against it, share the
// pictures that the network is shown; opt.Progress counts those of all.
func (x *Explainer) Measure(ctx context.Context, s *Subject, maps []*Explanation, random *Explanation, metrics []faith.Metric, opt faith.Options) ([][]faith.Figure, error) {
	if opt.Batch == 0 {
		opt.Batch = engine.PicturesAtOnce
	}
	in := x.Network().Input
	// What speaks against a class is measured by another number than what speaks for it.
	type claim struct {
		class   int
		against bool
	}
	asked := make(map[claim][]int)
	var claims []claim
	for i, e := range maps {
		c := claim{e.Class.Index, e.Target.Kind == TargetAgainst}
		if asked[c] == nil {
			claims = append(claims, c)
		}
		asked[c] = append(asked[c], i)
	}
	total, before := 0, 0
	runs := func(c claim) int {
		n := len(asked[c])
		if random != nil {
			n++
		}
		return faith.Runs(metrics, n, in.Height, in.Width, opt)
	}
	for _, c := range claims {
		total += runs(c)
	}
	if tell := opt.Progress; tell != nil {
		opt.Progress = func(done, _ int) { tell(before+done, total) }
	}
	figures := make([][]faith.Figure, len(maps))
	for _, c := range claims {
		subject := faith.Subject{
			Picture: floats(s.Input), Height: in.Height, Width: in.Width, Class: c.class, Output: x.Network().Output, Against: c.against,
		}
		for _, i := range asked[c] {
			subject.Maps = append(subject.Maps, heat.Resize(maps[i].Map, in.Height, in.Width))
		}
		if random != nil {
			subject.Random = heat.Resize(random.Map, in.Height, in.Width)
		}
		of, err := faith.Measure(ctx, x.Scorer(opt.Batch), subject, metrics, opt)
		if err != nil {
			return nil, err
		}
		for j, i := range asked[c] {
			figures[i] = of[j]
		}
		before += runs(c)
	}
	return figures, nil
}
