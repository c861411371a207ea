package models

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"
)

// tokensShape puts a picture's pixels below tokens of no place: 1 x C x (P + H W) x 1.
func tokensShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	x := in[0]
	before, err := l.prefix(x[1])
	if err != nil {
		return nil, err
	}
	pos, ok := l.Params["positions"]
	if !ok {
		return nil, errors.New("has no embedding of positions")
	}
	a := l.Attr
	s, cells := pos.Shape(), a.Output[0]*a.Output[1]
	if a.Output[0] < 1 || a.Output[1] < 1 || len(s) != 2 || s[1] != x[1] || s[0] != cells && s[0] != before+cells {
		return nil, fmt.Errorf("an embedding of %v does not fit %d tokens and a grid of %v", s, before, a.Output)
	}
	return tensor.Shape{1, x[1], before + x[2]*x[3], 1}, nil
}

// prefix is how many tokens of so many channels a Tokens layer puts before the
// picture's.
func (l Layer) prefix(channels int) (int, error) {
	p, ok := l.Params["prefix"]
	if !ok {
		return 0, nil
	}
	if s := p.Shape(); len(s) != 2 || s[1] != channels {
		return 0, fmt.Errorf("tokens of %v do not fit %d channels", s, channels)
	}
	return p.Shape()[0], nil
}

// quartersShape has half as many rows and columns, and four times as many channels.
func quartersShape(_ Layer, in []tensor.Shape) (tensor.Shape, error) {
	x := in[0]
	return tensor.Shape{x[0], 4 * x[1], (x[2] + 1) / 2, (x[3] + 1) / 2}, nil
}

// withPrefix is the rule of tokens before a picture's.
func withPrefix(l Layer, p *places) *places {
	if p == nil || p.cells != nil {
		return nil
	}
	before := l.Shape[2] - p.height*p.width
	tokens := &places{height: p.height, width: p.width, axes: []int{2}}
	if before > 0 {
		tokens.cells = append(slices.Repeat([]int32{prefix}, before), p.all()...)
	}
	return tokens
}

// Embedding is what a Tokens layer adds to the pixels of its input and puts before
// them, C x (P + H W): the tokens of no place and the embeddings of positions. Where
// the picture's grid is another than that of the embeddings, they are interpolated as
// torchvision's interpolate_embeddings does: bicubic, corners on corners.
func (l Layer) Embedding() []float32 {
	channels, all := l.Shape[1], l.Shape[2]
	pos := l.Params["positions"].Data().([]float32)
	out := make([]float32, channels*all)
	before := 0
	if p := l.Params["prefix"]; p != nil {
		before = p.Shape()[0]
		for i, v := range p.Data().([]float32) {
			out[i%channels*all+i/channels] = v
		}
	}
	if a := l.Attr; len(pos) > a.Output[0]*a.Output[1]*channels {
		for i, v := range pos[:before*channels] {
			out[i%channels*all+i/channels] += v
		}
		pos = pos[before*channels:]
	}
	height, width := l.Plane()
	rows, columns := cubic(height, l.Attr.Output[0]), cubic(width, l.Attr.Output[1])
	for y, row := range rows {
		for x, column := range columns {
			for c := range channels {
				var sum float64
				for _, r := range row {
					var line float64
					for _, k := range column {
						line += k.weight * float64(pos[(r.at*l.Attr.Output[1]+k.at)*channels+c])
					}
					sum += r.weight * line
				}
				out[c*all+before+y*width+x] = float32(sum)
			}
		}
	}
	return out
}

// sample is a number that an interpolation reads.
type sample struct {
	at     int
	weight float64
}

// cubic are the samples for n positions among from, by Keys's kernel with a = -3/4.
func cubic(n, from int) [][]sample {
	list := make([][]sample, n)
	for i := range list {
		at := 0.
		if n > 1 {
			at = float64(i) * float64(from-1) / float64(n-1)
		}
		whole := math.Floor(at)
		if at == whole {
			list[i] = []sample{{int(at), 1}}
			continue
		}
		for k := -1; k <= 2; k++ {
			place := min(max(int(whole)+k, 0), from-1)
			list[i] = append(list[i], sample{place, keys(math.Abs(at - whole - float64(k)))})
		}
	}
	return list
}

// keys is the kernel of Keys, Cubic convolution interpolation for digital image
// processing, 1981, at a distance below 2.
func keys(x float64) float64 {
	const a = -0.75
	if x <= 1 {
		return ((a+2)*x-(a+3))*x*x + 1
	}
	return ((a*x-5*a)*x+8*a)*x - 4*a
}
