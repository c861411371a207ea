// Package weights reads trained parameters from files, and makes untrained
// ones by a formula for tests and benchmarks.
package weights

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"gaze/models/internal/regular"
)

// Set is a collection of parameters by name, as float32.
type Set struct {
	// Tensors by name.
	Tensors map[string]*tensor.Dense
	// Metadata is the file's own free text.
	Metadata map[string]string
}

// Extensions are those of the files that [Read] reads: safetensors, and state
// dicts of PyTorch.
func Extensions() []string { return []string{".safetensors", ".pth", ".pt", ".bin"} }

// Read reads the parameters in a file, which its extension tells the format of.
// Errors name the file.
func Read(path string) (*Set, error) {
	f, size, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading weights: %w", err)
	}
	defer f.Close()
	decode := DecodePyTorch
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case ext == ".safetensors":
		decode = DecodeSafetensors
	case ext == ".onnx":
		return nil, fmt.Errorf("reading %s: an ONNX file is a whole network, not weights for another", path)
	case !slices.Contains(Extensions(), ext):
		return nil, fmt.Errorf("reading %s: weights are read from %s files, not from %q", path, strings.Join(Extensions(), ", "), ext)
	}
	set, err := decode(f, size)
	if err != nil {
		return nil, fmt.Errorf("reading weights from %s: %w", path, err)
	}
	return set, nil
}

// Names lists the parameters in alphabetical order.
func (s *Set) Names() []string {
	names := make([]string, 0, len(s.Tensors))
	for name := range s.Tensors {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Param returns the parameter called name if it has the wanted shape; -1 in
// the shape accepts any length.
func (s *Set) Param(name string, shape ...int) (*tensor.Dense, error) {
	t, ok := s.Tensors[name]
	if !ok {
		return nil, fmt.Errorf("%s is missing", name)
	}
	have := t.Shape()
	fits := len(have) == len(shape)
	for i := 0; fits && i < len(shape); i++ {
		fits = shape[i] < 0 || shape[i] == have[i]
	}
	if !fits {
		return nil, fmt.Errorf("%s has shape %v, not %v", name, []int(have), shape)
	}
	return t, nil
}
