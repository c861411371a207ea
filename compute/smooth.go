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

// Smoothings lists the ways to smooth.
func Smoothings() []Smoothing { return []Smoothing{SmoothAugment, SmoothEigen, SmoothNoise} }

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
	var raw cam.Map
	switch s {
	case SmoothEigen:
		raw, err = m.EigenSmooth(ctx, p.Layers[i].Layer, &probe{p, i})
	case SmoothAugment:
		raw, err = p.meanMap(ctx, layer, m, p.augmented())
	case SmoothNoise:
		raw, err = p.meanMap(ctx, layer, m, p.noisy())
	default:
		err = fmt.Errorf("no smoothing is called %q", s)
	}
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", layer, err)
	}
	e := p.explanation(layer, vanished(p.Layers[i].Gradient), m, raw)
	e.Smoothing = s
	if m.SumsToLogit && s != SmoothNoise {
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
	for _, contrast := range []float32{0.9, 1, 1.1} {
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
		passes, err := p.of(ctx, layer, pictures)
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
