package picture

import (
	"image"
	"image/draw"
)

// opaque converts the part of src inside bounds to 8-bit RGB on white. The
// result's bounds begin at (0, 0). With video, luma and chroma have the
// reduced range of video, which is how WebP stores them; the standard library
// reads all of them as JPEG's full range, which washes WebPs out.
func opaque(src image.Image, bounds image.Rectangle, video bool) *image.NRGBA {
	convert := fullRange
	if video {
		convert = videoRange
	}
	dst := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	done := false
	switch img := src.(type) {
	case *image.YCbCr:
		done = smoothChroma(dst, img, convert)
	case *image.NYCbCrA:
		if done = smoothChroma(dst, &img.YCbCr, convert); done {
			onWhite(dst, img.A, img.AStride)
		}
	}
	if !done {
		draw.Draw(dst, dst.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(dst, src.Bounds().Sub(bounds.Min), src, src.Bounds().Min, draw.Over)
	}
	// The same bytes mean the same colours where alpha is 255 throughout.
	return &image.NRGBA{Pix: dst.Pix, Stride: dst.Stride, Rect: dst.Rect}
}

// onWhite blends the colours of img, which is opaque, with white by a plane of
// alpha.
func onWhite(img *image.RGBA, alpha []uint8, stride int) {
	for y := range img.Rect.Dy() {
		pix := img.Pix[y*img.Stride:]
		for x, a := range alpha[y*stride:][:img.Rect.Dx()] {
			for i, v := range pix[4*x : 4*x+3] {
				pix[4*x+i] = uint8((int(v)*int(a) + 255*(255-int(a)) + 127) / 255)
			}
		}
	}
}

// smoothChroma converts src as libjpeg does by default: halved chroma is
// interpolated with weights 3/4 and 1/4 along each halved axis ("fancy
// upsampling"). Networks were trained on pictures decoded that way; repeating
// the samples, as the standard library does, moves colours at edges by tens of
// levels. It reports false for chroma of other proportions.
func smoothChroma(dst *image.RGBA, src *image.YCbCr, convert func(y, cb, cr int32) (r, g, b uint8)) bool {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	var halfX, halfY bool
	switch src.SubsampleRatio {
	case image.YCbCrSubsampleRatio444:
	case image.YCbCrSubsampleRatio422:
		halfX = true
	case image.YCbCrSubsampleRatio420:
		halfX, halfY = true, true
	default:
		return false
	}
	cw, ch := w, h
	if halfX {
		cw = (w + 1) / 2
	}
	if halfY {
		ch = (h + 1) / 2
	}
	// One row of chroma, summed over the rows it is interpolated from, then
	// spread over the width.
	sums := make([]int32, cw)
	cb, cr := make([]uint8, 2*cw), make([]uint8, 2*cw)
	row := func(plane []uint8, y int, out []uint8) {
		at := func(cy int) []uint8 { return plane[cy*src.CStride:][:cw] }
		switch {
		case halfY:
			near := at(y / 2)
			far := at(min(max(y/2-1+y%2*2, 0), ch-1))
			for x := range sums {
				sums[x] = 3*int32(near[x]) + int32(far[x])
			}
			spread(out, sums, 4, 8, 7)
		case halfX:
			for x, v := range at(y) {
				sums[x] = int32(v)
			}
			spread(out, sums, 2, 1, 2)
		default:
			copy(out, at(y))
		}
	}
	for y := range h {
		row(src.Cb, y, cb)
		row(src.Cr, y, cr)
		luma := src.Y[y*src.YStride:][:w]
		pix := dst.Pix[y*dst.Stride:][:4*w]
		for x, v := range luma {
			p := pix[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2] = convert(int32(v), int32(cb[x]), int32(cr[x]))
			p[3] = 255
		}
	}
	return true
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

// fullRange is JFIF's conversion with libjpeg's constants and rounding
// (jdcolor.c).
func fullRange(y, cb, cr int32) (r, g, b uint8) {
	const half = 1 << 15
	cb, cr = cb-128, cr-128
	return clip(y + (91881*cr+half)>>16),
		clip(y + (-22554*cb-46802*cr+half)>>16),
		clip(y + (116130*cb+half)>>16)
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
