package zoo

import (
	"slices"
	"strconv"

	"gaze/models"
)

// xceptions is the network of Chollet, Xception, arXiv:1610.02357: the layers
// of Keras's application under the names of timm's legacy_xception, with timm's
// numbers: epsilon 1e-5, where Keras has 1e-3, and a max pooling padded by one
// on all sides, where Keras pads even sides only right and below.
func xceptions() []architecture {
	rows := slices.Concat(
		[][]int{{128, 128}, {256, 256}, {728, 728}},
		slices.Repeat([][]int{{728, 728, 728}}, 8),
		[][]int{{728, 1024}},
	)
	in := halfInput(299, 333)
	in.Filter = models.FilterBicubic
	published := &Published{
		URL: "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-cadene/xception-43020ad28.pth",
		// The size is not published; this is that of the parameters.
		Size: 91_700_000, Slack: 500_000,
		Top1: 78.89, Licence: "Apache-2.0; ImageNet's terms of access may apply",
	}
	return []architecture{{name: "xception", published: published, input: in, build: func(b *builder) {
		x := b.convNorm("conv1", "bn1", "act1", models.ReLU, models.InputName, 32, 1, window{3, 2, 0})
		x = b.convNorm("conv2", "bn2", "act2", models.ReLU, x, 64, 1, window{3, 1, 0})
		for i, widths := range rows {
			x = b.xceptionBlock("block"+strconv.Itoa(i+1), x, widths, i > 0)
		}
		for i, out := range []int{1536, 2048} {
			n := strconv.Itoa(i + 3)
			x = b.separable("conv"+n, x, out)
			x = b.batchNorm("bn"+n, x)
			x = b.plain("act"+n, models.ReLU, x)
		}
		b.classifier(x, 1, func(x string) {
			x = b.plain("global_pool", models.GlobalAvgPool, x)
			x = b.plain("flatten", models.Flatten, x)
			b.linear("fc", x, -1)
		})
	}}}
}

// xceptionBlock is a row of separable convolutions beside a shortcut. A row of
// two ends with a pooling that halves the sides; its shortcut is a convolution.
func (b *builder) xceptionBlock(name, in string, widths []int, reluFirst bool) string {
	part := 0
	next := func() string {
		part++
		return name + ".rep." + strconv.Itoa(part-1)
	}
	x, shortcut := b.beside(func() string {
		x := in
		for i, width := range widths {
			if i > 0 || reluFirst {
				x = b.plain(next(), models.ReLU, x)
			}
			x = b.separable(next(), x, width)
			x = b.batchNorm(next(), x)
		}
		if len(widths) == 2 {
			x = b.maxPool(next(), x, same(3, 2), false)
		}
		return x
	}, func() string {
		if len(widths) != 2 {
			return in
		}
		return b.convNorm(name+".skip", name+".skipbn", "", "", in, widths[1], 1, same(1, 2))
	})
	return b.plain(name, models.Add, x, shortcut)
}

// separable is one 3x3 kernel a channel and a 1x1 convolution to out channels.
func (b *builder) separable(name, in string, out int) string {
	x := b.groupConv(name+".conv1", in, b.channels(in), b.channels(in), same(3, 1), false)
	return b.conv(name+".pointwise", x, out, same(1, 1), false)
}
