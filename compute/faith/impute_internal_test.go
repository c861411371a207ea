package faith

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestImputedPixelIsTheMeanOfItsNeighbours(t *testing.T) {
	const hole = -100
	rows := []struct {
		what          string
		height, width int
		known         []float64
		want          map[int]float64
	}{
		{"a corner: two direct neighbours and a diagonal one", 2, 2, []float64{hole, 1, 2, 4}, map[int]float64{0: (2*1 + 2*2 + 4) / 5.0}},
		{"an edge: three direct, two diagonal", 2, 3, []float64{1, hole, 2, 6, 3, 12}, map[int]float64{1: (2*(1+2+3) + 6 + 12) / 8.0}},
		{"the middle of nine", 3, 3, []float64{1, 2, 3, 4, hole, 6, 7, 8, 9}, map[int]float64{4: 5}},
		{"a line between 0 and 3", 1, 4, []float64{0, hole, hole, 3}, map[int]float64{1: 1, 2: 2}},
		{"one known pixel", 1, 3, []float64{hole, 7, hole}, map[int]float64{0: 7, 2: 7}},
		{"none known", 1, 2, []float64{hole, hole}, map[int]float64{0: 0, 1: 0}},
		{"all known", 1, 2, []float64{3, 4}, nil},
	}
	for _, r := range rows {
		removed := make([]bool, len(r.known))
		for i, v := range r.known {
			removed[i] = v == hole
		}
		g := newGrid(removed, r.height, r.width)
		v := make([]float64, g.stride*(r.height+2))
		for i, known := range r.known {
			if !removed[i] {
				v[g.at(i)] = known
			}
		}
		if err := g.solve(v, 1e-12); err != nil {
			t.Errorf("%s: %v", r.what, err)
		}
		for i, known := range r.known {
			want := known
			if removed[i] {
				want = r.want[i]
			}
			if got := v[g.at(i)]; !(math.Abs(got-want) < 1e-9) {
				t.Errorf("%s: pixel %d is %g, not %g", r.what, i, got, want)
			}
		}
	}
}

func TestConjugateGradientsAreTheDenseSolution(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 3))
		height, width := 1+random.IntN(14), 2+random.IntN(14)
		picture := make([]float32, 3*height*width)
		for i := range picture {
			picture[i] = float32(2 * random.NormFloat64())
		}
		removed := make([]bool, height*width)
		var list []int
		for i := range removed[1:] {
			if random.Float64() < 0.05*float64(seed+1) {
				removed[i] = true
				list = append(list, i)
			}
		}
		if len(list) == 0 {
			continue
		}
		want := imputed(picture, list, height, width, noise(seed, 0))
		if err := impute(picture, removed, height, width, noise(seed, 0)); err != nil {
			t.Fatal(err)
		}
		for i := range picture {
			if d := math.Abs(float64(picture[i] - want[i])); !(d < 1e-3) {
				t.Fatalf("seed %d, %d of %dx%d pixels removed: value %d is off by %g", seed, len(list), height, width, i, d)
			}
		}
	}
}

func TestBlurKernelIsEvenAndNearlyFlat(t *testing.T) {
	kernel := blurKernel()
	var sum float64
	for i, w := range kernel {
		sum += w
		if !(math.Abs(w-kernel[blurSize-1-i]) < 1e-12) {
			t.Errorf("weight %d is %g, its mirror image %g", i, w, kernel[blurSize-1-i])
		}
	}
	// A Gaussian cut off at 11 pixels would have a ratio of exp(1/2) = 1.65.
	if ratio := kernel[blurSize/2] / kernel[0]; !(math.Abs(sum-1) < 1e-12) || !(ratio > 1 && ratio < 1.3) {
		t.Errorf("the weights sum to %g, the middle one is %g times the outer", sum, ratio)
	}
}
