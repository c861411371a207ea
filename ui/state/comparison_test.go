package state_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
)

// compared returns a session that compares maps of a picture along an axis.
func compared(t *testing.T, e *statetest.Explainer, a state.Axis) *desk {
	t.Helper()
	dir, _ := statetest.PicturesIn(t, "mug.png")
	d := deskWith(t, e)
	d.show(t, dir)
	d.Comparison.SetAxis(a)
	d.SetMode(state.Compare)
	d.loop.Until(t, "the comparison", func() bool {
		return !d.Comparison.Working && (len(d.Comparison.Cards) > 0 || d.Comparison.Err != nil)
	})
	return d
}

func TestComparisonHasMethodsOfOneRun(t *testing.T) {
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := compared(t, e, state.ByMethod)
	var names []string
	for _, c := range d.Comparison.Cards {
		names = append(names, c.Method.Name)
	}
	var want []string
	for _, m := range cam.OneRun() {
		want = append(want, m.Name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("compared are %v", names)
	}
	if n := len(e.Runs()) - 1; n != 1 {
		t.Errorf("the network ran %d times for all methods", n)
	}

	// Another method chosen is the same comparison; another class is not.
	d.Choice.SetMethod("hirescam")
	d.settle(t)
	if n := len(e.Runs()) - 1; n != 1 {
		t.Errorf("the network ran %d times for another method", n)
	}
	d.Choice.SetClass(3)
	d.loop.Until(t, "the class", func() bool { return d.Comparison.Cards[0].Class.Index == 3 })
}

// A method that makes no map is listed with its reason, and costs no other.
func TestComparisonGoesOnWithoutAMethodThatFails(t *testing.T) {
	refuses := errors.New("no map here")
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	e.OnExplain = func(_ context.Context, m cam.Method) error {
		if m.Is(cam.OneRun()[1]) {
			return refuses
		}
		return nil
	}
	d := compared(t, e, state.ByMethod)
	x := d.Comparison
	if len(x.Cards) != len(cam.OneRun())-1 || x.Err != nil {
		t.Errorf("%d maps, and %v", len(x.Cards), x.Err)
	}
	if len(x.Failed) != 1 || !x.Failed[0].Method.Is(cam.OneRun()[1]) || !errors.Is(x.Failed[0].Err, refuses) {
		t.Errorf("failed are %+v", x.Failed)
	}
}

func TestNothingIsComparedWhileNobodyLooks(t *testing.T) {
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := compared(t, e, state.ByMethod)
	d.SetMode(state.SideBySide)
	runs := len(e.Runs())
	d.Choice.SetClass(3)
	d.settle(t)
	if n := len(e.Runs()) - runs; n != 1 {
		t.Errorf("the network ran %d times for one map", n)
	}
}

func TestComparisonHasTheLayersOfOneRun(t *testing.T) {
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := compared(t, e, state.ByLayer)
	var layers []string
	for _, c := range d.Comparison.Cards {
		layers = append(layers, c.Layer)
	}
	if want := e.Net.Milestones(); !slices.Equal(layers, want) || len(e.Runs()) != 2 {
		t.Errorf("the maps of %v took %d runs; want those of %v", layers, len(e.Runs())-1, want)
	}
	if _, name := d.Comparison.Sheet(); name != "mug.layers.png" {
		t.Errorf("the sheet is called %s", name)
	}
	d.Comparison.Select(0)
	d.Comparison.UseCard()
	if d.Choice.Layer() != e.Net.Milestones()[0] {
		t.Errorf("the layer looked at is %s", d.Choice.Layer())
	}
}

// What runs the network for each map is left out where there are many layers.
func TestLayersAreComparedInOneRun(t *testing.T) {
	for _, c := range []struct {
		method          string
		smoothing, want compute.Smoothing
		shown           string
	}{
		{"hirescam", compute.SmoothNoise, "", "hirescam"},
		{"hirescam", compute.SmoothAugment, "", "hirescam"},
		{"hirescam", compute.SmoothEigen, compute.SmoothEigen, "hirescam"},
		{"scorecam", compute.SmoothNoise, "", "gradcam"},
	} {
		d := compared(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}, state.ByLayer)
		d.Choice.SetMethod(c.method)
		d.Choice.Refine(state.Refinements{Smoothing: c.smoothing})
		d.settle(t)
		d.loop.Until(t, "the comparison", func() bool { return !d.Comparison.Working })
		for _, card := range d.Comparison.Cards {
			if card.Smoothing != c.want || card.Method.Name != c.shown {
				t.Errorf("%s smoothed by %q is compared by %s smoothed by %q", c.method, c.smoothing, card.Method.Name, card.Smoothing)
			}
		}
	}
}

func TestComparisonHasTheMostProbableClasses(t *testing.T) {
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := compared(t, e, state.ByClass)
	var classes []int
	for _, c := range d.Comparison.Cards {
		classes = append(classes, c.Class.Index)
	}
	if want := []int{0, 1, 2, 3, 4}; !slices.Equal(classes, want) {
		t.Fatalf("compared are classes %v", classes)
	}
	d.Comparison.Measure()
	d.loop.Until(t, "the figures", func() bool { return d.Comparison.Measuring == nil })
	for _, c := range d.Comparison.Cards {
		if c.Figures == nil || math.IsNaN(c.Figure("gap")) || math.IsNaN(c.Figure("drop")) {
			t.Errorf("class %d has the figures %v", c.Class.Index, c.Figures)
		}
	}
	d.Comparison.Select(2)
	d.Comparison.UseCard()
	if d.Choice.Class() != 2 {
		t.Errorf("the class looked at is %d", d.Choice.Class())
	}
	inputs := e.Runs()[len(e.Runs())-5:]
	for _, r := range inputs {
		if r.Input != inputs[0].Input {
			t.Error("another class took another way forward")
		}
	}
}

// A contrast or a sum has no map of the class that it is with.
func TestClassesAreComparedWithoutTheTargetsOthers(t *testing.T) {
	for _, c := range []struct {
		kind   compute.TargetKind
		class  int
		others []int
		want   []int
	}{
		{compute.TargetContrast, compute.TopClass, []int{2}, []int{0, 1, 3, 4}},
		{compute.TargetContrast, 1, []int{0}, []int{1, 2, 3, 4}},
		{compute.TargetSum, compute.TopClass, []int{1, 5}, []int{0, 2, 3, 4}},
	} {
		d := compared(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}, state.ByClass)
		d.Choice.SetClass(c.class)
		d.Choice.Refine(state.Refinements{Target: compute.Target{Kind: c.kind, Others: c.others}})
		d.settle(t)
		d.loop.Until(t, "the comparison", func() bool { return !d.Comparison.Working })
		var classes []int
		for _, card := range d.Comparison.Cards {
			classes = append(classes, card.Class.Index)
		}
		if !slices.Equal(classes, c.want) || d.Comparison.Err != nil {
			t.Errorf("%s with %v has the classes %v, want %v; %v", c.kind, c.others, classes, c.want, d.Comparison.Err)
		}
	}
}

func TestCancelledMeasuringLeavesTheCardsWithoutFigures(t *testing.T) {
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := compared(t, e, state.ByMethod)
	d.Comparison.Measure()
	if d.Comparison.Measuring == nil {
		t.Fatal("nothing is measured")
	}
	d.Comparison.CancelMeasuring()
	d.Wait()
	d.settle(t)
	if d.Comparison.Measuring != nil || d.Comparison.Cards[0].Figures != nil || d.Comparison.Err != nil {
		t.Errorf("measuring %v, figures %v, error %v", d.Comparison.Measuring, d.Comparison.Cards[0].Figures, d.Comparison.Err)
	}
	d.Comparison.Measure()
	d.loop.Until(t, "the figures", func() bool { return d.Comparison.Measuring == nil && d.Comparison.Cards[0].Figures != nil })
}

func TestComparisonSortsByFigures(t *testing.T) {
	x := state.New(state.Options{Post: func(f func()) { f() }}).Comparison
	drop, err := faith.ByName("drop")
	if err != nil {
		t.Fatal(err)
	}
	gap, err := faith.ByName("gap")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range [][2]float64{{0.5, 0.1}, {math.NaN(), 0.3}, {0.2, 0.2}} {
		x.Cards = append(x.Cards, state.Card{Explanation: &compute.Explanation{}, Figures: []faith.Figure{{Metric: drop, Value: v[0]}, {Metric: gap, Value: v[1]}}})
	}
	for _, r := range []struct {
		by   faith.Metric
		want []int
	}{{faith.Metric{}, []int{0, 1, 2}}, {drop, []int{2, 0, 1}}, {gap, []int{1, 2, 0}}} {
		if x.SetSort(r.by); !slices.Equal(x.Order, r.want) {
			t.Errorf("sorted by %q: %v", r.by.Name, x.Order)
		}
	}
}

func TestComparisonTellsWhyThereIsNone(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)
	broken := errors.New("out of numbers")
	e.OnRun = func(context.Context, statetest.Run) error { return broken }
	d.SetMode(state.Compare)
	d.loop.Until(t, "the reason", func() bool { return d.Comparison.Err != nil })
	if !errors.Is(d.Comparison.Err, broken) || d.Comparison.Working || len(d.Comparison.Cards) > 0 {
		t.Errorf("error %v, working %v, %d cards", d.Comparison.Err, d.Comparison.Working, len(d.Comparison.Cards))
	}
}

// Until the recipe is one of which there are maps, nothing is compared.
func TestComparisonHasNoPictureAfterARefusedRecipe(t *testing.T) {
	d := compared(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}, state.ByMethod)
	x := d.Comparison
	if x.Photo != d.View.Photo || x.Base == nil {
		t.Fatalf("compared is %v with %v", x.Photo, x.Base)
	}
	d.Choice.Refine(state.Refinements{Fusion: compute.FuseMean})
	d.loop.Until(t, "the refusal", func() bool { return x.Err != nil })
	if !errors.Is(x.Err, compute.ErrFuseOne) || x.Photo != nil || x.Base != nil || len(x.Cards) > 0 {
		t.Errorf("%v; compared is %v with %v", x.Err, x.Photo, x.Base)
	}
}
