package models

import (
	"fmt"
	"slices"
	"strings"
)

// LastLayer is the name by which users may ask for the default layer.
const LastLayer = "last"

// Resolve finds the layer that a user means by name: a layer of that name or
// alias, the output of the module of that name (its last layer: "layer4.1",
// "features"), or the default layer for [LastLayer].
//
// In ONNX files the names of layers are paths. A module may then be written in
// PyTorch's spelling ("layer4.1.conv1") or in the file's
// ("/layer4/layer4.1/conv1"). Resolve looks for it at the beginning of the
// paths first and further inside only if it is not there. A name that several
// modules have there is an error.
//
// Errors name layers that are worth trying.
func (n *Network) Resolve(name string) (string, error) {
	if name == LastLayer {
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
	module := strings.Trim(name, "/")
	if module == "" {
		return "", fmt.Errorf("%q names no layer of network %s; try %s", name, n.Name, n.near(""))
	}
	for _, prefix := range []string{module + ".", "/" + module + "/", "/" + scopes(module) + "/"} {
		if l, ok := n.lastWith(prefix); ok {
			return l, nil
		}
	}
	inside := n.inside(module)
	switch len(inside) {
	case 0:
		return "", fmt.Errorf("network %s has no layer %q; try %s", n.Name, name, n.near(name))
	case 1:
		l, _ := n.lastWith(inside[0] + "/")
		return l, nil
	}
	return "", fmt.Errorf("%q could be any of %d modules of network %s: %s", name, len(inside), n.Name, few(inside))
}

// lastWith returns the last layer whose name begins with prefix.
func (n *Network) lastWith(prefix string) (string, bool) {
	for _, l := range slices.Backward(n.Layers) {
		if strings.HasPrefix(l.Name, prefix) {
			return l.Name, true
		}
	}
	return "", false
}

// inside lists the modules of that name anywhere in the layers' paths, the last
// ones first, each as the path that leads to it.
func (n *Network) inside(module string) []string {
	var paths []string
	for _, l := range slices.Backward(n.Layers) {
		at := strings.Index(l.Name, "/"+module+"/")
		if at < 0 {
			continue
		}
		if path := l.Name[:at+1+len(module)]; !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// scopes spells a module's name as PyTorch's exporter does, which repeats what
// leads to a number: "layer4.1.conv1" is "layer4/layer4.1/conv1".
func scopes(module string) string {
	var path []string
	for _, part := range strings.Split(module, ".") {
		if last := len(path) - 1; last >= 0 && strings.Trim(part, "0123456789") == "" {
			part = path[last] + "." + part
		}
		path = append(path, part)
	}
	return strings.Join(path, "/")
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
	return few(alike)
}

// few writes the first of a list.
func few(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s, and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
