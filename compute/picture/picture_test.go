package picture_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"gaze/compute/picture"
)

func open(t *testing.T, path string) *picture.Picture {
	t.Helper()
	p, err := picture.Open(t.Context(), path, picture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// one is a picture of 2x1 pixels, a and b, in the model of an image type.
func one[T interface {
	image.Image
	Set(int, int, color.Color)
}](img T, a, b color.Color) T {
	img.Set(0, 0, a)
	img.Set(1, 0, b)
	return img
}

// TestOpenTurnsEveryColourModelIntoRGB reads two pixels of every kind of file.
func TestOpenTurnsEveryColourModelIntoRGB(t *testing.T) {
	r := image.Rect(0, 0, 2, 1)
	orange, blue := color.RGBA{200, 100, 50, 255}, color.RGBA{10, 20, 240, 255}
	rgb := one(image.NewRGBA(r), orange, blue)
	grey := one(image.NewGray(r), color.Gray{30}, color.Gray{220})
	for _, row := range []struct {
		name, format string
		data         []byte
		a, b         color.NRGBA
	}{
		{"png", "png", pngOf(t, rgb), color.NRGBA{200, 100, 50, 255}, color.NRGBA{10, 20, 240, 255}},
		{"png grey", "png", pngOf(t, grey), color.NRGBA{30, 30, 30, 255}, color.NRGBA{220, 220, 220, 255}},
		{
			"png 16-bit grey", "png", pngOf(t, one(image.NewGray16(r), color.Gray16{0x1234}, color.Gray16{0xfffe})),
			color.NRGBA{0x12, 0x12, 0x12, 255},
			color.NRGBA{255, 255, 255, 255},
		},
		{
			"png 16-bit with alpha", "png", pngOf(t, one(image.NewNRGBA64(r), color.NRGBA64{0x8000, 0x4000, 0x2000, 0xffff}, color.NRGBA64{0x8000, 0, 0, 0})),
			color.NRGBA{0x80, 0x40, 0x20, 255},
			color.NRGBA{255, 255, 255, 255},
		},
		{
			"png with alpha", "png", pngOf(t, one(image.NewNRGBA(r), color.NRGBA{0, 0, 0, 51}, color.NRGBA{255, 0, 0, 255})),
			color.NRGBA{204, 204, 204, 255},
			color.NRGBA{255, 0, 0, 255},
		},
		{
			"png palette with a transparent entry", "png", pngOf(t, one(image.NewPaletted(r, color.Palette{blue, color.NRGBA{}}), blue, color.NRGBA{})),
			color.NRGBA{10, 20, 240, 255},
			color.NRGBA{255, 255, 255, 255},
		},
		{
			"gif", "gif", encoded(t, func(b *bytes.Buffer) error {
				return gif.Encode(b, one(image.NewPaletted(r, color.Palette{orange, blue}), orange, blue), nil)
			}),
			color.NRGBA{200, 100, 50, 255},
			color.NRGBA{10, 20, 240, 255},
		},
		{"bmp", "bmp", encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, rgb) }), color.NRGBA{200, 100, 50, 255}, color.NRGBA{10, 20, 240, 255}},
		{"tiff", "tiff", encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, rgb, nil) }), color.NRGBA{200, 100, 50, 255}, color.NRGBA{10, 20, 240, 255}},
		{
			"tiff 16-bit grey, deflated", "tiff", encoded(t, func(b *bytes.Buffer) error {
				return tiff.Encode(b, one(image.NewGray16(r), color.Gray16{0x1234}, color.Gray16{0xfffe}), &tiff.Options{Compression: tiff.Deflate})
			}),
			color.NRGBA{0x12, 0x12, 0x12, 255},
			color.NRGBA{255, 255, 255, 255},
		},
		{"webp", "webp", webpOf(30, 200, []byte{0, 1}), color.NRGBA{0, 30, 0, 255}, color.NRGBA{0, 200, 0, 255}},
		{"jpeg grey", "jpeg", flatJPEG(false, 40), color.NRGBA{40, 40, 40, 255}, color.NRGBA{40, 40, 40, 255}},
		{"jpeg progressive", "jpeg", flatJPEG(true, 200), color.NRGBA{200, 200, 200, 255}, color.NRGBA{200, 200, 200, 255}},
		{
			// Adobe stores the inverse: ink 235, 15, 15 and black 15 of 255.
			"jpeg CMYK", "jpeg", flatJPEG(false, 20, 240, 240, 240),
			color.NRGBA{19, 226, 226, 255},
			color.NRGBA{19, 226, 226, 255},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			// The name says nothing, the content counts.
			p := onWhite(t, write(t, "picture.dat", row.data))
			if p.Format != row.format {
				t.Errorf("format %s, want %s", p.Format, row.format)
			}
			if a, b := p.Image.NRGBAAt(0, 0), p.Image.NRGBAAt(1, 0); a != row.a || b != row.b {
				t.Errorf("pixels %v %v, want %v %v", a, b, row.a, row.b)
			}
		})
	}
}

// TestOpenInterpolatesChroma: where a JPEG halves its chroma, samples are
// spread with weights 3/4 and 1/4 as libjpeg does, without steps.
func TestOpenInterpolatesChroma(t *testing.T) {
	// Luma 128 throughout; red chroma climbs in steps of sixteen pixels.
	src := image.NewYCbCr(image.Rect(0, 0, 32, 16), image.YCbCrSubsampleRatio420)
	for i := range src.Y {
		src.Y[i] = 128
	}
	for i := range src.Cb {
		src.Cb[i] = 128
		src.Cr[i] = 128 + 40*uint8(i%16/8)
	}
	data := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, src, &jpeg.Options{Quality: 100}) })
	img := open(t, write(t, "a.jpg", data)).Image
	var reds [4]int
	for i := range reds {
		reds[i] = int(img.NRGBAAt(14+i, 8).R)
	}
	// Cr is 128, 138, 158, 168; red is luma + 1.402 (Cr - 128).
	for i, want := range [4]int{128, 142, 170, 184} {
		if d := reds[i] - want; d < -2 || d > 2 {
			t.Errorf("reds %v around the edge, want about 128 142 170 184", reds)
			break
		}
	}
}

func TestOpenTakesTheFirstFrameOfAGIFOnItsCanvas(t *testing.T) {
	red, blue := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}
	pal := color.Palette{red, blue}
	first := image.NewPaletted(image.Rect(1, 0, 2, 1), pal)
	second := image.NewPaletted(image.Rect(0, 0, 3, 2), pal)
	for i := range second.Pix {
		second.Pix[i] = 1
	}
	data := encoded(t, func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{
			Image: []*image.Paletted{first, second}, Delay: []int{1, 1},
			Config: image.Config{Width: 3, Height: 2, ColorModel: pal},
		})
	})
	path := write(t, "a.gif", data)
	img := onWhite(t, path).Image
	if img.Rect != image.Rect(0, 0, 3, 2) {
		t.Fatalf("bounds %v, want the canvas", img.Rect)
	}
	// Pillow's convert("RGB") has the colour of index 0 there.
	if dropped := open(t, path).Image; dropped.NRGBAAt(0, 0) != (color.NRGBA{255, 0, 0, 255}) {
		t.Errorf("beside the frame is %v", dropped.NRGBAAt(0, 0))
	}
	white := color.NRGBA{255, 255, 255, 255}
	if img.NRGBAAt(1, 0) != (color.NRGBA{255, 0, 0, 255}) || img.NRGBAAt(0, 0) != white || img.NRGBAAt(2, 1) != white {
		t.Errorf("pixels %v, want one red among white", img.Pix)
	}
}

// TestOpenRefusesGarbage: every bad file gives one message that names it and
// the reason.
func TestOpenRefusesGarbage(t *testing.T) {
	good := pngOf(t, image.NewRGBA(image.Rect(0, 0, 64, 64)))
	flat := flatJPEG(false, 40)
	noise := image.NewGray(image.Rect(0, 0, 200, 200))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(uint32(i) * 2654435761 >> 11)
	}
	tif := encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, noise, nil) })
	webp := webpOf(30, 200, make([]byte, 640), make([]byte, 640))
	lying := webpExtended(webp, 2, 2, nil)
	binary.LittleEndian.PutUint32(lying[30+9:], 16383|16383<<14)
	for _, row := range []struct {
		name   string
		data   []byte
		reason picture.Reason
		text   string
	}{
		{"empty.jpg", nil, picture.Empty, "empty file"},
		{"text.jpg", []byte("Dear all,\nplease find attached"), picture.NotImage, "not an image"},
		{"short.png", good[:4], picture.NotImage, "not an image"},
		{"header.png", good[:20], picture.Truncated, "cut off after 20 bytes"},
		{"pixels.png", good[:len(good)-30], picture.Truncated, "cut off after"},
		{"before.jpg", flat[:len(flat)-12], picture.Truncated, "cut off after"},
		{"half.tif", tif[:len(tif)/2], picture.Truncated, "cut off after"},
		{"half.webp", webp[:len(webp)-100], picture.Truncated, "cut off after"},
		{"table.jpg", bytes.Replace(flat, []byte{0xff, 0xc4}, []byte{0xff, 0xfe}, 1), picture.Damaged, "damaged jpeg"},
		{"crc.png", bytes.Replace(good, []byte("IDAT"), []byte("IDAX"), 1), picture.Damaged, "damaged png"},
		{"none.gif", []byte("GIF89a\x00\x00\x00\x00\x00\x00\x00;"), picture.Damaged, "damaged gif"},
		{"huge.png", pngHeader(40000, 40000), picture.TooManyPixels, "40000x40000 pixels, more than the limit of 100 million"},
		{"wide.png", pngHeader(1<<31-1, 1), picture.TooManyPixels, "2147483647x1 pixels, more than the limit of 100 million"},
		{"lying.webp", lying, picture.TooManyPixels, "16384x16384 pixels, more than the limit of 100 million"},
		{"lossless.jpg", bytes.Replace(flat, []byte{0xff, 0xc0}, []byte{0xff, 0xc3}, 1), picture.Unsupported, "a kind of jpeg that cannot be read"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantError(t, write(t, row.name, row.data), picture.Limits{}, row.reason, row.text)
		})
	}

	t.Run("a directory named x.png", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "x.png")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		wantError(t, dir, picture.Limits{}, picture.Directory, "is a directory")
	})
	t.Run("a missing file", func(t *testing.T) {
		err := wantError(t, filepath.Join(t.TempDir(), "x.png"), picture.Limits{}, picture.NotFound, "does not exist")
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v hides the system's error", err)
		}
	})
	t.Run("a device", func(t *testing.T) {
		if _, err := os.Stat(os.DevNull); err != nil {
			t.Skip("no such device")
		}
		wantError(t, os.DevNull, picture.Limits{}, picture.NotRegular, "is not a regular file")
	})
	t.Run("a file that may not be read", func(t *testing.T) {
		path := write(t, "a.png", good)
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := os.ReadFile(path); err == nil {
			t.Skip("this user may read everything")
		}
		wantError(t, path, picture.Limits{}, picture.Permission, "permission denied")
	})
	t.Run("limits of the caller", func(t *testing.T) {
		path := write(t, "a.png", good)
		wantError(t, path, picture.Limits{Pixels: 64*64 - 1}, picture.TooManyPixels, "64x64 pixels, more than the limit of 4095")
		wantError(t, path, picture.Limits{Bytes: 50}, picture.FileTooLarge, "bytes, more than the limit of 50 bytes")
		if _, err := picture.Open(t.Context(), path, picture.Options{Limits: picture.Limits{Pixels: 64 * 64, Bytes: int64(len(good))}}); err != nil {
			t.Errorf("exactly at the limits: %v", err)
		}
	})
}

func wantError(t *testing.T, path string, lim picture.Limits, reason picture.Reason, text string) error {
	t.Helper()
	_, err := picture.Open(t.Context(), path, picture.Options{Limits: lim})
	var e *picture.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want a *picture.Error", err)
	}
	if e.Path != path || e.Reason != reason || !strings.Contains(e.Text(), text) {
		t.Errorf("path %q, reason %q, text %q; want %q, %q, %q", e.Path, e.Reason, e.Text(), path, reason, text)
	}
	if !strings.HasPrefix(err.Error(), path+": ") {
		t.Errorf("message %q does not begin with the file", err)
	}
	return err
}

func TestOpenObeysItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := write(t, "a.png", pngOf(t, image.NewGray(image.Rect(0, 0, 9, 9))))
	if _, err := picture.Open(ctx, path, picture.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	if _, err := picture.Thumbnail(ctx, path, 4); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

func TestThumbnailFitsItsSquare(t *testing.T) {
	for _, row := range []struct{ from, want image.Point }{
		{image.Pt(300, 100), image.Pt(60, 20)},
		{image.Pt(100, 300), image.Pt(20, 60)},
		{image.Pt(30, 10), image.Pt(30, 10)},
		{image.Pt(3000, 1), image.Pt(60, 1)},
	} {
		path := write(t, "a.png", pngOf(t, image.NewGray(image.Rectangle{Max: row.from})))
		img, err := picture.Thumbnail(t.Context(), path, 60)
		if err != nil {
			t.Fatal(err)
		}
		if got := img.Rect.Size(); got != row.want {
			t.Errorf("%v became %v, want %v", row.from, got, row.want)
		}
	}
}
