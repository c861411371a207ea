package models

import (
	"fmt"
	"strings"
)

// LastLayer is what users may call the layer explained by default.
const LastLayer = "last"

// Resolve finds the layer a user means: one of that name or alias, the output
// of the module of that name (its last layer: "layer4.1", "features"), or the
// default layer for [LastLayer] and the empty name. The error names layers that
// come near.
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
		if strings.HasPrefix(n.Layers[i].Name, name+".") {
			return n.Layers[i].Name, nil
		}
	}
	return "", fmt.Errorf("no layer is called %q%s", name, n.near(name))
}

// near names layers that contain name or share its first part.
func (n *Network) near(name string) string {
	const shown = 4
	first, _, _ := strings.Cut(name, ".")
	var names []string
	for _, l := range n.Layers {
		if l.Spatial() && (strings.Contains(l.Name, name) || strings.HasPrefix(l.Name, first+".")) {
			names = append(names, l.Name)
		}
	}
	if len(names) == 0 {
		return "; gazectl layers lists them"
	}
	if len(names) > shown {
		names = names[len(names)-shown:]
	}
	return "; near it are " + strings.Join(names, ", ")
}
