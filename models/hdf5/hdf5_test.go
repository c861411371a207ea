package hdf5_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/models/hdf5"
)

// files are where Keras' files for tests are.
const files = "../keras/testdata"

func load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(files, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func open(t testing.TB, data []byte) *hdf5.Group {
	t.Helper()
	f, err := hdf5.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f.Root()
}

// TestWholeModel reads groups, attributes and numbers of a model that tf_keras
// wrote. The kernel is np.random.RandomState(1).standard_normal() * sqrt(2/27).
func TestWholeModel(t *testing.T) {
	root := open(t, load(t, "seq_k2_h5.h5"))
	if want := []string{"model_weights", "optimizer_weights"}; !slices.Equal(root.Names(), want) {
		t.Errorf("the root has %v, not %v", root.Names(), want)
	}
	version, err := root.Text("keras_version")
	if err != nil || version[:2] != "2." {
		t.Errorf("version %q, error %v", version, err)
	}
	config, err := root.Text("model_config")
	if err != nil || !json.Valid([]byte(config)) {
		t.Errorf("the configuration is no JSON: %.60q, error %v", config, err)
	}
	weights, err := root.Group("model_weights")
	if err != nil {
		t.Fatal(err)
	}
	layer, err := weights.Group("conv_a")
	if err != nil {
		t.Fatal(err)
	}
	names, ok, err := layer.Attribute("weight_names")
	if want := []string{"conv_a/kernel:0", "conv_a/bias:0"}; !ok || err != nil || !slices.Equal(names.Texts, want) {
		t.Errorf("weight_names %v, %v, not %v", names.Texts, err, want)
	}
	inner, err := layer.Group("conv_a")
	if err != nil {
		t.Fatal(err)
	}
	kernel, err := inner.Dataset("kernel:0")
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{3, 3, 3, 8}; !slices.Equal(kernel.Shape(), want) || kernel.Class() != hdf5.Float {
		t.Errorf("shape %v of %v, not %v", kernel.Shape(), kernel.Class(), want)
	}
	values, err := kernel.Floats()
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range []float64{1.62434536, -0.61175641, -0.52817175, -1.07296862, 0.86540763} {
		if want := v * math.Sqrt(2./27); math.Abs(float64(values[i])-want) > 1e-7 {
			t.Errorf("number %d is %g, not %g", i, values[i], want)
		}
	}
	// A list of no names is an empty attribute of numbers.
	pool, err := weights.Group("pool_a")
	if err != nil {
		t.Fatal(err)
	}
	if empty, ok, err := pool.Attribute("weight_names"); !ok || err != nil || len(empty.Texts) != 0 || empty.Class != hdf5.Float {
		t.Errorf("the empty list is %+v, %v, %v", empty, ok, err)
	}
	if _, err := weights.Group("conv_z"); !errors.Is(err, hdf5.ErrMissing) {
		t.Errorf("a name that is not there: %v", err)
	}
}

// values are those of testdata/make_types.py.
var values = []float32{0, -1.5, 2, 0.25, 65504, -0.0078125}

func openFile(t *testing.T, name string) (*hdf5.Group, error) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := hdf5.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return f.Root(), nil
}

// TestTypes reads numbers of all sizes and orders, and texts of all kinds, that
// h5py wrote.
func TestTypes(t *testing.T) {
	root, err := openFile(t, "types.h5")
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name  string
		class hdf5.Class
		shape []int
		want  []float32
		fails bool
	}{
		{"little-f2", hdf5.Float, []int{2, 3}, values, false},
		{"big-f2", hdf5.Float, []int{2, 3}, values, false},
		{"little-f4", hdf5.Float, []int{2, 3}, values, false},
		{"big-f4", hdf5.Float, []int{2, 3}, values, false},
		{"little-f8", hdf5.Float, []int{2, 3}, values, false},
		{"big-f8", hdf5.Float, []int{2, 3}, values, false},
		{"compact", hdf5.Float, []int{2, 3}, values, false},
		{"single", hdf5.Float, nil, []float32{3.5}, false},
		{"empty", hdf5.Float, []int{0, 4}, nil, false},
		{"whole", hdf5.Integer, []int{3}, nil, true},
		{"flag", hdf5.Integer, []int{2}, nil, true},
		{"opaque", hdf5.Opaque, []int{4}, nil, true},
		{"unwritten", hdf5.Float, []int{5}, nil, true},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			d, err := root.Dataset(r.name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := d.Floats()
			if d.Class() != r.class || !slices.Equal(d.Shape(), r.shape) || !slices.Equal(got, r.want) || (err != nil) != r.fails {
				t.Errorf("%v of %v: %v, error %v", d.Shape(), d.Class(), got, err)
			}
			for first := range r.want {
				part := make([]float32, len(r.want)-first)
				if err := d.ReadFloats(part, first); err != nil || !slices.Equal(part, r.want[first:]) {
					t.Errorf("from %d on: %v, error %v", first, part, err)
				}
				if d.ReadFloats(part, first+1) == nil || d.ReadFloats(part, -1) == nil {
					t.Errorf("%d numbers are read outside of the %d there are", len(part), len(r.want))
				}
			}
			if r.fails && d.ReadFloats(make([]float32, 1), 0) == nil {
				t.Error("a number is read")
			}
		})
	}
	for name, want := range map[string][]string{
		"fixed": {"one", "", "three"}, "varying": {"a", "", strings.Repeat("the third ", 50)}, "text": {"one text, and an ä"}, "number": nil,
	} {
		if got, ok, err := root.Attribute(name); !ok || err != nil || !slices.Equal(got.Texts, want) {
			t.Errorf("attribute %s is %q, %v, not %q", name, got.Texts, err, want)
		}
	}
	group, err := root.Group("group")
	if err != nil {
		t.Fatal(err)
	}
	if names := group.Names(); len(names) != 40 || names[0] != "00" || names[39] != "39" || group.Path() != "/group" {
		t.Errorf("the group %s has %v", group.Path(), names)
	}
}

// TestUserBlock finds a file's beginning behind 512 bytes of something else.
func TestUserBlock(t *testing.T) {
	root, err := openFile(t, "userblock.h5")
	if err != nil {
		t.Fatal(err)
	}
	d, err := root.Dataset("x")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.Floats(); err != nil || !slices.Equal(got, values) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestCutOff wants an error, and no more, wherever a file ends too soon.
func TestCutOff(t *testing.T) {
	data := load(t, "adapted_k2_h5.h5")
	for n := 0; n < len(data); n += 97 {
		if walk(data[:n]) == nil {
			t.Errorf("the first %d of %d bytes were read without an error", n, len(data))
		}
	}
	if err := walk(data); err != nil {
		t.Error(err)
	}
}

// TestUnsupported wants what is not read named, and the way out.
func TestUnsupported(t *testing.T) {
	for name, feature := range map[string]string{
		"latest.h5":     `superblock version 3 (the option libver="latest" of h5py)`,
		"ordered.h5":    `object headers of version 2 (libver="latest" or track_order of h5py)`,
		"compressed.h5": "filters, such as compression,",
		"chunked.h5":    "datasets in chunks",
		"soft.h5":       `a soft link, "x"`,
		"outside.h5":    `link messages (links to other files, track_order or libver="latest" of h5py)`,
	} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			err = walk(data)
			var unsupported *hdf5.UnsupportedError
			if !errors.As(err, &unsupported) || unsupported.Feature != feature || !strings.Contains(err.Error(), "h5repack") {
				t.Errorf("%v", err)
			}
		})
	}
}

// walk reads all that is in a file.
func walk(data []byte) error {
	f, err := hdf5.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	var visit func(g *hdf5.Group) error
	visit = func(g *hdf5.Group) error {
		for _, name := range []string{"model_config", "weight_names", "layer_names", "name"} {
			if _, _, err := g.Attribute(name); err != nil {
				return err
			}
		}
		for _, name := range g.Names() {
			o, err := g.Open(name)
			if err != nil {
				return err
			}
			if o.Group != nil {
				if err := visit(o.Group); err != nil {
					return err
				}
				continue
			}
			if o.Dataset.Class() == hdf5.Float {
				if _, err := o.Dataset.Floats(); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return visit(f.Root())
}

// FuzzWalk reads damaged files: whatever they say, reading ends without a panic.
func FuzzWalk(f *testing.F) {
	for _, name := range []string{"adapted_k2_h5.h5", "first_k2_h5.h5"} {
		f.Add(load(f, name))
	}
	f.Add([]byte("\x89HDF\r\n\x1a\n"))
	f.Fuzz(func(_ *testing.T, data []byte) { _ = walk(data) })
}
