package onnx_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"gaze/models"
	"gaze/models/onnx"
	"gaze/models/onnx/internal/onnxpb"
)

// scored is a network of that many outputs, called "s".
func scored(outputs int64) *graph {
	g := newGraph(13, nchw...).formula("w", outputs, 3, 3, 3).op("Conv", "c", list("x", "w")).op("GlobalAveragePool", "gap", list("c"))
	return g.op("Flatten", "s", list("gap"))
}

// with changes the file of a graph before it is encoded.
func with(t testing.TB, g *graph, outputs []*onnxpb.ValueInfoProto, metadata ...string) []byte {
	t.Helper()
	file := new(onnxpb.ModelProto)
	if err := proto.Unmarshal(g.encoded(t), file); err != nil {
		t.Fatal(err)
	}
	file.Graph.Output = outputs
	for i := 0; i < len(metadata); i += 2 {
		file.MetadataProps = append(file.MetadataProps, &onnxpb.StringStringEntryProto{Key: metadata[i], Value: metadata[i+1]})
	}
	data, err := proto.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestActivationsAtTheEnd takes off what ends a network. The probabilities are those
// that the file states, interpreted node by node.
func TestActivationsAtTheEnd(t *testing.T) {
	const softmax, sigmoid = models.ActivationSoftmax, models.ActivationSigmoid
	one := func(g *graph) *graph { return g.number("one", 1) }
	rows := []struct {
		name    string
		outputs int64
		build   func(g *graph)
		want    models.Activation
		says    string
		// high is the output of the file that has the probability of class 0.
		high int
	}{
		{"Softmax", 4, func(g *graph) { g.op("Softmax", "y", list("s"), "axis", 1) }, softmax, "The Softmax (node of y) at the end", 0},
		{"Softmax of one", 1, func(g *graph) { g.op("Softmax", "y", list("s"), "axis", 1) }, sigmoid, "probabilities by a sigmoid for each output (one output)", -1},
		{"Sigmoid of one", 1, func(g *graph) { g.op("Sigmoid", "y", list("s")) }, sigmoid, "The Sigmoid", 0},
		{"Sigmoid of two", 2, func(g *graph) { g.op("Sigmoid", "y", list("s")) }, sigmoid, "The Sigmoid", 0},
		{"Sigmoid, squeezed", 1, func(g *graph) { g.op("Sigmoid", "q", list("s")).op("Squeeze", "y", list("q")) }, sigmoid, "The Sigmoid", 0},
		{"squeezed, Sigmoid", 1, func(g *graph) { g.op("Squeeze", "q", list("s")).op("Sigmoid", "y", list("q")) }, sigmoid, "The Sigmoid", 0},
		{"Sigmoid, Dropout, Cast", 3, func(g *graph) {
			g.op("Sigmoid", "q", list("s")).op("Dropout", "d", list("q")).op("Cast", "y", list("d"), "to", 1)
		}, sigmoid, "The Sigmoid", 0},
		{"HardSigmoid", 3, func(g *graph) { g.op("HardSigmoid", "y", list("s")) }, sigmoid, "The HardSigmoid", -1},
		{"1-p", 1, func(g *graph) { one(g).op("Sigmoid", "q", list("s")).op("Sub", "y", list("one", "q")) }, sigmoid, "The Sub", 0},
		{"1-p and p", 1, func(g *graph) {
			one(g).op("Sigmoid", "q", list("s")).op("Sub", "r", list("one", "q")).op("Concat", "y", list("r", "q"), "axis", 1)
		}, sigmoid, "The Concat", 1},
		{"p and 1-p", 1, func(g *graph) {
			one(g).op("Sigmoid", "q", list("s")).op("Sub", "r", list("one", "q")).op("Concat", "y", list("q", "r"), "axis", 1)
		}, sigmoid, "The Concat", 0},
		{"nothing, of one", 1, func(g *graph) { g.op("Identity", "y", list("s")) }, sigmoid, "(one output)", -1},
		{"nothing, of several", 3, func(g *graph) { g.op("Identity", "y", list("s")) }, softmax, "(several outputs)", -1},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			g := scored(r.outputs)
			r.build(g)
			net := decode(t, g.file(t, "y"))
			if net.Output.Kind() != r.want || net.Outputs() != int(r.outputs) {
				t.Errorf("%v of %d outputs", net.Output.Kind(), net.Outputs())
			}
			if said := strings.Join(net.Remarks(), "\n"); !strings.Contains(said, r.says) {
				t.Errorf("%q does not say %q", said, r.says)
			}
			if r.high < 0 {
				return
			}
			picture := zeros(1, 3, 6, 8)
			copy(picture.values, drawn(t, 144))
			want := interpret(g, picture, "y").values
			outputs := make([]float32, r.outputs)
			for i, v := range runLayers(net, picture).values {
				outputs[i] = float32(v)
			}
			if p := net.Output.Probability(net.ClassLogits(outputs), 0); math.Abs(p-want[r.high]) > 1e-6 {
				t.Errorf("the probability is %g, not %g", p, want[r.high])
			}
		})
	}
	for _, log := range []func(g *graph){
		func(g *graph) { g.op("LogSoftmax", "y", list("s"), "axis", 1) },
		func(g *graph) { g.op("Softmax", "q", list("s"), "axis", 1).op("Log", "y", list("q")) },
	} {
		g := scored(3)
		log(g)
		if net := decode(t, g.file(t, "y")); net.Logits().Name != "s" || net.Output.Activation != softmax {
			t.Errorf("the logits are %s, %v", net.Logits().Name, net.Output)
		}
	}
}

// TestWhichOutputHoldsTheScores has scores beside other outputs.
func TestWhichOutputHoldsTheScores(t *testing.T) {
	const number, whole = onnxpb.TensorProto_FLOAT, onnxpb.TensorProto_INT64
	beside := func(g *graph) *graph {
		g.op("Softmax", "p", list("s"), "axis", 1).op("ArgMax", "label", list("p"), "axis", 1, "keepdims", 0)
		g.op("ReduceMax", "largest", list("p"), "axes", sides(1), "keepdims", 0)
		return g.op("ReduceSum", "loss", list("s"), "keepdims", 0).numbered("TopK", list("best", "at"), list("s", "k")).ints("k", 2)
	}
	probabilities := tensorInfo("p", number, 1, 3)
	for _, r := range []struct {
		name    string
		outputs []*onnxpb.ValueInfoProto
		says    string
	}{
		{"a label first", []*onnxpb.ValueInfoProto{tensorInfo("label", whole, 1), probabilities}, "Of the outputs label, p, p is explained."},
		{"a label as a number", []*onnxpb.ValueInfoProto{tensorInfo("label", number, 1, 1), probabilities}, "Of the outputs label, p, p is explained."},
		{"a loss first", []*onnxpb.ValueInfoProto{tensorInfo("loss", number), probabilities}, "Of the outputs loss, p, p is explained."},
		{"maps first", []*onnxpb.ValueInfoProto{tensorInfo("c", number, 1, 3, 4, 6), probabilities}, "Of the outputs c, p, p is explained."},
		{"the best first", []*onnxpb.ValueInfoProto{tensorInfo("best", number, 1, 2), tensorInfo("at", whole, 1, 2), probabilities}, "p is explained."},
		{"the largest and its place", []*onnxpb.ValueInfoProto{tensorInfo("largest", number, 1), tensorInfo("label", whole, 1)}, "The output largest only says which classes are the most probable; the scores p behind it are explained."},
		{"only a label", []*onnxpb.ValueInfoProto{tensorInfo("label", whole, 1)}, "The output label only says which classes are the most probable; the scores p behind it are explained."},
		{"only the best", []*onnxpb.ValueInfoProto{tensorInfo("at", whole, 1, 2)}, "the scores s behind it are explained."},
	} {
		t.Run(r.name, func(t *testing.T) {
			net, err := onnx.Decode(with(t, beside(scored(3)), r.outputs), onnx.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if said := strings.Join(net.Remarks(), "\n"); net.Logits().Name != "s" || !strings.Contains(said, r.says) {
				t.Errorf("the logits are %s; %q does not say %q", net.Logits().Name, said, r.says)
			}
		})
	}
}

// TestLabelsInTheGraph reads names of classes from nodes.
func TestLabelsInTheGraph(t *testing.T) {
	table := &onnxpb.TensorProto{Name: "table", DataType: int32(onnxpb.TensorProto_STRING), Dims: sides(3), StringData: [][]byte{[]byte("a"), []byte("b"), []byte("c")}}
	g := scored(3).op("ArgMax", "at", list("s"), "axis", 1, "keepdims", 0).op("Gather", "y", list("table", "at"))
	g.Initializer = append(g.Initializer, table)
	if net := decode(t, g.file(t, "y")); strings.Join(net.Labels, "") != "abc" || net.Logits().Name != "s" {
		t.Errorf("labels %q of %s", net.Labels, net.Logits().Name)
	}
	g = scored(3).op("Softmax", "p", list("s"), "axis", 1).op("ZipMap", "y", list("p"), "classlabels_int64s", sides(4, 6, 8))
	g.Node[len(g.Node)-1].Domain = "ai.onnx.ml"
	if net := decode(t, g.file(t, "y")); strings.Join(net.Labels, "") != "468" || net.Output.Activation != models.ActivationSoftmax {
		t.Errorf("labels %q, %v", net.Labels, net.Output)
	}
}

// TestLabelsInTheMetadata has the names of classes as exporters note them. Of two
// classes of one output, the second in training is what a high output means.
func TestLabelsInTheMetadata(t *testing.T) {
	output := []*onnxpb.ValueInfoProto{tensorInfo("s", onnxpb.TensorProto_FLOAT, 1, 3)}
	for _, r := range []struct {
		key, value string
		outputs    int64
		want       []string
	}{
		{"names", `{0: 'cat', 1: "dog's", 2: 'b\'ird'}`, 3, list("cat", "dog's", "b'ird")},
		{"names", `{"2": "c", "0": "a", "1": "b"}`, 3, list("a", "b", "c")},
		{"id2label", "{0: \"a\", 1: \"\\u00e9\", 2: \"c\",}", 3, list("a", "é", "c")},
		{"class_to_idx", `{'b': 1, 'a': 0, 'c': 2}`, 3, list("a", "b", "c")},
		{"classes", `["a", "b", "c"]`, 3, list("a", "b", "c")},
		{"classes", `('a', 'b', 'c')`, 3, list("a", "b", "c")},
		{"labels", "a\nb c\nd\n", 3, list("a", "b c", "d")},
		{"class_names", "a, b,c", 3, list("a", "b", "c")},
		{"names", `["no", "yes"]`, 1, list("yes", "no")},
		{"names", `["a", "b"]`, 3, nil},
		{"names", `{0: 'a', 1: 'b', 3: 'c'}`, 3, nil},
		{"names", `{0: 'a', 0: 'b', 2: 'c'}`, 3, nil},
		{"names", `["a", "b", 3]`, 3, nil},
		{"names", `["a", "b", "c"`, 3, nil},
		{"names", `[[[["a"]]]]`, 3, nil},
		{"author", `["a", "b", "c"]`, 3, nil},
	} {
		net, err := onnx.Decode(with(t, scored(r.outputs), output, r.key, r.value), onnx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(net.Labels, r.want) {
			t.Errorf("%s %s: labels %q, not %q", r.key, r.value, net.Labels, r.want)
		}
	}
}

func TestSizeInTheMetadata(t *testing.T) {
	for text, want := range map[string][2]int{"[48, 64]": {48, 64}, "96": {96, 96}, "(3, 40, 40)": {40, 40}, "[48.5, 64]": {224, 224}, "none": {224, 224}} {
		g := small(newGraph(13, 1, 3, 0, 0))
		net, err := onnx.Decode(with(t, g, []*onnxpb.ValueInfoProto{tensorInfo("y", onnxpb.TensorProto_FLOAT, 1, 2)}, "imgsz", text, "author", "Ultralytics"), onnx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]int{net.Input.Height, net.Input.Width}; got != want || net.Input.Mean[0] != 0 {
			t.Errorf("%s: %v with a mean of %v", text, got, net.Input.Mean)
		}
	}
}

func TestPixelsInTheMetadata(t *testing.T) {
	output := []*onnxpb.ValueInfoProto{tensorInfo("s", onnxpb.TensorProto_FLOAT, 1, 3)}
	for _, r := range []struct {
		mean, std string
		scale     float32
		want      []float32
	}{
		{"[0.5, 0.4, 0.3]", "(0.2, 0.2, 0.1)", 1.0 / 255, []float32{0.5, 0.4, 0.3}},
		{"[123.5, 116, 103]", "[58, 57, 57.5]", 1, []float32{123.5, 116, 103}},
		{"[0.5]", "[0.5]", 1.0 / 255, []float32{0.485, 0.456, 0.406}},
		{"[0.5, 0.4, 0.3]", "[0, 0, 0]", 1.0 / 255, []float32{0.485, 0.456, 0.406}},
		{"[0.5, 'a', 0.3]", "[1, 1, 1]", 1.0 / 255, []float32{0.485, 0.456, 0.406}},
	} {
		net, err := onnx.Decode(with(t, scored(3), output, "mean", r.mean, "std", r.std), onnx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		guessed := slices.ContainsFunc(net.Guesses, func(g models.Guess) bool { return g.Of == models.AspectMean })
		if !slices.Equal(net.Input.Mean, r.want) || net.Input.Scale != r.scale || guessed != (r.want[0] == 0.485) {
			t.Errorf("mean %s, std %s: %v", r.mean, r.std, net.Input)
		}
	}
}

// TestOldOpsets compares files of before opset 7 with what they became.
func TestOldOpsets(t *testing.T) {
	build := func(g *graph, shape []int64, attributes ...any) *graph {
		g.formula("w", 4, 3, 3, 3).formula("b", shape...).formula("f", 4, 2)
		g.op("Conv", "c", list("x", "w")).op("Add", "a", list("c", "b"), attributes...)
		g.op("Cast", "k", list("a"), "to", map[bool]any{true: "FLOAT", false: 1}[g.opset < 6])
		return g.op("GlobalAveragePool", "p", list("k")).op("Flatten", "s", list("p")).op("Gemm", "y", list("s", "f"))
	}
	picture := zeros(1, 3, 6, 8)
	copy(picture.values, drawn(t, 144))
	want := interpret(build(newGraph(13, nchw...), sides(4, 1, 1)), picture, "y").values
	for _, opset := range []int64{1, 5, 6} {
		net := decode(t, build(newGraph(opset, nchw...), sides(4), "broadcast", 1, "axis", 1).file(t, "y"))
		near(t, runLayers(net, picture).values, want, 1e-5)
	}
	// Before opset 7, a normalisation used the picture's own statistics unless it said
	// otherwise.
	for said, says := range map[int]string{0: "training mode", 1: ""} {
		g := newGraph(6, nchw...).positive("one", 3).op("BatchNormalization", "n", list("x", "one", "one", "one", "one"), "is_test", said)
		_, err := onnx.Decode(g.op("GlobalAveragePool", "p", list("n")).file(t, "p"), onnx.Options{})
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("is_test %d: %v", said, err)
		}
	}
}

func TestNewerOpset(t *testing.T) {
	net := decode(t, small(newGraph(40, nchw...)).file(t, "y"))
	if said := strings.Join(net.Remarks(), "\n"); !strings.Contains(said, "The file uses opset 40, which is newer") {
		t.Errorf("says %q", said)
	}
}
