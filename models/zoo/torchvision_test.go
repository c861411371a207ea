package zoo_test

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models/weights"
	"gaze/models/zoo"
)

// listing is a source that remembers what it was asked for.
type listing struct {
	weights.Formula
	lines []string
}

func (l *listing) Param(name string, shape ...int) (*tensor.Dense, error) {
	t, err := l.Formula.Param(name, shape...)
	if err == nil {
		sides := []int(t.Shape())
		// The file has one number a channel as C x 1 x 1.
		if strings.HasSuffix(name, "layer_scale") {
			sides = []int{t.Shape().TotalSize(), 1, 1}
		}
		l.lines = append(l.lines, name+" "+strings.Trim(strings.ReplaceAll(fmt.Sprint(sides), " ", "x"), "[]")+"\n")
	}
	return t, err
}

// TestParametersAreTorchvisions compares names and shapes of all parameters, and
// the preprocessing, of every network with torchvision's.
func TestParametersAreTorchvisions(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "torchvision.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known := []string{"everyday", "yolov8n-cls", "yolov8s-cls", "yolov8m-cls", "yolov8l-cls", "yolov8x-cls"}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var name, filter string
		var tensors, size, resize int
		var hash uint64
		if _, err := fmt.Sscanf(lines.Text(), "%s %d %x %d %d %s", &name, &tensors, &hash, &size, &resize, &filter); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		known = append(known, name)
		src := &listing{Formula: weights.Formula{Classes: 1000}}
		net, err := zoo.Build(name, src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		slices.Sort(src.lines)
		h := fnv.New64a()
		for _, line := range src.lines {
			h.Write([]byte(line))
		}
		if len(src.lines) != tensors || h.Sum64() != hash {
			t.Errorf("%s has %d parameters, %016x, not %d, %016x", name, len(src.lines), h.Sum64(), tensors, hash)
		}
		if in := net.Input; in.Height != size || in.Width != size || in.Resize != resize || string(in.Sampling()) != filter {
			t.Errorf("%s takes %v, not %d from %d, %s", name, in, size, resize, filter)
		}
	}
	for _, name := range zoo.Names() {
		if !slices.Contains(known, name) {
			t.Errorf("%s is not in the list", name)
		}
	}
}
