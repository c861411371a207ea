package zoo

import "strings"

// Names that other programs give the parameters of vision transformers.

// transformersParts are the three matrices of attention in Hugging Face's Transformers.
var transformersParts = []string{"query", "key", "value"}

// transformersViT is the naming of a vision transformer in Hugging Face's Transformers,
// whose model is called vit or deit. Queries, keys and values have matrices of their own
// there.
func transformersViT(n vitNames, model string) naming {
	at := func(parts ...any) string { return dotted(append([]any{model}, parts...)...) }
	row := n.block[:len(n.block)-1]
	inBlock := map[string]string{
		n.norm1: "layernorm_before", n.norm2: "layernorm_after", n.attention + "." + n.proj: "attention.output.dense",
		n.mlp[0]: "intermediate.dense", n.mlp[3]: "output.dense",
	}
	outside := map[string]string{n.patches: at("embeddings.patch_embeddings.projection"), n.norm: at("layernorm")}
	rename := func(name string) string {
		switch name {
		case n.class:
			return at("embeddings.cls_token")
		case n.distillation:
			return at("embeddings.distillation_token")
		case n.positions:
			return at("embeddings.position_embeddings")
		}
		layer, param := parent(name), last(name)
		if rest, ok := strings.CutPrefix(name, row); ok {
			block, part, _ := strings.Cut(rest, ".")
			if theirs, ok := inBlock[parent(part)]; ok {
				return at("encoder.layer", block, theirs, param)
			}
			// The joined matrix: see join.
			return at("encoder.layer", block, part)
		}
		if theirs, ok := outside[layer]; ok {
			return dotted(theirs, param)
		}
		switch {
		case layer == n.head && n.distillation != "" && model == "deit":
			return dotted("cls_classifier", param)
		case layer == n.head+"_dist":
			return dotted("distillation_classifier", param)
		}
		return dotted("classifier", param)
	}
	// What the joined parameters are called: weight and bias.
	joined := map[string]string{n.attention + "." + n.weight: "weight", n.attention + "." + n.bias: "bias"}
	join := func(name string) []string {
		rest, ok := strings.CutPrefix(name, row)
		if !ok {
			return nil
		}
		block, part, _ := strings.Cut(rest, ".")
		param, ok := joined[part]
		if !ok {
			return nil
		}
		var names []string
		for _, p := range transformersParts {
			names = append(names, at("encoder.layer", block, "attention.attention", p, param))
		}
		return names
	}
	return naming{rename: rename, join: join, layerEpsilon: 1e-12}
}

// swinNames are the parts of a Swin transformer as a program calls them.
type swinNames struct {
	patches, norm string
	// block is where blocks stand, with % for the stage; down is what comes before the
	// stage of that number, with ^ for the stage before.
	block, down      string
	norm1, norm2     string
	attention, table string
	proj, one, two   string
	last, head       string
	// all is the matrix of queries, keys and values; empty where each has its own.
	all string
}

// swinNaming is the naming with those names.
func swinNaming(n swinNames) naming {
	stage := func(pattern string, i int) string {
		return strings.NewReplacer("%", dotted(i), "^", dotted(i-1)).Replace(pattern)
	}
	blockOf := func(p []string) (block string, ok bool) {
		if p[0] != "features" || number(p[1])%2 == 0 {
			return "", false
		}
		return dotted(stage(n.block, number(p[1])/2), p[2]), true
	}
	rename := func(name string) string {
		p := split(name)
		param := p[len(p)-1]
		switch {
		case p[0] == "norm":
			return dotted(n.last, param)
		case p[0] == "head":
			return dotted(n.head, param)
		case p[1] == "0" && p[2] == "0":
			return dotted(n.patches, param)
		case p[1] == "0":
			return dotted(n.norm, param)
		}
		block, ok := blockOf(p)
		if !ok {
			return dotted(stage(n.down, number(p[1])/2), p[2], param)
		}
		switch strings.Join(p[3:len(p)-1], ".") {
		case "norm1":
			return dotted(block, n.norm1, param)
		case "norm2":
			return dotted(block, n.norm2, param)
		case "attn":
			return dotted(block, n.table, param)
		case "attn.qkv":
			return dotted(block, n.attention, n.all, param)
		case "attn.proj":
			return dotted(block, n.proj, param)
		case "mlp.0":
			return dotted(block, n.one, param)
		}
		return dotted(block, n.two, param)
	}
	if n.all != "" {
		return naming{rename: rename}
	}
	join := func(name string) []string {
		p := split(name)
		block, ok := blockOf(p)
		if !ok || len(p) < 6 || p[4] != "qkv" {
			return nil
		}
		var names []string
		for _, part := range transformersParts {
			names = append(names, dotted(block, n.attention, part, p[5]))
		}
		return names
	}
	return naming{rename: rename, join: join}
}

// swinNamings are those of Hugging Face's Transformers, of the authors and of timm,
// where the first stage has nothing before it and the others have it in front.
func swinNamings() []naming {
	own := swinNames{
		patches: "patch_embed.proj", norm: "patch_embed.norm", block: "layers.%.blocks", down: "layers.^.downsample", norm1: "norm1", norm2: "norm2",
		attention: "attn", table: "attn", all: "qkv", proj: "attn.proj", one: "mlp.fc1", two: "mlp.fc2", last: "norm", head: "head",
	}
	timm := own
	timm.down, timm.head = "layers.%.downsample", "head.fc"
	return []naming{
		swinNaming(swinNames{
			patches: "swin.embeddings.patch_embeddings.projection", norm: "swin.embeddings.norm", block: "swin.encoder.layers.%.blocks",
			down: "swin.encoder.layers.^.downsample", norm1: "layernorm_before", norm2: "layernorm_after", attention: "attention.self", table: "attention.self",
			proj: "attention.output.dense", one: "intermediate.dense", two: "output.dense", last: "swin.layernorm", head: "classifier",
		}),
		swinNaming(own), swinNaming(timm),
	}
}
