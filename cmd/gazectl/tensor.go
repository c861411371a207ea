package main

import (
	"fmt"
	"os"
	"strings"

	"gorgonia.org/tensor"

	"gaze/models"
	"gaze/models/weights"
)

// readInput reads a preprocessed tensor given as FILE.safetensors[:NAME]. The
// name may be left out if there is one tensor only, or one called "input".
func readInput(arg string, in models.Input) (*tensor.Dense, error) {
	path, name := splitInput(arg)
	set, err := weights.Read(path)
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = models.InputName
		if all := set.Names(); len(all) == 1 {
			name = all[0]
		}
	}
	t, ok := set.Tensors[name]
	if !ok {
		return nil, fmt.Errorf("reading %s: it has no tensor %q; it has %s", path, name, enumerate(set.Names()))
	}
	want := in.Shape()
	if s := t.Shape(); !s.Eq(want) && !s.Eq(want[1:]) {
		return nil, fmt.Errorf("reading %s: tensor %q has shape %v, the network takes %v", path, name, []int(s), []int(want))
	}
	if err := t.Reshape(want...); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return t, nil
}

// splitInput separates the name of a tensor from that of its file, which may
// hold colons itself.
func splitInput(arg string) (path, name string) {
	if _, err := os.Stat(arg); err == nil {
		return arg, ""
	}
	if i := strings.LastIndex(arg, ".safetensors:"); i >= 0 {
		return arg[:i+len(".safetensors")], arg[i+len(".safetensors:"):]
	}
	return arg, ""
}
