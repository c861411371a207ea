package models

// Truncate forgets the layers from number first on. A reader uses it that has begun to
// make layers in a way that turns out not to work.
func (n *Network) Truncate(first int) {
	for _, l := range n.Layers[first:] {
		delete(n.index, l.Name)
	}
	clear(n.Layers[first:])
	n.Layers = n.Layers[:first]
}
