package compute

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"gaze/compute/cam"
	"gaze/compute/engine"
	"gaze/compute/heat"
)

// Smoothing is a way to make a map less noisy.
type Smoothing string

const (
	// SmoothAugment is the mean of the maps, clipped at zero and scaled to 0..1,
	// of the picture and its mirror image, each with 0.9, 1 and 1.1 of its
	// contrast: pytorch-grad-cam's aug_smooth.
	SmoothAugment Smoothing = "augment"
	// SmoothEigen takes the first principal component of the channels in place
	// of their sum: see [cam.Method.EigenSmooth].
	SmoothEigen Smoothing = "eigen"
	// SmoothNoise is the mean of the raw maps of noisy pictures: Smilkov et al.,
	// SmoothGrad, 2017, arXiv:1706.03825.
	SmoothNoise Smoothing = "noise"
)

// smoothing is a row of the table of smoothings.
type smoothing struct {
	name Smoothing
	// caption says by what a map is smoothed: "noise".
	caption string
	// runs is how often a map runs the network again.
	runs int
	// scaled maps are from 0 to 1. A linear one is a mean of raw maps: where the
	// method's maps add up to a logit, it adds up to the mean of logits.
	scaled, linear bool
	// unsigned maps are the same for a target and its negative.
	unsigned bool
	// smooth makes the raw map of layer i of the pass.
	smooth func(ctx context.Context, p *Pass, i int, m cam.Method) (cam.Map, error)
}

// smoothingTable has all smoothings, in the order in which they are offered.
func smoothingTable() []smoothing {
	return []smoothing{
		{name: SmoothAugment, caption: "augmentation", runs: 2 * len(contrasts()), scaled: true, smooth: func(ctx context.Context, p *Pass, i int, m cam.Method) (cam.Map, error) {
			return p.meanMap(ctx, p.Layers[i].Name, m, p.augmented())
		}},
		{name: SmoothEigen, caption: "eigenvectors", unsigned: true, smooth: func(ctx context.Context, p *Pass, i int, m cam.Method) (cam.Map, error) {
			return m.EigenSmooth(ctx, p.Layers[i].Layer, &probe{p, i})
		}},
		{name: SmoothNoise, caption: "noise", runs: noisyPictures, linear: true, smooth: func(ctx context.Context, p *Pass, i int, m cam.Method) (cam.Map, error) {
			return p.meanMap(ctx, p.Layers[i].Name, m, p.noisy())
		}},
	}
}

// row is the smoothing's row of the table, and whether it has one.
func (s Smoothing) row() (smoothing, bool) {
	for _, row := range smoothingTable() {
		if row.name == s {
			return row, true
		}
	}
	return smoothing{}, false
}

// Smoothings lists the ways to smooth.
func Smoothings() []Smoothing {
	var names []Smoothing
	for _, row := range smoothingTable() {
		names = append(names, row.name)
	}
	return names
}

// Runs is how often a smoothed map runs the network again, 0 without a smoothing.
func (s Smoothing) Runs() int {
	row, _ := s.row()
	return row.runs
}

// caption says by what the smoothing makes a map smooth.
func (s Smoothing) caption() string {
	row, _ := s.row()
	return row.caption
}

// contrasts are those that [SmoothAugment] gives the picture and its mirror image.
func contrasts() []float32 { return []float32{0.9, 1, 1.1} }

// The number of noisy pictures, and the noise's standard deviation as a share of
// the span between the picture's lowest and highest number; SmoothGrad's paper
// has 10 to 20 per cent.
const (
	noisyPictures = 16
	noiseShare    = 0.15
)

// Smooth makes the map of one of the pass's layers, smoothed; without a
// smoothing it is [Pass.Explain]. The noise is the same at every call.
func (p *Pass) Smooth(ctx context.Context, layer string, m cam.Method, s Smoothing) (*Explanation, error) {
	if s == "" {
		return p.Explain(ctx, layer, m)
	}
	i, err := p.find(layer)
	if err != nil {
		return nil, err
	}
	row, ok := s.row()
	if !ok {
		return nil, fmt.Errorf("no smoothing is called %q", s)
	}
	raw, err := row.smooth(ctx, p, i, m)
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", layer, err)
	}
	smoothed := m
	smoothed.Unsigned = m.Unsigned || row.unsigned
	e := p.explanation(layer, vanished(p.Layers[i].Gradient), smoothed, raw)
	e.Method, e.Smoothing = m, s
	if m.SumsToLogit && !row.linear {
		e.Notices = append(e.Notices, NoticeSmoothed)
	}
	return e, nil
}

// variant is a changed picture and what brings its map back to the picture's.
type variant struct {
	pixels []float32
	back   func(cam.Map) cam.Map
}

func (p *Pass) augmented() []variant {
	in := p.explainer.Network().Input
	mirrored := mirror(floats(p.input), in.Width)
	var list []variant
	for _, contrast := range contrasts() {
		times := func(pixels []float32) []float32 {
			out := make([]float32, len(pixels))
			for i, v := range pixels {
				out[i] = v * contrast
			}
			return out
		}
		scaled := func(m cam.Map) cam.Map { norm, _ := heat.Normalize(m); return norm }
		list = append(list,
			variant{times(floats(p.input)), scaled},
			variant{times(mirrored), func(m cam.Map) cam.Map {
				m = scaled(m)
				m.Values = mirror(m.Values, m.Width)
				return m
			}},
		)
	}
	return list
}

// mirror turns rows of width numbers around.
func mirror(values []float32, width int) []float32 {
	out := slices.Clone(values)
	for row := range slices.Chunk(out, width) {
		slices.Reverse(row)
	}
	return out
}

func (p *Pass) noisy() []variant {
	pixels := floats(p.input)
	span := float64(slices.Max(pixels) - slices.Min(pixels))
	random := rand.New(rand.NewPCG(3, 0))
	list := make([]variant, noisyPictures)
	for i := range list {
		noisy := make([]float32, len(pixels))
		for k, v := range pixels {
			noisy[k] = v + float32(noiseShare*span*random.NormFloat64())
		}
		list[i] = variant{noisy, func(m cam.Map) cam.Map { return m }}
	}
	return list
}

// meanMap is the mean of the variants' maps.
func (p *Pass) meanMap(ctx context.Context, layer string, m cam.Method, variants []variant) (cam.Map, error) {
	var sum []float64
	var size cam.Map
	done := 0
	for part := range slices.Chunk(variants, engine.PicturesAtOnce) {
		pictures := make([][]float32, len(part))
		for i, v := range part {
			pictures[i] = v.pixels
		}
		passes, err := p.rerun(ctx, layer, pictures)
		if err != nil {
			return cam.Map{}, err
		}
		for i, pass := range passes {
			e, err := pass.Explain(ctx, layer, m)
			if err != nil {
				return cam.Map{}, err
			}
			size = part[i].back(e.Map)
			if sum == nil {
				sum = make([]float64, len(size.Values))
			}
			for k, v := range size.Values {
				sum[k] += float64(v)
			}
			done++
			if p.Progress != nil {
				p.Progress(done, len(variants))
			}
		}
	}
	mean := cam.Map{Height: size.Height, Width: size.Width, Values: make([]float32, len(sum))}
	for k, v := range sum {
		mean.Values[k] = float32(v / float64(len(variants)))
	}
	return mean, nil
}
