package faith_test

import (
	"context"
	"math"
	"testing"

	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/models"
)

// linear is a network of one channel and 2 x 2 pixels with the output y = w · x - 2,
// of which head makes the classes' logits.
type linear struct {
	head func(y float32) []float32
}

func (l linear) Scores(_ context.Context, pictures [][]float32) ([][]float32, error) {
	var out [][]float32
	for _, x := range pictures {
		out = append(out, l.head(0.05*x[0]+0.02*x[1]-0.02*x[2]-0.05*x[3]-2))
	}
	return out, nil
}

// The picture is (80, 40; 20, 10). Its pixels bring 4, 0.8, -0.4 and -0.5 to y, which is
// 1.9, and the map of the first class says just that. The tables below have y where the
// first class's map, or its negative, which is the second's, says which pixels to change.
func TestFiguresOfHeadsByHand(t *testing.T) {
	const y = 1.9
	type path struct {
		// delete and insert begin with the whole picture and with nothing, and take one
		// pixel at a time; most and least are ROAD's, with one and with two pixels gone;
		// kept is the picture times the map.
		delete, insert, most, least []float64
		kept                        float64
	}
	// Removed, a pixel is 2/5 of each pixel beside it and 1/5 of the one across, because
	// the weights of 1/6, 1/6 and 1/12 are all that lie in the picture.
	raising := path{
		delete: []float64{1.9, -2.1, -2.9, -2.5, -2},
		insert: []float64{-2, 2, 2.8, 2.4, 1.9},
		// The first pixel becomes 16 + 8 + 2 = 26. The upper two are a = 0.4 b + 10 and
		// b = 0.4 a + 8: 13.2/0.84 and 12/0.84.
		most: []float64{1.3 + 0.8 - 0.4 - 0.5 - 2, 0.05*13.2/0.84 + 0.02*12/0.84 - 0.4 - 0.5 - 2},
		// The last becomes 16 + 8 + 16 = 40. The lower two are c = 0.4 d + 40 and
		// d = 0.4 c + 32: 52.8/0.84 and 48/0.84.
		least: []float64{4 + 0.8 - 0.4 - 2 - 2, 4 + 0.8 - 0.02*52.8/0.84 - 0.05*48/0.84 - 2},
		// The map from 0 to 1 is (1, 0.2; 0, 0).
		kept: 4 + 0.16 - 2,
	}
	lowering := path{
		delete: []float64{1.9, 2.4, 2.8, 2, -2},
		insert: []float64{-2, -2.5, -2.9, -2.1, 1.9},
		most:   raising.least,
		least:  raising.most,
		// (0, 0; 0.8, 1).
		kept: -0.32 - 0.5 - 2,
	}
	sigmoid := models.Output{Activation: models.ActivationSigmoid}
	number := models.Output{Activation: models.ActivationNone}
	both := func(y float32) []float32 { return []float32{y, -y} }
	// One that is sure and one that is not stand beside it: no softmax would move.
	among := func(y float32) []float32 { return []float32{40, y, -40} }
	p := func(y float64) float64 { return 1 / (1 + math.Exp(-y)) }
	not := func(y float64) float64 { return 1 / (1 + math.Exp(y)) }
	for name, r := range map[string]struct {
		out     models.Output
		head    func(y float32) []float32
		class   int
		against bool
		// lowers is set where the map is of what lowers y.
		lowers bool
		// of is the number that figures are made of.
		of func(y float64) float64
	}{
		"one sigmoid":             {sigmoid, both, 0, false, false, p},
		"one sigmoid, second":     {sigmoid, both, 1, false, true, not},
		"one sigmoid, against":    {sigmoid, both, 0, true, true, not},
		"three sigmoids":          {sigmoid, among, 1, false, false, p},
		"three sigmoids, against": {sigmoid, among, 1, true, true, not},
		"one number":              {number, both, 0, false, false, func(y float64) float64 { return y }},
		"one number, second":      {number, both, 1, false, true, func(y float64) float64 { return -y }},
		"one number, against":     {number, both, 0, true, true, func(y float64) float64 { return -y }},
		"a softmax of two":        {models.Output{}, func(y float32) []float32 { return []float32{y + 3, 3} }, 0, false, false, p},
		"a softmax, second":       {models.Output{}, func(y float32) []float32 { return []float32{y + 3, 3} }, 1, false, true, not},
	} {
		t.Run(name, func(t *testing.T) {
			m := cam.Map{Height: 2, Width: 2, Values: []float32{4, 0.8, -0.4, -0.5}}
			way := raising
			if r.lowers {
				way = lowering
				for i := range m.Values {
					m.Values[i] *= -1
				}
			}
			s := faith.Subject{Picture: []float32{80, 40, 20, 10}, Height: 2, Width: 2, Class: r.class, Output: r.out, Against: r.against, Maps: []cam.Map{m}}
			area := func(ys []float64) float64 {
				var sum float64
				for i := range 4 {
					sum += (r.of(ys[i]) + r.of(ys[i+1])) / 8
				}
				return sum
			}
			whole := r.of(y)
			change := func(ys []float64) float64 { return (r.of(ys[0])+r.of(ys[1]))/2 - whole }
			kept := r.of(way.kept)
			want := map[string]float64{
				"deletion":       area(way.delete),
				"insertion-zero": area(way.insert),
				"gap":            area(way.insert) - area(way.delete),
				"road-morf":      change(way.most),
				"road-lerf":      change(way.least),
				"road":           (change(way.least) - change(way.most)) / 2,
				// All maps keep what raises the number.
				"drop":     0,
				"increase": 1,
				"gain":     (kept - whole) / (1 - whole),
			}
			if !r.out.Probabilities() {
				want["gain"] = math.NaN()
			}
			for metric, want := range want {
				figures, err := faith.Measure(t.Context(), linear{r.head}, s, metrics(t, metric), faith.Options{Steps: 4, Removed: []float64{0.25, 0.5}})
				if err != nil {
					t.Fatal(err)
				}
				// ROAD's noise has a deviation of 0.01, of which a twentieth is y's.
				got := figures[0][0].Value
				if !(math.Abs(got-want) < 2e-3) && !(math.IsNaN(got) && math.IsNaN(want)) {
					t.Errorf("%s is %v, not %v", metric, got, want)
				}
			}
		})
	}
}
