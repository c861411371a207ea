package zoo

import "strings"

// namings are those of other programs.
func (v vit) namings() []naming {
	if v.names.positions != torchvisionViT.positions {
		return nil
	}
	return []naming{timmOf(v.names)}
}

// timmOf is timm's naming of what has other names n.
func timmOf(n vitNames) naming {
	return naming{rename: func(name string) string {
		t := timmViT
		switch name {
		case n.class:
			return t.class
		case n.positions:
			return t.positions
		}
		for _, pair := range [][2]string{{n.patches, t.patches}, {n.norm, t.norm}, {n.head, t.head}} {
			if rest, ok := strings.CutPrefix(name, pair[0]+"."); ok {
				return dotted(pair[1], rest)
			}
		}
		rest, _ := strings.CutPrefix(name, n.block[:len(n.block)-1])
		block, part, _ := strings.Cut(rest, ".")
		for _, pair := range [][2]string{
			{n.norm1, t.norm1}, {n.attention + "." + n.weight, t.attention + "." + t.weight}, {n.attention + "." + n.bias, t.attention + "." + t.bias},
			{n.attention + "." + n.proj, t.attention + "." + t.proj}, {n.norm2, t.norm2}, {n.mlp[0], t.mlp[0]}, {n.mlp[3], t.mlp[3]},
		} {
			if rest, ok := strings.CutPrefix(part, pair[0]); ok {
				return dotted("blocks", block, pair[1]+rest)
			}
		}
		return ""
	}}
}
