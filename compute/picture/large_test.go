package picture

import (
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"gaze/compute/picture/jpeg"
	"gaze/models"
)

// scenes are pictures as decoders make them, most of 37 x 23 pixels.
func scenes(t *testing.T) map[string]decoded {
	r := image.Rect(0, 0, 37, 23)
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(pix []uint8) {
		for i := range pix {
			pix[i] = uint8(random.Uint32())
		}
	}
	all := make(map[string]decoded)
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
		image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
	} {
		img := image.NewYCbCr(r, ratio)
		noise(img.Y)
		noise(img.Cb)
		noise(img.Cr)
		all["YCbCr "+ratio.String()] = decoded{img: img, bounds: r}
		all["WebP "+ratio.String()] = decoded{img: img, bounds: r, chroma: chroma{webp: true, rgb: videoRange}}
	}
	withAlpha := image.NewNYCbCrA(r, image.YCbCrSubsampleRatio420)
	noise(withAlpha.Y)
	noise(withAlpha.Cb)
	noise(withAlpha.A)
	all["alpha beside"] = decoded{img: withAlpha, bounds: r}
	grey, rgb, inks := image.NewGray(r), image.NewNRGBA(r), image.NewCMYK(r)
	noise(grey.Pix)
	noise(rgb.Pix)
	noise(inks.Pix)
	all["grey"], all["alpha"], all["CMYK"] = decoded{img: grey, bounds: r}, decoded{img: rgb, bounds: r}, decoded{img: inks, bounds: r}
	frame := image.NewPaletted(image.Rect(5, 3, 20, 22), color.Palette{color.White, color.Black, color.Transparent, color.RGBA{200, 30, 40, 255}})
	noise(frame.Pix)
	for i := range frame.Pix {
		frame.Pix[i] &= 3
	}
	all["a frame of a GIF"] = decoded{img: frame, bounds: r}
	for _, name := range []string{"jpegcmykunmarked", "jpegcmykhalved", "jpegcmykwide", "jpegycck", "jpegrgb"} {
		data, err := os.ReadFile("testdata/kinds/" + name + "_.jpg")
		if err != nil {
			t.Fatal(err)
		}
		p, err := jpeg.Decode(t.Context(), data, jpeg.Options{Pixels: 1 << 12})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := p.Image.(*jpeg.Planar); !ok {
			t.Errorf("%s has no components of its own", name)
		}
		all[name] = decoded{img: p.Image, bounds: p.Image.Bounds()}
	}
	return all
}

// TestStripsAreTheWhole: a picture in strips has every pixel that it has as a whole, upright or not, with its colours
// converted or not, laid on white or not; and so has every input.
func TestStripsAreTheWhole(t *testing.T) {
	warmer := func(r, g, b float32) (float32, float32, float32) { return r, g * 0.9, b * 0.5 }
	for name, d := range scenes(t) {
		for o := 1; o <= 8; o++ {
			for _, ground := range []Alpha{AlphaDrop, AlphaWhite} {
				whole := &Picture{alpha: ground}
				whole.Image, whole.Alpha = colours(d.img, d.bounds, d.chroma)
				inStrips := &Picture{alpha: ground, strips: true, stored: &stored{decoded: d}}
				if whole.grey() != inStrips.grey() {
					t.Errorf("%s: grey as a whole %v, in strips %v", name, whole.grey(), inStrips.grey())
				}
				if o%2 == 0 {
					whole.Image = converted(whole.Image, warmer)
					inStrips.stored.convert = warmer
				}
				whole.turn(o)
				inStrips.turn(o)
				whole.seeThrough()
				inStrips.seeThrough()
				whole.levels = whole.Image
				whole.show()
				inStrips.show()
				if !slices.Equal(whole.Notices, inStrips.Notices) || inStrips.Image != nil || inStrips.Size() != whole.Size() {
					t.Fatalf("%s turned as %d: notices %v and %v, size %v and %v", name, o, whole.Notices, inStrips.Notices, whole.Size(), inStrips.Size())
				}
				view := inStrips.View().(*Strips)
				for _, step := range []int{1, 2, 7, 100} {
					for y := 0; y < whole.Size().Y; y += step {
						r := image.Rect(0, y, whole.Size().X, min(y+step, whole.Size().Y))
						want := whole.Image.SubImage(r).(*image.NRGBA)
						for i, got := 0, view.Strip(r); i < r.Dy(); i++ {
							if !slices.Equal(got.Pix[i*got.Stride:][:4*r.Dx()], want.Pix[i*want.Stride:][:4*r.Dx()]) {
								t.Fatalf("%s turned as %d: row %d of a strip of %d differs", name, o, y+i, r.Dy())
							}
						}
					}
				}
				for _, p := range []image.Point{{0, 0}, {11, 7}, {22, 22}, whole.Size().Sub(image.Pt(1, 1))} {
					if view.At(p.X, p.Y) != whole.Image.At(p.X, p.Y) {
						t.Errorf("%s turned as %d: the pixel at %v differs", name, o, p)
					}
				}
				for _, channels := range []models.Channels{models.RGB, models.Gray, models.RGB + "A"} {
					in := models.ImageNetInput(9, 11)
					in.Channels = channels
					in.Mean, in.Std = in.Mean[:1], in.Std[:1]
					for len(in.Mean) < in.Count() {
						in.Mean, in.Std = append(in.Mean, 0.4), append(in.Std, 0.3)
					}
					want, frame, err := whole.Tensor(in)
					if err != nil {
						t.Fatal(err)
					}
					got, seen, err := inStrips.Tensor(in)
					if err != nil || seen != frame || !slices.Equal(got.Data().([]float32), want.Data().([]float32)) {
						t.Fatalf("%s turned as %d: another input %s, %v", name, o, channels, err)
					}
					if channels.Has("A") {
						continue
					}
					rows := stripRows(view)
					rows.high = 5
					if got, _, err = rowsTensor(rows, in); err != nil || !slices.Equal(got.Data().([]float32), want.Data().([]float32)) {
						t.Fatalf("%s turned as %d: another input %s of strips of five rows, %v", name, o, channels, err)
					}
				}
			}
		}
	}
}
