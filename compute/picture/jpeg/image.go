package jpeg

import (
	"image"
	"image/color"
)

// image makes an image of the components.
func (d *decoder) image() (image.Image, error) {
	bounds := image.Rect(0, 0, d.width, d.height)
	switch len(d.components) {
	case 1:
		c := d.components[0]
		return &image.Gray{Pix: c.plane, Stride: c.stride, Rect: bounds}, nil
	case 3:
		if d.isRGB() {
			return d.interleaved(bounds), nil
		}
		return d.yCbCr(bounds), nil
	}
	return d.cmyk(bounds), nil
}

// isRGB reports whether three components are red, green and blue, by libjpeg's
// rules (default_decompress_parms).
func (d *decoder) isRGB() bool {
	switch {
	case d.colour != Guessed:
		return d.colour == Raw
	case d.jfif:
		return false
	case d.adobe >= 0:
		return d.adobe == 0
	}
	c := d.components
	return c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B'
}

// yCbCr is the picture as it is stored, where the standard library knows its
// proportions, and else with its chroma repeated.
func (d *decoder) yCbCr(bounds image.Rectangle) *image.YCbCr {
	y, cb, cr := d.components[0], d.components[1], d.components[2]
	img := &image.YCbCr{Y: y.plane, Cb: cb.plane, Cr: cr.plane, YStride: y.stride, CStride: cb.stride, Rect: bounds}
	ratios := map[[2]int]image.YCbCrSubsampleRatio{
		{1, 1}: image.YCbCrSubsampleRatio444, {2, 1}: image.YCbCrSubsampleRatio422, {2, 2}: image.YCbCrSubsampleRatio420,
		{1, 2}: image.YCbCrSubsampleRatio440, {4, 1}: image.YCbCrSubsampleRatio411, {4, 2}: image.YCbCrSubsampleRatio410,
	}
	if y.h == d.hMax && y.v == d.vMax && cb.h == cr.h && cb.v == cr.v && d.hMax%cb.h == 0 && d.vMax%cb.v == 0 {
		if ratio, ok := ratios[[2]int{d.hMax / cb.h, d.vMax / cb.v}]; ok {
			img.SubsampleRatio = ratio
			return img
		}
	}
	img.SubsampleRatio = image.YCbCrSubsampleRatio444
	img.Y, img.Cb, img.Cr = d.full(y), d.full(cb), d.full(cr)
	img.YStride, img.CStride = d.width, d.width
	return img
}

// full is a component with a sample for each pixel. Halved ones are interpolated as
// by libjpeg, others repeated.
func (d *decoder) full(c *component) []uint8 {
	out := make([]uint8, d.width*d.height)
	halfX, halfY := d.hMax == 2*c.h, d.vMax == 2*c.v
	if !(halfX || d.hMax == c.h) || !(halfY || d.vMax == c.v) {
		for y := range d.height {
			from, to := c.plane[y*c.v/d.vMax*c.stride:], out[y*d.width:][:d.width]
			for x := range to {
				to[x] = from[x*c.h/d.hMax]
			}
		}
		return out
	}
	w, h := ceil(d.width*c.h, d.hMax), ceil(d.height*c.v, d.vMax)
	sums := make([]int, w)
	for y := range d.height {
		near, far, scale, even, odd := y, y, 1, 1, 2
		if halfY {
			near, far, scale, even, odd = y/2, min(max(y/2-1+y%2*2, 0), h-1), 4, 8, 7
		}
		a, b := c.plane[near*c.stride:][:w], c.plane[far*c.stride:][:w]
		for x := range sums {
			if sums[x] = int(a[x]); halfY {
				sums[x] = 3*int(a[x]) + int(b[x])
			}
		}
		to := out[y*d.width:][:d.width]
		for x := range to {
			switch {
			case halfX:
				next, bias := max(x/2-1, 0), even
				if x%2 == 1 {
					next, bias = min(x/2+1, w-1), odd
				}
				to[x] = uint8((3*sums[x/2] + sums[next] + bias) / (4 * scale))
			case halfY:
				to[x] = uint8((sums[x] + 1 + y%2) / 4)
			default:
				to[x] = a[x]
			}
		}
	}
	return out
}

func (d *decoder) interleaved(bounds image.Rectangle) *image.NRGBA {
	img := image.NewNRGBA(bounds)
	for i, c := range d.components {
		for k, v := range d.full(c) {
			img.Pix[4*k+i] = v
		}
	}
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	return img
}

// cmyk makes ink of four components, 255 for full ink.
func (d *decoder) cmyk(bounds image.Rectangle) *image.CMYK {
	img := image.NewCMYK(bounds)
	for i, c := range d.components {
		for k, v := range d.full(c) {
			img.Pix[4*k+i] = v
		}
	}
	if d.colour == Raw {
		return img
	}
	ycck := d.colour == Guessed && d.adobe == 2
	for i := 0; i < len(img.Pix); i += 4 {
		p := img.Pix[i : i+4]
		if ycck {
			// Red is what cyan lacks, and stored inverted it is cyan.
			r, g, b := color.YCbCrToRGB(p[0], p[1], p[2])
			p[0], p[1], p[2], p[3] = r, g, b, 255-p[3]
			continue
		}
		for k := range p {
			p[k] = 255 - p[k]
		}
	}
	return img
}
