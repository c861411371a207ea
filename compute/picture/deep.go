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
	Planes [][]float32
	// Low and High are the ends of the range that the numbers have by their kind: 0 and
	// 65535 for 16 bits without a sign, 0 and 1 for floating-point numbers.
	Low, High float64
}

// deepImage shows deep samples in 8 bits, with a notice where the file does not say
// what is black and what is white.
//
// Numbers that fill at least a quarter of their kind's range are scaled by that:
// 0..65535 to 0..255, dropping the lower bits as other programs do, and floating-point
// numbers from 0..1. Numbers of another kind within 0..255 are levels already. For all
// others the 0.5th percentile becomes black and the 99.5th white, so that a few hot
// pixels do not darken the rest; that is so for 12 bits of an X-ray in 16.
func deepImage(d *Deep, alpha []uint8) (image.Image, []Notice) {
	low, high, notices := d.window()
	scale := 0.0
	if high > low {
		scale = 255 / (high - low)
	}
	level := func(v float32) uint8 {
		x := (float64(v) - low) * scale
		// NaN fails every comparison and becomes black.
		if !(x > 0) {
			return 0
		}
		return uint8(min(math.Round(x), 255))
	}
	if low == 0 && high == math.MaxUint16 {
		level = func(v float32) uint8 { return uint8(uint16(min(max(v, 0), math.MaxUint16)) >> 8) }
	}
	bounds := image.Rect(0, 0, d.Width, d.Height)
	if len(d.Planes) == 1 && alpha == nil {
		img := image.NewGray(bounds)
		for i, v := range d.Planes[0] {
			img.Pix[i] = level(v)
		}
		return img, notices
	}
	img := image.NewNRGBA(bounds)
	for i := range d.Width * d.Height {
		for c := range 3 {
			img.Pix[4*i+c] = level(d.Planes[min(c, len(d.Planes)-1)][i])
		}
		img.Pix[4*i+3] = 255
		if alpha != nil {
			img.Pix[4*i+3] = alpha[i]
		}
	}
	return img, notices
}

// window is what is shown as black and as white.
func (d *Deep) window() (low, high float64, notices []Notice) {
	least, most, dark, light := d.spread()
	const enough = 0.25
	switch full := d.High - d.Low; {
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
		for _, v := range plane {
			if x := float64(v); !math.IsNaN(x) && !math.IsInf(x, 0) {
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
		for _, v := range plane {
			switch x := float64(v); {
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
	if orientation < 2 || orientation > 8 {
		return
	}
	w, h := d.Width, d.Height
	turned := orientation > 4
	if turned {
		d.Width, d.Height = h, w
	}
	for p, from := range d.Planes {
		to := make([]float32, len(from))
		for y := range d.Height {
			for x := range d.Width {
				sx, sy := x, y
				if turned {
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
				to[y*d.Width+x] = from[sy*w+sx]
			}
		}
		d.Planes[p] = to
	}
}
