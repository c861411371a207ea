package labels_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/models/labels"
)

func TestImageNet(t *testing.T) {
	list := labels.ImageNet()
	if len(list) != 1000 {
		t.Fatalf("%d labels", len(list))
	}
	for i, want := range map[int]string{0: "tench", 301: "ladybug", 504: "coffee mug", 999: "toilet tissue"} {
		if list[i] != want {
			t.Errorf("class %d is %q, not %q", i, list[i], want)
		}
	}
	seen := make(map[string]int)
	for i, name := range list {
		if j, dup := seen[name]; dup || name == "" {
			t.Errorf("classes %d and %d are both called %q", j, i, name)
		}
		seen[name] = i
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("unix.txt", "mug\ncoffee cup\n")
	write("windows.txt", "\ufeffmug\r\ncoffee cup\r\n\r\n")
	write("hole.txt", "mug\n\ncup")
	write("list.json", `["杯子", "键盘"]`)
	write("names.json", `{"1": "mug", "0": "cup"}`)
	write("keras.json", `{"0": ["n03147509", "cup"], "1": ["n03797390", "mug"]}`)
	write("indices.json", `{"mug": 1, "cup": 0}`)
	write("gap.json", `{"0": "cup", "2": "mug"}`)
	write("twice.json", `{"cup": 0, "mug": 0}`)
	write("half.json", `{"mug": 0.5}`)
	write("nameless.json", `{"0": []}`)
	write("numbers.json", `{"0": ["n01440764", 5]}`)
	write("number.json", `7`)
	write("numbered.txt", "0 cup\n1 coffee mug\n")
	write("half-numbered.txt", "0 cup\n2 coffee mug\n")
	write("bare.txt", "0\n1\n")
	write("config.json", `{"architectures":["X"],"id2label":{"0":"cup","1":"mug"},"label2id":{"cup":0,"mug":1}}`)
	write("wrapped.json", `{"epoch":3,"class_to_idx":{"mug":1,"cup":0}}`)
	write("named.json", `{"names":0,"labels":1}`)
	write("settings.json", `{"epoch":3,"lr":0.1}`)
	rows := []struct {
		ref  string
		want []string
	}{
		{"unix.txt", []string{"mug", "coffee cup"}},
		{"windows.txt", []string{"mug", "coffee cup"}},
		{"hole.txt", []string{"mug", "", "cup"}},
		{"list.json", []string{"杯子", "键盘"}},
		{"names.json", []string{"cup", "mug"}},
		{"keras.json", []string{"cup", "mug"}},
		{"indices.json", []string{"cup", "mug"}},
		{"numbered.txt", []string{"cup", "coffee mug"}},
		{"half-numbered.txt", []string{"0 cup", "2 coffee mug"}},
		{"bare.txt", []string{"0", "1"}},
		{"config.json", []string{"cup", "mug"}},
		{"wrapped.json", []string{"cup", "mug"}},
		{"named.json", []string{"names", "labels"}},
	}
	for _, r := range rows {
		if got, err := labels.Load(r.ref, dir); err != nil || !slices.Equal(got, r.want) {
			t.Errorf("%s: %q, %v", r.ref, got, err)
		}
	}
	if got, err := labels.Load(labels.ImageNet1k, dir); err != nil || len(got) != 1000 {
		t.Errorf("%s: %d labels, %v", labels.ImageNet1k, len(got), err)
	}
	for _, ref := range []string{"none.txt", "gap.json", "twice.json", "half.json", "nameless.json", "number.json", "settings.json", "../labels.txt", "/etc/hostname", ""} {
		if got, err := labels.Load(ref, dir); err == nil {
			t.Errorf("%q was read as %q", ref, got)
		}
	}
}

// The list that fits is found, the network's own name first, and broken files are
// passed over.
func TestBeside(t *testing.T) {
	files := map[string]string{
		"net.labels.txt": "a\nb\nc\n", "labels.txt": "0 cat\n1 dog\n", "class_indices.json": `{"x":0,"y":1}`, "class_to_idx.json": `{`,
		"config.json": `{"id2label":{"0":"k","1":"l","2":"m","3":"n"}}`,
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for count, want := range map[int]string{2: "labels.txt: cat, dog", 3: "net.labels.txt: a, b, c", 4: "config.json: k, l, m, n", 5: ": "} {
		list, file := labels.Beside(filepath.Join(dir, "net.onnx"), func(n int) bool { return n == count })
		if got := file + ": " + strings.Join(list, ", "); got != want {
			t.Errorf("for %d classes: %q, not %q", count, got, want)
		}
	}
}
