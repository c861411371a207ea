package models

import (
	"fmt"
	"math"
	"slices"
)

// DoubtKind is a reason to think that a network does not see what it was trained on.
type DoubtKind string

// The kinds of doubts. Each says what [Doubt.Of] contains.
const (
	// DoubtMeanAbove: the mean is above every pixel. Of has the mean and the largest
	// pixel.
	DoubtMeanAbove DoubtKind = "mean-above"
	// DoubtMeanOfFractions: the mean is one of pixels from 0 to 1, and they go to 255.
	// Of has the mean and the largest pixel.
	DoubtMeanOfFractions DoubtKind = "mean-of-fractions"
	// DoubtWide: the deviation is so small that the input spreads far more than
	// networks take. Of has the deviation, the lowest and the highest number.
	DoubtWide DoubtKind = "wide"
	// DoubtFlat: the deviation is so large that all pictures look the same. Of is
	// that of DoubtWide.
	DoubtFlat DoubtKind = "flat"
	// DoubtTwice: the network divides by far more than it gets, because it brings pixels
	// into range itself. Of has the lowest and the highest number that it gets.
	DoubtTwice DoubtKind = "twice"
	// DoubtLogits: a logit is larger than those of trained networks. Of has it.
	DoubtLogits DoubtKind = "logits"
	// DoubtAlike: the first pictures have the same answer. Of has their number, the
	// class and its figure.
	DoubtAlike DoubtKind = "alike"
)

// Doubt warns that the preprocessing may be wrong.
type Doubt struct {
	Kind DoubtKind
	// Of is what the doubt is about; see its kind.
	Of []string
}

// NewDoubt makes a doubt. of must be in the order that the kind asks for.
func NewDoubt(kind DoubtKind, of ...any) Doubt {
	d := Doubt{Kind: kind}
	for _, x := range of {
		d.Of = append(d.Of, fmt.Sprint(x))
	}
	return d
}

// String is the doubt in English, with what to do.
func (d Doubt) String() string {
	format := map[DoubtKind]string{
		DoubtMeanAbove:       "A mean of %s is above every pixel, which is at most %s here: is it one of pixels from 0 to 255?",
		DoubtMeanOfFractions: "A mean of %s is one of pixels from 0 to 1, and these go up to %s: is the scale right?",
		DoubtWide:            "With a deviation of %s the input goes from %s to %s, which is more than networks take: is it one of pixels from 0 to 1?",
		DoubtFlat:            "With a deviation of %s the input goes from %s to %s, so that all pictures look the same: is it one of pixels from 0 to 255?",
		DoubtTwice:           "The network brings pixels of 0 to 255 into range itself, and gets numbers from %s to %s: is it to have them as they are (--preprocess none)?",
		DoubtLogits:          "A logit of %s is larger than trained networks give: the network may see something else than it was trained on.",
		DoubtAlike:           "The first %s pictures all have the answer %s, %s: the network may see something else than you think. gazectl see shows what it sees.",
	}[d.Kind]
	of := make([]any, len(d.Of))
	for i, x := range d.Of {
		of[i] = x
	}
	return fmt.Sprintf(format, of...)
}

// Where doubts begin. Usual inputs spread over 1 (pixels from 0 to 1), 2, 4.5
// (ImageNet's deviation) or 255.
const (
	widest    = 300
	flattest  = 0.1
	mostLogit = 50
	// mostFraction is more than pixels of 0 to 1 become, and less than those of 0 to 255.
	mostFraction = 16
)

// Doubts are the contradictions among the numbers of a preprocessing.
func (in Input) Doubts() []Doubt {
	if len(in.Mean) == 0 || len(in.Std) == 0 {
		return nil
	}
	var list []Doubt
	top := 255 * float64(in.Scale)
	mean := float64(slices.Max(in.Mean))
	switch {
	case mean > top*(1+1e-6):
		list = append(list, NewDoubt(DoubtMeanAbove, Numbers(in.Mean), short(top)))
	case top > mostFraction && mean > 0 && mean <= 1:
		list = append(list, NewDoubt(DoubtMeanOfFractions, Numbers(in.Mean), short(top)))
	}
	var most, least float64 = 0, math.Inf(1)
	for _, s := range in.Std {
		most, least = max(most, top/float64(s)), min(least, top/float64(s))
	}
	lowest, highest := in.span()
	switch {
	case most > widest:
		list = append(list, NewDoubt(DoubtWide, Numbers(in.Std), short(lowest), short(highest)))
	case least < flattest:
		list = append(list, NewDoubt(DoubtFlat, Numbers(in.Std), short(lowest), short(highest)))
	}
	return list
}

// span is the lowest and the highest number that pixels can become.
func (in Input) span() (lowest, highest float64) {
	lowest, highest = math.Inf(1), math.Inf(-1)
	for c, s := range in.Std {
		lowest = min(lowest, -float64(in.Mean[c])/float64(s))
		highest = max(highest, (255*float64(in.Scale)-float64(in.Mean[c]))/float64(s))
	}
	return lowest, highest
}

// Doubts are those of the input, and whether the network fits it.
func (n *Network) Doubts() []Doubt {
	list := n.Input.Doubts()
	if lowest, highest := n.Input.span(); highest <= mostFraction && n.dividesBytes() {
		list = append(list, NewDoubt(DoubtTwice, short(lowest), short(highest)))
	}
	return list
}

// dividesBytes reports whether the first thing that the network does is to divide by so
// much that it takes pixels from 0 to 255.
func (n *Network) dividesBytes() bool {
	for _, l := range n.Layers {
		if l.Kind != Scale || len(l.Inputs) == 0 || l.Inputs[0] != InputName || l.Params["weight"] == nil {
			continue
		}
		weights, ok := l.Params["weight"].Data().([]float32)
		if ok && len(weights) > 0 && max(slices.Max(weights), -slices.Min(weights)) < 1.0/mostFraction {
			return true
		}
	}
	return false
}

// LogitDoubts are the doubts that the logits of a picture raise. Numbers that are no
// probabilities may have any size.
func (n *Network) LogitDoubts(logits []float32) []Doubt {
	if !n.Output.Probabilities() || len(logits) == 0 {
		return nil
	}
	if most := slices.Max(logits); most > mostLogit {
		return []Doubt{NewDoubt(DoubtLogits, short(float64(most)))}
	}
	return nil
}

// short writes a number with four digits, and no zero with a sign.
func short(v float64) string {
	if v == 0 {
		v = 0
	}
	return fmt.Sprintf("%.4g", v)
}
