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
	return []architecture{{"mobilenet_v2", models.ImageNetInput(224, 256), func(b *builder) {
		x := b.convNorm("features.0.0", "features.0.1", "features.0.2", models.ReLU6, models.InputName, 32, 1, window{3, 2, 1})
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
		x = b.convNorm(last+".0", last+".1", last+".2", models.ReLU6, x, 1280, 1, window{1, 1, 0})
		x = b.plain(last, models.Sequential, x)
		x = b.plain("avgpool", models.GlobalAvgPool, x)
		x = b.plain("flatten", models.Flatten, x)
		x = b.plain("classifier.0", models.Dropout, x)
		b.linear("classifier.1", x, -1)
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
		p := next()
		x = b.convNorm(p+".0", p+".1", p+".2", models.ReLU6, x, wide, 1, window{1, 1, 0})
	}
	p := next()
	x = b.convNorm(p+".0", p+".1", p+".2", models.ReLU6, x, wide, wide, window{3, stride, 1})
	x = b.convNorm(next(), next(), "", "", x, out, 1, window{1, 1, 0})
	if stride == 1 && b.channels(in) == out {
		return b.plain(name, models.Add, x, in)
	}
	return b.plain(name, models.Sequential, x)
}
