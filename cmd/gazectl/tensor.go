package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"gaze/models"
	"gaze/models/weights"
)

// readInput reads a preprocessed tensor given as FILE.safetensors[:NAME]. The
// name may be left out if there is one tensor only, or one called "input".
//
// Where the size of the network's input is a guess, the tensor tells it: the network
// that takes the tensor is returned.
func readInput(arg string, net *models.Network) (*tensor.Dense, *models.Network, error) {
	path, name := splitInput(arg)
	set, err := weights.Read(path)
	if err != nil {
		return nil, nil, err
	}
	if name == "" {
		name = models.InputName
		if all := set.Names(); len(all) == 1 {
			name = all[0]
		}
	}
	t, ok := set.Tensors[name]
	if !ok {
		return nil, nil, fmt.Errorf("reading %s: it has no tensor %q; it has %s", path, name, enumerate(set.Names()))
	}
	if net, err = sizedFor(t.Shape(), net); err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", path, err)
	}
	want := net.Input.Shape()
	if s := t.Shape(); !s.Eq(want) && !s.Eq(want[1:]) {
		return nil, nil, fmt.Errorf("reading %s: tensor %q has shape %v, the network takes %v", path, name, []int(s), []int(want))
	}
	if err := t.Reshape(want...); err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return t, net, nil
}

// sizedFor is the network for pictures of a tensor's size, if its own is a guess.
func sizedFor(s tensor.Shape, net *models.Network) (*models.Network, error) {
	guessed := slices.ContainsFunc(net.Guesses, func(g models.Guess) bool { return g.Of == models.AspectSize })
	if !guessed || net.FixedSize || len(s) < 3 {
		return net, nil
	}
	in := net.Input
	in.Height, in.Width = s[len(s)-2], s[len(s)-1]
	in.Resize = max(in.Resize, in.Height, in.Width)
	return net.Resized(in)
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
