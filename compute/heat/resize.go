package heat

import (
	"runtime"
	"sync"

	"gaze/compute/cam"
)

// Resize interpolates the map bilinearly to height x width values. Pixel
// centres lie at halves and values at the border continue outwards, as in
// OpenCV's INTER_LINEAR and PyTorch's align_corners=False. Shrinking does not
// average. The zero Map stays the zero Map.
func Resize(m cam.Map, height, width int) cam.Map {
	if height < 1 || width < 1 {
		return cam.Map{}
	}
	f, ok := place(m, span{0, float64(width)}, span{0, float64(height)}, width, height)
	if !ok {
		return cam.Map{}
	}
	out := cam.Map{Height: height, Width: width, Values: make([]float32, height*width)}
	f.rows(func(y int, values []float32) { copy(out.Values[y*width:], values) })
	return out
}

// field is a map stretched over a rectangle of a grid of pixels.
type field struct {
	m    cam.Map
	x, y axis
}

// span is an interval in pixels; it need not begin or end between two of them.
type span struct{ from, to float64 }

// place stretches m over the rectangle x by y of a width x height grid. It
// reports false where no pixel centre of the grid lies in the rectangle or the
// map has no values.
func place(m cam.Map, x, y span, width, height int) (field, bool) {
	if m.Height < 1 || m.Width < 1 || len(m.Values) != m.Height*m.Width {
		return field{}, false
	}
	f := field{m: m, x: newAxis(x, m.Width, width), y: newAxis(y, m.Height, height)}
	return f, len(f.x.cells) > 0 && len(f.y.cells) > 0
}

// axis says for one direction which pixels lie in the rectangle and between
// which two values of the map each of them is.
type axis struct {
	// first is the first pixel whose centre lies in the rectangle; cells has
	// one entry for it and each that follows.
	first int
	cells []cell
}

// cell is a pixel's value as (1-t)*map[a] + t*map[b].
type cell struct {
	a, b int
	t    float32
}

func newAxis(s span, values, pixels int) axis {
	var ax axis
	scale := float64(values) / (s.to - s.from)
	for p := range pixels {
		centre := float64(p) + 0.5
		if !(centre >= s.from && centre < s.to) {
			continue
		}
		if len(ax.cells) == 0 {
			ax.first = p
		}
		u := max(0, min(float64(values-1), float64((centre-s.from)*scale)-0.5))
		a := int(u)
		ax.cells = append(ax.cells, cell{a, min(a+1, values-1), float32(u - float64(a))})
	}
	return ax
}

// rows calls draw for each row of pixels in the rectangle, with its values
// from pixel x.first on. Rows are drawn in parallel; values is reused after
// draw returns.
func (f field) rows(draw func(y int, values []float32)) {
	n := len(f.y.cells)
	workers := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			mixed, values := make([]float32, f.m.Width), make([]float32, len(f.x.cells))
			for i := n * w / workers; i < n*(w+1)/workers; i++ {
				f.row(f.y.cells[i], mixed, values)
				draw(f.y.first+i, values)
			}
		})
	}
	wg.Wait()
}

// row interpolates between two rows of the map into mixed, then along it.
//
// The conversions keep processors from fusing products with sums, so that a
// picture has the same colours everywhere.
func (f field) row(c cell, mixed, values []float32) {
	above, below := f.m.Values[c.a*f.m.Width:], f.m.Values[c.b*f.m.Width:]
	for i := range mixed {
		mixed[i] = above[i] + float32(c.t*(below[i]-above[i]))
	}
	for i, c := range f.x.cells {
		values[i] = mixed[c.a] + float32(c.t*(mixed[c.b]-mixed[c.a]))
	}
}
