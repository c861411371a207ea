package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestTaking(t *testing.T) {
	r := rand.New(rand.NewPCG(27, 28))
	tables := map[string]func(n, from int) []int32{
		"anything": func(n, from int) []int32 {
			index := make([]int32, n)
			for i := range index {
				index[i] = int32(r.IntN(from+1)) - 1
			}
			return index
		},
		"runs": func(n, from int) []int32 {
			var index []int32
			for len(index) < n {
				at, step, count := int32(r.IntN(from)), int32(r.IntN(5)-2), 1+r.IntN(20)
				none := r.IntN(4) == 0
				for range count {
					if none {
						at, step = -1, 0
					}
					index = append(index, at)
					if at += step; at < 0 && !none || int(at) >= from {
						break
					}
				}
			}
			return index[:n]
		},
		"every one once": func(_, from int) []int32 {
			index := make([]int32, from)
			for i, at := range r.Perm(from) {
				index[i] = int32(at)
			}
			return index
		},
		"a part": func(n, from int) []int32 {
			index := make([]int32, min(n, from))
			for i := range index {
				index[i] = int32(from - len(index) + i)
			}
			return index
		},
	}
	eachLevel(t, func(t *testing.T, d *Device) {
		for name, table := range tables {
			for range 20 {
				n, from, rows := 1+r.IntN(3*block/2), 1+r.IntN(3000), 1+r.IntN(3)
				index := table(n, from)
				n = len(index)
				x, g := randomSlice(r, rows*from), randomSlice(r, rows*n)
				want, back := make([]float64, rows*n), make([]float64, rows*from)
				for i := range want {
					row, at := i/n, int(index[i%n])
					want[i] = 0.5
					if at >= 0 {
						want[i] = float64(x[row*from+at])
						back[row*from+at] += float64(g[i])
					}
				}
				what := fmt.Sprintf("%s: %d rows of %d from %d", name, rows, n, from)
				y, dx := newGuarded(rows*n), newGuarded(rows*from)
				ahead, behind := d.NewTaking(index, from, 0.5), d.NewScattering(index, from)
				ahead.Run(y.slice(), x, rows)
				behind.Run(dx.slice(), g, rows)
				y.check(t, what)
				dx.check(t, what)
				near(t, what, y.slice(), want, 0)
				near(t, what+", back", dx.slice(), back, 1e-5)
				if n := testing.AllocsPerRun(2, func() {
					ahead.Run(y.slice(), x, rows)
					behind.Run(dx.slice(), g, rows)
				}); n != 0 {
					t.Errorf("%s: %v allocations", what, n)
				}
			}
		}
	})
}

func TestRunsOfTables(t *testing.T) {
	d, err := NewLevel(1, Generic)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	index := []int32{5, 6, 7, 8, -1, -1, -1, -1, 9, 7, 5, 3, 1, 2, 2, 2, 2, 2}
	want := []run{{0, 5, 1, 4}, {4, -1, 0, 4}, {8, 9, -2, 5}, {13, 2, 0, 5}}
	if got := d.NewTaking(index, 10, 0).runs; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := d.NewTaking([]int32{0, 3, 1, 2, 7, 4, 5, 9, 1, 0, 3, 3, 5}, 10, 0).runs; got != nil {
		t.Errorf("hardly any runs: %v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("took an element that is not there")
		}
	}()
	d.NewTaking([]int32{10}, 10, 0)
}

func TestEachRow(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(29, 30))
		for range 60 {
			to := Axes(1+r.IntN(3), 1+r.IntN(2), 1+r.IntN(4), 1+r.IntN(3), 1+r.IntN(900))
			var in [3][]float32
			var of [3]Sides
			operands := 2 + r.IntN(2)
			for i := range operands {
				of[i] = to
				for axis := range to {
					if r.IntN(3) == 0 {
						of[i][axis] = 1
					}
				}
				in[i] = randomSlice(r, elements(of[i]))
			}
			f, plain := pairs(func(a, b float32) float32 { return a - 2*b }), func(v [3]float32) float32 { return v[0] - 2*v[1] }
			if operands == 3 {
				for i := range in[0] {
					in[0][i] = float32(i % 2)
				}
				f, plain = where, func(v [3]float32) float32 {
					if v[0] != 0 {
						return v[1]
					}
					return v[2]
				}
			}
			var want []float32
			eachPlace(to, func(at Sides) {
				var v [3]float32
				for i := range operands {
					v[i] = in[i][Dense(of[i]).in(at)]
				}
				want = append(want, plain(v))
			})
			dst := newGuarded(len(want))
			d.EachRow(f, 1, dst.slice(), to, in, of)
			dst.check(t, "EachRow")
			if !slices.Equal(dst.slice(), want) {
				t.Fatalf("%v to %v", of, to)
			}
			if n := testing.AllocsPerRun(2, func() { d.EachRow(f, 1, dst.slice(), to, in, of) }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		}
	})
}

func TestReduce(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(31, 32))
		for range 60 {
			reduction := Reduction(r.IntN(3))
			outer, count, size := 1+r.IntN(4), 1+r.IntN(90), 1+r.IntN(300)
			if r.IntN(3) == 0 {
				size = 1
			}
			x := make([]float32, outer*count*size)
			for i := range x {
				x[i] = float32(r.IntN(7)) / 3 // with equal ones and zeros
			}
			dy := randomSlice(r, outer*size)
			want, back := make([]float64, len(dy)), make([]float64, len(x))
			for i := range want {
				at := func(k int) int { return (i/size*count+k)*size + i%size }
				want[i] = float64(x[at(0)])
				for k := 1; k < count; k++ {
					v := float64(x[at(k)])
					want[i] = [...]float64{max(want[i], v), min(want[i], v), want[i] * v}[reduction]
				}
				equal := 0.
				for k := range count {
					if float64(x[at(k)]) == want[i] {
						equal++
					}
				}
				for k := range count {
					switch others := 1.; {
					case reduction == Multiplied:
						for m := range count {
							if m != k {
								others *= float64(x[at(m)])
							}
						}
						back[at(k)] = others * float64(dy[i])
					case float64(x[at(k)]) == want[i]:
						back[at(k)] = float64(dy[i]) / equal
					}
				}
			}
			name := fmt.Sprintf("reduction %d of %dx%dx%d", reduction, outer, count, size)
			y, dx := newGuarded(len(dy)), newGuarded(len(x))
			run := func() {
				d.Reduce(reduction, y.slice(), x, outer, count, size)
				d.ReduceBackward(reduction, dx.slice(), dy, y.slice(), x, outer, count, size)
			}
			run()
			y.check(t, name)
			dx.check(t, name)
			for i, v := range want {
				if math.Abs(float64(y.slice()[i])-v) > 1e-5*math.Abs(v) {
					t.Fatalf("%s: [%d] is %v, not %v", name, i, y.slice()[i], v)
				}
			}
			for i, v := range back {
				if math.Abs(float64(dx.slice()[i])-v) > 1e-5*(1e-3+math.Abs(v)) {
					t.Fatalf("%s, back: [%d] is %v, not %v", name, i, dx.slice()[i], v)
				}
			}
			if n := testing.AllocsPerRun(2, run); n != 0 {
				t.Errorf("%s: %v allocations", name, n)
			}
		}
	})
}
