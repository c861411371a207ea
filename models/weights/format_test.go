package weights_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gaze/models/weights"
)

func TestFormatIsToldByTheFirstBytes(t *testing.T) {
	tensors := file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0xc0, 0x3f)
	// A header of 128 bytes begins like a pickle.
	padded := file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`+string(slices.Repeat([]byte{' '}, 128-54)), 0, 0, 0xc0, 0x3f)
	zip, err := os.ReadFile(filepath.Join("testdata", "checkpoint.pth"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, r := range []struct {
		name    string
		content []byte
		want    []string
	}{
		{"right.safetensors", tensors, []string{"a"}},
		{"padded.safetensors", padded, []string{"a"}},
		{"tensors.pth", tensors, []string{"a"}},
		{"checkpoint.bin", zip, []string{"fc.bias", "fc.weight"}},
		{"checkpoint.safetensors", zip, []string{"fc.bias", "fc.weight"}},
	} {
		path := filepath.Join(dir, r.name)
		if err := os.WriteFile(path, r.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if set, err := weights.Read(path); err != nil {
			t.Error(err)
		} else if got := set.Names(); !slices.Equal(got, r.want) {
			t.Errorf("%s holds %v, not %v", r.name, got, r.want)
		}
	}
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
