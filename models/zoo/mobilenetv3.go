package zoo

import (
	"strconv"

	"gaze/models"
)

// mobileNetV3s are the networks of Howard et al., Searching for MobileNetV3,
// arXiv:1905.02244, as torchvision builds them.
func mobileNetV3s() []architecture {
	const relu, swish = models.ReLU, models.HardSwish
	type bottleneck struct {
		kernel, wide, out int
		squeeze           bool
		act               models.Kind
		stride            int
	}
	rows := []struct {
		name string
		// hidden counts the numbers between the two linear layers.
		hidden    int
		published *Published
		blocks    []bottleneck
	}{
		{"mobilenet_v3_small", 1024, torchvision("mobilenet_v3_small-047dcff4.pth", 9.829, 67.67), []bottleneck{
			{3, 16, 16, true, relu, 2},
			{3, 72, 24, false, relu, 2},
			{3, 88, 24, false, relu, 1},
			{5, 96, 40, true, swish, 2},
			{5, 240, 40, true, swish, 1},
			{5, 240, 40, true, swish, 1},
			{5, 120, 48, true, swish, 1},
			{5, 144, 48, true, swish, 1},
			{5, 288, 96, true, swish, 2},
			{5, 576, 96, true, swish, 1},
			{5, 576, 96, true, swish, 1},
		}},
		{"mobilenet_v3_large", 1280, torchvision("mobilenet_v3_large-8738ca79.pth", 21.114, 74.04), []bottleneck{
			{3, 16, 16, false, relu, 1},
			{3, 64, 24, false, relu, 2},
			{3, 72, 24, false, relu, 1},
			{5, 72, 40, true, relu, 2},
			{5, 120, 40, true, relu, 1},
			{5, 120, 40, true, relu, 1},
			{3, 240, 80, false, swish, 2},
			{3, 200, 80, false, swish, 1},
			{3, 184, 80, false, swish, 1},
			{3, 184, 80, false, swish, 1},
			{3, 480, 112, true, swish, 1},
			{3, 672, 112, true, swish, 1},
			{5, 672, 160, true, swish, 2},
			{5, 960, 160, true, swish, 1},
			{5, 960, 160, true, swish, 1},
		}},
	}
	var list []architecture
	for _, r := range rows {
		list = append(list, architecture{name: r.name, published: r.published, input: models.ImageNetInput(224, 256), namings: []naming{timmMobileNetV3(r.name == "mobilenet_v3_small")}, build: func(b *builder) {
			b.epsilon = 1e-3
			x := b.normAct("features.0", swish, models.InputName, 16, 1, same(3, 2))
			for i, block := range r.blocks {
				name, in := "features."+strconv.Itoa(i+1), x
				c := mbConv{
					kernel: block.kernel, stride: block.stride, wide: block.wide, out: block.out,
					act: block.act, inner: relu, gate: models.HardSigmoid,
				}
				if block.squeeze {
					c.squeeze = divisible(float64(block.wide)/4, 8)
				}
				x = b.mbConv(name+".block", in, c)
				x = b.residual(name, in, x, block.stride)
			}
			last := "features." + strconv.Itoa(len(r.blocks)+1)
			x = b.normAct(last, swish, x, 6*b.channels(x), 1, same(1, 1))
			x = b.plain(last, models.Sequential, x)
			b.classifier(x, 1, func(x string) {
				x = b.plain("avgpool", models.GlobalAvgPool, x)
				x = b.plain("flatten", models.Flatten, x)
				x = b.linear("classifier.0", x, r.hidden)
				x = b.plain("classifier.1", swish, x)
				x = b.plain("classifier.2", models.Dropout, x)
				b.linear("classifier.3", x, -1)
			})
		}})
	}
	return list
}
