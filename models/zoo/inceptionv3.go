package zoo

import (
	"strconv"

	"gaze/models"
)

// inceptionV3s is the network of Szegedy et al., Rethinking the Inception
// Architecture, arXiv:1512.00567, as torchvision builds it. As with GoogLeNet,
// the published weights come from TensorFlow, the input has TensorFlow's
// normalisation, and the auxiliary head is left out.
func inceptionV3s() []architecture {
	return []architecture{{
		name: "inception_v3", published: torchvision("inception_v3_google-0cc3c7bd.pth", 103.903, 77.29), input: halfInput(299, 342), training: []string{"AuxLogits."},
		build: func(b *builder) {
			b.epsilon = 1e-3
			x := b.basicConv("Conv2d_1a_3x3", models.InputName, 32, window{3, 2, 0})
			x = b.basicConv("Conv2d_2a_3x3", x, 32, window{3, 1, 0})
			x = b.basicConv("Conv2d_2b_3x3", x, 64, same(3, 1))
			x = b.maxPool("maxpool1", x, window{3, 2, 0}, false)
			x = b.basicConv("Conv2d_3b_1x1", x, 80, same(1, 1))
			x = b.basicConv("Conv2d_4a_3x3", x, 192, window{3, 1, 0})
			x = b.maxPool("maxpool2", x, window{3, 2, 0}, false)
			x = b.inceptionA("Mixed_5b", x, 32)
			x = b.inceptionA("Mixed_5c", x, 64)
			x = b.inceptionA("Mixed_5d", x, 64)
			x = b.inceptionB("Mixed_6a", x)
			x = b.inceptionC("Mixed_6b", x, 128)
			x = b.inceptionC("Mixed_6c", x, 160)
			x = b.inceptionC("Mixed_6d", x, 160)
			x = b.inceptionC("Mixed_6e", x, 192)
			x = b.inceptionD("Mixed_7a", x)
			x = b.inceptionE("Mixed_7b", x)
			x = b.inceptionE("Mixed_7c", x)
			b.classifier(x, 1, func(x string) {
				x = b.plain("avgpool", models.GlobalAvgPool, x)
				x = b.plain("dropout", models.Dropout, x)
				x = b.plain("flatten", models.Flatten, x)
				b.linear("fc", x, -1)
			})
		},
	}}
}

// factor is one convolution of an Inception branch: rows by columns, padded so
// that the sides stay, except where it halves them.
type factor struct {
	out, rows, columns int
	halve              bool
}

// branch appends convolutions called name_1, name_2 and so on.
func (b *builder) branch(name, in string, factors ...factor) string {
	for i, f := range factors {
		in = b.factor(name+"_"+strconv.Itoa(i+1), in, f)
	}
	return in
}

func (b *builder) factor(name, in string, f factor) string {
	attr := models.Attr{
		Kernel: [2]int{f.rows, f.columns}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1,
		Pad: [4]int{f.rows / 2, f.columns / 2, f.rows / 2, f.columns / 2},
	}
	if f.halve {
		attr.Stride, attr.Pad = [2]int{2, 2}, [4]int{}
	}
	x := b.attrConv(name+".conv", in, f.out, attr, false)
	x = b.batchNorm(name+".bn", x)
	return b.plain(name+".relu", models.ReLU, x)
}

// poolBranch is a 1x1 convolution of means of 3x3 pixels.
func (b *builder) poolBranch(name, in string, out int) string {
	x := b.avgPool(name+".avg_pool", in, same(3, 1))
	return b.basicConv(name+".branch_pool", x, out, same(1, 1))
}

func (b *builder) inceptionA(name, in string, pool int) string {
	one := b.basicConv(name+".branch1x1", in, 64, same(1, 1))
	five := b.branch(name+".branch5x5", in, factor{48, 1, 1, false}, factor{64, 5, 5, false})
	double := b.branch(name+".branch3x3dbl", in, factor{64, 1, 1, false}, factor{96, 3, 3, false}, factor{96, 3, 3, false})
	return b.plain(name, models.Concat, one, five, double, b.poolBranch(name, in, pool))
}

func (b *builder) inceptionB(name, in string) string {
	three := b.factor(name+".branch3x3", in, factor{384, 3, 3, true})
	double := b.branch(name+".branch3x3dbl", in, factor{64, 1, 1, false}, factor{96, 3, 3, false}, factor{96, 3, 3, true})
	pool := b.maxPool(name+".max_pool", in, window{3, 2, 0}, false)
	return b.plain(name, models.Concat, three, double, pool)
}

func (b *builder) inceptionC(name, in string, c int) string {
	one := b.basicConv(name+".branch1x1", in, 192, same(1, 1))
	seven := b.branch(name+".branch7x7", in, factor{c, 1, 1, false}, factor{c, 1, 7, false}, factor{192, 7, 1, false})
	double := b.branch(name+".branch7x7dbl", in, factor{c, 1, 1, false}, factor{c, 7, 1, false},
		factor{c, 1, 7, false}, factor{c, 7, 1, false}, factor{192, 1, 7, false})
	return b.plain(name, models.Concat, one, seven, double, b.poolBranch(name, in, 192))
}

func (b *builder) inceptionD(name, in string) string {
	three := b.branch(name+".branch3x3", in, factor{192, 1, 1, false}, factor{320, 3, 3, true})
	seven := b.branch(name+".branch7x7x3", in, factor{192, 1, 1, false}, factor{192, 1, 7, false},
		factor{192, 7, 1, false}, factor{192, 3, 3, true})
	pool := b.maxPool(name+".max_pool", in, window{3, 2, 0}, false)
	return b.plain(name, models.Concat, three, seven, pool)
}

func (b *builder) inceptionE(name, in string) string {
	one := b.basicConv(name+".branch1x1", in, 320, same(1, 1))
	three := b.branch(name+".branch3x3", in, factor{384, 1, 1, false})
	three = b.fork(name+".branch3x3", name+".branch3x3_2", three)
	double := b.branch(name+".branch3x3dbl", in, factor{448, 1, 1, false}, factor{384, 3, 3, false})
	double = b.fork(name+".branch3x3dbl", name+".branch3x3dbl_3", double)
	return b.plain(name, models.Concat, one, three, double, b.poolBranch(name, in, 192))
}

// fork joins a 1x3 and a 3x1 convolution of the same maps, called parts and a
// and b.
func (b *builder) fork(name, parts, in string) string {
	wide := b.factor(parts+"a", in, factor{384, 1, 3, false})
	high := b.factor(parts+"b", in, factor{384, 3, 1, false})
	return b.plain(name, models.Concat, wide, high)
}
