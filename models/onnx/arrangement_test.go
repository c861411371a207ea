package onnx_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/onnx"
	"gaze/models/onnx/internal/onnxpb"
)

// TestArrangements reads one network with its input in many orders, and compares
// the logits with those of the usual order. The picture has 6 rows and 8 columns.
func TestArrangements(t *testing.T) {
	turn := func(g *graph, from, to string, order ...int64) *graph {
		return g.op("Transpose", to, list(from), "perm", order)
	}
	add := func(g *graph, from, to string, at ...int64) *graph {
		return g.ints(to+" at", at...).op("Unsqueeze", to, list(from, to+" at"))
	}
	fold := func(g *graph, from, to string, shape ...int64) *graph {
		return g.ints(to+" shape", shape...).op("Reshape", to, list(from, to+" shape"))
	}
	rows := []struct {
		name     string
		channels int64
		input    []int64
		build    func(g *graph)
		guessed  bool
	}{
		{"NCHW", 3, sides(1, 3, 6, 8), func(g *graph) { g.op("Identity", "p", list("x")) }, false},
		{"NCHW, grey", 1, sides(1, 1, 6, 8), func(g *graph) { g.op("Identity", "p", list("x")) }, false},
		{"NCHW, channels open", 4, sides(1, 0, 6, 8), func(g *graph) { g.op("Relu", "p", list("x")) }, false},
		{"NHWC", 2, sides(0, 6, 8, 2), func(g *graph) { turn(g, "x", "p", 0, 3, 1, 2) }, false},
		{"NHWC, many channels", 7, sides(0, 6, 8, 7), func(g *graph) { turn(g, "x", "p", 0, 3, 1, 2) }, false},
		{"NHWC, channels open", 4, sides(0, 6, 8, 0), func(g *graph) { g.op("Neg", "n", list("x")); turn(g, "n", "p", 0, 3, 1, 2) }, false},
		{"NWHC", 3, sides(1, 8, 6, 3), func(g *graph) { turn(g, "x", "p", 0, 3, 2, 1) }, false},
		{"CHW", 3, sides(3, 6, 8), func(g *graph) { add(g, "x", "p", 0) }, false},
		{"HWC", 3, sides(6, 8, 3), func(g *graph) { turn(g, "x", "t", 2, 0, 1); add(g, "t", "p", 0) }, false},
		{"HWC with a batch first", 4, sides(6, 8, 4), func(g *graph) { add(g, "x", "u", 0); turn(g, "u", "p", 0, 3, 1, 2) }, false},
		{"NHW", 1, sides(0, 6, 8), func(g *graph) { add(g, "x", "p", 1) }, false},
		{"NHW with channels last", 1, sides(1, 6, 8), func(g *graph) { add(g, "x", "u", -1); turn(g, "u", "p", 0, 3, 1, 2) }, false},
		{"HW", 1, sides(6, 8), func(g *graph) { add(g, "x", "p", 0, 1) }, false},
		{"HW, reshaped", 1, sides(6, 8), func(g *graph) { fold(g, "x", "p", 1, 1, 6, 8) }, false},
		{"numbers in a row", 1, sides(0, 48), func(g *graph) { fold(g, "x", "p", -1, 1, 6, 8) }, false},
		{"numbers in a row, channels last", 3, sides(144), func(g *graph) { fold(g, "x", "f", 1, 6, 8, 3); turn(g, "f", "p", 0, 3, 1, 2) }, false},
		{"nothing tells", 5, sides(1, 6, 8, 5), func(g *graph) {
			g.op("Transpose", "a", list("x"), "perm", sides(3, 0, 1, 2)).op("Relu", "b", list("a")).op("Transpose", "p", list("b"), "perm", sides(1, 0, 2, 3))
		}, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			head := func(g *graph, from string) *graph {
				g.formula("w", 4, r.channels, 3, 3).op("Conv", "c", list(from, "w")).op("Relu", "r", list("c"))
				return g.op("GlobalAveragePool", "m", list("r")).op("Flatten", "y", list("m"))
			}
			g := newGraph(13, r.input...)
			r.build(g)
			net := decode(t, head(g, "p").file(t, "y"))
			if want := (models.Input{Height: 6, Width: 8, Channels: models.ChannelsFor(int(r.channels))}); net.Input.Height != want.Height || net.Input.Width != want.Width || net.Input.Channels != want.Channels {
				t.Fatalf("the input is %v", net.Input)
			}
			if said := strings.Join(net.Remarks(), "\n"); strings.Contains(said, "axes") != r.guessed {
				t.Errorf("says %q", said)
			}
			picture := zeros(net.Input.Shape()...)
			copy(picture.values, drawn(t, len(picture.values)))
			near(t, runLayers(net, picture).values, interpretUsual(t, r.name, head, picture), 1e-5)
		})
	}
}

// interpretUsual computes the network of head on the picture in the usual order, as
// the standard defines it.
func interpretUsual(t *testing.T, name string, head func(g *graph, from string) *graph, picture array) []float64 {
	t.Helper()
	shape := make([]int64, len(picture.shape))
	for i, side := range picture.shape {
		shape[i] = int64(side)
	}
	usual := newGraph(13, shape...)
	x := picture
	switch name {
	case "NCHW, channels open":
		usual.op("Relu", "first", list("x"))
	case "NHWC, channels open":
		usual.op("Neg", "first", list("x"))
	case "nothing tells":
		usual.op("Relu", "first", list("x"))
	default:
		usual.op("Identity", "first", list("x"))
	}
	return interpret(head(usual, "first"), x, "y").values
}

// TestArrangementsBySides has inputs of which only the sides tell the axes.
func TestArrangementsBySides(t *testing.T) {
	for _, r := range []struct {
		input    []int64
		want     models.Channels
		height   int
		says     string
		unusable string
	}{
		{sides(1, 3, 6, 8), models.RGB, 6, "", ""},
		{sides(1, 6, 8, 3), models.RGB, 6, "", ""},
		{sides(1, 6, 8, 1), models.Gray, 6, "", ""},
		{sides(1, 5, 6, 8), "RGBRG", 6, "The axes of the input x are taken to be batch, channels, rows, columns.", ""},
		{sides(1, 9, 8, 5), "RGBRG", 9, "batch, rows, columns, channels", ""},
		{sides(1, 6, 8), models.Gray, 6, "channels, rows, columns", ""},
		{sides(0, 6, 8), models.Gray, 6, "batch, rows, columns", ""},
		{sides(6, 8, 3), models.RGB, 6, "rows, columns, channels", ""},
		{sides(6, 8), models.Gray, 6, "rows, columns.", ""},
		{sides(1, 48), "", 0, "", "takes lists of numbers (its shape is [1 48]), not pictures"},
		{sides(48), "", 0, "", "has 1 axes"},
		{sides(1, 3, 8, 6, 8), "", 0, "", "has 5 axes"},
	} {
		t.Run(fmt.Sprint(r.input), func(t *testing.T) {
			total := int64(1)
			for _, side := range r.input {
				total *= max(side, 1)
			}
			g := newGraph(13, r.input...).formula("w", total, 2).ints("row", 1, -1)
			g.op("Reshape", "f", list("x", "row")).op("MatMul", "y", list("f", "w"))
			net, err := onnx.Decode(g.file(t, "y"), onnx.Options{})
			if r.unusable != "" {
				if err == nil || !strings.Contains(err.Error(), r.unusable) {
					t.Errorf("%v does not say %q", err, r.unusable)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(net.Remarks(), "\n")
			if net.Input.Channels != r.want || net.Input.Height != r.height || !strings.Contains(said, r.says) || r.says == "" && strings.Contains(said, "axes") {
				t.Errorf("the input is %v; %q", net.Input, said)
			}
		})
	}
}

// TestGreyBecomesColour repeats a grey channel in the ways that exporters write.
func TestGreyBecomesColour(t *testing.T) {
	for _, r := range []struct {
		name  string
		build func(g *graph)
	}{
		{"Expand", func(g *graph) { g.ints("to", 1, 3, 6, 8).op("Expand", "p", list("x", "to")) }},
		{"Expand, Tile", func(g *graph) {
			g.ints("to", 1, 1, 1, 1).ints("times", 1, 3, 1, 1).op("Expand", "e", list("x", "to")).op("Tile", "p", list("e", "times"))
		}},
		{"Concat", func(g *graph) { g.op("Concat", "p", list("x", "x", "x"), "axis", 1) }},
		{"mean of three", func(g *graph) { g.floats("zero", sides(1, 3, 1, 1), 0, 0, 0).op("Sub", "p", list("x", "zero")) }},
	} {
		t.Run(r.name, func(t *testing.T) {
			g := newGraph(13, 1, 1, 6, 8)
			r.build(g)
			g.formula("w", 4, 3, 3, 3).op("Conv", "c", list("p", "w")).op("GlobalAveragePool", "m", list("c")).op("Flatten", "y", list("m"))
			net := decode(t, g.file(t, "y"))
			if net.Input.Channels != models.Gray {
				t.Errorf("the channels are %v", net.Input.Channels)
			}
			grey := zeros(1, 1, 6, 8)
			copy(grey.values, drawn(t, 48))
			colour := zeros(1, 3, 6, 8)
			copy(colour.values, slices.Concat(grey.values, grey.values, grey.values))
			usual := newGraph(13, nchw...).formula("w", 4, 3, 3, 3).op("Conv", "c", list("x", "w")).op("GlobalAveragePool", "m", list("c")).op("Flatten", "y", list("m"))
			near(t, runLayers(net, grey).values, interpret(usual, colour, "y").values, 1e-5)
		})
	}
}

// TestTypesOfPixels tells by the type of the input what pixels become.
func TestTypesOfPixels(t *testing.T) {
	for of, want := range map[onnxpb.TensorProto_DataType][2]float32{
		onnxpb.TensorProto_UINT8: {1, 0}, onnxpb.TensorProto_INT8: {1, 128}, onnxpb.TensorProto_INT32: {1, 0}, onnxpb.TensorProto_DOUBLE: {1.0 / 255, 0.485},
		onnxpb.TensorProto_FLOAT16: {1.0 / 255, 0.485},
	} {
		g := newGraph(13, nchw...)
		g.Input[0] = tensorInfo("x", of, nchw...)
		net := decode(t, small(g.op("Cast", "f", list("x"), "to", 1)).file(t, "y"))
		if net.Input.Scale != want[0] || net.Input.Mean[0] != want[1] {
			t.Errorf("%v: scale %g, mean %v", of, net.Input.Scale, net.Input.Mean)
		}
	}
}

// TestUsualInputs has further inputs whose names say what they are for a trained
// network.
func TestUsualInputs(t *testing.T) {
	for _, r := range []struct {
		name  string
		of    onnxpb.TensorProto_DataType
		shape []int64
		value string
	}{
		{"keep_prob", onnxpb.TensorProto_FLOAT, nil, "1"},
		{"model/dropout/keep_prob:0", onnxpb.TensorProto_FLOAT, sides(1), "1"},
		{"is_training", onnxpb.TensorProto_BOOL, nil, "0"},
		{"bn.training", onnxpb.TensorProto_BOOL, nil, "0"},
		{"pixel_mask", onnxpb.TensorProto_INT64, sides(1, 2), "1"},
		{"age", onnxpb.TensorProto_FLOAT, nil, ""},
		{"a place", onnxpb.TensorProto_FLOAT, sides(1, 1), ""},
		{"keep_prob", onnxpb.TensorProto_FLOAT, sides(7), ""},
	} {
		g := newGraph(13, nchw...)
		g.Input = append(g.Input, tensorInfo(r.name, r.of, r.shape...))
		data := small(g).op("Cast", "k", list(r.name), "to", 1).op("Mul", "z", list("y", "k")).file(t, "z")
		net, err := onnx.Decode(data, onnx.Options{})
		if r.value == "" {
			if err == nil || !strings.Contains(err.Error(), "--input "+r.name+"=VALUE") {
				t.Errorf("%s: %v", r.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		if want := "The input " + r.name + " besides the picture is taken to be " + r.value; !strings.Contains(strings.Join(net.Remarks(), "\n"), want) {
			t.Errorf("%s: %q", r.name, net.Remarks())
		}
	}
}
