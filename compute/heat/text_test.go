package heat

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"
)

// mono has runes of about one width and no system fonts.
func mono() *typeface {
	t := newTypeface(regularFont(), 10)
	t.substitute = func(rune) *sfnt.Font { return nil }
	return t
}

func TestElideKeepsBothEnds(t *testing.T) {
	face := mono()
	const name = "IMG_20240131_holiday_at_the_sea_copy.jpeg"
	if got := elide(face, name, face.width(name)); got != name {
		t.Errorf("what fits became %q", got)
	}
	for width := face.width(name) - 1; width > 40; width-- {
		got := elide(face, name, width)
		if face.width(got) > width || !strings.HasPrefix(got, "I") || !strings.HasSuffix(got, "g") || !strings.Contains(got, ellipsis) {
			t.Fatalf("%d pixels: %q", width, got)
		}
	}
	if got := elide(face, name, 0); got != ellipsis {
		t.Errorf("no room: %q, want the ellipsis alone", got)
	}
}

func TestWrap(t *testing.T) {
	face := mono()
	for _, c := range []struct {
		name, text string
		width      int
		lines      int
		want       []string
	}{
		{"nothing", "  ", 50, 3, nil},
		{"what fits stays", "one two", face.width("one two"), 3, []string{"one two"}},
		{"between words", "one two three", face.width("one two"), 3, []string{"one two", "three"}},
		{"line breaks are spaces", "one\ntwo", face.width("one two"), 3, []string{"one two"}},
		{"long words break", "oooooo", face.width("oooo"), 3, []string{"oooo", "oo"}},
		{"words without spaces", "蓝猫蓝猫蓝", face.width("蓝猫"), 3, []string{"蓝猫", "蓝猫", "蓝"}},
		{"the last line is elided", "one two three four", face.width("one two"), 1, []string{elide(face, "one two three four", face.width("one two"))}},
		{"no room at all", "ab", 0, 3, []string{"a", "b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := wrap(face, c.text, c.width, c.lines); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRunesWithoutAFontAreVisible(t *testing.T) {
	for _, s := range []string{"猫", "\x00", "\xff", "😀", "\U0010ffff"} {
		img := image.NewNRGBA(image.Rect(0, 0, 20, 20))
		mono().draw(img, 2, 15, s, color.Black)
		if !slices.ContainsFunc(img.Pix, func(p uint8) bool { return p != 0 }) {
			t.Errorf("%q left no trace", s)
		}
	}
}

func TestSystemFontsAreSearchedWithoutFailing(t *testing.T) {
	for _, r := range []rune{'猫', 'あ', 'ع', '😀', 0, -1, '\U0010ffff'} {
		f := systemFont(r)
		var buf sfnt.Buffer
		if f != nil && !has(f, &buf, r) {
			t.Errorf("%q: the font found does not have it", r)
		}
	}
}

func TestPercent(t *testing.T) {
	for p, want := range map[float32]string{0: "0.00 %", 0.00004: "< 0.01 %", 0.5: "50.00 %", 0.99995: "> 99.99 %", 1: "100.00 %"} {
		if got := percent(p); got != want {
			t.Errorf("%v is written %q, want %q", p, got, want)
		}
	}
}
