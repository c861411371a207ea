package cpu

import (
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"gaze/compute/engine/op"
	"gaze/compute/race"
	"gaze/models"
)

func TestLevelFromTheEnvironment(t *testing.T) {
	t.Setenv(LevelVariable, "generic")
	d, err := New(2)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.Level() != Generic || d.Describe() != "portable code, 2 threads" {
		t.Errorf("got %v: %s", d.Level(), d.Describe())
	}
	t.Setenv(LevelVariable, "mmx")
	if _, err := New(1); err == nil || !strings.Contains(err.Error(), LevelVariable+"=mmx") {
		t.Errorf("an unknown level gives %v", err)
	}
}

func TestEveryPartIsDoneOnce(t *testing.T) {
	p := newPool(4)
	defer p.close()
	var counts [1000]int
	var mu sync.Mutex
	j := job{do: func(worker, part int) {
		if worker < 0 || worker > 3 {
			t.Errorf("worker %d", worker)
		}
		mu.Lock()
		counts[part]++
		mu.Unlock()
	}}
	for round := 1; round <= 300; round++ {
		parts := round % 37
		clear(counts[:])
		p.run(&j, parts)
		for i, n := range counts {
			if want := min(1, max(0, parts-i)); n != want {
				t.Fatalf("round %d: part %d of %d was done %d times", round, i, parts, n)
			}
		}
	}
}

func TestCallersTakeTurns(t *testing.T) {
	d, err := New(3)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r := rand.New(rand.NewPCG(13, 14))
	g := layerGeometry(16, 24, 20, 3, 1)
	c, err := d.NewConv(g, randomSlice(r, 24*16*9), nil, Direct)
	if err != nil {
		t.Fatal(err)
	}
	src := randomSlice(r, 16*20*20)
	want := make([]float32, 24*20*20)
	c.Forward(want, src, nil, nil, ReLU)
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			got, dx := make([]float32, len(want)), make([]float32, len(src))
			for range 20 {
				c.Forward(got, src, nil, nil, ReLU)
				c.Backward(dx, got)
				d.Add(got, got, got, None)
				for i := range got {
					if got[i] != 2*want[i] {
						t.Errorf("out[%d] = %v, want %v", i, got[i], 2*want[i])
						return
					}
				}
			}
		})
	}
	callers.Wait()
}

func TestNothingIsAllocatedInASteadyRun(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		r := rand.New(rand.NewPCG(15, 16))
		a, b := randomSlice(r, 1<<17), make([]float32, 1<<17)
		for name, g := range map[string]Geometry{
			"1x1": layerGeometry(16, 20, 28, 1, 1), "3x3": layerGeometry(16, 20, 28, 3, 1),
			"7x7/2": layerGeometry(3, 16, 50, 7, 2),
		} {
			algorithms := []Algorithm{Direct}
			if g.filled().winogradPossible() {
				algorithms = append(algorithms, Winograd, SmallWinograd)
			}
			for _, algorithm := range algorithms {
				c, err := d.NewConv(g, randomSlice(r, g.InC*g.OutC*g.Kernel[0]*g.Kernel[1]), nil, algorithm)
				if err != nil {
					t.Fatal(err)
				}
				bias := make([]float32, g.OutC)
				if n := testing.AllocsPerRun(5, func() {
					c.Forward(b, a, bias, nil, ReLU)
					c.Backward(b, a)
				}); n != 0 {
					t.Errorf("%s: %v allocations", name, n)
				}
			}
		}
		p := Pooling{Batch: 1, C: 8, InH: 20, InW: 20, OutH: 10, OutW: 10, Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}}
		if n := testing.AllocsPerRun(5, func() {
			d.MaxPool(b, a, p)
			d.MaxPoolBackward(b, a[:p.C*100], a, p)
			d.AvgPool(b, a, p)
			d.GlobalAvgPool(b, a, 64, 49)
			d.Linear(b, a, a, nil, 1, 128, 64, None)
			d.LinearBackward(b, a, a, 1, 128, 64)
			d.Add(b, a, a, ReLU)
			d.Softmax(b, a, 2, 10, 5)
			d.SoftmaxBackward(b, a, a, 2, 10, 5)
			d.Softmax(b, a, 5, 20, 1)
			d.SoftmaxBackward(b, a, a, 5, 20, 1)
			d.LayerNorm(b, a, a[:20], a[:20], 5, 1, 1e-5)
			d.LayerNormBackward(b, a, a, a[:20], 5, 1, 1e-5)
			d.Apply(b, a, op.Function{Kind: models.SiLU})
			d.ApplyBackward(b, a, a, op.Function{Kind: models.SiLU})
			d.PReLU(b, a, a[:1], 2, 10, 5)
		}); n != 0 {
			t.Errorf("other operations: %v allocations", n)
		}
	})
}

func TestMistakesPanic(t *testing.T) {
	d, err := New(1)
	if err != nil {
		t.Fatal(err)
	}
	g := layerGeometry(2, 3, 5, 3, 1)
	c, err := d.NewConv(g, make([]float32, 54), nil, Auto)
	if err != nil {
		t.Fatal(err)
	}
	mustPanic := func(want string, f func()) {
		t.Helper()
		defer func() {
			if v, _ := recover().(string); !strings.Contains(v, want) {
				t.Errorf("panic %q, want %q", v, want)
			}
		}()
		f()
	}
	mustPanic("dst has 74 elements, needs 75", func() { c.Forward(make([]float32, 74), make([]float32, 50), nil, nil, None) })
	mustPanic("src has 0 elements, needs 50", func() { c.Forward(make([]float32, 75), nil, nil, nil, None) })
	mustPanic("dy has 1 elements, needs 75", func() { c.Backward(make([]float32, 50), make([]float32, 1)) })
	mustPanic("weight has 1 elements, needs 6", func() { d.Linear(make([]float32, 2), make([]float32, 3), make([]float32, 1), nil, 1, 3, 2, None) })
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	mustPanic("the device is closed", func() { c.Forward(make([]float32, 75), make([]float32, 50), nil, nil, None) })
}

func TestGeometriesThatAreNone(t *testing.T) {
	d, err := New(1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for want, change := range map[string]func(*Geometry){
		"less than 1":                 func(g *Geometry) { g.InC = 0 },
		"padding is negative":         func(g *Geometry) { g.Pad[2] = -1 },
		"cannot be parted":            func(g *Geometry) { g.Groups = 2 },
		"does not give an output":     func(g *Geometry) { g.OutW = 6 },
		"54 weights, want 18":         func(g *Geometry) { g.OutC = 1 },
		"Winograd needs a 3x3 kernel": func(g *Geometry) { g.Stride, g.OutH, g.OutW = [2]int{2, 2}, 3, 3 },
	} {
		g := layerGeometry(2, 3, 5, 3, 1)
		change(&g)
		if _, err := d.NewConv(g, make([]float32, 54), nil, Winograd); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestWinogradError checks the documented bound over the shapes of VGG and
// ResNet layers, and that it is no wild guess.
func TestWinogradError(t *testing.T) {
	race.SkipNumbers(t)
	eachLevel(t, func(t *testing.T, d *Device) {
		testWinogradError(t, d, Winograd, WinogradError)
		testWinogradError(t, d, SmallWinograd, SmallWinogradError)
	})
}

func testWinogradError(t *testing.T, d *Device, algorithm Algorithm, bound float64) {
	t.Helper()
	r := rand.New(rand.NewPCG(17, 18))
	largest := 0.
	for _, inC := range []int{1, 3, 16, 64, 256, 512} {
		g := layerGeometry(inC, 8, 12, 3, 1)
		weight, src := make([]float32, 8*inC*9), make([]float32, inC*144)
		for i := range weight {
			weight[i] = 2*r.Float32() - 1
		}
		for i := range src {
			src[i] = 2*r.Float32() - 1
		}
		c, err := d.NewConv(g, weight, nil, algorithm)
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]float32, 8*144)
		c.Forward(dst, src, nil, nil, None)
		want, _ := convolve(g, src, weight)
		for i, v := range want {
			largest = max(largest, math.Abs(float64(dst[i])-v)/math.Sqrt(float64(inC)))
		}
	}
	if largest > bound || largest < bound/100 {
		t.Errorf("the error is %.2g times sqrt(InC), documented is %.2g", largest, bound)
	}
	t.Logf("largest error %.2g", largest)
}
