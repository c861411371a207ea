package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// doctor writes a page for each file, in the language asked for, and its exit status
// tells whether all of them can be read.
func TestDoctor(t *testing.T) {
	dir := filepath.Join("..", "..", "models", "doctor", "testdata")
	good, bad := filepath.Join(dir, "sigmoid.onnx"), filepath.Join(dir, "pointer.onnx")
	for _, r := range []struct {
		args   []string
		status int
		says   []string
	}{
		{[]string{good}, exitOK, []string{"yes or no: one output, by a sigmoid", "gazectl explain --model"}},
		{[]string{good, bad, "--language", "zh"}, exitFailed, []string{"是或否", "git lfs pull"}},
		{[]string{filepath.Join(dir, "none.onnx")}, exitUsage, nil},
	} {
		o := gazectl(t, append([]string{"doctor"}, r.args...)...)
		if o.status != r.status {
			t.Errorf("%v: exit status %d, not %d", r.args, o.status, r.status)
		}
		for _, text := range r.says {
			if !strings.Contains(o.stdout, text) {
				t.Errorf("%v: %q does not say %q", r.args, o.stdout, text)
			}
		}
	}
}
