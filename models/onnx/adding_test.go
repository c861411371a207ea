package onnx

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// What docs/adding.md quotes in "An ONNX operator of a known kind": Celu, which
// with an alpha of 1 is an ELU.
//
//quote:operator

// In the table of operators.go:
var celuLine = map[string]operator{"Celu": (*builder).celu}

// In activation.go:
func (b *builder) celu(n *node) error {
	if alpha := n.float("alpha", 1); alpha != 1 {
		return fmt.Errorf("alpha %g is not supported", alpha)
	}
	return b.curve(n, models.ELU, models.Attr{Alpha: 1})
}

//quote:end

func TestAddingAnOperator(t *testing.T) {
	for name, o := range celuLine {
		operators[name] = o
		t.Cleanup(func() { delete(operators, name) })
	}
	net, err := Decode(celuFile(t, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if l, ok := net.Layer("y"); !ok || l.Kind != models.ELU || l.Inputs[0] != models.InputName {
		t.Errorf("the node has become %+v", l)
	}
	// With another alpha, it goes the general way.
	if net, err = Decode(celuFile(t, 2), Options{}); err != nil {
		t.Fatal(err)
	}
	if l, ok := net.Layer("y"); !ok || l.Kind != models.CELU || l.Attr.Alpha != 2 {
		t.Errorf("with an alpha of 2, the node has become %+v", l)
	}
}

// celuFile is a network of one Celu and the mean of each channel.
func celuFile(t *testing.T, alpha float32) []byte {
	t.Helper()
	var shape onnxpb.TensorShapeProto
	for _, side := range []int64{1, 3, 8, 8} {
		shape.Dim = append(shape.Dim, &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: side}})
	}
	pictures := &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: &onnxpb.TypeProto_Tensor{
		ElemType: int32(onnxpb.TensorProto_FLOAT), Shape: &shape,
	}}}
	data, err := proto.Marshal(&onnxpb.ModelProto{
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: 21}},
		Graph: &onnxpb.GraphProto{
			Input:  []*onnxpb.ValueInfoProto{{Name: "x", Type: pictures}},
			Output: []*onnxpb.ValueInfoProto{{Name: "mean"}},
			Node: []*onnxpb.NodeProto{
				{OpType: "Celu", Input: []string{"x"}, Output: []string{"y"}, Attribute: []*onnxpb.AttributeProto{
					{Name: "alpha", Type: onnxpb.AttributeProto_FLOAT, F: alpha},
				}},
				{OpType: "GlobalAveragePool", Input: []string{"y"}, Output: []string{"mean"}},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}
