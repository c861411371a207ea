package zoo

import (
	"strconv"

	"gaze/models"
)

// mobileNetV2s is the network of Sandler et al., MobileNetV2, arXiv:1801.04381,
// as torchvision builds it.
func mobileNetV2s() []architecture {
	stages := []struct{ expand, out, blocks, stride int }{
		{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1},
	}
	return []architecture{{name: "mobilenet_v2", published: torchvision("mobilenet_v2-b0353104.pth", 13.555, 71.88), input: models.ImageNetInput(224, 256), namings: []naming{{rename: timmInverted([]int{1, 2, 3, 4, 3, 3, 1}, "conv")}, transformersMobileNetV2()}, build: func(b *builder) {
		x := b.normAct("features.0", models.ReLU6, models.InputName, 32, 1, same(3, 2))
		i := 1
		for _, s := range stages {
			for block := range s.blocks {
				stride := 1
				if block == 0 {
					stride = s.stride
				}
				x = b.invertedResidual("features."+strconv.Itoa(i), x, s.expand, s.out, stride)
				i++
			}
		}
		last := "features." + strconv.Itoa(i)
		x = b.normAct(last, models.ReLU6, x, 1280, 1, same(1, 1))
		x = b.plain(last, models.Sequential, x)
		b.classifier(x, 1, func(x string) {
			x = b.plain("avgpool", models.GlobalAvgPool, x)
			x = b.plain("flatten", models.Flatten, x)
			x = b.plain("classifier.0", models.Dropout, x)
			b.linear("classifier.1", x, -1)
		})
	}}}
}

// invertedResidual expands the channels, convolves each on its own, and
// shrinks them again, beside a shortcut where the shape stays.
func (b *builder) invertedResidual(name, in string, expand, out, stride int) string {
	x, part := in, 0
	wide := expand * b.channels(in)
	next := func() string {
		part++
		return name + ".conv." + strconv.Itoa(part-1)
	}
	if expand != 1 {
		x = b.normAct(next(), models.ReLU6, x, wide, 1, same(1, 1))
	}
	x = b.normAct(next(), models.ReLU6, x, wide, wide, same(3, stride))
	x = b.convNorm(next(), next(), "", "", x, out, 1, window{1, 1, 0})
	return b.residual(name, in, x, stride)
}
