package onnx

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"gaze/models/onnx/internal/onnxpb"
)

func TestInspect(t *testing.T) {
	in, err := Inspect("testdata/cases/qlinearconv.onnx")
	if err != nil {
		t.Fatal(err)
	}
	want := &Inspection{
		Producer: "fieldtest",
		Opsets:   map[string]int64{"": 13},
		Inputs:   []Port{{"x", "FLOAT", []int{1, 3, 24, 24}}},
		Outputs:  []Port{{"y", "FLOAT", []int{1, 4}}},
		Operators: map[string]int{
			"QuantizeLinear": 1, "QLinearConv": 2, "DequantizeLinear": 1, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1,
		},
		Quantised: true,
		// Weights of 6x3x3x3, 8x6x3x3 and 4x8, 18 scales and zero points of the first
		// two, 4+6+8 biases, and four single numbers.
		Parameters: 162 + 432 + 32 + 2*14 + 18 + 4,
	}
	if !reflect.DeepEqual(in, want) {
		t.Errorf("got\n%+v, not\n%+v", in, want)
	}
}

// unknownFile has two operators that cannot be read and one that is recognised as a
// part of another, beside a large parameter whose numbers are missing.
func unknownFile(t testing.TB) []byte {
	t.Helper()
	number := func(name string, v float32) *onnxpb.TensorProto {
		return &onnxpb.TensorProto{Name: name, DataType: int32(onnxpb.TensorProto_FLOAT), FloatData: []float32{v}}
	}
	node := func(op, domain, out string, in ...string) *onnxpb.NodeProto {
		return &onnxpb.NodeProto{OpType: op, Domain: domain, Name: "node of " + out, Input: in, Output: []string{out}}
	}
	numbers := &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: &onnxpb.TypeProto_Tensor{ElemType: int32(onnxpb.TensorProto_FLOAT)}}}
	large := &onnxpb.TensorProto{Name: "w", DataType: int32(onnxpb.TensorProto_FLOAT), Dims: []int64{1 << 10, 1 << 9}, RawData: make([]byte, 4<<19)}
	apart := &onnxpb.TensorProto{Name: "v", DataType: int32(onnxpb.TensorProto_FLOAT), Dims: []int64{1 << 20}, DataLocation: onnxpb.TensorProto_EXTERNAL}
	apart.ExternalData = []*onnxpb.StringStringEntryProto{{Key: "location", Value: "net.onnx.data"}}
	data, err := proto.Marshal(&onnxpb.ModelProto{
		ProducerName: "nobody", ProducerVersion: "1.2",
		OpsetImport:   []*onnxpb.OperatorSetIdProto{{Version: 17}, {Domain: "own", Version: 3}},
		MetadataProps: []*onnxpb.StringStringEntryProto{{Key: "names", Value: "[]"}, {Key: "author", Value: "me"}},
		Graph: &onnxpb.GraphProto{
			Input: []*onnxpb.ValueInfoProto{{Name: "x", Type: numbers}}, Output: []*onnxpb.ValueInfoProto{{Name: "y"}},
			Initializer: []*onnxpb.TensorProto{number("root", math.Sqrt2), number("one", 1), number("half", 0.5), large, apart},
			Node: []*onnxpb.NodeProto{
				node("Div", "", "d", "x", "root"), node("Erf", "", "e", "d"), node("Add", "", "a", "e", "one"), node("Mul", "", "m", "x", "a"),
				node("Mul", "", "gelu", "m", "half"), node("Det", "", "det", "gelu"), node("Twist", "own", "t", "det"), node("Det", "", "beside", "x"),
				node("MatMul", "", "y", "t", "w"),
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestInspectFindsAllThatIsUnknown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.onnx")
	data := unknownFile(t)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []Node{{"Det", "", "node of det"}, {"Twist", "own", "node of t"}}
	if !reflect.DeepEqual(in.Unsupported, want) {
		t.Errorf("unsupported are %v, not %v", in.Unsupported, want)
	}
	if in.Operators["own.Twist"] != 1 || in.Opsets["own"] != 3 || in.Producer != "nobody 1.2" || in.Quantised {
		t.Errorf("got %+v", in)
	}
	if fmt.Sprint(in.Metadata, in.External) != "[author names] [net.onnx.data]" {
		t.Errorf("metadata %v, files %v", in.Metadata, in.External)
	}
	if n := int64(1<<19 + 1<<20 + 3); in.Parameters != n {
		t.Errorf("%d parameters, not %d", in.Parameters, n)
	}
	// The graph alone is kept.
	m := newMemory(0)
	if _, err := parse(bytes.NewReader(data), int64(len(data)), m); err != nil || m.left < memoryBase-1<<16 {
		t.Errorf("%d bytes are taken (%v)", memoryBase-m.left, err)
	}
	// The reader refuses it for the same, before it looks for parameters.
	if _, err := Read(path, Options{}); err == nil || !strings.Contains(err.Error(), `operator Det (node "node of det", opset 17) is not supported, nor are Twist`) {
		t.Errorf("%v", err)
	}
}

func TestDamagedFiles(t *testing.T) {
	data := unknownFile(t)
	for _, n := range []int{1, 2, 17, 40, len(data) / 2, len(data) - 1} {
		if _, err := parse(bytes.NewReader(data[:n]), int64(n), newMemory(int64(n))); err == nil {
			t.Errorf("%d of %d bytes are a whole file", n, len(data))
		}
	}
}

// FuzzInspect looks for files that make an inspection panic.
func FuzzInspect(f *testing.F) {
	f.Add(unknownFile(f)[:4000])
	for _, path := range casePaths(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := newMemory(int64(len(data)))
		file, err := parse(bytes.NewReader(data), int64(len(data)), m)
		if err != nil {
			return
		}
		in := inspect(file, m)
		nodes := 0
		for _, n := range in.Operators {
			nodes += n
		}
		if nodes != len(file.Graph.Node) || len(in.Unsupported) > nodes {
			t.Errorf("%d nodes, %d unsupported, of %d", nodes, len(in.Unsupported), len(file.Graph.Node))
		}
	})
}

func casePaths(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/cases/*.onnx")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d cases (%v)", len(paths), err)
	}
	return paths
}

// FuzzCases looks for files like the cases that make the reader panic, or allocate
// more than it says.
func FuzzCases(f *testing.F) {
	for _, path := range casePaths(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		net, err := Decode(data, Options{Inputs: nil})
		if err != nil {
			return
		}
		if net.Classes() < 1 || len(net.Logits().Shape) != 2 || net.Input.Validate() != nil {
			t.Errorf("the logits have the shape %v, the input is %v", net.Logits().Shape, net.Input)
		}
		total := 0
		for _, l := range net.Layers {
			for _, p := range l.Params {
				total += 4 * p.Shape().TotalSize()
			}
		}
		if total > memoryMultiple*len(data)+memoryBase {
			t.Errorf("%d bytes of parameters from a file of %d", total, len(data))
		}
		if net.Labels != nil && !net.Named(len(net.Labels)) {
			t.Errorf("%d labels for %d classes", len(net.Labels), net.Classes())
		}
	})
}
