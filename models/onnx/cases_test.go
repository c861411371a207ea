package onnx_test

import (
	"encoding/binary"
	"math"
	"os"
	"testing"

	"gaze/models"
	"gaze/models/onnx"
)

// drawn returns the first n numbers that the cases are tried on.
func drawn(t testing.TB, n int) []float64 {
	t.Helper()
	raw, err := os.ReadFile("testdata/cases/input.f32")
	if err != nil {
		t.Fatal(err)
	}
	numbers := make([]float64, n)
	for i := range numbers {
		numbers[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
	}
	return numbers
}

// TestCases compares the logits of small files of many exporters with what
// onnxruntime 1.32 computes of them.
func TestCases(t *testing.T) {
	for _, r := range []struct {
		file string
		want []float64
	}{
		{"opset22", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"opset25", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"swish24", []float64{0.00577, 0.51314, 0.04765, -0.28116}},
		{"dynamic_quant", []float64{-0.14289, 0.52206, -0.00754, -0.13119}},
		{"qdq_int8", []float64{-0.137588, 0.529054, -0.014314, -0.133995}},
		{"qlinearconv", []float64{-0.143580, 0.524712, -0.009168, -0.132292}},
		{"q_moves", []float64{3.286107, -1.925516, -1.127247, 0.744021, -3.582230}},
		{"q_by_hand", []float64{-1.463346, -0.201870, 0.427630, 2.741412, 0.069801}},
		{"q_channels", []float64{-0.356494, -0.139655, 1.504705, 0.075622, 0.112678}},
		{"q_types", []float64{0.026150, -0.008284, -2.226212, -0.168131, -0.492142}},
		{"q_contributed", []float64{-0.121600, 0.477125, -1.780350, -1.279600, -1.554600}},
		{"q_products", []float64{-0.803125, 1.107813, -0.110156, 0.922656, 1.632812}},
		{"q_dynamic", []float64{-0.287158, 0.334581, 1.397613, -1.999795, 0.996475}},
		{"q_four_bits", []float64{0.204988, 0.967129, -0.040810, -0.059598, -0.160477}},
		{"q_nbits", []float64{4.831223, -1.489946, -0.797955, -2.046920, -0.397170}},
		{"weight_only_int8", []float64{-0.14666, 0.52322, -0.00841, -0.12892}},
	} {
		t.Run(r.file, func(t *testing.T) {
			net, err := onnx.Read("testdata/cases/"+r.file+".onnx", onnx.Options{})
			if err != nil {
				t.Fatal(err)
			}
			picture := zeros(1, 3, net.Input.Height, net.Input.Width)
			copy(picture.values, drawn(t, len(picture.values)))
			near(t, run(t, net, picture), r.want, 2e-5)
		})
	}
}

var _ models.Kind
