package faith

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

// series is a way to change a picture as a map says.
type series int

const (
	// Deletion and insertion with zeros or the blurred picture as baseline.
	deleteZero series = iota
	insertZero
	deleteBlur
	insertBlur
	// ROAD's removal of a share of pixels, the most or the least relevant
	// first.
	removeMost
	removeLeast
	// The picture times the map.
	keep
)

// experiment collects the pictures to show to the network.
type experiment struct {
	subject Subject
	opt     Options
	// readings in the order in which they are taken. original is the first;
	// zero and blur are the whole baselines, nil until somebody needs them.
	readings             []*reading
	original, zero, blur *reading
	// blurred is the blurred picture, made when the first reading needs it.
	blurred func() []float32
}

// reading is one picture to show and the class's probability in it.
type reading struct {
	paint func(dst []float32) error
	p     float64
}

func newExperiment(s Subject, opt Options) *experiment {
	e := &experiment{subject: s, opt: opt}
	e.blurred = sync.OnceValue(func() []float32 { return blur(s.Picture, s.Height, s.Width) })
	e.original = e.add(func(dst []float32) error { copy(dst, s.Picture); return nil })
	return e
}

func (e *experiment) add(paint func(dst []float32) error) *reading {
	r := &reading{paint: paint}
	e.readings = append(e.readings, r)
	return r
}

// plan is what is read of one map: a series' readings and, for each, the share
// of pixels changed.
type plan struct {
	m        cam.Map
	x        map[series][]float64
	readings map[series][]*reading
}

// plan adds the readings that metrics need of m.
func (e *experiment) plan(m cam.Map, metrics []Metric) plan {
	p := plan{m: m, x: make(map[series][]float64), readings: make(map[series][]*reading)}
	place := sync.OnceValue(func() []int32 { return places(m) })
	for _, metric := range metrics {
		for _, s := range metric.series {
			if _, ok := p.readings[s]; ok {
				continue
			}
			switch s {
			case removeMost, removeLeast:
				p.x[s], p.readings[s] = e.removal(place, s)
			case keep:
				p.x[s], p.readings[s] = []float64{1}, []*reading{e.add(e.product(m))}
			default:
				p.x[s], p.readings[s] = e.exchange(place, s)
			}
		}
	}
	return p
}

// figure makes a metric's figure of what was read.
func (p plan) figure(e *experiment, metric Metric) float64 {
	o := outcome{p: e.original.p, number: !e.subject.Output.Probabilities(), x: p.x, y: make(map[series][]float64), m: p.m, boxes: e.subject.Boxes}
	for _, s := range metric.series {
		y := make([]float64, len(p.readings[s]))
		for i, r := range p.readings[s] {
			y[i] = r.p
		}
		o.y[s] = y
	}
	return metric.value(o)
}

// exchange is deletion or insertion: the first k pixels in order of place are
// taken from one of picture and baseline, the others from the other.
func (e *experiment) exchange(place func() []int32, s series) (x []float64, at []*reading) {
	inserts := s == insertZero || s == insertBlur
	end := e.baseline(s)
	first, last := e.original, end
	if inserts {
		first, last = end, e.original
	}
	pixels := e.subject.Height * e.subject.Width
	steps := min(e.opt.Steps, pixels)
	x, at = append(x, 0), append(at, first)
	for step := 1; step < steps; step++ {
		k := count(float64(step)/float64(steps), pixels)
		at = append(at, e.add(func(dst []float32) error {
			if err := end.paint(dst); err != nil {
				return err
			}
			for i, n := range place() {
				if (int(n) < k) == inserts {
					for c := i; c < len(dst); c += pixels {
						dst[c] = e.subject.Picture[c]
					}
				}
			}
			return nil
		}))
		x = append(x, float64(k)/float64(pixels))
	}
	return append(x, 1), append(at, last)
}

// baseline returns the reading of a series' whole baseline.
func (e *experiment) baseline(s series) *reading {
	if s == deleteZero || s == insertZero {
		if e.zero == nil {
			e.zero = e.add(func(dst []float32) error { clear(dst); return nil })
		}
		return e.zero
	}
	if e.blur == nil {
		e.blur = e.add(func(dst []float32) error { copy(dst, e.blurred()); return nil })
	}
	return e.blur
}

// removal is ROAD's: a share of pixels, the first in order of place or the last,
// is imputed. It begins with the picture as it is.
func (e *experiment) removal(place func() []int32, s series) (x []float64, at []*reading) {
	pixels := e.subject.Height * e.subject.Width
	x, at = append(x, 0), append(at, e.original)
	for i, share := range e.opt.Removed {
		k := count(share, pixels)
		at = append(at, e.add(func(dst []float32) error {
			removed := make([]bool, pixels)
			for pixel, n := range place() {
				removed[pixel] = s == removeMost && int(n) < k || s == removeLeast && int(n) >= pixels-k
			}
			copy(dst, e.subject.Picture)
			return impute(dst, removed, e.subject.Height, e.subject.Width, noise(e.opt.Seed, uint64(i)))
		}))
		x = append(x, float64(k)/float64(pixels))
	}
	return x, at
}

// product is the picture times the map brought to 0..1, which fades to 0, the
// mean colour, where the map has nothing. An empty map leaves nothing at all.
func (e *experiment) product(m cam.Map) func(dst []float32) error {
	return func(dst []float32) error {
		norm, _ := heat.Normalize(m)
		for i, v := range e.subject.Picture {
			dst[i] = v * norm.Values[i%len(norm.Values)]
		}
		return nil
	}
}

// count is share of n, rounded.
func count(share float64, n int) int { return int(math.Round(share * float64(n))) }

// run shows all pictures to the network, batch by batch. The pictures of a
// batch are painted in parallel.
func (e *experiment) run(ctx context.Context, scorer Scorer) error {
	total := len(e.readings)
	buffers := make([][]float32, min(e.opt.Batch, total))
	for i := range buffers {
		buffers[i] = make([]float32, len(e.subject.Picture))
	}
	for from := 0; from < total; from += len(buffers) {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch := e.readings[from:min(from+len(buffers), total)]
		failed := make([]error, len(batch))
		var wg sync.WaitGroup
		for i, r := range batch {
			wg.Go(func() { failed[i] = r.paint(buffers[i]) })
		}
		wg.Wait()
		if err := errors.Join(failed...); err != nil {
			return err
		}
		logits, err := scorer.Scores(ctx, buffers[:len(batch)])
		if err != nil {
			return err
		}
		if len(logits) != len(batch) {
			return fmt.Errorf("the network answered %d pictures of %d", len(logits), len(batch))
		}
		for i, r := range batch {
			if r.p, err = e.subject.probability(logits[i]); err != nil {
				return err
			}
		}
		if e.opt.Progress != nil {
			e.opt.Progress(from+len(batch), total)
		}
	}
	return nil
}

// probability is that of the subject's class, or of its absence; where the network
// gives numbers, it is the class's number, or the negated one.
func (s Subject) probability(logits []float32) (float64, error) {
	if s.Class >= len(logits) {
		return 0, fmt.Errorf("class %d is not among %d", s.Class, len(logits))
	}
	for i, v := range logits {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return 0, fmt.Errorf("the logit of class %d is %v", i, v)
		}
	}
	switch {
	case !s.Output.Probabilities() && s.Against:
		return -float64(logits[s.Class]), nil
	case !s.Output.Probabilities():
		return float64(logits[s.Class]), nil
	case s.Against:
		return 1 - s.Output.Probability(logits, s.Class), nil
	}
	return s.Output.Probability(logits, s.Class), nil
}
