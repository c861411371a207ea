package keras

import (
	"fmt"
	"slices"

	"gaze/models"
)

// finish makes v one number a class in a last layer: the logits, before the softmax
// or sigmoid that may end the model.
func (b *builder) finish(v *value) error {
	v, err := b.settled(v)
	if err != nil {
		return err
	}
	if v.layer == models.InputName {
		return fmt.Errorf("its output is the picture itself")
	}
	shape := v.shape()
	total, most := 1, 1
	for _, side := range shape {
		total *= side
		most = max(most, side)
	}
	if total != most {
		return fmt.Errorf("its output has the shape %s, which is not one number a class", shapeText(shape))
	}
	if v, err = b.straightened(v.view(v.flat())); err != nil {
		return fmt.Errorf("its output %w", err)
	}
	last := v.layer
	renamed := b.takeActivation(&last)
	return b.keep(last, renamed)
}

// takeActivation takes the softmax or sigmoid at the end off. last is the network's
// last layer and becomes another where it was that. The result has new names for
// layers.
func (b *builder) takeActivation(last *string) map[string]string {
	renamed := make(map[string]string)
	for i := len(b.net.Layers) - 1; i >= 0; i-- {
		if b.net.Layers[i].Name != *last {
			continue
		}
		// What only arranges the numbers may follow the activation.
		at := i
		var after *models.Layer
		for {
			l := &b.net.Layers[at]
			switch l.Kind {
			case models.Flatten, models.Reshape, models.Dropout, models.Identity:
				after = l
				at = b.position(l.Inputs[0])
				if at >= 0 {
					continue
				}
				return renamed
			case models.Softmax, models.Sigmoid, models.HardSigmoid:
			default:
				return renamed
			}
			break
		}
		l := b.net.Layers[at]
		if l.Inputs[0] == models.InputName {
			return renamed
		}
		activation := models.ActivationSoftmax
		if l.Kind != models.Softmax {
			activation = models.ActivationSigmoid
		}
		b.net.SetActivation(activation)
		b.note(models.NoteActivation, fmt.Sprintf("%s (%s)", activation, l.Name))
		before := l.Inputs[0]
		if after != nil {
			after.Inputs = []string{before}
		} else {
			*last = before
		}
		b.aliases[l.Name] = before
		if before == l.Name+preActivation {
			renamed[before] = l.Name
		}
		return renamed
	}
	return renamed
}

// position is where a layer is in the network, or -1.
func (b *builder) position(name string) int {
	for i, l := range b.net.Layers {
		if l.Name == name {
			return i
		}
	}
	return -1
}

// keep makes the network of the layers that the last one depends on, some under
// other names, and gives them their further names.
func (b *builder) keep(last string, renamed map[string]string) error {
	needed := map[string]bool{last: true}
	for i := len(b.net.Layers) - 1; i >= 0; i-- {
		if l := b.net.Layers[i]; needed[l.Name] {
			for _, name := range l.Inputs {
				needed[name] = true
			}
		}
	}
	name := func(of string) string {
		if other, ok := renamed[of]; ok {
			return other
		}
		return of
	}
	kept := *b.net
	all := kept.Layers
	kept = models.Network{
		Name: kept.Name, Architecture: kept.Architecture, Source: kept.Source, Input: kept.Input, Output: kept.Output,
		Notes: kept.Notes, Guesses: kept.Guesses, Aliases: make(map[string]string), FixedSize: true,
	}
	for _, l := range all {
		if !needed[l.Name] {
			continue
		}
		if slices.Contains(b.logarithms, l.Name) {
			return fmt.Errorf("layer %s has the activation \"log_softmax\", which is only supported at the end; export the model to ONNX", l.Name)
		}
		l.Name = name(l.Name)
		inputs := make([]string, len(l.Inputs))
		for i, in := range l.Inputs {
			inputs[i] = name(in)
		}
		l.Inputs = inputs
		if err := kept.Append(l); err != nil {
			return err
		}
	}
	alias := func(from, to string) {
		_, isLayer := kept.Layer(from)
		_, exists := kept.Layer(name(to))
		if !isLayer && exists {
			kept.Aliases[from] = name(to)
		}
	}
	for from, to := range b.aliases {
		alias(from, to)
	}
	for own, full := range b.inner {
		if _, taken := kept.Aliases[own]; len(full) == 1 && !taken {
			alias(own, full[0])
		}
	}
	b.net = &kept
	for l, d := range b.done {
		b.done[l] = d.renamed(name, &kept)
	}
	return nil
}

// note adds a note for the user.
func (b *builder) note(kind models.NoteKind, of ...any) {
	b.net.Notes = append(b.net.Notes, models.NewNote(kind, of...))
}
