package cpu

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// attentionCase is an attention of heads of that depth.
type attentionCase struct {
	batch, depth, height, width int
	op.AttentionParams
}

func attentionCases(t *testing.T) []attentionCase {
	t.Helper()
	// Windows of 7x7 in a picture of 14x21, the last column of them in a group of its own.
	var positions, groups []int32
	for w := range 6 {
		for i := range 49 {
			positions = append(positions, int32((w/3*7+i/7)*21+w%3*7+i%7))
		}
		groups = append(groups, int32(w%3/2))
	}
	windows, err := op.NewWindows(49, positions, groups)
	if err != nil {
		t.Fatal(err)
	}
	// Windows of 7x7 in a picture of 10x8.
	var padding []int32
	for w := range 4 {
		for i := range 49 {
			y, x := w/2*7+i/7, w%2*7+i%7
			at := int32(-1)
			if y < 10 && x < 8 {
				at = int32(y*8 + x)
			}
			padding = append(padding, at)
		}
	}
	padded, err := op.NewWindows(49, padding, []int32{0, 1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	return []attentionCase{
		{1, 32, 10, 8, op.AttentionParams{Heads: 2, Scale: 0.2, Windows: padded, Biased: true}},
		{1, 64, 197, 1, op.AttentionParams{Heads: 3, Scale: 0.125}},
		{2, 20, 50, 1, op.AttentionParams{Heads: 2, Scale: 0.2, Biased: true}},
		{1, 9, 577, 1, op.AttentionParams{Heads: 1, Scale: 0.3}},
		{1, 160, 33, 1, op.AttentionParams{Heads: 1, Scale: 0.1}},
		{1, 32, 14, 21, op.AttentionParams{Heads: 3, Scale: 0.2, Windows: windows, Biased: true}},
		{2, 12, 14, 21, op.AttentionParams{Heads: 1, Scale: 0.3, Windows: windows}},
	}
}

// numbers are from -1 to 1, of that shape.
func numbers(rng *rand.Rand, shape ...int) *tensor.Dense {
	values := make([]float32, tensor.Shape(shape).TotalSize())
	for i := range values {
		values[i] = 2*rng.Float32() - 1
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

func TestAttentionIsItsDefinition(t *testing.T) {
	for i, c := range attentionCases(t) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, uint64(i)))
			channels := c.Heads * c.depth
			in := []gorgonia.Value{numbers(rng, c.batch, 3*channels, c.height, c.width)}
			var bias, padding []float32
			if c.Biased {
				_, each := c.Count(c.height * c.width)
				b := numbers(rng, 2, c.Heads, each, each)
				in, bias = append(in, b), b.Data().([]float32)
			}
			if c.Padded() {
				p := numbers(rng, 3*channels)
				in, padding = append(in, p), p.Data().([]float32)
			}
			dy := numbers(rng, c.batch, channels, c.height, c.width)
			y, err := op.NewAttention(c.AttentionParams).Do(in...)
			if err != nil {
				t.Fatal(err)
			}
			dx, err := op.NewAttentionGrad(c.AttentionParams).Do(append(in, dy)...)
			if err != nil {
				t.Fatal(err)
			}
			eachLevel(t, func(t *testing.T, d *Device) {
				a, err := d.NewAttention(c.AttentionParams, bias, padding, c.batch, channels, c.height*c.width)
				if err != nil {
					t.Fatal(err)
				}
				x := in[0].Data().([]float32)
				gotY, gotDX := make([]float32, y.Size()), make([]float32, dx.Size())
				a.Forward(gotY, x)
				a.Backward(gotDX, dy.Data().([]float32), x)
				near(t, "attention", gotY, doubles(y), 1e-5)
				near(t, "attention, back", gotDX, doubles(dx), 1e-5)
			})
		})
	}
}

// doubles are a value's numbers.
func doubles(v gorgonia.Value) []float64 {
	var list []float64
	for _, x := range v.Data().([]float32) {
		list = append(list, float64(x))
	}
	return list
}

// TestAttentionAllocatesNothing in a steady run.
func TestAttentionAllocatesNothing(t *testing.T) {
	d, err := New(2)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	a, err := d.NewAttention(op.AttentionParams{Heads: 3, Scale: 0.125}, nil, nil, 1, 192, 197)
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float32, 3*192*197), make([]float32, 192*197)
	a.Forward(y, x)
	a.Backward(x, y, make([]float32, len(x)))
	if n := testing.AllocsPerRun(5, func() { a.Forward(y, x) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkAttention are a block of ViT-B/16, of DeiT-tiny and of Swin-T's first stage.
func BenchmarkAttention(b *testing.B) {
	var positions, groups []int32
	for w := range 64 {
		for i := range 49 {
			positions = append(positions, int32((w/8*7+i/7)*56+w%8*7+i%7))
		}
		groups = append(groups, 0)
	}
	windows, err := op.NewWindows(49, positions, groups)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		depth int
		size  int
		op.AttentionParams
	}{
		{"vit_b_16", 64, 197, op.AttentionParams{Heads: 12, Scale: 0.125}},
		{"deit_tiny", 64, 197, op.AttentionParams{Heads: 3, Scale: 0.125}},
		{"swin_t", 32, 3136, op.AttentionParams{Heads: 3, Scale: 0.18, Windows: windows, Biased: true}},
	} {
		d, err := New(0)
		if err != nil {
			b.Fatal(err)
		}
		defer d.Close()
		var bias []float32
		if c.Biased {
			bias = make([]float32, 3*49*49)
		}
		channels := c.Heads * c.depth
		a, err := d.NewAttention(c.AttentionParams, bias, nil, 1, channels, c.size)
		if err != nil {
			b.Fatal(err)
		}
		x := numbers(rand.New(rand.NewPCG(1, 1)), 3*channels*c.size).Data().([]float32)
		y, dx := make([]float32, channels*c.size), make([]float32, len(x))
		_, each := c.Count(c.size)
		flops := 4 * float64(channels) * float64(c.size) * float64(each)
		b.Run(c.name+"/forward", func(b *testing.B) {
			for b.Loop() {
				a.Forward(y, x)
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
		b.Run(c.name+"/backward", func(b *testing.B) {
			for b.Loop() {
				a.Backward(dx, y, x)
			}
			b.ReportMetric(2.5*flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
	}
}
