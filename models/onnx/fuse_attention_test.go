package onnx_test

import (
	"testing"

	"gaze/models"
	"gaze/models/onnx"
)

// TestAttentionIsOneLayer counts what stands for the slices, products and softmaxes of
// files with attention. A softmax over something else stays.
func TestAttentionIsOneLayer(t *testing.T) {
	for file, want := range map[string]int{"vit_cls.dyn": 1, "vit_mean.dyn": 1, "nonlocal.old": 0} {
		net := readCase(t, file, onnx.Options{})
		attentions, softmaxes := 0, 0
		for _, l := range net.Layers {
			switch l.Kind {
			case models.Attention:
				attentions++
			case models.Softmax:
				softmaxes++
			}
		}
		if attentions != want || (softmaxes == 0) != (want > 0) {
			t.Errorf("%s has %d attentions and %d softmaxes", file, attentions, softmaxes)
		}
		if net.HidesAttention() != (want == 0) {
			t.Errorf("%s hides attention: %t", file, net.HidesAttention())
		}
	}
}
