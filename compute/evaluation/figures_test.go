package evaluation_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"gaze/compute/cam"
	"gaze/compute/evaluation"
)

// answer is a picture of one true class, and the probabilities of classes 0, 1, ...
func answer(truth int, probabilities ...float64) evaluation.Picture {
	p := evaluation.Picture{}
	if truth != evaluation.Unknown {
		p.Truth = []int{truth}
	}
	for len(p.Top) < min(5, len(probabilities)) {
		best := 0
		for i, v := range probabilities {
			if v > probabilities[best] {
				best = i
			}
		}
		p.Top = append(p.Top, evaluation.Score{Class: best, Probability: probabilities[best]})
		probabilities[best] = -1
	}
	p.Explained = p.Top[0].Class
	return p
}

func evaluate(pictures ...evaluation.Picture) evaluation.Figures {
	e := evaluation.New()
	for _, p := range pictures {
		e.Add(p)
	}
	return e.Figures()
}

// Six pictures of three classes, counted by hand.
func TestSmallTable(t *testing.T) {
	f := evaluate(
		answer(0, 0.9, 0.1, 0),              // right
		answer(0, 0.2, 0.7, 0.1),            // 1 for 0
		answer(1, 0, 1, 0),                  // right
		answer(1, 0.25, 0.375, 0.375),       // right, hardly
		answer(2, 0.8, 0.2, 0),              // 0 for 2
		answer(-1, 0.5, 0.25, 0.25),         // nobody knows
		evaluation.Picture{Truth: []int{2}}, // no answer
	)
	if f.Pictures != 7 || f.Judged != 5 {
		t.Errorf("%d pictures, %d judged; want 7 and 5", f.Pictures, f.Judged)
	}
	wantNear(t, "top-1", f.Top1, 3.0/5)
	// There are three classes, so each is among the five most probable.
	wantNear(t, "top-5", f.Top5, 1)
	cells := make(map[evaluation.Pair]int)
	for _, c := range f.Confusion {
		cells[c.Pair] = c.Pictures
	}
	want := map[evaluation.Pair]int{{Truth: 0, Guess: 0}: 1, {Truth: 0, Guess: 1}: 1, {Truth: 1, Guess: 1}: 2, {Truth: 2, Guess: 0}: 1, {Truth: -1, Guess: 0}: 1}
	if !reflect.DeepEqual(cells, want) {
		t.Errorf("confusion %v, want %v", cells, want)
	}
	for i, want := range []evaluation.Class{
		{True: 2, Guessed: 2, Right: 1, Precision: 1.0 / 2, Recall: 1.0 / 2, F1: 1.0 / 2, Confidence: 0.85, ECE: (0.1 + 0.8) / 2},
		{True: 2, Guessed: 3, Right: 2, Precision: 2.0 / 3, Recall: 1, F1: 4.0 / 5, Confidence: (0.7 + 1 + 0.375) / 3, ECE: (0.7 + 0 + 0.625) / 3},
		{True: 1, Guessed: 0, Right: 0, Precision: math.NaN(), Recall: 0, F1: 0, Confidence: math.NaN(), ECE: math.NaN()},
	} {
		c := f.Classes[i]
		if c.Index != i || c.True != want.True || c.Guessed != want.Guessed || c.Right != want.Right {
			t.Errorf("class %d: true %d, guessed %d, right %d", i, c.True, c.Guessed, c.Right)
		}
		wantNear(t, "precision", c.Precision, want.Precision)
		wantNear(t, "recall", c.Recall, want.Recall)
		wantNear(t, "F1", c.F1, want.F1)
		wantNear(t, "confidence", c.Confidence, want.Confidence)
		wantNear(t, "ECE of a class", c.ECE, want.ECE)
	}
	wantNear(t, "precision", f.Precision, (1.0/2+2.0/3)/2)
	wantNear(t, "recall", f.Recall, (1.0/2+1+0)/3)
	wantNear(t, "F1", f.F1, (1.0/2+4.0/5+0)/3)
	wantNear(t, "margin", f.Margin, (0.8+0.5+1+0+0.6+0.25)/6)
	// Each is alone in its bin.
	wantNear(t, "ECE", f.Calibration.ECE, (0.1+0.7+0+0.625+0.8)/5)
	for what, lists := range map[string][2][]int{
		"certain":         {f.Certain, {2, 0, 4, 1, 3}},
		"uncertain":       {f.Uncertain, {3, 5, 1, 4, 0, 2}},
		"certainly wrong": {f.CertainlyWrong, {4, 1}},
	} {
		if !reflect.DeepEqual(lists[0], lists[1]) {
			t.Errorf("%s: %v, want %v", what, lists[0], lists[1])
		}
	}
}

// A confidence at the edge of two bins is in the lower one, as in the paper.
func TestBinEdges(t *testing.T) {
	f := evaluate(answer(0, 1.0/15, 0), answer(0, 1, 0), answer(0, 0, 0))
	for i, want := range map[int]int{0: 2, 1: 0, 14: 1} {
		if n := f.Calibration.Bins[i].Pictures; n != want {
			t.Errorf("bin %d has %d pictures, want %d", i, n, want)
		}
	}
}

func TestSeveralTrueClasses(t *testing.T) {
	several := answer(0, 0.1, 0.1, 0.8)
	several.Truth = []int{0, 2}
	none := answer(0, 0.1, 0.8, 0.1)
	none.Truth = []int{0, 2}
	e := evaluation.New()
	if v := e.Add(several); !v.Right || v.Truth != 2 {
		t.Errorf("one of two true classes is guessed: %+v", v)
	}
	if v := e.Add(none); v.Right || !v.Near || v.Truth != 0 {
		t.Errorf("none of two true classes is guessed: %+v", v)
	}
}

func TestNumbersHaveNoCalibration(t *testing.T) {
	p := answer(0, 1, 0)
	for i := range p.Top {
		p.Top[i].Probability = math.NaN()
	}
	f := evaluate(p)
	if !math.IsNaN(f.Calibration.ECE) || !math.IsNaN(f.Margin) || f.Certain != nil || f.Uncertain != nil {
		t.Errorf("numbers are taken for probabilities: %+v", f)
	}
}

func TestNothing(t *testing.T) {
	f := evaluate()
	if f.Pictures != 0 || !math.IsNaN(f.Top1) || !math.IsNaN(f.Calibration.ECE) || f.Location != nil || f.Confusion != nil {
		t.Errorf("no pictures have figures: %+v", f)
	}
}

// scikit-learn's values for a stored table; testdata/figures.py made both.
func TestScikitLearn(t *testing.T) {
	var want struct {
		Top1, Top5, ECE             float64
		Labels                      []int
		Confusion                   [][]int
		Precision, Recall, F1       []*float64
		Macro, Accuracy, Confidence []float64
		Sizes                       []int
	}
	data, err := os.ReadFile("testdata/figures.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	f := evaluate(stored(t)...)
	wantNear(t, "top-1", f.Top1, want.Top1)
	wantNear(t, "top-5", f.Top5, want.Top5)
	wantNear(t, "ECE", f.Calibration.ECE, want.ECE)
	for i, v := range []float64{f.Precision, f.Recall, f.F1} {
		wantNear(t, "macro average", v, want.Macro[i])
	}
	cells := make(map[evaluation.Pair]int)
	for _, c := range f.Confusion {
		cells[c.Pair] = c.Pictures
	}
	for i, row := range want.Confusion {
		for k, n := range row {
			if got := cells[evaluation.Pair{Truth: want.Labels[i], Guess: want.Labels[k]}]; got != n {
				t.Errorf("%d pictures of class %d are taken for %d, want %d", got, want.Labels[i], want.Labels[k], n)
			}
		}
	}
	if len(f.Classes) != len(want.Labels) {
		t.Fatalf("%d classes, want %d", len(f.Classes), len(want.Labels))
	}
	for i, c := range f.Classes {
		for _, v := range []struct {
			what string
			got  float64
			want *float64
		}{{"precision", c.Precision, want.Precision[i]}, {"recall", c.Recall, want.Recall[i]}, {"F1", c.F1, want.F1[i]}} {
			expected := math.NaN()
			if v.want != nil {
				expected = *v.want
			}
			wantNear(t, v.what, v.got, expected)
		}
	}
	var bins []evaluation.Bin
	for _, b := range f.Calibration.Bins {
		if b.Pictures > 0 {
			bins = append(bins, b)
		}
	}
	if len(bins) != len(want.Sizes) {
		t.Fatalf("%d bins with pictures, want %d", len(bins), len(want.Sizes))
	}
	for i, b := range bins {
		if b.Pictures != want.Sizes[i] {
			t.Errorf("bin %d has %d pictures, want %d", i, b.Pictures, want.Sizes[i])
		}
		wantNear(t, "accuracy of a bin", b.Accuracy, want.Accuracy[i])
		wantNear(t, "confidence of a bin", b.Confidence, want.Confidence[i])
	}
}

// stored reads testdata/answers.csv: the truth and five classes with probabilities.
func stored(t *testing.T) []evaluation.Picture {
	t.Helper()
	file, err := os.Open("testdata/answers.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var list []evaluation.Picture
	for _, row := range rows {
		p := evaluation.Picture{Truth: []int{int(number(row[0]))}}
		for _, cell := range row[1:] {
			class, probability, _ := strings.Cut(cell, ":")
			p.Top = append(p.Top, evaluation.Score{Class: int(number(class)), Probability: number(probability)})
		}
		list = append(list, p)
	}
	return list
}

// wantNear compares numbers but for rounding. NaN equals NaN.
func wantNear(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) && math.IsNaN(want) {
		return
	}
	if !(math.Abs(got-want) <= 1e-6) {
		t.Errorf("%s %v, want %v", what, got, want)
	}
}

// withMap gives a picture a map with rows of values.
func withMap(p evaluation.Picture, rows ...[]float32) evaluation.Picture {
	p.Map = cam.Map{Height: len(rows), Width: len(rows[0])}
	for _, r := range rows {
		p.Map.Values = append(p.Map.Values, r...)
	}
	return p
}
