package zoo

import "gaze/models"

// googLeNets is the network of Szegedy et al., Going Deeper with Convolutions,
// arXiv:1409.4842, with batch normalisation, as torchvision builds it. Its
// published weights come from TensorFlow. torchvision converts ImageNet's
// normalisation to TensorFlow's inside the network (transform_input); here the
// input has TensorFlow's. The two auxiliary heads only help training and are
// left out.
func googLeNets() []architecture {
	pool := inception{}
	blocks := []struct {
		name string
		inception
	}{
		{"inception3a", inception{64, 96, 128, 16, 32, 32}},
		{"inception3b", inception{128, 128, 192, 32, 96, 64}},
		{"maxpool3", pool},
		{"inception4a", inception{192, 96, 208, 16, 48, 64}},
		{"inception4b", inception{160, 112, 224, 24, 64, 64}},
		{"inception4c", inception{128, 128, 256, 24, 64, 64}},
		{"inception4d", inception{112, 144, 288, 32, 64, 64}},
		{"inception4e", inception{256, 160, 320, 32, 128, 128}},
		{"maxpool4", pool},
		{"inception5a", inception{256, 160, 320, 32, 128, 128}},
		{"inception5b", inception{384, 192, 384, 48, 128, 128}},
	}
	return []architecture{{
		name: "googlenet", published: torchvision("googlenet-1378be20.pth", 49.731, 69.78), input: halfInput(224, 256), training: []string{"aux1.", "aux2."},
		build: func(b *builder) {
			b.epsilon = 1e-3
			x := b.basicConv("conv1", models.InputName, 64, window{7, 2, 3})
			x = b.maxPool("maxpool1", x, window{3, 2, 0}, true)
			x = b.basicConv("conv2", x, 64, same(1, 1))
			x = b.basicConv("conv3", x, 192, same(3, 1))
			x = b.maxPool("maxpool2", x, window{3, 2, 0}, true)
			for _, block := range blocks {
				switch {
				case block.inception != pool:
					x = b.inception(block.name, x, block.inception)
				case block.name == "maxpool3":
					x = b.maxPool(block.name, x, window{3, 2, 0}, true)
				default:
					x = b.maxPool(block.name, x, window{2, 2, 0}, true)
				}
			}
			b.classifier(x, 1, func(x string) {
				x = b.plain("avgpool", models.GlobalAvgPool, x)
				x = b.plain("flatten", models.Flatten, x)
				x = b.plain("dropout", models.Dropout, x)
				b.linear("fc", x, -1)
			})
		},
	}}
}

// inception counts the channels of a module's four branches: a 1x1 convolution;
// 1x1 and 3x3; 1x1 and again 3x3 (the paper's 5x5: torchvision has it so); and
// a 1x1 convolution of the maxima.
type inception struct{ one, threeIn, three, fiveIn, five, pool int }

func (b *builder) inception(name, in string, c inception) string {
	one := b.basicConv(name+".branch1", in, c.one, same(1, 1))
	two := b.basicConv(name+".branch2.0", in, c.threeIn, same(1, 1))
	two = b.basicConv(name+".branch2.1", two, c.three, same(3, 1))
	three := b.basicConv(name+".branch3.0", in, c.fiveIn, same(1, 1))
	three = b.basicConv(name+".branch3.1", three, c.five, same(3, 1))
	four := b.maxPool(name+".branch4.0", in, same(3, 1), true)
	four = b.basicConv(name+".branch4.1", four, c.pool, same(1, 1))
	return b.plain(name, models.Concat, one, two, three, four)
}

// basicConv is the Inception networks' convolution, called name.conv, with
// batch normalisation and a ReLU, which is a function call in torchvision.
func (b *builder) basicConv(name, in string, out int, w window) string {
	return b.convNorm(name+".conv", name+".bn", name+".relu", models.ReLU, in, out, 1, w)
}
