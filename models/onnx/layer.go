package onnx

import (
	"fmt"

	"gaze/models"
)

// add appends a layer under that name, or one made from it if there is such a
// layer, and returns its name.
func (b *builder) add(name string, l models.Layer) (string, error) {
	if err := b.memory.spend(1, perLayer+2*len(name)); err != nil {
		return "", err
	}
	l.Name = b.net.FreeName(name)
	if err := b.net.Append(l); err != nil {
		return "", err
	}
	appended := b.net.Logits()
	if n, err := count(appended.Shape); err != nil || n > mostNumbers {
		return "", fmt.Errorf("its result of shape %v is too large", appended.Shape)
	}
	return l.Name, nil
}

// mostNumbers bounds what one layer makes: 1 GiB.
const mostNumbers = 1 << 28

// apply adds a layer that reads v, called like the node's first result, which
// lies in it as v lay in its own.
func (b *builder) apply(n *node, v *value, layer models.Layer) error {
	return b.applyTo(n, v, v.layout, layer)
}

// applyTo adds a layer that reads v, called like the node's first result, which
// lies in it by that layout.
func (b *builder) applyTo(n *node, v *value, l layout, layer models.Layer) error {
	layer.Inputs = []string{v.layer}
	name, err := b.add(n.out(), layer)
	if err != nil {
		return err
	}
	b.set(n.out(), &value{layer: name, layout: l})
	return nil
}

// set makes a value known under that name.
func (b *builder) set(name string, v *value) {
	v.name = name
	b.values[name] = v
}

// physical is the shape of the layer that a value lies in.
func (b *builder) physical(v *value) []int {
	if l, ok := b.net.Layer(v.layer); ok {
		return l.Shape
	}
	return []int(b.net.Input.Shape())
}
