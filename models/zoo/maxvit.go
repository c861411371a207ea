package zoo

import (
	"math"

	"gorgonia.org/tensor"

	"gaze/models"
)

// maxvit has blocks of a convolution, attention in windows of neighbours, and attention
// between positions that lie far apart: Tu et al., MaxViT, arXiv:2204.01697.
type maxvit struct {
	name      string
	stem      int
	channels  [4]int
	layers    [4]int
	window    int
	published *Published
}

func maxvits() []architecture {
	rows := []maxvit{
		{"maxvit_t", 64, [4]int{64, 128, 256, 512}, [4]int{2, 2, 5, 2}, 7, torchvision("maxvit_t-bc5ab103.pth", 118.769, 83.7)},
	}
	var list []architecture
	for _, r := range rows {
		in := models.ImageNetInput(224, 224)
		in.Filter = models.FilterBicubic
		list = append(list, architecture{name: r.name, published: r.published, input: in, build: r.build})
	}
	return list
}

// maxvitHead is the number of channels of a head.
const maxvitHead = 32

func (m maxvit) build(b *builder) {
	b.epsilon = 1e-3
	x := b.normAct("stem.0", models.GELU, models.InputName, m.stem, 1, same(3, 2))
	x = b.conv("stem.1.0", x, m.stem, same(3, 1), true)
	x = b.plain("stem", models.Sequential, x)
	for block, layers := range m.layers {
		name := dotted("blocks", block)
		for i := range layers {
			layer := dotted(name+".layers", i)
			x = m.convolve(b, layer+".layers.MBconv", x, m.channels[block], 1+max(0, 1-i))
			x = m.attend(b, layer+".layers.window_attention", x, false)
			x = m.attend(b, layer+".layers.grid_attention", x, true)
			x = b.plain(layer, models.Sequential, x)
		}
		x = b.plain(name, models.Sequential, x)
	}
	b.classifier(x, 1, func(x string) {
		x = b.plain("classifier.0", models.GlobalAvgPool, x)
		x = b.plain("classifier.1", models.Flatten, x)
		x = b.layerNormAt("classifier.2", x, 1e-5)
		x = b.linear("classifier.3", x, b.channels(x))
		x = b.plain("classifier.4", models.Tanh, x)
		params := map[string]*tensor.Dense{"weight": b.param("classifier.5", "weight", -1, b.channels(x))}
		b.append(models.Layer{Name: "classifier.5", Kind: models.Linear, Inputs: []string{x}, Params: params})
	})
}

// convolve appends MobileNet's block, normalised before.
func (m maxvit) convolve(b *builder, name, in string, out, stride int) string {
	wide := 4 * out
	shortcut := in
	if stride > 1 {
		shortcut = b.avgPool(name+".proj.0", in, same(3, stride))
		shortcut = b.conv(name+".proj.1", shortcut, out, same(1, 1), true)
	}
	part := func(p string) string { return name + ".layers." + p }
	x := b.batchNorm(part("pre_norm"), in)
	x = b.normAct(part("conv_a"), models.GELU, x, wide, 1, same(1, 1))
	x = b.normAct(part("conv_b"), models.GELU, x, wide, wide, same(3, stride))
	x = b.squeezeExcitation(part("squeeze_excitation"), x, out/4, models.SiLU, models.Sigmoid)
	x = b.conv(part("conv_c"), x, out, same(1, 1), true)
	return b.plain(name, models.Add, shortcut, x)
}

// attend appends attention and an MLP, each added to what it reads normalised. Windows
// are of neighbours or, in a grid, of positions spread over the whole.
func (m maxvit) attend(b *builder, name, in string, grid bool) string {
	width := b.channels(in)
	heads, side := width/maxvitHead, 2*m.window-1
	x := b.layerNormAt(name+".attn_layer.0", in, 1e-5)
	attn := name + ".attn_layer.1"
	bias := b.param(attn, "relative_position_bias_table", side*side, heads)
	x = b.linear(attn+".to_qkv", x, 3*width)
	x = b.append(models.Layer{
		Name: attn + ".heads", Kind: models.Attention, Inputs: []string{x},
		// Not that of a head: the whole width's root.
		Attr:   models.Attr{Heads: heads, Alpha: 1 / math.Sqrt(float64(width)), Window: [2]int{m.window, m.window}, Spread: grid},
		Params: map[string]*tensor.Dense{"relative_position_bias_table": bias},
	})
	x = b.linear(attn+".merge", x, width)
	in = b.plain(name+".add", models.Add, in, x)
	x = b.layerNormAt(name+".mlp_layer.0", in, 1e-5)
	x = b.linear(name+".mlp_layer.1", x, 4*width)
	x = b.plain(name+".mlp_layer.2", models.GELU, x)
	x = b.linear(name+".mlp_layer.3", x, width)
	return b.plain(name, models.Add, in, x)
}
