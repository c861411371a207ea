package compute

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gaze/models"
)

// TargetKind is a way to make the number that is explained of the logits.
type TargetKind string

const (
	// TargetLogit is the class's logit.
	TargetLogit TargetKind = "logit"
	// TargetSum is the sum of the logits of several classes.
	TargetSum TargetKind = "sum"
	// TargetContrast is the class's logit minus another class's: what speaks for
	// the one rather than the other.
	TargetContrast TargetKind = "contrast"
	// TargetProbability is the class's probability, by the network's softmax or
	// sigmoid. Its gradient vanishes where the network is sure.
	TargetProbability TargetKind = "probability"
	// TargetReST is the class's logit plus the logarithm of its probability:
	// Cai, CAMs as Shapley value-based explainers, 2025, arXiv:2501.06261.
	TargetReST TargetKind = "rest"
	// TargetAgainst is the negated logit: what speaks against the class, or makes a
	// number lower.
	TargetAgainst TargetKind = "against"
)

// TargetKinds lists the kinds of targets.
func TargetKinds() []TargetKind {
	return []TargetKind{TargetLogit, TargetSum, TargetContrast, TargetProbability, TargetReST, TargetAgainst}
}

// Target is what is differentiated. The zero value is the class's logit.
type Target struct {
	Kind TargetKind
	// Others are further classes: those that TargetSum adds, and the one that
	// TargetContrast takes away, which without any is the most probable other
	// one.
	Others []int
}

// check reports what makes the target unusable for a class, or TopClass, of a
// network.
func (t Target) check(net *models.Network, class int) error {
	classes := net.Classes()
	if t.Kind != "" && !slices.Contains(TargetKinds(), t.Kind) {
		return fmt.Errorf("no target is called %q", t.Kind)
	}
	var twice error
	for i, c := range t.Others {
		if c < 0 || c >= classes {
			return fmt.Errorf("class %d is not between 0 and %d", c, classes-1)
		}
		if c == class || slices.Contains(t.Others[:i], c) {
			twice = classTwice(net, c)
		}
	}
	switch {
	case t.Kind == TargetSum && len(t.Others) == 0:
		return ErrSumOfOne
	case t.Kind == TargetSum && net.TwoSided():
		return ErrSumOfBoth
	case t.Kind == TargetContrast && len(t.Others) > 1:
		return fmt.Errorf("a contrast is to one class, not to %d", len(t.Others))
	case t.Kind == TargetContrast && classes < 2:
		return fmt.Errorf("there is no other class to contrast with")
	case (t.Kind == TargetProbability || t.Kind == TargetReST) && !net.Output.Probabilities():
		return ErrNoProbability
	case t.Kind != TargetContrast && t.Kind != TargetSum && len(t.Others) > 0:
		return fmt.Errorf("the target %s %w", t.kind(), ErrOneClass)
	}
	return twice
}

var (
	// ErrSumOfOne is why a sum of no other class cannot be explained.
	ErrSumOfOne = errors.New("a sum is of several classes")
	// ErrSumOfBoth is why the sum of the classes of a single output cannot be
	// explained: they are y and -y.
	ErrSumOfBoth = errors.New("both classes are of one output, and their sum is always 0")
	// ErrOneClass is why a target other than a sum or a contrast has no other class.
	ErrOneClass = errors.New("is of one class")
	// ErrNoProbability is why the probability of a network whose outputs are numbers
	// cannot be explained.
	ErrNoProbability = errors.New("the network's outputs are numbers and no probabilities")
	// ErrClassTwice is why a target that has a class twice cannot be explained.
	ErrClassTwice = errors.New("each class counts once")
)

func classTwice(net *models.Network, class int) error {
	return fmt.Errorf("the target has %s twice: %w", net.Label(class), ErrClassTwice)
}

func (t Target) kind() TargetKind {
	if t.Kind == "" {
		return TargetLogit
	}
	return t.Kind
}

// resolve is the target with the class that a contrast is to by default.
func (t Target) resolve(logits []float32, class int) Target {
	if t.Kind != TargetContrast || len(t.Others) > 0 {
		return t
	}
	other := -1
	for i, v := range logits {
		if i != class && (other < 0 || v > logits[other]) {
			other = i
		}
	}
	t.Others = []int{other}
	return t
}

// Value is the target for a class, given the logits of all classes and what the
// network's outputs mean.
func (t Target) Value(out models.Output, logits []float32, class int) float64 {
	y := float64(logits[class])
	switch t.Kind {
	case TargetSum:
		for _, c := range t.Others {
			y += float64(logits[c])
		}
	case TargetContrast:
		y -= float64(logits[t.resolve(logits, class).Others[0]])
	case TargetProbability:
		y = out.Probability(logits, class)
	case TargetReST:
		y += out.LogProbability(logits, class)
	case TargetAgainst:
		y = -y
	}
	return y
}

// Seed is the target's derivative by the logits of all classes.
func (t Target) Seed(out models.Output, logits []float32, class int) []float32 {
	seed := make([]float32, len(logits))
	switch t.Kind {
	case TargetProbability, TargetReST:
		by := 1.0
		if t.Kind == TargetProbability {
			by = out.Probability(logits, class)
		}
		for j, d := range out.LogDerivative(logits, class) {
			seed[j] = float32(by * d)
		}
		if t.Kind == TargetReST {
			seed[class]++
		}
		return seed
	case TargetAgainst:
		seed[class] = -1
		return seed
	case TargetSum:
		for _, c := range t.Others {
			seed[c]++
		}
	case TargetContrast:
		seed[t.resolve(logits, class).Others[0]]--
	}
	seed[class]++
	return seed
}

// Name says what the target is in words, given the classes' labels: "tabby",
// "tabby − tiger cat", "p(tabby)".
func (t Target) Name(label func(int) string, class int) string {
	name := label(class)
	switch t.Kind {
	case TargetSum, TargetContrast:
		sign := map[TargetKind]string{TargetSum: " + ", TargetContrast: " − "}[t.Kind]
		parts := []string{name}
		for _, c := range t.Others {
			parts = append(parts, label(c))
		}
		return strings.Join(parts, sign)
	case TargetProbability:
		return "p(" + name + ")"
	case TargetReST:
		return name + " + log p"
	case TargetAgainst:
		return "− " + name
	}
	return name
}
