package onnx

import (
	"errors"
	"fmt"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// called is a node's operator, and its name, where it has one.
func called(p *onnxpb.NodeProto) string {
	if p.Name == "" {
		return p.OpType
	}
	return fmt.Sprintf("%s (%s)", p.OpType, p.Name)
}

// finish makes the output one number a class in a last layer, and drops what
// it does not need.
func (b *builder) finish(output string) error {
	v, err := b.value(output)
	if err != nil {
		return fmt.Errorf("the output %w", err)
	}
	if v == nil {
		return errors.New("the output has no name")
	}
	if v.known != nil {
		return fmt.Errorf("the output %q does not depend on the picture", output)
	}
	if v.layer == models.InputName {
		return fmt.Errorf("the output %q is the input", output)
	}
	shape := v.shape()
	classes, most := 1, 1
	for _, side := range shape {
		classes *= side
		most = max(most, side)
	}
	if classes != most {
		return notScores(output, shape)
	}
	if v, err = b.flat(v); err != nil {
		return fmt.Errorf("the output %q: %w", output, err)
	}
	if b.scores.negated {
		if v, err = b.scaled(output+"/negated", v, single(-1), nil); err != nil {
			return fmt.Errorf("the output %q: %w", output, err)
		}
	}
	return b.prune(v.layer)
}

// notScores says what an output of that shape is instead of one number a class.
func notScores(output string, shape []int) error {
	what := "is not one number a class"
	switch len(shape) {
	case 4:
		what = "has a number a class for each pixel, as networks for segmentation have; only networks that classify the whole picture are explained"
	case 3:
		what = "has several numbers for each of many places, as networks that detect objects have; only networks that classify the whole picture are explained"
	}
	return fmt.Errorf("the output %q of shape %v %s", output, shape, what)
}

// prune keeps the layers that the last one depends on and gives them their
// further names. The names of a dropped layer go to the layer that it reads.
func (b *builder) prune(last string) error {
	needed := map[string]bool{last: true}
	for i := len(b.net.Layers) - 1; i >= 0; i-- {
		if l := b.net.Layers[i]; needed[l.Name] {
			for _, name := range l.Inputs {
				needed[name] = true
			}
		}
	}
	kept := &models.Network{
		Name: b.net.Name, Architecture: b.net.Architecture, Source: b.net.Source,
		Input: b.net.Input, Output: b.net.Output, Notes: b.net.Notes, Guesses: b.net.Guesses, Aliases: make(map[string]string),
	}
	stands := map[string]string{models.InputName: models.InputName}
	var layers []models.Layer
	for _, l := range b.net.Layers {
		if needed[l.Name] {
			layers = append(layers, l)
		}
	}
	for _, l := range withAttention(layers) {
		if err := kept.Append(l); err != nil {
			return err
		}
	}
	for _, l := range b.net.Layers {
		_, is := kept.Layer(l.Name)
		switch {
		case is:
			stands[l.Name] = l.Name
		case !needed[l.Name] && len(l.Inputs) > 0:
			stands[l.Name] = stands[l.Inputs[0]]
		}
	}
	// A value's name goes before a node's name, and that before a module's.
	for _, names := range []map[string]string{stands, b.valueNames, b.nodeNames, b.moduleNames} {
		for name, layer := range names {
			_, isLayer := kept.Layer(name)
			_, taken := kept.Aliases[name]
			if layer = stands[layer]; name != "" && layer != "" && layer != models.InputName && !isLayer && !taken {
				kept.Aliases[name] = layer
			}
		}
	}
	b.net = kept
	return nil
}
