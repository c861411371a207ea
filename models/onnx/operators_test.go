package onnx_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// operatorRow is a file whose last value is "y", and the layers that the nodes
// up to it become.
type operatorRow struct {
	name  string
	opset int64
	input []int64
	build func(g *graph)
	want  []string
}

var nchw, nhwc = sides(1, 3, 6, 8), sides(1, 6, 8, 3)

// unary is a row of a node of one input.
func unary(name string, opset int64, want, kind string, attributes ...any) operatorRow {
	return operatorRow{name, opset, nchw, func(g *graph) { g.op(kind, "y", list("x"), attributes...) }, list("y " + want)}
}

// inner is unary for an operator that would be taken off if it ended the file.
func inner(name string, opset int64, want, kind string, attributes ...any) operatorRow {
	return operatorRow{name, opset, nchw, func(g *graph) {
		g.op(kind, "s", list("x"), attributes...).op("Relu", "y", list("s"))
	}, list("s "+want, "y ReLU(s) 1x3x6x8")}
}

func operatorRows() []operatorRow {
	var rows []operatorRow
	for _, part := range [][]operatorRow{
		convRows(), poolRows(), normRows(), activationRows(), elementwiseRows(), matmulRows(), joinRows(), sliceRows(), viewRows(), fusionRows(), foldRows(),
	} {
		rows = append(rows, part...)
	}
	return rows
}

func convRows() []operatorRow {
	conv := func(name, want string, weights []int64, attributes ...any) operatorRow {
		return operatorRow{name, 11, nchw, func(g *graph) {
			g.formula("w", weights...).op("Conv", "y", list("x", "w"), attributes...)
		}, list("y " + want)}
	}
	return []operatorRow{
		{"Conv with bias", 7, nchw, func(g *graph) {
			g.formula("w", 4, 3, 3, 3).formula("b", 4).op("Conv", "y", list("x", "w", "b"), "kernel_shape", sides(3, 3), "pads", sides(1, 1, 1, 1))
		}, list("y Conv(input) 1x4x6x8 Kernel=[3 3] Stride=[1 1] Dilation=[1 1] Pad=[1 1 1 1] Groups=1 bias(4) weight(4, 3, 3, 3)")},
		conv("Conv strides, asymmetric pads", "Conv(input) 1x4x3x4 Kernel=[3 3] Stride=[2 2] Dilation=[1 1] Pad=[0 1 1 0] Groups=1 weight(4, 3, 3, 3)",
			sides(4, 3, 3, 3), "strides", sides(2, 2), "pads", sides(0, 1, 1, 0)),
		conv("Conv dilation", "Conv(input) 1x4x4x2 Kernel=[2 3] Stride=[1 1] Dilation=[2 3] Pad=[0 0 0 0] Groups=1 weight(4, 3, 2, 3)",
			sides(4, 3, 2, 3), "dilations", sides(2, 3)),
		conv("Conv depthwise", "Conv(input) 1x6x5x7 Kernel=[2 2] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=3 weight(6, 1, 2, 2)",
			sides(6, 1, 2, 2), "group", 3),
		conv("Conv SAME_UPPER", "Conv(input) 1x4x3x4 Kernel=[3 3] Stride=[2 2] Dilation=[1 1] Pad=[0 0 1 1] Groups=1 weight(4, 3, 3, 3)",
			sides(4, 3, 3, 3), "strides", sides(2, 2), "auto_pad", "SAME_UPPER"),
		conv("Conv SAME_LOWER", "Conv(input) 1x4x3x4 Kernel=[3 3] Stride=[2 2] Dilation=[1 1] Pad=[1 1 0 0] Groups=1 weight(4, 3, 3, 3)",
			sides(4, 3, 3, 3), "strides", sides(2, 2), "auto_pad", "SAME_LOWER"),
		conv("Conv SAME_UPPER, dilated", "Conv(input) 1x4x6x8 Kernel=[2 3] Stride=[1 1] Dilation=[3 2] Pad=[1 2 2 2] Groups=1 weight(4, 3, 2, 3)",
			sides(4, 3, 2, 3), "dilations", sides(3, 2), "auto_pad", "SAME_UPPER"),
		conv("Conv VALID", "Conv(input) 1x4x4x6 Kernel=[3 3] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 weight(4, 3, 3, 3)",
			sides(4, 3, 3, 3), "auto_pad", "VALID"),
	}
}

func poolRows() []operatorRow {
	kernel := sides(3, 3)
	by2 := sides(2, 2)
	return []operatorRow{
		unary("MaxPool", 8, "MaxPool(input) 1x3x2x3 Kernel=[3 3] Stride=[2 2] Dilation=[1 1] Pad=[0 0 0 0]", "MaxPool", "kernel_shape", kernel, "strides", by2),
		unary("MaxPool ceil_mode", 10, "MaxPool(input) 1x3x3x4 Kernel=[3 3] Stride=[2 2] Dilation=[1 1] Pad=[0 0 0 0] Ceil=true", "MaxPool", "kernel_shape", kernel, "strides", by2, "ceil_mode", 1),
		unary("MaxPool dilated, padded", 11, "MaxPool(input) 1x3x6x6 Kernel=[2 3] Stride=[1 1] Dilation=[2 2] Pad=[1 0 1 2]", "MaxPool", "kernel_shape", sides(2, 3), "dilations", by2, "pads", sides(1, 0, 1, 2)),
		unary("MaxPool SAME_UPPER", 11, "MaxPool(input) 1x3x3x4 Kernel=[3 3] Stride=[2 2] Dilation=[1 1] Pad=[0 0 1 1]", "MaxPool", "kernel_shape", kernel, "strides", by2, "auto_pad", "SAME_UPPER"),
		unary("MaxPool SAME_LOWER", 11, "MaxPool(input) 1x3x3x4 Kernel=[3 3] Stride=[2 2] Dilation=[1 1] Pad=[1 1 0 0]", "MaxPool", "kernel_shape", kernel, "strides", by2, "auto_pad", "SAME_LOWER"),
		unary("AveragePool", 7, "AvgPool(input) 1x3x4x6 Kernel=[3 3] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0]", "AveragePool", "kernel_shape", kernel),
		unary("AveragePool, padding left out", 7, "AvgPool(input) 1x3x6x8 Kernel=[3 3] Stride=[1 1] Dilation=[1 1] Pad=[1 1 1 1] ExcludePad=true", "AveragePool", "kernel_shape", kernel, "pads", sides(1, 1, 1, 1)),
		unary("AveragePool count_include_pad", 7, "AvgPool(input) 1x3x6x8 Kernel=[3 3] Stride=[1 1] Dilation=[1 1] Pad=[1 1 1 1]", "AveragePool", "kernel_shape", kernel, "pads", sides(1, 1, 1, 1), "count_include_pad", 1),
		unary("AveragePool ceil_mode", 10, "AvgPool(input) 1x3x3x4 Kernel=[3 3] Stride=[2 2] Dilation=[1 1] Pad=[0 0 0 0] Ceil=true ExcludePad=true", "AveragePool", "kernel_shape", kernel, "strides", by2, "ceil_mode", 1),
		unary("AveragePool ceil_mode, count_include_pad", 10, "AvgPool(input) 1x3x3x4 Kernel=[3 3] Stride=[2 2] Dilation=[1 1] Pad=[0 0 0 0] Ceil=true", "AveragePool", "kernel_shape", kernel, "strides", by2, "ceil_mode", 1, "count_include_pad", 1),
		unary("AveragePool SAME_UPPER", 11, "AvgPool(input) 1x3x3x4 Kernel=[3 3] Stride=[2 2] Dilation=[1 1] Pad=[0 0 1 1] ExcludePad=true", "AveragePool", "kernel_shape", kernel, "strides", by2, "auto_pad", "SAME_UPPER"),
		unary("AveragePool dilated", 19, "Conv(input) 1x3x2x4 Kernel=[3 3] Stride=[1 1] Dilation=[2 2] Pad=[0 0 0 0] Groups=3 weight(3, 1, 3, 3)", "AveragePool", "kernel_shape", kernel, "dilations", by2),
		unary("GlobalAveragePool", 7, "GlobalAvgPool(input) 1x3x1x1", "GlobalAveragePool"),
		unary("GlobalMaxPool", 7, "GlobalMaxPool(input) 1x3x1x1", "GlobalMaxPool"),
		unary("ReduceMean of pixels", 13, "GlobalAvgPool(input) 1x3x1x1", "ReduceMean", "axes", sides(2, 3)),
		{"ReduceMean without the axes", 11, nchw, func(g *graph) {
			g.op("ReduceMean", "y", list("x"), "axes", sides(-1, -2), "keepdims", 0)
		}, list("y GlobalAvgPool(input) 1x3x1x1", "y/view Flatten(y) 1x3")},
		{"ReduceMean of channels, axes an input", 18, nchw, func(g *graph) {
			g.ints("over", 1).op("ReduceMean", "y", list("x", "over"))
		}, list("y ChannelMean(input) 1x1x6x8")},
		{"ReduceMean of the channels of an NHWC input", 13, nhwc, func(g *graph) {
			g.op("ReduceMean", "y", list("x"), "axes", sides(-1))
		}, list("y ChannelMean(input) 1x1x6x8")},
		unary("ReduceMean of rows", 13, "AvgPool(input) 1x3x1x8 Kernel=[6 1] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0]", "ReduceMean", "axes", sides(2)),
		{
			"ReduceMean of everything", 13, nchw, func(g *graph) { g.op("ReduceMean", "y", list("x")) },
			list("y/plane GlobalAvgPool(input) 1x3x1x1", "y ChannelMean(y/plane) 1x1x1x1"),
		},
		{"ReduceMean of pixels in a row", 13, nchw, func(g *graph) {
			g.ints("to", 0, 0, -1).op("Reshape", "row", list("x", "to")).op("ReduceMean", "y", list("row"), "axes", sides(2), "keepdims", 0)
		}, list("y GlobalAvgPool(input) 1x3x1x1", "y/view Flatten(y) 1x3")},
		unary("ReduceMax of pixels", 13, "GlobalMaxPool(input) 1x3x1x1", "ReduceMax", "axes", sides(2, 3)),
		unary("ReduceMax of channels", 13, "ChannelMax(input) 1x1x6x8", "ReduceMax", "axes", sides(1)),
	}
}

func normRows() []operatorRow {
	return []operatorRow{
		{"BatchNormalization", 9, nchw, func(g *graph) {
			g.formula("scale", 3).formula("shift", 3).formula("mean", 3).positive("variance", 3)
			g.op("BatchNormalization", "y", list("x", "scale", "shift", "mean", "variance"), "epsilon", 1e-3)
		}, list("y BatchNorm(input) 1x3x6x8 Epsilon=0.001 bias(3) running_mean(3) running_var(3) weight(3)")},
		{"BatchNormalization of a vector", 9, nchw, func(g *graph) {
			g.formula("scale", 3).formula("shift", 3).formula("mean", 3).positive("variance", 3)
			g.op("GlobalAveragePool", "pool", list("x")).op("Flatten", "vector", list("pool"))
			g.op("BatchNormalization", "y", list("vector", "scale", "shift", "mean", "variance"))
		}, list("pool GlobalAvgPool(input) 1x3x1x1", "vector Flatten(pool) 1x3", "y Scale(vector) 1x3 bias(3) weight(3)")},
		{"LayerNormalization", 17, nhwc, func(g *graph) {
			g.formula("gain", 3).formula("shift", 3).op("LayerNormalization", "y", list("x", "gain", "shift"), "epsilon", 1e-6)
		}, list("y LayerNorm(input) 1x3x6x8 Epsilon=1e-06 bias(3) weight(3)")},
		{"LayerNormalization without shift", 17, nhwc, func(g *graph) {
			g.formula("gain", 3).op("LayerNormalization", "y", list("x", "gain"))
		}, list("y LayerNorm(input) 1x3x6x8 Epsilon=1e-05 bias(3) weight(3)")},
		unary("LRN", 7, "LRN(input) 1x3x6x8 Alpha=0.3 Beta=0.5 K=2 Size=3", "LRN", "alpha", 0.3, "beta", 0.5, "bias", 2.0, "size", 3),
		unary("LRN defaults", 13, "LRN(input) 1x3x6x8 Alpha=0.0001 Beta=0.75 K=1 Size=2", "LRN", "size", 2),
	}
}

func activationRows() []operatorRow {
	clip := func(name, want string, inputs ...string) operatorRow {
		return operatorRow{name, 11, nchw, func(g *graph) {
			g.number("low", -0.25).number("high", 0.75).number("zero", 0).number("six", 6).number("far", 3.4028234663852886e38)
			g.op("Clip", "y", append(list("x"), inputs...))
		}, list("y " + want)}
	}
	prelu := func(name, want string, input []int64, slope ...int64) operatorRow {
		return operatorRow{name, 9, input, func(g *graph) { g.formula("slope", slope...).op("PRelu", "y", list("x", "slope")) }, list("y " + want)}
	}
	return []operatorRow{
		unary("Relu", 7, "ReLU(input) 1x3x6x8", "Relu"),
		unary("LeakyRelu", 7, "LeakyReLU(input) 1x3x6x8 Alpha=0.2", "LeakyRelu", "alpha", 0.2),
		unary("LeakyRelu default", 7, "LeakyReLU(input) 1x3x6x8 Alpha=0.01", "LeakyRelu"),
		prelu("PRelu of one slope", "PReLU(input) 1x3x6x8 weight(1)", nchw, 1),
		prelu("PRelu of a slope a channel", "PReLU(input) 1x3x6x8 weight(3)", nchw, 3, 1, 1),
		prelu("PRelu of an NHWC input", "PReLU(input) 1x3x6x8 weight(3)", nhwc, 1, 1, 3),
		unary("Clip by attributes", 7, "Clip(input) 1x3x6x8 Min=-0.5 Max=0.25", "Clip", "min", -0.5, "max", 0.25),
		unary("Clip to 0 and 6 by attributes", 6+1, "ReLU6(input) 1x3x6x8", "Clip", "min", 0.0, "max", 6.0),
		clip("Clip by inputs", "Clip(input) 1x3x6x8 Min=-0.25 Max=0.75", "low", "high"),
		clip("Clip from below", "Clip(input) 1x3x6x8 Min=-0.25 Max=+Inf", "low"),
		clip("Clip from above", "Clip(input) 1x3x6x8 Min=-Inf Max=0.75", "", "high"),
		clip("Clip to 0 and 6", "ReLU6(input) 1x3x6x8", "zero", "six"),
		clip("Clip to 0 and the largest number", "ReLU(input) 1x3x6x8", "zero", "far"),
		inner("Sigmoid", 7, "Sigmoid(input) 1x3x6x8", "Sigmoid"),
		unary("Tanh", 7, "Tanh(input) 1x3x6x8", "Tanh"),
		inner("HardSigmoid", 7, "HardSigmoid(input) 1x3x6x8 Alpha=0.25 Beta=0.4", "HardSigmoid", "alpha", 0.25, "beta", 0.4),
		inner("HardSigmoid defaults", 7, "HardSigmoid(input) 1x3x6x8 Alpha=0.2 Beta=0.5", "HardSigmoid"),
		unary("Softplus", 7, "Softplus(input) 1x3x6x8", "Softplus"),
		unary("Softsign", 7, "Softsign(input) 1x3x6x8", "Softsign"),
		unary("HardSwish", 14, "HardSwish(input) 1x3x6x8", "HardSwish"),
		unary("Elu", 7, "ELU(input) 1x3x6x8 Alpha=0.5", "Elu", "alpha", 0.5),
		unary("Elu default", 7, "ELU(input) 1x3x6x8 Alpha=1", "Elu"),
		unary("Gelu", 20, "GELU(input) 1x3x6x8", "Gelu"),
		unary("Gelu tanh", 20, "GELUTanh(input) 1x3x6x8", "Gelu", "approximate", "tanh"),
		{"Softmax within", 13, nchw, func(g *graph) {
			g.op("Softmax", "soft", list("x"), "axis", 1).op("Relu", "y", list("soft"))
		}, list("soft Softmax(input) 1x3x6x8", "y ReLU(soft) 1x3x6x8")},
		{"Softmax within an NHWC file", 13, nhwc, func(g *graph) {
			g.op("Softmax", "soft", list("x")).op("Relu", "y", list("soft"))
		}, list("soft Softmax(input) 1x3x6x8", "y ReLU(soft) 1x3x6x8")},
		{"Softmax before opset 13", 12, nchw, func(g *graph) {
			g.op("GlobalAveragePool", "pool", list("x")).op("Softmax", "soft", list("pool")).op("Relu", "y", list("soft"))
		}, list("pool GlobalAvgPool(input) 1x3x1x1", "soft Softmax(pool) 1x3x1x1", "y ReLU(soft) 1x3x1x1")},
	}
}

func elementwiseRows() []operatorRow {
	// against is a row of an operator with a constant of that shape, after or
	// before the input.
	against := func(kind, want string, before bool, input []int64, shape ...int64) operatorRow {
		in := list("x", "c")
		if before {
			in = list("c", "x")
		}
		return operatorRow{fmt.Sprintf("%s of %v and %v, constant first %t", kind, input, shape, before), 13, input, func(g *graph) {
			g.positive("c", shape...).op(kind, "y", in)
		}, list("y " + want)}
	}
	two := func(kind, want string) operatorRow {
		return operatorRow{kind + " of two", 13, nchw, func(g *graph) {
			g.op("Tanh", "a", list("x")).op("GlobalAveragePool", "b", list("x")).op("Sigmoid", "c", list("b")).op(kind, "y", list("a", "c"))
		}, list("a Tanh(input) 1x3x6x8", "b GlobalAvgPool(input) 1x3x1x1", "c Sigmoid(b) 1x3x1x1", "y "+want+"(a c) 1x3x6x8")}
	}
	return []operatorRow{
		against("Add", "Scale(input) 1x3x6x8 bias(3)", false, nchw, 3, 1, 1),
		against("Add", "Scale(input) 1x3x6x8 bias(3)", true, nchw, 1, 3, 1, 1),
		against("Add", "Scale(input) 1x3x6x8 bias(1)", false, nchw),
		against("Add", "Scale(input) 1x3x6x8 bias(1)", false, nchw, 1, 1, 1, 1),
		against("Add", "Scale(input) 1x3x6x8 bias(3, 6, 8)", false, nchw, 8),
		against("Add", "Scale(input) 1x3x6x8 bias(3, 6, 8)", false, nchw, 1, 6, 1),
		against("Add", "Scale(input) 1x3x6x8 bias(3, 6, 8)", false, nchw, 3, 6, 8),
		against("Add", "Scale(input) 1x3x6x8 bias(3)", false, nhwc, 3),
		against("Add", "Scale(input) 1x3x6x8 bias(3, 6, 8)", false, nhwc, 8, 3),
		against("Mul", "Scale(input) 1x3x6x8 weight(3)", false, nchw, 3, 1, 1),
		against("Mul", "Scale(input) 1x3x6x8 weight(1)", true, nhwc),
		against("Mul", "Scale(input) 1x3x6x8 weight(3, 6, 8)", true, nhwc, 6, 1, 3),
		against("Sub", "Scale(input) 1x3x6x8 bias(3)", false, nhwc, 3),
		against("Sub", "Scale(input) 1x3x6x8 bias(3) weight(1)", true, nchw, 3, 1, 1),
		against("Div", "Scale(input) 1x3x6x8 weight(3)", false, nchw, 3, 1, 1),
		{"Div of a constant", 13, nchw, func(g *graph) {
			g.positive("c", 3, 1, 1).number("above", 4).op("Add", "p", list("x", "above")).op("Div", "y", list("c", "p"))
		}, list("p Scale(input) 1x3x6x8 bias(1)", "y/dividend Scale(p) 1x3x6x8 bias(3) weight(1)", "y Div(y/dividend p) 1x3x6x8")},
		two("Add", "Add"), two("Sub", "Sub"), two("Mul", "Mul"), two("Div", "Div"),
		{"Sum of three and a constant", 13, nchw, func(g *graph) {
			g.number("c", 2).op("Tanh", "a", list("x")).op("Sum", "y", list("a", "x", "c", "a"))
		}, list("a Tanh(input) 1x3x6x8", "y/values Add(a input a) 1x3x6x8", "y Scale(y/values) 1x3x6x8 bias(1)")},
		{"Mul by a vector of an NHWC file", 13, nhwc, func(g *graph) {
			g.ints("to", 1, 1, 1, 3).op("ReduceMean", "pool", list("x"), "axes", sides(1, 2), "keepdims", 0)
			g.formula("w", 3, 3).op("MatMul", "fc", list("pool", "w")).op("Reshape", "gate", list("fc", "to")).op("Mul", "y", list("x", "gate"))
		}, list("pool GlobalAvgPool(input) 1x3x1x1", "pool/view Flatten(pool) 1x3", "fc Linear(pool/view) 1x3 weight(3, 3)",
			"gate Reshape(fc) 1x3x1x1 Shape=[3 1 1]", "y Mul(input gate) 1x3x6x8")},
		{"Mul by one number a channel, expanded", 13, nchw, func(g *graph) {
			g.ints("to", 1, 3, 6, 8).op("GlobalAveragePool", "pool", list("x")).op("Expand", "gate", list("pool", "to")).op("Mul", "y", list("x", "gate"))
		}, list("pool GlobalAvgPool(input) 1x3x1x1", "y Mul(input pool) 1x3x6x8")},
		{"Neg", 13, nchw, func(g *graph) { g.op("Neg", "y", list("x")) }, list("y Scale(input) 1x3x6x8 weight(1)")},
	}
}

func matmulRows() []operatorRow {
	vector := list("pool GlobalAvgPool(input) 1x3x1x1", "vector Flatten(pool) 1x3")
	of := func(name string, build func(g *graph), want ...string) operatorRow {
		return operatorRow{name, 13, nchw, func(g *graph) {
			g.op("GlobalAveragePool", "pool", list("x")).op("Flatten", "vector", list("pool"))
			build(g)
		}, append(slices.Clone(vector), want...)}
	}
	return []operatorRow{
		of("Gemm", func(g *graph) {
			g.formula("w", 3, 5).formula("b", 5).op("Gemm", "y", list("vector", "w", "b"))
		}, "y Linear(vector) 1x5 bias(5) weight(5, 3)"),
		of("Gemm transB", func(g *graph) {
			g.formula("w", 5, 3).formula("b", 5).op("Gemm", "y", list("vector", "w", "b"), "transB", 1)
		}, "y Linear(vector) 1x5 bias(5) weight(5, 3)"),
		of("Gemm alpha, beta, one bias", func(g *graph) {
			g.formula("w", 5, 3).formula("b", 1).op("Gemm", "y", list("vector", "w", "b"), "transB", 1, "alpha", 0.5, "beta", 3.0)
		}, "y Linear(vector) 1x5 bias(5) weight(5, 3)"),
		of("Gemm without bias", func(g *graph) {
			g.formula("w", 3, 5).op("Gemm", "y", list("vector", "w"))
		}, "y Linear(vector) 1x5 weight(5, 3)"),
		of("Gemm transA", func(g *graph) {
			g.formula("w", 3, 5).op("Transpose", "column", list("vector")).op("Gemm", "y", list("column", "w"), "transA", 1)
		}, "y Linear(vector) 1x5 weight(5, 3)"),
		of("MatMul", func(g *graph) {
			g.formula("w", 3, 5).op("MatMul", "y", list("vector", "w"))
		}, "y Linear(vector) 1x5 weight(5, 3)"),
		of("MatMul and Add", func(g *graph) {
			g.formula("w", 3, 5).formula("b", 5).op("MatMul", "product", list("vector", "w")).op("Add", "y", list("b", "product"))
		}, "y Linear(vector) 1x5 bias(5) weight(5, 3)"),
		{"MatMul of an NHWC file", 13, nhwc, func(g *graph) {
			g.formula("w", 3, 5).formula("b", 5).op("MatMul", "product", list("x", "w")).op("Add", "y", list("product", "b"))
		}, list("y Conv(input) 1x5x6x8 Kernel=[1 1] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 bias(5) weight(5, 3, 1, 1)")},
		{"MatMul of pixels in a row", 13, nchw, func(g *graph) {
			g.ints("to", 1, 3, 48).formula("w", 3, 5).op("Reshape", "row", list("x", "to"))
			g.op("Transpose", "pixels", list("row"), "perm", sides(0, 2, 1)).op("MatMul", "y", list("pixels", "w"))
		}, list("y Conv(input) 1x5x6x8 Kernel=[1 1] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 weight(5, 3, 1, 1)")},
		{"Gemm of a flattened map", 13, nchw, func(g *graph) {
			g.formula("w", 144, 5).op("Flatten", "vector", list("x")).op("Gemm", "y", list("vector", "w"))
		}, list("vector Flatten(input) 1x144", "y Linear(vector) 1x5 weight(5, 144)")},
		{"Gemm of a flattened NHWC map", 13, nhwc, func(g *graph) {
			g.formula("w", 5, 144).op("Flatten", "vector", list("x")).op("Gemm", "y", list("vector", "w"), "transB", 1)
		}, list("vector Flatten(input) 1x144", "y Linear(vector) 1x5 weight(5, 144)")},
		{"Gemm of a map flattened as columns first", 13, nchw, func(g *graph) {
			g.formula("w", 144, 5).ints("to", 1, -1).op("Transpose", "turned", list("x"), "perm", sides(0, 3, 1, 2))
			g.op("Reshape", "vector", list("turned", "to")).op("Gemm", "y", list("vector", "w"))
		}, list("vector Flatten(input) 1x144", "y Linear(vector) 1x5 weight(5, 144)")},
	}
}

func joinRows() []operatorRow {
	return []operatorRow{
		{"Concat", 13, nchw, func(g *graph) {
			g.op("Relu", "a", list("x")).op("Tanh", "b", list("x")).op("Concat", "y", list("a", "b", "x"), "axis", 1)
		}, list("a ReLU(input) 1x3x6x8", "b Tanh(input) 1x3x6x8", "y Concat(a b input) 1x9x6x8")},
		{"Concat of an NHWC file", 13, nhwc, func(g *graph) {
			g.op("Relu", "a", list("x")).op("Concat", "y", list("a", "x"), "axis", -1)
		}, list("a ReLU(input) 1x3x6x8", "y Concat(a input) 1x6x6x8")},
		{"Concat of vectors", 13, nhwc, func(g *graph) {
			g.op("Flatten", "a", list("x")).op("ReduceMean", "b", list("x"), "axes", sides(1, 2), "keepdims", 0)
			g.op("Concat", "y", list("a", "b"), "axis", 1)
		}, list("b GlobalAvgPool(input) 1x3x1x1", "b/view Flatten(b) 1x3",
			"a/permute Permute(input) 1x6x8x3", "a/view Flatten(a/permute) 1x144",
			"y Concat(a/view b/view) 1x147")},
		{"Concat of mean and maximum of channels", 13, nchw, func(g *graph) {
			g.op("ReduceMean", "a", list("x"), "axes", sides(1)).op("ReduceMax", "b", list("x"), "axes", sides(1))
			g.op("Concat", "y", list("a", "b"), "axis", 1)
		}, list("a ChannelMean(input) 1x1x6x8", "b ChannelMax(input) 1x1x6x8", "y Concat(a b) 1x2x6x8")},
		{"Pad", 13, nchw, func(g *graph) {
			g.ints("by", 0, 0, 1, 2, 0, 0, 3, 4).number("with", 0.5).op("Pad", "y", list("x", "by", "with"))
		}, list("y Pad(input) 1x3x10x14 Pad=[1 2 3 4] Value=0.5")},
		unary("Pad by attributes", 10, "Pad(input) 1x3x7x10 Pad=[1 0 0 2] Value=-1", "Pad", "pads", sides(0, 0, 1, 0, 0, 0, 0, 2), "value", -1.0),
		{"Pad of an NHWC file, axes given", 18, nhwc, func(g *graph) {
			g.ints("by", 1, 2, 3, 4).ints("axes", 1, -2).op("Pad", "y", list("x", "by", "", "axes"))
		}, list("y Pad(input) 1x3x10x14 Pad=[1 2 3 4]")},
		{"Pad of channels", 13, nchw, func(g *graph) {
			g.ints("by", 0, 1, 0, 0, 0, 2, 0, 0).number("with", 0.5).op("Pad", "y", list("x", "by", "with"))
		}, list("y Conv(input) 1x6x6x8 Kernel=[1 1] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 bias(6) weight(6, 3, 1, 1)")},
	}
}

func sliceRows() []operatorRow {
	slice := func(name string, input []int64, starts, ends, axes, steps int64, want ...string) operatorRow {
		return operatorRow{name, 13, input, func(g *graph) {
			g.ints("starts", starts).ints("ends", ends).ints("axes", axes).ints("steps", steps).op("Slice", "y", list("x", "starts", "ends", "axes", "steps"))
		}, want}
	}
	const end = 1<<63 - 1
	return []operatorRow{
		slice("Slice of rows", nchw, 1, 5, 2, 1, "y Slice(input) 1x3x4x8 Axis=2 From=1 To=5 Step=1"),
		slice("Slice from the end, in steps", nchw, -7, end, 3, 2, "y Slice(input) 1x3x6x4 Axis=3 From=1 To=8 Step=2"),
		slice("Slice of channels of an NHWC file", nhwc, 1, end, -1, 1, "y Slice(input) 1x2x6x8 Axis=1 From=1 To=3 Step=1"),
		slice("Slice of everything", nchw, 0, end, 2, 1),
		slice("Slice backward, of channels", nchw, -1, -end, 1, -1,
			"y Conv(input) 1x3x6x8 Kernel=[1 1] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 bias(3) weight(3, 3, 1, 1)"),
		{"Slice by attributes", 9, nchw, func(g *graph) {
			g.op("Slice", "y", list("x"), "starts", sides(0, 1, 2), "ends", sides(1, 3, -1))
		}, list("y/1 Slice(input) 1x2x6x8 Axis=1 From=1 To=3 Step=1", "y Slice(y/1) 1x2x3x8 Axis=2 From=2 To=5 Step=1")},
		{"Split in equal parts", 13, nchw, func(g *graph) {
			g.numbered("Split", list("a", "b"), list("x"), "axis", 3).op("Sub", "y", list("b", "a"))
		}, list("a Slice(input) 1x3x6x4 Axis=3 From=0 To=4 Step=1", "b Slice(input) 1x3x6x4 Axis=3 From=4 To=8 Step=1", "y Sub(b a) 1x3x6x4")},
		{"Split by an attribute", 11, nchw, func(g *graph) {
			g.numbered("Split", list("a", "b"), list("x"), "axis", 1, "split", sides(1, 2)).op("Add", "y", list("a", "b"))
		}, list("a Slice(input) 1x1x6x8 Axis=1 From=0 To=1 Step=1", "b Slice(input) 1x2x6x8 Axis=1 From=1 To=3 Step=1", "y Add(a b) 1x2x6x8")},
		{"Split by an input, of an NHWC file", 13, nhwc, func(g *graph) {
			g.ints("lengths", 2, 1).numbered("Split", list("a", "b"), list("x", "lengths"), "axis", -1).op("Mul", "y", list("a", "b"))
		}, list("a Slice(input) 1x2x6x8 Axis=1 From=0 To=2 Step=1", "b Slice(input) 1x1x6x8 Axis=1 From=2 To=3 Step=1", "y Mul(a b) 1x2x6x8")},
		{"Split with a shorter last part", 18, nchw, func(g *graph) {
			g.numbered("Split", list("a", "b"), list("x"), "axis", 1, "num_outputs", 2).op("Add", "y", list("a", "b"))
		}, list("a Slice(input) 1x2x6x8 Axis=1 From=0 To=2 Step=1", "b Slice(input) 1x1x6x8 Axis=1 From=2 To=3 Step=1", "y Add(a b) 1x2x6x8")},
		{"Gather of one row", 13, nchw, func(g *graph) {
			g.Initializer = append(g.Initializer, rawInts("which", -2))
			g.Initializer[0].Dims = nil
			g.op("Gather", "y", list("x", "which"), "axis", 2)
		}, list("y Slice(input) 1x3x1x8 Axis=2 From=4 To=5 Step=1")},
		{"Gather of channels in another order", 13, nhwc, func(g *graph) {
			g.ints("which", 2, 0, 1, 0).op("Gather", "y", list("x", "which"), "axis", 3)
		}, list("y Conv(input) 1x4x6x8 Kernel=[1 1] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 bias(4) weight(4, 3, 1, 1)")},
		{"Gather of all numbers in order", 13, nchw, func(g *graph) {
			g.op("GlobalAveragePool", "pool", list("x")).ints("flat", 3).op("Reshape", "vector", list("pool", "flat"))
			which := rawInts("which", 0, 1, 2)
			which.Dims = []int64{1, 3, 1, 1}
			g.Initializer = append(g.Initializer, which)
			g.op("Gather", "view", list("vector", "which"), "axis", 0).op("Mul", "y", list("x", "view"))
		}, list("pool GlobalAvgPool(input) 1x3x1x1", "vector Flatten(pool) 1x3", "view Reshape(vector) 1x3x1x1 Shape=[3 1 1]", "y Mul(input view) 1x3x6x8")},
		{"Gather of every other channel", 13, nchw, func(g *graph) {
			g.formula("w", 4, 3, 1, 1).op("Conv", "c", list("x", "w")).ints("to", 1, 2, 2, 6, 8).op("Reshape", "parts", list("c", "to"))
			g.op("Transpose", "turned", list("parts"), "perm", sides(2, 0, 1, 3, 4))
			g.Initializer = append(g.Initializer, rawInts("which", 1))
			g.Initializer[len(g.Initializer)-1].Dims = nil
			g.op("Gather", "y", list("turned", "which"))
		}, list("c Conv(input) 1x4x6x8 Kernel=[1 1] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 weight(4, 3, 1, 1)",
			"y Slice(c) 1x2x6x8 Axis=1 From=1 To=4 Step=2")},
	}
}

func viewRows() []operatorRow {
	return []operatorRow{
		{"Flatten", 13, nchw, func(g *graph) { g.op("Flatten", "y", list("x")) }, list("y Flatten(input) 1x144")},
		{"Reshape and back", 13, nchw, func(g *graph) {
			g.ints("row", 0, -1).ints("plane", 1, 3, 6, 8).op("Reshape", "v", list("x", "row")).op("Tanh", "t", list("v"))
			g.op("Reshape", "back", list("t", "plane")).op("GlobalAveragePool", "y", list("back"))
		}, list("v Flatten(input) 1x144", "t Tanh(v) 1x144", "back Reshape(t) 1x3x6x8 Shape=[3 6 8]", "y GlobalAvgPool(back) 1x3x1x1")},
		{"Reshape to other sides", 13, nchw, func(g *graph) {
			g.ints("plane", 1, 16, 3, 3).op("Reshape", "r", list("x", "plane")).op("GlobalAveragePool", "y", list("r"))
		}, list("x/view Flatten(input) 1x144", "r Reshape(x/view) 1x16x3x3 Shape=[16 3 3]", "y GlobalAvgPool(r) 1x16x1x1")},
		{"Squeeze and Unsqueeze by attributes", 11, nchw, func(g *graph) {
			g.op("GlobalAveragePool", "p", list("x")).op("Squeeze", "s", list("p"), "axes", sides(2, 3))
			g.op("Unsqueeze", "u", list("s"), "axes", sides(2, -1)).op("Mul", "y", list("x", "u"))
		}, list("p GlobalAvgPool(input) 1x3x1x1", "s Flatten(p) 1x3", "u Reshape(s) 1x3x1x1 Shape=[3 1 1]", "y Mul(input u) 1x3x6x8")},
		{"Squeeze and Unsqueeze by inputs", 13, nchw, func(g *graph) {
			g.ints("last", 2, 3).op("GlobalAveragePool", "p", list("x")).op("Squeeze", "s", list("p", "last"))
			g.formula("w", 4, 3, 1, 1).op("Unsqueeze", "u", list("s", "last")).op("Conv", "y", list("u", "w"))
		}, list("p GlobalAvgPool(input) 1x3x1x1", "y Conv(p) 1x4x1x1 Kernel=[1 1] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 weight(4, 3, 1, 1)")},
		{"Transpose to NHWC and back", 13, nchw, func(g *graph) {
			g.op("Transpose", "t", list("x"), "perm", sides(0, 2, 3, 1)).op("Relu", "r", list("t"))
			g.op("Transpose", "u", list("r"), "perm", sides(0, 3, 1, 2)).op("GlobalMaxPool", "y", list("u"))
		}, list("r ReLU(input) 1x3x6x8", "y GlobalMaxPool(r) 1x3x1x1")},
		{"Convolution of an NHWC file", 11, nhwc, func(g *graph) {
			g.op("Transpose", "t", list("x"), "perm", sides(0, 3, 1, 2)).formula("w", 4, 3, 3, 3).op("Conv", "c", list("t", "w"))
			g.op("Transpose", "u", list("c"), "perm", sides(0, 2, 3, 1)).formula("b", 4).op("Add", "y", list("u", "b"))
		}, list("c Conv(input) 1x4x4x6 Kernel=[3 3] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 weight(4, 3, 3, 3)", "y Scale(c) 1x4x4x6 bias(4)")},
		{"Channel shuffle", 13, nchw, func(g *graph) {
			g.formula("w", 6, 3, 1, 1).op("Conv", "c", list("x", "w")).ints("apart", 1, 2, 3, 6, 8).ints("plane", 1, -1, 6, 8)
			g.op("Reshape", "r", list("c", "apart")).op("Transpose", "t", list("r"), "perm", sides(0, 2, 1, 3, 4)).op("Reshape", "y", list("t", "plane"))
		}, list("c Conv(input) 1x6x6x8 Kernel=[1 1] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 weight(6, 3, 1, 1)", "y ChannelShuffle(c) 1x6x6x8 Groups=2")},
		{"Identity, Dropout and Cast", 12, nchw, func(g *graph) {
			g.op("Identity", "i", list("x")).numbered("Dropout", list("d", "mask"), list("i")).op("Cast", "y", list("d"), "to", 1)
		}, list("d Dropout(input) 1x3x6x8")},
	}
}

func fusionRows() []operatorRow {
	gelu := func(g *graph) {
		g.number("root", 1.4142135).number("one", 1).number("half", 0.5)
		g.op("Div", "d", list("x", "root")).op("Erf", "e", list("d")).op("Add", "a", list("e", "one"))
	}
	norm := func(g *graph) {
		g.number("two", 2).number("epsilon", 1e-6).formula("gain", 3).formula("shift", 3)
		g.op("ReduceMean", "mean", list("x"), "axes", sides(-1)).op("Sub", "d", list("x", "mean")).op("Pow", "square", list("d", "two"))
		g.op("ReduceMean", "variance", list("square"), "axes", sides(-1)).op("Add", "above", list("variance", "epsilon")).op("Sqrt", "deviation", list("above"))
		g.op("Div", "normal", list("d", "deviation"))
	}
	return []operatorRow{
		{"Gelu of PyTorch", 13, nchw, func(g *graph) {
			gelu(g)
			g.op("Mul", "m", list("x", "a")).op("Mul", "y", list("m", "half"))
		}, list("y GELU(input) 1x3x6x8")},
		{"Gelu of Keras", 13, nhwc, func(g *graph) {
			gelu(g)
			g.op("Mul", "h", list("half", "x")).op("Mul", "y", list("h", "a"))
		}, list("y GELU(input) 1x3x6x8")},
		{"Gelu by Constant nodes", 13, nchw, func(g *graph) {
			constant := func(name string, v float32) {
				g.op("Constant", name, nil, "value", &onnxpb.TensorProto{DataType: int32(onnxpb.TensorProto_FLOAT), FloatData: []float32{v}})
			}
			constant("inverse", 0.70710677)
			constant("one", 1)
			constant("half", 0.5)
			g.op("Mul", "d", list("x", "inverse")).op("Erf", "e", list("d")).op("Add", "a", list("one", "e"))
			g.op("Mul", "h", list("a", "half")).op("Mul", "y", list("h", "x"))
		}, list("y GELU(input) 1x3x6x8")},
		{"Gelu by tanh", 13, nchw, func(g *graph) {
			g.number("three", 3).number("c", 0.044715).number("root", 0.7978845608).number("one", 1).number("half", 0.5)
			g.op("Pow", "cube", list("x", "three")).op("Mul", "p", list("cube", "c")).op("Add", "s", list("x", "p")).op("Mul", "q", list("s", "root"))
			g.op("Tanh", "t", list("q")).op("Add", "u", list("t", "one")).op("Mul", "v", list("x", "u")).op("Mul", "y", list("v", "half"))
		}, list("y GELUTanh(input) 1x3x6x8")},
		{"HardSwish by HardSigmoid", 13, nchw, func(g *graph) {
			g.op("HardSigmoid", "h", list("x"), "alpha", 1.0/6).op("Mul", "y", list("x", "h"))
		}, list("y HardSwish(input) 1x3x6x8")},
		{"HardSwish by Clip", 13, nchw, func(g *graph) {
			g.number("three", 3).number("six", 6).number("zero", 0).op("Add", "a", list("x", "three"))
			g.op("Clip", "c", list("a", "zero", "six")).op("Mul", "m", list("x", "c")).op("Div", "y", list("m", "six"))
		}, list("y HardSwish(input) 1x3x6x8")},
		{"HardSigmoid by Clip", 13, nchw, func(g *graph) {
			g.number("three", 3).number("six", 6).number("zero", 0).op("Add", "a", list("x", "three"))
			g.op("Clip", "c", list("a", "zero", "six")).op("Div", "y", list("c", "six"))
		}, list("y HardSigmoid(input) 1x3x6x8 Alpha=0.16666666666666666 Beta=0.5")},
		{"SiLU", 13, nchw, func(g *graph) {
			g.op("Tanh", "t", list("x")).op("Sigmoid", "s", list("t")).op("Mul", "y", list("s", "t"))
		}, list("t Tanh(input) 1x3x6x8", "y SiLU(t) 1x3x6x8")},
		{"Gate that is no SiLU", 13, nchw, func(g *graph) {
			g.op("Tanh", "t", list("x")).op("Sigmoid", "s", list("t")).op("Mul", "y", list("s", "x"))
		}, list("t Tanh(input) 1x3x6x8", "s Sigmoid(t) 1x3x6x8", "y Mul(s input) 1x3x6x8")},
		{"Layer normalisation in parts", 13, nhwc, func(g *graph) {
			norm(g)
			g.op("Mul", "scaled", list("normal", "gain")).op("Add", "y", list("scaled", "shift"))
		}, list("y LayerNorm(input) 1x3x6x8 Epsilon=1e-06 bias(3) weight(3)")},
		{"Layer normalisation without gain and shift", 13, nhwc, func(g *graph) {
			norm(g)
			g.op("Relu", "y", list("normal"))
		}, list("normal LayerNorm(input) 1x3x6x8 Epsilon=1e-06 bias(3) weight(3)", "y ReLU(normal) 1x3x6x8")},
	}
}

func foldRows() []operatorRow {
	pool := list("pool GlobalAvgPool(input) 1x3x1x1")
	return []operatorRow{
		{"Shape for a Reshape", 13, nchw, func(g *graph) {
			g.ints("zero", 0).ints("minus", -1).op("GlobalAveragePool", "pool", list("x")).op("Shape", "shape", list("pool"))
			g.op("Gather", "batch", list("shape", "zero")).op("Concat", "to", list("batch", "minus"), "axis", 0)
			g.op("Reshape", "y", list("pool", "to"))
		}, append(pool, "y Flatten(pool) 1x3")},
		{"Shape computed with", 13, sides(0, 3, 6, 8), func(g *graph) {
			g.ints("at", 2).ints("from", 1).ints("until", 4).ints("four", 4).op("Shape", "shape", list("x"))
			g.op("Slice", "sides", list("shape", "from", "until")).op("Cast", "floats", list("sides"), "to", 1).op("Cast", "again", list("floats"), "to", 7)
			g.op("Gather", "width", list("again", "at")).op("Div", "half", list("width", "four")).op("Mul", "lost", list("half", "half"))
			g.op("Sub", "back", list("lost", "four")).op("Sub", "one", list("half", "from")).op("Sub", "minus", list("back", "from"))
			g.op("Concat", "to", list("one", "minus"), "axis", 0).op("Reshape", "y", list("x", "to"))
		}, list("y Flatten(input) 1x144")},
		{"Parameters in another form", 13, nchw, func(g *graph) {
			g.formula("w", 3, 3, 3, 4).op("Transpose", "turned", list("w"), "perm", sides(3, 2, 0, 1)).op("Conv", "y", list("x", "turned"))
		}, list("y Conv(input) 1x4x4x6 Kernel=[3 3] Stride=[1 1] Dilation=[1 1] Pad=[0 0 0 0] Groups=1 weight(4, 3, 3, 3)")},
	}
}

func TestOperators(t *testing.T) {
	for _, r := range operatorRows() {
		t.Run(r.name, func(t *testing.T) {
			g := newGraph(r.opset, r.input...)
			r.build(g)
			net := decode(t, g.flat(t, "y"))
			var got []string
			for _, l := range net.Layers {
				got = append(got, text(l))
			}
			// What follows y brings its numbers into a row.
			got = got[:min(len(got), len(r.want))]
			if !slices.Equal(got, r.want) {
				t.Errorf("got\n\t%s\nnot\n\t%s", strings.Join(got, "\n\t"), strings.Join(r.want, "\n\t"))
			}
			if len(net.Layers) > len(r.want)+3 {
				t.Errorf("%d layers", len(net.Layers))
			}
		})
	}
}

// text is a layer in a line: name, kind, inputs, shape, numbers and parameters.
func text(l models.Layer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s(%s)", l.Name, l.Kind, strings.Join(l.Inputs, " "))
	for i, side := range l.Shape {
		fmt.Fprintf(&b, "%c%d", " x"[min(i, 1)], side)
	}
	attr := reflect.ValueOf(l.Attr)
	windowed := l.Kind == models.Conv || l.Kind == models.MaxPool || l.Kind == models.AvgPool
	for i := range attr.NumField() {
		name := attr.Type().Field(i).Name
		sliced := l.Kind == models.Slice && name == "From"
		if f := attr.Field(i); !f.IsZero() || windowed && name == "Pad" || sliced {
			fmt.Fprintf(&b, " %s=%v", name, f)
		}
	}
	for _, name := range []string{"bias", "running_mean", "running_var", "weight"} {
		if p, ok := l.Params[name]; ok {
			s := fmt.Sprint(p.Shape())
			fmt.Fprintf(&b, " %s%s", name, s)
		}
	}
	return b.String()
}
