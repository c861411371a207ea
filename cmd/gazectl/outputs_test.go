package main

import (
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
)

// TestNoFileIsWrittenTwice: names that files cannot have are changed, and may
// then be the same.
func TestNoFileIsWrittenTwice(t *testing.T) {
	o, err := openOutputs("", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	method, err := cam.ByName("gradcam")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		layer  string
		refuse bool
	}{{"a/b", false}, {"a.b", false}, {"a:b", true}, {"A/B", true}} {
		e := &compute.Explanation{Layer: row.layer, Method: method, Map: cam.Map{Height: 1, Width: 1, Values: []float32{1}}}
		path, err := o.raw("mug", e)
		if refused := err != nil; refused != row.refuse || refused && !strings.Contains(err.Error(), "layer "+row.layer) {
			t.Errorf("%s: %s, %v", row.layer, path, err)
		}
	}
}
