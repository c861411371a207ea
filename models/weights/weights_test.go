package weights_test

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"gaze/models"
	"gaze/models/weights"
)

func decode(data []byte) (*weights.Set, error) {
	return weights.DecodeSafetensors(bytes.NewReader(data), int64(len(data)))
}

// file makes a safetensors file of a header and data.
func file(header string, data ...byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

func TestDecodeSafetensorsOfEveryPrecision(t *testing.T) {
	view := func(dt safetensors.DType, data []byte, shape ...uint64) safetensors.TensorView {
		v, err := safetensors.NewTensorView(dt, shape, data)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	le := binary.LittleEndian
	f64 := le.AppendUint64(le.AppendUint64(nil, math.Float64bits(1.5)), math.Float64bits(-0.1))
	f32 := le.AppendUint32(le.AppendUint32(nil, math.Float32bits(1.5)), math.Float32bits(-0.1))
	data, err := safetensors.Serialize(map[string]safetensors.TensorView{
		"double": view(safetensors.F64, f64, 2),
		"single": view(safetensors.F32, f32, 1, 2),
		"half":   view(safetensors.F16, []byte{0x00, 0x3e, 0x01, 0x00}, 2, 1), // 1.5 and the smallest subnormal
		"brain":  view(safetensors.BF16, []byte{0xc0, 0x3f, 0x80, 0xff}, 2),   // 1.5 and -Inf
		"count":  view(safetensors.I64, make([]byte, 8), 1),
	}, map[string]string{"format": "pt"})
	if err != nil {
		t.Fatal(err)
	}
	set, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]float32{
		"double": {1.5, -0.1}, "single": {1.5, -0.1}, "half": {1.5, 5.9604645e-08},
		"brain": {1.5, float32(math.Inf(-1))},
	}
	if got := set.Names(); !slices.Equal(got, []string{"brain", "double", "half", "single"}) {
		t.Errorf("tensors are %v", got)
	}
	for name, values := range want {
		if got := set.Tensors[name].Data(); !slices.Equal(got.([]float32), values) {
			t.Errorf("%s is %v, not %v", name, got, values)
		}
	}
	if set.Metadata["format"] != "pt" {
		t.Errorf("metadata is %v", set.Metadata)
	}
}

func TestDecodeSafetensorsScalar(t *testing.T) {
	set, err := decode(file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 0, 0, 0xc0, 0x3f))
	if err != nil {
		t.Fatal(err)
	}
	if d := set.Tensors["a"]; d.Shape().TotalSize() != 1 || d.Data().([]float32)[0] != 1.5 {
		t.Errorf("a scalar was read as %v", d)
	}
}

func TestDecodeSafetensorsRefuses(t *testing.T) {
	rows := map[string][]byte{
		"empty":                   {},
		"header cut off":          file(`{"a":`)[:10],
		"header larger than file": binary.LittleEndian.AppendUint64(nil, 1<<40),
		"not JSON":                file(`xyz`),
		"data cut off":            file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 0, 0, 0, 0),
		"shape larger than data":  file(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, make([]byte, 8)...),
		"shape that overflows":    file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}`, make([]byte, 8)...),
		"offsets backwards":       file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, make([]byte, 4)...),
		"no tensors":              file(`{}`),
		"integers only":           file(`{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`, make([]byte, 8)...),
		"empty tensor":            file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`),
	}
	for name, data := range rows {
		if set, err := decode(data); err == nil {
			t.Errorf("%s: read as %v", name, set.Names())
		}
	}
}

func FuzzDecodeSafetensors(f *testing.F) {
	f.Add(file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, make([]byte, 8)...))
	f.Add(file(`{"__metadata__":{"x":"y"},"a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}}`, make([]byte, 4)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		var set *weights.Set
		var err error
		if n := allocated(func() { set, err = decode(data) }); n > uint64(130*len(data)+1<<16) {
			t.Errorf("%d bytes were allocated for a file of %d", n, len(data))
		}
		if err != nil {
			return
		}
		for name, d := range set.Tensors {
			if n := d.Shape().TotalSize(); n != len(d.Data().([]float32)) || 2*n > len(data) {
				t.Errorf("%s: %d numbers from a file of %d bytes", name, n, len(data))
			}
		}
	})
}

func TestReadNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.safetensors")
	if err := os.WriteFile(broken, []byte("garbage!!"), 0o600); err != nil {
		t.Fatal(err)
	}
	onnx, text := filepath.Join(dir, "model.onnx"), filepath.Join(dir, "notes.txt")
	for _, path := range []string{onnx, text} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{broken, filepath.Join(dir, "none.safetensors"), onnx, text, dir} {
		if _, err := weights.Read(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestFormula checks the formula's streams against values published with it.
func TestFormula(t *testing.T) {
	rows := []struct {
		name  string
		shape []int
		first [4]uint32
		last  uint32
		hash  uint64
	}{
		{"input", []int{1, 3, 224, 224}, [4]uint32{0xbffa3d08, 0xbfcdeac2, 0x3f1c045c, 0xbf97be90}, 0x3d75e4c0, 0xc431a24dcebb25fd},
		{"features.0.weight", []int{64, 3, 11, 11}, [4]uint32{0xbb9a07be, 0x3dbb57ad, 0x3bdec71e, 0x3d12d013}, 0x3d50e4f9, 0x8fd122f4ff720d43},
		{"fc.bias", []int{1000}, [4]uint32{0x3d8be38b, 0xbb9276e7, 0xbb7c8d67, 0xbd342c20}, 0x3be46500, 0xf37ffae41c10ce49},
		{"bn1.weight", []int{64}, [4]uint32{0x3f5e8a36, 0x3f71af55, 0x3f909c18, 0x3f838adc}, 0x3f761921, 0x612367b3a13d7105},
		{"bn1.running_mean", []int{64}, [4]uint32{0x3d9e067a, 0x3d400fb7, 0x3ca4da87, 0x3c09f1e7}, 0xbaea3c00, 0xa8b7d158c4746d7a},
		{"bn1.running_var", []int{64}, [4]uint32{0x3fa42e57, 0x3fa91b91, 0x3fb25a2b, 0x3fbe213e}, 0x3f8929da, 0x253febe63fed616e},
		{"features.1.0.layer_scale", []int{96, 1, 1}, [4]uint32{0x3dfd17c4, 0x3e29e4ba, 0x3e1327f1, 0x3e3eab17}, 0x3dfc2a58, 0x8ab0492eff50f960},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			v := weights.FormulaTensor(r.name, r.shape...).Data().([]float32)
			for i, bits := range r.first {
				if math.Float32bits(v[i]) != bits {
					t.Errorf("element %d is %v, not %v", i, v[i], math.Float32frombits(bits))
				}
			}
			if last := v[len(v)-1]; math.Float32bits(last) != r.last {
				t.Errorf("the last element is %v, not %v", last, math.Float32frombits(r.last))
			}
			h := fnv.New64a()
			for _, x := range v {
				h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)))
			}
			if h.Sum64() != r.hash {
				t.Errorf("all bytes hash to %x, not %x", h.Sum64(), r.hash)
			}
		})
	}
}

func TestSidecar(t *testing.T) {
	full := `{"architecture":"resnet18","input":{"size":[100,120],"layout":"NCHW","resize":130,"crop":"center","interpolation":"bicubic","channels":"bgr","scale":1,
		"mean":[1,2,3],"std":4},"activation":"sigmoid","threshold":0.3,"unit":"years","positive":"cat","layer":"layer3","labels":"names.txt",
		"source":"a shop","notes":["one","two"],"_mine":1,"$schema":"x","about":{"x":1}}`
	s, err := weights.DecodeSidecar([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	want := weights.Sidecar{
		Architecture: "resnet18", Labels: "names.txt", Positive: "cat", Layer: "layer3", Source: "a shop", Notes: []string{"one", "two"}, Unknown: []string{"about"},
		Output: models.Output{Activation: models.ActivationSigmoid, Threshold: 0.3, Unit: "years"},
		Input: models.Preprocessing{
			Height: 100, Width: 120, Resize: 130, Fit: models.FitCrop, Filter: models.FilterBicubic, Channels: models.BGR, Scale: 1, Mean: []float32{1, 2, 3}, Std: []float32{4},
		},
	}
	if !reflect.DeepEqual(*s, want) {
		t.Errorf("read as %+v", s)
	}
	for _, r := range []struct {
		text string
		want weights.Sidecar
	}{
		{`{}`, weights.Sidecar{}},
		{`{"input":{}}`, weights.Sidecar{}},
		{`{"labels":["cat","dog"]}`, weights.Sidecar{Names: []string{"cat", "dog"}}},
		{`{"input":{"size":96}}`, weights.Sidecar{Input: models.Preprocessing{Height: 96, Width: 96}}},
		{`{"input":{"mean":0.5}}`, weights.Sidecar{Input: models.Preprocessing{Mean: []float32{0.5}}}},
		{`{"input":{"stack":"*_{a,b}.png"}}`, weights.Sidecar{Input: models.Preprocessing{Stack: "*_{a,b}.png"}}},
		{`{"activation":"none","unit":"years"}`, weights.Sidecar{Output: models.Output{Activation: models.ActivationNone, Unit: "years"}}},
	} {
		if s, err := weights.DecodeSidecar([]byte(r.text)); err != nil || !reflect.DeepEqual(*s, r.want) {
			t.Errorf("%s was read as %+v, %v", r.text, s, err)
		}
	}
	for _, r := range []struct{ bad, says string }{
		{``, "is not valid"},
		{`[]`, "an object is expected, not a JSON array"},
		{`{"input":3}`, "an object is expected, not a JSON number"},
		{`{"input":{"size":0}}`, "input size 0x0"},
		{`{"input":{"size":5000}}`, "input size 5000x5000"},
		{`{"input":{"size":"big"}}`, "input.size is neither"},
		{`{"input":{"size":[224]}}`, "input.size is neither"},
		{`{"input":{"size":[224,224,3]}}`, "input.size is neither"},
		{`{"input":{"size":1e9}}`, "input.size is neither"},
		{`{"input":{"size":224,"resize":100}}`, "short side 100"},
		{`{"input":{"resize":0}}`, "input.resize 0"},
		{`{"input":{"size":224,"resize":"256"}}`, "input.resize has to be a whole number, not a JSON string"},
		{`{"input":{"channels":"HSV"}}`, `"HSV"`},
		{`{"input":{"channels":"RGB","stack":"*_{a,b}.png"}}`, "both channels and a stack"},
		{`{"input":{"stack":"*.png"}}`, "list of channels in braces"},
		{`{"input":{"crop":"left"}}`, `"left"`},
		{`{"input":{"interpolation":"lanczos"}}`, `"lanczos"`},
		{`{"input":{"means":[0,0,0]}}`, `"means" is no key: is it "mean"?`},
		{`{"input":{"quality":3}}`, `"quality" is no key of input`},
		{`{"input":{"labels":["a"]}}`, `the place of "labels" is beside "input", not inside`},
		{`{"mean":[0,0,0]}`, `the place of "mean" is inside "input"`},
		{`{"chanels":"BGR"}`, `"chanels" is no key: is it "channels", whose place is inside "input"?`},
		{`{"class_names":["a"]}`, `"class_names" is no key: is it "labels"?`},
		{`{"Input":{"size":3}}`, `"Input" is no key: is it "input"?`},
		{`{"input":{"mean":[0.5,0.5],"std":[1,1,1]}}`, "the mean has 2 numbers for 3 channels"},
		{`{"input":{"channels":"RGB","mean":[0.5,0.5]}}`, "the mean has 2 numbers for 3 channels (RGB)"},
		{`{"input":{"mean":[]}}`, "a number or a list of numbers"},
		{`{"input":{"std":["a"]}}`, "input.std"},
		{`{"input":{"std":[1,1,0]}}`, "std of channel 2 is 0"},
		{`{"input":{"std":[1,1e-20,1]}}`, "std of channel 1 is 1e-20"},
		{`{"input":{"scale":0}}`, "scale 0"},
		{`{"input":{"scale":-1}}`, "scale -1"},
		{`{"activation":"relu"}`, `activation "relu"`},
		{`{"threshold":0}`, "threshold 0 is not"},
		{`{"threshold":1}`, "threshold 1 is not"},
		{`{"notes":[1]}`, "source and notes"},
		{`{"labels":7}`, "labels are a list of names"},
	} {
		if s, err := weights.DecodeSidecar([]byte(r.bad)); err == nil || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s was read as %+v, %v; the error should say %q", r.bad, s, err, r.says)
		}
	}
}

func TestFindSidecar(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "net.safetensors")
	if s, err := weights.FindSidecar(path); s != nil || err != nil {
		t.Errorf("without one: %v, %v", s, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "net.json"), []byte(`{"input":{"size":96}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := weights.FindSidecar(path); err != nil || s.Input.Height != 96 {
		t.Errorf("with one: %+v, %v", s, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "net.json"), []byte(`{`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := weights.FindSidecar(path); err == nil || !strings.Contains(err.Error(), "net.json") {
		t.Errorf("with a broken one: %v", err)
	}
}

func FuzzDecodeSidecar(f *testing.F) {
	f.Add([]byte(`{"input":{"size":224}}`))
	f.Add([]byte(`{"input":{"stack":"*_B{02,03}.tif","mean":1},"activation":"none","threshold":0.5,"labels":["a","b"],"means":3}`))
	f.Add([]byte(`{"input":{"size":[2,3],"resize":5,"crop":"none","channels":"BGR","mean":[0,0,0],"std":[1,1,1]},"labels":"x","notes":"y"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s *weights.Sidecar
		var err error
		if n := allocated(func() { s, err = weights.DecodeSidecar(data) }); n > uint64(256*len(data)+1<<17) {
			t.Errorf("%d bytes were allocated for a sidecar of %d", n, len(data))
		}
		if err == nil {
			if err := s.Input.Validate(); err != nil {
				t.Errorf("read an input that cannot be used: %v", err)
			}
		}
	})
}
