package zoo

import (
	"strconv"

	"gaze/models"
)

// shuffleNets are the networks of Ma et al., ShuffleNet V2, arXiv:1807.11164,
// as torchvision builds them.
func shuffleNets() []architecture {
	rows := []struct {
		name   string
		resize int
		// widths of the three stages, and last the channels of conv5.
		widths    [3]int
		last      int
		published *Published
	}{
		{"shufflenet_v2_x0_5", 256, [3]int{48, 96, 192}, 1024, torchvision("shufflenetv2_x0.5-f707e7126e.pth", 5.282, 60.55)},
		{"shufflenet_v2_x1_0", 256, [3]int{116, 232, 464}, 1024, torchvision("shufflenetv2_x1-5666bf0f80.pth", 8.791, 69.36)},
		{"shufflenet_v2_x1_5", 232, [3]int{176, 352, 704}, 1024, torchvision("shufflenetv2_x1_5-3c479a10.pth", 13.557, 73.00)},
		{"shufflenet_v2_x2_0", 232, [3]int{244, 488, 976}, 2048, torchvision("shufflenetv2_x2_0-8be3c8ee.pth", 28.433, 76.23)},
	}
	blocks := [3]int{4, 8, 4}
	var list []architecture
	for _, r := range rows {
		list = append(list, architecture{name: r.name, published: r.published, input: models.ImageNetInput(224, r.resize), build: func(b *builder) {
			x := b.normAct("conv1", models.ReLU, models.InputName, 24, 1, same(3, 2))
			x = b.maxPool("maxpool", x, same(3, 2), false)
			for stage, width := range r.widths {
				name := "stage" + strconv.Itoa(stage+2)
				for i := range blocks[stage] {
					x = b.shuffleUnit(name+"."+strconv.Itoa(i), x, width, i == 0)
				}
				x = b.plain(name, models.Sequential, x)
			}
			x = b.normAct("conv5", models.ReLU, x, r.last, 1, same(1, 1))
			x = b.plain("conv5", models.Sequential, x)
			b.head("fc", x)
		}})
	}
	return list
}

// shuffleUnit convolves half of the channels and shuffles both halves. One that
// halves the sides convolves all channels twice instead, side by side.
func (b *builder) shuffleUnit(name, in string, out int, down bool) string {
	half := out / 2
	one, two := name+".branch1.", name+".branch2."
	var left, right string
	stride := 1
	if down {
		stride = 2
		left = b.convNorm(one+"0", one+"1", "", "", in, b.channels(in), b.channels(in), same(3, 2))
		left = b.convNorm(one+"2", one+"3", one+"4", models.ReLU, left, half, 1, same(1, 1))
		right = in
	} else {
		left = b.slice(name+".chunk", in, 0, half)
		right = b.slice(name+".chunk_2", in, half, out)
	}
	right = b.convNorm(two+"0", two+"1", two+"2", models.ReLU, right, half, 1, same(1, 1))
	right = b.convNorm(two+"3", two+"4", "", "", right, half, half, same(3, stride))
	right = b.convNorm(two+"5", two+"6", two+"7", models.ReLU, right, half, 1, same(1, 1))
	x := b.plain(name+".cat", models.Concat, left, right)
	return b.append(models.Layer{Name: name, Kind: models.ChannelShuffle, Inputs: []string{x}, Attr: models.Attr{Groups: 2}})
}

// slice appends the channels from to to-1.
func (b *builder) slice(name, in string, from, to int) string {
	return b.append(models.Layer{Name: name, Kind: models.Slice, Inputs: []string{in}, Attr: models.Attr{Axis: 1, From: from, To: to, Step: 1}})
}
