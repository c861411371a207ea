package engine

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
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
	i := slices.Index(p.names(), layer)
	if i < 0 {
		return nil, fmt.Errorf("layer %s is not part of this pass, which has %s", layer, strings.Join(p.names(), ", "))
	}
	var raw cam.Map
	var err error
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
	if m.Name == "hirescam" && s != SmoothNoise {
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
	in := p.engine.net.Input
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
	in := p.engine.net.Input
	var sum []float64
	var size cam.Map
	done := 0
	for part := range slices.Chunk(variants, PicturesAtOnce) {
		reqs := make([]Request, len(part))
		for i, v := range part {
			reqs[i] = Request{
				Input:  tensor.New(tensor.WithShape(1, 3, in.Height, in.Width), tensor.WithBacking(v.pixels)),
				Layers: []string{layer}, Class: p.Class.Index, Target: p.Target,
			}
		}
		passes, err := p.engine.RunBatch(ctx, reqs)
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

// Fusion is a way to make one map of several layers' maps.
type Fusion string

const (
	// FuseMean takes the mean, as pytorch-grad-cam does.
	FuseMean Fusion = "mean"
	// FuseMax takes the largest value of each pixel, as torch-cam and LayerCAM's
	// paper do.
	FuseMax Fusion = "max"
)

// Fusions lists the ways to fuse.
func Fusions() []Fusion { return []Fusion{FuseMean, FuseMax} }

// Fuse makes one map of those of several layers by one method, of one picture
// and target. Each is clipped at zero, scaled to 0..1 and interpolated to the
// largest one's size; LayerCAM's maps are brought closer together by tanh(2 v)
// before their maximum is taken, as equation 9 of its paper has it. The values
// of the result are from 0 to 1 and no evidence in the target's units any more.
func Fuse(maps []*Explanation, how Fusion) (*Explanation, error) {
	if len(maps) < 2 || !slices.Contains(Fusions(), how) {
		return nil, fmt.Errorf("fusing %d maps by %q", len(maps), how)
	}
	fused := *maps[0]
	fused.Notices, fused.Fusion = nil, how
	var names []string
	for _, e := range maps {
		if e.Network != fused.Network || e.Method.Name != fused.Method.Name || e.Class != fused.Class || e.TargetName != fused.TargetName || e.Smoothing != fused.Smoothing {
			return nil, fmt.Errorf("fusing layer %s with %s: the maps are of different methods, targets or networks", e.Layer, fused.Layer)
		}
		names = append(names, e.Layer)
		if e.Map.Height*e.Map.Width > fused.Map.Height*fused.Map.Width {
			fused.Map = e.Map
		}
		for _, n := range e.Notices {
			if !slices.Contains(fused.Notices, n) && n != NoticeEmpty && n != NoticeIdentical {
				fused.Notices = append(fused.Notices, n)
			}
		}
	}
	fused.Layer = strings.Join(names, " + ")
	fused.Map = cam.Map{Height: fused.Map.Height, Width: fused.Map.Width, Values: make([]float32, fused.Map.Height*fused.Map.Width)}
	for _, e := range maps {
		norm, _ := heat.Normalize(e.Map)
		if how == FuseMax && e.Method.Name == "layercam" {
			for i, v := range norm.Values {
				norm.Values[i] = float32(math.Tanh(2 * float64(v)))
			}
		}
		for i, v := range heat.Resize(norm, fused.Map.Height, fused.Map.Width).Values {
			if how == FuseMax {
				fused.Map.Values[i] = max(fused.Map.Values[i], v)
			} else {
				fused.Map.Values[i] += v / float32(len(maps))
			}
		}
	}
	if fused.Map.Empty() {
		fused.Notices = append(fused.Notices, NoticeEmpty)
	}
	return &fused, nil
}

// AsPytorchGradCAM is the map as pytorch-grad-cam returns it for a network's
// input of that size: clipped at zero, its minimum taken away and divided by its
// maximum plus 1e-7, interpolated to the input, and scaled so again. Unlike what
// Gaze draws, a map without a zero loses its floor, and an interpolated maximum
// below 1 is stretched to it; and an empty map is all zeros here as well.
func (e *Explanation) AsPytorchGradCAM(height, width int) *Explanation {
	final := *e
	final.Compat = true
	final.Map = stretched(heat.Resize(stretched(e.Map), height, width))
	return &final
}

// stretched clips a map at zero, takes away its minimum and divides by its
// maximum.
func stretched(m cam.Map) cam.Map {
	out := cam.Map{Height: m.Height, Width: m.Width, Values: slices.Clone(m.Values)}
	for i, v := range out.Values {
		out.Values[i] = max(v, 0)
	}
	lo, hi, _ := out.Range()
	for i, v := range out.Values {
		out.Values[i] = float32((float64(v) - lo) / (1e-7 + hi - lo))
	}
	return out
}
