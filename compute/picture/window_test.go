package picture_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"gaze/compute/picture"
	"gaze/models"
)

func TestParseWindow(t *testing.T) {
	for text, want := range map[string]string{
		"": "file", "file": "file", "auto": "auto", "full": "full", "0,255": "0,255", " -160 , 240 ": "-160,240",
		"40/400": "-160,240", "0.5/1": "0,1", "1e3,2e3": "1000,2000",
	} {
		w, err := picture.ParseWindow(text)
		if err != nil || w.String() != want {
			t.Errorf("%q is %q, %v; want %q", text, w, err, want)
			continue
		}
		if again, err := picture.ParseWindow(w.String()); err != nil || again != w {
			t.Errorf("%q is read as %q, %v", w, again, err)
		}
	}
	for _, text := range []string{"wide", "1", "1,", "5,5", "9,1", "40/0", "40/-3", "nan,1", "0,inf", "1,2,3", "1e308,-1e308", "-1e308,1e308"} {
		if w, err := picture.ParseWindow(text); err == nil {
			t.Errorf("%q is read as %q", text, w)
		}
	}
}

func FuzzParseWindow(f *testing.F) {
	for _, text := range []string{"auto", "1,2", "40/400", "-1e9,3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := picture.ParseWindow(text)
		if err != nil {
			return
		}
		if again, err := picture.ParseWindow(w.String()); err != nil || again != w {
			t.Errorf("%q becomes %q, which is read as %q, %v", text, w, again, err)
		}
	})
}

// ramp is a grey picture of 16 bits, 90 x 70, whose values are multiples of 257 from 0 to
// 65535, and the same in 8 bits.
func ramp() (deep *image.Gray16, flat *image.Gray) {
	deep, flat = image.NewGray16(image.Rect(0, 0, 90, 70)), image.NewGray(image.Rect(0, 0, 90, 70))
	for y := range 70 {
		for x := range 90 {
			v := uint8((37*x + 11*y*y) % 256)
			deep.SetGray16(x, y, color.Gray16{257 * uint16(v)})
			flat.SetGray(x, y, color.Gray{v})
		}
	}
	return deep, flat
}

func opened(t *testing.T, img image.Image, opt picture.Options) *picture.Picture {
	t.Helper()
	p, err := picture.Open(t.Context(), write(t, "a.png", encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, img) })), opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func window(t *testing.T, text string) picture.Window {
	t.Helper()
	w, err := picture.ParseWindow(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestSameNumbersInEightAndSixteenBits: windowed alike, both give a network the same
// within the rounding of 8 bits.
func TestSameNumbersInEightAndSixteenBits(t *testing.T) {
	deep, flat := ramp()
	in := models.ImageNetInput(32, 40)
	for _, row := range []struct{ deep, flat string }{
		{"", ""},
		{"auto", "auto"},
		{"full", "full"},
		{"12850,51400", "50,200"}, // 257 times
		{"25700/25700", "100/100"},
	} {
		for _, channels := range []models.Channels{models.RGB, models.Gray} {
			in := in.WithChannels(channels)
			a, _, err := opened(t, deep, picture.Options{Window: window(t, row.deep)}).Tensor(in)
			if err != nil {
				t.Fatal(err)
			}
			b, _, err := opened(t, flat, picture.Options{Window: window(t, row.flat)}).Tensor(in)
			if err != nil {
				t.Fatal(err)
			}
			// Two roundings of 8 bits, in units of the deviation.
			limit := 1.01 / 255 / 0.224
			y := b.Data().([]float32)
			for i, x := range a.Data().([]float32) {
				if math.Abs(float64(x-y[i])) > limit {
					t.Fatalf("windows %q and %q, %v: number %d is %g of 16 bits and %g of 8", row.deep, row.flat, channels, i, x, y[i])
				}
			}
		}
	}
}

// TestDepthReachesTheTensor: values that 8 bits cannot tell apart are different numbers,
// worked out by hand: 300/65535 and 310/65535 of white, and through a window from 300 to
// 310 black and white.
func TestDepthReachesTheTensor(t *testing.T) {
	img := image.NewGray16(image.Rect(0, 0, 2, 1))
	img.SetGray16(0, 0, color.Gray16{300})
	img.SetGray16(1, 0, color.Gray16{310})
	in := models.Input{Height: 1, Width: 2, Fit: models.FitStretch, Channels: models.Gray, Scale: 1.0 / 255, Mean: []float32{0}, Std: []float32{1}}
	full := opened(t, img, picture.Options{Window: picture.WindowFull()})
	for _, row := range []struct {
		p     *picture.Picture
		want  [2]float64
		shown [2]uint8
	}{
		{full, [2]float64{300.0 / 65535, 310.0 / 65535}, [2]uint8{1, 1}},
		{full.WithWindow(window(t, "300,310")), [2]float64{0, 1}, [2]uint8{0, 255}},
		{full.WithWindow(window(t, "305/20")), [2]float64{0.25, 0.75}, [2]uint8{64, 191}},
		{full.WithWindow(window(t, "305/20")).WithWindow(picture.WindowFull()), [2]float64{300.0 / 65535, 310.0 / 65535}, [2]uint8{1, 1}},
	} {
		x, _, err := row.p.Tensor(in)
		if err != nil {
			t.Fatal(err)
		}
		got := x.Data().([]float32)
		for i := range got {
			if math.Abs(float64(got[i])-row.want[i]) > 1e-6 || row.p.Image.Pix[4*i] != row.shown[i] {
				t.Errorf("pixel %d is %g and shown as %d, want %g and %d", i, got[i], row.p.Image.Pix[4*i], row.want[i], row.shown[i])
			}
		}
	}
}

// TestMovingTheWindow needs no file, and says of each window what that one guessed.
func TestMovingTheWindow(t *testing.T) {
	img := image.NewGray16(image.Rect(0, 0, 100, 10))
	for i := range 1000 {
		img.SetGray16(i%100, i/100, color.Gray16{uint16(1000 + i)})
	}
	p := opened(t, img, picture.Options{})
	if k := notices(p); len(k) != 1 || k[0] != picture.NoticeRange {
		t.Errorf("the notices are %v", k)
	}
	moved := p.WithWindow(window(t, "1000,1999"))
	if k := notices(moved); len(k) != 0 || moved.Image.Pix[0] != 0 || moved.Image.Pix[4*999] != 255 {
		t.Errorf("notices %v, from %d to %d", k, moved.Image.Pix[0], moved.Image.Pix[4*999])
	}
	if k := notices(moved.WithWindow(picture.WindowAuto())); len(k) != 1 || k[0] != picture.NoticeRange {
		t.Errorf("back again, the notices are %v", k)
	}
	// A picture of 8 bits has levels.
	_, flat := ramp()
	q := opened(t, flat, picture.Options{})
	if narrow := q.WithWindow(window(t, "0,51")); narrow.Image.Pix[4] != 185 { // 37 of 51
		t.Errorf("37 of 51 is shown as %d", narrow.Image.Pix[4])
	} else if wide := narrow.WithWindow(picture.WindowFull()); wide.Image.Pix[4] != 37 {
		t.Errorf("37 of 255 is shown as %d", wide.Image.Pix[4])
	}
}

// TestMovingTheWindowOfATransparentPicture lays it on white once: 100 of 50 to 150 is 127.5,
// and half of it on white 191.
func TestMovingTheWindowOfATransparentPicture(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	img.SetNRGBA(0, 0, color.NRGBA{100, 100, 100, 128})
	p := opened(t, img, picture.Options{Alpha: picture.AlphaWhite})
	moved := p.WithWindow(window(t, "50,150"))
	back := moved.WithWindow(picture.Window{})
	if p.Image.Pix[0] != 177 || moved.Image.Pix[0] != 191 || back.Image.Pix[0] != 177 {
		t.Errorf("levels %d, %d and %d", p.Image.Pix[0], moved.Image.Pix[0], back.Image.Pix[0])
	}
}

// TestAnUsualPictureIsWhatItWas: no window changes what torchvision gives for 8 bits.
func TestAnUsualPictureIsWhatItWas(t *testing.T) {
	_, flat := ramp()
	in := models.ImageNetInput(32, 40)
	p := opened(t, flat, picture.Options{Window: picture.WindowAuto()})
	want, _, err := picture.Tensor(p.Image, in)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := p.Tensor(in)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range got.Data().([]float32) {
		if y := want.Data().([]float32)[i]; x != y {
			t.Fatalf("number %d is %g, not %g", i, x, y)
		}
	}
}
