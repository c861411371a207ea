package models

import (
	"fmt"
	"math"
	"slices"
)

// Activation is the function that makes probabilities of a network's outputs.
type Activation string

const (
	// ActivationSoftmax: the classes exclude each other, and their probabilities
	// add up to 1: p = exp(y) / Σ exp(y).
	ActivationSoftmax Activation = "softmax"
	// ActivationSigmoid: each output is a class of its own, which is there or not:
	// p = 1 / (1 + exp(-y)). Several may be right at once, or none.
	ActivationSigmoid Activation = "sigmoid"
	// ActivationNone: the outputs are numbers, such as an age, and no probabilities.
	ActivationNone Activation = "none"
)

// Activations lists all of them.
func Activations() []Activation {
	return []Activation{ActivationSoftmax, ActivationSigmoid, ActivationNone}
}

// Output says what a network's outputs mean. They are what the last layer gives,
// before any activation: logits. The zero value is the softmax of the classes.
type Output struct {
	// Activation makes probabilities of the outputs; "" means softmax.
	Activation Activation
	// Threshold is the probability from which on a class of a sigmoid counts as said;
	// 0 means DefaultThreshold.
	Threshold float64
	// Unit is what the numbers of ActivationNone are measured in, such as "years"; it
	// may be empty.
	Unit string
}

// DefaultThreshold is the threshold where nothing says another.
const DefaultThreshold = 0.5

// Validate returns an error that says what makes the description unusable.
func (o Output) Validate() error {
	if o.Activation != "" && !slices.Contains(Activations(), o.Activation) {
		return fmt.Errorf("activation %q is not softmax, sigmoid or none", string(o.Activation))
	}
	if !(o.Threshold >= 0 && o.Threshold < 1) {
		return fmt.Errorf("threshold %v is not between 0 and 1", o.Threshold)
	}
	return nil
}

// Kind is the activation, with softmax for "".
func (o Output) Kind() Activation {
	if o.Activation == "" {
		return ActivationSoftmax
	}
	return o.Activation
}

// Level is the threshold, with DefaultThreshold for 0.
func (o Output) Level() float64 {
	if o.Threshold == 0 {
		return DefaultThreshold
	}
	return o.Threshold
}

// Probabilities reports whether the outputs become probabilities.
func (o Output) Probabilities() bool { return o.Kind() != ActivationNone }

// Exclusive reports whether the classes exclude each other.
func (o Output) Exclusive() bool { return o.Kind() == ActivationSoftmax }

// Probability is the probability of a class, given the logits of all classes, 0..1.
// It is NaN where there is none.
func (o Output) Probability(logits []float32, class int) float64 {
	switch o.Kind() {
	case ActivationSigmoid:
		return 1 / (1 + math.Exp(-float64(logits[class])))
	case ActivationNone:
		return math.NaN()
	}
	return math.Exp(float64(logits[class]) - logSum(logits))
}

// AppendProbabilities appends to dst the probabilities of some classes, as
// [Output.Probability] has them, but sums up the logits once.
func (o Output) AppendProbabilities(dst []float64, logits []float32, classes []int) []float64 {
	var norm float64
	if o.Exclusive() {
		norm = logSum(logits)
	}
	for _, c := range classes {
		if o.Exclusive() {
			dst = append(dst, math.Exp(float64(logits[c])-norm))
		} else {
			dst = append(dst, o.Probability(logits, c))
		}
	}
	return dst
}

// LogProbability is the logarithm of the probability, without rounding it to 0.
func (o Output) LogProbability(logits []float32, class int) float64 {
	y := float64(logits[class])
	switch o.Kind() {
	case ActivationSigmoid:
		// log p = -log(1 + exp(-y)); the larger exponential is taken out.
		return min(y, 0) - math.Log1p(math.Exp(-math.Abs(y)))
	case ActivationNone:
		return math.NaN()
	}
	return y - logSum(logits)
}

// LogDerivative is the derivative of the logarithm of the class's probability by
// the logits of all classes. It is zero where there is no probability.
func (o Output) LogDerivative(logits []float32, class int) []float64 {
	d := make([]float64, len(logits))
	switch o.Kind() {
	case ActivationSigmoid:
		d[class] = 1 / (1 + math.Exp(float64(logits[class])))
	case ActivationSoftmax:
		norm := logSum(logits)
		for j, v := range logits {
			d[j] = -math.Exp(float64(v) - norm)
		}
		d[class]++
	}
	return d
}

// LogCurvature is the second derivative of the logarithm of the class's probability
// by the logits, times a direction of the logits. It is zero where there is no
// probability.
func (o Output) LogCurvature(logits []float32, class int, direction []float32) []float64 {
	d := make([]float64, len(logits))
	switch o.Kind() {
	case ActivationSigmoid:
		p := o.Probability(logits, class)
		d[class] = -p * (1 - p) * float64(direction[class])
	case ActivationSoftmax:
		norm := logSum(logits)
		var mean float64
		for k, v := range logits {
			mean += math.Exp(float64(v)-norm) * float64(direction[k])
		}
		for k, v := range logits {
			d[k] = -math.Exp(float64(v)-norm) * (float64(direction[k]) - mean)
		}
	}
	return d
}

// logSum is log Σ exp of the logits.
func logSum(logits []float32) float64 {
	highest := math.Inf(-1)
	for _, v := range logits {
		highest = max(highest, float64(v))
	}
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v) - highest)
	}
	return highest + math.Log(sum)
}

// Outputs returns how many numbers the last layer gives for a picture.
func (n *Network) Outputs() int {
	s := n.Logits().Shape
	return s[len(s)-1]
}

// TwoSided reports whether the network has a single output that stands for two
// classes: what a high output means, and, explained by the negated logit, what a low
// one means.
func (n *Network) TwoSided() bool {
	return n.Outputs() == 1 && n.Output.Kind() != ActivationSoftmax
}

// Classes returns the number of classes.
func (n *Network) Classes() int {
	if n.TwoSided() {
		return 2
	}
	return n.Outputs()
}

// ClassLogits are the logits of the classes, given the outputs. They are the
// outputs themselves but where the network is two-sided: y and -y.
func (n *Network) ClassLogits(outputs []float32) []float32 {
	if n.TwoSided() {
		return []float32{outputs[0], -outputs[0]}
	}
	return outputs
}

// OutputSeed is the derivative by the outputs, given the one by the logits of the
// classes.
func (n *Network) OutputSeed(seed []float32) []float32 {
	if n.TwoSided() {
		return []float32{seed[0] - seed[1]}
	}
	return seed
}

// Best is the class that the network says, given the logits of the classes: the
// most probable one, or where it gives a number the class of a high one. Of a single
// sigmoid it is the first class from the threshold on, else the second.
func (n *Network) Best(logits []float32) int {
	switch {
	case n.TwoSided() && n.Output.Kind() == ActivationNone:
		return 0
	case n.TwoSided():
		if n.Output.Probability(logits, 0) >= n.Output.Level() {
			return 0
		}
		return 1
	}
	best := 0
	for i, v := range logits {
		if v > logits[best] {
			best = i
		}
	}
	return best
}

// Says reports whether the network says a class, given the logits of the classes and
// what [Network.Best] makes of them: the most probable one of a softmax, each from the
// threshold on of a sigmoid. It says no class where it gives numbers.
func (n *Network) Says(logits []float32, best, class int) bool {
	switch {
	case !n.Output.Probabilities():
		return false
	case n.Output.Exclusive() || n.TwoSided():
		return class == best
	}
	return n.Output.Probability(logits, class) >= n.Output.Level()
}

// SetActivation notes what the file or the user says of the outputs.
func (n *Network) SetActivation(a Activation) {
	n.Output.Activation = a
	n.Said(AspectActivation)
}

// GuessActivation guesses what the outputs mean where nothing has said it: one is
// a sigmoid, several are a softmax.
func (n *Network) GuessActivation() {
	if n.Output.Activation != "" {
		return
	}
	n.Output.Activation = ActivationSoftmax
	why := "several outputs"
	if n.Outputs() == 1 {
		n.Output.Activation = ActivationSigmoid
		why = "one output"
	}
	n.Guess(why, AspectActivation)
}

// Label returns the name of class i, or where the network has none "class i". The
// classes of a single output are called "yes" and "no", or "higher" and "lower" where
// it is a number, unless they have names. A single name is that of the first.
func (n *Network) Label(i int) string {
	switch {
	case i >= 0 && i < len(n.Labels):
		return n.Labels[i]
	case !n.TwoSided() || i < 0 || i > 1:
		return fmt.Sprintf("class %d", i)
	case len(n.Labels) == 1 && n.Output.Probabilities():
		return [...]string{n.Labels[0], "not " + n.Labels[0]}[i]
	case len(n.Labels) == 1:
		return [...]string{n.Labels[0], "lower " + n.Labels[0]}[i]
	case n.Output.Probabilities():
		return [...]string{"yes", "no"}[i]
	}
	return [...]string{"higher", "lower"}[i]
}

// Named reports whether that many labels can name the network's classes. A single
// number has one name.
func (n *Network) Named(labels int) bool {
	if n.TwoSided() {
		return labels == 1 || labels == 2 && n.Output.Probabilities()
	}
	return labels == n.Classes()
}

// SetTrainingLabels names the classes by a list in the order of the targets that
// the network was trained with. Of two targets of a single output, 1 is the one that
// a high output means, which is the first class here. The network has its layers
// already.
func (n *Network) SetTrainingLabels(list []string) {
	n.Labels = slices.Clone(list)
	if n.TwoSided() && len(list) == 2 {
		slices.Reverse(n.Labels)
	}
}
