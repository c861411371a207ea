package picture

import (
	"image"
	"math"
)

// Deep has a picture's samples where they do not fit into 8 bits: greys of 16 bits,
// signed and floating-point numbers. They are upright, as [Picture.Image] is.
type Deep struct {
	Width, Height int
	// Planes has Width*Height numbers for each channel, row by row: one plane for
	// grey, three for red, green and blue.
	Planes []Plane
	// Low and High are the ends of the range that the numbers have by their kind: 0 and
	// 65535 for 16 bits without a sign, 0 and 1 for floating-point numbers.
	Low, High float64

	// stated is the window that the file states, from black to white; nil for none.
	stated *[2]float64
	// inverted is set where low numbers are bright.
	inverted bool
}

// image shows the samples inside r in 8 bits, from low, which is black, to high, which is white.
// Samples of 16 bits that are shown from 0 to 65535 lose their lower bits, as in other
// programs; all others are rounded.
func (d *Deep) image(r image.Rectangle, low, high float64) *image.NRGBA {
	level := d.level(low, high)
	round := func(v float32) uint8 { return uint8(level(v) + 0.5) }
	if low == 0 && high == math.MaxUint16 && !d.inverted {
		round = func(v float32) uint8 { return uint8(uint16(min(max(v, 0), math.MaxUint16)) >> 8) }
	}
	img := image.NewNRGBA(image.Rectangle{Max: r.Size()})
	parallel(r.Dy(), func(y int) {
		pix := img.Pix[y*img.Stride:]
		for x := range r.Dx() {
			i := (r.Min.Y+y)*d.Width + r.Min.X + x
			p := pix[4*x : 4*x+4 : 4*x+4]
			p[0] = round(d.Planes[0].At(i))
			p[1], p[2], p[3] = p[0], p[0], 255
			if len(d.Planes) > 2 {
				p[1], p[2] = round(d.Planes[1].At(i)), round(d.Planes[2].At(i))
			}
		}
	})
	return img
}

// level is what a sample is shown as: low as 0 and high as 255, or the other way round
// where the samples are inverted.
func (d *Deep) level(low, high float64) func(v float32) float32 {
	scale := 0.0
	if high > low {
		scale = 255 / (high - low)
	}
	return func(v float32) float32 {
		x := (float64(v) - low) * scale
		if d.inverted {
			x = 255 - x
		}
		// NaN fails every comparison and becomes black.
		if !(x > 0) {
			return 0
		}
		return float32(min(x, 255))
	}
}

// window is what is shown as black and as white where nothing says it, with a notice
// where that is not the range of the kind.
//
// Numbers that fill at least a quarter of their kind's range are scaled by that:
// 0..65535 to 0..255, and floating-point numbers from 0..1. Colours of a photograph are
// bright enough where one of them is. Numbers of another kind within 0..255 are levels
// already. For all others the 0.5th percentile becomes black and the 99.5th white, so
// that a few hot pixels do not darken the rest; that is so for 12 bits of an X-ray in 16.
func (d *Deep) window() (low, high float64, notices []Notice) {
	least, most, dark, light := d.spread()
	const enough = 0.25
	switch full := d.High - d.Low; {
	case d.Low == 0 && d.High == math.MaxUint8:
		return d.Low, d.High, nil
	case d.Low == 0 && len(d.Planes) > 1 && least >= 0 && most <= d.High && most >= enough*d.High:
		return d.Low, d.High, nil
	case d.Low == 0 && least >= 0 && most <= d.High && light-dark >= enough*full:
		return d.Low, d.High, nil
	case d.Low < 0 && least < 0 && most <= d.High && light-dark >= enough*full:
		low, high = d.Low, d.High
	case least >= 0 && most <= 255 && most > 1:
		low, high = 0, 255
	case least >= 0 && most <= math.MaxUint16 && light-dark >= enough*math.MaxUint16:
		low, high = 0, math.MaxUint16
	default:
		low, high = dark, light
		if high <= low {
			low, high = least, most
		}
		if d.High != 1 { // whole numbers
			low, high = math.Round(low), math.Round(high)
		}
	}
	return low, high, []Notice{{Kind: NoticeRange, Low: low, High: high}}
}

// spread is the smallest and the largest finite number, and the 0.5th and 99.5th
// percentile.
func (d *Deep) spread() (least, most, dark, light float64) {
	least, most = math.Inf(1), math.Inf(-1)
	count := 0
	for _, plane := range d.Planes {
		for i := range plane.Len() {
			if x := float64(plane.At(i)); !math.IsNaN(x) && !math.IsInf(x, 0) {
				least, most = min(least, x), max(most, x)
				count++
			}
		}
	}
	if count == 0 {
		return 0, 0, 0, 0
	}
	// Where a few numbers are far away, all others are in one bin, so the bins are made
	// again for the range that was found, until they are fine enough.
	dark, light = least, most
	for range 12 {
		before := light - dark
		if dark, light = d.percentiles(dark, light, count); light-dark > before/64 {
			break
		}
	}
	return least, most, dark, light
}

// percentiles are the 0.5th and 99.5th of all numbers, of which those from low to
// high are counted in bins.
func (d *Deep) percentiles(low, high float64, count int) (dark, light float64) {
	const bins, tail = 1 << 16, 0.005
	if !(high > low) {
		return low, high
	}
	histogram := make([]int, bins)
	below := 0
	scale := (bins - 1) / (high - low)
	for _, plane := range d.Planes {
		for i := range plane.Len() {
			switch x := float64(plane.At(i)); {
			case math.IsNaN(x) || math.IsInf(x, 0):
			case x < low:
				below++
			case x <= high:
				histogram[int((x-low)*scale)]++
			}
		}
	}
	dark, light = low, high
	sum, found := below, false
	for i, n := range histogram {
		sum += n
		if !found && float64(sum) > tail*float64(count) {
			dark, found = low+float64(i)/scale, true
		}
		if float64(sum) >= (1-tail)*float64(count) {
			light = min(low+float64(i+1)/scale, high)
			break
		}
	}
	return dark, light
}

// upright turns the samples as [upright] turns an image.
func (d *Deep) upright(orientation int) {
	w, h := d.Width, d.Height
	for p, from := range d.Planes {
		d.Planes[p], d.Width, d.Height = from.upright(w, h, orientation)
	}
}

// turned is a plane of w x h values turned as [upright] turns an image, and its new
// width and height.
func turned[T any](from []T, w, h, orientation int) ([]T, int, int) {
	if orientation < 2 || orientation > 8 {
		return from, w, h
	}
	across := orientation > 4
	width, height := w, h
	if across {
		width, height = h, w
	}
	to := make([]T, len(from))
	for y := range height {
		for x := range width {
			sx, sy := x, y
			if across {
				sx, sy = y, x
			}
			switch orientation {
			case 2, 7, 3, 8:
				sx = w - 1 - sx
			}
			switch orientation {
			case 3, 4, 6, 7:
				sy = h - 1 - sy
			}
			to[y*width+x] = from[sy*w+sx]
		}
	}
	return to, width, height
}
