package onnx

import (
	"fmt"
	"slices"
	"strings"

	"gaze/models/onnx/internal/onnxpb"
)

// Before opset 7, some operators had another meaning or kept their numbers
// elsewhere. modernise makes a node of an older opset one of opset 7, in its
// attributes and its constants.

// modernise changes n to what opset 7 would have in its place.
func (b *builder) modernise(n *node) error {
	if b.opset >= 7 {
		return nil
	}
	switch n.OpType {
	case "Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Greater", "Less", "Equal":
		return n.alignFrom()
	case "PRelu":
		n.lengthen(1, 3)
	case "BatchNormalization":
		if n.int("is_test", 0) == 0 {
			return fmt.Errorf("in training mode is not supported")
		}
	case "Cast":
		if a := n.attributes["to"]; a != nil && len(a.S) > 0 {
			to, ok := onnxpb.TensorProto_DataType_value[strings.ToUpper(string(a.S))]
			if !ok {
				return fmt.Errorf("to %s is not supported", a.S)
			}
			n.attributes["to"] = &onnxpb.AttributeProto{Name: "to", I: int64(to)}
		}
	case "Pad":
		if a := n.attributes["paddings"]; a != nil {
			n.attributes["pads"] = a
		}
	case "Reshape":
		if shape := n.attributes["shape"]; shape != nil && len(n.in) == 1 {
			n.in = append(n.in, &value{name: "shape", known: intConstant(shape.Ints...)})
		}
	}
	return nil
}

// alignFrom gives the second input axes of length 1 behind its own, so that they
// lie at the attribute axis of the first.
func (n *node) alignFrom() error {
	if n.int("broadcast", 0) == 0 || !n.has("axis") || len(n.in) != 2 || n.in[0] == nil || n.in[1] == nil {
		return nil
	}
	axes, own := len(n.in[0].shape()), len(n.in[1].shape())
	at, err := position(n.int("axis", 0), axes)
	if err != nil {
		return err
	}
	if at+own > axes {
		return fmt.Errorf("%d axes from axis %d on are more than %d", own, at, axes)
	}
	n.lengthen(1, axes-at)
	return nil
}

// lengthen gives input i axes of length 1 at the end until it has that many.
func (n *node) lengthen(i, axes int) {
	if i >= len(n.in) || n.in[i] == nil {
		return
	}
	v := *n.in[i]
	more := axes - len(v.shape())
	switch {
	case more <= 0 || v.expanded != nil:
		return
	case v.known != nil:
		if v.known.size() == 1 {
			return
		}
		v.known = v.known.reshaped(append(slices.Clone(v.known.shape), slices.Repeat([]int{1}, more)...))
	default:
		v.layout = append(slices.Clone(v.layout), make(layout, more)...)
	}
	v.planar, v.row = nil, nil
	n.in[i] = &v
}
