package onnx_test

import (
	"testing"

	"gaze/models/onnx"
)

// TestCasesThatWorked has files that were read rightly when operators over any axes
// came. The values are those of onnxruntime 1.32 without its optimisations.
func TestCasesThatWorked(t *testing.T) {
	for _, r := range []struct {
		file string
		want []float64
	}{
		{"adapt3.old", []float64{-0.1115, -0.17288, 0.00751, -0.02145}},
		{"adaptmax.old", []float64{0.37035, 0.36726, 0.02004, 0.04924}},
		{"auto_pad_same", []float64{-0.00484, 0.84212, -0.03717, -0.42671}},
		{"avgceil.old", []float64{-0.46377, 0.23953, -0.18769, -0.38282}},
		{"base.old", []float64{-0.05412, 0.23455, 0.00642, 0.22271}},
		{"batch8", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"bgr_inside.old", []float64{-0.06048, 0.23164, 0.0096, 0.21997}},
		{"catpool.old", []float64{-0.06824, -0.11007, -0.1831, 0.02984}},
		{"cbam.old", []float64{0.01464, 0.37592, 0.05211, -0.23143}},
		{"constant_nodes", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"fc_bn1d", []float64{-0.01143, 0.40903, 0.00675, -0.12122}},
		{"features_and_logits.old", []float64{-0.06824, -0.11007, -0.1831, 0.02984}},
		{"flip_inside.old", []float64{-0.06048, 0.23164, 0.0096, 0.21997}},
		{"fp16_io", []float64{-0.14539, 0.52295, -0.00747, -0.13147}},
		{"fp16_weights_cast", []float64{-0.14546, 0.52316, -0.00746, -0.13152}},
		{"fractional.old", []float64{-0.64399, 0.38123, -0.13173, -0.64141}},
		{"fullyconv.old", []float64{0.24095, -0.06524, 0.35494, 0.05829}},
		{"gelu_tanh.old", []float64{-0.06139, 0.24837, 0.01496, 0.16828}},
		{"glu.old", []float64{0.24153, -0.10227, -0.24451, 0.26771}},
		{"half_model.old", []float64{-0.05408, 0.23462, 0.0064, 0.22278}},
		{"hardtanh.old", []float64{-0.05412, 0.23455, 0.00642, 0.22271}},
		{"init_as_inputs", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"label_and_probs.old", []float64{0.21204, 0.28301, 0.22528, 0.27967}},
		{"minpool.old", []float64{-0.3633, 0.16497, -0.18178, -0.24584}},
		{"norm_inside.old", []float64{-0.05472, 0.29911, 0.01564, 0.13208}},
		{"opset11", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"opset7", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"opset9", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"prelu.old", []float64{-0.06602, 0.28131, 0.0147, 0.15909}},
		{"prelu1.old", []float64{-0.06602, 0.28131, 0.0147, 0.15909}},
		{"probs_and_label.old", []float64{0.21204, 0.28301, 0.22528, 0.27967}},
		{"rrelu.old", []float64{-0.06635, 0.28261, 0.01493, 0.15732}},
		{"same_conv.old", []float64{-0.05236, 0.24311, 0.00698, 0.22734}},
		{"softmax_opset11_4d", []float64{0.19557, 0.38166, 0.22449, 0.19829}},
		{"softmax_out.old", []float64{0.21204, 0.28301, 0.22528, 0.27967}},
		{"softmax_scaled.old", []float64{21.20447, 28.30059, 22.5277, 27.96724}},
		{"spectral_norm.dyn", []float64{-0.35058, 0.03136, -0.65363, -0.35623}},
		{"temperature.old", []float64{0.22737, 0.26945, 0.23561, 0.26758}},
		{"transposed_weight", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"two_heads.old", []float64{0.03896, 0.33223}},
		{"weight_norm.old", []float64{-0.05412, 0.23455, 0.00642, 0.22271}},
	} {
		t.Run(r.file, func(t *testing.T) {
			net := readCase(t, "works/"+r.file, onnx.Options{})
			near(t, answers(t, net, len(r.want)), r.want, 5e-4)
			gradCAM(t, net)
		})
	}
}

// TestPictureOfRowsColumnsChannels has a file whose input's numbers lie in another order
// than a picture's, which the drawn ones are put into.
func TestPictureOfRowsColumnsChannels(t *testing.T) {
	net := readCase(t, "works/hwc_in.old", onnx.Options{})
	in := drawnPicture(t, net)
	picture := zeros(in.shape...)
	pixels := in.shape[2] * in.shape[3]
	for i := range pixels {
		for c := range 3 {
			picture.values[c*pixels+i] = in.values[3*i+c]
		}
	}
	near(t, run(t, net, picture), []float64{-0.05722, 0.23157, 0.01984, 0.21959}, 2e-5)
}
