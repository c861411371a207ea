package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"
	"github.com/sbinet/npyio"
	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/output"
	"gaze/compute/picture"
	"gaze/compute/race"
	"gaze/models"
	"gaze/models/store"
)

// answer is an element of explain's array: a result or a failure.
type answer struct {
	result
	Error string `json:"error"`
}

func TestExplainPrintsItsContract(t *testing.T) {
	dir := t.TempDir()
	photo := draw(t, filepath.Join(dir, "a.png"), 200, 150)
	o := gazectl(t, "explain", "--model", "builtin", "--layer", "layer4", "--layer", "layer3", photo, "--json")
	if o.status != 0 {
		t.Fatalf("status %d: %s", o.status, o.stderr)
	}
	for _, r := range parse[map[string]any](t, o) {
		for name, c := range map[string]struct {
			object any
			keys   []string
		}{
			"result":  {r, []string{"class", "device", "guesses", "layer", "map", "method", "model", "notices", "output", "path", "seconds", "target", "top", "warnings"}},
			"target":  {r["target"], []string{"kind", "name"}},
			"class":   {r["class"], []string{"index", "label", "logit", "probability", "said"}},
			"map":     {r["map"], []string{"height", "max", "min", "sum", "values", "width"}},
			"seconds": {r["seconds"], []string{"decode", "network", "total"}},
		} {
			if got := keys(c.object.(map[string]any)); !slices.Equal(got, c.keys) {
				t.Errorf("keys of %s are %v, want %v", name, got, c.keys)
			}
		}
	}
	list := parse[answer](t, o)
	if len(list) != 2 || list[0].Layer != "layer4" || list[1].Layer != "layer3" {
		t.Fatalf("not one result a layer in the order asked for: %+v", list)
	}
	for _, r := range list {
		if r.Path != photo || r.Model != "everyday" || r.Method != "gradcam" || r.Device != "cpu" {
			t.Errorf("path %q, model %q, method %q, device %q", r.Path, r.Model, r.Method, r.Device)
		}
		if len(r.Top) != 5 || r.Class != r.Top[0] {
			t.Errorf("class %v is not the best of %v", r.Class, r.Top)
		}
		for i := 1; i < len(r.Top); i++ {
			if r.Top[i].Logit > r.Top[i-1].Logit || r.Top[i].Probability > r.Top[i-1].Probability {
				t.Errorf("not best first: %v", r.Top)
			}
		}
		if r.Map.Height != 11 || r.Map.Width != 11 || len(r.Map.Values) != 121 {
			t.Errorf("map %dx%d with %d values", r.Map.Width, r.Map.Height, len(r.Map.Values))
		}
		var sum float64
		for _, v := range r.Map.Values {
			sum += float64(v)
		}
		if float64(slices.Min(r.Map.Values)) != r.Map.Min || float64(slices.Max(r.Map.Values)) != r.Map.Max || math.Abs(sum-r.Map.Sum) > 1e-9 {
			t.Errorf("min %v, max %v, sum %v do not belong to the values", r.Map.Min, r.Map.Max, r.Map.Sum)
		}
		if s := r.Seconds; !(s.Decode > 0 && s.Network > 0 && s.Total >= s.Decode+s.Network) {
			t.Errorf("seconds %+v", s)
		}
	}
	if !strings.Contains(o.stderr, "same map") || len(list[0].Notices) != 1 || len(list[1].Notices) != 0 {
		t.Errorf("that both methods agree at layer4 is not said: %q, %q", o.stderr, list[0].Notices)
	}
}

func TestExplainGoesOnAfterABadFile(t *testing.T) {
	dir := t.TempDir()
	good1 := draw(t, filepath.Join(dir, "img2.png"), 50, 40)
	bad := write(t, filepath.Join(dir, "img3.jpg"), []byte("not a photograph"))
	good2 := draw(t, filepath.Join(dir, "img10.png"), 50, 40)
	missing := filepath.Join(dir, "gone.jpg")
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	o := gazectl(t, "explain", "--model", "everyday", "--json", dir, missing, empty)
	if o.status != 1 {
		t.Errorf("status %d, want 1", o.status)
	}
	type line struct{ path, err string }
	var got []line
	for _, a := range parse[answer](t, o) {
		got = append(got, line{a.Path, a.Error})
	}
	want := []line{{good1, ""}, {bad, "not an image"}, {good2, ""}, {missing, "does not exist"}, {empty, "no pictures in this folder"}}
	if !slices.Equal(got, want) {
		t.Errorf("results\n%v, want\n%v", got, want)
	}
	if !strings.Contains(o.stderr, bad+": not an image") {
		t.Errorf("standard error does not name the bad file:\n%s", o.stderr)
	}
	for _, a := range parse[map[string]any](t, o) {
		if a["error"] != nil && len(a) != 2 {
			t.Errorf("a failure has keys %v", keys(a))
		}
	}
}

func TestExplainWritesSheetsAndMaps(t *testing.T) {
	dir := t.TempDir()
	out, raw := filepath.Join(dir, "out", "sheets"), filepath.Join(dir, "raw")
	for _, name := range []string{"in/a/x.png", "in/b/x.png", "in/x.png"} {
		draw(t, filepath.Join(dir, name), 60, 50)
	}
	pngData, err := os.ReadFile(filepath.Join(dir, "in/x.png"))
	if err != nil {
		t.Fatal(err)
	}
	// The content counts, not the extension; and one picture is named twice.
	write(t, filepath.Join(dir, "in/x.jpg"), pngData)
	o := gazectl(t, "explain", filepath.Join(dir, "in"), filepath.Join(dir, "in/a/x.png"), "--layer", "layer3", "--layer", "layer4",
		"--method", "HiResCAM", "--class", "mug", "--colormap", "inferno", "--opacity", "0.3", "--out", out, "--raw", raw, "--json")
	if o.status != 0 {
		t.Fatalf("status %d: %s", o.status, o.stderr)
	}
	list := parse[answer](t, o)
	if len(list) != 2*5 {
		t.Fatalf("%d results, want 5 pictures at 2 layers", len(list))
	}
	files := map[string]bool{}
	for _, r := range list {
		files[r.Sheet], files[r.Raw] = true, true
		if r.Class.Label != "mug" || r.Method != "hirescam" {
			t.Errorf("class %v, method %v", r.Class, r.Method)
		}
		for _, part := range []string{"x", r.Layer, "hirescam", "mug"} {
			if !strings.Contains(filepath.Base(r.Sheet), part) {
				t.Errorf("name %s does not mention %s", r.Sheet, part)
			}
		}
		f, err := os.Open(r.Sheet)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s: %v", r.Sheet, err)
		}
		f.Close()
		if filepath.Dir(r.Sheet) != out || filepath.Dir(r.Raw) != raw {
			t.Errorf("files %s and %s are elsewhere", r.Sheet, r.Raw)
		}
		wantNPY(t, r.Raw, r.Map)
	}
	if len(files) != 2*len(list) {
		t.Errorf("%d results share %d files", len(list), len(files))
	}
	for _, dir := range []string{out, raw} {
		inside, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(inside) != len(list) {
			t.Errorf("%s holds %d files, want %d", dir, len(inside), len(list))
		}
	}
}

// wantNPY compares a NumPy file with a map.
func wantNPY(t *testing.T, path string, m resultMap) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := npyio.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	d := r.Header.Descr
	if d.Type != "<f4" || d.Fortran || !slices.Equal(d.Shape, []int{m.Height, m.Width}) {
		t.Errorf("%s holds %+v, want %dx%d of float32", path, d, m.Height, m.Width)
	}
	values := make([]float32, m.Height*m.Width)
	if err := r.Read(&values); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(values, m.Values) {
		t.Errorf("%s holds other values than were printed", path)
	}
}

func TestExplainSpeaksToPeople(t *testing.T) {
	photo := draw(t, filepath.Join(t.TempDir(), "a.png"), 50, 40)
	o := gazectl(t, "explain", photo, "--class", "0")
	if o.status != 0 || strings.Count(o.stdout, "\n") != 1 || !strings.HasPrefix(o.stdout, photo+": ") {
		t.Errorf("status %d, not one line that begins with the picture: %q", o.status, o.stdout)
	}
}

// TestExplainSaysOnceWhatIsTrueOfEveryPicture: a folder of thousands is not a
// reason to say it thousands of times.
func TestExplainSaysOnceWhatIsTrueOfEveryPicture(t *testing.T) {
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "1.png"), 50, 40)
	draw(t, filepath.Join(dir, "2.png"), 50, 40)
	if o := gazectl(t, "explain", dir); strings.Count(o.stderr, "same map") != 1 {
		t.Errorf("standard error:\n%s", o.stderr)
	}
}

func TestInterruptedExplainLeavesAWholeArray(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"1.png", "2.png", "3.png"} {
		draw(t, filepath.Join(dir, name), 50, 40)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var out, err bytes.Buffer
	status := run(ctx, []string{"explain", dir, "--json"}, &cancelAfter{&out, 1, cancel}, &err)
	if status != 130 {
		t.Errorf("status %d, want 130", status)
	}
	if list := parse[answer](t, outcome{status, out.String(), err.String()}); len(list) != 1 || list[0].Error != "" {
		t.Errorf("%d results, want the one that was finished", len(list))
	}
	out.Reset()
	if status := run(ctx, []string{"explain", dir, "--json"}, &out, &err); status != 130 {
		t.Errorf("status %d of a run that was interrupted before it began, want 130", status)
	}
}

// doneWith is a context that is cancelled once there is a file in dir.
type doneWith struct {
	context.Context
	dir string
}

func (d doneWith) Err() error {
	if files, _ := os.ReadDir(d.dir); len(files) > 0 {
		return context.Canceled
	}
	return d.Context.Err()
}

func TestInterruptedExplainPrintsWhatWasFinishedJustThen(t *testing.T) {
	dir, raw := t.TempDir(), t.TempDir()
	for _, name := range []string{"1.png", "2.png"} {
		draw(t, filepath.Join(dir, name), 50, 40)
	}
	var out, err bytes.Buffer
	status := run(doneWith{t.Context(), raw}, []string{"explain", dir, "--json", "--raw", raw}, &out, &err)
	list := parse[answer](t, outcome{status, out.String(), err.String()})
	if status != 130 || len(list) != 1 || list[0].Error != "" {
		t.Errorf("status %d, %d results; want 130 and the one whose map is there", status, len(list))
	}
}

// saveTensors writes a safetensors file of float32 tensors.
func saveTensors(t *testing.T, path string, tensors map[string]*tensor.Dense) string {
	t.Helper()
	views := map[string]safetensors.TensorView{}
	for name, x := range tensors {
		var shape []uint64
		for _, n := range x.Shape() {
			shape = append(shape, uint64(n))
		}
		var data []byte
		for _, v := range x.Data().([]float32) {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
		view, err := safetensors.NewTensorView(safetensors.F32, shape, data)
		if err != nil {
			t.Fatal(err)
		}
		views[name] = view
	}
	data, err := safetensors.Serialize(views, nil)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, path, data)
}

// TestExplainTakesAPreprocessedTensor: the map is the one of the picture the
// tensor was made of.
func TestExplainTakesAPreprocessedTensor(t *testing.T) {
	race.SkipNumbers(t)
	dir := t.TempDir()
	photo := draw(t, filepath.Join(dir, "a.png"), 300, 200)
	net, err := store.New("").Open("builtin", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := picture.Open(t.Context(), photo, picture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	batch, _, err := picture.Tensor(p.Image, net.Input)
	if err != nil {
		t.Fatal(err)
	}
	single := batch.Clone().(*tensor.Dense)
	if err := single.Reshape(3, net.Input.Height, net.Input.Width); err != nil {
		t.Fatal(err)
	}
	small := tensor.New(tensor.WithShape(3, 8, 8), tensor.WithBacking(make([]float32, 192)))
	tensors := map[string]*tensor.Dense{"input": single, "batch": batch, "small": small}
	all := saveTensors(t, filepath.Join(dir, "all.safetensors"), tensors)
	only := saveTensors(t, filepath.Join(dir, "only:one.safetensors"), map[string]*tensor.Dense{"anything": single})
	maps.DeleteFunc(tensors, func(name string, _ *tensor.Dense) bool { return name == "input" })
	unnamed := saveTensors(t, filepath.Join(dir, "unnamed.safetensors"), tensors)

	want := parse[answer](t, gazectl(t, "explain", "--layer", "layer3", "--json", photo))[0]
	for _, arg := range []string{all, all + ":batch", all + ":input", only, only + ":anything"} {
		o := gazectl(t, "explain", "--layer", "layer3", "--json", "--input-tensor", arg, "--out", filepath.Join(dir, "out"))
		if o.status != 0 {
			t.Fatalf("status %d: %s", o.status, o.stderr)
		}
		got := parse[answer](t, o)[0]
		if got.Path != arg || got.Class != want.Class || !slices.Equal(got.Map.Values, want.Map.Values) {
			t.Errorf("%s: path %q, class %v, want %v and the same map", arg, got.Path, got.Class, want.Class)
		}
	}
	for arg, says := range map[string]string{
		unnamed:          `no tensor "input"; it has batch, small`,
		all + ":other":   `no tensor "other"`,
		all + ":small":   "[3 8 8]",
		dir + "/no.file": "no.file",
	} {
		if o := gazectl(t, "explain", "--json", "--input-tensor", arg); o.status != 2 || !strings.Contains(o.stderr, says) || o.stdout != "" {
			t.Errorf("%s: %+v, want status 2 and %q", arg, o, says)
		}
	}
}

// TestExplainEqualsPyTorch runs SqueezeNet with its published weights.
func TestExplainEqualsPyTorch(t *testing.T) {
	const shared = "../../../shared/"
	weights, reference := shared+"weights/squeezenet1_1.safetensors", shared+"weights/squeezenet1_1.reference.safetensors"
	data, err := os.ReadFile(reference)
	if err != nil {
		t.Skip("the reference numbers are not beside the repository")
	}
	st, err := safetensors.Deserialize(data)
	if err != nil {
		t.Fatal(err)
	}
	numbers := func(name string) []float32 {
		v, ok := st.Tensor(name)
		if !ok {
			t.Fatalf("no tensor %s", name)
		}
		list := make([]float32, len(v.Data())/4)
		for i := range list {
			list[i] = math.Float32frombits(binary.LittleEndian.Uint32(v.Data()[4*i:]))
		}
		return list
	}
	logits := numbers("photo0.logits")
	for _, method := range []string{"gradcam", "hirescam"} {
		tensorRun := gazectl(t, "explain", "--model", "squeezenet1_1", "--weights", weights, "--layer", "features.12", "--layer", "features.7",
			"--method", method, "--json", "--input-tensor", reference+":photo0.input")
		for i, r := range parse[answer](t, tensorRun) {
			if r.Class.Label != "ladybug" {
				t.Fatalf("class %v", r.Class)
			}
			for _, s := range r.Top {
				if d := math.Abs(float64(s.Logit - logits[s.Index])); d > 1e-3 {
					t.Errorf("logit of %s is off by %v", s.Label, d)
				}
			}
			want := numbers([]string{"photo0.t0.", "photo0.t2."}[i] + method)
			var off, norm float64
			for j, v := range r.Map.Values {
				off += math.Pow(float64(v-want[j]), 2)
				norm += math.Pow(float64(want[j]), 2)
			}
			if rel := math.Sqrt(off / norm); rel > 1e-3 {
				t.Errorf("%s %s is off by %v of its norm", r.Layer, method, rel)
			}
		}
	}
	photo := parse[answer](t, gazectl(t, "explain", "--model", weights, "--json", shared+"photos/imagenet/n02165456_ladybug.JPEG"))[0]
	if photo.Model != "squeezenet1_1" || photo.Class.Label != "ladybug" {
		t.Errorf("from the photograph: model %q, class %v", photo.Model, photo.Class)
	}
	for _, s := range photo.Top {
		if d := math.Abs(float64(s.Logit - logits[s.Index])); d > 0.4 {
			t.Errorf("from the photograph, the logit of %s is off by %v", s.Label, d)
		} else {
			t.Logf("from the photograph, the logit of %s is off by %.3f", s.Label, d)
		}
	}
}

func TestFindClass(t *testing.T) {
	net := testNetwork(t, "tench", "goldfish", "crane", "mug", "Mug, broken", "crane", "7", "golden retriever")
	for _, c := range []struct {
		wanted string
		index  int
		says   string
	}{
		{wanted: "2", index: 2},
		{wanted: "7", index: 7}, // an index comes before a name
		{wanted: "TENCH", index: 0},
		{wanted: "ten", index: 0},
		{wanted: "mug", index: 3}, // whole names come before beginnings
		{wanted: "mug,", index: 4},
		{wanted: " golden r", index: 7},
		{wanted: "crane", says: "crane (2), crane (5)"},
		{wanted: "gold", says: "goldfish (1), golden retriever (7)"},
		{wanted: "fish", says: "perhaps goldfish (1)"},
		{wanted: "zebra", says: `no class "zebra"`},
		{wanted: "8", says: "between 0 and 7"},
		{wanted: "-1", says: "between 0 and 7"},
	} {
		i, err := findClass(net, c.wanted)
		switch {
		case c.says == "" && (err != nil || i != c.index):
			t.Errorf("%q: class %d, error %v, want %d", c.wanted, i, err, c.index)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%q: class %d, error %v, want %q", c.wanted, i, err, c.says)
		}
	}
	net.Labels = nil
	if _, err := findClass(net, "mug"); err == nil || !strings.Contains(err.Error(), "index between 0 and 7") {
		t.Errorf("without names: %v", err)
	}
}

// testNetwork is a network of one linear layer with the given class names.
func testNetwork(t *testing.T, labels ...string) *models.Network {
	t.Helper()
	net := &models.Network{Name: "test", Labels: labels, Input: models.ImageNetInput(1, 1)}
	w := tensor.New(tensor.WithShape(len(labels), 3), tensor.WithBacking(make([]float32, 3*len(labels))))
	for _, l := range []models.Layer{
		{Name: "flat", Kind: models.Flatten, Inputs: []string{models.InputName}},
		{Name: "fc", Kind: models.Linear, Inputs: []string{"flat"}, Params: map[string]*tensor.Dense{"weight": w}},
	} {
		if err := net.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	return net
}

func TestNamesNeverCollide(t *testing.T) {
	n := make(output.Names)
	var got []string
	for _, rel := range []string{"x.jpg", "a/x.jpg", "X.png", "x.jpg", "a_x.jpg", "x-2.gif", "...", "a:b?.jpg", "..\\x.jpg", "日本.jpg", strings.Repeat("é", 100) + ".jpg"} {
		name := pictureName(n, rel)
		if slices.ContainsFunc(got, func(other string) bool { return strings.EqualFold(other, name) }) {
			t.Errorf("%s is called %s like another", rel, name)
		}
		if strings.ContainsAny(name, `/\:*?"<>|`) || len(name) > 90 || strings.HasPrefix(name, ".") {
			t.Errorf("%s is called %q", rel, name)
		}
		got = append(got, name)
	}
	want := []string{"x.jpg", "a_x.jpg", "X.png", "x.jpg-2", "a_x.jpg-2", "x-2.gif"}
	if !slices.Equal(got[:len(want)], want) {
		t.Errorf("names %v, want %v", got, want)
	}
}

func TestExplainBySeveralMethods(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	draw(t, filepath.Join(dir, "mug.png"), 40, 30)
	o := gazectl(t, "explain", filepath.Join(dir, "mug.png"), "--method", "gradcam,layercam", "--layer", "layer3", "--layer", "layer4", "--out", out, "--json")
	var got []string
	for _, r := range parse[map[string]any](t, o) {
		got = append(got, r["layer"].(string)+" "+r["method"].(string))
	}
	if want := []string{"layer3 gradcam", "layer3 layercam", "layer4 gradcam", "layer4 layercam"}; !slices.Equal(got, want) {
		t.Errorf("explained are %v, not %v", got, want)
	}
	if sheets, _ := filepath.Glob(filepath.Join(out, "*.png")); len(sheets) != 4 {
		t.Errorf("the sheets are %v", sheets)
	}
	all := parse[map[string]any](t, gazectl(t, "explain", filepath.Join(dir, "mug.png"), "--method", "all", "--json"))
	if len(all) != len(cam.OneRun()) {
		t.Errorf("all are %d methods, not %d", len(all), len(cam.OneRun()))
	}
	if o := gazectl(t, "explain", dir, "--method", "gradcam,gradcam"); o.status != exitUsage || !strings.Contains(o.stderr, "twice") {
		t.Errorf("a method twice: status %d, %s", o.status, o.stderr)
	}
}

// A method that cannot be applied at a layer costs neither the methods after it nor
// the other pictures; the exit status says that something failed.
func TestMethodThatFailsCostsNoOther(t *testing.T) {
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "mug.png"), 40, 30)
	draw(t, filepath.Join(dir, "cup.png"), 30, 40)
	for _, command := range []string{"explain", "analyze"} {
		out := t.TempDir()
		o := gazectl(t, command, dir, "--method", "finercam,cam,layercam", "--layer", "layer3", "--out", out, "--json")
		if o.status != exitFailed || strings.Count(o.stderr, "only global average pooling") != 2 {
			t.Errorf("%s: status %d, %s", command, o.status, o.stderr)
		}
		var made, failed []string
		for _, r := range parse[map[string]any](t, o) {
			if r["error"] != nil {
				failed = append(failed, r["path"].(string))
				if r["layer"] != "layer3" || r["method"] != "cam" {
					t.Errorf("%s: the failure does not name its map: %v", command, r)
				}
			} else {
				made = append(made, r["method"].(string))
			}
		}
		if want := []string{"finercam", "layercam", "finercam", "layercam"}; !slices.Equal(made, want) || len(failed) != 2 {
			t.Errorf("%s made %q and failed with %q", command, made, failed)
		}
		if sheets, _ := filepath.Glob(filepath.Join(out, "*.layer3.*")); len(sheets) != 4 {
			t.Errorf("%s wrote %q", command, sheets)
		}
	}
	for command, flags := range map[string][]string{"explain": nil, "analyze": {"--out", t.TempDir()}, "compare": {"--metrics", "drop"}} {
		methods := "--method"
		if command == "compare" {
			methods = "--methods"
		}
		o := gazectl(t, append([]string{command, dir, methods, "cam,layercam", "--layer", "layer3"}, flags...)...)
		for _, name := range []string{"cup.png", "mug.png"} {
			if want := "gazectl: " + filepath.Join(dir, name) + ", cam: layer layer3: "; strings.Count(o.stderr, want) != 1 {
				t.Errorf("%s does not say %q once:\n%s", command, want, o.stderr)
			}
		}
	}
	// A single map is named by nothing but its picture.
	for _, r := range parse[map[string]any](t, gazectl(t, "explain", dir, "--method", "cam", "--layer", "layer3", "--json")) {
		if !slices.Equal(keys(r), []string{"error", "path"}) {
			t.Errorf("the failure of a single map is %v", r)
		}
	}
	o := gazectl(t, "compare", dir, "--methods", "cam,gradcam", "--metrics", "drop", "--layer", "layer3", "--layer", "layer4", "--json")
	if o.status != exitFailed || !strings.Contains(o.stderr, "layer3") {
		t.Errorf("compare: status %d, %s", o.status, o.stderr)
	}
	var columns []string
	for _, r := range parse[map[string]any](t, o) {
		columns = append(columns, r["layer"].(string)+" "+r["method"].(string))
	}
	if want := []string{"layer3 gradcam", "layer4 cam", "layer4 gradcam"}; !slices.Equal(columns, want) {
		t.Errorf("compared are %q, want %q", columns, want)
	}
}

// What refines a map is the same for one picture, a folder and a comparison.
func TestFoldersAndComparisonsRefine(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	draw(t, filepath.Join(dir, "mug.png"), 40, 30)
	refined := []string{"--class", "mug", "--target", "contrast", "--other", "keyboard", "--layer", "layer3", "--layer", "layer4", "--fuse", "max"}
	one := parse[map[string]any](t, gazectl(t, append([]string{"explain", dir, "--json"}, refined...)...))
	folder := parse[map[string]any](t, gazectl(t, append([]string{"analyze", dir, "--out", out, "--json"}, refined...)...))
	if len(one) != 1 || len(folder) != 1 {
		t.Fatalf("%d and %d results", len(one), len(folder))
	}
	for _, key := range []string{"layer", "class", "target", "fusion"} {
		if a, b := fmt.Sprint(one[0][key]), fmt.Sprint(folder[0][key]); a != b || a == "<nil>" {
			t.Errorf("%s is %s of one picture and %s of a folder", key, a, b)
		}
	}
	if a, b := one[0]["map"], folder[0]["map"]; fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("the maps are not the same")
	}
	if sheets, _ := filepath.Glob(filepath.Join(out, "*.gradcam-contrast-*-max.jpg")); len(sheets) != 1 {
		t.Errorf("the sheets are %q", sheets)
	}
	// The same again is resumed, something else is not, and stands beside it.
	if o := gazectl(t, append([]string{"analyze", dir, "--out", out, "--resume"}, refined...)...); !strings.Contains(o.stdout, "1 by an earlier run") {
		t.Errorf("the same again: %s", o.stdout)
	}
	if o := gazectl(t, "analyze", dir, "--out", out, "--resume", "--layer", "layer4", "--smooth", "eigen"); strings.Contains(o.stdout, "earlier run") {
		t.Errorf("something else: %s", o.stdout)
	}
	if sheets, _ := filepath.Glob(filepath.Join(out, "*.jpg")); len(sheets) != 2 {
		t.Errorf("the sheets are %q", sheets)
	}
	o := gazectl(t, append([]string{"compare", dir, "--methods", "gradcam", "--metrics", "drop"}, refined...)...)
	if o.status != exitOK || !strings.Contains(o.stdout, "Grad-CAM") {
		t.Errorf("compare: status %d, %s%s", o.status, o.stdout, o.stderr)
	}
}

func TestExplainRefines(t *testing.T) {
	race.SkipNumbers(t)
	dir := t.TempDir()
	photo := draw(t, filepath.Join(dir, "mug.png"), 40, 30)
	rows := []struct {
		args []string
		says []string
		maps int
	}{
		{[]string{"--target", "contrast", "--class", "mug", "--other", "keyboard"}, []string{`"kind": "contrast"`, `"name": "mug − keyboard"`}, 1},
		{[]string{"--target", "sum", "--class", "mug", "--other", "keyboard", "--other", "mouse"}, []string{`"name": "mug + keyboard + mouse"`}, 1},
		{[]string{"--target", "probability", "--class", "mug"}, []string{`"name": "p(mug)"`, "its gradient vanishes"}, 1},
		{[]string{"--layer", "layer3", "--layer", "layer4", "--fuse", "max", "--method", "layercam"}, []string{`"layer": "layer3 + layer4"`, `"fusion": "max"`}, 1},
		{[]string{"--smooth", "augment"}, []string{`"smoothing": "augment"`}, 1},
		{[]string{"--smooth", "eigen", "--method", "hirescam,gradcam"}, []string{`"smoothing": "eigen"`, "no longer adds up"}, 2},
		{[]string{"--compat", "pytorch-grad-cam"}, []string{`"compat": "pytorch-grad-cam"`, `"height": 168`}, 1},
		{[]string{"--signed", "--out", filepath.Join(dir, "out")}, []string{`"kind": "logit"`}, 1},
		{[]string{"--method", "ablationcam,finercam,cam"}, []string{`"method": "ablationcam"`}, 3},
		{[]string{"--layer", "all"}, []string{`"layer": "layer1.0.conv1"`}, 77},
	}
	for _, r := range rows {
		o := gazectl(t, append([]string{"explain", photo, "--json"}, r.args...)...)
		if o.status != 0 {
			t.Errorf("%v: status %d, %s", r.args, o.status, o.stderr)
			continue
		}
		if n := len(parse[map[string]any](t, o)); n != r.maps {
			t.Errorf("%v: %d maps, not %d", r.args, n, r.maps)
		}
		compact := strings.ReplaceAll(o.stdout, `":"`, `": "`)
		compact = strings.ReplaceAll(compact, `"height":`, `"height": `)
		for _, s := range r.says {
			if !strings.Contains(compact, s) && !strings.Contains(strings.ReplaceAll(compact, `  `, ` `), s) {
				t.Errorf("%v does not say %s", r.args, s)
			}
		}
	}
	for says, args := range map[string][]string{
		"name them with --other":      {"--target", "sum"},
		"goes with --target sum":      {"--other", "mug"},
		"name them with --layer":      {"--fuse", "mean"},
		"no negative values":          {"--signed", "--smooth", "augment"},
		"is no sum over channels":     {"--method", "eigencam", "--smooth", "eigen"},
		"one linear layer may follow": {"--method", "cam", "--layer", "layer3"},
		"coarser resolution follows":  {"--method", "refinecam"},
	} {
		if o := gazectl(t, append([]string{"explain", photo}, args...)...); o.status == 0 || !strings.Contains(o.stderr, says) {
			t.Errorf("%v: status %d, %q does not say %q", args, o.status, o.stderr, says)
		}
	}
}

// Errors that are not the file's own begin with the path, which is said once.
func TestReasonDoesNotRepeatThePath(t *testing.T) {
	net, err := store.New("").Open("", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, empty := compute.NewSubject("a.jpg", image.NewNRGBA(image.Rectangle{}), net.Input)
	_, whole := compute.TensorSubject("b.safetensors:x", tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(1, 3, 2, 2)), net.Input)
	_, gone := compute.OpenSubject(t.Context(), "c.jpg", net.Input, picture.Options{})
	for path, err := range map[string]error{"a.jpg": empty, "b.safetensors:x": whole, "c.jpg": gone} {
		if err == nil || strings.Contains(reason(path, err), path) {
			t.Errorf("the reason of %v names %s", err, path)
		}
	}
}
