package models

import (
	"fmt"
	"slices"
	"strings"
)

// LastLayer is what users may call the layer explained by default.
const LastLayer = "last"

// Resolve finds the layer a user means: one of that name or alias, the output
// of the module of that name (its last layer: "layer4.1", "features"; where
// names are paths, as in ONNX files, "layer4.1" is a part of them), or the
// default layer for [LastLayer] and the empty name. The error names layers
// worth trying.
func (n *Network) Resolve(name string) (string, error) {
	if name == "" || name == LastLayer {
		if def := n.DefaultLayer(); def != "" {
			return def, nil
		}
		return "", fmt.Errorf("network %s has no layer with an extent in space", n.Name)
	}
	if _, ok := n.Layer(name); ok {
		return name, nil
	}
	if target, ok := n.Aliases[name]; ok {
		return target, nil
	}
	for i := len(n.Layers) - 1; i >= 0; i-- {
		if l := n.Layers[i].Name; strings.HasPrefix(l, name+".") || strings.Contains("/"+l, "/"+strings.Trim(name, "/")+"/") {
			return l, nil
		}
	}
	return "", fmt.Errorf("network %s has no layer %q; try %s", n.Name, name, n.near(name))
}

// near names explainable layers, those whose name contains name if there are
// any. The last ones come first: they are worth trying.
func (n *Network) near(name string) string {
	all := n.Explainable()
	slices.Reverse(all)
	var alike []string
	for _, other := range all {
		if strings.Contains(strings.ToLower(other), strings.ToLower(name)) {
			alike = append(alike, other)
		}
	}
	if len(alike) == 0 {
		alike = all
	}
	const most = 8
	if len(alike) > most {
		return fmt.Sprintf("%s, and %d more", strings.Join(alike[:most], ", "), len(alike)-most)
	}
	return strings.Join(alike, ", ")
}
