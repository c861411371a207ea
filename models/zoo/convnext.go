package zoo

import (
	"strconv"

	"gorgonia.org/tensor"

	"gaze/models"
)

// convNeXts are the networks of Liu et al., A ConvNet for the 2020s,
// arXiv:2201.03545, as torchvision builds them.
func convNeXts() []architecture {
	rows := []struct {
		name      string
		resize    int
		width     int
		blocks    [4]int
		published *Published
	}{
		{"convnext_tiny", 236, 96, [4]int{3, 3, 9, 3}, torchvision("convnext_tiny-983f1562.pth", 109.119, 82.52)},
		{"convnext_small", 230, 96, [4]int{3, 3, 27, 3}, torchvision("convnext_small-0c510722.pth", 191.703, 83.62)},
		{"convnext_base", 232, 128, [4]int{3, 3, 27, 3}, torchvision("convnext_base-6075fbad.pth", 338.064, 84.06)},
	}
	var list []architecture
	for _, r := range rows {
		list = append(list, architecture{name: r.name, published: r.published, input: models.ImageNetInput(224, r.resize), namings: convNeXtNamings(), build: func(b *builder) {
			x := b.conv("features.0.0", models.InputName, r.width, window{4, 4, 0}, true)
			x = b.layerNorm("features.0.1", x)
			for stage, blocks := range r.blocks {
				if stage > 0 {
					down := "features." + strconv.Itoa(2*stage)
					x = b.layerNorm(down+".0", x)
					x = b.conv(down+".1", x, 2*b.channels(x), window{2, 2, 0}, true)
				}
				name := "features." + strconv.Itoa(2*stage+1)
				for i := range blocks {
					x = b.convNeXtBlock(name+"."+strconv.Itoa(i), x)
				}
				x = b.plain(name, models.Sequential, x)
			}
			x = b.plain("avgpool", models.GlobalAvgPool, x)
			x = b.layerNorm("classifier.0", x)
			b.classifier(x, 1, func(x string) {
				x = b.plain("classifier.1", models.Flatten, x)
				b.linear("classifier.2", x, -1)
			})
		}})
	}
	return list
}

// convNeXtBlock adds to its input one kernel a channel followed by two linear
// layers at every pixel, scaled by channel. The linear layers work with the
// channels as the last axis. Its stochastic depth does nothing at inference.
func (b *builder) convNeXtBlock(name, in string) string {
	part := func(i int) string { return name + ".block." + strconv.Itoa(i) }
	width := b.channels(in)
	// A state dict has the parameters of a module before those of its parts.
	scale := b.param(name, "layer_scale", width, 1, 1)
	x := b.groupConv(part(0), in, width, width, same(7, 1), true)
	x = b.plain(part(1), models.Permute, x)
	x = b.layerNorm(part(2), x)
	x = b.linear(part(3), x, 4*width)
	x = b.plain(part(4), models.GELU, x)
	x = b.linear(part(5), x, width)
	x = b.plain(part(6), models.Permute, x)
	x = b.layerScale(name, x, scale)
	x = b.plain(name+".stochastic_depth", models.Identity, x)
	return b.residual(name, in, x, 1)
}

// layerNormEpsilon is own, unless the file says another number.
func (b *builder) layerNormEpsilon(name string, own float64) float64 {
	if b.file != nil {
		if eps := b.file.options(name)["eps"]; len(eps) == 1 && eps[0] >= 0 {
			return eps[0]
		}
		if eps := b.file.layerEpsilon(); eps > 0 {
			return eps
		}
	}
	return own
}

// layerNorm appends a normalisation over the channels with the epsilon of ConvNeXt and
// ViT.
func (b *builder) layerNorm(name, in string) string { return b.layerNormAt(name, in, 1e-6) }

func (b *builder) layerNormAt(name, in string, epsilon float64) string {
	params := map[string]*tensor.Dense{
		"weight": b.param(name, "weight", b.channels(in)),
		"bias":   b.param(name, "bias", b.channels(in)),
	}
	return b.append(models.Layer{Name: name, Kind: models.LayerNorm, Inputs: []string{in}, Attr: models.Attr{Epsilon: b.layerNormEpsilon(name, epsilon)}, Params: params})
}

// layerScale multiplies each channel by a factor. The factors are a parameter
// of the block itself, of C x 1 x 1, called layer_scale; so is the layer.
func (b *builder) layerScale(block, in string, scale *tensor.Dense) string {
	// Another tensor on the same numbers: the source keeps its shape.
	weight := tensor.New(tensor.WithShape(scale.Shape()[0]), tensor.WithBacking(scale.Data()))
	return b.append(models.Layer{
		Name: block + ".layer_scale", Kind: models.Scale, Inputs: []string{in},
		Params: map[string]*tensor.Dense{"weight": weight},
	})
}
