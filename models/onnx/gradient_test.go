package onnx_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
	"gaze/models/onnx"
)

// tapped returns a class's logit and layers of a network with their gradients.
func tapped(t *testing.T, net *models.Network, picture array, class int, layers ...string) []cam.Layer {
	t.Helper()
	engine, err := compute.Open(net, compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	input := tensor.New(tensor.WithShape(picture.shape...), tensor.Of(tensor.Float32))
	for i, v := range picture.values {
		data(input)[i] = float32(v)
	}
	recipe, err := compute.Recipe{Layers: layers, Class: class}.Check(net)
	if err != nil {
		t.Fatal(err)
	}
	passes, err := engine.Run(t.Context(), recipe, &compute.Subject{Input: input})
	if err != nil {
		t.Fatal(err)
	}
	var list []cam.Layer
	for _, l := range passes[0].Layers {
		list = append(list, l.Layer)
	}
	return list
}

// after computes the outputs of a network, layer by layer in float64, with a layer's
// output replaced.
func after(net *models.Network, picture array, layer string, instead array) []float64 {
	have := map[string]array{models.InputName: picture}
	for _, l := range net.Layers {
		var in []array
		for _, name := range l.Inputs {
			in = append(in, have[name])
		}
		have[l.Name] = runLayer(l, in)
		if l.Name == layer {
			have[l.Name] = instead
		}
	}
	return have[net.Logits().Name].values
}

// TestGradientOfGrey compares the gradient of a network of one channel with finite
// differences.
func TestGradientOfGrey(t *testing.T) {
	net := readCase(t, "nhwc_gray", onnx.Options{})
	picture := drawnPicture(t, net)
	const class, layer = 1, "c1"
	l := tapped(t, net, picture, class, layer)[0]
	at := zeros(1, l.Channels, l.Height, l.Width)
	for i, v := range l.Activation {
		at.values[i] = float64(v)
	}
	const h = 1e-4
	for i := 3; i < len(at.values); i += 97 {
		v := at.values[i]
		if math.Abs(v) < 2*h {
			continue
		}
		at.values[i] = v + h
		up := after(net, picture, layer, at)[class]
		at.values[i] = v - h
		down := after(net, picture, layer, at)[class]
		at.values[i] = v
		if want := (up - down) / (2 * h); math.Abs(float64(l.Gradient[i])-want) > 1e-5 {
			t.Errorf("element %d: %g, not %g", i, l.Gradient[i], want)
		}
	}
}

// TestGradientOfQuantised has a network that rounds after each convolution. Behind the
// last rounding there is a mean over 12x12 pixels and a matrix, so the gradient there
// is the matrix over 144. It passes the rounding where the number lies within its
// range, and a step of it is what finite differences of that size see.
func TestGradientOfQuantised(t *testing.T) {
	net := readCase(t, "qlinearconv", onnx.Options{})
	picture := drawnPicture(t, net)
	const class = 1
	fc := parameter(models.Layer{Params: net.Logits().Params}, "weight")
	layers := tapped(t, net, picture, class, "r2q/rounded", "r2q", "r1q/rounded")
	rounded, exact, before := layers[0], layers[1], layers[2]
	const step, top = 0.02, 255 * 0.02
	passing := 0
	for i, g := range rounded.Gradient {
		channel := i / (rounded.Height * rounded.Width)
		if want := fc.values[class*rounded.Channels+channel] / 144; math.Abs(float64(g)-want) > 1e-7 {
			t.Fatalf("element %d: %g, not %g", i, g, want)
		}
		if d := math.Abs(float64(rounded.Activation[i] - min(max(exact.Activation[i], 0), top))); d > step/2+1e-6 {
			t.Fatalf("element %d: %g is rounded to %g", i, exact.Activation[i], rounded.Activation[i])
		}
		want := g
		if exact.Activation[i] <= 0 || exact.Activation[i] >= top {
			want = 0
		} else {
			passing++
		}
		if exact.Gradient[i] != want {
			t.Fatalf("element %d of %g: the gradient before rounding is %g, not %g", i, exact.Activation[i], exact.Gradient[i], want)
		}
	}
	if passing == 0 {
		t.Error("no gradient passes")
	}
	// The layer before, by finite differences without the rounding that follows: through
	// it, the derivative of the exact sum.
	conv, _ := net.Layer("r2q")
	at := zeros(1, before.Channels, before.Height, before.Width)
	for i, v := range before.Activation {
		at.values[i] = float64(v)
	}
	logit := func() float64 {
		y := runLayer(conv, []array{at})
		sum := 0.0
		for i, v := range y.values {
			sum += min(max(v, 0), top) * fc.values[class*rounded.Channels+i/144] / 144
		}
		return sum
	}
	const h = 1e-5
	for i := 5; i < len(at.values); i += 101 {
		v := at.values[i]
		at.values[i] = v + h
		up := logit()
		at.values[i] = v - h
		want := (up - logit()) / (2 * h)
		at.values[i] = v
		if math.Abs(float64(before.Gradient[i])-want) > 1e-6 {
			t.Errorf("element %d before the convolution: %g, not %g", i, before.Gradient[i], want)
		}
	}
}
