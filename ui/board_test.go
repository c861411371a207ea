package ui

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/faith"
)

// compare goes to the Compare tab and waits for its maps.
func (s *scene) compare(t *testing.T) {
	t.Helper()
	s.stage.tabs.SelectIndex(1)
	s.waitForBoard(t)
}

func (s *scene) waitForBoard(t *testing.T) {
	t.Helper()
	b := &s.session.board
	s.loop.until(t, "the board", func() bool { return !b.working && (len(b.cards) > 0 || b.err != nil) })
}

func TestBoardComparesMethodsOfOneRun(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	runs := len(s.engine.runs())
	s.compare(t)
	var names []string
	for _, c := range s.session.board.cards {
		names = append(names, c.Method.Name)
	}
	var want []string
	for _, m := range cam.OneRun() {
		want = append(want, m.Name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("compared are %v", names)
	}
	if n := len(s.engine.runs()) - runs; n != 1 {
		t.Errorf("the network ran %d times for all methods", n)
	}
	s.golden(t, "board-en-light")

	// Another method chosen is the same board; another class is not.
	s.session.selectMethod("hirescam")
	s.session.selectClass(3)
	s.loop.until(t, "the class", func() bool { return s.session.board.cards[0].Class.Index == 3 })
}

func TestBoardWalksThroughTheLayersOfOneRun(t *testing.T) {
	s := newScene(t, "zh", theme.VariantDark)
	s.show(t)
	s.compare(t)
	runs := len(s.engine.runs())
	s.session.selectAxis(byLayer)
	s.waitForBoard(t)
	b := &s.session.board
	for i := range b.cards {
		for _, m := range boardMetrics() {
			b.cards[i].figures = append(b.cards[i].figures, faith.Figure{Metric: m, Value: float64(i)/30 - 0.3})
		}
	}
	s.session.sortBoard(faith.Metric{})
	if want := s.engine.net.Milestones(); len(b.cards) != len(want) || len(s.engine.runs()) != runs+1 {
		t.Errorf("%d maps of %d layers took %d runs", len(b.cards), len(want), len(s.engine.runs())-runs)
	}
	s.stage.board.walk.OnChanged(4)
	if got := b.cards[b.selected].Layer; got != s.engine.net.Milestones()[4] {
		t.Errorf("the fifth layer is %s", got)
	}
	s.golden(t, "board-zh-dark")
	draw, name := s.session.sheet()
	if size := draw().Bounds().Size(); name != "mug_1.layers.png" || size.X < 1000 || size.Y < 8*200 {
		t.Errorf("the sheet %s of 29 layers has %v pixels", name, size)
	}

	test.Tap(s.stage.board.use)
	if s.session.layer() != s.engine.net.Milestones()[4] || s.stage.tabs.SelectedIndex() != 0 {
		t.Errorf("the layer looked at is %s, on tab %d", s.session.layer(), s.stage.tabs.SelectedIndex())
	}
}

// A method that would run the network for every layer is not taken, and that is
// said.
func TestBoardSaysThatLayersAreComparedByAnotherMethod(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.session.selectMethod("scorecam")
	s.session.board.axis = byLayer
	s.compare(t)
	want := "Score-CAM runs the network for each layer; the layers are compared by Grad-CAM."
	if got := s.stage.board.facts.Text; !strings.Contains(got, want) {
		t.Errorf("%q does not say %q", got, want)
	}
}

func TestBoardComparesClasses(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.session.board.axis = byClass
	s.compare(t)
	var classes []int
	for _, c := range s.session.board.cards {
		classes = append(classes, c.Class.Index)
	}
	if want := []int{0, 1, 2, 3, 4}; !slices.Equal(classes, want) {
		t.Fatalf("compared are classes %v", classes)
	}
	s.session.measureBoard()
	s.loop.until(t, "the figures", func() bool { return s.session.board.measuring == nil })
	for _, c := range s.session.board.cards {
		if c.figures == nil || math.IsNaN(c.figure("gap")) || math.IsNaN(c.figure("drop")) {
			t.Errorf("class %d has the figures %v", c.Class.Index, c.figures)
		}
	}
	s.session.selectCard(2)
	s.session.useCard()
	if s.session.class != 2 {
		t.Errorf("the class looked at is %d", s.session.class)
	}
	inputs := s.engine.runs()[len(s.engine.runs())-5:]
	for _, r := range inputs {
		if r.Input != inputs[0].Input {
			t.Error("another class took another way forward")
		}
	}
}

func TestBoardSortsByFigures(t *testing.T) {
	s := newSession(nil, nil, defaults(), func(f func()) { f() })
	drop, err := faith.ByName("drop")
	if err != nil {
		t.Fatal(err)
	}
	gap, err := faith.ByName("gap")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range [][2]float64{{0.5, 0.1}, {math.NaN(), 0.3}, {0.2, 0.2}} {
		s.board.cards = append(s.board.cards, card{&compute.Explanation{}, []faith.Figure{{Metric: drop, Value: v[0]}, {Metric: gap, Value: v[1]}}})
	}
	for _, r := range []struct {
		by   faith.Metric
		want []int
	}{{faith.Metric{}, []int{0, 1, 2}}, {drop, []int{2, 0, 1}}, {gap, []int{1, 2, 0}}} {
		if s.sortBoard(r.by); !slices.Equal(s.board.order, r.want) {
			t.Errorf("sorted by %q: %v", r.by.Name, s.board.order)
		}
	}
}

func TestBoardTellsWhyThereIsNone(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.engine.run = func(_ context.Context, r compute.Request) error { return errors.New("out of numbers") }
	s.compare(t)
	if got := s.stage.board.message.Text; got != "out of numbers" || !s.stage.board.message.Visible() {
		t.Errorf("the board says %q", got)
	}
}
