package onnx

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"gaze/models/onnx/internal/onnxpb"
)

// The library that decodes a whole file at once is the reference.
func TestMessagesAreThoseOfTheLibrary(t *testing.T) {
	for _, path := range casePaths(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := new(onnxpb.ModelProto)
		refused := proto.Unmarshal(data, want)
		file, err := parse(bytes.NewReader(data), int64(len(data)), newMemory(int64(len(data))))
		if (err != nil) != (refused != nil) {
			t.Errorf("%s: %v, and from the library %v", path, err, refused)
		}
		if err != nil || len(want.Functions) > 0 { // Gaze writes calls of functions out.
			continue
		}
		if len(file.numbers) == 0 {
			t.Errorf("%s has no numbers", path)
		}
		for tensor, n := range file.numbers {
			if n.raw.at > 0 {
				tensor.RawData = data[n.raw.at:n.raw.end()]
			}
			for _, p := range n.floats {
				for at := p.at; at < p.end(); at += 4 {
					tensor.FloatData = append(tensor.FloatData, math.Float32frombits(binary.LittleEndian.Uint32(data[at:])))
				}
			}
		}
		if !proto.Equal(file.ModelProto, want) {
			t.Errorf("%s is another file for the library", path)
		}
	}
}

// tensorOf reads a tensor from the bytes of its message.
func tensorOf(t *testing.T, data []byte) (*constant, error) {
	t.Helper()
	s := &messages{file: newWindow(bytes.NewReader(data), int64(len(data))), memory: newMemory(int64(len(data))), numbers: make(map[*onnxpb.TensorProto]*numbers)}
	tensor := new(onnxpb.TensorProto)
	if err := s.decode(tensor.ProtoReflect(), 0, int64(len(data)), 0); err != nil {
		return nil, err
	}
	return (&tensors{s.file, s.numbers, &folder{}, s.memory}).constant(tensor)
}

// A list may be written in pieces and number by number, in any mixture.
func TestListsInPieces(t *testing.T) {
	float := func(b []byte, v float32) []byte { return protowire.AppendFixed32(b, math.Float32bits(v)) }
	var data []byte
	data = protowire.AppendVarint(protowire.AppendTag(data, 1, protowire.VarintType), 4)
	data = protowire.AppendBytes(protowire.AppendTag(data, tensorFloats, protowire.BytesType), float(float(nil, 1), -2))
	data = float(protowire.AppendTag(data, tensorFloats, protowire.Fixed32Type), 0.5)
	data = protowire.AppendBytes(protowire.AppendTag(data, tensorFloats, protowire.BytesType), float(nil, 7))
	kind := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), uint64(onnxpb.TensorProto_FLOAT))
	c, err := tensorOf(t, append(data, kind...))
	if err != nil || !slices.Equal(c.floats, []float32{1, -2, 0.5, 7}) {
		t.Errorf("%+v, %v", c, err)
	}
	odd := protowire.AppendBytes(protowire.AppendTag(nil, tensorFloats, protowire.BytesType), make([]byte, 6))
	if c, err := tensorOf(t, append(odd, kind...)); err == nil {
		t.Errorf("six bytes are the numbers %v", c.floats)
	}
}

func TestDeepMessagesAreRefused(t *testing.T) {
	// A graph in an attribute of a node of a graph, again and again.
	var data []byte
	for range deepest {
		for _, number := range []protowire.Number{6, 5, 1} {
			data = protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), data)
		}
	}
	data = protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), data)
	if _, err := parse(bytes.NewReader(data), int64(len(data)), newMemory(int64(len(data)))); err == nil || !strings.Contains(err.Error(), "nested more than 100 deep") {
		t.Errorf("%v", err)
	}
}

// shrunk is a file that has become shorter than it was.
type shrunk struct {
	io.ReaderAt
	size int64
}

func (s shrunk) ReadAt(p []byte, at int64) (int, error) {
	return io.NewSectionReader(s.ReaderAt, 0, s.size).ReadAt(p, at)
}

func TestFileThatBecomesShorter(t *testing.T) {
	path := filepath.Join("testdata", "cases", "qlinearconv.onnx")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := int64(0); size < int64(len(data)); size += 97 {
		if _, err := decode(shrunk{bytes.NewReader(data), size}, int64(len(data)), Options{}); err == nil || !strings.Contains(err.Error(), "became shorter") {
			t.Errorf("%d of %d bytes: %v", size, len(data), err)
		}
	}
}

// largeFile has a parameter of 64 MB, as bytes, as a list or in a file beside it. turned
// is 1 where it is a matrix of inputs x outputs, which the network has the other way.
func largeFile(t *testing.T, kind string, turned int64) (path string, bytes int) {
	t.Helper()
	const ins, outs = 3 * 64 * 64, 1366
	bytes = 4 * ins * outs
	weight := &onnxpb.TensorProto{Name: "w", DataType: int32(onnxpb.TensorProto_FLOAT), Dims: []int64{outs, ins}}
	if turned == 1 {
		weight.Dims = []int64{ins, outs}
	}
	folder := t.TempDir()
	raw := make([]byte, 0, bytes)
	for i := range ins * outs {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(i)))
	}
	switch kind {
	case "bytes":
		weight.RawData = raw
	case "list":
		for i := range ins * outs {
			weight.FloatData = append(weight.FloatData, float32(i))
		}
	case "beside":
		weight.DataLocation = onnxpb.TensorProto_EXTERNAL
		weight.ExternalData = []*onnxpb.StringStringEntryProto{{Key: "location", Value: "numbers"}}
		if err := os.WriteFile(filepath.Join(folder, "numbers"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dim := func(n int64) *onnxpb.TensorShapeProto_Dimension {
		return &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: n}}
	}
	picture := &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: &onnxpb.TypeProto_Tensor{
		ElemType: int32(onnxpb.TensorProto_FLOAT), Shape: &onnxpb.TensorShapeProto{Dim: []*onnxpb.TensorShapeProto_Dimension{dim(1), dim(3), dim(64), dim(64)}},
	}}}
	data, err := proto.Marshal(&onnxpb.ModelProto{
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: 13}},
		Graph: &onnxpb.GraphProto{
			Input: []*onnxpb.ValueInfoProto{{Name: "x", Type: picture}}, Output: []*onnxpb.ValueInfoProto{{Name: "y"}},
			Initializer: []*onnxpb.TensorProto{weight},
			Node: []*onnxpb.NodeProto{
				{OpType: "Flatten", Input: []string{"x"}, Output: []string{"f"}},
				{OpType: "Gemm", Input: []string{"f", "w"}, Output: []string{"y"}, Attribute: []*onnxpb.AttributeProto{{Name: "transB", Type: onnxpb.AttributeProto_INT, I: 1 - turned}}},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(folder, "net.onnx")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, bytes
}

// What is read again for a matrix that is turned is the same.
func TestMatricesAreTurned(t *testing.T) {
	const ins, outs = 3 * 64 * 64, 1366
	if testing.Short() {
		t.Skip("files of 64 MB are left out")
	}
	for _, kind := range []string{"bytes", "list", "beside"} {
		path, _ := largeFile(t, kind, 1)
		net, err := Read(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		values := net.Logits().Params["weight"].Data().([]float32)
		for o := 0; o < outs; o += 5 {
			for i := 0; i < ins; i += 7 {
				if x := values[o*ins+i]; x != float32(i*outs+o) {
					t.Fatalf("%s: output %d has %v at input %d", kind, o, x, i)
				}
			}
		}
	}
}

// A parameter is read into its place: there is no second copy of it, not even for a
// while.
func TestReadingAllocatesTheParametersAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("files of 64 MB are left out")
	}
	for _, r := range []struct {
		kind   string
		turned int64
	}{{"bytes", 0}, {"list", 0}, {"beside", 0}, {"bytes", 1}, {"beside", 1}} {
		path, bytes := largeFile(t, r.kind, r.turned)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		net, err := Read(path, Options{})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		if n := 4 * net.Parameters(); n != bytes {
			t.Errorf("%+v: %d bytes of parameters, not %d", r, n, bytes)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > uint64(bytes)*13/10 {
			t.Errorf("%+v: %d bytes are allocated for %d of parameters", r, taken, bytes)
		}
	}
}
