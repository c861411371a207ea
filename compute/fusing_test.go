package compute_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/models"
)

// randomGraphs is how many networks are tried. More of them found nothing else.
const randomGraphs = 40

// What is fused depends on what is tapped and read. In random networks of all
// that can be fused, every layer alone, some layers of two pictures at once, and
// no layer at all have to give the numbers of all layers tapped, where nothing
// is fused.
func TestFusingChangesNoNumber(t *testing.T) {
	for seed := range uint64(randomGraphs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := newSketch(t, 8, 7)
			s.rng = rand.New(rand.NewPCG(seed, 77))
			s.scramble()
			x := s.numbers(1, 3, 8, 7)
			e, err := compute.Open(s.net, compute.Options{Device: "cpu", Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			layers := s.net.Explainable()
			want, err := run(t.Context(), e, request{Input: x, Layers: layers, Class: 1})
			if err != nil {
				t.Fatal(err)
			}
			logits, err := logits(t.Context(), e, []*tensor.Dense{x})
			if err != nil {
				t.Fatal(err)
			}
			similar(t, "logits without a layer", logits[0], want.Logits)

			var some []compute.Tapped
			var names []string
			for i, l := range want.Layers {
				got, err := run(t.Context(), e, request{Input: x.Clone().(*tensor.Dense), Layers: layers[i : i+1], Class: 1})
				if err != nil {
					t.Fatalf("%s: %v", l.Name, err)
				}
				similar(t, "logits with "+l.Name, got.Logits, want.Logits)
				similar(t, l.Name, got.Layers[0].Activation, l.Activation)
				similar(t, "gradient of "+l.Name, got.Layers[0].Gradient, l.Gradient)
				if s.rng.IntN(2) == 0 {
					some, names = append(some, l), append(names, l.Name)
				}
			}
			if len(names) == 0 {
				return
			}
			both, err := runBatch(t.Context(), e, []request{
				{Input: s.numbers(1, 3, 8, 7), Layers: names, Class: 0}, {Input: x.Clone().(*tensor.Dense), Layers: names, Class: 1},
			})
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range some {
				similar(t, l.Name+" of the second picture", both[1].Layers[i].Activation, l.Activation)
				similar(t, "gradient of "+l.Name+" of the second picture", both[1].Layers[i].Gradient, l.Gradient)
			}
		})
	}
}

// scramble appends a random network of three classes.
func (s *sketch) scramble() {
	pick := func(of ...models.Kind) models.Kind { return of[s.rng.IntN(len(of))] }
	s.conv("c0", 3, 4, 3, 1, 1)
	same := []string{"c0"} // all of 4 x 8 x 7
	any := func() string { return same[s.rng.IntN(len(same))] }
	for i := range 4 + s.rng.IntN(9) {
		in := same[len(same)-1]
		if s.rng.IntN(3) == 0 {
			in = any()
		}
		name := fmt.Sprintf("l%d", i)
		switch s.rng.IntN(14) {
		case 0, 1:
			s.conv(name, 4, 4, 3, 1, 1, in)
		case 2:
			s.add(name, models.BatchNorm, models.Attr{Epsilon: 1e-3}, map[string][]int{"weight": {4}, "bias": {4}, "running_mean": {4}, "running_var": {4}}, in)
		case 3:
			shapes := []map[string][]int{
				{"weight": {4}}, {"bias": {4}}, {"bias": {1}}, {"weight": {1}, "bias": {4}}, {"weight": {4, 8, 7}}, {"weight": {4}, "bias": {4, 8, 7}},
			}
			s.add(name, models.Scale, models.Attr{}, shapes[s.rng.IntN(len(shapes))], in)
		case 4, 5:
			s.do(name, pick(models.ReLU, models.ReLU6, models.SiLU, models.Sigmoid), in)
		case 6:
			s.add(name, models.Clip, models.Attr{Min: -1, Max: 2}, nil, in)
		case 7, 8:
			s.do(name, models.Add, in, any())
		case 9:
			s.do(name, pick(models.Mul, models.Sub), in, any())
		case 10:
			s.do(name, pick(models.Identity, models.Dropout), in)
		case 11:
			s.add(name+".pad", models.Pad, models.Attr{Pad: [4]int{1, 1, 1, 1}, Value: float64(s.rng.IntN(3) / 2)}, nil, in)
			if s.rng.IntN(2) == 0 {
				s.conv(name, 4, 4, 3, 0, 1, name+".pad")
			} else {
				s.add(name, models.AvgPool, models.Attr{Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}, nil)
			}
		case 12:
			s.do(name+".last", models.Permute, in)
			s.add(name+".linear", models.Linear, models.Attr{}, map[string][]int{"weight": {4, 4}, "bias": {4}})
			if s.rng.IntN(2) == 0 {
				s.do(name+".relu", models.ReLU)
			}
			if s.rng.IntN(2) == 0 {
				s.add(name+".norm", models.LayerNorm, models.Attr{Epsilon: 1e-3}, map[string][]int{"weight": {4}, "bias": {4}})
			}
			s.do(name, models.Permute)
		case 13:
			s.do(name+".both", models.Concat, in, any())
			s.add(name, models.Slice, models.Attr{Axis: 1, From: 1, To: 8, Step: 2}, nil)
		}
		same = append(same, name)
	}
	s.do("gap", models.GlobalAvgPool)
	s.do("flat", models.Flatten)
	s.add("fc", models.Linear, models.Attr{}, map[string][]int{"weight": {3, 4}, "bias": {3}})
	if s.rng.IntN(3) == 0 {
		s.do("id", models.Identity)
	}
}

// similar compares numbers up to what rounding in another order makes of them.
func similar(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, not %d", what, len(got), len(want))
	}
	scale := 1.
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i := range got {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= 2e-3*scale) {
			t.Errorf("%s: number %d is %g, not %g, of at most %g", what, i, got[i], want[i], scale)
			return
		}
	}
}
