package dicom

import (
	"image"
	"image/color"
	"math"
)

// colour makes an image of samples of colours, or planes where they have more than 8
// bits.
func (f *file) colour(p *Picture, l layout, s samples) error {
	if l.palette {
		return f.paletted(p, l, s)
	}
	if l.stored > 8 {
		p.High = math.Ldexp(1, l.stored) - 1
		for c := range l.samples {
			p.Planes = append(p.Planes, s.numbers(l, c))
		}
		return nil
	}
	img := image.NewNRGBA(image.Rect(0, 0, l.width, l.height))
	shift := uint(l.high + 1 - l.stored)
	most := uint32(1)<<l.stored - 1
	for i := range l.width * l.height {
		pix := img.Pix[4*i : 4*i+4]
		for c := range 3 {
			pix[c] = uint8((s.at(i, c) >> shift & most) * 255 / most)
		}
		if l.ybr {
			pix[0], pix[1], pix[2] = color.YCbCrToRGB(pix[0], pix[1], pix[2])
		}
		pix[3] = 255
	}
	p.Image = img
	return nil
}

// paletted looks samples up in three tables (PS3.3, C.7.6.3.1.5).
func (f *file) paletted(p *Picture, l layout, s samples) error {
	if f.has[tagSegmented] {
		return &UnsupportedError{Kind: "a palette in segments"}
	}
	var tables [3]struct {
		first   int
		entries []uint8
	}
	for c := range tables {
		d, data := f.values[tagPalette+tag(c)], f.values[tagPaletteData+tag(c)]
		if len(d) < 6 {
			return malformed("no palette")
		}
		n, bits := int(f.order.Uint16(d)), f.order.Uint16(d[4:])
		if n == 0 {
			n = 1 << 16
		}
		tables[c].first = int(f.order.Uint16(d[2:]))
		switch {
		case bits == 8 && len(data) >= n && len(data) < 2*n:
			tables[c].entries = data[:n]
		case (bits == 8 || bits == 16) && len(data) >= 2*n:
			entries := make([]uint8, n)
			for i := range entries {
				v := f.order.Uint16(data[2*i:])
				if bits == 16 {
					v >>= 8
				}
				entries[i] = uint8(v)
			}
			tables[c].entries = entries
		default:
			return malformed("a palette of %d entries of %d bits in %d bytes", n, bits, len(data))
		}
	}
	img := image.NewNRGBA(image.Rect(0, 0, l.width, l.height))
	for i, v := range s.numbers(l, 0) {
		pix := img.Pix[4*i : 4*i+4]
		for c, t := range tables {
			// Indices before the table have its first colour, those behind it its last.
			pix[c] = t.entries[min(max(int(v)-t.first, 0), len(t.entries)-1)]
		}
		pix[3] = 255
	}
	p.Image = img
	return nil
}
