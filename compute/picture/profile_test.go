package picture_test

import (
	"path/filepath"
	"strings"
	"testing"

	"gaze/compute/picture"
)

// TestProfilesAreConverted as Little CMS converts them (testdata/profiles.py), and are
// told where they are not.
func TestProfilesAreConverted(t *testing.T) {
	for file, name := range map[string]string{
		"p3.png": "Display P3", "p3.webp": "Display P3", "p3.avif": "Display P3", "adobe.png": "Adobe RGB (1998)", "adobe.tif": "Adobe RGB (1998)", "prophoto.png": "ProPhoto RGB",
		"three.png": "three curves", "grey.png": "dark grey", "grey.tif": "dark grey", "jpeg.jpg": "Adobe RGB (1998)",
	} {
		t.Run(file, func(t *testing.T) {
			path := filepath.Join("testdata/profiles", file)
			plain := open(t, path)
			if n := plain.Notices; len(n) != 1 || n[0].Kind != picture.NoticeProfile || n[0].Converted || n[0].Profile != name {
				t.Errorf("ignored, the notices are %+v", n)
			}
			p, err := picture.Open(t.Context(), path, picture.Options{ICC: true})
			if err != nil {
				t.Fatal(err)
			}
			if n := p.Notices; len(n) != 1 || n[0].Kind != picture.NoticeProfile || !n[0].Converted || n[0].Profile != name {
				t.Errorf("converted, the notices are %+v", n)
			}
			of, kind, _ := strings.Cut(file, ".")
			want := open(t, filepath.Join("testdata/profiles", of+".srgb.png")).Image
			limit := 2
			if kind == "avif" { // which is lossy
				limit = 12
			}
			worst, moved := 0, 0
			for i, v := range p.Image.Pix {
				worst = max(worst, abs(int(v)-int(want.Pix[i])))
				moved = max(moved, abs(int(plain.Image.Pix[i])-int(want.Pix[i])))
			}
			if worst > limit || moved < 10 {
				t.Errorf("colours are up to %d levels off, and %d without the profile", worst, moved)
			}
		})
	}
}

func abs(v int) int { return max(v, -v) }

// TestProfilesThatChangeNothing: one like sRGB has no notice, and one that cannot be used
// has one, with its name, for who wants it used.
func TestProfilesThatChangeNothing(t *testing.T) {
	for file, want := range map[string][2]string{
		"same.png":    {"", ""},
		"table.png":   {"profile", "no-conversion"},
		"colours.png": {"", "no-conversion"},
		"damaged.png": {"", "no-conversion"},
	} {
		path := filepath.Join("testdata/profiles", file)
		plain := open(t, path)
		for i, icc := range []bool{false, true} {
			p, err := picture.Open(t.Context(), path, picture.Options{ICC: icc})
			if err != nil {
				t.Fatal(err)
			}
			told := ""
			for _, k := range notices(p) {
				told += string(k)
			}
			if told != want[i] {
				t.Errorf("%s, icc %v: the notices are %q, want %q", file, icc, told, want[i])
			}
			if string(p.Image.Pix) != string(plain.Image.Pix) {
				t.Errorf("%s, icc %v: the colours changed", file, icc)
			}
		}
	}
}

// TestDeepColoursAreConverted: linear grey of a half, in 16 bits, is 188 of 255 in sRGB.
func TestDeepColoursAreConverted(t *testing.T) {
	p, err := picture.Open(t.Context(), "testdata/profiles/deep.png", picture.Options{ICC: true})
	if err != nil {
		t.Fatal(err)
	}
	if p.Deep == nil || p.Image.Pix[0] != 188 || p.Image.Pix[4] != 255 {
		t.Errorf("levels %d and %d", p.Image.Pix[0], p.Image.Pix[4])
	}
}
