package zoo

import (
	"math"
	"strconv"

	"gorgonia.org/tensor"

	"gaze/models"
)

// vit is a vision transformer: Dosovitskiy et al., An Image is Worth 16x16 Words,
// arXiv:2010.11929.
type vit struct {
	name  string
	input models.Input
	patch int
	// width is the number of channels of a token, heads and blocks those of the
	// encoder. An MLP has four times as many channels inside.
	width, heads, blocks int
	// distilled networks have a second token and head (Touvron et al., Training
	// data-efficient image transformers, arXiv:2012.12877).
	distilled bool
	names     vitNames
	published *Published
}

// vitNames are what a program calls the parts of a vision transformer; % stands for
// the number of the block.
type vitNames struct {
	// class, distillation and positions are parameters of the network itself.
	class, distillation, positions string
	patches, block                 string
	// sum is what the patches and the embedding of positions add up to.
	sum         string
	norm1       string
	attention   string
	qkv, weight string
	bias, proj  string
	dropout     string
	norm2       string
	mlp         [5]string
	all, norm   string
	head        string
	// late is set where the embedding of positions comes after the patches in the
	// order of a file.
	late bool
}

var torchvisionViT = vitNames{
	class: "class_token", positions: "encoder.pos_embedding", patches: "conv_proj", block: "encoder.layers.encoder_layer_%", sum: "encoder.dropout",
	norm1: "ln_1", attention: "self_attention", qkv: "in_proj", weight: "in_proj_weight", bias: "in_proj_bias", proj: "out_proj",
	dropout: "dropout", norm2: "ln_2", mlp: [5]string{"mlp.0", "mlp.1", "mlp.2", "mlp.3", "mlp.4"}, all: "encoder.layers", norm: "encoder.ln", head: "heads.head", late: true,
}

var timmViT = vitNames{
	class: "cls_token", distillation: "dist_token", positions: "pos_embed", patches: "patch_embed.proj", block: "blocks.%", sum: "pos_drop",
	norm1: "norm1", attention: "attn", qkv: "qkv", weight: "qkv.weight", bias: "qkv.bias", proj: "proj",
	norm2: "norm2", mlp: [5]string{"mlp.fc1", "mlp.act", "", "mlp.fc2", ""}, all: "blocks", norm: "norm", head: "head",
}

// deit describes weights of DeiT's authors, whose file's size they do not state, and
// the accuracy in percent.
func deit(file string, megabytes, top1 float64) *Published {
	return &Published{
		URL: "https://dl.fbaipublicfiles.com/deit/" + file, Size: int64(megabytes * 1e6), Slack: 1 << 20, Top1: top1,
		Licence: "Apache-2.0; ImageNet's terms of access may apply",
	}
}

func vits() []architecture {
	in := func(resize int) models.Input { return models.ImageNetInput(224, resize) }
	bicubic := func(in models.Input) models.Input {
		in.Filter = models.FilterBicubic
		return in
	}
	half := bicubic(halfInput(224, 248))
	rows := []vit{
		{"vit_b_16", in(256), 16, 768, 12, 12, false, torchvisionViT, torchvision("vit_b_16-c867db91.pth", 330.285, 81.072)},
		{"vit_b_32", in(256), 32, 768, 12, 12, false, torchvisionViT, torchvision("vit_b_32-d86f8d99.pth", 336.604, 75.912)},
		{"vit_l_16", in(242), 16, 1024, 16, 24, false, torchvisionViT, torchvision("vit_l_16-852ce7e3.pth", 1161.023, 79.662)},
		{"vit_l_32", in(256), 32, 1024, 16, 24, false, torchvisionViT, torchvision("vit_l_32-c7638314.pth", 1169.449, 76.972)},
		{"vit_tiny_patch16_224", half, 16, 192, 3, 12, false, timmViT, nil},
		{"vit_small_patch16_224", half, 16, 384, 6, 12, false, timmViT, nil},
		{"vit_base_patch16_224", half, 16, 768, 12, 12, false, timmViT, nil},
		{"deit_tiny_patch16_224", bicubic(in(248)), 16, 192, 3, 12, false, timmViT, deit("deit_tiny_patch16_224-a1311bcf.pth", 22.9, 72.2)},
		{"deit_small_patch16_224", bicubic(in(248)), 16, 384, 6, 12, false, timmViT, deit("deit_small_patch16_224-cd65a155.pth", 88.2, 79.9)},
		{"deit_base_patch16_224", bicubic(in(248)), 16, 768, 12, 12, false, timmViT, deit("deit_base_patch16_224-b5f2ef4d.pth", 346.3, 81.8)},
		{"deit_tiny_distilled_patch16_224", bicubic(in(248)), 16, 192, 3, 12, true, timmViT, deit("deit_tiny_distilled_patch16_224-b40b3cf7.pth", 23.6, 74.5)},
		{"deit_small_distilled_patch16_224", bicubic(in(248)), 16, 384, 6, 12, true, timmViT, deit("deit_small_distilled_patch16_224-649709d9.pth", 89.8, 81.2)},
		{"deit_base_distilled_patch16_224", bicubic(in(248)), 16, 768, 12, 12, true, timmViT, deit("deit_base_distilled_patch16_224-df68dfff.pth", 349.4, 83.4)},
	}
	var list []architecture
	for _, r := range rows {
		list = append(list, architecture{name: r.name, published: r.published, input: r.input, build: r.build, namings: r.namings(), training: []string{"vit.pooler."}})
	}
	return list
}

// namings are those of Hugging Face's Transformers. A file of what both torchvision and
// timm have goes by timm's name, whose pictures are prepared alike.
func (v vit) namings() []naming {
	switch {
	case v.distilled:
		return []naming{transformersViT(v.names, "deit")}
	case v.name == "vit_b_16":
		return nil
	}
	return []naming{transformersViT(v.names, "vit")}
}

func (v vit) build(b *builder) {
	n := v.names
	prefix := []*tensor.Dense{b.given(n.class, []int{1, 1, v.width})}
	var positions *tensor.Dense
	if !n.late {
		positions = v.positions(b)
	}
	if v.distilled {
		prefix = append(prefix, b.given(n.distillation, []int{1, 1, v.width}))
	}
	x := b.conv(n.patches, models.InputName, v.width, window{v.patch, v.patch, 0}, true)
	if n.late {
		positions = v.positions(b)
	}
	x = b.tokens(n.sum, x, v.width, prefix, positions)
	for i := range v.blocks {
		x = v.block(b, x, i)
	}
	x = b.plain(n.all, models.Sequential, x)
	x = b.layerNorm(n.norm, x)
	if v.distilled {
		v.distilledHead(b, x)
		return
	}
	x = b.token("class_token", x, 0)
	x = b.plain("flatten", models.Flatten, x)
	b.classifier(x, 1, func(x string) { b.linear(n.head, x, -1) })
}

// at names a part of a block, or the block itself.
func (v vit) at(block int, part string) string {
	name := v.names.block[:len(v.names.block)-1] + strconv.Itoa(block)
	if part != "" {
		name += "." + part
	}
	return name
}

// block appends an encoder block: attention and an MLP, each after a normalisation,
// each added to what it reads.
func (v vit) block(b *builder, in string, i int) string {
	n, at := v.names, func(part string) string { return v.at(i, part) }
	attention := at(n.attention)
	x := b.layerNorm(at(n.norm1), in)
	x = b.joined(attention+"."+n.qkv, x, attention, n.weight, n.bias, 3*v.width)
	x = b.append(models.Layer{
		Name: attention + ".heads", Kind: models.Attention, Inputs: []string{x},
		Attr: models.Attr{Heads: v.heads, Alpha: 1 / math.Sqrt(float64(v.width/v.heads))},
	})
	x = b.linear(attention+"."+n.proj, x, v.width)
	if n.dropout != "" {
		x = b.plain(at(n.dropout), models.Dropout, x)
	}
	in = b.plain(at("add"), models.Add, x, in)
	x = b.layerNorm(at(n.norm2), in)
	x = b.linear(at(n.mlp[0]), x, 4*v.width)
	x = b.plain(at(n.mlp[1]), models.GELU, x)
	if n.mlp[2] != "" {
		x = b.plain(at(n.mlp[2]), models.Dropout, x)
	}
	x = b.linear(at(n.mlp[3]), x, v.width)
	if n.mlp[4] != "" {
		x = b.plain(at(n.mlp[4]), models.Dropout, x)
	}
	return b.plain(at(""), models.Add, x, in)
}

// distilledHead appends the mean of what the heads of both tokens say.
func (v vit) distilledHead(b *builder, x string) {
	b.classifier(x, 1, func(x string) {
		one := b.linear(v.names.head, b.token("class_token", x, 0), -1)
		two := b.linear(v.names.head+"_dist", b.token("distillation_token", x, 1), -1)
		x = b.append(models.Layer{Name: "both", Kind: models.Concat, Inputs: []string{one, two}, Attr: models.Attr{Axis: 2}})
		x = b.plain("mean", models.GlobalAvgPool, x)
		b.plain("logits", models.Flatten, x)
	})
}

// token appends the i-th token alone.
func (b *builder) token(name, in string, i int) string {
	return b.append(models.Layer{Name: name, Kind: models.Slice, Inputs: []string{in}, Attr: models.Attr{Axis: 2, From: i, To: i + 1, Step: 1}})
}

// positions are the embeddings of positions. The file's are for the size of its
// pictures, which is taken for the input's where nobody says that.
func (v vit) positions(b *builder) *tensor.Dense {
	before := 1
	if v.distilled {
		before = 2
	}
	side := b.net.Input.Height / v.patch
	count := before + side*side
	if s := b.shapeOf(v.names.positions); len(s) == 3 {
		if own := squareRoot(s[1] - before); own > 0 {
			count = s[1]
			if !b.sized && own != side {
				in := &b.net.Input
				in.Resize = in.Resize * own * v.patch / in.Height
				in.Height, in.Width = own*v.patch, own*v.patch
			}
		}
	}
	return b.given(v.names.positions, []int{1, count, v.width})
}

// squareRoot is the whole root of n, or 0.
func squareRoot(n int) int {
	if r := int(math.Round(math.Sqrt(float64(max(n, 0))))); r*r == n {
		return r
	}
	return 0
}

// tokens appends the pixels of in as tokens after those of prefix, plus the embedding
// of positions, 1 x count x width.
func (b *builder) tokens(name, in string, width int, prefix []*tensor.Dense, positions *tensor.Dense) string {
	if b.err != nil {
		return name
	}
	count := positions.Shape()[1]
	params := map[string]*tensor.Dense{"positions": tensor.New(tensor.WithShape(count, width), tensor.WithBacking(positions.Data()))}
	if len(prefix) > 0 {
		var all []float32
		for _, p := range prefix {
			all = append(all, p.Data().([]float32)[:width]...)
		}
		params["prefix"] = tensor.New(tensor.WithShape(len(prefix), width), tensor.WithBacking(all))
	}
	side := squareRoot(count)
	if side == 0 {
		side = squareRoot(count - len(prefix))
	}
	return b.append(models.Layer{Name: name, Kind: models.Tokens, Inputs: []string{in}, Attr: models.Attr{Output: [2]int{side, side}}, Params: params})
}

// joined appends a linear layer whose parameters belong to a module around it.
func (b *builder) joined(name, in, module, weight, bias string, out int) string {
	params := map[string]*tensor.Dense{
		"weight": b.param(module, weight, out, b.channels(in)),
		"bias":   b.param(module, bias, out),
	}
	return b.append(models.Layer{Name: name, Kind: models.Linear, Inputs: []string{in}, Params: params})
}
