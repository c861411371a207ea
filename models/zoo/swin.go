package zoo

import (
	"math"
	"strconv"

	"gorgonia.org/tensor"

	"gaze/models"
)

// swin is a transformer of shifted windows: Liu et al., Swin Transformer,
// arXiv:2103.14030, and Swin Transformer V2, arXiv:2111.09883.
type swin struct {
	name   string
	size   int
	resize int
	// width is the number of channels of the first stage, which later ones double,
	// heads that of its heads.
	width, heads int
	blocks       [4]int
	window       int
	v2           bool
	published    *Published
}

func swins() []architecture {
	rows := []swin{
		{"swin_t", 224, 232, 96, 3, [4]int{2, 2, 6, 2}, 7, false, torchvision("swin_t-704ceda3.pth", 108.19, 81.474)},
		{"swin_s", 224, 246, 96, 3, [4]int{2, 2, 18, 2}, 7, false, torchvision("swin_s-5e29d889.pth", 189.786, 83.196)},
		{"swin_b", 224, 238, 128, 4, [4]int{2, 2, 18, 2}, 7, false, torchvision("swin_b-68c6b09e.pth", 335.364, 83.582)},
		{"swin_v2_t", 256, 260, 96, 3, [4]int{2, 2, 6, 2}, 8, true, torchvision("swin_v2_t-b137f0e2.pth", 108.626, 82.072)},
		{"swin_v2_s", 256, 260, 96, 3, [4]int{2, 2, 18, 2}, 8, true, torchvision("swin_v2_s-637d8ceb.pth", 190.675, 83.712)},
		{"swin_v2_b", 256, 272, 128, 4, [4]int{2, 2, 18, 2}, 8, true, torchvision("swin_v2_b-781e5279.pth", 336.372, 84.112)},
	}
	var list []architecture
	for _, r := range rows {
		in := models.ImageNetInput(r.size, r.resize)
		in.Filter = models.FilterBicubic
		list = append(list, architecture{name: r.name, published: r.published, input: in, build: r.build, namings: r.namings()})
	}
	return list
}

func (s swin) build(b *builder) {
	const patch = 4
	x := b.conv("features.0.0", models.InputName, s.width, window{patch, patch, 0}, true)
	x = b.layerNormAt("features.0.2", x, swinEpsilon)
	for stage, blocks := range s.blocks {
		if stage > 0 {
			x = s.merge(b, "features."+strconv.Itoa(2*stage), x)
		}
		name := "features." + strconv.Itoa(2*stage+1)
		for i := range blocks {
			x = s.block(b, dotted(name, i), x, s.heads<<stage, i%2 == 1)
		}
		x = b.plain(name, models.Sequential, x)
	}
	x = b.layerNormAt("norm", x, swinEpsilon)
	b.head("head", x)
}

// namings are other programs' names; those of the second version are torchvision's alone.
func (s swin) namings() []naming {
	if s.v2 {
		return nil
	}
	return swinNamings()
}

// swinEpsilon is that of all normalisations.
const swinEpsilon = 1e-5

// block appends attention and an MLP, each added to what it reads. They are normalised
// before, or in the second version after.
func (s swin) block(b *builder, name, in string, heads int, shifted bool) string {
	part := func(p string) string { return name + "." + p }
	norm := func(part, x string) string { return b.layerNormAt(name+"."+part, x, swinEpsilon) }
	x := in
	if !s.v2 {
		x = norm("norm1", x)
	}
	x = s.attention(b, part("attn"), x, heads, shifted)
	if s.v2 {
		x = norm("norm1", x)
	}
	in = b.plain(part("add"), models.Add, x, in)
	if x = in; !s.v2 {
		x = norm("norm2", x)
	}
	x = b.linear(part("mlp.0"), x, 4*b.channels(in))
	x = b.plain(part("mlp.1"), models.GELU, x)
	x = b.linear(part("mlp.3"), x, b.channels(in))
	if s.v2 {
		x = norm("norm2", x)
	}
	return b.plain(name, models.Add, x, in)
}

// attention appends attention in windows, every second time moved by half of one.
func (s swin) attention(b *builder, name, in string, heads int, shifted bool) string {
	width := b.channels(in)
	side := 2*s.window - 1
	attr := models.Attr{Heads: heads, Alpha: 1 / math.Sqrt(float64(width/heads)), Window: [2]int{s.window, s.window}}
	if shifted {
		attr.Shift = [2]int{s.window / 2, s.window / 2}
	}
	params := make(map[string]*tensor.Dense)
	if s.v2 {
		attr.Alpha = 1
		params["logit_scale"] = b.param(name, "logit_scale", heads, 1, 1)
	} else {
		params["relative_position_bias_table"] = b.param(name, "relative_position_bias_table", side*side, heads)
	}
	x := b.linear(name+".qkv", in, 3*width)
	// The last layer before the heads has its parameters after these in a file.
	proj := map[string]*tensor.Dense{"weight": b.param(name, "proj.weight", width, width), "bias": b.param(name, "proj.bias", width)}
	if s.v2 {
		const hidden = 512
		params["cpb_mlp.0.weight"] = b.param(name, "cpb_mlp.0.weight", hidden, 2)
		params["cpb_mlp.0.bias"] = b.param(name, "cpb_mlp.0.bias", hidden)
		params["cpb_mlp.2.weight"] = b.param(name, "cpb_mlp.2.weight", heads, hidden)
		b.withoutKeyBias(x, width)
	}
	x = b.append(models.Layer{Name: name + ".heads", Kind: models.Attention, Inputs: []string{x}, Attr: attr, Params: params})
	return b.append(models.Layer{Name: name + ".proj", Kind: models.Linear, Inputs: []string{x}, Params: proj})
}

// withoutKeyBias leaves the keys' part out of a layer's bias, as Swin Transformer V2
// does: the file has numbers there that mean nothing.
func (b *builder) withoutKeyBias(name string, width int) {
	if b.err != nil {
		return
	}
	l, _ := b.net.Layer(name)
	bias := append([]float32(nil), l.Params["bias"].Data().([]float32)...)
	clear(bias[width : 2*width])
	l.Params["bias"] = tensor.New(tensor.WithShape(len(bias)), tensor.WithBacking(bias))
}

// merge appends what makes four neighbours one: their channels beside each other,
// normalised, and a linear layer, or in the second version the other way round.
func (s swin) merge(b *builder, name, in string) string {
	width := b.channels(in)
	x := b.plain(name+".merge", models.Quarters, in)
	if s.v2 {
		x = b.unbiased(name+".reduction", x, 2*width)
		x = b.layerNormAt(name+".norm", x, swinEpsilon)
	} else {
		reduction := b.param(name, "reduction.weight", 2*width, 4*width)
		x = b.layerNormAt(name+".norm", x, swinEpsilon)
		x = b.append(models.Layer{Name: name + ".reduction", Kind: models.Linear, Inputs: []string{x}, Params: map[string]*tensor.Dense{"weight": reduction}})
	}
	return b.plain(name, models.Sequential, x)
}

// unbiased appends a linear layer without a bias.
func (b *builder) unbiased(name, in string, out int) string {
	params := map[string]*tensor.Dense{"weight": b.param(name, "weight", out, b.channels(in))}
	return b.append(models.Layer{Name: name, Kind: models.Linear, Inputs: []string{in}, Params: params})
}
