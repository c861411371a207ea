package icc

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// FuzzParse: whatever a profile holds, it is an error or gives values from 0 to 1.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.icc")
	if err != nil || len(files) == 0 {
		f.Fatal("no profiles", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if name := Name(data); utf8.RuneCountInString(name) > 60 {
			t.Errorf("a name of %d characters", utf8.RuneCountInString(name))
		}
		p, err := Parse(data)
		var kind *UnsupportedError
		switch {
		case errors.As(err, &kind) && kind.Kind == "":
			t.Error("a kind without a name")
		case err != nil:
			return
		}
		p.Distance()
		r, g, b := p.Converter()(0.2, 0.5, 2)
		for _, v := range []float32{r, g, b} {
			if !(v >= 0 && v <= 1) {
				t.Errorf("a value of %g", v)
			}
		}
	})
}
