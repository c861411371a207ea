package faith_test

import (
	"context"
	"errors"
	"image"
	"math"
	"slices"
	"strings"
	"testing"

	"gaze/compute/cam"
	"gaze/compute/faith"
)

// brightness is a network of two classes: the probability of the first is 0.1
// plus the sum of the picture's red values.
type brightness struct {
	batches []int
	shown   []float64 // the probabilities, in the order of the pictures
	err     error
	after   func()
}

func (b *brightness) Scores(_ context.Context, pictures [][]float32) ([][]float32, error) {
	b.batches = append(b.batches, len(pictures))
	var out [][]float32
	for _, p := range pictures {
		s := 0.1
		for _, v := range p[:len(p)/3] {
			s += float64(v)
		}
		b.shown = append(b.shown, s)
		out = append(out, []float32{float32(math.Log(s)), float32(math.Log(1 - s))})
		// The pictures are the network's until it has answered.
		clear(p)
	}
	if b.after != nil {
		b.after()
	}
	return out, b.err
}

// square is a picture of 2 x 2 pixels, all red, and a map of it.
func square(red, values [4]float32) faith.Subject {
	return faith.Subject{
		Picture: append(red[:], make([]float32, 8)...), Height: 2, Width: 2,
		Maps: []cam.Map{{Height: 2, Width: 2, Values: values[:]}},
	}
}

func metrics(t *testing.T, names ...string) []faith.Metric {
	t.Helper()
	var list []faith.Metric
	for _, name := range names {
		m, err := faith.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

func measure(t *testing.T, s faith.Subject, opt faith.Options, names ...string) []faith.Figure {
	t.Helper()
	got, err := faith.Measure(t.Context(), &brightness{}, s, metrics(t, names...), opt)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

func TestFiguresWorkedByHand(t *testing.T) {
	red := [4]float32{0.4, 0.2, 0.1, 0.1}
	// The order of the pixels is 0, 2, 3, 1; the map keeps 1, 1/4, 3/4 and 1/2 of
	// them, which is 0.575 of 0.8.
	worked := square(red, [4]float32{4, 1, 3, 2})
	// Nothing is above zero, so nothing is kept and the order is row by row.
	empty := square(red, [4]float32{-1, -1, -1, -1})
	// Dropping what is against the class raises p from 0.3 to 0.5.
	raised := square([4]float32{0.4, -0.2, 0, 0}, [4]float32{1, -1, 0, 0})
	rows := []struct {
		what, metric string
		s            faith.Subject
		want         float64
	}{
		{"0.9 0.5 0.4 0.3 0.1", "deletion", worked, 1.7 / 4},
		{"0.1 0.5 0.6 0.7 0.9", "insertion-zero", worked, 2.3 / 4},
		{"their difference", "gap", worked, 0.6 / 4},
		{"0.675 of 0.9", "drop", worked, 0.25},
		{"no rise", "increase", worked, 0},
		{"no rise", "gain", worked, 0},
		{"0.9 0.5 0.3 0.2 0.1, row by row", "deletion", empty, 1.5 / 4},
		{"0.1 0.5 0.7 0.8 0.9, row by row", "insertion-zero", empty, 2.5 / 4},
		{"0.1 of 0.9: an empty map keeps nothing", "drop", empty, 0.8 / 0.9},
		{"no rise", "increase", empty, 0},
		{"no loss", "drop", raised, 0},
		{"0.3 to 0.5", "increase", raised, 1},
		{"0.2 of the missing 0.7", "gain", raised, 0.2 / 0.7},
	}
	for _, r := range rows {
		got := measure(t, r.s, faith.Options{Steps: 4}, r.metric)[0]
		if !(math.Abs(got.Value-r.want) < 1e-6) || !math.IsNaN(got.Random) {
			t.Errorf("%s (%s) is %v beside %v, not %v beside nothing", r.metric, r.what, got.Value, got.Random, r.want)
		}
	}
}

// The probabilities of the pictures are those of the curves: 0.9 for the picture, 0.1
// without any pixel, and between them those of three steps of four.
func TestAreasOfHandWorkedCurves(t *testing.T) {
	for name, want := range map[string]struct {
		area  float64
		shown []float64
	}{
		"insertion-zero": {(0.1/2 + 0.5 + 0.6 + 0.7 + 0.9/2) / 4, []float64{0.9, 0.1, 0.5, 0.6, 0.7}},
		"deletion":       {(0.9/2 + 0.5 + 0.4 + 0.3 + 0.1/2) / 4, []float64{0.9, 0.1, 0.5, 0.4, 0.3}},
	} {
		b := &brightness{}
		s := square([4]float32{0.4, 0.2, 0.1, 0.1}, [4]float32{4, 1, 3, 2})
		got, err := faith.Measure(t.Context(), b, s, metrics(t, name), faith.Options{Steps: 4})
		if err != nil {
			t.Fatal(err)
		}
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
		if !near(got[0][0].Value, want.area) {
			t.Errorf("%s is %g, not %g", name, got[0][0].Value, want.area)
		}
		if !slices.EqualFunc(b.shown, want.shown, near) {
			t.Errorf("%s shows pictures of %g, not of %g", name, b.shown, want.shown)
		}
	}
}

// Deleting in an order and inserting in its reverse show the same pictures.
func TestGapOfTheNegativeMapIsTheNegativeGap(t *testing.T) {
	red := [4]float32{0.4, 0.2, 0.1, 0.05}
	for _, name := range []string{"gap", "gap-blur"} {
		a := measure(t, square(red, [4]float32{4, 1, -3, 2}), faith.Options{Steps: 4}, name)[0].Value
		b := measure(t, square(red, [4]float32{-4, -1, 3, -2}), faith.Options{Steps: 4}, name)[0].Value
		if !(math.Abs(a+b) < 1e-6) || a == 0 {
			t.Errorf("%s is %v, that of the negative map %v", name, a, b)
		}
	}
}

func TestPointingGame(t *testing.T) {
	const size = 64
	peak := func(x, y int) cam.Map {
		m := cam.Map{Height: size, Width: size, Values: make([]float32, size*size)}
		m.Values[y*size+x] = 1
		return m
	}
	two := peak(40, 2)
	two.Values[60*size+5] = 1
	box := image.Rect(20, 20, 30, 40)
	rows := []struct {
		what  string
		m     cam.Map
		boxes []image.Rectangle
		want  float64
	}{
		{"inside", peak(20, 39), []image.Rectangle{box}, 1},
		{"15 beside its last column, 29", peak(44, 30), []image.Rectangle{box}, 1},
		{"16 beside", peak(45, 30), []image.Rectangle{box}, 0},
		{"9 and 12 off a corner", peak(11, 8), []image.Rectangle{box}, 1},
		{"10 and 12 off a corner", peak(10, 8), []image.Rectangle{box}, 0},
		{"in the second box", peak(60, 60), []image.Rectangle{box, image.Rect(55, 55, 64, 64)}, 1},
		{"a box without pixels", peak(20, 20), []image.Rectangle{image.Rect(20, 20, 20, 20)}, 0},
		{"the first of two peaks counts", two, []image.Rectangle{image.Rect(0, 50, 10, 64)}, 0},
		{"an empty map points nowhere", cam.Map{Height: size, Width: size, Values: make([]float32, size*size)}, []image.Rectangle{box}, 0},
		{"no box", peak(20, 20), nil, math.NaN()},
	}
	for _, r := range rows {
		s := faith.Subject{Picture: make([]float32, 3*size*size), Height: size, Width: size, Maps: []cam.Map{r.m}, Boxes: r.boxes}
		got := measure(t, s, faith.Options{}, "pointing")[0].Value
		if got != r.want && !(math.IsNaN(got) && math.IsNaN(r.want)) {
			t.Errorf("%s: %v, not %v", r.what, got, r.want)
		}
	}
}

// spots is a picture of 12 x 10 pixels with two maps and a random one.
func spots() faith.Subject {
	const height, width = 12, 10
	s := faith.Subject{Height: height, Width: width, Picture: make([]float32, 3*height*width), Boxes: []image.Rectangle{image.Rect(0, 0, 3, 3)}}
	for i := range height * width {
		s.Picture[i] = float32(i%7) / 1000
	}
	for k := range 3 {
		m := cam.Map{Height: height, Width: width, Values: make([]float32, height*width)}
		for i := range m.Values {
			m.Values[i] = float32((i*(37+2*k))%101 - 40)
		}
		s.Maps = append(s.Maps, m)
	}
	s.Random, s.Maps = s.Maps[2], s.Maps[:2]
	return s
}

func values(figures []faith.Figure) []float64 {
	var list []float64
	for _, f := range figures {
		list = append(list, f.Value, f.Random)
	}
	return list
}

func TestFiguresDependOnTheSeedAndNothingElse(t *testing.T) {
	s := spots()
	all := faith.Metrics()
	measure := func(s faith.Subject, metrics []faith.Metric, opt faith.Options) [][]faith.Figure {
		t.Helper()
		got, err := faith.Measure(t.Context(), &brightness{}, s, metrics, opt)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	want := measure(s, all, faith.Options{Seed: 5})
	for i := range s.Maps {
		alone := s
		alone.Maps = s.Maps[i : i+1]
		for _, batch := range []int{1, 3, 1000} {
			if got := measure(alone, all, faith.Options{Seed: 5, Batch: batch})[0]; !slices.Equal(values(got), values(want[i])) {
				t.Errorf("map %d in batches of %d: %v, not %v", i, batch, values(got), values(want[i]))
			}
		}
		for j, m := range all {
			if got := measure(alone, []faith.Metric{m}, faith.Options{Seed: 5})[0]; !slices.Equal(values(got), values(want[i][j:j+1])) {
				t.Errorf("map %d, %s alone: %v, not %v", i, m.Name, values(got), values(want[i][j:j+1]))
			}
		}
	}
	other := measure(s, all, faith.Options{Seed: 6})
	for j, m := range all {
		a, b := values(want[0][j:j+1]), values(other[0][j:j+1])
		if noisy := strings.HasPrefix(m.Name, "road"); slices.Equal(a, b) == noisy {
			t.Errorf("with another seed %s is %v instead of %v", m.Name, b, a)
		}
	}
}

func TestPicturesAreShownOnceAndInBatches(t *testing.T) {
	s := spots()
	var done []int
	b := &brightness{}
	opt := faith.Options{Steps: 10, Batch: 8, Progress: func(n, total int) { done = append(done, n, total) }}
	if _, err := faith.Measure(t.Context(), b, s, faith.Metrics(), opt); err != nil {
		t.Fatal(err)
	}
	// The picture and two baselines; of each map four curves of nine pictures
	// between their ends, ROAD's eight and the one that is kept.
	const total = 3 + 3*(4*9+8+1)
	var sum int
	for i, n := range b.batches {
		sum += n
		if last := i == len(b.batches)-1; n != 8 && !last || n > 8 {
			t.Errorf("batch %d has %d pictures", i, n)
		}
		if done[2*i] != sum || done[2*i+1] != total {
			t.Errorf("after %d pictures of %d the progress is %d of %d", sum, total, done[2*i], done[2*i+1])
		}
	}
	if runs := faith.Runs(faith.Metrics(), 3, s.Height, s.Width, opt); sum != total || runs != total {
		t.Errorf("%d pictures were shown and %d announced, not %d", sum, runs, total)
	}
}

func TestMeasureStopsBetweenBatches(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b := &brightness{after: cancel}
	if _, err := faith.Measure(ctx, b, spots(), faith.Metrics(), faith.Options{}); !errors.Is(err, context.Canceled) || len(b.batches) != 1 {
		t.Errorf("after %d batches: %v", len(b.batches), err)
	}
	broken := errors.New("broken")
	if _, err := faith.Measure(t.Context(), &brightness{err: broken}, spots(), faith.Metrics(), faith.Options{}); !errors.Is(err, broken) {
		t.Errorf("the scorer's error became %v", err)
	}
}

// answers is a network with fixed logits.
type answers [][]float32

func (a answers) Scores(_ context.Context, pictures [][]float32) ([][]float32, error) {
	return a[:min(len(a), len(pictures))], nil
}

func TestMeasureRefusesWhatDoesNotFit(t *testing.T) {
	with := func(change func(*faith.Subject)) faith.Subject {
		s := spots()
		change(&s)
		return s
	}
	inf := float32(math.Inf(1))
	rows := []struct {
		s      faith.Subject
		opt    faith.Options
		scorer faith.Scorer
		err    string
	}{
		{s: with(func(s *faith.Subject) { s.Picture = s.Picture[1:] }), err: "359 values for a picture of 12x10"},
		{s: with(func(s *faith.Subject) { s.Class = -1 }), err: "no class -1"},
		{s: with(func(s *faith.Subject) { s.Class = 2 }), err: "class 2 is not among 2"},
		{s: with(func(s *faith.Subject) { s.Maps[1].Width = 9 }), err: "map 1: it has 120 values for 12x9 pixels, the picture 12x10"},
		{s: with(func(s *faith.Subject) { s.Maps[0].Values[3] = inf }), err: "map 0: it holds values that are not finite"},
		{s: with(func(s *faith.Subject) { s.Random.Values[3] = inf }), err: "Random-CAM's map: it holds values that are not finite"},
		{s: spots(), opt: faith.Options{Steps: -1}, err: "-1 steps"},
		{s: spots(), opt: faith.Options{Removed: []float64{0.5, 0.5}}, err: "do not rise between 0 and 1"},
		{s: spots(), opt: faith.Options{Removed: []float64{0.5, 1}}, err: "do not rise between 0 and 1"},
		{s: spots(), scorer: answers{{1, 2}}, err: "answered 1 pictures of 8"},
		{s: spots(), scorer: answers(slices.Repeat([][]float32{{1, inf}}, 8)), err: "the logit of class 1 is +Inf"},
	}
	for _, r := range rows {
		if r.scorer == nil {
			r.scorer = &brightness{}
		}
		if _, err := faith.Measure(t.Context(), r.scorer, r.s, faith.Metrics(), r.opt); err == nil || !strings.Contains(err.Error(), r.err) {
			t.Errorf("the error is %v, not %q", err, r.err)
		}
	}
	if runs := faith.Runs(faith.Metrics(), 1, 12, 10, faith.Options{Batch: -1}); runs != 0 {
		t.Errorf("options that are refused take %d runs", runs)
	}
}

func TestByName(t *testing.T) {
	for _, m := range faith.Metrics() {
		got, err := faith.ByName(strings.ToUpper(m.Name))
		if err != nil || got.Title != m.Title {
			t.Errorf("%s is %q: %v", m.Name, got.Title, err)
		}
	}
	if _, err := faith.ByName("beauty"); err == nil || !strings.Contains(err.Error(), "deletion, insertion") {
		t.Errorf("the error is %v", err)
	}
}
