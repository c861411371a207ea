package picture

import (
	"fmt"
	"image"
	"math"
	"strconv"
	"strings"
)

// Window says which of a picture's numbers are black and which are white. The zero
// value is what the file states, as a DICOM file may, or otherwise [WindowAuto].
type Window struct {
	how       windowKind
	low, high float64
}

type windowKind string

const (
	windowAuto  windowKind = "auto"
	windowFull  windowKind = "full"
	windowRange windowKind = "range"
)

// WindowAuto goes from the 0.5th percentile of the picture's numbers to the 99.5th where
// they are far from filling the range of their kind, and is [WindowFull] where they fill
// it. Pictures of 8 bits are left as they are.
func WindowAuto() Window { return Window{how: windowAuto} }

// WindowFull is the range of the numbers by their kind: 0 to 65535 for 16 bits without a
// sign, 0 to 1 for floating-point numbers.
func WindowFull() Window { return Window{how: windowFull} }

// WindowRange goes from low, which is black, to high, which is white, in the numbers of
// the file: levels of 0 to 255 of an ordinary picture. High must be above low.
func WindowRange(low, high float64) (Window, error) {
	w := Window{how: windowRange, low: low, high: high}
	switch span := high - low; {
	case math.IsNaN(span) || math.IsInf(span, 0):
		return Window{}, fmt.Errorf("a window from %g to %g is not between two numbers", low, high)
	case span <= 0:
		return Window{}, fmt.Errorf("a window from %g to %g is empty: the first number, which is black, must be below the second", low, high)
	}
	return w, nil
}

// ParseWindow reads a window as users write it: "auto", "full", "LO,HI" for what is
// black and what is white, or "LEVEL/WIDTH" for the middle and how wide it is. An empty
// text is the zero value.
func ParseWindow(text string) (Window, error) {
	switch text = strings.TrimSpace(text); text {
	case "", "file":
		return Window{}, nil
	case string(windowAuto):
		return WindowAuto(), nil
	case string(windowFull):
		return WindowFull(), nil
	}
	bad := fmt.Errorf("window %q is neither auto nor full nor LO,HI nor LEVEL/WIDTH", text)
	for _, mark := range []string{",", "/"} {
		first, second, ok := strings.Cut(text, mark)
		if !ok {
			continue
		}
		a, err := strconv.ParseFloat(strings.TrimSpace(first), 64)
		if err != nil {
			return Window{}, bad
		}
		b, err := strconv.ParseFloat(strings.TrimSpace(second), 64)
		if err != nil {
			return Window{}, bad
		}
		if mark == "/" {
			if !(b > 0) {
				return Window{}, fmt.Errorf("window %q is %g wide, which is not above 0", text, b)
			}
			a, b = a-b/2, a+b/2
		}
		return WindowRange(a, b)
	}
	return Window{}, bad
}

// String is a text that [ParseWindow] reads as the same window.
func (w Window) String() string {
	switch w.how {
	case "":
		return "file"
	case windowRange:
		return strconv.FormatFloat(w.low, 'g', -1, 64) + "," + strconv.FormatFloat(w.high, 'g', -1, 64)
	}
	return string(w.how)
}

// of is what the window makes of a picture's numbers: which are black and white, and
// what has to be said of that.
func (w Window) of(d *Deep) (low, high float64, notices []Notice) {
	switch {
	case w.how == windowRange:
		return w.low, w.high, nil
	case w.how == windowFull:
		return d.Low, d.High, nil
	case w.how == "" && d.stated != nil:
		low, high = d.stated[0], d.stated[1]
		return low, high, []Notice{{Kind: NoticeWindow, Low: low, High: high}}
	}
	return d.window()
}

// WithWindow is the picture with another window. The file is not read again.
func (p *Picture) WithWindow(w Window) *Picture {
	if w.how == windowRange {
		p = p.whole()
	}
	next := *p
	next.window = w
	next.show()
	return &next
}

// show makes the image that the window shows.
func (p *Picture) show() {
	if p.levels != nil {
		p.Deep = nil
		if p.window.how == windowRange {
			p.Deep = deepOf(p.levels)
		}
	}
	img, notices := p.levels, []Notice(nil)
	if p.Deep != nil {
		p.low, p.high, notices = p.window.of(p.Deep)
		if !p.strips {
			img = p.Deep.image(image.Rect(0, 0, p.Deep.Width, p.Deep.Height), p.low, p.high)
		}
		if p.Deep.inverted {
			for i, n := range notices {
				notices[i].Low, notices[i].High = n.High, n.Low
			}
		}
	}
	if img != nil {
		p.Image = lay(img, p.Alpha, p.alpha)
	}
	p.Notices = append(append([]Notice(nil), p.told...), notices...)
}

// deepOf are the levels of a picture of 8 bits, in one plane where it has no colours.
func deepOf(img *image.NRGBA) *Deep {
	size := img.Rect.Size()
	d := &Deep{Width: size.X, Height: size.Y, High: math.MaxUint8, Planes: make([]Plane, 3)}
	for c := range d.Planes {
		d.Planes[c].real = make([]float32, size.X*size.Y)
	}
	grey := true
	for y := range size.Y {
		pix := img.Pix[y*img.Stride:][:4*size.X]
		for x := range size.X {
			p := pix[4*x : 4*x+3]
			for c, v := range p {
				d.Planes[c].real[y*size.X+x] = float32(v)
			}
			grey = grey && p[0] == p[1] && p[1] == p[2]
		}
	}
	if grey {
		d.Planes = d.Planes[:1]
	}
	return d
}
