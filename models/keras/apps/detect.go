package apps

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"gaze/models/keras"
)

// HeadlessError is the error for weights of a network without its classifier.
type HeadlessError struct {
	// Network is the network's name.
	Network string
}

// Error says what is missing, and which weights have it.
func (e *HeadlessError) Error() string {
	return fmt.Sprintf("these are the weights of %s without its classifier (include_top=False), so that there is no class to explain; "+
		"save the whole model with model.save(\"model.keras\"), or get the weights with the classifier: gazectl models get %s", e.Network, e.Network)
}

// UnknownError is the error for weights that no network here has.
type UnknownError struct{}

// Error says so.
func (*UnknownError) Error() string {
	return "its weights are those of no network of keras.applications that is known here"
}

// Detect finds the network whose weights a file without a configuration has: the
// one whose published file has the name, or else the one with weights of the same
// shapes in the same order. The number of classes may be another. The error is a
// [HeadlessError] where the classifier is missing, and an [UnknownError] where no
// network has such weights.
func Detect(path string) (string, error) {
	shapes, err := keras.WeightShapes(path)
	if err != nil {
		return "", err
	}
	list := table()
	slices.SortStableFunc(list, func(a, b app) int { return a.rank(path) - b.rank(path) })
	for _, a := range list {
		known, err := a.architecture()
		if err != nil {
			return "", err
		}
		switch {
		case fits(known.Arrays, shapes):
			return Prefix + a.name, nil
		case headless(known.Arrays, shapes):
			return "", &HeadlessError{Prefix + a.name}
		}
	}
	return "", &UnknownError{}
}

// rank is 0 for the network whose published file has the name of path, and 1 for all
// others.
func (a app) rank(path string) int {
	if strings.EqualFold(filepath.Base(path), a.file[strings.LastIndexByte(a.file, '/')+1:]) {
		return 0
	}
	return 1
}

// fits reports whether arrays are those of a network, but for the number of classes.
func fits(known, have [][]tensor.Shape) bool {
	last := len(known) - 1
	if len(have) != len(known) || !slices.EqualFunc(known[:last], have[:last], sameShapes) {
		return false
	}
	return slices.EqualFunc(known[last], have[last], func(k, h tensor.Shape) bool {
		return len(k) == len(h) && len(k) > 0 && slices.Equal(k[:len(k)-1], h[:len(h)-1])
	})
}

// headless reports whether arrays are the first of a network, all or nearly all but
// those of its classifier.
func headless(known, have [][]tensor.Shape) bool {
	const head = 3
	return len(have) < len(known) && len(have) >= len(known)-head && len(have) > 0 && slices.EqualFunc(known[:len(have)], have, sameShapes)
}

// sameShapes compares the arrays of a layer. A single number has no axis or one.
func sameShapes(a, b []tensor.Shape) bool {
	return slices.EqualFunc(a, b, func(a, b tensor.Shape) bool {
		return slices.Equal(a, b) || single(a) && single(b)
	})
}

func single(s tensor.Shape) bool { return len(s) == 0 || len(s) == 1 && s[0] == 1 }
