// Package faith measures how faithful a class activation map is: whether what
// the map calls important is what the network's answer depends on.
//
// [Measure] changes the picture as a map says, asks the network again, and makes
// each [Metric]'s figure of the answers, for the map and beside it for
// Random-CAM's. [Summarize] takes the figures of many pictures together. [Sanity]
// destroys the network's weights step by step and tells how much of the map is
// left.
//
// The package does not run networks. It asks a [Scorer] for logits and an
// [Explainer] for maps, and whoever calls it brings both. docs/faith.md tells
// what each metric means and when it misleads.
package faith

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"

	"gaze/compute/cam"
	"gaze/models"
)

// Scorer is a network that is asked for its logits.
type Scorer interface {
	// Scores returns the logits of all classes for each picture. A picture is
	// channels x H x W float32, preprocessed as the network expects it. The pictures
	// are overwritten after Scores returns, so it must not keep them.
	Scores(ctx context.Context, pictures [][]float32) ([][]float32, error)
}

// Subject is a picture, a class and the maps that claim to explain the class.
type Subject struct {
	// Picture is channels x Height x Width in row-major order, preprocessed.
	Picture       []float32
	Height, Width int
	// Class is the index of the class explained, Output what makes probabilities of
	// the logits. Where they are numbers, all figures are made of the class's number.
	Class  int
	Output models.Output
	// Against is set where the maps show what speaks against the class. Then all
	// figures are made of the probability that it is not there, or of the negated
	// number.
	Against bool
	// Maps are raw, signed maps at the picture's size, as heat.Resize makes
	// them; all values are finite.
	Maps []cam.Map
	// Random is Random-CAM's map in the same form, or the zero Map if there is none.
	Random cam.Map
	// Boxes are where the class's objects are, in pixels of Picture. Only the
	// pointing game needs one.
	Boxes []image.Rectangle
}

// Options choose how finely and how fast is measured. The zero value is the
// published protocol at RISE's coarser step.
type Options struct {
	// Steps is in how many equal parts deletion and insertion change the
	// picture; 0 means [DefaultSteps]. RISE's finest is 224 for 224 x 224 pixels.
	Steps int
	// Removed are the shares of pixels that ROAD removes, in ascending order,
	// each above 0 and below 1; nil means 0.2, 0.4, 0.6 and 0.8.
	Removed []float64
	// Batch is how many pictures go to the scorer at once; 0 means 8.
	Batch int
	// Seed chooses ROAD's noise. The same seed gives the same figures.
	Seed uint64
	// Progress, if not nil, is told after each batch how many pictures of how
	// many the network has seen.
	Progress func(done, total int)
}

// DefaultSteps is the number of steps of RISE's evaluation: 8 rows of a 224 x
// 224 picture in each.
const DefaultSteps = 28

func (o Options) orDefault() (Options, error) {
	if o.Steps == 0 {
		o.Steps = DefaultSteps
	}
	if o.Batch == 0 {
		o.Batch = 8
	}
	if o.Removed == nil {
		o.Removed = []float64{0.2, 0.4, 0.6, 0.8}
	}
	if o.Steps < 1 || o.Batch < 1 {
		return o, fmt.Errorf("%d steps in batches of %d: both must be at least 1", o.Steps, o.Batch)
	}
	before := 0.0
	for _, share := range o.Removed {
		if !(share > before && share < 1) {
			return o, fmt.Errorf("the shares of pixels to remove, %v, do not rise between 0 and 1", o.Removed)
		}
		before = share
	}
	return o, nil
}

// Figure is what one metric says of one map.
type Figure struct {
	Metric Metric
	// Value is the map's figure, Random that of Random-CAM's map of the same
	// picture: one draw, to be averaged over pictures. NaN where it is not
	// defined: no box, no random map.
	Value, Random float64
}

// Measure computes the figures of all maps of a subject: result[i][j] is map
// i's by metrics[j]. Pictures that several metrics or maps ask about are shown
// to the network once.
//
// It looks at the context before each batch and returns its error. Errors of
// the scorer are wrapped.
func Measure(ctx context.Context, scorer Scorer, s Subject, metrics []Metric, opt Options) ([][]Figure, error) {
	opt, err := opt.orDefault()
	if err != nil {
		return nil, fmt.Errorf("measure maps: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("measure maps: %w", err)
	}
	e := newExperiment(s, opt)
	plans := make([]plan, len(s.Maps))
	for i, m := range s.Maps {
		plans[i] = e.plan(m, metrics)
	}
	var random *plan
	if len(s.Random.Values) > 0 {
		p := e.plan(s.Random, metrics)
		random = &p
	}
	if err := e.run(ctx, scorer); err != nil {
		return nil, fmt.Errorf("measure maps: %w", err)
	}
	result := make([][]Figure, len(plans))
	for i, p := range plans {
		result[i] = make([]Figure, len(metrics))
		for j, m := range metrics {
			f := Figure{Metric: m, Random: math.NaN()}
			f.Value = p.figure(e, m)
			if random != nil {
				f.Random = random.figure(e, m)
			}
			result[i][j] = f
		}
	}
	return result, nil
}

// Runs returns how many pictures the network is shown to measure a number of
// maps, Random-CAM's among them, of a picture of some size. It is 0 for options
// that Measure refuses.
func Runs(metrics []Metric, maps, height, width int, opt Options) int {
	opt, err := opt.orDefault()
	if err != nil {
		return 0
	}
	e := newExperiment(Subject{Height: height, Width: width}, opt)
	for range maps {
		e.plan(cam.Map{Height: height, Width: width}, metrics)
	}
	return len(e.readings)
}

func (s Subject) check() error {
	area := s.Height * s.Width
	if s.Height < 1 || s.Width < 1 || len(s.Picture) == 0 || len(s.Picture)%max(1, area) != 0 {
		return fmt.Errorf("%d values for a picture of %dx%d", len(s.Picture), s.Height, s.Width)
	}
	if s.Class < 0 {
		return fmt.Errorf("there is no class %d", s.Class)
	}
	for i, m := range s.Maps {
		if err := s.fits(m); err != nil {
			return fmt.Errorf("map %d: %w", i, err)
		}
	}
	if len(s.Random.Values) > 0 {
		if err := s.fits(s.Random); err != nil {
			return fmt.Errorf("Random-CAM's map: %w", err)
		}
	}
	return nil
}

func (s Subject) fits(m cam.Map) error {
	if m.Height != s.Height || m.Width != s.Width || len(m.Values) != m.Height*m.Width {
		return fmt.Errorf("it has %d values for %dx%d pixels, the picture %dx%d", len(m.Values), m.Height, m.Width, s.Height, s.Width)
	}
	for _, v := range m.Values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return errors.New("it holds values that are not finite")
		}
	}
	return nil
}
