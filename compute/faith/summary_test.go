package faith_test

import (
	"math"
	"testing"

	"gaze/compute/faith"
)

func TestSummaryLeavesOutWhatIsUndefined(t *testing.T) {
	of := metrics(t, "insertion", "deletion", "pointing")
	nan := math.NaN()
	picture := func(v ...float64) []faith.Figure {
		var list []faith.Figure
		for i, m := range of {
			list = append(list, faith.Figure{Metric: m, Value: v[2*i], Random: v[2*i+1]})
		}
		return list
	}
	got, err := faith.Summarize([][]faith.Figure{
		picture(0.5, 0.2, 0.1, 0.3, nan, nan),
		picture(0.7, 0.6, 0.2, nan, 1, 0),
		picture(0.9, 0.1, nan, 0.5, nan, nan),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ value, random, lead faith.Sample }{
		{
			faith.Sample{N: 3, Mean: 0.7, Spread: 0.2},
			faith.Sample{N: 3, Mean: 0.3, Spread: math.Sqrt(0.07)},
			faith.Sample{N: 3, Mean: 0.4, Spread: math.Sqrt(0.13)},
		},
		{
			faith.Sample{N: 2, Undefined: 1, Mean: 0.15, Spread: math.Sqrt(0.005)},
			faith.Sample{N: 2, Undefined: 1, Mean: 0.4, Spread: math.Sqrt(0.02)},
			// Less is better: 0.3 - 0.1.
			faith.Sample{N: 1, Undefined: 2, Mean: 0.2, Spread: nan},
		},
		{
			faith.Sample{N: 1, Undefined: 2, Mean: 1, Spread: nan},
			faith.Sample{N: 1, Undefined: 2, Mean: 0, Spread: nan},
			faith.Sample{N: 1, Undefined: 2, Mean: 1, Spread: nan},
		},
	}
	for i, w := range want {
		s := got[i]
		if s.Metric.Name != of[i].Name || !same(s.Value, w.value) || !same(s.Random, w.random) || !same(s.Lead, w.lead) {
			t.Errorf("%s: %+v, %+v, %+v, not %+v", of[i].Name, s.Value, s.Random, s.Lead, w)
		}
	}
	if e := standardError(got[0].Value); !(math.Abs(e-0.2/math.Sqrt(3)) < 1e-12) {
		t.Errorf("the standard error is %v", e)
	}
}

func same(a, b faith.Sample) bool {
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12 || math.IsNaN(a) && math.IsNaN(b) }
	return a.N == b.N && a.Undefined == b.Undefined && near(a.Mean, b.Mean) && near(a.Spread, b.Spread)
}

func TestSummaryIsOfOneSetOfMetrics(t *testing.T) {
	a := []faith.Figure{{Metric: metrics(t, "gap")[0]}}
	b := []faith.Figure{{Metric: metrics(t, "drop")[0]}}
	if _, err := faith.Summarize([][]faith.Figure{a, b}); err == nil {
		t.Error("two metrics have one mean")
	}
	if got, err := faith.Summarize(nil); len(got) != 0 || err != nil {
		t.Errorf("no pictures give %v, %v", got, err)
	}
}
