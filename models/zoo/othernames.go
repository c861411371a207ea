package zoo

import (
	"strconv"
	"strings"
)

// convNeXtNames are the names of a ConvNeXt's parts in a program; % stands for
// the number of the stage.
type convNeXtNames struct {
	// stem and down are the layers before the stages, each a normalisation and a
	// convolution; the stem has them in the other order.
	stem, down string
	// stemParts are the two layers of the stem, where they are not 0 and 1.
	stemParts [2]string
	block     string
	conv      string
	norm      string
	one, two  string
	scale     string
	last      string
	head      string
}

// convNeXtNaming makes a naming of the names.
func convNeXtNaming(n convNeXtNames) naming {
	at := func(pattern string, stage int) string { return strings.ReplaceAll(pattern, "%", strconv.Itoa(stage)) }
	if n.stemParts == [2]string{} {
		n.stemParts = [2]string{n.stem + ".0", n.stem + ".1"}
	}
	return naming{rename: func(name string) string {
		p := split(name)
		if p[0] == "classifier" {
			if p[1] == "0" {
				return dotted(n.last, p[2])
			}
			return dotted(n.head, p[2])
		}
		row := number(p[1])
		switch {
		case row == 0:
			return dotted(n.stemParts[number(p[2])], p[3])
		case row%2 == 0:
			return dotted(at(n.down, row/2), p[2], p[3])
		}
		block := dotted(at(n.block, row/2), p[2])
		if p[3] == "layer_scale" {
			return dotted(block, n.scale)
		}
		part := map[string]string{"0": n.conv, "2": n.norm, "3": n.one, "5": n.two}[p[4]]
		return dotted(block, part, p[5])
	}}
}

// convNeXtNamings are those of timm, of the authors, of mmpretrain and of Hugging
// Face's Transformers.
func convNeXtNamings() []naming {
	return []naming{
		timmConvNeXt(),
		convNeXtNaming(convNeXtNames{
			stem: "downsample_layers.0", down: "downsample_layers.%", block: "stages.%", conv: "dwconv", norm: "norm", one: "pwconv1", two: "pwconv2",
			scale: "gamma", last: "norm", head: "head",
		}),
		convNeXtNaming(convNeXtNames{
			stem: "backbone.downsample_layers.0", down: "backbone.downsample_layers.%", block: "backbone.stages.%", conv: "depthwise_conv", norm: "norm",
			one: "pointwise_conv1", two: "pointwise_conv2", scale: "gamma", last: "backbone.norm3", head: "head.fc",
		}),
		convNeXtNaming(convNeXtNames{
			stemParts: [2]string{"convnext.embeddings.patch_embeddings", "convnext.embeddings.layernorm"},
			down:      "convnext.encoder.stages.%.downsampling_layer", block: "convnext.encoder.stages.%.layers", conv: "dwconv", norm: "layernorm",
			one: "pwconv1", two: "pwconv2", scale: "layer_scale_parameter", last: "convnext.layernorm", head: "classifier",
		}),
	}
}

// convNorms are the parts of a convolution with its normalisation in Hugging
// Face's Transformers.
var convNorms = map[string]string{"0": "convolution", "1": "normalization"}

// transformersResNet is the naming of a ResNet in Hugging Face's Transformers.
func transformersResNet() naming {
	return naming{rename: func(name string) string {
		p := split(name)
		switch p[0] {
		case "conv1":
			return dotted("resnet.embedder.embedder.convolution", p[1])
		case "bn1":
			return dotted("resnet.embedder.embedder.normalization", p[1])
		case "fc":
			return dotted("classifier.1", p[1])
		}
		at := dotted("resnet.encoder.stages", number(strings.TrimPrefix(p[0], "layer"))-1, "layers", p[1])
		if p[2] == "downsample" {
			return dotted(at, "shortcut", convNorms[p[3]], p[4])
		}
		layer, kind := number(strings.TrimLeft(p[2], "convb"))-1, "convolution"
		if n, ok := strings.CutPrefix(p[2], "bn"); ok {
			layer, kind = number(n)-1, "normalization"
		}
		return dotted(at, "layer", layer, kind, p[3])
	}}
}

// transformersRegNet is the naming of a RegNet in Hugging Face's Transformers.
func transformersRegNet(excite bool) naming {
	layers := map[string]int{"a": 0, "b": 1, "c": 2}
	if excite {
		layers["c"] = 3
	}
	return naming{rename: func(name string) string {
		p := split(name)
		switch p[0] {
		case "stem":
			return dotted("regnet.embedder.embedder", convNorms[p[1]], p[2])
		case "fc":
			return dotted("classifier.1", p[1])
		}
		stage, block, _ := strings.Cut(strings.TrimPrefix(p[2], "block"), "-")
		at := dotted("regnet.encoder.stages", number(stage)-1, "layers", block)
		switch {
		case p[3] == "proj":
			return dotted(at, "shortcut", convNorms[p[4]], p[5])
		case p[4] == "se" && p[5] == "fc1":
			return dotted(at, "layer.2.attention.0", p[6])
		case p[4] == "se":
			return dotted(at, "layer.2.attention.2", p[6])
		}
		return dotted(at, "layer", layers[p[4]], convNorms[p[5]], p[6])
	}}
}

// cifarResNet is the naming of the ResNets that most programs for CIFAR have:
// shortcut for downsample, linear for fc.
func cifarResNet() naming {
	return naming{rename: func(name string) string {
		if rest, ok := strings.CutPrefix(name, "fc."); ok {
			return "linear." + rest
		}
		return strings.Replace(name, ".downsample.", ".shortcut.", 1)
	}}
}

// rowNames are the names of an EfficientNet's parts in a program that has all
// blocks in one row; % stands for the number of the block.
type rowNames struct {
	stem, last [2]string
	head       string
	// expand, depthwise and project are convolutions and their normalisations.
	expand, depthwise, project [2]string
	reduce, restore            string
}

// row is the naming of an EfficientNet whose blocks are in one row. Both programs
// pad as TensorFlow does.
func (r efficientNet) row(n rowNames) naming {
	parts := [][2]string{n.expand, n.depthwise, n.project}
	return naming{epsilon: 1e-3, tensorFlow: true, rename: func(name string) string {
		p := split(name)
		switch {
		case p[0] == "classifier":
			return dotted(n.head, p[2])
		case p[1] == "0":
			return dotted(n.stem[number(p[2])], p[3])
		case number(p[1]) == len(r.stages)+1:
			return dotted(n.last[number(p[2])], p[3])
		}
		stage := number(p[1]) - 1
		block := number(p[2])
		for _, s := range r.stages[:stage] {
			block += s.count(r.depth)
		}
		at := func(pattern, param string) string {
			return dotted(strings.Replace(pattern, "%", strconv.Itoa(block), 1), param)
		}
		switch p[5] {
		case "fc1":
			return at(n.reduce, p[6])
		case "fc2":
			return at(n.restore, p[6])
		}
		k := number(p[4])
		if r.stages[stage].expand == 1 {
			k++
		}
		return at(parts[min(k, len(parts)-1)][number(p[5])], p[6])
	}}
}

// melas is the naming of Melas-Kyriazi's efficientnet_pytorch.
func (r efficientNet) melas() naming {
	return r.row(rowNames{
		stem: [2]string{"_conv_stem", "_bn0"}, last: [2]string{"_conv_head", "_bn1"}, head: "_fc",
		expand:    [2]string{"_blocks.%._expand_conv", "_blocks.%._bn0"},
		depthwise: [2]string{"_blocks.%._depthwise_conv", "_blocks.%._bn1"},
		project:   [2]string{"_blocks.%._project_conv", "_blocks.%._bn2"},
		reduce:    "_blocks.%._se_reduce", restore: "_blocks.%._se_expand",
	})
}

// transformers is the naming of Hugging Face's Transformers.
func (r efficientNet) transformers() naming {
	const block = "efficientnet.encoder.blocks.%."
	return r.row(rowNames{
		stem: [2]string{"efficientnet.embeddings.convolution", "efficientnet.embeddings.batchnorm"},
		last: [2]string{"efficientnet.encoder.top_conv", "efficientnet.encoder.top_bn"}, head: "classifier",
		expand:    [2]string{block + "expansion.expand_conv", block + "expansion.expand_bn"},
		depthwise: [2]string{block + "depthwise_conv.depthwise_conv", block + "depthwise_conv.depthwise_norm"},
		project:   [2]string{block + "projection.project_conv", block + "projection.project_bn"},
		reduce:    block + "squeeze_excite.reduce", restore: block + "squeeze_excite.expand",
	})
}

// transformersMobileNetV2 is the naming of MobileNetV2 in Hugging Face's
// Transformers, which pads as TensorFlow does.
func transformersMobileNetV2() naming {
	parts := []string{"expand_1x1", "conv_3x3", "reduce_1x1"}
	return naming{epsilon: 1e-3, tensorFlow: true, rename: func(name string) string {
		p := split(name)
		row := number(p[1])
		switch {
		case p[0] == "classifier":
			return dotted("classifier", p[2])
		case row == 0:
			return dotted("mobilenet_v2.conv_stem.first_conv", convNorms[p[2]], p[3])
		case row == 18:
			return dotted("mobilenet_v2.conv_1x1", convNorms[p[2]], p[3])
		}
		// The last convolution and its normalisation stand in the row themselves.
		k, kind := number(p[3]), "0"
		at := dotted("mobilenet_v2.layer", row-2)
		whole := len(parts)
		if row == 1 {
			// The first block has no expansion and belongs to the stem.
			at, whole = "mobilenet_v2.conv_stem", len(parts)-1
		}
		if len(p) == 6 {
			kind = p[4]
		} else if k == whole {
			k, kind = k-1, "1"
		}
		return dotted(at, parts[k+len(parts)-whole], convNorms[kind], p[len(p)-1])
	}}
}
