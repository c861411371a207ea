package onnx_test

import (
	"math"
	"slices"
	"testing"

	"gaze/models"
	"gaze/models/onnx"
)

// TestCasesOfGeneralOperators has files with operators that fit no kind of layer over
// N x C x H x W, and those near to them.
func TestCasesOfGeneralOperators(t *testing.T) {
	for _, r := range []struct {
		file string
		want []float64
	}{
		{"sigmoid1.old", []float64{0.46919}},
		{"sigmoid_multi", []float64{0.46372, 0.62791, 0.49814, 0.46716}},
		{"opset23", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"opset24", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"bcnn.old", []float64{-0.09498, 0.06126, 0.02998, 0.09639}},
		{"lstm_head.old", []float64{0.24339, 0.33806, 0.13307, -0.15141}},
		{"mixer.old", []float64{0.03941, -0.18356, -0.07722, -0.05392}},
		{"nonlocal.old", []float64{-0.11756, 0.49575, 0.10852, 0.30648}},
		{"vit_cls.dyn", []float64{0.60925, -0.50897, -0.41028, 0.04727}},
		{"vit_mean.dyn", []float64{-0.27205, -0.13588, 0.17221, 0.27083}},
		{"groupnorm.dyn", []float64{-0.12138, 0.58054, -0.04896, 0.16046}},
		{"groupnorm.old", []float64{-0.12138, 0.58054, -0.04896, 0.16046}},
		{"groupnorm1.old", []float64{-0.09738, 0.58525, 0.00464, 0.15158}},
		{"groupnorm18", []float64{0.1144, 0.76291, 0.06621, -0.5326}},
		{"instancenorm.old", []float64{-0.10972, 0.48298, 0.01888, -0.00985}},
		{"layernorm_chw.old", []float64{-0.09738, 0.58525, 0.00464, 0.15158}},
		{"mvn", []float64{-0.00904, 0.13676, 0.10344, -0.09962}},
		{"bilinear_up.old", []float64{-0.05353, 0.2389, 0.00773, 0.22504}},
		{"circularpad.old", []float64{-0.05288, 0.2434, 0.00912, 0.22753}},
		{"convtranspose.old", []float64{0.07132, 0.00282, 0.02971, -0.23564}},
		{"fpn_nearest.old", []float64{0.07125, 0.13682, 0.16523, 0.06117}},
		{"pixelshuffle.old", []float64{0.07164, 0.29725, -0.15213, 0.06335}},
		{"pixelunshuffle.old", []float64{0.03402, -0.00469, 0.04579, -0.22745}},
		{"reflectpad.old", []float64{-0.05057, 0.242, 0.01042, 0.22633}},
		{"replicatepad.old", []float64{-0.05254, 0.23997, 0.0095, 0.22709}},
		{"resize_inside.old", []float64{-0.06433, 0.21006, 0.00023, 0.21247}},
		{"resize_nearest", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"celu.old", []float64{-0.05612, 0.24357, 0.0085, 0.21063}},
		{"contrib_fusedconv", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"contrib_quickgelu", []float64{0.00577, 0.51314, 0.04765, -0.28116}},
		{"logsigmoid.old", []float64{0.02625, -0.20509, 0.01167, 0.43948}},
		{"maxout.old", []float64{-0.34044, 0.09739, 0.39371, 0.01945}},
		{"mean_variadic", []float64{0.31299, 0.949, 0.08422, -0.85549}},
		{"mish.dyn", []float64{-0.05996, 0.24571, 0.0133, 0.17893}},
		{"mish.old", []float64{-0.05996, 0.24571, 0.0133, 0.17893}},
		{"softplus.old", []float64{-0.1443, 0.67068, 0.01477, -0.08322}},
		{"square_relu.old", []float64{-0.06553, 0.25066, 0.01971, 0.13549}},
		{"thresholded_relu", []float64{-0.14316, 0.52389, -0.00742, -0.13215}},
		{"where.old", []float64{-0.06682, 0.28443, 0.01525, 0.15485}},
		{"coordatt.old", []float64{0.11327, 0.00418, 0.06697, -0.351}},
		{"eca.dyn", []float64{-0.18762, -0.23081, 0.15819, 0.14626}},
		{"eca.old", []float64{-0.18762, -0.23081, 0.15819, 0.14626}},
		{"simam.old", []float64{-0.44047, 0.19896, -0.18684, -0.34624}},
		{"adapt_nonfactor.dyn", []float64{-0.07061, 0.07355, -0.05295, -0.08535}},
		{"arcface.old", []float64{-7.50623, 4.28799, 5.85132, 1.64085}},
		{"gem.old", []float64{0.25676, 0.14786, 0.23212, 0.05444}},
		{"lppool.old", []float64{-0.69265, 0.31595, -0.20444, -0.65315}},
		{"lsepool.old", []float64{5.49296, 5.46052, 5.37927, 5.5961}},
		{"stdpool.old", []float64{0.17806, 0.22539, 0.18546, 0.206}},
		{"topkpool.old", []float64{0.51525, 0.47761, 0.32575, 0.56516}},
		{"bgr_inside.dyn", []float64{-0.06048, 0.23164, 0.0096, 0.21997}},
		{"bn_spatial0", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		// The mean over the picture of what has the mean zero: the last layer's bias.
		// Of onnxruntime, too, unless it optimises the graph, which goes wrong here.
		{"bn_training_mode", []float64{-0.00904, 0.13676, 0.10344, -0.09962}},
		{"einsum.old", []float64{-75.59297, -75.59297, -75.59297, -75.59297}},
		{"if_constant", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"local_function", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"roll.old", []float64{-0.05412, 0.23455, 0.00642, 0.22271}},
		{"sum3_and_tile", []float64{-0.14536, 0.52325, -0.00744, -0.13156}},
		{"threshold.dyn", []float64{-0.06931, 0.29194, 0.01772, 0.13896}},
	} {
		t.Run(r.file, func(t *testing.T) {
			net := readCase(t, r.file, onnx.Options{})
			near(t, answers(t, net, len(r.want)), r.want, 1e-4)
			gradCAM(t, net)
		})
	}
}

// gradCAM compares Grad-CAM at the deepest layer of N x C x H x W with the map whose
// weights are finite differences: the sum of a channel's gradient is the change of the
// logit as all the channel's numbers grow.
func gradCAM(t *testing.T, net *models.Network) {
	t.Helper()
	if testing.Short() {
		return
	}
	var layer string
	for _, name := range net.Explainable() {
		if l, ok := net.Layer(name); ok && l.Grid.At == nil && slices.Equal(l.Grid.Axes, []int{2, 3}) && l.Shape[2]*l.Shape[3] > 1 {
			layer = name
		}
	}
	picture := drawnPicture(t, net)
	const class = 0
	l := tapped(t, net, picture, class, layer)[0]
	pixels := l.Height * l.Width
	changed := func(channel int, by float64) float64 {
		at := zeros(1, l.Channels, l.Height, l.Width)
		for i, v := range l.Activation {
			if at.values[i] = float64(v); i/pixels == channel {
				at.values[i] += by
			}
		}
		return after(net, picture, layer, at)[class]
	}
	const h = 1e-5
	got, want, size := make([]float64, pixels), make([]float64, pixels), 0.0
	for channel := range l.Channels {
		weight, mean := (changed(channel, h)-changed(channel, -h))/(2*h*float64(pixels)), 0.0
		for _, g := range l.Gradient[channel*pixels:][:pixels] {
			mean += float64(g) / float64(pixels)
		}
		for i, a := range l.Activation[channel*pixels:][:pixels] {
			got[i] += mean * float64(a)
			want[i] += weight * float64(a)
			size = max(size, math.Abs(weight*float64(a)))
		}
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-3*max(size, 1e-3) {
			t.Fatalf("class %d at %s: pixel %d of the map is %g, not %g", class, layer, i, got[i], want[i])
		}
	}
}
