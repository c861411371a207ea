package zoo

import (
	"strconv"

	"gaze/models"
)

// fire is a SqueezeNet module: a 1x1 convolution to squeeze channels, then 1x1
// and 3x3 convolutions to expand channels each, side by side. 0 squeeze
// channels stand for a max pooling in its place.
type fire struct{ squeeze, expand int }

// squeezeNets are the networks of Iandola et al., SqueezeNet, arXiv:1602.07360,
// as torchvision builds them.
func squeezeNets() []architecture {
	pool := fire{}
	rows := []struct {
		name      string
		channels  int
		stem      window
		fires     []fire
		published *Published
	}{
		{"squeezenet1_0", 96, window{7, 2, 0}, []fire{{16, 64}, {16, 64}, {32, 128}, pool, {32, 128}, {48, 192}, {48, 192}, {64, 256}, pool, {64, 256}}, torchvision("squeezenet1_0-b66bff10.pth", 4.778, 58.09)},
		{"squeezenet1_1", 64, window{3, 2, 0}, []fire{{16, 64}, {16, 64}, pool, {32, 128}, {32, 128}, pool, {48, 192}, {48, 192}, {64, 256}, {64, 256}}, torchvision("squeezenet1_1-b8a52dc0.pth", 4.729, 58.18)},
	}
	var list []architecture
	for _, r := range rows {
		list = append(list, architecture{name: r.name, published: r.published, input: models.ImageNetInput(224, 256), build: func(b *builder) {
			x := b.conv("features.0", models.InputName, r.channels, r.stem, true)
			x = b.plain("features.1", models.ReLU, x)
			x = b.maxPool("features.2", x, window{3, 2, 0}, true)
			for i, f := range r.fires {
				name := "features." + strconv.Itoa(3+i)
				if f == pool {
					x = b.maxPool(name, x, window{3, 2, 0}, true)
				} else {
					x = b.fire(name, x, f)
				}
			}
			b.classifier(x, 1, func(x string) {
				x = b.plain("classifier.0", models.Dropout, x)
				x = b.conv("classifier.1", x, -1, window{1, 1, 0}, true)
				x = b.plain("classifier.2", models.ReLU, x)
				x = b.plain("classifier.3", models.GlobalAvgPool, x)
				b.plain("flatten", models.Flatten, x)
			})
		}})
	}
	return list
}

func (b *builder) fire(name, in string, f fire) string {
	x := b.conv(name+".squeeze", in, f.squeeze, window{1, 1, 0}, true)
	x = b.plain(name+".squeeze_activation", models.ReLU, x)
	one := b.conv(name+".expand1x1", x, f.expand, window{1, 1, 0}, true)
	one = b.plain(name+".expand1x1_activation", models.ReLU, one)
	three := b.conv(name+".expand3x3", x, f.expand, window{3, 1, 1}, true)
	three = b.plain(name+".expand3x3_activation", models.ReLU, three)
	return b.plain(name, models.Concat, one, three)
}
