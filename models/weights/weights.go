// Package weights reads trained parameters from files, and makes untrained
// ones by a formula for tests and benchmarks.
package weights

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// Set is a collection of parameters by name, as float32.
type Set struct {
	// Tensors by name.
	Tensors map[string]*tensor.Dense
	// Metadata is the file's own free text.
	Metadata map[string]string

	// contents is what the file says; nil for a set that is not from a file.
	contents *Contents
}

// Contents is what the file of the set says. For a set that was made in memory
// it has the parameters in alphabetical order.
func (s *Set) Contents() *Contents {
	if s.contents != nil {
		return s.contents
	}
	return ofTensors(s.Tensors, s.Names())
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
