package picture_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"testing"

	"gaze/compute/picture"
)

// notices are the kinds of what a reader of the picture has to know.
func notices(p *picture.Picture) (kinds []picture.NoticeKind) {
	for _, n := range p.Notices {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

// TestJPEGsThatAreCutOff are read as far as they go, with a notice of how much is
// missing, and the rest is grey; strictly, they are refused.
func TestJPEGsThatAreCutOff(t *testing.T) {
	for _, name := range []string{"cut_baseline.jpg", "cut_progressive.jpg"} {
		data, err := os.ReadFile("testdata/kinds/" + name)
		if err != nil {
			t.Fatal(err)
		}
		whole := open(t, write(t, name, data))
		if len(whole.Notices) != 0 {
			t.Errorf("%s: notices %v of a whole file", name, whole.Notices)
		}
		for _, left := range []int{len(data) - 1, len(data) - 2, len(data) * 9 / 10} {
			path := write(t, name, data[:left])
			p := open(t, path)
			if p.Image.Rect != whole.Image.Rect {
				t.Fatalf("%s: bounds %v", name, p.Image.Rect)
			}
			if k := notices(p); len(k) != 1 || k[0] != picture.NoticeCut {
				t.Errorf("%s, %d of %d bytes: notices %v", name, left, len(data), p.Notices)
			}
			if d := difference(t, p.Image, whole.Image); left >= len(data)-2 && d != 0 {
				t.Errorf("%s: without its end mark, the picture is %.2f levels off", name, d)
			}
			wantError(t, path, picture.Limits{Strict: true}, picture.Truncated, "cut off after")
		}
	}
	data, err := os.ReadFile("testdata/kinds/cut_baseline.jpg")
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, write(t, "a.jpg", data[:len(data)*3/4]))
	if m := p.Notices[0].Missing; m < 0.05 || m > 0.6 {
		t.Errorf("%.2f of the picture is missing", m)
	}
	last := p.Image.NRGBAAt(p.Image.Rect.Dx()-1, p.Image.Rect.Dy()-1)
	if last.R != 128 || last.G != 128 || last.B != 128 {
		t.Errorf("what is missing is %v, not grey", last)
	}
}

// TestDamagedJPEGsHaveANotice: what cannot be right is said. Wrong bytes that happen
// to be right codes cannot be told.
func TestDamagedJPEGsHaveANotice(t *testing.T) {
	for name, want := range map[string]picture.NoticeKind{
		"jpegrestartmissing_.jpg":           picture.NoticeDamaged,
		"jpegrestartwrongnumber_.jpg":       picture.NoticeDamaged,
		"jpegintervalmissing_.jpg":          picture.NoticeDamaged,
		"jpegtwointervalsmissing_.jpg":      picture.NoticeDamaged,
		"jpegmarkerinside_.jpg":             picture.NoticeDamaged,
		"jpegwrongbytes_.jpg":               picture.NoticeDamaged,
		"jpegstraybytes_.jpg":               picture.NoticeDamaged,
		"jpegprogressiverestart420_.jpg":    "",
		"jpegprogressiverestartblocks_.jpg": "",
		"jpegnotables_.jpg":                 "",
		"jpegcmykunmarked_.jpg":             "",
	} {
		path := "testdata/kinds/" + name
		p := open(t, path)
		if k := notices(p); (want == "") != (len(k) == 0) || want != "" && k[0] != want {
			t.Errorf("%s: notices %v, want %q", name, p.Notices, want)
		}
		_, err := picture.Open(t.Context(), path, picture.Options{Limits: picture.Limits{Strict: true}})
		if (err != nil) != (want != "") {
			t.Errorf("%s, read strictly: %v", name, err)
		}
	}
}

// TestJPEGsOfTheStandardLibrary: another encoder's files are read within the
// rounding of another decoder.
func TestJPEGsOfTheStandardLibrary(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {8, 8}, {17, 9}, {100, 31}} {
		img := image.NewRGBA(image.Rectangle{Max: size})
		for i := range img.Pix {
			img.Pix[i] = uint8(i*i/size.X + 3*i)
			if i%4 == 3 {
				img.Pix[i] = 255
			}
		}
		data := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, &jpeg.Options{Quality: 100}) })
		p := open(t, write(t, "a.jpg", data))
		theirs, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		luma := theirs.(*image.YCbCr)
		for y := range size.Y {
			for x := range size.X {
				// Chroma is interpolated otherwise, but the luma of a colour is the same.
				c := p.Image.NRGBAAt(x, y)
				if c.R == 0 || c.G == 0 || c.B == 0 || c.R == 255 || c.G == 255 || c.B == 255 {
					continue
				}
				got := (299*int(c.R) + 587*int(c.G) + 114*int(c.B) + 500) / 1000
				if d := got - int(luma.YCbCrAt(x, y).Y); d < -2 || d > 2 {
					t.Fatalf("%v: luma at %d, %d is %d, want %d", size, x, y, got, luma.YCbCrAt(x, y).Y)
				}
			}
		}
	}
}
