package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// convolve is the definition of convolution in float64, with the sum of the
// products' sizes, which rounding errors are proportional to.
func convolve(g Geometry, src, weight []float32) (out, size []float64) {
	g = g.filled()
	out = make([]float64, g.Batch*g.OutC*g.OutH*g.OutW)
	size = make([]float64, len(out))
	eachConnection(g, func(in, out64, w int) {
		p := float64(src[in]) * float64(weight[w])
		out[out64] += p
		size[out64] += math.Abs(p)
	})
	return out, size
}

// eachConnection calls f for each product of the definition, with indices into
// the input, the output and the weights.
func eachConnection(g Geometry, f func(in, out, weight int)) {
	g = g.filled()
	inC, outC := g.InC/g.Groups, g.OutC/g.Groups
	for b := range g.Batch {
		for o := range g.OutC {
			for y := range g.OutH {
				for x := range g.OutW {
					for i := range inC {
						for ky := range g.Kernel[0] {
							for kx := range g.Kernel[1] {
								iy := y*g.Stride[0] + ky*g.Dilation[0] - g.Pad[0]
								ix := x*g.Stride[1] + kx*g.Dilation[1] - g.Pad[1]
								if iy < 0 || iy >= g.InH || ix < 0 || ix >= g.InW {
									continue
								}
								f(b*g.inImage()+((o/outC*inC+i)*g.InH+iy)*g.InW+ix,
									((b*g.OutC+o)*g.OutH+y)*g.OutW+x,
									((o*inC+i)*g.Kernel[0]+ky)*g.Kernel[1]+kx)
							}
						}
					}
				}
			}
		}
	}
}

func randomSlice(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

// guarded is a slice with n floats between canaries, which no kernel may
// change; reading beyond it is seen because the canaries are NaN.
type guarded struct {
	all   []float32
	n     int
	guard int
}

const canary = 0x7fc12345

func newGuarded(n int) guarded {
	g := guarded{make([]float32, n+2*300), n, 300}
	for i := range g.all {
		if i < 300 || i >= 300+n {
			g.all[i] = math.Float32frombits(canary)
		}
	}
	return g
}

func guardedCopy(s []float32) guarded {
	g := newGuarded(len(s))
	copy(g.slice(), s)
	return g
}

func (g guarded) slice() []float32 { return g.all[g.guard : g.guard+g.n : g.guard+g.n] }

func (g guarded) check(t *testing.T, name string) {
	t.Helper()
	for i, v := range g.all {
		if (i < g.guard || i >= g.guard+g.n) && math.Float32bits(v) != canary {
			t.Fatalf("%s: written at %d of %d", name, i-g.guard, g.n)
		}
	}
}

// randomGeometry draws a convolution; unusual ones are usual here.
func randomGeometry(r *rand.Rand) Geometry {
	for {
		pick := func(v ...int) int { return v[r.IntN(len(v))] }
		g := Geometry{Batch: pick(1, 1, 2, 3), Groups: 1}
		g.InC, g.OutC = 1+r.IntN(20), 1+r.IntN(40)
		g.InH, g.InW = 1+r.IntN(20), 1+r.IntN(40)
		switch r.IntN(12) {
		case 0:
			g.InH, g.InW = 1, 1
			g.InC, g.OutC = 1+r.IntN(600), 1+r.IntN(100)
		case 1:
			g.InC = 250 + r.IntN(300)
			g.InH, g.InW = 1+r.IntN(7), 1+r.IntN(7)
		case 2:
			g.InH, g.InW = 32, 32
		case 3:
			g.InC = 3
			g.InH, g.InW = 20+r.IntN(40), 20+r.IntN(80)
		}
		switch r.IntN(6) {
		case 0, 1:
			g.Kernel = [2]int{1, 1}
		case 2:
			g.Kernel = [2]int{1 + r.IntN(7), 1 + r.IntN(7)}
		default:
			k := pick(3, 3, 3, 5, 7)
			g.Kernel = [2]int{k, k}
		}
		g.Stride, g.Dilation = [2]int{1, 1}, [2]int{1, 1}
		switch r.IntN(5) {
		case 0:
			g.Stride = [2]int{2, 2}
		case 1:
			g.Stride = [2]int{1 + r.IntN(4), 1 + r.IntN(4)}
		case 2:
			g.Dilation = [2]int{1 + r.IntN(3), 1 + r.IntN(3)}
		}
		switch r.IntN(4) {
		case 0: // same
			for i := range 4 {
				g.Pad[i] = (g.Kernel[i%2] - 1) * g.Dilation[i%2] / 2
			}
		case 1:
			for i := range 4 {
				g.Pad[i] = r.IntN(4)
			}
		}
		switch r.IntN(6) {
		case 0:
			g.Groups = 1 + r.IntN(4)
			g.InC = g.Groups * (1 + r.IntN(9))
			g.OutC = g.Groups * (1 + r.IntN(9))
		case 1: // depthwise
			g.Groups = g.InC
			g.OutC = g.InC * pick(1, 1, 1, 2)
		}
		g.OutH = (g.InH+g.Pad[0]+g.Pad[2]-g.Dilation[0]*(g.Kernel[0]-1)-1)/g.Stride[0] + 1
		g.OutW = (g.InW+g.Pad[1]+g.Pad[3]-g.Dilation[1]*(g.Kernel[1]-1)-1)/g.Stride[1] + 1
		if g.filled().check() == nil && g.MACs() < 1e6 {
			return g
		}
	}
}

// eachLevel runs a test for each instruction set that the processor has, on
// one thread and on several.
func eachLevel(t *testing.T, f func(t *testing.T, d *Device)) {
	for _, level := range Levels() {
		for _, threads := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/%d", string(level), threads), func(t *testing.T) {
				d, err := NewLevel(threads, level)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				f(t, d)
			})
		}
	}
}

// shapes is the number of random shapes to test: fewer with several threads,
// which only part the same work, and in a short run.
func shapes(d *Device, n int) int {
	if testing.Short() {
		n /= 5
	}
	if d.Threads() > 1 {
		return n / 4
	}
	return n
}

func TestConvIsTheDefinition(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(1, 2))
		for range shapes(d, 300) {
			g := randomGeometry(r)
			// Weights are read where they are, or packed.
			d.large = []int{1, largeMatrix}[r.IntN(2)]
			testConv(t, d, r, g, Direct)
		}
	})
}

// Many weights are read where they are: all tiles, whole and partial ones, over
// several blocks of depths that no vector divides.
func TestManyWeightsAreReadWhereTheyAre(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		d.large = 1
		r := rand.New(rand.NewPCG(5, 6))
		for _, size := range [][2]int{{1, 1}, {1, 2}, {5, 5}, {7, 7}, {4, 12}, {6, 13}, {14, 14}} {
			for _, inC := range []int{1, 3, 16, 301} {
				g := Geometry{
					Batch: 1, InC: inC, InH: size[0], InW: size[1], OutC: 24, OutH: size[0], OutW: size[1], Kernel: [2]int{1, 1},
				}
				testConv(t, d, r, g, Direct)
				if c, err := d.NewConv(g, make([]float32, 24*inC), nil, Direct); err != nil || c.Bytes() != 0 {
					t.Errorf("%+v: its weights take %d bytes more, %v", g, c.Bytes(), err)
				}
			}
		}
	})
}

func TestWinogradIsTheDefinition(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(3, 4))
		for range shapes(d, 100) {
			g := Geometry{
				Batch: 1 + r.IntN(2), InC: 1 + r.IntN(20), OutC: 1 + r.IntN(20),
				InH: 1 + r.IntN(30), InW: 1 + r.IntN(80), Kernel: [2]int{3, 3},
			}
			if r.IntN(2) == 0 {
				g.Pad = [4]int{1, 1, 1, 1}
			} else {
				g.Pad = [4]int{r.IntN(3), r.IntN(3), r.IntN(3), r.IntN(3)}
			}
			g.OutH, g.OutW = g.InH+g.Pad[0]+g.Pad[2]-2, g.InW+g.Pad[1]+g.Pad[3]-2
			if g.OutH < 1 || g.OutW < 1 || g.MACs() > 2e6 {
				continue
			}
			testConv(t, d, r, g, Winograd)
			testConv(t, d, r, g, SmallWinograd)
		}
	})
}

func testConv(t *testing.T, d *Device, r *rand.Rand, g Geometry, algorithm Algorithm) {
	t.Helper()
	g = g.filled()
	weight := guardedCopy(randomSlice(r, g.OutC*g.InC/g.Groups*g.Kernel[0]*g.Kernel[1])).slice()
	src := guardedCopy(randomSlice(r, g.inLen()))
	var scale []float32
	if r.IntN(2) == 0 {
		scale = guardedCopy(randomSlice(r, g.OutC)).slice()
	}
	c, err := d.NewConv(g, weight, scale, algorithm)
	if err != nil {
		t.Fatalf("%+v: %v", g, err)
	}
	given := weight
	if scale != nil {
		weight = slices.Clone(weight)
		for i := range weight {
			weight[i] *= scale[i/(len(weight)/g.OutC)]
		}
	}
	if g.Batch > 1 && r.IntN(2) == 0 {
		single := g
		single.Batch = 1
		if c, err = d.NewConv(single, given, scale, algorithm); err != nil {
			t.Fatalf("%+v: %v", single, err)
		}
		c = c.Batched(g.Batch)
	}
	name := fmt.Sprintf("%v %+v", c.Algorithm(), g)
	want, size := convolve(g, src.slice(), weight)
	image := g.OutC * g.OutH * g.OutW
	bound := map[Algorithm]float64{Winograd: WinogradError, SmallWinograd: SmallWinogradError}[c.Algorithm()]
	winogradError := bound * math.Sqrt(float64(g.InC)) * largest(weight) * largest(src.slice())

	var bias, residual []float32
	act := []Activation{None, ReLU, ReLU6}[r.IntN(3)]
	if r.IntN(2) == 0 {
		bias = randomSlice(r, g.OutC)
	}
	dst := newGuarded(g.outLen())
	inPlace := false
	if r.IntN(2) == 0 {
		residual = randomSlice(r, g.Batch*image)
		if r.IntN(2) == 0 {
			inPlace = true
			copy(dst.slice(), residual)
		}
	}
	if inPlace {
		c.Forward(dst.slice(), src.slice(), bias, dst.slice(), act)
	} else {
		c.Forward(dst.slice(), src.slice(), bias, residual, act)
	}
	dst.check(t, name)
	got := dst.slice()
	for i := range want {
		v := want[i]
		if bias != nil {
			v += float64(bias[i/(g.OutH*g.OutW)%g.OutC])
		}
		if residual != nil {
			v += float64(residual[i])
		}
		v = min(max(v, float64(act.limits().lo)), float64(act.limits().hi))
		tolerance := 1e-5 + 2e-6*size[i]
		if bound > 0 {
			tolerance = winogradError
		}
		if e := math.Abs(float64(got[i]) - v); !(e <= tolerance) {
			t.Fatalf("%s: out[%d] = %v, want %v, bias %v residual %v act %v", name, i, got[i], v, bias != nil, residual != nil, act)
		}
	}

	dy := guardedCopy(randomSlice(r, g.outLen()))
	if r.IntN(3) == 0 {
		// The gradient of one class has few channels that are not zero.
		for b := range g.Batch {
			for ch := range g.OutC {
				if r.IntN(g.OutC) > 0 {
					clear(dy.slice()[b*g.outImage()+ch*g.OutH*g.OutW:][:g.OutH*g.OutW])
				}
			}
		}
	}
	dx := newGuarded(g.inLen())
	c.Backward(dx.slice(), dy.slice())
	dx.check(t, name)
	winogradError = bound * math.Sqrt(float64(g.OutC)) * largest(weight) * largest(dy.slice())
	wantDx := make([]float64, g.inLen())
	sizeDx := make([]float64, g.inLen())
	eachConnection(g, func(in, out, w int) {
		p := float64(dy.slice()[out]) * float64(weight[w])
		wantDx[in] += p
		sizeDx[in] += math.Abs(p)
	})
	for i, v := range wantDx {
		tolerance := 1e-5 + 2e-6*sizeDx[i]
		if bound > 0 {
			tolerance = winogradError
		}
		if e := math.Abs(float64(dx.slice()[i]) - v); !(e <= tolerance) {
			t.Fatalf("%s: dx[%d] = %v, want %v", name, i, dx.slice()[i], v)
		}
	}
}

// largest is the largest size of a number.
func largest(s []float32) float64 {
	m := 0.
	for _, v := range s {
		m = max(m, math.Abs(float64(v)))
	}
	return m
}
