package weights_test

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gaze/models/weights"
)

func decodeTorch(data []byte) (*weights.Set, error) {
	return weights.DecodePyTorch(bytes.NewReader(data), int64(len(data)))
}

// containers are both forms of a file.
func containers(t testing.TB, f torchFile) map[string][]byte {
	return map[string][]byte{"zip": f.zip(t), "legacy": f.legacy()}
}

func TestDecodePyTorchReadsEveryTypeAndView(t *testing.T) {
	le := binary.LittleEndian
	f := torchFile{
		storages: []stored{
			floatStorage(1, 2, 3, 4, 5, 6),
			{"HalfStorage", 2, []byte{0x00, 0x3e, 0x01, 0x00}},
			{"BFloat16Storage", 2, []byte{0xc0, 0x3f, 0x80, 0xff}},
			{"DoubleStorage", 1, le.AppendUint64(nil, math.Float64bits(-0.1))},
			{"LongStorage", 1, make([]byte, 8)},
		},
		entries: []entry{
			dense("all", 0, 2, 3),
			{"shared", 0, 4, []int{2}, []int{1}},
			{"transposed", 0, 0, []int{3, 2}, []int{1, 3}},
			{"every_second", 0, 1, []int{1, 3}, []int{99, 2}},
			{"repeated", 0, 5, []int{3, 2}, []int{0, 0}},
			dense("half", 1, 2), dense("brain", 2, 2, 1), dense("double", 3), dense("count", 4),
		},
	}
	want := map[string][]float32{
		"all": {1, 2, 3, 4, 5, 6}, "shared": {5, 6}, "transposed": {1, 4, 2, 5, 3, 6}, "every_second": {2, 4, 6},
		"repeated": {6, 6, 6, 6, 6, 6}, "half": {1.5, 5.9604645e-08}, "brain": {1.5, float32(math.Inf(-1))}, "double": {-0.1},
	}
	for _, key := range []string{"", "state_dict", "model", "ema"} {
		f.key = key
		for container, data := range containers(t, f) {
			set, err := decodeTorch(data)
			if err != nil {
				t.Fatalf("%s, under %q: %v", container, key, err)
			}
			if got := set.Names(); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
				t.Errorf("%s: tensors are %v", container, got)
			}
			for name, values := range want {
				if got := set.Tensors[name].Data(); !slices.Equal(got.([]float32), values) {
					t.Errorf("%s: %s is %v, not %v", container, name, got, values)
				}
			}
			if s := set.Tensors["transposed"].Shape(); !slices.Equal(s, []int{3, 2}) {
				t.Errorf("%s: transposed has shape %v", container, s)
			}
		}
	}
}

// TestDecodePyTorchOfPython2 reads a dictionary made of a list of pairs.
func TestDecodePyTorchOfPython2(t *testing.T) {
	var p pickled
	p.ops("\x80\x02ccollections\nOrderedDict\n](](U\x01a", "ctorch._utils\n_rebuild_tensor\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x02",
		"tQK\x00", tuple([]int{2}), tuple([]int{1}), "tRee", byte(0x85), "R.")
	set, err := decodeTorch(archive(t, map[string][]byte{"data.pkl": p.Bytes(), "data/0": floatStorage(1, 2).data}))
	if err != nil || !slices.Equal(set.Tensors["a"].Data().([]float32), []float32{1, 2}) {
		t.Errorf("read as %v, %v", set, err)
	}
}

func TestNamesLoseWhatTrainingLeaves(t *testing.T) {
	rows := map[string]string{
		"module.conv1.weight":                                    "conv1.weight",
		"model.module.fc.bias":                                   "fc.bias",
		"_orig_mod.features.0.weight":                            "features.0.weight",
		"features.module.0.bias":                                 "features.0.bias",
		"fc.module":                                              "fc.module",
		"features.denseblock1.denselayer2.norm.1.weight":         "features.denseblock1.denselayer2.norm1.weight",
		"features.denseblock1.denselayer2.conv.2.weight":         "features.denseblock1.denselayer2.conv2.weight",
		"features.denseblock1.denselayer2.norm1.weight":          "features.denseblock1.denselayer2.norm1.weight",
		"module.features.denseblock1.denselayer12.conv.1.weight": "features.denseblock1.denselayer12.conv1.weight",
	}
	for name, want := range rows {
		set, err := decodeTorch(torchFile{storages: []stored{floatStorage(1)}, entries: []entry{dense(name, 0, 1)}}.zip(t))
		if err != nil || !slices.Equal(set.Names(), []string{want}) {
			t.Errorf("%s became %v, %v", name, set, err)
		}
		set, err = decode(file(`{"`+name+`":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0, 0))
		if err != nil || !slices.Equal(set.Names(), []string{want}) {
			t.Errorf("%s became %v, %v in safetensors", name, set, err)
		}
	}
	set, err := decodeTorch(torchFile{storages: []stored{floatStorage(1, 2)}, entries: []entry{dense("a", 0, 1), dense("module.a", 0, 2)}}.legacy())
	if err != nil || !slices.Equal(set.Names(), []string{"a", "module.a"}) {
		t.Errorf("two of one name became %v, %v", set, err)
	}
}

// TestDecodePyTorchRunsNothing reads pickles that would write a file in Python.
func TestDecodePyTorchRunsNothing(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	for _, call := range []string{"cposix\nsystem\n", "cos\nsystem\n", "c__builtin__\neval\n", "cbuiltins\nexec\n", "csubprocess\ncall\n"} {
		var p pickled
		p.ops(call, text("touch "+mark), byte(0x85), "R.")
		for container, data := range map[string][]byte{
			"zip":    archive(t, map[string][]byte{"net/data.pkl": p.Bytes()}),
			"legacy": slices.Concat(legacyHead, p.Bytes(), []byte("].")),
		} {
			_, err := decodeTorch(data)
			if err == nil || !strings.Contains(err.Error(), "whole program object") {
				t.Errorf("%s with %q: %v", container, call, err)
			}
		}
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a pickle ran a program")
	}
}

func TestDecodePyTorchRefuses(t *testing.T) {
	good := torchFile{storages: []stored{floatStorage(1, 2, 3, 4)}, entries: []entry{dense("a", 0, 4)}}
	pickle := func(ops string) []byte { return archive(t, map[string][]byte{"net/data.pkl": []byte(ops)}) }
	view := func(e entry) []byte { return torchFile{storages: good.storages, entries: []entry{e}}.legacy() }
	whole := bytes.Replace(good.legacy(), []byte("ccollections\nOrderedDict\n)R"), []byte("ctorchvision.models.resnet\nResNet\n)\x81"), 1)
	zipped, legacy := good.zip(t), good.legacy()
	shared := bytes.Replace(zipped, []byte("J\x04\x00\x00\x00"), []byte("J\x04\x00\x00\x7f"), 1)
	rows := []struct {
		name string
		data []byte
		says string
	}{
		{"nothing", nil, "empty"},
		{"text", []byte("hello, world"), "begins with \"hello, world\""},
		{"other bytes", []byte("\x01\x02\x03"), "torch.save"},
		{"end of the zip missing", zipped[:len(zipped)-30], "torch.save"},
		{"changed number in the zip", bytes.Replace(zipped, floatStorage(1, 2).data, floatStorage(1, 3).data, 1), "checksum"},
		{"changed length in the zip", shared, ""},
		{"zip without a pickle", archive(t, map[string][]byte{"a": nil}), "data.pkl"},
		{"program of TorchScript", archive(t, map[string][]byte{"net/data.pkl": []byte("}."), "net/constants.pkl": nil}), "torch.onnx.export"},
		{"program of torch.export", archive(t, map[string][]byte{"net/models/model.json": []byte("{}"), "net/archive_format": []byte("pt2")}), "torch.export.load"},
		{"big-endian zip", archive(t, map[string][]byte{"net/data.pkl": []byte("}."), "net/byteorder": []byte("big")}), "byte order"},
		{"big-endian pickles", bytes.Replace(legacy, []byte("little_endian\x88"), []byte("little_endian\x89"), 1), "byte order"},
		{"storage missing", bytes.Replace(zipped, []byte("net/data/0"), []byte("net/data/1"), 2), "not in the archive"},
		{"end of the legacy file missing", legacy[:len(legacy)-1], "ends within"},
		{"whole network", whole, "torch.save(model.state_dict()"},
		{"one tensor", pickle("N."), "no state dict"},
		{"plain pickle", []byte("\x80\x02}."), "magic number"},
		{"archive of the first PyTorch", append(make([]byte, 257), "ustar"...), "0.1.2"},
		{"offset outside", view(entry{"a", 0, 5, []int{1}, []int{1}}), "5 of 4"},
		{"negative offset", view(entry{"a", 0, -1, []int{1}, []int{1}}), "-1 of 4"},
		{"shape too large", view(entry{"a", 0, 0, []int{5}, []int{1}}), `tensor "a"`},
		{"shape too large from an offset on", view(entry{"a", 0, 1, []int{4}, []int{1}}), `tensor "a"`},
		{"shape that overflows", view(entry{"a", 0, 0, []int{1 << 30, 1 << 30, 1 << 30}, []int{0, 0, 0}}), `tensor "a"`},
		{"endless repetition", view(entry{"a", 0, 0, []int{1 << 30}, []int{0}}), `tensor "a"`},
		{"strides too large", view(entry{"a", 0, 0, []int{2, 2}, []int{3, 1}}), `tensor "a"`},
		{"negative stride", view(entry{"a", 0, 3, []int{2}, []int{-1}}), "strides"},
		{"no elements", view(entry{"a", 0, 0, []int{0}, []int{1}}), `tensor "a"`},
		{"stack empty", pickle("t."), "pickle"},
		{"empty long integer", pickle("\x8a\x00."), "do not fit"},
		{"odd dictionary", pickle("(Nd."), "do not fit"},
		{"text of four gigabytes", pickle("X\xff\xff\xff\xff."), "too long"},
		{"text of too many bytes", pickle("\x8d\xff\xff\xff\xff\xff\xff\xff\x7f."), "too long"},
		{"frame of too many bytes", pickle("\x95\xff\xff\xff\xff\xff\xff\xff\x7f."), "frame"},
		{"frame past the pickle", pickle("\x95\x08\x00\x00\x00\x00\x00\x00\x00}."), "frame"},
		{"million dictionaries", pickle(strings.Repeat("}", 1<<20) + "."), "too many operations"},
		{"unknown operation", pickle("\xff."), "0xff"},
	}
	for _, r := range rows {
		set, err := decodeTorch(r.data)
		if err == nil {
			t.Errorf("%s: read as %v", r.name, set.Names())
		} else if !strings.Contains(err.Error(), r.says) || len(err.Error()) > 500 {
			t.Errorf("%s: %q does not say %q", r.name, err, r.says)
		}
	}
}

// TestDecodePyTorchBoundsCopies refuses many rearranged views of one storage.
func TestDecodePyTorchBoundsCopies(t *testing.T) {
	f := torchFile{storages: []stored{floatStorage(make([]float32, 1<<14)...)}}
	for i := range 20 {
		f.entries = append(f.entries, entry{string(rune('a' + i)), 0, 0, []int{1 << 7, 1 << 7}, []int{1, 1 << 7}})
	}
	for container, data := range containers(t, f) {
		if _, err := decodeTorch(data); err == nil || !strings.Contains(err.Error(), "larger than the file") {
			t.Errorf("%s: %v", container, err)
		}
	}
}

// allocated is how many bytes do allocates.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func FuzzDecodePyTorch(f *testing.F) {
	good := torchFile{
		storages: []stored{floatStorage(1, 2, 3, 4), {"HalfStorage", 2, make([]byte, 4)}},
		entries:  []entry{dense("module.a", 0, 4), {"b", 0, 1, []int{1, 2}, []int{2, 1}}, dense("c", 1, 2)},
	}
	for _, key := range []string{"", "model"} {
		good.key = key
		for _, data := range containers(f, good) {
			f.Add(data, false)
		}
		f.Add(slices.Concat([]byte("\x80\x02"), good.dictionary(false), []byte(".")), true)
	}
	for _, file := range []string{"whole.pth", "program.pth", "hostile.pth"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, false)
	}
	part := slices.Concat([]byte("}("), text("_parameters"), []byte("}"), text("w"), good.dictionary(false), []byte("s"), text("_modules"), []byte("}u"))
	f.Add(slices.Concat([]byte("\x80\x02"), moduleOf("net\nNet", text("0"), slices.Concat([]byte("cnet\nPart\n)\x81"), part, []byte("b"))), []byte(".")), true)
	f.Add([]byte("\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94}\x94."), true)
	f.Fuzz(func(t *testing.T, data []byte, pickle bool) {
		if pickle {
			data = archive(t, map[string][]byte{"data.pkl": data, "data/0": good.storages[0].data, "data/1": good.storages[1].data})
		}
		var set *weights.Set
		// The pickles' own share of the bound: 512 bytes for each of theirs.
		bound := uint64(512*len(data) + 1<<19)
		if n := allocated(func() { set, _ = decodeTorch(data) }); n > bound {
			t.Errorf("%d bytes were allocated for a file of %d", n, len(data))
		}
		if set == nil {
			return
		}
		for name, d := range set.Tensors {
			if n := d.Shape().TotalSize(); n != len(d.Data().([]float32)) || n > 2*len(data) {
				t.Errorf("%s: %d numbers from a file of %d bytes", name, n, len(data))
			}
		}
	})
}
