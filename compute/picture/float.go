package picture

import (
	"errors"
	"image"
	"slices"
	"sync"

	"gorgonia.org/tensor"

	"gaze/models"
)

// Tensor makes a network's input of the picture as [Tensor] does of its image, but of
// numbers of more than 8 bits without rounding them to levels: they go through the
// window and the same filters as floating-point numbers. A channel A of the input is the
// picture's alpha where that was dropped, and opaque where the picture was laid on a
// colour; colours are then resized as Pillow resizes them, multiplied by alpha.
func (p *Picture) Tensor(in models.Input) (*tensor.Dense, image.Rectangle, error) {
	seen := p.alpha == AlphaDrop && in.Channels.Has("A") && p.transparent()
	switch {
	case p.stored != nil && !seen:
		if err := takesPicture(in); err != nil {
			return nil, image.Rectangle{}, err
		}
		return rowsTensor(stripRows(&Strips{p}), in)
	case p.stored != nil:
		return p.whole().Tensor(in)
	case p.Deep == nil && !seen:
		return Tensor(p.Image, in)
	}
	if err := takesPicture(in); err != nil {
		return nil, image.Rectangle{}, err
	}
	size := p.Size()
	if size.X < 1 || size.Y < 1 {
		return nil, image.Rectangle{}, errors.New("make a network input: the picture has no pixels")
	}
	r := newResizer(size, in)
	read := p.rows(seen)
	planes := make(map[rune][]float32)
	values := make([]float32, in.Count()*in.Area())
	for c, letter := range in.Channels {
		if len(read.deep.Planes) == 1 && letter != 'A' {
			letter = 'L'
		}
		if letter == 'A' && !seen {
			planes[letter] = opaquePlane(in.Area())
		}
		if planes[letter] == nil {
			planes[letter] = r.resize(read.channel(letter))
			if seen && letter != 'A' {
				if planes['A'] == nil {
					planes['A'] = r.resize(read.channel('A'))
				}
				// Of what is transparent no colour is left.
				for i, a := range planes['A'] {
					planes[letter][i] = min(255*planes[letter][i]/max(a, 1), 255)
				}
			}
		}
		normalise(values[c*in.Area():(c+1)*in.Area()], planes[letter], in, c)
	}
	x := tensor.New(tensor.WithShape(in.Shape()...), tensor.WithBacking(values))
	return x, frame(size, r.w, r.h, r.crop), nil
}

// normalise makes the numbers of a channel of levels of 0 to 255.
func normalise(plane, levels []float32, in models.Input, channel int) {
	for i, v := range levels {
		// The conversion keeps product and difference from being fused.
		plane[i] = (float32(v*in.Scale) - in.Mean[channel]) / in.Std[channel]
	}
}

func opaquePlane(n int) []float32 {
	plane := make([]float32, n)
	for i := range plane {
		plane[i] = 255
	}
	return plane
}

// resizer brings planes of a picture to a network's input.
type resizer struct {
	size   image.Point // of the picture
	w, h   int
	crop   image.Rectangle
	filter filter
}

func newResizer(size image.Point, in models.Input) resizer {
	r := resizer{size: size, filter: filterOf(in)}
	r.w, r.h, r.crop = placement(size, in)
	return r
}

// resize is [resample] of one plane in floating point, whose rows read writes as levels
// of 0 to 255.
func (r resizer) resize(read func(y int, row []float32)) []float32 {
	across := r.filter.taps(r.size.X, r.w, r.crop.Min.X, r.crop.Max.X)
	down := r.filter.taps(r.size.Y, r.h, r.crop.Min.Y, r.crop.Max.Y)
	last := down[len(down)-1]
	top, bottom := down[0].first, last.first+len(last.weights)

	width := r.crop.Dx()
	narrow := make([]float32, width*(bottom-top))
	rows := sync.Pool{New: func() any { return new([]float32) }}
	parallel(bottom-top, func(y int) {
		room := rows.Get().(*[]float32)
		defer rows.Put(room)
		*room = slices.Grow(*room, r.size.X)
		row := (*room)[:r.size.X]
		read(top+y, row)
		for x, t := range across {
			var sum float32
			for i, k := range t.weights {
				sum += weight(k) * row[t.first+i]
			}
			narrow[y*width+x] = min(max(sum, 0), 255)
		}
	})
	out := make([]float32, width*r.crop.Dy())
	parallel(r.crop.Dy(), func(y int) {
		t, sums := down[y], out[y*width:][:width]
		for i, k := range t.weights {
			for x, v := range narrow[(t.first-top+i)*width:][:width] {
				sums[x] += weight(k) * v
			}
		}
		for x, s := range sums {
			sums[x] = min(max(s, 0), 255)
		}
	})
	return out
}

// weight is what a fixed-point weight stands for.
func weight(k int32) float32 { return float32(k) / (1 << weightBits) }

// rows reads a picture's numbers as levels of 0 to 255.
type rows struct {
	deep  *Deep
	level func(float32) float32
	// alpha multiplies what is read; nil for nothing.
	alpha []uint8
}

func (p *Picture) rows(underAlpha bool) rows {
	r := rows{deep: p.Deep}
	if r.deep == nil {
		r.deep = deepOf(p.Image)
		r.level = r.deep.level(0, 255)
	} else {
		r.level = r.deep.level(p.low, p.high)
	}
	if underAlpha {
		r.alpha = p.Alpha
	}
	return r
}

// channel reads the rows of the channel of a letter.
func (r rows) channel(letter rune) func(y int, row []float32) {
	return func(y int, row []float32) {
		at := y * r.deep.Width
		if letter == 'A' {
			for i := range row {
				row[i] = float32(r.alpha[at+i])
			}
			return
		}
		planes := r.deep.Planes
		if letter == 'L' && len(planes) > 1 {
			for i := range row {
				row[i] = 0.299*r.level(planes[0].At(at+i)) + 0.587*r.level(planes[1].At(at+i)) + 0.114*r.level(planes[2].At(at+i))
			}
		} else {
			plane := planes[min(colourOf(letter), len(planes)-1)]
			for i := range row {
				row[i] = r.level(plane.At(at + i))
			}
		}
		if r.alpha != nil {
			for i, a := range r.alpha[at:][:len(row)] {
				row[i] *= float32(a) / 255
			}
		}
	}
}
