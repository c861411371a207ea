package cpu

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// plainMatMul is the definition in float64.
func plainMatMul(s Matrices, a, b []float32) []float64 {
	y := make([]float64, 0, len(s.A)*s.Rows*s.Cols)
	for p := range s.A {
		a, b := a[s.A[p]*s.Rows*s.Depth:], b[s.B[p]*s.Depth*s.Cols:]
		for i := range s.Rows {
			for j := range s.Cols {
				var sum float64
				for k := range s.Depth {
					x, z := a[i*s.Depth+k:], b[k*s.Cols+j:]
					if s.TurnedA {
						x = a[k*s.Rows+i:]
					}
					if s.TurnedB {
						z = b[j*s.Depth+k:]
					}
					sum += float64(x[0]) * float64(z[0])
				}
				y = append(y, sum)
			}
		}
	}
	return y
}

func TestMatMul(t *testing.T) {
	sizes := [][3]int{{1, 1, 1}, {1, 7, 33}, {2, 40, 5}, {3, 5, 1}, {8, 16, 48}, {9, 3, 17}, {13, 300, 2}, {16, 65, 100}, {37, 20, 61}, {70, 9, 1030}, {5, 4, 700}}
	eachLevel(t, func(t *testing.T, d *Device) {
		for n, size := range sizes {
			for turned := range 4 {
				s := Matrices{Rows: size[0], Depth: size[1], Cols: size[2], TurnedA: turned&1 > 0, TurnedB: turned&2 > 0, A: []int{0, 1, 0}, B: []int{1, 0, 0}}
				r := rand.New(rand.NewPCG(uint64(n), 9))
				a, b := randomSlice(r, 2*s.Rows*s.Depth), randomSlice(r, 2*s.Depth*s.Cols)
				m := d.NewMatMul(s)
				// What is around the result stays as it is.
				got := make([]float32, 3*s.Rows*s.Cols+1)
				got[len(got)-1] = 5
				m.Run(got[:len(got)-1], a, b)
				if got[len(got)-1] != 5 {
					t.Errorf("%v writes after the result", size)
				}
				near(t, fmt.Sprintf("%v turned %d", size, turned), got[:len(got)-1], plainMatMul(s, a, b), 1e-5*float64(s.Depth))
				if n := testing.AllocsPerRun(3, func() { m.Run(got, a, b) }); n != 0 {
					t.Errorf("%v turned %d: %v allocations", size, turned, n)
				}
			}
		}
	})
}

func BenchmarkMatMul(b *testing.B) {
	d, err := New(0)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	for _, s := range []Matrices{
		{Rows: 197, Depth: 768, Cols: 3072},
		{Rows: 197, Depth: 768, Cols: 768},
		{Rows: 197, Depth: 64, Cols: 197, TurnedB: true, A: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, B: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
		{Rows: 197, Depth: 197, Cols: 64, A: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, B: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
		{Rows: 197, Depth: 3072, Cols: 768, TurnedB: true},
		{Rows: 64, Depth: 197, Cols: 197, TurnedA: true, A: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, B: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
	} {
		if s.A == nil {
			s.A, s.B = []int{0}, []int{0}
		}
		b.Run(fmt.Sprintf("%dx%dx%dx%d turned %v %v", len(s.A), s.Rows, s.Depth, s.Cols, s.TurnedA, s.TurnedB), func(b *testing.B) {
			m := d.NewMatMul(s)
			x, y, z := make([]float32, len(s.A)*s.Rows*s.Depth), make([]float32, len(s.A)*s.Depth*s.Cols), make([]float32, len(s.A)*s.Rows*s.Cols)
			for b.Loop() {
				m.Run(z, x, y)
			}
			b.ReportMetric(float64(len(s.A)*s.Rows*s.Depth*s.Cols)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		})
	}
}
