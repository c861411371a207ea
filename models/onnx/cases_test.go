package onnx_test

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/onnx"
)

// casesFolder has small files as exporters write them. What is expected of them are
// onnxruntime 1.32's outputs for the input of [drawn], without its optimisations, which
// on processors without VNNI instructions let sums of whole numbers overflow.
const casesFolder = "testdata/cases/"

// drawn returns the first n numbers that the cases are tried on.
func drawn(t testing.TB, n int) []float64 {
	t.Helper()
	raw, err := os.ReadFile(casesFolder + "input.f32")
	if err != nil {
		t.Fatal(err)
	}
	numbers := make([]float64, n)
	for i := range numbers {
		numbers[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
	}
	return numbers
}

// caseRow is a file, what onnxruntime computes of it, and what is read.
type caseRow struct {
	file string
	// want are the logits, or probabilities where the file ends in a softmax or a
	// sigmoid.
	want     []float64
	channels models.Channels
	says     string
}

func caseRows() []caseRow {
	plain := []float64{-0.14536, 0.52325, -0.00744, -0.13156}
	return []caseRow{
		{"gray.old", []float64{0.15638, -0.3549, 0.06579, -0.03846}, models.Gray, "a mean of 0.449,"},
		{"gray_to_rgb.old", []float64{-0.04107, 0.23703, 0.01187, 0.22687}, models.Gray, ""},
		{"nchw_gray", []float64{-0.0391, 0.30792, 0.01647, -0.02803}, models.Gray, ""},
		{"nhwc_gray", []float64{-0.0391, 0.30792, 0.01647, -0.02803}, models.Gray, ""},
		{"chw_unsqueeze", plain, models.RGB, ""},
		{"unused_second_input", plain, models.RGB, ""},
		{"keep_prob_input", plain, models.RGB, "The input keep_prob besides the picture is taken to be 1."},
		{"sigmoid1_squeeze.old", []float64{0.46919}, models.RGB, "The Sigmoid (/post/Sigmoid) at the end is left out"},
		{"sigmoid_1out", []float64{0.24981}, models.RGB, "The Sigmoid at the end is left out"},
		{"sigmoid_multi.old", []float64{0.48647, 0.55837, 0.5016, 0.55545}, models.RGB, "Sigmoid"},
		{"zipmap", []float64{0.19557, 0.38166, 0.22449, 0.19829}, models.RGB, "Softmax"},
		{"opset22", plain, models.RGB, ""},
		{"opset25", plain, models.RGB, ""},
		{"swish24", []float64{0.00577, 0.51314, 0.04765, -0.28116}, models.RGB, ""},
		{"dynamic_quant", []float64{-0.14289, 0.52206, -0.00754, -0.13119}, models.RGB, "quantised"},
		{"qdq_int8", []float64{-0.137588, 0.529054, -0.014314, -0.133995}, models.RGB, "quantised"},
		{"qlinearconv", []float64{-0.143580, 0.524712, -0.009168, -0.132292}, models.RGB, "quantised"},
		{"weight_only_int8", []float64{-0.14666, 0.52322, -0.00841, -0.12892}, models.RGB, ""},
		{"q_moves", []float64{3.286107, -1.925516, -1.127247, 0.744021, -3.582230}, models.RGB, "quantised"},
		{"q_by_hand", []float64{-1.463346, -0.201870, 0.427630, 2.741412, 0.069801}, models.RGB, "quantised"},
		{"q_channels", []float64{-0.356494, -0.139655, 1.504705, 0.075622, 0.112678}, models.RGB, "quantised"},
		{"q_types", []float64{0.026150, -0.008284, -2.226212, -0.168131, -0.492142}, models.RGB, "quantised"},
		{"q_contributed", []float64{-0.121600, 0.477125, -1.780350, -1.279600, -1.554600}, models.RGB, "quantised"},
		{"q_products", []float64{-0.803125, 1.107813, -0.110156, 0.922656, 1.632812}, models.RGB, "quantised"},
		{"q_dynamic", []float64{-0.287158, 0.334581, 1.397613, -1.999795, 0.996475}, models.RGB, "quantised"},
		{"q_four_bits", []float64{0.204988, 0.967129, -0.040810, -0.059598, -0.160477}, models.RGB, ""},
		{"q_nbits", []float64{4.831223, -1.489946, -0.797955, -2.046920, -0.397170}, models.RGB, ""},
	}
}

func TestCases(t *testing.T) {
	for _, r := range caseRows() {
		t.Run(r.file, func(t *testing.T) {
			net := readCase(t, r.file, onnx.Options{})
			if net.Input.Channels != r.channels {
				t.Errorf("the channels are %v, not %v", net.Input.Channels, r.channels)
			}
			if said := strings.Join(net.Remarks(), "\n"); !strings.Contains(said, r.says) {
				t.Errorf("%q does not say %q", said, r.says)
			}
			near(t, answers(t, net, len(r.want)), r.want, 2e-5)
		})
	}
}

func readCase(t testing.TB, file string, opt onnx.Options) *models.Network {
	t.Helper()
	net, err := onnx.Read(casesFolder+file+".onnx", opt)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// answers are the first logits of the picture that is drawn, or the probabilities
// where the file says how they are made.
func answers(t *testing.T, net *models.Network, n int) []float64 {
	t.Helper()
	picture := drawnPicture(t, net)
	logits := run(t, net, picture)
	for _, g := range net.Guesses {
		if g.Of == models.AspectActivation {
			return logits[:n]
		}
	}
	small := make([]float32, len(logits))
	for i, v := range logits {
		small[i] = float32(v)
	}
	list := make([]float64, n)
	for i := range list {
		list[i] = net.Output.Probability(small, i)
	}
	return list
}

func drawnPicture(t testing.TB, net *models.Network) array {
	t.Helper()
	picture := zeros(net.Input.Shape()...)
	copy(picture.values, drawn(t, len(picture.values)))
	return picture
}

// TestInputsBesidesThePicture gives a value for a patient's age, which the input of
// the case draws after the picture.
func TestInputsBesidesThePicture(t *testing.T) {
	const file = "metadata_two_inputs"
	all := drawn(t, 3*24*24+1)
	age := float32(all[len(all)-1])
	net := readCase(t, file, onnx.Options{Inputs: map[string][]float32{"age": {age}}})
	near(t, answers(t, net, 4), []float64{0.289, -0.96794, -0.26851, -0.53412}, 2e-5)

	_, err := onnx.Read(casesFolder+file+".onnx", onnx.Options{})
	var missing *onnx.InputError
	if !errors.As(err, &missing) || missing.Input != "age" || !strings.Contains(err.Error(), `"age" of shape [1 1] besides the picture; give its value with --input age=VALUE`) {
		t.Errorf("without a value: %v", err)
	}
	for _, r := range []struct {
		name   string
		values []float32
		says   string
	}{
		{"age", []float32{1, 2}, "2 values do not fill the shape [1 1]"},
		{"age", nil, "0 values"},
		{"age", []float32{float32(math.NaN())}, "no number"},
		{"sex", []float32{1}, `no input "sex"; its inputs are "x", "age"`},
	} {
		if _, err := onnx.Read(casesFolder+file+".onnx", onnx.Options{Inputs: map[string][]float32{r.name: r.values}}); err == nil || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s=%v: %v does not say %q", r.name, r.values, err, r.says)
		}
	}
}

// TestClassesThatAreChosen has files whose outputs are classes, not scores.
func TestClassesThatAreChosen(t *testing.T) {
	// The softmax of the logits has these three as its largest.
	net := readCase(t, "topk_out.old", onnx.Options{})
	p := answers(t, net, 4)
	near(t, []float64{p[1], p[3], p[2]}, []float64{0.28301, 0.27967, 0.22528}, 2e-5)
	said := strings.Join(net.Remarks(), "\n")
	if want := "The output 23 only says which classes are the most probable; the scores /post/Softmax_output_0 behind it are explained."; !strings.Contains(said, want) {
		t.Errorf("%q does not say %q", said, want)
	}
	net = readCase(t, "argmax_out.old", onnx.Options{})
	logits := run(t, net, drawnPicture(t, net))
	for i, v := range logits {
		if i != 1 && v >= logits[1] {
			t.Errorf("the logits %v are not largest at 1", logits)
		}
	}
	if net = readCase(t, "zipmap", onnx.Options{}); strings.Join(net.Labels, " ") != "a b c d" {
		t.Errorf("the labels are %q", net.Labels)
	}
	if net = readCase(t, "zipmap", onnx.Options{Output: "g"}); net.Logits().Name != "g" {
		t.Errorf("the logits are %s", net.Logits().Name)
	}
	if _, err := onnx.Read(casesFolder+"zipmap.onnx", onnx.Options{Output: "nonsense"}); err == nil || !strings.Contains(err.Error(), `"nonsense"; its outputs are y`) {
		t.Errorf("%v", err)
	}
}

func TestFilesThatAreNoNetworks(t *testing.T) {
	for file, says := range map[string]string{
		"html_page":           "this is a web page",
		"lfs_pointer":         "Git LFS pointer, which stands for the file; run git lfs pull",
		"segmentation_output": "each pixel, as networks for segmentation have",
	} {
		path := casesFolder + file + ".onnx"
		if _, err := onnx.Read(path, onnx.Options{}); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v does not say %q", file, err, says)
		}
	}
	for name, content := range map[string]string{
		"empty": "", "HDF5 file": "\x89HDF\r\n\x1a\n\x00\x00", "safetensors file": "\x10\x00\x00\x00\x00\x00\x00\x00{\"a\":{}}", "Python pickle": "\x80\x02}q\x00.",
	} {
		path := filepath.Join(t.TempDir(), "net.onnx")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, read := range []func() error{
			func() error { _, err := onnx.Read(path, onnx.Options{}); return err },
			func() error { _, err := onnx.Inspect(path); return err },
		} {
			if err := read(); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v does not say %q", err, name)
			}
		}
	}
}
