package faith

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaze/compute/cam"
)

// bumpy is a network of three classes whose logits depend on every pixel, none
// of them linearly.
type bumpy struct{ weights []float64 }

func newBumpy(values int, random *rand.Rand) bumpy {
	b := bumpy{make([]float64, values)}
	for i := range b.weights {
		b.weights[i] = random.NormFloat64()
	}
	return b
}

func (b bumpy) Scores(_ context.Context, pictures [][]float32) ([][]float32, error) {
	out := make([][]float32, len(pictures))
	for i, p := range pictures {
		out[i] = b.score(p)
	}
	return out, nil
}

func (b bumpy) score(p []float32) []float32 {
	logits := make([]float32, 3)
	for i, v := range p {
		logits[i%3] += float32(math.Tanh(b.weights[i] * float64(v)))
	}
	return logits
}

// plain computes all figures of a map by the definitions: one picture at a
// time, each changed from the one before, ROAD's system solved densely.
type plain struct {
	s     Subject
	net   bumpy
	steps int
	seed  uint64
}

func (d plain) ask(picture []float32) float64 {
	var sum float64
	logits := d.net.score(picture)
	for _, v := range logits {
		sum += math.Exp(float64(v))
	}
	return math.Exp(float64(logits[d.s.Class])) / sum
}

// order is the pixels from the map's highest to its lowest.
func (d plain) order(m cam.Map) []int {
	var order []int
	taken := make([]bool, len(m.Values))
	for range m.Values {
		best := -1
		for i, v := range m.Values {
			if !taken[i] && (best < 0 || v > m.Values[best]) {
				best = i
			}
		}
		taken[best] = true
		order = append(order, best)
	}
	return order
}

func (d plain) curve(order []int, from, to []float32) float64 {
	picture := slices.Clone(from)
	n := len(order)
	before, done, area := d.ask(picture), 0, 0.0
	for step := 1; step <= d.steps; step++ {
		until := int(math.Round(float64(step) * float64(n) / float64(d.steps)))
		for _, i := range order[done:until] {
			for c := range 3 {
				picture[c*n+i] = to[c*n+i]
			}
		}
		p := d.ask(picture)
		area += (before + p) / 2 * float64(until-done) / float64(n)
		before, done = p, until
	}
	return area
}

// blurred convolves with all of the kernel's 121 weights, each of which is what
// a Gaussian leaves of a point after reflecting it at the borders.
func (d plain) blurred() []float32 {
	const size, middle, sigma = 11, 5, 5.0
	var line [size]float64
	for i := range line {
		for d := -20; d <= 20; d++ {
			at := i + d
			for at < 0 || at >= size {
				if at < 0 {
					at = -1 - at
				} else {
					at = 2*size - 1 - at
				}
			}
			if at == middle {
				line[i] += math.Exp(-float64(d*d) / (2 * sigma * sigma))
			}
		}
	}
	var total float64
	for _, w := range line {
		total += w
	}
	s := d.s
	out := make([]float32, len(s.Picture))
	for c := range 3 {
		for y := range s.Height {
			for x := range s.Width {
				var sum float64
				for j := range size {
					for i := range size {
						if yy, xx := y+j-middle, x+i-middle; yy >= 0 && xx >= 0 && yy < s.Height && xx < s.Width {
							sum += line[i] * line[j] / (total * total) * float64(s.Picture[(c*s.Height+yy)*s.Width+xx])
						}
					}
				}
				out[(c*s.Height+y)*s.Width+x] = float32(sum)
			}
		}
	}
	return out
}

// imputed solves the linear system of the removed pixels as a dense one.
func imputed(picture []float32, removed []int, height, width int, random *rand.Rand) []float32 {
	out := slices.Clone(picture)
	slices.Sort(removed)
	n := len(removed)
	for c := range 3 {
		plane := picture[c*height*width:]
		a, b, x := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
		for k, i := range removed {
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					yy, xx := i/width+dy, i%width+dx
					if dx == 0 && dy == 0 || yy < 0 || xx < 0 || yy >= height || xx >= width {
						continue
					}
					weight := 1.0 / 6
					if dx != 0 && dy != 0 {
						weight = 1.0 / 12
					}
					a.Set(k, k, a.At(k, k)+weight)
					if other, ok := slices.BinarySearch(removed, yy*width+xx); ok {
						a.Set(k, other, -weight)
					} else {
						b.SetVec(k, b.AtVec(k)+weight*float64(plane[yy*width+xx]))
					}
				}
			}
		}
		if err := x.SolveVec(a, b); err != nil {
			panic(err)
		}
		for k, i := range removed {
			out[c*height*width+i] = float32(x.AtVec(k) + 0.01*random.NormFloat64())
		}
	}
	return out
}

func (d plain) figures(m cam.Map) map[string]float64 {
	s := d.s
	order := d.order(m)
	zero, soft := make([]float32, len(s.Picture)), d.blurred()
	p := d.ask(s.Picture)
	f := map[string]float64{
		"deletion": d.curve(order, s.Picture, zero), "insertion": d.curve(order, soft, s.Picture),
		"deletion-blur": d.curve(order, s.Picture, soft), "insertion-zero": d.curve(order, zero, s.Picture),
	}
	f["gap"], f["gap-blur"] = f["insertion-zero"]-f["deletion"], f["insertion"]-f["deletion-blur"]
	for i, share := range []float64{0.2, 0.4, 0.6, 0.8} {
		k := int(math.Round(share * float64(len(order))))
		most := imputed(s.Picture, slices.Clone(order[:k]), s.Height, s.Width, noise(d.seed, uint64(i)))
		least := imputed(s.Picture, slices.Clone(order[len(order)-k:]), s.Height, s.Width, noise(d.seed, uint64(i)))
		f["road-morf"] += (d.ask(most) - p) / 4
		f["road-lerf"] += (d.ask(least) - p) / 4
	}
	f["road"] = (f["road-lerf"] - f["road-morf"]) / 2
	shown := slices.Clone(s.Picture)
	highest := max(slices.Max(m.Values), 0)
	for i := range shown {
		if v := max(m.Values[i%len(m.Values)], 0); v > 0 {
			shown[i] *= v / highest
		} else {
			shown[i] = 0
		}
	}
	q := d.ask(shown)
	f["drop"], f["gain"] = max(0, (p-q)/p), max(0, (q-p)/(1-p))
	if q > p {
		f["increase"] = 1
	}
	return f
}

func TestFiguresAreThoseOfThePlainDefinitions(t *testing.T) {
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 7))
		height, width := 5+random.IntN(12), 5+random.IntN(12)
		pixels := height * width
		s := Subject{Height: height, Width: width, Class: random.IntN(3), Picture: make([]float32, 3*pixels)}
		for i := range s.Picture {
			s.Picture[i] = float32(random.NormFloat64())
		}
		levels := []int{2, 5, 1 << 20}[seed%3]
		for range 3 {
			m := cam.Map{Height: height, Width: width, Values: make([]float32, pixels)}
			for i := range m.Values {
				m.Values[i] = float32(random.IntN(levels)-levels/2) / float32(levels)
			}
			s.Maps = append(s.Maps, m)
		}
		s.Random = s.Maps[2]
		metrics := Metrics()
		metrics = metrics[:len(metrics)-1]
		net := newBumpy(3*pixels, random)
		got, err := Measure(t.Context(), net, s, metrics, Options{Steps: 7, Batch: 5, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		d := plain{s: s, net: net, steps: 7, seed: seed}
		random2 := d.figures(s.Random)
		for i, m := range s.Maps {
			want := d.figures(m)
			for _, f := range got[i] {
				if name := f.Metric.Name; !(math.Abs(f.Value-want[name]) < 1e-5) || !(math.Abs(f.Random-random2[name]) < 1e-5) {
					t.Errorf("seed %d, map %d: %s is %.7f beside %.7f, plainly %.7f beside %.7f", seed, i, name, f.Value, f.Random, want[name], random2[name])
				}
			}
		}
	}
}
