package weights_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gaze/models/weights"
)

// TestContentsOfAWholeNetwork reads what PyTorch pickled: a network with its
// modules, in a checkpoint.
func TestContentsOfAWholeNetwork(t *testing.T) {
	for _, file := range []string{"whole.pth", "whole-legacy.pth"} {
		c, err := weights.Inspect(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		if c.Kind != weights.WholeNetwork || c.Class != "torch.nn.modules.container.Sequential" || c.Under != "net" || c.Format != "PyTorch" {
			t.Errorf("%s is a %s of class %q under %q in a file of %s", file, c.Kind, c.Class, c.Under, c.Format)
		}
		if want := []string{"args", "arch", "class_to_idx", "ema_state_dict", "epoch", "net", "optimizer"}; !slices.Equal(c.Keys, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s has the keys %v", file, c.Keys)
		}
		want := []weights.Param{
			{"conv.weight", []int{2, 1, 3, 1}},
			{"bn.weight", []int{2}},
			{"bn.bias", []int{2}},
			{"bn.running_mean", []int{2}},
			{"bn.running_var", []int{2}},
			{"head.2.weight", []int{3, 2}},
			{"head.2.bias", []int{3}},
		}
		if !reflect.DeepEqual(c.Params, want) || !c.Ordered || c.Numbers() != 6+8+6+3 {
			t.Errorf("%s has the parameters %v, %d numbers", file, c.Params, c.Numbers())
		}
		var modules []string
		for _, m := range c.Modules {
			modules = append(modules, m.Name+":"+m.Class[strings.LastIndexByte(m.Class, '.')+1:])
		}
		if want := []string{":Sequential", "conv:Conv2d", "bn:BatchNorm2d", "act:LeakyReLU", "head:Sequential", "head.0:Flatten", "head.1:Dropout", "head.2:Linear", "head.3:LogSoftmax"}; !slices.Equal(modules, want) {
			t.Errorf("%s has the modules %v", file, modules)
		}
		for _, o := range []struct {
			module int
			key    string
			want   []float64
		}{{1, "kernel_size", []float64{3, 1}}, {1, "stride", []float64{2, 2}}, {1, "padding", []float64{1, 0}}, {2, "eps", []float64{1e-3}}, {3, "negative_slope", []float64{0.25}}} {
			if got := c.Modules[o.module].Options[o.key]; !slices.Equal(got, o.want) {
				t.Errorf("%s: %s of %s is %v, not %v", file, o.key, c.Modules[o.module].Name, got, o.want)
			}
		}
		if !slices.Equal(c.Labels, []string{"ant", "bee", "cup"}) {
			t.Errorf("%s has the labels %q", file, c.Labels)
		}
		if in := (weights.Preprocessing{Size: 64, Mean: []float32{0.25}, Std: []float32{0.5}}); !reflect.DeepEqual(c.Input, in) {
			t.Errorf("%s says %+v of the pictures", file, c.Input)
		}
		if !slices.Equal(c.Copies, []string{"ema_state_dict"}) || c.Architecture != "own" {
			t.Errorf("%s has the copies %v and the architecture %q", file, c.Copies, c.Architecture)
		}
	}
}

// moduleOf writes a module with parts, each written already.
func moduleOf(class string, parts ...any) []byte {
	var p pickled
	p.ops("c", class, "\n)", byte(0x81), "}(", text("_parameters"), "}", text("_buffers"), "}", text("_modules"), "}(")
	p.ops(parts...)
	p.ops("uub")
	return p.Bytes()
}

// TestHostileWholeNetworks refuses modules without end, and runs nothing.
func TestHostileWholeNetworks(t *testing.T) {
	pickle := func(ops []byte) []byte {
		return archive(t, map[string][]byte{"net/data.pkl": slices.Concat([]byte("\x80\x02"), ops, []byte("."))})
	}
	const class = "torch.nn.modules.container\nSequential"
	deep := moduleOf(class)
	for range 200 {
		deep = moduleOf(class, text("0"), deep)
	}
	// Each level holds the one below sixteen times, by reference.
	laughs := slices.Concat(moduleOf(class), []byte("q\x00"))
	for level := range 20 {
		parts := []any{text("0"), laughs}
		for i := range 15 {
			parts = append(parts, text(strconv.Itoa(i+1)), "h", byte(level))
		}
		laughs = slices.Concat(moduleOf(class, parts...), []byte{'q', byte(level + 1)})
	}
	var circle pickled
	circle.ops("c", class, "\n)", byte(0x81), "q\x00}(", text("_parameters"), "}", text("_modules"), "}", text("a"), "h\x00sub")
	var dicts pickled
	dicts.ops("}q\x00")
	for level := range 6 {
		dicts.ops("0}q", byte(level+1), "(")
		for i := range 200 {
			dicts.ops(text(strconv.Itoa(i)), "h", byte(level))
		}
		dicts.ops("u")
	}
	var self pickled
	self.ops("}q\x00", text("model"), "h\x00s")
	rows := []struct {
		name string
		data []byte
		says string
	}{
		{"modules in modules", pickle(deep), "deeper"},
		{"a module in itself", pickle(circle.Bytes()), "deeper"},
		{"modules that are many times there", pickle(laughs), "more modules"},
		{"dictionaries that are many times there", pickle(dicts.Bytes()), "more modules"},
		{"a dictionary in itself", pickle(self.Bytes()), "no state dict"},
		{"a module of os", pickle(moduleOf("os\nsystem")), "whole program object (os.system)"},
		{"a call of eval in a module's place", pickle(moduleOf(class, text("0"), "c__builtin__\neval\n", text("1/0"), byte(0x85), "R")), "no parameters"},
	}
	for _, r := range rows {
		var err error
		n := allocated(func() { _, err = decodeTorch(r.data) })
		var kind *weights.KindError
		if err == nil || !strings.Contains(err.Error(), r.says) && !(errors.As(err, &kind) && strings.Contains(err.Error(), r.says)) {
			t.Errorf("%s: %v does not say %q", r.name, err, r.says)
		}
		if bound := uint64(512*len(r.data) + 1<<21); n > bound {
			t.Errorf("%s: %d bytes were allocated for a file of %d", r.name, n, len(r.data))
		}
	}
}

// TestClassesMadeWhileLoading reads an object of a class that cloudpickle makes
// with a function.
func TestClassesMadeWhileLoading(t *testing.T) {
	var p pickled
	p.ops("\x80\x02ccloudpickle.cloudpickle\n_make_skeleton_class\n(cbuiltins\ntype\n", text("MyNet"), "tR)", byte(0x81), "}", text("x"), "K\x01sb.")
	_, err := decodeTorch(archive(t, map[string][]byte{"net/data.pkl": p.Bytes()}))
	var kind *weights.KindError
	if !errors.As(err, &kind) || kind.Class != "MyNet" || strings.Contains(err.Error(), "weights.") {
		t.Errorf("read with %v", err)
	}
}

// TestOpenReadsNoNumbers opens a file whose numbers are not there.
func TestOpenReadsNoNumbers(t *testing.T) {
	f := torchFile{storages: []stored{floatStorage(1, 2)}, entries: []entry{dense("module.b", 0, 2), dense("module.a", 0, 1)}}
	data := bytes.ReplaceAll(f.zip(t), []byte("net/data/0"), []byte("net/data/x"))
	path := filepath.Join(t.TempDir(), "checkpoint.pth.tar")
	write(t, path, data)
	file, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// The order is the file's, the prefix is gone.
	if want := []weights.Param{{"b", []int{2}}, {"a", []int{1}}}; !reflect.DeepEqual(file.Params, want) {
		t.Errorf("it has %v", file.Params)
	}
	if _, err := file.Load(); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "not in the archive") {
		t.Errorf("read with %v", err)
	}
}

// TestLoadReadsWhatIsNamed reads one of two parameters.
func TestLoadReadsWhatIsNamed(t *testing.T) {
	f := torchFile{storages: []stored{floatStorage(1, 2), floatStorage(3)}, entries: []entry{dense("a", 0, 2), dense("b", 1, 1)}}
	for container, data := range containers(t, f) {
		path := filepath.Join(t.TempDir(), "odd.name")
		write(t, path, data)
		file, err := weights.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		set, err := file.Load("b")
		if err != nil || !slices.Equal(set.Names(), []string{"b"}) || set.Tensors["b"].Data().([]float32)[0] != 3 {
			t.Errorf("%s: read as %v, %v", container, set, err)
		}
		if _, err := file.Load("c"); err == nil || !strings.Contains(err.Error(), "c is missing") {
			t.Errorf("%s: what is not there was read with %v", container, err)
		}
	}
}

func TestInspectTellsWhatCannotBeRead(t *testing.T) {
	for name, r := range map[string]struct {
		files map[string][]byte
		kind  weights.Kind
	}{
		"script.pt": {map[string][]byte{"net/data.pkl": []byte("}."), "net/constants.pkl": nil}, weights.TorchScript},
		"net.pt2":   {map[string][]byte{"serialized_exported_program.json": []byte("{}")}, weights.Exported},
		"list.pth":  {map[string][]byte{"net/data.pkl": []byte("].")}, weights.OtherObject},
	} {
		path := filepath.Join(t.TempDir(), name)
		write(t, path, archive(t, r.files))
		c, err := weights.Inspect(path)
		if err != nil || c.Kind != r.kind {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		var kind *weights.KindError
		if _, err := weights.Open(path); !errors.As(err, &kind) || kind.Kind != r.kind || !strings.Contains(err.Error(), path) {
			t.Errorf("%s was opened with %v", name, err)
		}
	}
}

// TestLabelsOfCheckpoints reads the forms in which programs keep the names of
// classes.
func TestLabelsOfCheckpoints(t *testing.T) {
	state := torchFile{storages: []stored{floatStorage(1)}, entries: []entry{dense("a", 0, 1)}}
	pair := slices.Concat(text("ant"), text("bee"))
	indexed := func(ops ...any) []byte {
		var p pickled
		p.ops("}(")
		p.ops(ops...)
		p.ops("u")
		return p.Bytes()
	}
	for name, value := range map[string][]byte{
		"classes":      slices.Concat([]byte("]("), pair, []byte("e")),
		"CLASSES":      slices.Concat([]byte("("), pair, []byte("t")),
		"class_to_idx": indexed(text("bee"), integer(1), text("ant"), integer(0)),
		"idx_to_class": indexed(integer(1), text("bee"), integer(0), text("ant")),
		"id2label":     indexed(text("0"), text("ant"), text("1"), text("bee")),
	} {
		for _, below := range []string{"", "hyper_parameters", "meta"} {
			var p pickled
			p.ops("\x80\x02}(", text("state_dict"), state.dictionary(false))
			if below != "" {
				p.ops(text(below), "}")
			}
			p.ops(text(name), value)
			if below != "" {
				p.ops("s")
			}
			p.ops("u.")
			set, err := decodeTorch(archive(t, map[string][]byte{"net/data.pkl": p.Bytes(), "net/data/0": state.storages[0].data}))
			if err != nil {
				t.Fatal(err)
			}
			if got := set.Contents().Labels; !slices.Equal(got, []string{"ant", "bee"}) {
				t.Errorf("%s under %q: %q", name, below, got)
			}
		}
	}
	// Indices with a gap name nothing.
	odd := slices.Concat([]byte("\x80\x02}("), text("state_dict"), state.dictionary(false), text("id2label"), indexed(integer(0), text("ant"), integer(2), text("bee")), []byte("u."))
	set, err := decodeTorch(archive(t, map[string][]byte{"net/data.pkl": odd, "net/data/0": state.storages[0].data}))
	if err != nil || set.Contents().Labels != nil {
		t.Errorf("indices with a gap: %v, %v", set.Contents().Labels, err)
	}
}

// TestDictionariesSideBySide joins state dicts that a program saved apart.
func TestDictionariesSideBySide(t *testing.T) {
	state := torchFile{storages: []stored{floatStorage(1)}, entries: []entry{dense("w", 0, 1)}}
	data := slices.Concat([]byte("\x80\x02}("), text("body"), state.dictionary(false), text("optimizer"), state.dictionary(false), text("head"), state.dictionary(false), []byte("u."))
	set, err := decodeTorch(archive(t, map[string][]byte{"net/data.pkl": data, "net/data/0": state.storages[0].data}))
	if err != nil || !slices.Equal(set.Names(), []string{"body.w", "head.w"}) {
		t.Errorf("read as %v, %v", set, err)
	}
}
