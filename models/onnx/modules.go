package onnx

import (
	"regexp"

	"gaze/models/onnx/internal/onnxpb"
)

// scopesKey is where PyTorch's exporter notes the modules around a node, from
// the outermost, which has no name, to the node itself, as Python writes a list
// of texts.
const scopesKey = "pkg.torch.onnx.name_scopes"

var quoted = regexp.MustCompile(`'([^']*)'`)

// modules returns the names of the modules around a node: "layer4",
// "layer4.1", "layer4.1.relu".
func modules(p *onnxpb.NodeProto) []string {
	for _, note := range p.MetadataProps {
		if note.Key != scopesKey {
			continue
		}
		var names []string
		all := quoted.FindAllStringSubmatch(note.Value, -1)
		for i, m := range all {
			if m[1] != "" && i < len(all)-1 {
				names = append(names, m[1])
			}
		}
		return names
	}
	return nil
}
