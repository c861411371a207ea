package picture

import (
	"image"
	"math"
	"testing"
)

// TestDeepSamplesAreShown: what is black and what is white follows from the kind of
// the numbers and from what they are; worked out by hand.
func TestDeepSamplesAreShown(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, row := range []struct {
		name      string
		samples   []float32
		low, high float64 // of the kind
		want      []uint8
		notice    bool
	}{
		{"16 bits", []float32{0, 0x1234, 0x8000, 0xffff}, 0, 65535, []uint8{0, 0x12, 0x80, 255}, false},
		{"12 bits in 16", []float32{0, 1024, 2048, 4096}, 0, 65535, []uint8{0, 64, 128, 255}, true},
		{"8 bits in 16", []float32{0, 7, 200, 255}, 0, 65535, []uint8{0, 7, 200, 255}, true},
		{"fractions", []float32{0, 0.2, 0.6, 1}, 0, 1, []uint8{0, 51, 153, 255}, false},
		{"levels", []float32{0, 7, 200, 255}, 0, 1, []uint8{0, 7, 200, 255}, true},
		{"degrees", []float32{-10, 0, 20, 41}, 0, 1, []uint8{0, 50, 150, 255}, true},
		{"32 bits", []float32{0, 7, 200, 255}, 0, math.MaxUint32, []uint8{0, 7, 200, 255}, true},
		{"with a sign", []float32{-32768, 0, 16384, 32767}, -32768, 32767, []uint8{0, 128, 191, 255}, true},
		{"one value", []float32{3000, 3000, 3000, 3000}, 0, 65535, []uint8{0, 0, 0, 0}, true},
		{"not numbers", []float32{nan, 0, 1, inf}, 0, 1, []uint8{0, 0, 255, 255}, false},
		{"nothing", []float32{nan, nan, nan, nan}, 0, 1, []uint8{0, 0, 0, 0}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := &Deep{Width: 4, Height: 1, Planes: realPlanes(row.samples), Low: row.low, High: row.high}
			low, high, notices := Window{}.of(d)
			img := d.image(image.Rect(0, 0, d.Width, d.Height), low, high)
			for i, want := range row.want {
				if got := img.Pix[4*i]; int(got)-int(want) > 1 || int(want)-int(got) > 1 {
					t.Errorf("sample %g is shown as %d, want %d", row.samples[i], got, want)
				}
			}
			if (len(notices) == 1) != row.notice {
				t.Errorf("notices %v", notices)
			}
		})
	}
}

// TestFarSamplesDoNotDarkenTheRest: a hot pixel, or a marker of nothing, is beyond
// the percentiles, however far it is.
func TestFarSamplesDoNotDarkenTheRest(t *testing.T) {
	for _, far := range []float32{1e6, 1e30, -1e30} {
		d := &Deep{Width: 1000, Height: 1, Planes: realPlanes(make([]float32, 1000)), High: 1}
		for i := range d.Planes[0].real {
			d.Planes[0].real[i] = 100 + float32(i)
		}
		d.Planes[0].real[500] = far
		_, _, notices := Window{}.of(d)
		if len(notices) != 1 || math.Abs(notices[0].Low-105) > 3 || math.Abs(notices[0].High-1095) > 3 {
			t.Errorf("with %g, notices %+v, want about 105 to 1095", far, notices)
		}
	}
}

// TestDeepSamplesTurnAsTheImageDoes for every orientation.
func TestDeepSamplesTurnAsTheImageDoes(t *testing.T) {
	for o := 0; o <= 9; o++ {
		d := &Deep{Width: 3, Height: 2, Planes: realPlanes([]float32{0, 50, 100, 150, 200, 250}), High: 255}
		turned := upright(d.image(image.Rect(0, 0, d.Width, d.Height), 0, 255), o)
		d.upright(o)
		if turned.Rect != image.Rect(0, 0, d.Width, d.Height) {
			t.Fatalf("orientation %d: bounds %v, but %d x %d samples", o, turned.Rect, d.Width, d.Height)
		}
		for i, v := range d.Planes[0].real {
			if turned.Pix[4*i] != uint8(v) {
				t.Errorf("orientation %d: sample %d is %g, but its pixel %d", o, i, v, turned.Pix[4*i])
			}
		}
	}
}
