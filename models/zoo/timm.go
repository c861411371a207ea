package zoo

import (
	"strconv"
	"strings"
)

// What timm calls the parameters of the architectures: Wightman, PyTorch Image
// Models, github.com/huggingface/pytorch-image-models. Networks that are not here
// have torchvision's names there.

// split is a name's parts; number reads one of them, -1 if it is none.
func split(name string) []string { return strings.Split(name, ".") }

func number(part string) int {
	n, err := strconv.Atoi(part)
	if err != nil {
		return -1
	}
	return n
}

// dotted joins parts of a name; numbers are written out.
func dotted(parts ...any) string {
	var b strings.Builder
	for _, p := range parts {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		switch p := p.(type) {
		case int:
			b.WriteString(strconv.Itoa(p))
		case string:
			b.WriteString(p)
		}
	}
	return b.String()
}

// mobileBlock is a kind of block of timm's EfficientNet builder, by the names of
// its convolutions and of the normalisations after them.
type mobileBlock [][2]string

var (
	depthwiseBlock = mobileBlock{{"conv_dw", "bn1"}, {"conv_pw", "bn2"}}
	invertedBlock  = mobileBlock{{"conv_pw", "bn1"}, {"conv_dw", "bn2"}, {"conv_pwl", "bn3"}}
	plainBlock     = mobileBlock{{"conv", "bn1"}}
	edgeBlock      = mobileBlock{{"conv_exp", "bn1"}, {"conv_pwl", "bn2"}}
)

// part names the convolution k of a block, or its normalisation.
func (m mobileBlock) part(k int, norm bool) string {
	pair := m[min(k, len(m)-1)]
	if norm {
		return pair[1]
	}
	return pair[0]
}

// mbConvPart names what torchvision calls block.k.rest: a part of an MBConv, which
// may have squeeze and excitation.
func (m mobileBlock) mbConvPart(k int, rest []string) string {
	switch rest[0] {
	case "fc1":
		return dotted("se.conv_reduce", rest[1])
	case "fc2":
		return dotted("se.conv_expand", rest[1])
	}
	return dotted(m.part(k, rest[0] == "1"), rest[1])
}

// timmMobile renames the names that stand outside of the blocks, which EfficientNet
// and the MobileNets have in common: the last row of features, and the classifier.
func timmMobile(p []string, lastRow int) string {
	switch {
	case p[0] == "features" && p[1] == "0" && p[2] == "0":
		return dotted("conv_stem", p[3])
	case p[0] == "features" && p[1] == "0":
		return dotted("bn1", p[3])
	case p[0] == "features" && number(p[1]) == lastRow && p[2] == "0":
		return dotted("conv_head", p[3])
	case p[0] == "features" && number(p[1]) == lastRow:
		return dotted("bn2", p[3])
	case p[0] == "classifier":
		return dotted("classifier", p[2])
	}
	return ""
}

// timm is the naming of an EfficientNet. The blocks of EfficientNetV2 have three
// kinds.
func (r efficientNet) timm() naming {
	return naming{timm: true, epsilon: 1e-5, rename: func(name string) string {
		p := split(name)
		if outside := timmMobile(p, len(r.stages)+1); outside != "" {
			return outside
		}
		stage := r.stages[number(p[1])-1]
		block := invertedBlock
		switch {
		case stage.fused && stage.expand == 1:
			block = plainBlock
		case stage.fused:
			block = edgeBlock
		case stage.expand == 1:
			block = depthwiseBlock
		}
		return dotted("blocks", number(p[1])-1, p[2], block.mbConvPart(number(p[4]), p[5:]))
	}}
}

// timmInverted is the naming of a MobileNet whose blocks, each with a name of its
// own in torchvision, are counts in timm's stages. body is the name of a block's
// row of layers.
func timmInverted(counts []int, body string) func(name string) string {
	total := 0
	for _, n := range counts {
		total += n
	}
	return func(name string) string {
		p := split(name)
		if outside := timmMobile(p, total+1); outside != "" {
			return outside
		}
		stage, at := 0, number(p[1])-1
		for at >= counts[stage] {
			at -= counts[stage]
			stage++
		}
		block := invertedBlock
		if stage == 0 {
			block = depthwiseBlock
		}
		if body == "block" {
			return dotted("blocks", stage, at, block.mbConvPart(number(p[3]), p[4:]))
		}
		// MobileNetV2's last convolution and its normalisation stand in the row
		// themselves.
		k := number(p[3])
		if len(p) == 6 {
			return dotted("blocks", stage, at, block.part(k, p[4] == "1"), p[5])
		}
		return dotted("blocks", stage, at, block.part(len(block)-1, k == len(block)), p[4])
	}
}

// timmMobileNetV3 is the naming of a MobileNetV3, whose first linear layer is a
// convolution in timm and which has another epsilon there.
func timmMobileNetV3(small bool) naming {
	counts := []int{1, 2, 3, 4, 2, 3}
	if small {
		counts = []int{1, 2, 3, 2, 3}
	}
	rows := 0
	for _, n := range counts {
		rows += n
	}
	inverted := timmInverted(counts, "block")
	return naming{timm: true, epsilon: 1e-5, rename: func(name string) string {
		p := split(name)
		switch {
		case p[0] == "classifier" && p[1] == "0":
			return dotted("conv_head", p[2])
		case p[0] == "features" && number(p[1]) == rows+1 && p[2] == "0":
			return dotted("blocks", len(counts), 0, "conv", p[3])
		case p[0] == "features" && number(p[1]) == rows+1:
			return dotted("blocks", len(counts), 0, "bn1", p[3])
		}
		return inverted(name)
	}}
}

// timmMNASNet is the naming of MNASNet.
func timmMNASNet() naming {
	outside := map[string]string{
		"0": "conv_stem", "1": "bn1", "3": "blocks.0.0.conv_dw", "4": "blocks.0.0.bn1", "6": "blocks.0.0.conv_pw", "7": "blocks.0.0.bn2",
		"14": "conv_head", "15": "bn2",
	}
	inside := map[string]string{"0": "conv_pw", "1": "bn1", "3": "conv_dw", "4": "bn2", "6": "conv_pwl", "7": "bn3"}
	return naming{rename: func(name string) string {
		p := split(name)
		switch {
		case p[0] == "classifier":
			return dotted("classifier", p[2])
		case len(p) == 3:
			return dotted(outside[p[1]], p[2])
		}
		return dotted("blocks", number(p[1])-7, p[2], inside[p[4]], p[5])
	}}
}

// timmRegNet is the naming of a RegNet.
func timmRegNet() naming {
	kinds := map[string]string{"0": "conv", "1": "bn"}
	ways := map[string]string{"a": "conv1", "b": "conv2", "c": "conv3"}
	return naming{rename: func(name string) string {
		p := split(name)
		switch p[0] {
		case "stem":
			return dotted("stem", kinds[p[1]], p[2])
		case "fc":
			return dotted("head.fc", p[1])
		}
		stage, block, _ := strings.Cut(strings.TrimPrefix(p[2], "block"), "-")
		at := dotted("s"+stage, "b"+strconv.Itoa(number(block)+1))
		switch {
		case p[3] == "proj":
			return dotted(at, "downsample", kinds[p[4]], p[5])
		case p[4] == "se":
			return dotted(at, "se", p[5], p[6])
		}
		return dotted(at, ways[p[4]], kinds[p[5]], p[6])
	}}
}

// timmConvNeXt is the naming of a ConvNeXt.
func timmConvNeXt() naming {
	return convNeXtNaming(convNeXtNames{
		stem: "stem", down: "stages.%.downsample", block: "stages.%.blocks", conv: "conv_dw", norm: "norm", one: "mlp.fc1", two: "mlp.fc2",
		scale: "gamma", last: "head.norm", head: "head.fc",
	})
}

// timmVGG is the naming of a VGG, whose first two linear layers are convolutions.
func timmVGG() naming {
	heads := map[string]string{"0": "pre_logits.fc1", "3": "pre_logits.fc2", "6": "head.fc"}
	return naming{rename: func(name string) string {
		p := split(name)
		if p[0] != "classifier" {
			return name
		}
		return dotted(heads[p[1]], p[2])
	}}
}
