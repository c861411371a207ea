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
	bicubic      bool
	width, depth float64
	epsilon      float64
	stem         int
	// last counts the channels of the last convolution; 0 for four times those
	// of the last stage.
	last      int
	stages    []efficientStage
	published *Published
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
		{"efficientnet_b0", 224, 256, true, 1.0, 1.0, 1e-5, 32, 0, v1, torchvision("efficientnet_b0_rwightman-7f5810bc.pth", 20.451, 77.69)},
		{"efficientnet_b1", 240, 256, true, 1.0, 1.1, 1e-5, 32, 0, v1, torchvision("efficientnet_b1_rwightman-bac287d4.pth", 30.134, 78.64)},
		{"efficientnet_b2", 288, 288, true, 1.1, 1.2, 1e-5, 32, 0, v1, torchvision("efficientnet_b2_rwightman-c35c1473.pth", 35.174, 80.61)},
		{"efficientnet_b3", 300, 320, true, 1.2, 1.4, 1e-5, 32, 0, v1, torchvision("efficientnet_b3_rwightman-b3899882.pth", 47.184, 82.01)},
		{"efficientnet_b4", 380, 384, true, 1.4, 1.8, 1e-5, 32, 0, v1, torchvision("efficientnet_b4_rwightman-23ab8bcd.pth", 74.489, 83.38)},
		{"efficientnet_b5", 456, 456, true, 1.6, 2.2, 1e-3, 32, 0, v1, torchvision("efficientnet_b5_lukemelas-1a07897c.pth", 116.864, 83.44)},
		{"efficientnet_b6", 528, 528, true, 1.8, 2.6, 1e-3, 32, 0, v1, torchvision("efficientnet_b6_lukemelas-24a108a5.pth", 165.362, 84.01)},
		{"efficientnet_b7", 600, 600, true, 2.0, 3.1, 1e-3, 32, 0, v1, torchvision("efficientnet_b7_lukemelas-c5b4e57e.pth", 254.675, 84.12)},
		{"efficientnet_v2_s", 384, 384, false, 1.0, 1.0, 1e-3, 24, 1280, v2s, torchvision("efficientnet_v2_s-dd5fe13b.pth", 82.704, 84.23)},
	}
	var list []architecture
	for _, r := range rows {
		in := models.ImageNetInput(r.size, r.resize)
		if r.bicubic {
			in.Filter = models.FilterBicubic
		}
		list = append(list, architecture{name: r.name, published: r.published, input: in, build: r.build, namings: r.namings()})
	}
	return list
}

func (r efficientNet) build(b *builder) {
	b.epsilon = r.epsilon
	x := b.normAct("features.0", models.SiLU, models.InputName, divisible(float64(r.stem)*r.width, 8), 1, same(3, 2))
	for i, s := range r.stages {
		name := "features." + strconv.Itoa(i+1)
		s.out = divisible(float64(s.out)*r.width, 8)
		for block := range s.count(r.depth) {
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
	b.classifier(x, 1, func(x string) {
		x = b.plain("avgpool", models.GlobalAvgPool, x)
		x = b.plain("flatten", models.Flatten, x)
		x = b.plain("classifier.0", models.Dropout, x)
		b.linear("classifier.1", x, -1)
	})
}

// namings are timm's and, where there is no fused block, those of two more programs.
func (r efficientNet) namings() []naming {
	if r.stages[0].fused {
		return []naming{r.timm()}
	}
	return []naming{r.timm(), r.melas(), r.transformers()}
}

// count is the number of blocks of the stage in a network of that depth.
func (s efficientStage) count(depth float64) int { return int(math.Ceil(float64(s.blocks) * depth)) }

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
