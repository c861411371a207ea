package zoo

import (
	"math"
	"strconv"

	"gaze/models"
)

// efficientStage is a row of equal blocks in an EfficientNet, the first of them
// with the stride. Fused blocks, of EfficientNetV2, have one full convolution
// instead of the 1x1 and the depthwise one, and no squeeze and excitation.
type efficientStage struct {
	fused                               bool
	expand, kernel, stride, out, blocks int
}

// efficientNet is a row of the EfficientNets. Width and depth multiply the
// channels and the blocks of its stages.
type efficientNet struct {
	name         string
	size, resize int
	width, depth float64
	epsilon      float64
	stem         int
	// last counts the channels of the last convolution; 0 for four times those
	// of the last stage.
	last   int
	stages []efficientStage
}

// efficientNets are the networks of Tan and Le, EfficientNet, arXiv:1905.11946,
// and EfficientNetV2, arXiv:2104.00298, as torchvision builds them. Pictures
// are resized with a bicubic filter, those of EfficientNetV2 with a bilinear one.
func efficientNets() []architecture {
	v1 := []efficientStage{
		{false, 1, 3, 1, 16, 1},
		{false, 6, 3, 2, 24, 2},
		{false, 6, 5, 2, 40, 2},
		{false, 6, 3, 2, 80, 3},
		{false, 6, 5, 1, 112, 3},
		{false, 6, 5, 2, 192, 4},
		{false, 6, 3, 1, 320, 1},
	}
	v2s := []efficientStage{
		{true, 1, 3, 1, 24, 2},
		{true, 4, 3, 2, 48, 4},
		{true, 4, 3, 2, 64, 4},
		{false, 4, 3, 2, 128, 6},
		{false, 6, 3, 1, 160, 9},
		{false, 6, 3, 2, 256, 15},
	}
	rows := []efficientNet{
		{"efficientnet_b0", 224, 256, 1.0, 1.0, 1e-5, 32, 0, v1},
		{"efficientnet_b1", 240, 256, 1.0, 1.1, 1e-5, 32, 0, v1},
		{"efficientnet_b2", 288, 288, 1.1, 1.2, 1e-5, 32, 0, v1},
		{"efficientnet_b3", 300, 320, 1.2, 1.4, 1e-5, 32, 0, v1},
		{"efficientnet_b4", 380, 384, 1.4, 1.8, 1e-5, 32, 0, v1},
		{"efficientnet_b5", 456, 456, 1.6, 2.2, 1e-3, 32, 0, v1},
		{"efficientnet_b6", 528, 528, 1.8, 2.6, 1e-3, 32, 0, v1},
		{"efficientnet_b7", 600, 600, 2.0, 3.1, 1e-3, 32, 0, v1},
		{"efficientnet_v2_s", 384, 384, 1.0, 1.0, 1e-3, 24, 1280, v2s},
	}
	var list []architecture
	for _, r := range rows {
		in := models.ImageNetInput(r.size, r.resize)
		in.Bicubic = r.name != "efficientnet_v2_s"
		list = append(list, architecture{name: r.name, input: in, build: r.build})
	}
	return list
}

func (r efficientNet) build(b *builder) {
	b.epsilon = r.epsilon
	x := b.normAct("features.0", models.SiLU, models.InputName, divisible(float64(r.stem)*r.width, 8), 1, same(3, 2))
	for i, s := range r.stages {
		name := "features." + strconv.Itoa(i+1)
		s.out = divisible(float64(s.out)*r.width, 8)
		for block := range int(math.Ceil(float64(s.blocks) * r.depth)) {
			if block > 0 {
				s.stride = 1
			}
			x = s.block(b, name+"."+strconv.Itoa(block), x)
		}
		x = b.plain(name, models.Sequential, x)
	}
	name, last := "features."+strconv.Itoa(len(r.stages)+1), r.last
	if last == 0 {
		last = 4 * b.channels(x)
	}
	x = b.normAct(name, models.SiLU, x, last, 1, same(1, 1))
	x = b.plain(name, models.Sequential, x)
	x = b.plain("avgpool", models.GlobalAvgPool, x)
	x = b.plain("flatten", models.Flatten, x)
	x = b.plain("classifier.0", models.Dropout, x)
	b.linear("classifier.1", x, -1)
}

// block appends one block of the stage. Its stochastic depth does nothing at
// inference.
func (s efficientStage) block(b *builder, name, in string) string {
	var x string
	from := b.channels(in)
	wide := s.expand * from
	switch {
	case s.fused && wide == from:
		x = b.normAct(name+".block.0", models.SiLU, in, s.out, 1, same(s.kernel, s.stride))
	case s.fused:
		x = b.normAct(name+".block.0", models.SiLU, in, wide, 1, same(s.kernel, s.stride))
		x = b.normAct(name+".block.1", "", x, s.out, 1, same(1, 1))
	default:
		x = b.mbConv(name+".block", in, mbConv{
			kernel: s.kernel, stride: s.stride, wide: wide, out: s.out, squeeze: max(1, from/4),
			act: models.SiLU, inner: models.SiLU, gate: models.Sigmoid,
		})
	}
	if s.stride == 1 && from == s.out {
		x = b.plain(name+".stochastic_depth", models.Identity, x)
	}
	return b.residual(name, in, x, s.stride)
}
