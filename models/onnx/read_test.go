package onnx_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/protobuf/proto"

	"gaze/models"
	"gaze/models/onnx"
	"gaze/models/onnx/internal/onnxpb"
)

// small is a convolution, pooled, with two classes.
func small(g *graph) *graph {
	g.formula("w", 2, 3, 3, 3).op("Conv", "c", list("x", "w")).op("GlobalAveragePool", "p", list("c"))
	return g.op("Flatten", "y", list("p"))
}

func TestRefuses(t *testing.T) {
	refuse := func(opset int64, input []int64, build func(g *graph)) func(t *testing.T) []byte {
		return func(t *testing.T) []byte {
			g := newGraph(opset, input...)
			build(g)
			return g.file(t, "y")
		}
	}
	one := func(opset int64, kind string, attributes ...any) func(t *testing.T) []byte {
		return refuse(opset, nchw, func(g *graph) { g.op(kind, "y", list("x"), attributes...) })
	}
	rows := []struct {
		name string
		file func(t *testing.T) []byte
		says []string
	}{
		{"an operator", one(13, "Nonsense"), list(`operator Nonsense (node "node of y", opset 13) is not supported`)},
		{"an operator of another domain", func(t *testing.T) []byte {
			g := newGraph(17, nchw...).op("Nonsense", "y", list("x"))
			g.Node[0].Domain = "com.microsoft"
			return g.file(t, "y")
		}, list(`operator Nonsense (node "node of y", domain com.microsoft, opset 17) is not supported`)},
		{"control flow", one(13, "If"), list("operator If", "computed from the picture, and only constants")},
		{"a product that does not fit", refuse(13, nchw, func(g *graph) { g.op("MatMul", "y", list("x", "x")) }), list("operator MatMul", "[1 3 6 8]", "cannot be multiplied")},
		{"a mode of padding", one(10, "Pad", "mode", "nonsense", "pads", sides(0, 0, 1, 1, 0, 0, 1, 1)), list("operator Pad", `mode "nonsense"`)},
		{"joined unlike each other", refuse(13, nchw, func(g *graph) {
			g.op("Transpose", "t", list("x"), "perm", sides(0, 1, 3, 2)).op("Concat", "y", list("x", "t"), "axis", 1)
		}), list("operator Concat", "cannot join [1 3 6 8] and [1 3 8 6]")},
		{"vectors", refuse(13, sides(1, 3), func(g *graph) { g.op("Relu", "y", list("x")) }), list("lists of numbers", "[1 3]")},
		{"a film", refuse(13, sides(1, 3, 8, 16, 16), func(g *graph) { g.op("Relu", "y", list("x")) }), list("5 axes")},
		{"a newer operator", one(30, "Nonsense"), list("operator Nonsense", "opset 30", "not supported")},
		{"no opset", one(0, "Relu"), list("opset 0")},
		{"two inputs", refuse(13, nchw, func(g *graph) {
			g.Input = append(g.Input, tensorInfo("z", onnxpb.TensorProto_FLOAT, 1))
			g.op("Concat", "y", list("x", "z"), "axis", 0)
		}), list(`input "z" of shape [1]`, "--input z=VALUE")},
		{"two pictures", refuse(13, nchw, func(g *graph) {
			g.Input = append(g.Input, tensorInfo("z", onnxpb.TensorProto_FLOAT, nchw...))
			g.op("Add", "y", list("x", "z"))
		}), list("2 pictures", `"x", "z"`)},
		{"maps for logits", one(13, "Relu"), list("[1 3 6 8]", "segmentation")},
		{"an output that nothing makes", func(t *testing.T) []byte { return newGraph(13, nchw...).op("Relu", "y", list("x")).file(t, "z") }, list(`"z"`)},
		{"an output without a name", func(t *testing.T) []byte { return newGraph(13, nchw...).op("Softmax", "y", list("")).file(t, "y") }, list("no name")},
		{"an input that nothing makes", refuse(13, nchw, func(g *graph) { g.op("Relu", "y", list("z")) }), list("operator Relu", `"z"`)},
		{"nodes in a circle", refuse(13, nchw, func(g *graph) { g.op("Mul", "a", list("y", "x")).op("Mul", "y", list("a", "a")) }), list(`"y"`)},
		{"a weight that is not constant", refuse(13, nchw, func(g *graph) { g.op("Conv", "y", list("x", "x")) }), list("operator Conv", "only constants")},
		{"a weight of another size", refuse(13, nchw, func(g *graph) { g.formula("w", 2, 4, 3, 3).op("Conv", "y", list("x", "w")) }), list("operator Conv", "(2, 4, 3, 3)", "3 channels")},
		{"a parameter with too few numbers", refuse(13, nchw, func(g *graph) {
			g.floats("w", sides(1<<20, 1<<20), 1).op("Add", "y", list("x", "w"))
		}), list(`parameter "w"`, "1 numbers")},
		{"a parameter of no size", refuse(13, nchw, func(g *graph) {
			g.floats("w", sides(1<<40, 1<<40), 1).op("Add", "y", list("x", "w"))
		}), list(`parameter "w"`, "out of range")},
		{"a constant of no end", refuse(13, nchw, func(g *graph) {
			g.ints("sides", 1<<15, 1<<15).op("ConstantOfShape", "c", list("sides")).op("Add", "y", list("x", "c"))
		}), list("operator ConstantOfShape", "32 times")},
		{"a padding of no end", refuse(13, nchw, func(g *graph) {
			g.ints("by", 0, 0, 1<<40, 0, 0, 0, 0, 0).op("Pad", "y", list("x", "by"))
		}), list("operator Pad")},
		{"nothing", func(*testing.T) []byte { return nil }, list("is empty")},
		{"no ONNX", func(*testing.T) []byte { return []byte("Hello, everybody!") }, list("a text", `"Hello, everybody!"`)},
		{"a file cut off", func(t *testing.T) []byte {
			data := small(newGraph(13, nchw...)).file(t, "y")
			return data[:len(data)-9]
		}, list("not a whole ONNX file", "cut off")},
		{"messages in messages", func(*testing.T) []byte {
			// A graph with a node with an attribute with a graph, and so on.
			var data []byte
			for range 300 {
				for _, tag := range []byte{6<<3 | 2, 5<<3 | 2, 1<<3 | 2} {
					data = append(binary.AppendUvarint([]byte{tag}, uint64(len(data))), data...)
				}
			}
			return append(binary.AppendUvarint([]byte{7<<3 | 2}, uint64(len(data))), data...)
		}, list("nested")},
		{"many empty nodes", func(*testing.T) []byte {
			body := slices.Repeat([]byte{1<<3 | 2, 0}, 1<<20)
			return append(binary.AppendUvarint([]byte{7<<3 | 2}, uint64(len(body))), body...)
		}, list("32 times")},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := onnx.Decode(r.file(t), onnx.Options{})
			if err == nil {
				t.Fatal("was read")
			}
			for _, s := range r.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
		})
	}
}

func TestNumbersOfEveryPrecision(t *testing.T) {
	// 1, -2 and 0.5 of each type.
	half := []uint16{0x3c00, 0xc000, 0x3800}
	brain := []uint16{0x3f80, 0xc000, 0x3f00}
	numbers := []float64{1, -2, 0.5}
	raw := func(width int, put func(b []byte, i int)) []byte {
		b := make([]byte, 3*width)
		for i := range 3 {
			put(b[i*width:], i)
		}
		return b
	}
	le := binary.LittleEndian
	rows := map[string]*onnxpb.TensorProto{
		"float16 in words": {DataType: int32(onnxpb.TensorProto_FLOAT16), Int32Data: []int32{0x3c00, 0xc000, 0x3800}},
		"float16":          {DataType: int32(onnxpb.TensorProto_FLOAT16), RawData: raw(2, func(b []byte, i int) { le.PutUint16(b, half[i]) })},
		"bfloat16":         {DataType: int32(onnxpb.TensorProto_BFLOAT16), RawData: raw(2, func(b []byte, i int) { le.PutUint16(b, brain[i]) })},
		"float":            {DataType: int32(onnxpb.TensorProto_FLOAT), RawData: raw(4, func(b []byte, i int) { le.PutUint32(b, math.Float32bits(float32(numbers[i]))) })},
		"float in a list":  {DataType: int32(onnxpb.TensorProto_FLOAT), FloatData: []float32{1, -2, 0.5}},
		"double":           {DataType: int32(onnxpb.TensorProto_DOUBLE), RawData: raw(8, func(b []byte, i int) { le.PutUint64(b, math.Float64bits(numbers[i])) })},
		"double in a list": {DataType: int32(onnxpb.TensorProto_DOUBLE), DoubleData: numbers},
	}
	for name, p := range rows {
		t.Run(name, func(t *testing.T) {
			p.Name, p.Dims = "b", sides(3, 1, 1)
			g := newGraph(13, nchw...)
			g.Initializer = append(g.Initializer, p)
			l := decode(t, g.op("Add", "y", list("x", "b")).flat(t, "y")).Layers[0]
			if got := data(l.Params["bias"]); !slices.Equal(got, []float32{1, -2, 0.5}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestParametersInOtherFiles(t *testing.T) {
	bytes := make([]byte, 20)
	for i, v := range []float32{9, 1, -2, 0.5, 9} {
		binary.LittleEndian.PutUint32(bytes[4*i:], math.Float32bits(v))
	}
	files := fstest.MapFS{"data/weights.bin": {Data: bytes}}
	rows := []struct {
		location, offset, length string
		says                     string
	}{
		{"data/weights.bin", "4", "12", ""},
		{"./data/weights.bin", "4", "", ""},
		{"data/weights.bin", "12", "12", "bytes 12 to 24 of data/weights.bin, which has 20"},
		{"data/weights.bin", "-4", "12", "bytes -4"},
		{"data/weights.bin", "4", "8", "8 bytes"},
		{"data/weights.bin", "four", "12", `"four"`},
		{"data/other.bin", "4", "12", "other.bin"},
		{"data", "0", "12", "which is a folder"},
		{"../weights.bin", "4", "12", "beside the model"},
		{"/data/weights.bin", "4", "12", "beside the model"},
		{"data/../../weights.bin", "4", "12", "beside the model"},
		{"", "4", "12", "beside the model"},
	}
	for _, r := range rows {
		t.Run(fmt.Sprint(r.location, r.offset, r.length), func(t *testing.T) {
			g := newGraph(13, nchw...).floats("b", sides(3, 1, 1)).op("Add", "y", list("x", "b"))
			p := g.Initializer[0]
			p.DataLocation = onnxpb.TensorProto_EXTERNAL
			for _, e := range [][2]string{{"location", r.location}, {"offset", r.offset}, {"length", r.length}} {
				if e[1] != "" {
					p.ExternalData = append(p.ExternalData, &onnxpb.StringStringEntryProto{Key: e[0], Value: e[1]})
				}
			}
			net, err := onnx.Decode(g.flat(t, "y"), onnx.Options{Files: files})
			if r.says != "" {
				if err == nil || !strings.Contains(err.Error(), r.says) {
					t.Errorf("%v does not say %q", err, r.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := data(net.Layers[0].Params["bias"]); !slices.Equal(got, []float32{1, -2, 0.5}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestParametersThroughLinks keeps a link from leading out of the folder.
func TestParametersThroughLinks(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), make([]byte, 12), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(inside, "weights")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	g := newGraph(13, nchw...).floats("b", sides(3, 1, 1)).op("Add", "y", list("x", "b"))
	g.Initializer[0].DataLocation = onnxpb.TensorProto_EXTERNAL
	g.Initializer[0].ExternalData = []*onnxpb.StringStringEntryProto{{Key: "location", Value: "weights"}}
	path := filepath.Join(inside, "net.onnx")
	if err := os.WriteFile(path, g.flat(t, "y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.Read(path, onnx.Options{}); err == nil || !strings.Contains(err.Error(), "net.onnx") {
		t.Errorf("%v", err)
	}
}

func TestNames(t *testing.T) {
	g := newGraph(13, nchw...).formula("w", 2, 3, 1, 1).number("half", 0.5).number("root", 1.4142135).number("one", 1)
	g.op("Conv", "input", list("x", "w")).op("Transpose", "turned", list("input"), "perm", sides(0, 2, 3, 1))
	g.op("Transpose", "back", list("turned"), "perm", sides(0, 3, 1, 2))
	g.op("Div", "d", list("back", "root")).op("Erf", "e", list("d")).op("Add", "a", list("e", "one")).op("Mul", "m", list("back", "a")).op("Mul", "gelu", list("m", "half"))
	g.op("GlobalAveragePool", "p", list("gelu")).op("Flatten", "y", list("p"))
	g.Node[8].Name = "gelu"
	net := decode(t, g.file(t, "y"))
	rows := map[string]string{
		"node of input": "input/2", "turned": "input/2", "node of back": "input/2",
		"e": "gelu", "m": "gelu", "node of e": "gelu",
		// What a value is called goes before what a node is called.
		"gelu": "gelu", "p": "p", "y": "y", "node of y": "y",
	}
	for name, want := range rows {
		got, err := net.Resolve(name)
		if err != nil || got != want {
			t.Errorf("%q is %q (%v), not %q", name, got, err, want)
		}
	}
}

func TestSoftmaxAtTheEnd(t *testing.T) {
	for _, kind := range []string{"Softmax", "LogSoftmax"} {
		g := small(newGraph(13, nchw...)).op(kind, "probabilities", list("y")).op("Identity", "out", list("probabilities"))
		net := decode(t, g.file(t, "out"))
		if net.Logits().Name != "y" || net.Classes() != 2 {
			t.Errorf("the logits are %s, %d of them", net.Logits().Name, net.Classes())
		}
		if !strings.Contains(strings.Join(net.Remarks(), "\n"), kind+" (node of probabilities) at the end is left out") {
			t.Errorf("notes %q", net.Notes)
		}
	}
	g := newGraph(7, nchw...).op("GlobalAveragePool", "p", list("x")).op("Softmax", "out", list("p"))
	if net := decode(t, g.file(t, "out")); net.Classes() != 3 || len(net.Logits().Shape) != 2 {
		t.Errorf("the logits have the shape %v", net.Logits().Shape)
	}
}

func TestOutputs(t *testing.T) {
	g := small(newGraph(13, nchw...))
	data := g.file(t, "c", "y")
	file := new(onnxpb.ModelProto)
	if err := proto.Unmarshal(data, file); err != nil {
		t.Fatal(err)
	}
	file.Graph.Output = []*onnxpb.ValueInfoProto{
		tensorInfo("c", onnxpb.TensorProto_FLOAT, 1, 2, 4, 6), tensorInfo("y", onnxpb.TensorProto_FLOAT, 0, 2),
	}
	data, err := proto.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	net := decode(t, data)
	if net.Logits().Name != "y" || !strings.Contains(strings.Join(net.Remarks(), "\n"), "Of the outputs c, y, y is explained.") {
		t.Errorf("the logits are %s, notes %q", net.Logits().Name, net.Notes)
	}
}

func TestInput(t *testing.T) {
	imageNet := models.ImageNetInput(48, 55)
	plain := func(scale, mean, std float32) models.Input {
		in := imageNet
		in.Scale, in.Mean, in.Std = scale, []float32{mean, mean, mean}, []float32{std, std, std}
		return in
	}
	wide := imageNet
	wide.Height, wide.Width, wide.Resize = 32, 48, 55
	bgr := plain(1, 0, 1)
	bgr.Channels = models.BGR
	given := models.Input{Height: 40, Width: 40, Fit: models.FitStretch, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}}
	first := func(kind string, by float32) func(g *graph) {
		return func(g *graph) { g.number("by", by).op(kind, "s", list("x", "by")) }
	}
	rows := []struct {
		name     string
		sides    []int64
		first    func(g *graph)
		metadata []string
		opt      onnx.Options
		want     models.Input
		says     string
	}{
		{"fixed size", sides(1, 3, 48, 48), nil, nil, onnx.Options{}, imageNet, "Guessed, because nothing says it: a short side of 55 before the crop, cut from the centre, RGB, pixels from 0 to 1, a mean of 0.485 0.456 0.406, a standard deviation of 0.229 0.224 0.225 (ImageNet's), probabilities by a softmax over the outputs (several outputs)."},
		{"wide", sides(1, 3, 32, 48), nil, nil, onnx.Options{}, wide, "short side of 55"},
		{"channels last", sides(0, 48, 48, 3), nil, nil, onnx.Options{}, imageNet, "Guessed"},
		{"open size", sides(0, 3, 0, 0), nil, nil, onnx.Options{}, models.ImageNetInput(224, 256), "nothing says it: pictures of 224x224 (the file leaves it open), a short side"},
		{"open size, given", sides(0, 3, 0, 0), nil, nil, onnx.Options{Height: 48, Width: 48}, imageNet, "nothing says it: a short side"},
		{"for several pictures", sides(4, 3, 48, 48), nil, nil, onnx.Options{}, imageNet, "4 pictures"},
		{"divided by 255", sides(1, 3, 48, 48), first("Div", 255), nil, onnx.Options{}, plain(1, 0, 1), "pixels times 1, a mean of 0 0 0, a standard deviation of 1 1 1 (the network scales pixels itself)"},
		{"minus 127", sides(1, 3, 48, 48), first("Sub", 127), nil, onnx.Options{}, plain(1, 0, 1), "the network scales pixels itself"},
		{"minus a half", sides(1, 3, 48, 48), first("Sub", 0.5), nil, onnx.Options{}, plain(1.0/255, 0, 1), "the network normalises pixels itself"},
		{"described", sides(1, 3, 48, 48), nil, list("Image.BitmapPixelFormat", "Bgr8", "Image.NominalPixelRange", "NominalRange_0_255"), onnx.Options{}, bgr, "nothing says it: a short side of 55 before the crop, cut from the centre, prob"},
		{"described as -1..1", sides(1, 3, 48, 48), nil, list("Image.NominalPixelRange", "Normalized_1_1"), onnx.Options{}, plain(1.0/255, 0.5, 0.5), "short side of 55 before the crop, cut from the centre, RGB, prob"},
		{"given", sides(1, 3, 0, 0), nil, nil, onnx.Options{Input: &given}, given, "Guessed, because nothing says it: probabilities by a softmax over the outputs (several outputs)."},
		{"given, of another size", sides(1, 3, 48, 48), nil, nil, onnx.Options{Input: &given}, given, "48x48; it is read for 40x40"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			g := newGraph(13, r.sides...)
			from := "x"
			if r.first != nil {
				r.first(g)
				from = "s"
			}
			if r.sides[3] == 3 {
				g.op("Transpose", "t", list(from), "perm", sides(0, 3, 1, 2))
				from = "t"
			}
			g.formula("w", 2, 3, 3, 3).op("Conv", "c", list(from, "w")).op("ReduceMean", "y", list("c"), "axes", sides(2, 3), "keepdims", 0)
			file := new(onnxpb.ModelProto)
			if err := proto.Unmarshal(g.file(t, "y"), file); err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(r.metadata); i += 2 {
				file.MetadataProps = append(file.MetadataProps, &onnxpb.StringStringEntryProto{Key: r.metadata[i], Value: r.metadata[i+1]})
			}
			data, err := proto.Marshal(file)
			if err != nil {
				t.Fatal(err)
			}
			net, err := onnx.Decode(data, r.opt)
			if err != nil {
				t.Fatal(err)
			}
			if !net.Input.Equal(r.want) {
				t.Errorf("input %+v, not %+v", net.Input, r.want)
			}
			if said := strings.Join(net.Remarks(), "\n"); !strings.Contains(said, r.says) || r.says == "" && said != "" {
				t.Errorf("%q does not say %q", said, r.says)
			}
		})
	}
}

// A file's shapes are made for its size: with a padding that depends on it and
// a Reshape to it, another size is another network or none.
func TestSizeIsReadNotChanged(t *testing.T) {
	g := newGraph(13, 0, 3, 0, 0).formula("w", 2, 3, 3, 3)
	g.op("Conv", "c", list("x", "w"), "auto_pad", "SAME_UPPER", "strides", sides(2, 2))
	g.op("ReduceMean", "y", list("c"), "axes", sides(2, 3), "keepdims", 0)
	data := g.file(t, "y")
	for size, pad := range map[int][4]int{48: {0, 0, 1, 1}, 49: {1, 1, 1, 1}} {
		net, err := onnx.Decode(data, onnx.Options{Height: size, Width: size})
		if err != nil {
			t.Fatal(err)
		}
		if l, _ := net.Layer("c"); l.Attr.Pad != pad {
			t.Errorf("for %d pixels the padding is %v, not %v", size, l.Attr.Pad, pad)
		}
		if _, err := net.Resized(models.ImageNetInput(32, 37)); err == nil {
			t.Error("a network that was read for one size takes another")
		}
	}

	g = newGraph(13, 1, 3, 4, 4).formula("w", 5, 48).ints("shape", 1, 48)
	g.op("Reshape", "flat", list("x", "shape")).op("Gemm", "y", list("flat", "w"), "transB", 1)
	_, err := onnx.Decode(g.file(t, "y"), onnx.Options{Height: 8, Width: 8})
	if want := "(the file is for pictures of 4x4, not 8x8)"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v does not say %q", err, want)
	}
}

// FuzzDecode looks for files that make the reader panic, or allocate more than
// it says.
func FuzzDecode(f *testing.F) {
	for _, r := range operatorRows() {
		g := newGraph(r.opset, r.input...)
		r.build(g)
		f.Add(g.flat(f, "y"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		net, err := onnx.Decode(data, onnx.Options{})
		if err != nil {
			return
		}
		if net.Classes() < 1 || len(net.Logits().Shape) != 2 {
			t.Errorf("the logits have the shape %v", net.Logits().Shape)
		}
		total := 0
		for _, l := range net.Layers {
			for _, p := range l.Params {
				total += 4 * p.Shape().TotalSize()
			}
		}
		if total > 32*len(data)+16<<20 {
			t.Errorf("%d bytes of parameters from a file of %d", total, len(data))
		}
	})
}

func TestModulesThatPyTorchNotes(t *testing.T) {
	g := newGraph(18, nchw...).op("Relu", "first", list("x")).op("Sigmoid", "second", list("first")).op("Tanh", "third", list("second"))
	for i, scopes := range []string{
		"['', 'layer4', 'layer4.0', 'relu_1']", "['', 'layer4', 'layer4.1', 'layer4.1.act', 'sigmoid']", "['', 'tanh']",
	} {
		g.Node[i].MetadataProps = []*onnxpb.StringStringEntryProto{{Key: "pkg.torch.onnx.name_scopes", Value: scopes}}
	}
	net := decode(t, g.flat(t, "third"))
	for module, want := range map[string]string{"layer4": "second", "layer4.0": "first", "layer4.1": "second", "layer4.1.act": "second"} {
		if got, err := net.Resolve(module); err != nil || got != want {
			t.Errorf("%s resolves to %q (%v), not %q", module, got, err, want)
		}
	}
}
