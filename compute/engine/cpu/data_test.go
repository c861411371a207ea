package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// elements is the number of elements of a tensor.
func elements(sides Sides) int {
	n := 1
	for _, side := range sides {
		n *= side
	}
	return n
}

// eachPlace calls f with every index, in row-major order.
func eachPlace(sides Sides, f func(at Sides)) {
	for i := range elements(sides) {
		var at Sides
		for axis := mostAxes - 1; axis >= 0; axis-- {
			at[axis] = i % sides[axis]
			i /= sides[axis]
		}
		f(at)
	}
}

// in is where an element lies.
func (l Layout) in(at Sides) int {
	i := l.At
	for axis, k := range at {
		i += k * l.Steps[axis]
	}
	return i
}

func TestCombine(t *testing.T) {
	of := map[Arithmetic]func(a, b float64) float64{
		Sum:        func(a, b float64) float64 { return a + b },
		Difference: func(a, b float64) float64 { return a - b },
		Product:    func(a, b float64) float64 { return a * b },
		Quotient:   func(a, b float64) float64 { return a / b },
		Lesser:     func(a, b float64) float64 { return min(a, b) },
		Greater:    func(a, b float64) float64 { return max(a, b) },
	}
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(17, 18))
		for range 400 {
			box := Axes(1+r.IntN(2), 1+r.IntN(2), 1+r.IntN(3), 1+r.IntN(5), 1+r.IntN(6), 1+r.IntN(30))
			if r.IntN(8) == 0 {
				box[rowAxis] = 1 + r.IntN(2000)
			}
			o := Arithmetic(r.IntN(6))
			some := func() Sides {
				s := box
				for axis := range s {
					if r.IntN(3) == 0 {
						s[axis] = 1
					}
				}
				return s
			}
			ofA, ofB := some(), some()
			to := some()
			if o != Product {
				for axis := range to {
					to[axis] = max(ofA[axis], ofB[axis])
				}
			}
			a, b := guardedCopy(randomSlice(r, elements(ofA))), guardedCopy(randomSlice(r, elements(ofB)))
			for i, v := range b.slice() {
				b.slice()[i] = v + float32(math.Copysign(1, float64(v)))
			}
			ones := o == Product && ofB == Axes(1, 1, 1, 1)
			x, y := a.slice(), b.slice()
			if ones {
				y[0] = 1
			}
			want, sizes := make([]float64, elements(to)), make([]float64, elements(to))
			for axis := range box {
				box[axis] = max(to[axis], ofA[axis], ofB[axis])
			}
			eachPlace(box, func(at Sides) {
				v := of[o](float64(x[Dense(ofA).in(at)]), float64(y[Dense(ofB).in(at)]))
				want[Dense(to).in(at)] += v
				sizes[Dense(to).in(at)] += math.Abs(v)
			})
			if ones {
				y = nil
			}
			dst := newGuarded(elements(to))
			d.Combine(o, dst.slice(), x, y, to, ofA, ofB)
			name := fmt.Sprintf("operation %d of %v and %v to %v", o, ofA, ofB, to)
			dst.check(t, name)
			for i, g := range dst.slice() {
				if diff := math.Abs(float64(g) - want[i]); !(diff <= 1e-6*(1+sizes[i])) {
					t.Fatalf("%s: [%d] = %v, want %v", name, i, g, want[i])
				}
			}
		}
		dst := newGuarded(3 * block)
		src := randomSlice(r, 3*block)
		d.Multiply(dst.slice(), src, -2)
		dst.check(t, "Multiply")
		for i, v := range src {
			if dst.slice()[i] != -2*v {
				t.Fatalf("Multiply: [%d] = %v, want %v", i, dst.slice()[i], -2*v)
			}
		}
	})
}

func TestCombineRefuses(t *testing.T) {
	d, err := NewLevel(1, Generic)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	x := make([]float32, 12)
	for name, f := range map[string]func(){
		"sides that do not fit": func() {
			d.Combine(Sum, x, x, x, Axes(1, 1, 1, 6), Axes(1, 1, 1, 6), Axes(1, 1, 1, 5))
		},
		"a sum without room": func() {
			d.Combine(Sum, x, x, x, Axes(1, 1, 1, 1), Axes(1, 1, 1, 6), Axes(1, 1, 1, 6))
		},
		"an operand too short": func() {
			d.Combine(Product, x, x, x[:5], Axes(1, 1, 1, 6), Axes(1, 1, 1, 6), Axes(1, 1, 1, 6))
		},
		"ones of more than one number": func() {
			d.Combine(Product, x, x, nil, Axes(1, 1, 1, 6), Axes(1, 1, 1, 6), Axes(1, 1, 1, 6))
		},
		"a copy past the end": func() {
			d.Copy(x, Dense(Axes(1, 1, 3, 4)), x, Layout{At: 1, Steps: Axes(0, 0, 4, 1)}, Axes(1, 1, 3, 4))
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("took %s", name)
				}
			}()
			f()
		}()
	}
}

func TestCopy(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(19, 20))
		for range 200 {
			whole := Axes(1+r.IntN(2), 1+r.IntN(3), 1+r.IntN(2), 1+r.IntN(5), 1+r.IntN(6), 1+r.IntN(300))
			if r.IntN(4) == 0 {
				whole[5] = 1 + r.IntN(40)
			}
			// A part of a tensor, its axes in any order.
			part, from := whole, Dense(whole)
			for axis, side := range whole {
				first, step := r.IntN(side), 1+r.IntN(2)
				part[axis] = (side-first-1)/step + 1
				from.At += first * from.Steps[axis]
				from.Steps[axis] *= step
			}
			var sides Sides
			steps := from.Steps
			for axis, was := range r.Perm(mostAxes) {
				sides[axis], from.Steps[axis] = part[was], steps[was]
			}
			src := randomSlice(r, elements(whole))
			want := make([]float32, 0, elements(sides))
			eachPlace(sides, func(at Sides) { want = append(want, src[from.in(at)]) })
			dst := newGuarded(elements(sides))
			d.Copy(dst.slice(), Dense(sides), src, from, sides)
			dst.check(t, "Copy")
			if !slices.Equal(dst.slice(), want) {
				t.Fatalf("copying %v of %v by %+v", sides, whole, from)
			}
			// And back, among what is there already.
			back := newGuarded(elements(whole))
			d.Fill(back.slice(), 7)
			d.Copy(back.slice(), from, want, Dense(sides), sides)
			back.check(t, "Copy back")
			wantBack := slices.Repeat([]float32{7}, elements(whole))
			eachPlace(sides, func(at Sides) { wantBack[from.in(at)] = src[from.in(at)] })
			if !slices.Equal(back.slice(), wantBack) {
				t.Fatalf("copying %v back to %v by %+v", sides, whole, from)
			}
		}
	})
}

func TestLayerNorm(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(21, 22))
		for range 40 {
			batch, channels, size := 1+r.IntN(3), 1+r.IntN(60), 1+r.IntN(600)
			if r.IntN(4) == 0 { // the channels beside each other
				channels, size = 1+r.IntN(900), 1
			}
			const epsilon = 1e-3
			n := batch * channels * size
			src, dy := guardedCopy(randomSlice(r, n)), guardedCopy(randomSlice(r, n))
			weight, bias := randomSlice(r, channels), randomSlice(r, channels)
			want, wantDx := make([]float64, n), make([]float64, n)
			for p := range batch * size {
				at := func(c int) int { return (p/size*channels+c)*size + p%size }
				var mean, variance, mean1, mean2 float64
				count := float64(channels)
				for c := range channels {
					mean += float64(src.slice()[at(c)]) / count
				}
				for c := range channels {
					v := float64(src.slice()[at(c)]) - mean
					variance += v * v / count
				}
				deviation := math.Sqrt(variance + epsilon)
				normal := func(c int) (x, g float64) {
					return (float64(src.slice()[at(c)]) - mean) / deviation, float64(dy.slice()[at(c)]) * float64(weight[c])
				}
				for c := range channels {
					x, g := normal(c)
					want[at(c)] = x*float64(weight[c]) + float64(bias[c])
					mean1 += g / count
					mean2 += g * x / count
				}
				for c := range channels {
					x, g := normal(c)
					wantDx[at(c)] = (g - mean1 - x*mean2) / deviation
				}
			}
			name := fmt.Sprintf("%d pictures, %d channels of %d", batch, channels, size)
			dst, dx := newGuarded(n), newGuarded(n)
			d.LayerNorm(dst.slice(), src.slice(), weight, bias, batch, size, epsilon)
			d.LayerNormBackward(dx.slice(), dy.slice(), src.slice(), weight, batch, size, epsilon)
			dst.check(t, name)
			dx.check(t, name)
			near(t, "LayerNorm of "+name, dst.slice(), want, 2e-5)
			near(t, "LayerNormBackward of "+name, dx.slice(), wantDx, 1e-3)
		}
	})
}

func TestLRN(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(23, 24))
		for range 40 {
			batch, channels, size := 1+r.IntN(3), 1+r.IntN(40), 1+r.IntN(300)
			p := Neighbours{Before: r.IntN(4), After: r.IntN(4), Scale: 0.2, K: 1, Beta: []float64{0.75, 0.5, 1, 0.6}[r.IntN(4)]}
			n := batch * channels * size
			src, dy := guardedCopy(randomSlice(r, n)), guardedCopy(randomSlice(r, n))
			want, wantDx := make([]float64, n), make([]float64, n)
			for p0 := range batch * size {
				at := func(c int) int { return (p0/size*channels+c)*size + p0%size }
				for c := range channels {
					s := p.K
					first, last := max(0, c-p.Before), min(channels-1, c+p.After)
					for k := first; k <= last; k++ {
						s += p.Scale * float64(src.slice()[at(k)]) * float64(src.slice()[at(k)])
					}
					x, g := float64(src.slice()[at(c)]), float64(dy.slice()[at(c)])
					want[at(c)] = x * math.Pow(s, -p.Beta)
					wantDx[at(c)] += g * math.Pow(s, -p.Beta)
					for k := first; k <= last; k++ {
						wantDx[at(k)] -= 2 * p.Scale * p.Beta * float64(src.slice()[at(k)]) * g * x * math.Pow(s, -p.Beta-1)
					}
				}
			}
			name := fmt.Sprintf("%d pictures, %d channels of %d by %+v", batch, channels, size, p)
			dst, dx := newGuarded(n), newGuarded(n)
			d.LRN(dst.slice(), src.slice(), batch, channels, size, p)
			d.LRNBackward(dx.slice(), dy.slice(), src.slice(), batch, channels, size, p)
			dst.check(t, name)
			dx.check(t, name)
			near(t, "LRN of "+name, dst.slice(), want, 1e-5)
			near(t, "LRNBackward of "+name, dx.slice(), wantDx, 1e-5)
		}
	})
}

// BenchmarkData times operations as large as ConvNeXt's and GoogLeNet's.
func BenchmarkData(b *testing.B) {
	d, err := New(0)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	const channels, side = 96, 56
	sides := Axes(1, channels, side, side)
	n := elements(sides)
	x, y, z := make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range x {
		x[i], y[i] = float32(i%7)-3, float32(i%5)-2
	}
	weight := make([]float32, channels)
	lrn := Neighbours{Before: 2, After: 2, Scale: 2e-5, K: 1, Beta: 0.75}
	for _, row := range []struct {
		name string
		f    func()
	}{
		{"LayerNorm", func() { d.LayerNorm(z, x, weight, weight, 1, side*side, 1e-6) }},
		{"LayerNormBackward", func() { d.LayerNormBackward(z, y, x, weight, 1, side*side, 1e-6) }},
		{"LRN", func() { d.LRN(z, x, 1, channels, side*side, lrn) }},
		{"LRNBackward", func() { d.LRNBackward(z, y, x, 1, channels, side*side, lrn) }},
		{"Product", func() { d.Combine(Product, z, x, y, sides, sides, sides) }},
		{"ByChannel", func() { d.Combine(Product, z, x, weight, sides, sides, Axes(1, channels, 1, 1)) }},
		{"ByPixel", func() { d.Combine(Product, z, x, y, sides, sides, Axes(1, 1, side, side)) }},
		{"SumByChannel", func() { d.Combine(Product, z, x, y, Axes(1, channels, 1, 1), sides, sides) }},
		{"SumByPixel", func() { d.Combine(Product, z, x, y, Axes(1, 1, side, side), sides, sides) }},
		{"Shuffle", func() {
			from := Layout{Steps: Axes(0, side*side, channels/2*side*side, 1)}
			d.Copy(z, Dense(Axes(1, channels/2, 2, side*side)), x, from, Axes(1, channels/2, 2, side*side))
		}},
		{"ChannelsLast", func() {
			from := Layout{Steps: Axes(0, side, 1, side*side)}
			d.Copy(z, Dense(Axes(1, side, side, channels)), x, from, Axes(1, side, side, channels))
		}},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(4 * n))
			for b.Loop() {
				row.f()
			}
		})
	}
}
