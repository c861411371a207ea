package zoo

import (
	"strconv"

	"gaze/models"
)

// resNet is a row of the residual networks: a stem, four stages of blocks, a
// linear layer. Bottlenecks have a 3x3 convolution of widths times width
// channels in groups, and four times widths channels at their ends.
type resNet struct {
	name       string
	input      models.Input
	stem       window
	widths     [4]int
	strides    [4]int
	blocks     [4]int
	bottleneck bool
	groups     int
	width      int
	// published is nil for the one that is built in.
	published *Published
}

// resNets are the networks of He et al., Deep Residual Learning,
// arXiv:1512.03385, Xie et al., Aggregated Residual Transformations,
// arXiv:1611.05431, and Zagoruyko and Komodakis, Wide Residual Networks,
// arXiv:1605.07146, as torchvision builds them; and the small one that is built
// into Gaze.
func resNets() []architecture {
	stem, widths, strides := window{7, 2, 3}, [4]int{64, 128, 256, 512}, [4]int{1, 2, 2, 2}
	image := models.ImageNetInput(224, 256)
	rows := []resNet{
		{"resnet18", image, stem, widths, strides, [4]int{2, 2, 2, 2}, false, 1, 1, torchvision("resnet18-f37072fd.pth", 44.661, 69.76)},
		{"resnet34", image, stem, widths, strides, [4]int{3, 4, 6, 3}, false, 1, 1, torchvision("resnet34-b627a593.pth", 83.275, 73.31)},
		{"resnet50", image, stem, widths, strides, [4]int{3, 4, 6, 3}, true, 1, 1, torchvision("resnet50-0676ba61.pth", 97.781, 76.13)},
		{"resnet101", image, stem, widths, strides, [4]int{3, 4, 23, 3}, true, 1, 1, torchvision("resnet101-63fe2227.pth", 170.511, 77.37)},
		{"resnet152", image, stem, widths, strides, [4]int{3, 8, 36, 3}, true, 1, 1, torchvision("resnet152-394f9c45.pth", 230.434, 78.31)},
		{"resnext50_32x4d", image, stem, widths, strides, [4]int{3, 4, 6, 3}, true, 32, 2, torchvision("resnext50_32x4d-7cdf4587.pth", 95.789, 77.62)},
		{"resnext101_32x8d", image, stem, widths, strides, [4]int{3, 4, 23, 3}, true, 32, 4, torchvision("resnext101_32x8d-8ba56ff5.pth", 339.586, 79.31)},
		{"resnext101_64x4d", models.ImageNetInput(224, 232), stem, widths, strides, [4]int{3, 4, 23, 3}, true, 64, 4, torchvision("resnext101_64x4d-173b62eb.pth", 319.318, 83.25)},
		{"wide_resnet50_2", image, stem, widths, strides, [4]int{3, 4, 6, 3}, true, 1, 2, torchvision("wide_resnet50_2-95faca4d.pth", 131.820, 78.47)},
		{"wide_resnet101_2", image, stem, widths, strides, [4]int{3, 4, 23, 3}, true, 1, 2, torchvision("wide_resnet101_2-32ee1156.pth", 242.896, 78.85)},
		{"everyday", models.ImageNetInput(168, 168), window{5, 2, 2}, [4]int{32, 64, 128, 192}, [4]int{1, 2, 2, 1}, [4]int{2, 2, 3, 2}, false, 1, 1, nil},
	}
	var list []architecture
	for _, r := range rows {
		list = append(list, r.architecture())
	}
	return list
}

func (r resNet) architecture() architecture {
	return architecture{name: r.name, published: r.published, input: r.input, build: r.build, probe: "layer1.0.conv1.weight", namings: []naming{cifarResNet(), transformersResNet()}}
}

func (r resNet) build(b *builder) {
	x, small := r.begin(b)
	if !small {
		x = b.maxPool("maxpool", x, window{3, 2, 1}, false)
	}
	for stage, width := range r.widths {
		name := "layer" + strconv.Itoa(stage+1)
		for i := range r.blocks[stage] {
			stride := 1
			if i == 0 {
				stride = r.strides[stage]
			}
			x = r.block(b, name+"."+strconv.Itoa(i), x, width, stride)
		}
		x = b.plain(name, models.Sequential, x)
	}
	b.head("fc", x)
}

// begin is what comes before the first pooling, and whether there is none. A file
// that has parameters for it has timm's deep stem in the place of the first
// convolution: three convolutions, of which the last one is normalised by bn1. He et
// al., Bag of Tricks, arXiv:1812.01187, call it C.
func (r resNet) begin(b *builder) (x string, small bool) {
	first := b.shapeOf("conv1.0.weight")
	if len(first) != 4 {
		stem, small := b.stem("conv1", r.stem, "maxpool")
		return b.convNorm("conv1", "bn1", "relu", models.ReLU, models.InputName, r.widths[0], 1, stem), small
	}
	x = b.convNorm("conv1.0", "conv1.1", "conv1.2", models.ReLU, models.InputName, first[0], 1, same(3, 2))
	x = b.convNorm("conv1.3", "conv1.4", "conv1.5", models.ReLU, x, -1, 1, same(3, 1))
	return b.convNorm("conv1.6", "bn1", "relu", models.ReLU, x, r.widths[0], 1, same(3, 1)), false
}

// shortcut is a 1x1 convolution with the stride. A file with its parameters one
// place further on has a mean of 2x2 pixels before it, which has the stride: D in
// the paper.
func (r resNet) shortcut(b *builder, name, in string, out, stride int) string {
	if b.shapeOf(name+".downsample.2.weight") == nil {
		return b.convNorm(name+".downsample.0", name+".downsample.1", "", "", in, out, 1, window{1, stride, 0})
	}
	x := in
	if stride > 1 {
		attr := window{2, stride, 0}.attr()
		attr.Ceil, attr.ExcludePad = true, true
		x = b.append(models.Layer{Name: name + ".downsample.0", Kind: models.AvgPool, Inputs: []string{x}, Attr: attr})
	}
	return b.convNorm(name+".downsample.1", name+".downsample.2", "", "", x, out, 1, window{1, 1, 0})
}

// excite appends squeeze and excitation where the file has parameters for it, as in
// timm's SE-ResNets.
func (r resNet) excite(b *builder, name, x string) string {
	squeeze := b.shapeOf(name + ".fc1.weight")
	if len(squeeze) != 4 {
		return x
	}
	return b.squeezeExcitation(name, x, squeeze[0], models.ReLU, models.Sigmoid)
}

// block is a residual block: convolutions beside a shortcut, which is a 1x1
// convolution where the shape changes. torchvision uses one ReLU module several
// times in a block. Here each use is a layer: the last one, which is the
// block's output, has the block's name, and numbers tell the others apart.
func (r resNet) block(b *builder, name, in string, width, stride int) string {
	out := width
	if r.bottleneck {
		out = 4 * width
	}
	x, shortcut := b.beside(func() string {
		if r.bottleneck {
			x := b.convNorm(name+".conv1", name+".bn1", name+".relu", models.ReLU, in, width*r.width, 1, window{1, 1, 0})
			x = b.convNorm(name+".conv2", name+".bn2", name+".relu_2", models.ReLU, x, width*r.width, r.groups, window{3, stride, 1})
			x = b.convNorm(name+".conv3", name+".bn3", "", "", x, out, 1, window{1, 1, 0})
			return r.excite(b, name+".se", x)
		}
		x := b.convNorm(name+".conv1", name+".bn1", name+".relu", models.ReLU, in, width, 1, window{3, stride, 1})
		x = b.convNorm(name+".conv2", name+".bn2", "", "", x, width, 1, window{3, 1, 1})
		return r.excite(b, name+".se", x)
	}, func() string {
		if stride == 1 && b.channels(in) == out {
			return in
		}
		return r.shortcut(b, name, in, out, stride)
	})
	x = b.plain(name+".add", models.Add, x, shortcut)
	return b.plain(name, models.ReLU, x)
}
