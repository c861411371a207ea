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

// onWhite opens a picture that is laid on white.
func onWhite(t *testing.T, path string) *picture.Picture {
	t.Helper()
	p, err := picture.Open(t.Context(), path, picture.Options{Alpha: picture.AlphaWhite})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTransparencyIsDealtWithAsAsked: 90 at an opacity of 51/255 is 222 on white and 18
// on black, and a notice says what became of it. A picture that is opaque throughout has
// no notice though its file has alpha.
func TestTransparencyIsDealtWithAsAsked(t *testing.T) {
	file := func(opacity uint8) string {
		img := image.NewNRGBA(image.Rect(0, 0, 2, 1))
		img.SetNRGBA(0, 0, color.NRGBA{90, 90, 90, opacity})
		img.SetNRGBA(1, 0, color.NRGBA{10, 20, 30, 255})
		return write(t, "a.png", encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, img) }))
	}
	for alpha, want := range map[string]uint8{"": 90, "drop": 90, "white": 222, "black": 18} {
		a, err := picture.ParseAlpha(alpha)
		if err != nil {
			t.Fatal(err)
		}
		p, err := picture.Open(t.Context(), file(51), picture.Options{Alpha: a})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Image.NRGBAAt(0, 0); got != (color.NRGBA{want, want, want, 255}) || p.Image.NRGBAAt(1, 0) != (color.NRGBA{10, 20, 30, 255}) {
			t.Errorf("with %q, pixels %v", alpha, p.Image.Pix)
		}
		if len(p.Notices) != 1 || p.Notices[0].Kind != picture.NoticeTransparent || p.Notices[0].Alpha != a {
			t.Errorf("with %q, notices %v", alpha, p.Notices)
		}
	}
	if p := open(t, file(255)); len(p.Notices) != 0 || p.Alpha != nil {
		t.Errorf("an opaque picture has the notices %v", p.Notices)
	}
	if _, err := picture.ParseAlpha("pink"); err == nil {
		t.Error("pink is no way to deal with transparency")
	}
}

// TestAlphaChannel: a network of four channels gets the file's alpha, resized as Pillow
// 13 resizes RGBA to 2x1: Image.fromarray of the pixels below, resize((2, 1), BILINEAR).
func TestAlphaChannel(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 4, 2))
	for i := range 8 {
		img.SetNRGBA(i%4, i/4, color.NRGBA{uint8(30 * i), uint8(200 - 20*i), 100, uint8(36 * i)})
	}
	path := write(t, "a.png", encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, img) }))
	in := models.Input{
		Height: 1, Width: 2, Fit: models.FitStretch, Channels: models.RGBA, Scale: 1,
		Mean: []float32{0, 0, 0, 0}, Std: []float32{1, 1, 1, 1},
	}
	for _, row := range []struct {
		alpha picture.Alpha
		want  []float32
	}{
		{picture.AlphaDrop, []float32{130, 160, 111, 94, 101, 101, 98, 154}},
		{picture.AlphaWhite, nil},
	} {
		p, err := picture.Open(t.Context(), path, picture.Options{Alpha: row.alpha})
		if err != nil {
			t.Fatal(err)
		}
		x, _, err := p.Tensor(in)
		if err != nil {
			t.Fatal(err)
		}
		got := x.Data().([]float32)
		if row.want == nil {
			if got[6] != 255 || got[7] != 255 {
				t.Errorf("on white, alpha is %v", got[6:])
			}
			continue
		}
		for i, want := range row.want {
			if math.Abs(float64(got[i]-want)) > 2 {
				t.Errorf("number %d is %g, want %g", i, got[i], want)
			}
		}
	}
}
