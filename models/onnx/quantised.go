package onnx

import (
	"errors"
	"fmt"
	"math"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// A quantised file computes with whole numbers of a few bits. The reader makes
// layers of what these stand for: a value of whole numbers q lies in a layer of
// (q - zero point) scale, and remembers both.

// quantised says what a value's whole numbers stand for.
type quantised struct {
	// scale and zero are numbers of their own for each position along axis, or one
	// for all. zero is nil for 0.
	scale, zero *constant
	axis        int
	// own is the value of the DynamicQuantizeLinear that chooses scale and zero
	// point for each picture; "" where they are constants.
	own string
	// centred is set where the zero point is subtracted already, as in what
	// ConvInteger makes.
	centred bool
}

// chosen is the scale, times a factor, or the zero point that a
// DynamicQuantizeLinear chooses for each picture.
type chosen struct {
	own    string
	zero   bool
	factor *constant
}

// single reports whether one number stands for all positions.
func (q *quantised) single() bool {
	return q.own == "" && q.scale.size() == 1 && (q.zero == nil || q.zero.size() == 1)
}

// same reports whether whole numbers stand for the same in both.
func (q *quantised) same(o *quantised) bool {
	if q == nil || o == nil || q.own != "" || o.own != "" {
		return q == o || q != nil && o != nil && q.own == o.own && q.centred == o.centred
	}
	return q.single() && o.single() && q.scale.at(0) == o.scale.at(0) && q.zeroAt(0) == o.zeroAt(0)
}

func (q *quantised) zeroAt(i int) float64 { return pointAt(q.zero, i) }

// pointAt is number i of a zero point, which may be left out.
func pointAt(zero *constant, i int) float64 {
	switch {
	case zero == nil:
		return 0
	case zero.size() == 1:
		return zero.at(0)
	}
	return zero.at(i)
}

// span is the range of whole numbers that a type of the schema's holds.
func span(of int32) (low, high float64, ok bool) {
	bits := map[onnxpb.TensorProto_DataType]int{
		onnxpb.TensorProto_UINT4: 4, onnxpb.TensorProto_UINT8: 8, onnxpb.TensorProto_UINT16: 16,
		onnxpb.TensorProto_INT4: -4, onnxpb.TensorProto_INT8: -8, onnxpb.TensorProto_INT16: -16, onnxpb.TensorProto_INT32: -32,
	}[onnxpb.TensorProto_DataType(of)]
	if bits > 0 {
		return 0, math.Exp2(float64(bits)) - 1, true
	}
	half := math.Exp2(float64(-bits - 1))
	return -half, half - 1, bits < 0
}

// span is the range of whole numbers of that type, by which numbers are quantised:
// with a scale of 0, none can be.
func (q *quantised) span(of int32) (low, high float64, err error) {
	low, high, ok := span(of)
	if !ok {
		return 0, 0, fmt.Errorf("to numbers of type %s is not supported", typeName(of))
	}
	for i := 0; q.own == "" && i < q.scale.size(); i++ {
		if q.scale.at(i) == 0 {
			return 0, 0, errors.New("by a scale of 0 is not supported")
		}
	}
	return low, high, nil
}

// steps reads how a node quantises or dequantises: the scale at input i and the
// zero point behind it, and which type of whole numbers that is.
func (n *node) steps(i int) (q *quantised, of int32, err error) {
	of = int32(n.int("output_dtype", 0))
	scale, zero := n.input(i), n.input(i+1)
	if scale != nil && scale.chosen != nil {
		own := scale.chosen.own
		if scale.chosen.zero || scale.chosen.factor != nil || zero != nil && (zero.chosen == nil || zero.chosen.own != own || !zero.chosen.zero) {
			return nil, 0, errors.New("a scale and a zero point of different origins are not supported")
		}
		return &quantised{own: own, centred: zero == nil}, of, nil
	}
	q = &quantised{axis: n.int("axis", 1)}
	if q.scale, err = n.needed(i); err != nil {
		return nil, 0, err
	}
	if q.zero, err = n.constant(i + 1); err != nil {
		return nil, 0, err
	}
	return q, typeOf(q.zero, of), q.check()
}

// typeOf is the type of whole numbers that a zero point has, if there is one.
func typeOf(zero *constant, otherwise int32) int32 {
	switch {
	case zero != nil && zero.of != 0:
		return zero.of
	case otherwise != 0:
		return otherwise
	}
	return int32(onnxpb.TensorProto_UINT8)
}

// check reports scales that no whole number can stand for anything with.
func (q *quantised) check() error {
	for i := range q.scale.size() {
		if s := q.scale.at(i); !(s >= 0) || math.IsInf(s, 1) {
			return fmt.Errorf("a scale of %g is not supported", s)
		}
	}
	switch {
	case q.scale.size() == 0:
		return errEmpty
	case q.zero != nil && q.zero.size() != 1 && q.zero.size() != q.scale.size():
		return fmt.Errorf("%d zero points do not fit %d scales", q.zero.size(), q.scale.size())
	}
	return nil
}

// along gives a constant of one number a position the shape in which it is
// broadcast along the axis of a value of that many axes.
func (q *quantised) along(c *constant, axes int) (*constant, error) {
	if c.size() == 1 {
		return c.reshaped(nil), nil
	}
	at, err := position(q.axis, axes)
	if err != nil {
		return nil, err
	}
	shape := make([]int, axes)
	for i := range shape {
		shape[i] = 1
	}
	shape[at] = c.size()
	return c.reshaped(shape), nil
}

// quantise rounds v, under that name, to what whole numbers of a type stand for.
func (b *builder) quantise(name string, v *value, q *quantised, of int32) (*value, error) {
	low, high, err := q.span(of)
	if err != nil {
		return nil, err
	}
	b.noteRounding()
	if q.single() {
		return b.rounded(name, v, q, q.scale.at(0), low, high)
	}
	if q.own != "" {
		return nil, errors.New("by a scale that another picture's numbers choose is not supported")
	}
	// Steps of different sizes become steps of one for the rounding.
	axes := len(v.shape())
	scale, err := q.along(q.scale, axes)
	if err != nil {
		return nil, err
	}
	if q.zero != nil {
		if _, ok := q.zero.sameNumber(); !ok {
			return nil, errors.New("different zero points for the channels are not supported for what depends on the picture")
		}
	}
	inverse, err := b.mapped(scale, func(s float64) float64 { return 1 / s })
	if err != nil {
		return nil, err
	}
	whole, err := b.scaled(name+"/steps", v, inverse, nil)
	if err != nil {
		return nil, err
	}
	if whole, err = b.rounded(name+"/rounded", whole, q, 1, low, high); err != nil {
		return nil, err
	}
	out, err := b.scaled(name, whole, scale, nil)
	if err != nil {
		return nil, err
	}
	out.quantised = q
	return out, nil
}

// rounded adds the layer that rounds v to steps of that size.
func (b *builder) rounded(name string, v *value, q *quantised, step, low, high float64) (*value, error) {
	name, err := b.add(name, models.Layer{Kind: models.Round, Inputs: []string{v.layer}, Attr: models.Attr{
		Alpha: step, Beta: q.zeroAt(0), Min: low, Max: high,
	}})
	if err != nil {
		return nil, err
	}
	return &value{layer: name, layout: v.layout, quantised: q}, nil
}

// noteRounding tells, once, that activations are rounded.
func (b *builder) noteRounding() {
	for _, n := range b.net.Notes {
		if n.Kind == models.NoteRounding {
			return
		}
	}
	b.note(models.NoteRounding)
}

// meant is what the whole numbers of v stand for by q: a constant, or a value in
// a layer, under that name where one must be added.
func (b *builder) meant(name string, v *value, q *quantised) (*value, error) {
	switch have := v.quantised; {
	case v.known != nil:
		c, err := b.dequantised(v.known, q, 0)
		return &value{name: v.name, known: c}, err
	case have != nil && have.same(q):
		return plainly(v), nil
	case have != nil && have.own != "" || q.own != "":
		return nil, errors.New("by another scale than the picture's own is not supported")
	}
	v, err := b.counted(v)
	if err != nil {
		return nil, err
	}
	axes := len(v.shape())
	scale, err := q.along(q.scale, axes)
	if err != nil {
		return nil, err
	}
	if q.zero != nil {
		zero, err := q.along(q.zero, axes)
		if err != nil {
			return nil, err
		}
		if zero, err = b.mapped(zero, func(z float64) float64 { return -z }); err != nil {
			return nil, err
		}
		if v, err = b.scaled(name+"/whole", v, nil, zero); err != nil {
			return nil, err
		}
	}
	return b.scaled(name, v, scale, nil)
}

// plainly is v with its layer's numbers for its own.
func plainly(v *value) *value {
	return &value{name: v.name, layer: v.layer, layout: v.layout, expanded: v.expanded}
}

// counted is v in a layer of its whole numbers themselves.
func (b *builder) counted(v *value) (*value, error) {
	q := v.quantised
	if q == nil {
		return v, nil
	}
	if q.own != "" {
		return nil, errors.New("of whole numbers with a scale of each picture's own is not supported")
	}
	axes := len(v.shape())
	scale, err := q.along(q.scale, axes)
	if err != nil {
		return nil, err
	}
	inverse, err := b.mapped(scale, func(s float64) float64 { return 1 / s })
	if err != nil {
		return nil, err
	}
	zero := q.zero
	if zero != nil {
		if zero, err = q.along(zero, axes); err != nil {
			return nil, err
		}
	}
	return b.scaled(b.free(v)+"/whole", plainly(v), inverse, zero)
}
