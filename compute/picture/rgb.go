package picture

import (
	"image"
	"image/color"
	"image/draw"

	"gaze/compute/picture/jpeg"
)

// colours converts the part of src inside bounds to 8-bit RGB without alpha, and gives
// its alpha row by row, nil where the image has none. The result's bounds begin at
// (0, 0).
func colours(src image.Image, bounds image.Rectangle, how chroma) (*image.NRGBA, []uint8) {
	if p, ok := src.(*jpeg.Planar); ok {
		src = p.Part(bounds)
		bounds = src.Bounds()
	}
	dst := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	var alpha []uint8
	switch img := src.(type) {
	case *image.YCbCr:
		smoothChroma(dst, img, bounds, how)
	case *image.NYCbCrA:
		smoothChroma(dst, &img.YCbCr, bounds, how)
		alpha = make([]uint8, 0, len(dst.Pix)/4)
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			alpha = append(alpha, img.A[y*img.AStride+bounds.Min.X:][:bounds.Dx()]...)
		}
	case *image.CMYK:
		inks(dst, img.SubImage(bounds).(*image.CMYK))
	default:
		alpha = straight(dst, src, bounds)
	}
	// The same bytes mean the same colours where alpha is 255 throughout.
	return &image.NRGBA{Pix: dst.Pix, Stride: dst.Stride, Rect: dst.Rect}, alpha
}

// straight copies the colours of src, not multiplied by alpha, and returns its alpha.
func straight(dst *image.RGBA, src image.Image, bounds image.Rectangle) []uint8 {
	if opaque(src, bounds) {
		draw.Draw(dst, dst.Rect, src, bounds.Min, draw.Src)
		return nil
	}
	// What lies beside a frame has the colour that the frame's transparent pixels
	// have, or its first one, as in Pillow.
	var beside color.NRGBA
	if p, ok := src.(*image.Paletted); ok && len(p.Palette) > 0 {
		beside = nrgba(p.Palette[0])
		for _, c := range p.Palette {
			if c := nrgba(c); c.A == 0 {
				beside = c
				break
			}
		}
	}
	alpha := make([]uint8, bounds.Dx()*bounds.Dy())
	at := func(x, y int) color.NRGBA { return nrgba(src.At(x, y)) }
	switch img := src.(type) {
	case *image.NRGBA:
		at = img.NRGBAAt
	case *image.Paletted:
		palette := make([]color.NRGBA, len(img.Palette))
		for i, c := range img.Palette {
			palette[i] = nrgba(c)
		}
		at = func(x, y int) color.NRGBA { return palette[img.ColorIndexAt(x, y)] }
	}
	inside := src.Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			c, a := beside, uint8(0)
			if from := bounds.Min.Add(image.Pt(x, y)); from.In(inside) {
				c = at(from.X, from.Y)
				a = c.A
			}
			p := dst.Pix[dst.PixOffset(x, y):][:4:4]
			p[0], p[1], p[2], p[3] = c.R, c.G, c.B, 255
			alpha[y*bounds.Dx()+x] = a
		}
	}
	return alpha
}

// opaque reports whether the part of src inside bounds is opaque.
func opaque(src image.Image, bounds image.Rectangle) bool {
	if !bounds.In(src.Bounds()) {
		return false
	}
	if whole, ok := src.(interface {
		SubImage(r image.Rectangle) image.Image
	}); ok {
		src = whole.SubImage(bounds)
	} else if src.Bounds() != bounds {
		return false
	}
	o, ok := src.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// nrgba is a colour that is not multiplied by its alpha. The standard library's
// conversion forgets the colour of what is transparent.
func nrgba(c color.Color) color.NRGBA {
	switch c := c.(type) {
	case color.NRGBA:
		return c
	case color.NRGBA64:
		return color.NRGBA{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), uint8(c.A >> 8)}
	}
	return color.NRGBAModel.Convert(c).(color.NRGBA)
}

// lay is the picture img, which has no alpha of its own, as seen where alpha, row by
// row, lets through what is behind it.
func lay(img *image.NRGBA, alpha []uint8, behind Alpha) *image.NRGBA {
	if alpha == nil || behind == AlphaDrop {
		return img
	}
	ground := 0
	if behind == AlphaWhite {
		ground = 255
	}
	laid := image.NewNRGBA(image.Rectangle{Max: img.Rect.Size()})
	width := img.Rect.Dx()
	for y := range img.Rect.Dy() {
		from, to := img.Pix[y*img.Stride:], laid.Pix[y*laid.Stride:]
		for x, a := range alpha[y*width:][:width] {
			for i, v := range from[4*x : 4*x+3] {
				to[4*x+i] = uint8((int(v)*int(a) + ground*(255-int(a)) + 127) / 255)
			}
			to[4*x+3] = 255
		}
	}
	return laid
}

// chroma says how luma and chroma become colours. The zero value is how JPEGs do.
type chroma struct {
	// webp interpolates as libwebp does, repeat not at all.
	webp, repeat bool
	// rgb makes a colour; nil for [jpeg.RGB].
	rgb func(y, cb, cr int32) (r, g, b uint8)
}

// smoothChroma converts the part of src inside bounds as libjpeg does by default: halved chroma is
// interpolated with weights 3/4 and 1/4 along each halved axis ("fancy
// upsampling"), and that of other proportions repeated. Networks were trained on
// pictures decoded that way; repeating all samples, as the standard library does,
// moves colours at edges by tens of levels.
func smoothChroma(dst *image.RGBA, src *image.YCbCr, bounds image.Rectangle, how chroma) {
	convert := how.rgb
	if convert == nil {
		convert = jpeg.RGB
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	fx, fy := 1, 1
	switch src.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		fx = 2
	case image.YCbCrSubsampleRatio420:
		fx, fy = 2, 2
	case image.YCbCrSubsampleRatio440:
		fy = 2
	case image.YCbCrSubsampleRatio411:
		fx = 4
	case image.YCbCrSubsampleRatio410:
		fx, fy = 4, 2
	}
	ch := (h + fy - 1) / fy
	// The columns of chroma that are needed, with one more on either side.
	first := max(bounds.Min.X/fx-1, 0)
	cw := min((bounds.Max.X+fx-1)/fx+1, (w+fx-1)/fx) - first
	// One row of chroma, summed over the rows it is interpolated from, then
	// spread over the width.
	sums := make([]int32, cw)
	blue, red := make([]uint8, fx*cw), make([]uint8, fx*cw)
	row := func(plane []uint8, y int, out []uint8) {
		at := func(cy int) []uint8 { return plane[cy*src.CStride+first:][:cw] }
		near := at(y / fy)
		if fy == 2 && fx < 4 {
			far := at(min(max(y/2-1+y%2*2, 0), ch-1))
			if how.webp && fx == 2 {
				spreadVideo(out, near, far)
				return
			}
			for x := range sums {
				sums[x] = 3*int32(near[x]) + int32(far[x])
			}
		}
		switch {
		case how.repeat:
			for x := range out {
				out[x] = near[x/fx]
			}
		case fx == 2 && fy == 2:
			spread(out, sums, 4, 8, 7)
		case fx == 2:
			for x, v := range near {
				sums[x] = int32(v)
			}
			spread(out, sums, 2, 1, 2)
		case fx == 1 && fy == 2:
			for x, v := range sums {
				out[x] = uint8((v + int32(1+y%2)) >> 2)
			}
		default:
			for x := range out {
				out[x] = near[x/fx]
			}
		}
	}
	width := bounds.Dx()
	cb, cr := blue[bounds.Min.X-first*fx:][:width], red[bounds.Min.X-first*fx:][:width]
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		row(src.Cb, y, blue)
		row(src.Cr, y, red)
		luma := src.Y[y*src.YStride+bounds.Min.X:][:width]
		pix := dst.Pix[(y-bounds.Min.Y)*dst.Stride:][:4*width]
		for x, v := range luma {
			p := pix[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2] = convert(int32(v), int32(cb[x]), int32(cr[x]))
			p[3] = 255
		}
	}
}

// inks converts CMYK as Pillow does, which knows no profiles: a colour is what its
// ink and black leave of white.
func inks(dst *image.RGBA, src *image.CMYK) {
	for y := range src.Rect.Dy() {
		from, to := src.Pix[y*src.Stride:][:4*src.Rect.Dx()], dst.Pix[y*dst.Stride:]
		for x := 0; x < len(from); x += 4 {
			left := 255 - int(from[x+3])
			for c, ink := range from[x : x+3] {
				t := int(ink)*left + 128
				to[x+c] = uint8(left - (t>>8+t)>>8)
			}
			to[x+3] = 255
		}
	}
}

// spread doubles a row of samples that are scaled by 2^(shift-2): each output
// is 3/4 of the nearer sample and 1/4 of the farther. The biases even and odd
// of output samples take the place of rounding, as in libjpeg (jdsample.c).
func spread(out []uint8, in []int32, shift uint, even, odd int32) {
	last := len(in) - 1
	for x, v := range in {
		left, right := in[max(x-1, 0)], in[min(x+1, last)]
		out[2*x] = uint8((3*v + left + even) >> shift)
		out[2*x+1] = uint8((3*v + right + odd) >> shift)
	}
}

// spreadVideo doubles a row of samples, near, interpolated with the row that is
// farther away, by the steps of libwebp (UpsampleLinePair), whose rounding differs
// from libjpeg's.
func spreadVideo(out, near, far []uint8) {
	edge := func(x int) uint8 { return uint8((3*int(near[x]) + int(far[x]) + 2) >> 2) }
	last := len(near) - 1
	out[0], out[2*last+1] = edge(0), edge(last)
	for x := 1; x <= last; x++ {
		a, b, c, d := int(near[x-1]), int(near[x]), int(far[x-1]), int(far[x])
		sum := a + b + c + d + 8
		out[2*x-1] = uint8(((sum+2*(b+c))>>3 + a) >> 1)
		out[2*x] = uint8(((sum+2*(a+d))>>3 + b) >> 1)
	}
}

// videoRange is the conversion of ITU-R BT.601, luma 16..235 and chroma
// 16..240, with libwebp's constants and rounding (dsp/yuv.h).
func videoRange(y, cb, cr int32) (r, g, b uint8) {
	y = 19077 * y >> 8
	return clip((y + 26149*cr>>8 - 14234) >> 6),
		clip((y - 6419*cb>>8 - 13320*cr>>8 + 8708) >> 6),
		clip((y + 33050*cb>>8 - 17685) >> 6)
}

func clip(v int32) uint8 { return uint8(min(max(v, 0), 255)) }
