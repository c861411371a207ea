package onnx

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// InputError says that the network has an input besides the picture whose value
// nobody gives.
type InputError struct {
	// Input is its name, and Shape its sides, -1 where one is open.
	Input string
	Shape []int
}

// Error implements error.
func (e *InputError) Error() string {
	return fmt.Sprintf("it has an input %q of shape %s besides the picture; give its value with --input %s=VALUE%s",
		e.Input, shapeText(e.Shape), e.Input, map[bool]string{true: "[,VALUE…]"}[slices.ContainsFunc(e.Shape, func(side int) bool { return side > 1 })])
}

// shapeText writes a shape with ? for open sides.
func shapeText(shape []int) string {
	words := make([]string, len(shape))
	for i, side := range shape {
		words[i] = "?"
		if side >= 0 {
			words[i] = fmt.Sprint(side)
		}
	}
	return "[" + strings.Join(words, " ") + "]"
}

// giveInputs makes constants of the values that the user gives for inputs.
func (b *builder) giveInputs(given map[string][]float32) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		at := slices.IndexFunc(b.inputs(), func(v *onnxpb.ValueInfoProto) bool { return v.Name == name })
		if at < 0 {
			var names []string
			for _, v := range b.inputs() {
				names = append(names, fmt.Sprintf("%q", v.Name))
			}
			return fmt.Errorf("it has no input %q; its inputs are %s", name, strings.Join(names, ", "))
		}
		v := b.inputs()[at]
		shape, err := openShape(v)
		if err != nil {
			return fmt.Errorf("input %q: %w", name, err)
		}
		c, err := b.filling(shape, v.GetType().GetTensorType().GetElemType(), given[name])
		if err != nil {
			return fmt.Errorf("input %q: %w", name, err)
		}
		b.set(name, &value{known: c})
	}
	return nil
}

// filling is a constant of that shape, of which open sides are 1 or follow from the
// number of values. A single value fills all of it.
func (b *builder) filling(shape []int, of int32, values []float32) (*constant, error) {
	sides, open := slices.Clone(shape), -1
	for i, side := range sides {
		if side < 0 {
			sides[i] = 1
			// The first axis is the batch unless it is the only one.
			if i > 0 || len(sides) == 1 {
				open = i
			}
		}
	}
	n, err := count(sides)
	if err != nil {
		return nil, err
	}
	if open >= 0 && n > 0 && len(values)%n == 0 {
		sides[open] = len(values) / n
		n = len(values)
	}
	if len(values) == 0 || len(values) != n && len(values) != 1 {
		return nil, fmt.Errorf("%d values do not fill the shape %s", len(values), shapeText(shape))
	}
	if err := b.memory.spend(n, 8); err != nil {
		return nil, err
	}
	kind, ok := elementOf(of)
	if !ok {
		return nil, fmt.Errorf("has numbers of type %s", typeName(of))
	}
	c := &constant{shape: sides}
	if kind.float != nil {
		c.floats = make([]float32, n)
	} else {
		c.ints, c.of = make([]int64, n), of
	}
	for i := range n {
		v := values[i%len(values)]
		switch {
		case math.IsNaN(float64(v)) || math.IsInf(float64(v), 0):
			return nil, fmt.Errorf("%v is no number", v)
		case c.floats != nil:
			c.floats[i] = v
		case v != float32(math.Trunc(float64(v))) || math.Abs(float64(v)) > math.MaxInt32:
			return nil, fmt.Errorf("%v is not a whole number, as its type %s wants", v, typeName(of))
		default:
			c.ints[i] = int64(v)
		}
	}
	return c, nil
}

// usualValues has the inputs besides the picture that training frameworks leave in
// files, by the end of their names, with the value for a trained network.
var usualValues = map[string]float32{
	"keepprob": 1, "keepprobability": 1, "dropoutkeepprob": 1, "temperature": 1, "batchsize": 1,
	"istraining": 0, "training": 0, "istrain": 0, "train": 0, "phasetrain": 0, "trainphase": 0, "trainingphase": 0, "phase": 0, "learningphase": 0,
	"keraslearningphase": 0, "trainingmode": 0, "trainmode": 0, "dropout": 0, "dropoutrate": 0, "droprate": 0, "dropoutprob": 0, "dropprob": 0,
}

// usualValue is the value of an input of that name and shape, if there is a usual
// one: for a single number, and for a mask, of which all is used.
func usualValue(name string, shape []int) (float32, bool) {
	// TensorFlow writes "model/keep_prob:0".
	name, _, _ = strings.Cut(name, ":")
	name = strings.ToLower(name[strings.LastIndexAny(name, "/.")+1:])
	name = strings.NewReplacer("_", "", "-", "", " ", "").Replace(name)
	if strings.HasSuffix(name, "mask") && !slices.Contains(shape, -1) {
		return 1, true
	}
	for _, side := range shape {
		if side > 1 {
			return 0, false
		}
	}
	v, ok := usualValues[name]
	return v, ok
}

// assume gives an input besides the picture its usual value, and tells so.
func (b *builder) assume(v *onnxpb.ValueInfoProto) error {
	shape, err := openShape(v)
	if err != nil {
		return fmt.Errorf("input %q: %w", v.Name, err)
	}
	usual, ok := usualValue(v.Name, shape)
	if !ok {
		return &InputError{v.Name, shape}
	}
	c, err := b.filling(shape, v.GetType().GetTensorType().GetElemType(), []float32{usual})
	if err != nil {
		return fmt.Errorf("input %q: %w", v.Name, err)
	}
	b.set(v.Name, &value{known: c})
	b.note(models.NoteInput, v.Name, usual)
	return nil
}
