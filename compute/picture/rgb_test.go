package picture

import (
	"image"
	"image/color"
	"testing"
)

// flat is one pixel of luma and chroma.
func flat(y, cb, cr uint8) image.YCbCr {
	return image.YCbCr{
		Y: []uint8{y}, Cb: []uint8{cb}, Cr: []uint8{cr}, YStride: 1, CStride: 1,
		SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, 1, 1),
	}
}

// TestRangesOfLumaAndChroma: JPEG uses all of 0..255, WebP what video leaves.
func TestRangesOfLumaAndChroma(t *testing.T) {
	for _, c := range []struct {
		y, cb, cr uint8
		video     bool
		want      color.NRGBA
	}{
		{0, 128, 128, false, color.NRGBA{0, 0, 0, 255}},
		{255, 128, 128, false, color.NRGBA{255, 255, 255, 255}},
		{76, 85, 255, false, color.NRGBA{254, 0, 0, 255}},
		{16, 128, 128, true, color.NRGBA{0, 0, 0, 255}},
		{235, 128, 128, true, color.NRGBA{255, 255, 255, 255}},
		{81, 90, 240, true, color.NRGBA{254, 0, 0, 255}},
		{41, 240, 110, true, color.NRGBA{0, 0, 255, 255}},
	} {
		p := flat(c.y, c.cb, c.cr)
		how := chroma{}
		if c.video {
			how = chroma{webp: true, rgb: videoRange}
		}
		img, _ := colours(&p, p.Rect, how)
		if got := img.NRGBAAt(0, 0); got != c.want {
			t.Errorf("Y %d Cb %d Cr %d, video %v: %v, want %v", c.y, c.cb, c.cr, c.video, got, c.want)
		}
	}
}

// TestTransparentColours: 90 at an opacity of 51/255 is 255*4/5 + 90/5 = 222 on white,
// 18 on black, and 90 where alpha is dropped.
func TestTransparentColours(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	for i := range img.Pix {
		img.Pix[i] = 90
	}
	lossy := image.NYCbCrA{YCbCr: flat(90, 128, 128), A: []uint8{51}, AStride: 1}
	lossless := image.NewNRGBA(img.Rect)
	lossless.SetNRGBA(0, 0, color.NRGBA{90, 90, 90, 51})
	for _, src := range []image.Image{&lossy, lossless, &image.Paletted{Pix: []uint8{0}, Stride: 1, Rect: img.Rect, Palette: color.Palette{color.NRGBA{90, 90, 90, 51}}}} {
		rgb, alpha := colours(src, src.Bounds(), chroma{})
		for behind, want := range map[Alpha]uint8{AlphaWhite: 222, AlphaBlack: 18, AlphaDrop: 90} {
			if got := lay(rgb, alpha, behind).NRGBAAt(0, 0); got != (color.NRGBA{want, want, want, 255}) {
				t.Errorf("%T with %v: %v, want grey %d", src, behind, got, want)
			}
		}
	}
}

// TestChromaOfEveryProportion: a flat picture stays flat however its chroma is
// stored, at odd sizes too.
func TestChromaOfEveryProportion(t *testing.T) {
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		for _, size := range []image.Point{{1, 1}, {2, 3}, {7, 5}} {
			p := image.NewYCbCr(image.Rectangle{Max: size}, ratio)
			for i := range p.Y {
				p.Y[i] = 100
			}
			for i := range p.Cb {
				p.Cb[i], p.Cr[i] = 128, 178
			}
			img, _ := colours(p, p.Rect, chroma{})
			for i := range size.X * size.Y {
				if got := img.NRGBAAt(i%size.X, i/size.X); got != (color.NRGBA{170, 64, 100, 255}) {
					t.Fatalf("%v %v: pixel %d is %v", ratio, size, i, got)
				}
			}
		}
	}
}
