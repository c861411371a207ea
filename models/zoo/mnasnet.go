package zoo

import (
	"strconv"

	"gaze/models"
)

// mnasNets are the networks of Tan et al., MnasNet, arXiv:1807.11626, as
// torchvision builds them.
func mnasNets() []architecture {
	stages := []struct{ kernel, stride, expand, out, blocks int }{
		{3, 2, 3, 24, 3}, {5, 2, 3, 40, 3}, {5, 2, 6, 80, 3}, {3, 1, 6, 96, 2}, {5, 2, 6, 192, 4}, {3, 1, 6, 320, 1},
	}
	rows := []struct {
		name      string
		width     float64
		resize    int
		published *Published
	}{
		{"mnasnet0_5", 0.5, 256, torchvision("mnasnet0.5_top1_67.823-3ffadce67e.pth", 8.591, 67.73)},
		{"mnasnet0_75", 0.75, 232, torchvision("mnasnet0_75-7090bc5f.pth", 12.303, 71.18)},
		{"mnasnet1_0", 1, 256, torchvision("mnasnet1.0_top1_73.512-f206786ef8.pth", 16.915, 73.46)},
		{"mnasnet1_3", 1.3, 232, torchvision("mnasnet1_3-a4c69d6f.pth", 24.246, 76.51)},
	}
	var list []architecture
	for _, r := range rows {
		wide := func(channels int) int { return divisible(float64(channels)*r.width, 8) }
		list = append(list, architecture{name: r.name, published: r.published, input: models.ImageNetInput(224, r.resize), namings: []naming{timmMNASNet()}, build: func(b *builder) {
			stem := wide(32)
			x := b.convNorm("layers.0", "layers.1", "layers.2", models.ReLU, models.InputName, stem, 1, same(3, 2))
			x = b.convNorm("layers.3", "layers.4", "layers.5", models.ReLU, x, stem, stem, same(3, 1))
			x = b.convNorm("layers.6", "layers.7", "", "", x, wide(16), 1, same(1, 1))
			for i, s := range stages {
				name := "layers." + strconv.Itoa(8+i)
				for block := range s.blocks {
					stride := 1
					if block == 0 {
						stride = s.stride
					}
					x = b.mnasBlock(name+"."+strconv.Itoa(block), x, s.expand, wide(s.out), same(s.kernel, stride))
				}
				x = b.plain(name, models.Sequential, x)
			}
			x = b.convNorm("layers.14", "layers.15", "layers.16", models.ReLU, x, 1280, 1, same(1, 1))
			b.classifier(x, 1, func(x string) {
				x = b.plain("avgpool", models.GlobalAvgPool, x)
				x = b.plain("flatten", models.Flatten, x)
				x = b.plain("classifier.0", models.Dropout, x)
				b.linear("classifier.1", x, -1)
			})
		}})
	}
	return list
}

// mnasBlock expands the channels, convolves each on its own, and shrinks them
// again, beside a shortcut where the shape stays.
func (b *builder) mnasBlock(name, in string, expand, out int, w window) string {
	part := func(i int) string { return name + ".layers." + strconv.Itoa(i) }
	wide := expand * b.channels(in)
	x := b.convNorm(part(0), part(1), part(2), models.ReLU, in, wide, 1, same(1, 1))
	x = b.convNorm(part(3), part(4), part(5), models.ReLU, x, wide, wide, w)
	x = b.convNorm(part(6), part(7), "", "", x, out, 1, same(1, 1))
	return b.residual(name, in, x, w.stride)
}
