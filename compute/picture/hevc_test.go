//go:build heic

package picture

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzHEICHeader: whatever a header says, reading it ends.
func FuzzHEICHeader(f *testing.F) {
	files, err := filepath.Glob("testdata/heic/*.heic")
	if err != nil || len(files) == 0 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if convert, err := itemColours(data).convert(); err == nil {
			convert(255, 0, 255)
		}
		if len(data) < 12 {
			return
		}
		if err := asHEIC(&source{data: data}); err != nil && err.Error() == "" {
			t.Error("a kind without a name")
		}
	})
}
