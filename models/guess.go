package models

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Aspect is something that must be known about a network besides its layers.
type Aspect string

// The aspects of an [Input], those of an [Output], and the others.
const (
	AspectSize       Aspect = "size"
	AspectResize     Aspect = "resize"   // the short side before the crop
	AspectCrop       Aspect = "crop"     // which part of the picture, and whether it is stretched
	AspectChannels   Aspect = "channels" // what they are, and their order
	AspectScale      Aspect = "scale"    // of pixels before mean and deviation
	AspectMean       Aspect = "mean"
	AspectStd        Aspect = "std"
	AspectActivation Aspect = "activation" // what the outputs mean
	AspectPositive   Aspect = "positive"   // which of two classes a high output means
	AspectLabels     Aspect = "labels"
	AspectHead       Aspect = "head"  // what a head's layers do that have no parameters
	AspectStem       Aspect = "stem"  // the stride of the first convolution, and whether a pooling follows
	AspectLayer      Aspect = "layer" // the layer that is explained unless another is asked for
)

// PixelAspects are those of an [Input].
func PixelAspects() []Aspect {
	return []Aspect{AspectSize, AspectResize, AspectCrop, AspectChannels, AspectScale, AspectMean, AspectStd}
}

// Guess is an aspect that neither the network's file nor its sidecar nor the
// user states, so that Gaze assumed it.
type Guess struct {
	Of Aspect
	// Why is the basis of the guess in a few words; it may be empty.
	Why string
}

// Guess records that some aspects of the network are guesses.
func (n *Network) Guess(why string, of ...Aspect) {
	for _, a := range of {
		n.Guesses = append(n.Guesses, Guess{a, why})
	}
}

// Said removes the guesses of aspects that have become known.
func (n *Network) Said(of ...Aspect) {
	n.Guesses = slices.DeleteFunc(slices.Clone(n.Guesses), func(g Guess) bool { return slices.Contains(of, g.Of) })
}

// Assumption is a guess with the value that was guessed.
type Assumption struct {
	Of Aspect `json:"of"`
	// Value says what was guessed in a few words.
	Value string `json:"value"`
	Why   string `json:"why,omitempty"`
}

// String is the value and the basis of the guess.
func (a Assumption) String() string {
	if a.Why == "" {
		return a.Value
	}
	return a.Value + " (" + a.Why + ")"
}

// Assumptions are the guesses with their values.
func (n *Network) Assumptions() []Assumption {
	var list []Assumption
	for _, g := range n.Guesses {
		list = append(list, Assumption{g.Of, n.aspect(g.Of), g.Why})
	}
	return list
}

// Remarks are the notes and one sentence that lists all guesses, and what
// contradicts itself. The user should read them before trusting the network's
// answers.
func (n *Network) Remarks() []string {
	var all []string
	for _, note := range n.Notes {
		all = append(all, note.String())
	}
	if len(n.Guesses) > 0 {
		var parts []string
		list := n.Assumptions()
		for i, a := range list {
			// A reason that several guesses share is written once.
			if i+1 < len(list) && list[i+1].Why == a.Why {
				a.Why = ""
			}
			parts = append(parts, a.String())
		}
		all = append(all, "Guessed, because nothing says it: "+strings.Join(parts, ", ")+".")
	}
	for _, d := range n.Doubts() {
		all = append(all, d.String())
	}
	return all
}

// aspect describes what the network has for an aspect.
func (n *Network) aspect(of Aspect) string {
	in := n.Input
	switch of {
	case AspectSize:
		return fmt.Sprintf("pictures of %dx%d", in.Width, in.Height)
	case AspectResize:
		return fmt.Sprintf("a short side of %d before the crop", in.Resize)
	case AspectCrop:
		if in.Fit == FitStretch {
			return "stretched"
		}
		return "cut from the centre"
	case AspectChannels:
		return in.order()
	case AspectScale:
		if in.UnitScale() {
			return "pixels from 0 to 1"
		}
		return fmt.Sprintf("pixels times %g", in.Scale)
	case AspectMean:
		return "a mean of " + Numbers(in.Mean)
	case AspectStd:
		return "a standard deviation of " + Numbers(in.Std)
	case AspectActivation:
		return n.Output.Describe()
	case AspectPositive:
		return fmt.Sprintf("a high output means %q", n.Label(0))
	case AspectLabels:
		return fmt.Sprintf("ImageNet's labels for the %d classes", n.Classes())
	case AspectHead:
		return "the parts of the head that have no parameters"
	case AspectStem:
		return "a first convolution of stride 1 without a pooling after it"
	case AspectLayer:
		return "layer " + n.DefaultLayer()
	}
	return string(of)
}

// Describe says in a few words what the outputs are.
func (o Output) Describe() string {
	switch o.Kind() {
	case ActivationSigmoid:
		return "probabilities by a sigmoid for each output"
	case ActivationNone:
		return "outputs that are numbers and no probabilities"
	}
	return "probabilities by a softmax over the outputs"
}

// cut describes which part of a photograph becomes the input.
func (in Input) cut() string {
	if in.Fit == FitStretch {
		return "stretched"
	}
	return fmt.Sprintf("from the centre of a short side of %d", in.Resize)
}

func (in Input) order() string {
	if in.Stack != "" {
		return fmt.Sprintf("%d channels from files %s", in.Count(), in.Stack)
	}
	return in.Channels.String()
}

// UnitScale reports whether pixels are brought to 0..1 before all else.
func (in Input) UnitScale() bool { return math.Abs(float64(in.Scale)*255-1) <= 1e-6 }
