package onnx_test

import (
	"encoding/binary"
	"math"
	"testing"

	"google.golang.org/protobuf/proto"

	"gaze/models"
	"gaze/models/onnx"
	"gaze/models/onnx/internal/onnxpb"
)

// graph makes ONNX files by hand. Its input is "x".
type graph struct {
	opset int64
	*onnxpb.GraphProto
}

// newGraph begins a file of that opset with an input of that shape; sides of 0
// are left open.
func newGraph(opset int64, sides ...int64) *graph {
	g := &graph{opset, &onnxpb.GraphProto{Name: "test"}}
	g.Input = append(g.Input, tensorInfo("x", onnxpb.TensorProto_FLOAT, sides...))
	return g
}

func tensorInfo(name string, of onnxpb.TensorProto_DataType, sides ...int64) *onnxpb.ValueInfoProto {
	shape := &onnxpb.TensorShapeProto{}
	for _, side := range sides {
		d := &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: side}}
		if side == 0 {
			d.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: "open"}
		}
		shape.Dim = append(shape.Dim, d)
	}
	return &onnxpb.ValueInfoProto{Name: name, Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{
		TensorType: &onnxpb.TypeProto_Tensor{ElemType: int32(of), Shape: shape},
	}}}
}

// op adds a node called "node of OUT" that makes out of in; what follows names
// and gives attributes in turn.
func (g *graph) op(kind, out string, in []string, attributes ...any) *graph {
	n := &onnxpb.NodeProto{OpType: kind, Name: "node of " + out, Input: in, Output: []string{out}}
	for i := 0; i < len(attributes); i += 2 {
		n.Attribute = append(n.Attribute, attribute(attributes[i].(string), attributes[i+1]))
	}
	g.Node = append(g.Node, n)
	return g
}

func attribute(name string, v any) *onnxpb.AttributeProto {
	a := &onnxpb.AttributeProto{Name: name}
	switch v := v.(type) {
	case int:
		a.Type, a.I = onnxpb.AttributeProto_INT, int64(v)
	case float64:
		a.Type, a.F = onnxpb.AttributeProto_FLOAT, float32(v)
	case string:
		a.Type, a.S = onnxpb.AttributeProto_STRING, []byte(v)
	case []int64:
		a.Type, a.Ints = onnxpb.AttributeProto_INTS, v
	case *onnxpb.TensorProto:
		a.Type, a.T = onnxpb.AttributeProto_TENSOR, v
	default:
		panic("an attribute of another type")
	}
	return a
}

// formula adds a parameter of small numbers, no two of them alike nearby.
func (g *graph) formula(name string, sides ...int64) *graph {
	n := int64(1)
	for _, side := range sides {
		n *= side
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(math.Sin(float64(7*i+len(name)*3+1))) / 2
	}
	return g.floats(name, sides, values...)
}

// positive is a formula's parameter with its numbers between 0.5 and 1.5.
func (g *graph) positive(name string, sides ...int64) *graph {
	g.formula(name, sides...)
	t := g.Initializer[len(g.Initializer)-1]
	for i := range t.FloatData {
		t.FloatData[i]++
	}
	return g
}

func (g *graph) floats(name string, sides []int64, values ...float32) *graph {
	g.Initializer = append(g.Initializer, &onnxpb.TensorProto{
		Name: name, Dims: sides, DataType: int32(onnxpb.TensorProto_FLOAT), FloatData: values,
	})
	return g
}

// number adds a parameter of one number and no axes.
func (g *graph) number(name string, value float32) *graph { return g.floats(name, nil, value) }

// ints adds a list of whole numbers, stored as raw bytes.
func (g *graph) ints(name string, values ...int64) *graph {
	g.Initializer = append(g.Initializer, rawInts(name, values...))
	return g
}

func rawInts(name string, values ...int64) *onnxpb.TensorProto {
	t := &onnxpb.TensorProto{Name: name, Dims: []int64{int64(len(values))}, DataType: int32(onnxpb.TensorProto_INT64), RawData: []byte{}}
	for _, v := range values {
		t.RawData = binary.LittleEndian.AppendUint64(t.RawData, uint64(v))
	}
	return t
}

// numbered adds a node of several results.
func (g *graph) numbered(kind string, out, in []string, attributes ...any) *graph {
	g.op(kind, out[0], in, attributes...)
	g.Node[len(g.Node)-1].Output = out
	return g
}

// file is the file whose output is out.
func (g *graph) file(t testing.TB, out ...string) []byte {
	t.Helper()
	g.Output = nil
	for _, name := range out {
		g.Output = append(g.Output, &onnxpb.ValueInfoProto{Name: name})
	}
	return g.encoded(t)
}

func (g *graph) encoded(t testing.TB) []byte {
	t.Helper()
	data, err := proto.Marshal(&onnxpb.ModelProto{
		IrVersion: 8, Graph: g.GraphProto,
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: g.opset}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// flat is the file whose output are all numbers of out, in a row.
func (g *graph) flat(t testing.TB, out string) []byte {
	t.Helper()
	g.ints("in a row", 1, -1)
	return g.op("Reshape", "all of it", []string{out, "in a row"}).file(t, "all of it")
}

func decode(t *testing.T, data []byte) *models.Network {
	t.Helper()
	net, err := onnx.Decode(data, onnx.Options{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func list(names ...string) []string { return names }

func sides(n ...int64) []int64 { return n }
