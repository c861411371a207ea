package models

import "slices"

// Spatial reports whether the layer's output has an extent in space, that is,
// whether a class activation map of it can show anything.
func (l Layer) Spatial() bool {
	height, width := l.Plane()
	return height*width > 1
}

// Explainable lists the layers a class activation map can be drawn for, in
// topological order.
func (n *Network) Explainable() []string {
	var names []string
	for _, l := range n.Layers {
		if l.Spatial() {
			names = append(names, l.Name)
		}
	}
	return names
}

// DefaultLayer is the layer explained when no other is asked for: Chosen, or else the
// last layer with a spatial output that the classifier depends on, not counting layers
// that only pool their input or pass it on. The classifier is the last convolution
// or linear layer. (Behind a convolutional classifier, as in SqueezeNet, there is
// already one map for each class, and a class activation map would only repeat
// it.) Where at the end only tokens without a place lead to the classes, as in a vision
// transformer, it is the last normalisation whose other tokens count, which the last
// attention reads. The name is empty if no layer is spatial.
func (n *Network) DefaultLayer() string {
	if n.Chosen != "" {
		return n.Chosen
	}
	return n.lastSpatial()
}

// lastSpatial is the default layer that follows from the structure.
func (n *Network) lastSpatial() string {
	classifier := len(n.Layers)
	for i := len(n.Layers) - 1; i >= 0; i-- {
		if k := n.Layers[i].Kind; k == Conv || k == Linear {
			classifier = i
			break
		}
	}
	// Whoever reads a layer stands behind it, so that a layer that the classifier
	// depends on is known as one when the loop gets to it.
	before := make(map[string]bool)
	depends := func(on []string) {
		for _, name := range on {
			before[name] = true
		}
	}
	all := classifier == len(n.Layers)
	if !all {
		depends(n.Layers[classifier].Inputs)
	}
	reaches, tokens, last := n.reaches(), false, ""
	for i := classifier - 1; i >= 0; i-- {
		l := n.Layers[i]
		if !all && !before[l.Name] {
			continue
		}
		if l.Spatial() && kinds[l.Kind].relation != passes {
			switch {
			case reaches[i] != everything:
				tokens = true
			case !tokens || l.Kind == LayerNorm:
				return l.Name
			case last == "":
				last = l.Name
			}
		}
		depends(l.Inputs)
	}
	if last != "" {
		return last
	}
	for i := len(n.Layers) - 1; i >= 0; i-- {
		if n.Layers[i].Spatial() {
			return n.Layers[i].Name
		}
	}
	return ""
}

// Milestones are the explainable layers that show something new, in topological
// order. A layer is left out where only one other layer reads it and either that
// one is a normalisation, an activation or the end of a module, which shows nearly
// the same, or the layer itself only passes on what it reads.
func (n *Network) Milestones() []string {
	readers := make(map[string][]Kind)
	for _, l := range n.Layers {
		for _, in := range l.Inputs {
			readers[in] = append(readers[in], l.Kind)
		}
	}
	var names []string
	for _, l := range n.Layers {
		r := readers[l.Name]
		if l.Spatial() && !(len(r) == 1 && (kinds[r[0]].relation == finishes || kinds[l.Kind].relation == passes)) {
			names = append(names, l.Name)
		}
	}
	return names
}

// Idle reports whether a layer of the network does nothing, so that its output
// is its input: a Dropout, the end of a module, an addition of a single term.
func (n *Network) Idle(l Layer) bool {
	idle := kinds[l.Kind].idle
	if idle == nil || len(l.Inputs) == 0 {
		return false
	}
	x, ok := n.shapeOf(l.Inputs[0])
	return ok && idle(l, x)
}

// Producer returns the name of the layer that makes the values called name: that
// layer itself unless it does nothing, else the nearest one before it that does
// something, or [InputName].
func (n *Network) Producer(name string) string {
	for {
		l, ok := n.Layer(name)
		if !ok || !n.Idle(l) {
			return name
		}
		name = l.Inputs[0]
	}
}

// OnlyReader returns the one layer that reads the output of the layer called
// name. ok is false where no layer reads it, or more than one, or one of them
// twice.
func (n *Network) OnlyReader(name string) (reader Layer, ok bool) {
	found := 0
	for _, l := range n.Layers {
		for _, in := range l.Inputs {
			if in == name {
				reader = l
				found++
			}
		}
	}
	return reader, found == 1
}

// Head returns the linear layer that follows the layer called name where
// nothing else follows it but one global average pooling; ok reports whether that
// is so. linear is nil if the averages are the logits themselves.
//
// The gradient of any target by the layer is then the same at every pixel,
// whatever the picture. Averaging the gradient over the pixels, which is what sets
// Grad-CAM apart from HiResCAM, changes nothing there.
func (n *Network) Head(name string) (linear *Layer, ok bool) {
	pooled := false
	for {
		next, ok := n.OnlyReader(name)
		if !ok {
			return linear, pooled && name == n.Logits().Name
		}
		switch {
		// Flattened, the averages are the same numbers in the same order.
		case n.Idle(next), next.Kind == Flatten:
		case next.Kind == GlobalAvgPool:
			pooled = true
		case next.Kind == Linear:
			if linear != nil || !pooled {
				return nil, false
			}
			linear = &next
		default:
			return nil, false
		}
		name = next.Name
	}
}

// LaterResolutions lists, for each resolution coarser than that of the layer
// called name, the last layer of that resolution that all paths from the picture to
// the logits go through. It looks no further than the default layer. The order is
// topological. The list is empty where there is no such layer.
func (n *Network) LaterResolutions(name string) []string {
	from := slices.IndexFunc(n.Layers, func(l Layer) bool { return l.Name == name })
	def := n.lastSpatial()
	last := slices.IndexFunc(n.Layers, func(l Layer) bool { return l.Name == def })
	if from < 0 {
		return nil
	}
	area := func(l Layer) int {
		height, width := l.Plane()
		return height * width
	}
	finest := area(n.Layers[from])
	var names []string
	seen := make(map[int]bool)
	for i := last; i > from; i-- {
		l := n.Layers[i]
		if a := area(l); !l.Spatial() || a >= finest || seen[a] || n.bypassed(i) {
			continue
		}
		seen[area(l)] = true
		names = append(names, l.Name)
	}
	slices.Reverse(names)
	return names
}

// bypassed reports whether a layer after layer i reads one before it that depends on
// the picture, or the picture.
func (n *Network) bypassed(i int) bool {
	before := map[string]bool{InputName: true}
	for _, l := range n.Layers[:i] {
		before[l.Name] = slices.ContainsFunc(l.Inputs, func(in string) bool { return before[in] })
	}
	for _, l := range n.Layers[i+1:] {
		if slices.ContainsFunc(l.Inputs, func(in string) bool { return before[in] }) {
			return true
		}
	}
	return false
}
