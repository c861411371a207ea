package picture_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"testing"

	"gaze/compute/picture"
)

// pngParts is a small PNG as its chunks, which are signature and header, what comes
// between, pixels, and end.
func pngParts(t *testing.T) (head, pixels, end []byte, want *image.NRGBA) {
	t.Helper()
	want = image.NewNRGBA(image.Rect(0, 0, 7, 5))
	for i := range want.Pix {
		want.Pix[i] = uint8(7 * i)
		if i%4 == 3 {
			want.Pix[i] = 255
		}
	}
	file := pngOf(t, want)
	const headEnd, endSize = 8 + 25, 12
	return file[:headEnd], file[headEnd : len(file)-endSize], file[len(file)-endSize:], want
}

func wrongChecksum(c []byte) []byte {
	c = append([]byte{}, c...)
	c[len(c)-1] ^= 1
	return c
}

// TestPNGsWhosePixelsAreAllThere are read whatever else is wrong, unless strictly.
func TestPNGsWhosePixelsAreAllThere(t *testing.T) {
	head, pixels, end, want := pngParts(t)
	unpacked := func() []byte {
		r, err := zlib.NewReader(bytes.NewReader(pixels[8 : len(pixels)-4]))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}()
	packed := func(data []byte) []byte {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		if _, err := w.Write(data); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	longer := packed(append(append([]byte{}, unpacked...), make([]byte, 200)...))
	text, profile := wrongChecksum(chunk("tEXt", []byte("a\x00b"))), wrongChecksum(chunk("iCCP", []byte("x\x00\x00abc")))
	for name, file := range map[string][]byte{
		"a text's checksum":     join(head, text, pixels, end),
		"a profile's checksum":  join(head, profile, pixels, end),
		"a checksum behind":     join(head, pixels, text, end),
		"the end's checksum":    join(head, pixels, wrongChecksum(end)),
		"no end":                join(head, pixels),
		"no checksum of pixels": join(head, pixels[:len(pixels)-4]),
		"half an end":           join(head, pixels, end[:5]),
		"more pixels":           join(head, chunk("IDAT", longer), end),
		"more pixels in two":    join(head, chunk("IDAT", longer[:20]), chunk("IDAT", longer[20:]), end),
		"a cut checksum inside": join(head, chunk("IDAT", packed(unpacked)[:len(packed(unpacked))-2]), end),
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "a.png", file)
			if d := difference(t, open(t, path).Image, want); d != 0 {
				t.Errorf("%.2f levels off", d)
			}
			if _, err := picture.Open(t.Context(), path, picture.Options{Limits: picture.Limits{Strict: true}}); err == nil && name != "more pixels behind" {
				t.Error("it is read strictly, too")
			}
		})
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// TestPNGsWithoutAllPixels are refused.
func TestPNGsWithoutAllPixels(t *testing.T) {
	head, pixels, end, _ := pngParts(t)
	wantError(t, write(t, "a.png", join(head, wrongChecksum(pixels), end)), picture.Limits{}, picture.Damaged, "damaged png")
	wantError(t, write(t, "a.png", join(wrongChecksum(head), pixels, end)), picture.Limits{}, picture.Damaged, "damaged png")
	wantError(t, write(t, "a.png", join(head, pixels[:len(pixels)-20])), picture.Limits{}, picture.Truncated, "cut off after")
	// What a file of this size cannot have is refused without taking memory for it.
	lie := append([]byte{}, head...)
	binary.BigEndian.PutUint32(lie[16:], 9000)
	binary.BigEndian.PutUint32(lie[20:], 9000)
	lie = append(lie[:8], chunk("IHDR", lie[16:29])...)
	wantError(t, write(t, "a.png", join(lie, pixels, end)), picture.Limits{}, picture.Truncated, "cut off after")
}

// TestInterlacedPNGsAreMendedToo: their pixels are those of seven small pictures. No
// encoder at hand writes them, so the passes of a picture of 1 x 1 to 3 x 3 pixels of
// one colour are written here: each row is a filter's number and grey pixels.
func TestInterlacedPNGsAreMendedToo(t *testing.T) {
	for _, c := range []struct {
		w, h uint32
		rows []int // pixels of each row of each pass that has any
	}{
		{1, 1, []int{1}},
		{2, 1, []int{1, 1}},
		{3, 3, []int{1, 1, 2, 1, 1, 3}},
	} {
		var raw bytes.Buffer
		for _, n := range c.rows {
			raw.WriteByte(0)
			raw.Write(bytes.Repeat([]byte{77}, n))
		}
		raw.Write(make([]byte, 50)) // more than there should be
		var packed bytes.Buffer
		w := zlib.NewWriter(&packed)
		if _, err := w.Write(raw.Bytes()); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, c.w), c.h)
		ihdr = append(ihdr, 8, 0, 0, 0, 1)
		file := join([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", ihdr), chunk("IDAT", packed.Bytes()))
		img := open(t, write(t, "a.png", file)).Image
		for i := 0; i < len(img.Pix); i += 4 {
			if img.Pix[i] != 77 {
				t.Errorf("%d x %d: pixel %d is %d", c.w, c.h, i/4, img.Pix[i])
			}
		}
	}
}

// TestSixteenBitsOfAlpha: a grey picture's depth is kept with its alpha laid on
// white, and colours that would be nearly black are shown brighter.
func TestSixteenBitsOfAlpha(t *testing.T) {
	grey := image.NewNRGBA64(image.Rect(0, 0, 2, 1))
	grey.SetNRGBA64(0, 0, color.NRGBA64{300, 300, 300, 65535})
	grey.SetNRGBA64(1, 0, color.NRGBA64{3000, 200, 100, 0})
	p := onWhite(t, write(t, "a.png", encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, grey) })))
	if p.Deep == nil || len(p.Deep.Planes) != 3 || p.Deep.Planes[0].At(1) != 3000 {
		t.Fatalf("samples %+v", p.Deep)
	}
	if p.Image.NRGBAAt(1, 0).R != 255 {
		t.Errorf("what is transparent is %v, not white", p.Image.NRGBAAt(1, 0))
	}
	if k := notices(p); len(k) != 2 || k[0] != picture.NoticeTransparent || k[1] != picture.NoticeRange {
		t.Errorf("notices %v", k)
	}
}
