package zoo

import (
	"strconv"

	"gaze/models"
)

// denseNets are the networks of Huang et al., Densely Connected Convolutional
// Networks, arXiv:1608.06993, as torchvision builds them.
func denseNets() []architecture {
	rows := []struct {
		name string
		// stem counts the first convolution's channels, growth those that each
		// layer adds.
		stem, growth int
		layers       [4]int
		published    *Published
	}{
		{"densenet121", 64, 32, [4]int{6, 12, 24, 16}, torchvision("densenet121-a639ec97.pth", 30.845, 74.43)},
		{"densenet161", 96, 48, [4]int{6, 12, 36, 24}, torchvision("densenet161-8d451a50.pth", 110.369, 77.14)},
		{"densenet169", 64, 32, [4]int{6, 12, 32, 32}, torchvision("densenet169-b2777c0a.pth", 54.708, 75.60)},
		{"densenet201", 64, 32, [4]int{6, 12, 48, 32}, torchvision("densenet201-c1103571.pth", 77.373, 76.90)},
	}
	var list []architecture
	for _, r := range rows {
		list = append(list, architecture{name: r.name, published: r.published, input: models.ImageNetInput(224, 256), build: func(b *builder) {
			stem, small := b.stem("features.conv0", window{7, 2, 3}, "features.pool0")
			x := b.convNorm("features.conv0", "features.norm0", "features.relu0", models.ReLU, models.InputName, r.stem, 1, stem)
			if !small {
				x = b.maxPool("features.pool0", x, window{3, 2, 1}, false)
			}
			for stage, n := range r.layers {
				block := "features.denseblock" + strconv.Itoa(stage+1)
				for i := range n {
					x = b.denseLayer(block+".denselayer"+strconv.Itoa(i+1), x, r.growth)
				}
				x = b.plain(block, models.Sequential, x)
				if stage < len(r.layers)-1 {
					x = b.transition("features.transition"+strconv.Itoa(stage+1), x)
				}
			}
			x = b.batchNorm("features.norm5", x)
			// The last ReLU is a function that the network calls after its features.
			if b.file != nil && b.file.taken() {
				b.net.Guess("no ReLU after features.norm5", models.AspectHead)
			} else {
				x = b.plain("features.norm5.relu", models.ReLU, x)
			}
			b.head("classifier", x)
		}})
	}
	return list
}

// denseLayer makes growth channels and joins them to what came before.
func (b *builder) denseLayer(name, in string, growth int) string {
	x := b.batchNorm(name+".norm1", in)
	x = b.plain(name+".relu1", models.ReLU, x)
	x = b.convNorm(name+".conv1", name+".norm2", name+".relu2", models.ReLU, x, 4*growth, 1, window{1, 1, 0})
	x = b.conv(name+".conv2", x, growth, window{3, 1, 1}, false)
	return b.plain(name+".cat", models.Concat, in, x)
}

// transition halves channels and sides.
func (b *builder) transition(name, in string) string {
	x := b.batchNorm(name+".norm", in)
	x = b.plain(name+".relu", models.ReLU, x)
	x = b.conv(name+".conv", x, b.channels(in)/2, window{1, 1, 0}, false)
	x = b.avgPool(name+".pool", x, window{2, 2, 0})
	return b.plain(name, models.Sequential, x)
}
