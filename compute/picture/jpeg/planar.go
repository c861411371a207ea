package jpeg

import (
	"image"
	"image/color"
)

// Planar is a picture of red, green and blue, or of inks, as a file has it: each component
// in a place of its own, which takes half the memory of the pixels and the components.
type Planar struct {
	size       image.Point
	components []*component
	hMax, vMax int
	// Of inks: ycck are stored as luma and chroma, and inverted ones have 0 for full ink.
	ycck, inverted bool
}

func (d *decoder) planar() *Planar {
	return &Planar{size: image.Pt(d.width, d.height), components: d.components, hMax: d.hMax, vMax: d.vMax}
}

// Bounds begin at (0, 0).
func (p *Planar) Bounds() image.Rectangle { return image.Rectangle{Max: p.size} }

// ColorModel is that of [image.CMYK] for inks, and else that of [image.NRGBA].
func (p *Planar) ColorModel() color.Model {
	if len(p.components) == 4 {
		return color.CMYKModel
	}
	return color.NRGBAModel
}

// Opaque reports that no pixel is transparent.
func (p *Planar) Opaque() bool { return true }

// At makes one pixel, which takes long; see [Planar.Part].
func (p *Planar) At(x, y int) color.Color {
	if !image.Pt(x, y).In(p.Bounds()) {
		return p.ColorModel().Convert(color.Transparent)
	}
	return p.Part(image.Rect(x, y, x+1, y+1)).At(0, 0)
}

// Part makes the pixels inside r, which is inside the bounds: an [image.CMYK] of inks, 255
// for full ink, and else an [image.NRGBA]. Those of the result begin at (0, 0).
func (p *Planar) Part(r image.Rectangle) image.Image {
	bounds := image.Rectangle{Max: r.Size()}
	pix := make([]uint8, 4*r.Dx()*r.Dy())
	row, sums := make([]uint8, r.Dx()), make([]int, r.Dx()+2)
	for y := range r.Dy() {
		to := pix[4*r.Dx()*y:][:4*r.Dx()]
		for i, c := range p.components {
			p.row(c, r.Min.X, r.Min.Y+y, row, sums)
			for x, v := range row {
				to[4*x+i] = v
			}
		}
		p.finish(to)
	}
	if len(p.components) == 4 {
		return &image.CMYK{Pix: pix, Stride: 4 * r.Dx(), Rect: bounds}
	}
	return &image.NRGBA{Pix: pix, Stride: 4 * r.Dx(), Rect: bounds}
}

// finish makes pixels of components.
func (p *Planar) finish(pix []uint8) {
	switch {
	case len(p.components) == 3:
		for i := 3; i < len(pix); i += 4 {
			pix[i] = 255
		}
	case p.ycck:
		for i := 0; i < len(pix); i += 4 {
			// Red is what cyan lacks, and stored inverted it is cyan.
			c := pix[i : i+4]
			c[0], c[1], c[2] = RGB(int32(c[0]), int32(c[1]), int32(c[2]))
			c[3] = 255 - c[3]
		}
	case p.inverted:
		for i := range pix {
			pix[i] = 255 - pix[i]
		}
	}
}

// full is a component with a sample for each pixel.
func (p *Planar) full(c *component) []uint8 {
	out := make([]uint8, p.size.X*p.size.Y)
	sums := make([]int, p.size.X+2)
	for y := range p.size.Y {
		p.row(c, 0, y, out[y*p.size.X:][:p.size.X], sums)
	}
	return out
}

// row makes the samples of a component for the pixels from (x0, y) on. Halved components
// are interpolated as by libjpeg, others repeated. sums is room for two more than there
// are pixels.
func (p *Planar) row(c *component, x0, y int, to []uint8, sums []int) {
	halfX, halfY := p.hMax == 2*c.h, p.vMax == 2*c.v
	if !(halfX || p.hMax == c.h) || !(halfY || p.vMax == c.v) {
		from := c.plane[y*c.v/p.vMax*c.stride:]
		for i := range to {
			to[i] = from[(x0+i)*c.h/p.hMax]
		}
		return
	}
	if !halfX && !halfY {
		copy(to, c.plane[y*c.stride+x0:])
		return
	}
	w, h := ceil(p.size.X*c.h, p.hMax), ceil(p.size.Y*c.v, p.vMax)
	near, far, scale, even, odd := y, y, 1, 1, 2
	if halfY {
		near, far, scale, even, odd = y/2, min(max(y/2-1+y%2*2, 0), h-1), 4, 8, 7
	}
	// The samples that are needed, from first on.
	first, last := x0, x0+len(to)
	if halfX {
		first, last = max(x0/2-1, 0), min((x0+len(to)+1)/2+1, w)
	}
	a, b := c.plane[near*c.stride+first:], c.plane[far*c.stride+first:]
	sums = sums[:last-first]
	for i := range sums {
		if sums[i] = int(a[i]); halfY {
			sums[i] = 3*int(a[i]) + int(b[i])
		}
	}
	for i := range to {
		x := x0 + i
		if !halfX {
			to[i] = uint8((sums[i] + 1 + y%2) / 4)
			continue
		}
		next, bias := max(x/2-1, 0), even
		if x%2 == 1 {
			next, bias = min(x/2+1, w-1), odd
		}
		to[i] = uint8((3*sums[x/2-first] + sums[next-first] + bias) / (4 * scale))
	}
}

// RGB is JFIF's conversion of luma and chroma, 0 to 255 each, with libjpeg's constants and
// rounding (jdcolor.c).
func RGB(y, cb, cr int32) (r, g, b uint8) {
	const half = 1 << 15
	clip := func(v int32) uint8 { return uint8(min(max(v, 0), 255)) }
	cb, cr = cb-128, cr-128
	return clip(y + (91881*cr+half)>>16),
		clip(y + (-22554*cb-46802*cr+half)>>16),
		clip(y + (116130*cb+half)>>16)
}
