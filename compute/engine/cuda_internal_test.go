//go:build gpu && cgo && linux

package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/cpu"
	"gaze/compute/engine/cuda"
	"gaze/compute/engine/cuda/fakegpu"
	"gaze/compute/engine/lower"
	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// switching is how far gradients may be away where activations switched.
const switching = 5e-2

// fakeGPU opens the device of the fake GPU.
func fakeGPU(t *testing.T, opt cuda.Options) *cuda.Device {
	t.Helper()
	fakegpu.Use(t)
	d, err := cuda.Open(0, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// small builds a network for pictures of that size.
func small(t *testing.T, name string, src zoo.Source, side int) *models.Network {
	t.Helper()
	net, err := zoo.Build(name, src)
	if err != nil {
		t.Fatal(err)
	}
	in := net.Input
	in.Height, in.Width, in.Fit = side, side, models.FitStretch
	if net, err = net.Resized(in); err != nil {
		t.Fatal(err)
	}
	return net
}

// runLowered returns logits, and activations and gradients of all taps. The second run
// is for another seed, so that the way forward is not repeated.
func runLowered(t *testing.T, dev machine.Device, low *lower.Graph, input []float32) map[string][]float32 {
	t.Helper()
	m, err := machine.New(dev, append(gorgonia.Nodes{low.Logits}, low.Taps...), low.Gradients)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	if list := m.Copied(); len(list) > 0 {
		t.Errorf("operations without a kernel: %v", list)
	}
	if err := m.Let(low.Input, input); err != nil {
		t.Fatal(err)
	}
	values := make(map[string][]float32)
	for run := range 2 {
		seed := make([]float32, low.Logits.Shape().TotalSize())
		for i := range seed {
			seed[i] = float32((7*i+3*run)%5) - 1
		}
		if err := m.Let(low.Seed, seed); err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		keep := func(name string, n *gorgonia.Node) {
			v, err := m.Value(n)
			if err != nil {
				t.Fatal(err)
			}
			values[fmt.Sprint(name, run)] = slices.Clone(v)
		}
		keep("logits ", low.Logits)
		for i := range low.Taps {
			keep(fmt.Sprint("activation ", i, " "), low.Taps[i])
			keep(fmt.Sprint("gradient ", i, " "), low.Gradients[i])
		}
	}
	return values
}

// switched counts the elements whose activation lets gradients pass on one
// device and not on the other, which happens where the input is so near a limit
// that the order of summing decides. It fails where they are not.
func switched(t *testing.T, low *lower.Graph, input []float32, a, b machine.Device) (n int) {
	t.Helper()
	var gated gorgonia.Nodes
	var limits []op.Activation
	for _, node := range low.Logits.Graph().AllNodes() {
		if o, ok := node.Op().(op.ActivateGrad); ok {
			gated, limits = append(gated, machine.Operands(node)[0]), append(limits, o.Activation)
		}
	}
	outputs := func(dev machine.Device) [][]float32 {
		m, err := machine.New(dev, gated)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if err := m.Let(low.Input, input); err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		var list [][]float32
		for _, n := range gated {
			v, err := m.Value(n)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, slices.Clone(v))
		}
		return list
	}
	one, other := outputs(a), outputs(b)
	for i := range one {
		lo, hi := limits[i].Limits()
		scale := slices.Max(one[i])
		for j, v := range one[i] {
			w := other[i][j]
			if (v > lo && v < hi) == (w > lo && w < hi) {
				continue
			}
			n++
			if d := max(v-w, w-v); !(d <= 1e-5*scale) {
				t.Errorf("%v: an element is %v on one device and %v on the other", gated[i].Op(), v, w)
			}
		}
	}
	return n
}

// TestNetworksOnGPU runs whole networks forward and back on the fake GPU. The
// gradients may be further away where activations switched.
func TestNetworksOnGPU(t *testing.T) {
	for _, c := range []struct {
		name        string
		side, batch int
		layers      []string
		tf32        bool
		within      float64
	}{
		{"squeezenet1_1", 64, 1, []string{"features.12", "features.4"}, false, 1e-4},
		{"squeezenet1_1", 64, 2, []string{"features.12", "features.4"}, false, 1e-4},
		{"resnet18", 64, 1, []string{"layer4", "layer2"}, false, 1e-4},
		{"mobilenet_v2", 64, 1, []string{"features.18", "features.4"}, false, 1e-4},
		{"densenet121", 64, 1, []string{"features.norm5", "features.denseblock2"}, false, 1e-4},
		{"squeezenet1_1", 64, 1, []string{"features.12"}, true, 2e-2},
		{"deit_tiny_patch16_224", 48, 2, []string{"blocks.11.norm1", "blocks.3"}, false, 1e-4},
		{"swin_t", 64, 2, []string{"norm", "features.3.0.norm1"}, false, 1e-4},
		{"swin_v2_t", 64, 1, []string{"norm", "features.3.0.norm1"}, false, 1e-4},
	} {
		t.Run(fmt.Sprintf("%s, %d, tf32 %t", c.name, c.batch, c.tf32), func(t *testing.T) {
			net := small(t, c.name, weights.Formula{Classes: 10}, c.side)
			input := make([]float32, 0, c.batch*3*c.side*c.side)
			for i := range c.batch {
				input = append(input, floats(weights.FormulaTensor(fmt.Sprint("input", i), 1, 3, c.side, c.side))...)
			}
			low, err := lower.Network(net, c.batch, c.layers, lower.NewFolds())
			if err != nil {
				t.Fatal(err)
			}
			cores, err := cpu.Open(0, true)
			if err != nil {
				t.Fatal(err)
			}
			defer cores.Close()
			want := runLowered(t, cores, low, input)
			gpu := fakeGPU(t, cuda.Options{TF32: c.tf32})
			got := runLowered(t, gpu, low, input)
			n := 0
			for name, v := range want {
				d := distance(got[name], v)
				if d <= c.within {
					continue
				}
				if strings.HasPrefix(name, "gradient") && n == 0 && !c.tf32 {
					n = switched(t, low, input, cores, gpu)
				}
				if n == 0 || !strings.HasPrefix(name, "gradient") || !(d <= switching) {
					t.Errorf("%s is %.2g away from the CPU's, %d activations switched", name, d, n)
				}
			}
		})
	}
}

// blank is a source of parameters that are zero, which share memory.
type blank struct{ zeros []float32 }

func (b *blank) Param(_ string, shape ...int) (*tensor.Dense, error) {
	shape = slices.Clone(shape)
	for i, side := range shape {
		if side < 0 {
			shape[i] = 10
		}
	}
	n := tensor.Shape(shape).TotalSize()
	if n > len(b.zeros) {
		b.zeros = make([]float32, n)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(b.zeros[:n:n])), nil
}

// TestZooHasKernels: every operation of every network, forward, back and for
// the second derivatives, is one that the GPU computes itself.
func TestZooHasKernels(t *testing.T) {
	d := fakeGPU(t, cuda.Options{})
	known := make(map[string]bool)
	src := &blank{}
	for _, name := range zoo.Names() {
		net, err := zoo.Build(name, src)
		if err != nil {
			t.Fatal(err)
		}
		layer := net.DefaultLayer()
		low, err := lower.Network(net, 2, []string{layer, firstSpatial(net)}, lower.NewFolds())
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range low.Logits.Graph().AllNodes() {
			if n.Op() == nil {
				continue
			}
			var in []machine.Operand
			constant := true
			for _, c := range machine.Operands(n) {
				o := machine.Operand{Shape: c.Shape()}
				if v := c.Value(); v != nil {
					o.Value = v.Data().([]float32)
				}
				constant = constant && o.Value != nil
				in = append(in, o)
			}
			kind := fmt.Sprintf("%T", n.Op())
			switch o := n.Op().(type) {
			case op.Pointwise:
				kind += string(o.Function.Kind)
			case op.PointwiseGrad:
				kind += string(o.Function.Kind)
			case op.Conv:
				// Their weights are what matters: large ones need no packing here.
				if in[1].Value == nil || o.Scaled && in[3].Value == nil {
					t.Errorf("%s: the weight of %v is not constant", name, o)
				}
			case op.ConvGrad:
				if in[1].Value == nil || o.Scaled && in[2].Value == nil {
					t.Errorf("%s: the weight of %v is not constant", name, o)
				}
			}
			if known[kind] {
				continue
			}
			known[kind] = true
			launch, err := d.Prepare(n.Op(), n.Shape(), in)
			if err != nil {
				t.Fatal(err)
			}
			if launch == nil {
				t.Errorf("%s: %v (%T) has no kernel", name, n.Op(), n.Op())
			}
		}
	}
	if len(known) < 20 {
		t.Errorf("only %d kinds of operations were seen", len(known))
	}
}

// firstSpatial is the first layer with an extent in space.
func firstSpatial(net *models.Network) string {
	for _, l := range net.Layers {
		if l.Spatial() {
			return l.Name
		}
	}
	return ""
}
