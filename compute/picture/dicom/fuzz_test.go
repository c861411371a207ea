package dicom

import (
	"errors"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// FuzzDecode: whatever a file holds, it is an error or a picture that is whole, and
// memory follows the file's size.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("../testdata/dicom/*.dcm")
	if err != nil || len(files) < 30 {
		f.Fatal(len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	opt := Options{Bytes: 1 << 20, JPEG: func([]byte, bool) (image.Image, error) { return image.NewGray(image.Rect(0, 0, 14, 11)), nil }}
	f.Fuzz(func(t *testing.T, data []byte) {
		size, err := Size(data, opt)
		var kind *UnsupportedError
		if errors.As(err, &kind) && kind.Kind == "" {
			t.Error("a kind without a name")
		}
		if err != nil || size.X < 1 || size.Y < 1 || size.X*size.Y > 1<<24 {
			return
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := Decode(t.Context(), data, opt)
		runtime.ReadMemStats(&after)
		// Four bytes for each sample, of which a byte of run lengths holds 64 at most,
		// and what is unpacked of a deflated file.
		if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20+1024*uint64(len(data)) {
			t.Errorf("%d bytes for a file of %d", took, len(data))
		}
		if err != nil {
			return
		}
		for _, plane := range p.Planes {
			if len(plane) != size.X*size.Y {
				t.Errorf("%d numbers for %v pixels", len(plane), size)
			}
		}
		if p.Planes == nil && p.Image == nil {
			t.Error("no picture")
		}
	})
}
