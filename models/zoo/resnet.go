package zoo

import (
	"strconv"

	"gaze/models"
)

// resNets are residual networks of basic blocks: those of He et al., Deep
// Residual Learning, arXiv:1512.03385, as torchvision builds them, and the
// small one that is built into Gaze.
func resNets() []architecture {
	rows := []struct {
		name    string
		input   models.Input
		stem    window
		widths  [4]int
		strides [4]int
		blocks  [4]int
	}{
		{"resnet18", models.ImageNetInput(224, 256), window{7, 2, 3}, [4]int{64, 128, 256, 512}, [4]int{1, 2, 2, 2}, [4]int{2, 2, 2, 2}},
		{"resnet34", models.ImageNetInput(224, 256), window{7, 2, 3}, [4]int{64, 128, 256, 512}, [4]int{1, 2, 2, 2}, [4]int{3, 4, 6, 3}},
		{"everyday", models.ImageNetInput(176, 176), window{5, 2, 2}, [4]int{32, 64, 128, 192}, [4]int{1, 2, 2, 1}, [4]int{2, 2, 2, 2}},
	}
	var list []architecture
	for _, r := range rows {
		list = append(list, architecture{r.name, r.input, func(b *builder) {
			x := b.conv("conv1", models.InputName, r.widths[0], r.stem, false)
			x = b.batchNorm("bn1", x)
			x = b.plain("relu", models.ReLU, x)
			x = b.maxPool("maxpool", x, window{3, 2, 1}, false)
			for stage, width := range r.widths {
				name := "layer" + strconv.Itoa(stage+1)
				for i := range r.blocks[stage] {
					stride := 1
					if i == 0 {
						stride = r.strides[stage]
					}
					x = b.basicBlock(name+"."+strconv.Itoa(i), x, width, stride)
				}
				x = b.plain(name, models.Sequential, x)
			}
			x = b.plain("avgpool", models.GlobalAvgPool, x)
			x = b.plain("flatten", models.Flatten, x)
			b.linear("fc", x)
		}})
	}
	return list
}

// basicBlock is two 3x3 convolutions beside a shortcut, which is a 1x1
// convolution where the shape changes. The block's last ReLU, torchvision's
// output of the block, goes by the block's name.
func (b *builder) basicBlock(name, in string, width, stride int) string {
	x := b.conv(name+".conv1", in, width, window{3, stride, 1}, false)
	x = b.batchNorm(name+".bn1", x)
	x = b.plain(name+".relu", models.ReLU, x)
	x = b.conv(name+".conv2", x, width, window{3, 1, 1}, false)
	x = b.batchNorm(name+".bn2", x)
	shortcut := in
	if stride != 1 || b.channels(in) != width {
		shortcut = b.conv(name+".downsample.0", in, width, window{1, stride, 0}, false)
		shortcut = b.batchNorm(name+".downsample.1", shortcut)
	}
	x = b.plain(name+".add", models.Add, x, shortcut)
	return b.plain(name, models.ReLU, x)
}
