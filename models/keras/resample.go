package keras

import (
	"fmt"
	"math"

	"gaze/models"
)

// resample brings rows and columns of v, of shape C x H x W, to other lengths as
// TensorFlow's image.resize does without antialiasing. Interpolation is a product with
// a matrix for each axis; the nearest pixels are taken as they are.
func (b *builder) resample(name string, v *value, height, width int, filter string) (*value, error) {
	shape := b.physical(v)
	channels, rows, columns := shape[0], shape[1], shape[2]
	out := &value{layer: v.layer}
	if filter == "nearest" {
		if err := b.memory.spend(channels*height*width, 8); err != nil {
			return nil, err
		}
		index := make([]int32, 0, channels*height*width)
		for c := range channels {
			for y := range height {
				from := int32((c*rows + nearest(y, rows, height)) * columns)
				for x := range width {
					index = append(index, from+int32(nearest(x, columns, width)))
				}
			}
		}
		return b.chain(name, out, []models.Layer{{Kind: models.Take, Attr: models.Attr{Shape: []int{1, channels, height, width}, Index: index}}})
	}
	taps, ok := filters[filter]
	if !ok {
		return nil, fmt.Errorf("has the interpolation %q; \"nearest\", \"bilinear\" and \"bicubic\" are supported", filter)
	}
	if err := b.memory.spend(height*rows+width*columns, 4); err != nil {
		return nil, err
	}
	left, right := make([]float32, height*rows), make([]float32, columns*width)
	for y := range height {
		for _, t := range taps(y, rows, height) {
			left[y*rows+t.at] += t.weight
		}
	}
	for x := range width {
		for _, t := range taps(x, columns, width) {
			right[t.at*width+x] += t.weight
		}
	}
	byRows, err := b.fixed(name+"/row_weights", left, 1, 1, height, rows)
	if err != nil {
		return nil, err
	}
	byColumns, err := b.fixed(name+"/column_weights", right, 1, 1, columns, width)
	if err != nil {
		return nil, err
	}
	if out.layer, err = b.add(name+"/rows", models.Layer{Kind: models.MatMul, Inputs: []string{byRows, v.layer}}); err != nil {
		return nil, err
	}
	out.layer, err = b.add(name, models.Layer{Kind: models.MatMul, Inputs: []string{out.layer, byColumns}})
	return out, err
}

// tap is a position along an axis and its weight in what is interpolated.
type tap struct {
	at     int
	weight float32
}

// filters have, for position i of out, which of the in positions it is made of.
var filters = map[string]func(i, in, out int) []tap{"bilinear": bilinear, "bicubic": bicubic}

// sampled is where position i of out lies among in positions, whose centres are at
// half numbers, as TensorFlow rounds it.
func sampled(i, in, out int) float32 {
	return (float32(i)+0.5)*(float32(in)/float32(out)) - 0.5
}

func nearest(i, in, out int) int {
	return min(int((float32(i)+0.5)*(float32(in)/float32(out))), in-1)
}

func bilinear(i, in, out int) []tap {
	at := sampled(i, in, out)
	floor := float32(math.Floor(float64(at)))
	share := at - floor
	lower, upper := min(max(int(floor), 0), in-1), min(max(int(floor)+1, 0), in-1)
	return []tap{{lower, 1 - share}, {upper, share}}
}

// bicubic is Keys' kernel with a of -1/2 (Cubic convolution interpolation, 1981). As
// in TensorFlow, it comes from a table of 1024 steps, and what it gives to positions
// outside goes to the others in proportion.
func bicubic(i, in, out int) []tap {
	const a, steps = -0.5, 1024
	at := float64(sampled(i, in, out))
	floor := math.Floor(at)
	share := math.RoundToEven((at-floor)*steps) / steps
	inner := func(x float64) float64 { return ((a+2)*x-(a+3))*x*x + 1 }
	outer := func(x float64) float64 { return ((a*x-5*a)*x+8*a)*x - 4*a }
	var taps []tap
	sum := 0.0
	for k, weight := range []float64{outer(share + 1), inner(share), inner(1 - share), outer(2 - share)} {
		if p := int(floor) + k - 1; p >= 0 && p < in {
			taps = append(taps, tap{p, float32(weight)})
			sum += weight
		}
	}
	for k := range taps {
		taps[k].weight /= float32(sum)
	}
	return taps
}
