package output_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"gaze/compute/output"
)

// Narrow stripes of colours of one brightness: what halves the resolution of colours
// mixes them.
func stripes() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 37, 21))
	for y := range 21 {
		for x := range 37 {
			c := color.NRGBA{R: 200, G: 60, B: 60, A: 255}
			if x%2 == 1 {
				c = color.NRGBA{R: 40, G: 130, B: 80, A: 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func TestJPEGKeepsTheColoursOfSinglePixels(t *testing.T) {
	want := stripes()
	for subsampled, most := range map[bool]int{false: 12, true: 255} {
		var b bytes.Buffer
		e := output.Encoding{Format: output.JPEG, Quality: 95, Subsampled: subsampled}
		if err := e.Encode(&b, want); err != nil {
			t.Fatal(err)
		}
		got, err := jpeg.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		if got.Bounds() != want.Rect {
			t.Fatalf("the picture is %v", got.Bounds())
		}
		worst := 0
		for y := range 21 {
			for x := range 37 {
				g, w := color.NRGBAModel.Convert(got.At(x, y)).(color.NRGBA), want.NRGBAAt(x, y)
				for _, d := range []int{int(g.R) - int(w.R), int(g.G) - int(w.G), int(g.B) - int(w.B)} {
					worst = max(worst, d, -d)
				}
			}
		}
		if worst > most || subsampled && worst < 24 {
			t.Errorf("subsampled %v: a colour is off by %d", subsampled, worst)
		}
	}
}

func TestQualityIsOfTheFile(t *testing.T) {
	size := func(q int) int {
		var b bytes.Buffer
		if err := (output.Encoding{Format: output.JPEG, Quality: q}).Encode(&b, stripes()); err != nil {
			t.Fatal(err)
		}
		return b.Len()
	}
	if low, high := size(30), size(0); low >= high {
		t.Errorf("%d bytes at quality 30, %d at the default", low, high)
	}
	if s := (output.Encoding{Format: output.JPEG}).Settings(); s != "quality=90" {
		t.Errorf("settings %q", s)
	}
}
