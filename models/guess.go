package models

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Aspect is something that must be known about a network besides its layers.
type Aspect string

// The aspects of an [Input], and the labels.
const (
	AspectSize     Aspect = "size"
	AspectCrop     Aspect = "crop"
	AspectChannels Aspect = "channels"
	AspectMean     Aspect = "mean"
	AspectStd      Aspect = "std"
	AspectLabels   Aspect = "labels"
)

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

// Remarks are the notes and one sentence that lists all guesses. The user
// should read them before trusting the network's answers.
func (n *Network) Remarks() []string {
	var all []string
	for _, note := range n.Notes {
		all = append(all, note.String())
	}
	if len(n.Guesses) == 0 {
		return all
	}
	var parts []string
	for i, g := range n.Guesses {
		text := n.aspect(g.Of)
		// A reason that several guesses share is written once.
		if last := i+1 == len(n.Guesses) || n.Guesses[i+1].Why != g.Why; last && g.Why != "" {
			text += " (" + g.Why + ")"
		}
		parts = append(parts, text)
	}
	return append(all, "Guessed, because nothing says it: "+strings.Join(parts, ", ")+".")
}

// aspect describes what the network has for an aspect.
func (n *Network) aspect(of Aspect) string {
	in := n.Input
	switch of {
	case AspectSize:
		return fmt.Sprintf("pictures of %dx%d", in.Width, in.Height)
	case AspectCrop:
		return in.cut()
	case AspectChannels:
		return in.order()
	case AspectMean:
		return fmt.Sprintf("a mean of %g %g %g", in.Mean[0], in.Mean[1], in.Mean[2])
	case AspectStd:
		text := fmt.Sprintf("a standard deviation of %g %g %g", in.Std[0], in.Std[1], in.Std[2])
		if !in.unitScale() {
			text += fmt.Sprintf(" of pixels times %g", in.Scale)
		}
		return text
	case AspectLabels:
		return fmt.Sprintf("ImageNet's labels for the %d classes", n.Classes())
	}
	return string(of)
}

// cut describes which part of a photograph becomes the input.
func (in Input) cut() string {
	if in.Fit == FitStretch {
		return "stretched"
	}
	return fmt.Sprintf("from the centre of a short side of %d", in.Resize)
}

func (in Input) order() string {
	if in.BGR {
		return "BGR"
	}
	return "RGB"
}

// unitScale reports whether pixels are brought to 0..1 before all else.
func (in Input) unitScale() bool { return math.Abs(float64(in.Scale)*255-1) <= 1e-6 }
