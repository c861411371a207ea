package evaluation_test

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gaze/compute/cam"
	"gaze/compute/evaluation"
)

func TestShares(t *testing.T) {
	even := make([]float32, 7*7)
	for i := range even {
		even[i] = 3
	}
	nan := float32(math.NaN())
	for _, row := range []struct {
		name   string
		m      cam.Map
		border float64
		// corner is that at the top left, and opposite the one at the bottom right.
		corner, opposite float64
	}{
		{"the same everywhere", cam.Map{Height: 7, Width: 7, Values: even}, 1 - 0.75*0.75, 1.0 / 16, 1.0 / 16},
		{"one value", cam.Map{Height: 1, Width: 1, Values: []float32{2}}, 1 - 0.75*0.75, 1.0 / 16, 1.0 / 16},
		// A place of 4x4 has a quarter of the width: a quarter of the inner one is border.
		{"a corner of 4x4", cam.Map{Height: 4, Width: 4, Values: []float32{5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}, 1 - 0.5*0.5, 1, 0},
		{"the middle of 4x4", cam.Map{Height: 4, Width: 4, Values: []float32{0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0}}, 0, 0, 0},
		{"below zero does not count", cam.Map{Height: 2, Width: 2, Values: []float32{-9, 0, 0, 4}}, 1 - 0.75*0.75, 0, 0.25},
		{"nor what is no number", cam.Map{Height: 2, Width: 2, Values: []float32{nan, nan, 0, 4}}, 1 - 0.75*0.75, 0, 0.25},
		{"an empty map", cam.Map{Height: 2, Width: 2, Values: []float32{-1, 0, 0, 0}}, math.NaN(), math.NaN(), math.NaN()},
		{"a map that lacks values", cam.Map{Height: 2, Width: 2, Values: []float32{1}}, math.NaN(), math.NaN(), math.NaN()},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := evaluation.New().Add(evaluation.Picture{Map: row.m}).Energy
			wantNear(t, "border", s.Border, row.border)
			wantNear(t, "top left", s.Corners[evaluation.TopLeft], row.corner)
			wantNear(t, "bottom right", s.Corners[evaluation.BottomRight], row.opposite)
		})
	}
}

func TestMeanMaps(t *testing.T) {
	f := evaluate(
		withMap(answer(0, 1, 0), []float32{2, 0}, []float32{0, 0}),
		withMap(answer(0, 1, 0), []float32{0, 8}, []float32{-3, 8}),
		withMap(answer(0, 1, 0), []float32{0, 0}, []float32{-3, 0}),
		withMap(answer(0, 0, 1), []float32{0, 0}, []float32{1, 0}),
		withMap(answer(-1, 0, 1), []float32{0, 0}, []float32{0, 1}),
	)
	for _, row := range []struct {
		what string
		got  evaluation.MeanMap
		maps int
		want []float32
	}{
		{"right maps", f.Classes[0].RightMap, 2, []float32{0.5, 0.5, 0, 0.5}},
		{"wrong maps", f.Classes[0].WrongMap, 1, []float32{0, 0, 1, 0}},
		{"maps of a class nobody shows", f.Classes[1].RightMap, 0, nil},
		{"maps whose truth is unknown", f.Classes[1].GuessedMap, 1, []float32{0, 0, 0, 1}},
		{"a cell", f.Confusion[2].Mean, 1, []float32{0, 0, 1, 0}},
	} {
		if row.got.Pictures != row.maps || !slices.Equal(row.got.Map.Values, row.want) {
			t.Errorf("%s: %+v, want %v of %d", row.what, row.got, row.want, row.maps)
		}
	}
}

// Large maps are averaged down; their energy stays where it is.
func TestLargeMaps(t *testing.T) {
	values := make([]float32, 48*48)
	for y := range 48 {
		for x := range 24 {
			values[y*48+x] = 1
		}
	}
	p := answer(0, 1, 0)
	p.Map = cam.Map{Height: 48, Width: 48, Values: values}
	m := evaluate(p).Classes[0].RightMap.Map
	if m.Height != 32 || m.Width != 32 {
		t.Fatalf("mean map of %dx%d, want 32x32", m.Height, m.Width)
	}
	for x, want := range []float32{0: 1, 15: 1, 16: 0, 31: 0} {
		if (x == 0 || x == 15 || x >= 16) && math.Abs(float64(m.Values[5*32+x]-want)) > 1e-6 {
			t.Errorf("column %d is %v, want %v", x, m.Values[5*32+x], want)
		}
	}
}

// A class whose maps lie at the bottom right, as where a watermark is, is listed, and
// one whose maps lie in the middle is not.
func TestCorners(t *testing.T) {
	var pictures []evaluation.Picture
	for range 5 {
		pictures = append(pictures,
			withMap(answer(0, 1, 0), []float32{0, 0, 0, 0}, []float32{0, 1, 1, 0}, []float32{0, 1, 1, 0}, []float32{0, 0, 0, 0}),
			withMap(answer(1, 0, 1), []float32{0, 0, 0, 0}, []float32{0, 0, 0, 0}, []float32{0, 0, 1, 0}, []float32{0, 0, 0, 1}),
		)
	}
	f := evaluate(pictures...)
	if len(f.Corners) != 1 || f.Corners[0] != (evaluation.CornerClass{Class: 1, Corner: evaluation.BottomRight, Share: 0.5, Maps: 5}) {
		t.Errorf("corners %+v", f.Corners)
	}
}

// Of twelve maps eleven lie in the middle and one at the edge. Half the absolute
// difference of that to the mean map is 11/12: all its energy is elsewhere, but for
// its own part of the mean.
func TestOutliers(t *testing.T) {
	var pictures []evaluation.Picture
	for i := range 12 {
		row := []float32{0, 1, 0}
		if i == 7 {
			row = []float32{1, 0, 0}
		}
		pictures = append(pictures, withMap(answer(0, 1, 0), row), answer(1, 0, 1))
	}
	f := evaluate(pictures...)
	if len(f.Outliers) != 1 || f.Outliers[0].Picture != 14 {
		t.Fatalf("outliers %+v, want picture 14", f.Outliers)
	}
	wantNear(t, "distance", f.Outliers[0].Distance, 11.0/12)
	// The others' distance is 1/12 and does not vary.
	wantNear(t, "score", f.Outliers[0].Score, (10.0/12)/0.02)
}

// Maps that all differ alike stand out nowhere.
func TestNoOutliers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var pictures []evaluation.Picture
	for range 40 {
		p := answer(0, 1, 0)
		p.Map = cam.Map{Height: 7, Width: 7, Values: make([]float32, 49)}
		for i := range p.Map.Values {
			p.Map.Values[i] = random.Float32()
		}
		pictures = append(pictures, p)
	}
	if f := evaluate(pictures...); len(f.Outliers) != 0 {
		t.Errorf("maps of noise stand out: %+v", f.Outliers)
	}
}

// halves is a mask of the left half of a picture.
type halves struct{ w, h int }

func (m halves) Bounds() image.Rectangle { return image.Rect(0, 0, m.w, m.h) }
func (m halves) Object(x, _ int) bool    { return x < m.w/2 }

// The network sees the picture from x = 100 to 300. Its map of two columns has 1 on
// the left and 0 on the right, which is 1 over the left quarter, 0 over the right
// one, and falls evenly between.
func TestLocation(t *testing.T) {
	point := func(x, y float64) evaluation.Point { return evaluation.Point{X: x, Y: y} }
	box := func(x0, x1 float64) evaluation.Region {
		return evaluation.Region{Class: evaluation.Unknown, Box: evaluation.Box{Min: point(x0, 0), Max: point(x1, 200)}}
	}
	left := box(100, 200)
	other := box(200, 300)
	other.Class = 1
	triangle := box(100, 200)
	triangle.Polygons = [][]evaluation.Point{{point(100, 0), point(200, 0), point(200, 200), point(100, 200)}}
	mask := evaluation.Region{Class: evaluation.Unknown, Mask: halves{400, 200}}
	for _, row := range []struct {
		name    string
		regions []evaluation.Region
		counts  bool
		hit     bool
		// inside has the energy: the left half of the frame has 1/4 + 1/4*3/4 = 7/16
		// of 1/2.
		inside, iou float64
	}{
		{"left half", []evaluation.Region{left}, true, true, 7.0 / 8, 1},
		{"right half", []evaluation.Region{box(200, 300)}, true, false, 1.0 / 8, 0.25},
		{"both", []evaluation.Region{left, box(200, 300)}, true, true, 1, 0.75},
		{"all", []evaluation.Region{box(0, 400)}, true, true, 1, 0.75},
		{"an outline", []evaluation.Region{triangle}, true, true, 7.0 / 8, 1},
		{"a mask", []evaluation.Region{mask}, true, true, 7.0 / 8, 1},
		{"another class", []evaluation.Region{other}, false, false, 0, 0},
		{"another class beside", []evaluation.Region{left, other}, true, true, 7.0 / 8, 1},
		{"out of sight", []evaluation.Region{box(310, 400)}, false, false, 0, 0},
		{"nowhere", nil, false, false, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := withMap(answer(0, 1, 0), []float32{4, 0})
			p.Frame, p.Regions = image.Rect(100, 0, 300, 200), row.regions
			e := evaluation.New()
			v, l := e.Add(p), e.Figures().Location
			if !row.counts {
				if l != nil || !math.IsNaN(v.Inside) {
					t.Errorf("%+v counts", l)
				}
				return
			}
			if l == nil || v.Hit != row.hit || l.Pictures != 1 {
				t.Fatalf("hit %v, %+v", v.Hit, l)
			}
			wantAbout(t, "inside", l.Inside, row.inside, 1e-4)
			wantAbout(t, "IoU", l.IoU, row.iou, 0.02)
		})
	}
}

func wantAbout(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if !(math.Abs(got-want) <= by) {
		t.Errorf("%s %v, want %v", what, got, want)
	}
}

// What is kept of a picture does not depend on its map's size.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("adds 8,000 pictures")
	}
	e := evaluation.New()
	p := answer(0, 1, 0)
	p.Map = cam.Map{Height: 64, Width: 64, Values: make([]float32, 64*64)}
	p.Map.Values[70] = 1
	for i := range 8000 {
		p.Truth[0] = i % 300
		p.Top[0].Class = i % 299
		e.Add(p)
	}
	f := e.Figures()
	// 8,000 cells of 32 x 32 numbers would be 64 MB.
	kept := 0
	for _, c := range f.Confusion {
		kept += len(c.Mean.Map.Values)
	}
	if len(f.Confusion) < 7000 || kept > 5<<20 {
		t.Errorf("%d numbers are kept of %d cells", kept, len(f.Confusion))
	}
}
