package models

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SetOutput notes what somebody says of the outputs. What is zero is not said, and
// stays as it was; a unit alone says that the outputs are numbers.
func (n *Network) SetOutput(said Output) error {
	if err := said.Validate(); err != nil {
		return err
	}
	a := said.Activation
	if a == "" && said.Unit != "" && n.guessed(AspectActivation) {
		a = ActivationNone
	}
	kind := n.Output.Kind()
	if a != "" {
		kind = a
	}
	switch {
	case a == ActivationSoftmax && n.Outputs() == 1:
		return errors.New("a softmax over one output is always 1: its activation is sigmoid, or none where it is a number")
	case said.Threshold != 0 && kind != ActivationSigmoid:
		return fmt.Errorf("a threshold goes with the activation sigmoid, and this one is %s", kind)
	case said.Unit != "" && kind != ActivationNone:
		return fmt.Errorf("the unit %q goes with the activation none, and this one is %s", said.Unit, kind)
	}
	if a != "" {
		n.SetActivation(a)
		if len(n.Labels) > 0 && !n.Named(len(n.Labels)) {
			// They are names of classes, and these are numbers.
			n.Labels = nil
		}
	}
	if said.Threshold != 0 {
		n.Output.Threshold = said.Threshold
	}
	if said.Unit != "" {
		n.Output.Unit = said.Unit
	}
	return nil
}

// SetPositive notes the label of what a high output means, where the network has a
// single output. Where the classes have no names yet it is the only one.
func (n *Network) SetPositive(label string) error {
	if !n.TwoSided() {
		return fmt.Errorf("the label %q of a high output goes with a network of one output, and this one has %d", label, n.Outputs())
	}
	at := slices.IndexFunc(n.Labels, func(l string) bool { return strings.EqualFold(l, label) })
	switch {
	case len(n.Labels) == 0:
		n.Labels = []string{label}
	case at < 0:
		return fmt.Errorf("the label %q of a high output is none of the labels %s", label, strings.Join(n.Labels, ", "))
	case at > 0:
		n.Labels = slices.Clone(n.Labels)
		slices.Reverse(n.Labels)
	}
	n.Said(AspectPositive)
	return nil
}

// Choose sets the layer that is explained where no other is asked for, by the name
// of a layer or a module.
func (n *Network) Choose(layer string) error {
	name, err := n.Resolve(layer)
	if err != nil {
		return err
	}
	if l, _ := n.Layer(name); !l.Spatial() {
		return fmt.Errorf("layer %s has no extent in space, so there is no map of it", name)
	}
	n.Chosen = name
	n.Said(AspectLayer)
	return nil
}
