package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"gaze/compute/engine/op"
)

func TestKernelsKnowWhereArgumentsAre(t *testing.T) {
	var a tile
	var w wino
	var v vec
	var p windows
	for _, c := range []struct {
		name      string
		got, want uintptr
	}{
		{"tile.b", unsafe.Offsetof(a.b), 24},
		{"tile.c", unsafe.Offsetof(a.c), 48},
		{"tile.r", unsafe.Offsetof(a.r), 72},
		{"tile.bias", unsafe.Offsetof(a.bias), 96},
		{"tile.off", unsafe.Offsetof(a.off), 120},
		{"tile.depth", unsafe.Offsetof(a.depth), 144},
		{"tile.panels", unsafe.Offsetof(a.panels), 152},
		{"tile.aStep", unsafe.Offsetof(a.aStep), 160},
		{"tile.cStep", unsafe.Offsetof(a.cStep), 168},
		{"tile.rStep", unsafe.Offsetof(a.rStep), 176},
		{"tile.cols", unsafe.Offsetof(a.cols), 184},
		{"tile.limits", unsafe.Offsetof(a.limits), 192},
		{"tile.packed", unsafe.Offsetof(a.packed), 200},
		{"tile.scale", unsafe.Offsetof(a.scale), 208},
		{"tile.aRow", unsafe.Offsetof(a.aRow), 232},
		{"wino.dst", unsafe.Offsetof(w.dst), 24},
		{"wino.add", unsafe.Offsetof(w.add), 48},
		{"wino.mask", unsafe.Offsetof(w.mask), 72},
		{"wino.srcAt", unsafe.Offsetof(w.srcAt), 96},
		{"wino.dstAt", unsafe.Offsetof(w.dstAt), 104},
		{"wino.rows", unsafe.Offsetof(w.rows), 112},
		{"wino.chunks", unsafe.Offsetof(w.chunks), 120},
		{"wino.srcStep", unsafe.Offsetof(w.srcStep), 128},
		{"wino.dstStep", unsafe.Offsetof(w.dstStep), 136},
		{"wino.srcPlane", unsafe.Offsetof(w.srcPlane), 144},
		{"wino.dstPlane", unsafe.Offsetof(w.dstPlane), 152},
		{"wino.srcRow", unsafe.Offsetof(w.srcRow), 160},
		{"wino.bias", unsafe.Offsetof(w.bias), 168},
		{"wino.limits", unsafe.Offsetof(w.limits), 172},
		{"wino.next", unsafe.Offsetof(w.next), 184},
		{"vec.a", unsafe.Offsetof(v.a), 24},
		{"vec.b", unsafe.Offsetof(v.b), 48},
		{"vec.scale", unsafe.Offsetof(v.scale), 72},
		{"vec.shift", unsafe.Offsetof(v.shift), 76},
		{"vec.limits", unsafe.Offsetof(v.limits), 80},
		{"vec.result", unsafe.Offsetof(v.result), 88},
		{"vec.count", unsafe.Offsetof(v.count), 96},
		{"vec.rows", unsafe.Offsetof(v.rows), 104},
		{"vec.step", unsafe.Offsetof(v.step), 112},
		{"vec.to", unsafe.Offsetof(v.to), 120},
		{"vec.begins", unsafe.Offsetof(v.begins), 128},
		{"windows.src", unsafe.Offsetof(p.src), 24},
		{"windows.row", unsafe.Offsetof(p.row), 48},
		{"windows.height", unsafe.Offsetof(p.height), 72},
		{"windows.width", unsafe.Offsetof(p.width), 80},
		{"windows.down", unsafe.Offsetof(p.down), 88},
		{"windows.right", unsafe.Offsetof(p.right), 96},
		{"windows.left", unsafe.Offsetof(p.left), 104},
		{"windows.in", unsafe.Offsetof(p.in), 112},
		{"windows.out", unsafe.Offsetof(p.out), 120},
		{"windows.rows", unsafe.Offsetof(p.rows), 128},
		{"windows.step", unsafe.Offsetof(p.step), 136},
		{"windows.next", unsafe.Offsetof(p.next), 144},
	} {
		if unsafe.Sizeof(uintptr(0)) == 8 && c.got != c.want {
			t.Errorf("%s is at %d, the assembly looks at %d", c.name, c.got, c.want)
		}
	}
}

// near compares with a tolerance relative to the size of what was summed up.
func near(t *testing.T, name string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		if g := float64(got[i]); g != w && !(math.Abs(g-w) <= tolerance*(1+math.Abs(w))) {
			t.Fatalf("%s[%d] = %v, want %v", name, i, g, w)
		}
	}
}

func TestElementwise(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, n := range []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 100, block - 1, block, block + 1, 5*block + 3} {
			a, b := guardedCopy(randomSlice(r, n)), guardedCopy(randomSlice(r, n))
			want := make([]float64, n)
			check := func(name string, op func(dst []float32), f func(i int, x, y float64) float64) {
				t.Helper()
				for i := range want {
					want[i] = f(i, float64(a.slice()[i]), float64(b.slice()[i]))
				}
				dst := newGuarded(n)
				op(dst.slice())
				dst.check(t, name)
				near(t, fmt.Sprintf("%s of %d", name, n), dst.slice(), want, 1e-6)
			}
			x, y := a.slice(), b.slice()
			check("Add", func(dst []float32) { d.Add(dst, x, y, None) }, func(_ int, x, y float64) float64 { return x + y })
			check("Add, ReLU", func(dst []float32) { d.Add(dst, x, y, ReLU) }, func(_ int, x, y float64) float64 { return max(x+y, 0) })
			check("ReLU", func(dst []float32) { d.Activate(dst, x, ReLU) }, func(_ int, x, _ float64) float64 { return max(x, 0) })
			check("Clip", func(dst []float32) { d.Activate(dst, x, Clip(-.5, .25)) }, func(_ int, x, _ float64) float64 { return min(max(x, -.5), .25) })
			check("ReLU backward", func(dst []float32) { d.ActivateBackward(dst, x, y, ReLU) }, func(_ int, x, y float64) float64 {
				if y > 0 {
					return x
				}
				return 0
			})
			check("Clip backward", func(dst []float32) { d.ActivateBackward(dst, x, y, Clip(-.5, .25)) }, func(_ int, x, y float64) float64 {
				if -.5 < y && y < .25 {
					return x
				}
				return 0
			})
		}
	})
}

func TestReLUAtItsLimits(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		nan := float32(math.NaN())
		dst := make([]float32, 4)
		d.Activate(dst, []float32{-1, 0, 2, nan}, ReLU)
		if dst[0] != 0 || dst[1] != 0 || dst[2] != 2 || dst[3] == dst[3] {
			t.Errorf("ReLU of -1, 0, 2, NaN is %v", dst)
		}
		d.Activate(dst, []float32{-1, 6, 7, nan}, ReLU6)
		if dst[0] != 0 || dst[1] != 6 || dst[2] != 6 || dst[3] == dst[3] {
			t.Errorf("ReLU6 of -1, 6, 7, NaN is %v", dst)
		}
		d.ActivateBackward(dst, []float32{1, 1, 1, 1}, []float32{0, 3, 6, 5.5}, ReLU6)
		if !slices.Equal(dst, []float32{0, 1, 0, 1}) {
			t.Errorf("ReLU6 lets the gradient through at %v", dst)
		}
	})
}

func TestScaleShift(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		dst := make([]float32, 12)
		src := []float32{1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6}
		d.ScaleShift(dst, src, []float32{2, -1}, []float32{1, 0}, 2, 3, ReLU)
		if want := []float32{3, 5, 7, 0, 0, 0, 0, 0, 0, 4, 5, 6}; !slices.Equal(dst, want) {
			t.Errorf("got %v, want %v", dst, want)
		}
		d.ScaleShift(dst, src, []float32{2, -1}, nil, 2, 3, None)
		if want := []float32{2, 4, 6, -4, -5, -6, -2, -4, -6, 4, 5, 6}; !slices.Equal(dst, want) {
			t.Errorf("without shift: got %v, want %v", dst, want)
		}
	})
}

func TestLinear(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(7, 8))
		for range 60 {
			batch, in, out := 1+r.IntN(3), 1+r.IntN(300), 1+r.IntN(80)
			if r.IntN(10) == 0 {
				in = linearColumns + r.IntN(2*linearColumns)
			}
			src, weight := guardedCopy(randomSlice(r, batch*in)), guardedCopy(randomSlice(r, out*in))
			var bias []float32
			if r.IntN(2) == 0 {
				bias = randomSlice(r, out)
			}
			want := make([]float64, batch*out)
			for i := range want {
				if bias != nil {
					want[i] = float64(bias[i%out])
				}
				for k := range in {
					want[i] += float64(src.slice()[i/out*in+k]) * float64(weight.slice()[i%out*in+k])
				}
				want[i] = max(want[i], 0)
			}
			dst := newGuarded(batch * out)
			d.Linear(dst.slice(), src.slice(), weight.slice(), bias, batch, in, out, ReLU)
			dst.check(t, "Linear")
			near(t, fmt.Sprintf("Linear %d %d %d", batch, in, out), dst.slice(), want, 1e-5*math.Sqrt(float64(in)))

			dy := randomSlice(r, batch*out)
			for i := range dy {
				if r.IntN(2) == 0 {
					dy[i] = 0
				}
			}
			wantDx := make([]float64, batch*in)
			for i := range wantDx {
				for o := range out {
					wantDx[i] += float64(dy[i/in*out+o]) * float64(weight.slice()[o*in+i%in])
				}
			}
			dx := newGuarded(batch * in)
			d.LinearBackward(dx.slice(), dy, weight.slice(), batch, in, out)
			dx.check(t, "LinearBackward")
			near(t, fmt.Sprintf("LinearBackward %d %d %d", batch, in, out), dx.slice(), wantDx, 1e-5*math.Sqrt(float64(out)))
		}
	})
}

func TestChannelSum(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(5, 6))
		for range 40 {
			batch, channels, size := 1+r.IntN(2), 1+r.IntN(90), 1+r.IntN(400)
			if r.IntN(8) == 0 {
				channels, size = 1+r.IntN(9), 4000+r.IntN(5000)
			}
			act := []Activation{None, ReLU, Clip(-0.5, 1)}[r.IntN(3)]
			src, weights := guardedCopy(randomSlice(r, batch*channels*size)), randomSlice(r, batch*channels)
			for i := range weights {
				if r.IntN(3) == 0 {
					weights[i] = 0
				}
			}
			want := make([]float64, batch*size)
			for i := range want {
				for c := i / size * channels; c < (i/size+1)*channels; c++ {
					want[i] += float64(weights[c]) * float64(act.limits().apply(src.slice()[c*size+i%size]))
				}
			}
			dst := newGuarded(batch * size)
			d.ChannelSum(dst.slice(), weights, src.slice(), batch, channels, size, act)
			dst.check(t, "ChannelSum")
			near(t, fmt.Sprintf("ChannelSum %d %d %d", batch, channels, size), dst.slice(), want, 1e-5*math.Sqrt(float64(channels)))
		}
	})
}

func TestGlobalAvgPool(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(9, 10))
		for _, size := range []int{1, 2, 7, 49, 64, 169, 1000} {
			const planes = 37
			src := guardedCopy(randomSlice(r, planes*size))
			want := make([]float64, planes)
			for i, v := range src.slice() {
				want[i/size] += float64(v) / float64(size)
			}
			dst := newGuarded(planes)
			d.GlobalAvgPool(dst.slice(), src.slice(), planes, size)
			dst.check(t, "GlobalAvgPool")
			near(t, "GlobalAvgPool", dst.slice(), want, 1e-5)

			dx := newGuarded(planes * size)
			d.GlobalAvgPoolBackward(dx.slice(), dst.slice(), planes, size)
			dx.check(t, "GlobalAvgPoolBackward")
			wantDx := make([]float64, planes*size)
			for i := range wantDx {
				wantDx[i] = want[i/size] / float64(size)
			}
			near(t, "GlobalAvgPoolBackward", dx.slice(), wantDx, 1e-5)
		}
	})
}

// randomPooling draws a pooling, in ceil mode now and then.
func randomPooling(r *rand.Rand) Pooling {
	for {
		p := Pooling{
			Batch: 1 + r.IntN(2), C: 1 + r.IntN(5), InH: 1 + r.IntN(20), InW: 1 + r.IntN(40),
			CountPad: r.IntN(2) == 0,
		}
		for i := range 2 {
			p.Kernel[i], p.Stride[i], p.Dilation[i] = 1+r.IntN(4), 1+r.IntN(3), 1
		}
		if r.IntN(2) == 0 {
			p.Kernel, p.Stride = [2]int{3, 3}, [2]int{2, 2}
		}
		if r.IntN(5) == 0 {
			p.Dilation = [2]int{1 + r.IntN(2), 1 + r.IntN(2)}
		}
		for i := range 4 {
			p.Pad[i] = r.IntN(p.Kernel[i%2]/2 + 1)
		}
		ceil := r.IntN(2)
		out := func(axis, size int) int {
			span := size + p.Pad[axis] + p.Pad[axis+2] - p.Dilation[axis]*(p.Kernel[axis]-1) - 1
			if span < 0 {
				return 0
			}
			n := (span+ceil*(p.Stride[axis]-1))/p.Stride[axis] + 1
			// PyTorch drops a last window that would begin in the padding.
			if (n-1)*p.Stride[axis] >= size+p.Pad[axis] {
				n--
			}
			return n
		}
		p.OutH, p.OutW = out(0, p.InH), out(1, p.InW)
		if p.Check() == nil {
			return p
		}
	}
}

// eachWindow calls f for each window with the indices of its pixels in the
// image, row by row, and the number of pixels with padding.
func eachWindow(p Pooling, f func(out int, in []int, padded int)) {
	for b := range p.Batch {
		for c := range p.C {
			for y := range p.OutH {
				for x := range p.OutW {
					var in []int
					padded := 0
					for ky := range p.Kernel[0] {
						for kx := range p.Kernel[1] {
							iy := y*p.Stride[0] + ky*p.Dilation[0] - p.Pad[0]
							ix := x*p.Stride[1] + kx*p.Dilation[1] - p.Pad[1]
							if iy < p.InH+p.Pad[2] && ix < p.InW+p.Pad[3] {
								padded++
							}
							if iy >= 0 && iy < p.InH && ix >= 0 && ix < p.InW {
								in = append(in, ((b*p.C+c)*p.InH+iy)*p.InW+ix)
							}
						}
					}
					f(((b*p.C+c)*p.OutH+y)*p.OutW+x, in, padded)
				}
			}
		}
	}
}

func TestPooling(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(11, 12))
		for range 200 {
			p := randomPooling(r).filled()
			inLen := p.Batch * p.C * p.InH * p.InW
			outLen := p.Batch * p.C * p.OutH * p.OutW
			name := fmt.Sprintf("%+v", p)
			src := guardedCopy(randomSlice(r, inLen))
			for i, v := range src.slice() { // equal pixels are common after a ReLU
				src.slice()[i] = float32(math.Round(float64(2*max(v, 0)))) / 2
			}
			dy := guardedCopy(randomSlice(r, outLen))
			wantMax, wantMaxDx := make([]float64, outLen), make([]float64, inLen)
			eachWindow(p, func(out int, in []int, _ int) {
				wantMax[out] = math.Inf(-1)
				best := -1
				for _, i := range in {
					if v := float64(src.slice()[i]); v > wantMax[out] {
						wantMax[out], best = v, i
					}
				}
				if best >= 0 {
					wantMaxDx[best] += float64(dy.slice()[out])
				}
			})
			dst, dx := newGuarded(outLen), newGuarded(inLen)
			d.MaxPool(dst.slice(), src.slice(), p)
			d.MaxPoolBackward(dx.slice(), dy.slice(), src.slice(), p)
			dst.check(t, name)
			dx.check(t, name)
			near(t, "MaxPool "+name, dst.slice(), wantMax, 0)
			near(t, "MaxPoolBackward "+name, dx.slice(), wantMaxDx, 1e-5)

			p.Dilation = [2]int{1, 1}
			wantAvg, wantAvgDx := make([]float64, outLen), make([]float64, inLen)
			eachWindow(p, func(out int, in []int, padded int) {
				n := len(in)
				if p.CountPad {
					n = padded
				}
				for _, i := range in {
					wantAvg[out] += float64(src.slice()[i]) / float64(n)
					wantAvgDx[i] += float64(dy.slice()[out]) / float64(n)
				}
			})
			dst, dx = newGuarded(outLen), newGuarded(inLen)
			d.AvgPool(dst.slice(), src.slice(), p)
			d.AvgPoolBackward(dx.slice(), dy.slice(), p)
			dst.check(t, name)
			dx.check(t, name)
			near(t, "AvgPool "+name, dst.slice(), wantAvg, 1e-5)
			near(t, "AvgPoolBackward "+name, dx.slice(), wantAvgDx, 1e-5)
		}
	})
}

func TestMaxPoolGradientGoesToTheFirstMaximum(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		p := Pooling{Batch: 1, C: 1, InH: 2, InW: 3, OutH: 1, OutW: 2, Kernel: [2]int{2, 2}, Stride: [2]int{1, 1}}
		dx := make([]float32, 6)
		d.MaxPoolBackward(dx, []float32{1, 10}, []float32{0, 5, 5, 5, 5, 5}, p)
		if want := []float32{0, 11, 0, 0, 0, 0}; !slices.Equal(dx, want) {
			t.Errorf("got %v, want %v", dx, want)
		}
	})
}

// TestRound has numbers of more than one block, and compares them with the
// definition.
func TestRound(t *testing.T) {
	d, err := New(3)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	grid := op.Grid{Step: 0.01, Zero: 3, Min: -128, Max: 127}
	for _, n := range []int{1, 7, block - 1, 2*block + 6} {
		src, dst := randomSlice(rand.New(rand.NewPCG(7, 8)), 2*n), newGuarded(2*n)
		d.Round(dst.slice(), src, 2, grid, false)
		dst.check(t, "Round")
		for i, x := range src {
			if want := grid.Nearest(x); dst.slice()[i] != want {
				t.Fatalf("%d of %d: %g, not %g", i, 2*n, dst.slice()[i], want)
			}
		}
		d.Round(dst.slice(), src, 2, op.Grid{}, true)
		dst.check(t, "Round to own")
		for i, x := range src {
			own := op.GridOf(src[i/n*n : i/n*n+n])
			if want := own.Nearest(x); dst.slice()[i] != want {
				t.Fatalf("%d of %d, own grid: %g, not %g", i, 2*n, dst.slice()[i], want)
			}
		}
	}
}
