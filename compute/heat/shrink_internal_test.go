package heat

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/disintegration/imaging"
)

type inStrips struct{ *image.NRGBA }

func (s inStrips) Strip(r image.Rectangle) *image.NRGBA { return imaging.Crop(s.NRGBA, r) }

// TestStripsAreResizedAsTheWhole: the pixels are the same, however many rows a strip has.
func TestStripsAreResizedAsTheWhole(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 61, 47))
	random := rand.New(rand.NewPCG(3, 4))
	for i := range img.Pix {
		img.Pix[i] = uint8(random.Uint32())
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	for _, size := range []image.Point{{20, 15}, {61, 15}, {20, 47}, {80, 70}, {1, 1}} {
		want := imaging.Resize(img, size.X, size.Y, imaging.CatmullRom)
		if got := Scale(inStrips{img}, size, imaging.CatmullRom); !slices.Equal(got.Pix, want.Pix) {
			t.Errorf("%v differs", size)
		}
		if size.X == 61 || size.Y == 47 {
			continue
		}
		for _, rows := range []int{1, 5, 47, 100} {
			if got := resizeStrips(inStrips{img}, img.Rect, size, imaging.CatmullRom, rows); !slices.Equal(got.Pix, want.Pix) {
				t.Errorf("%v in strips of %d rows differs", size, rows)
			}
		}
	}
}
