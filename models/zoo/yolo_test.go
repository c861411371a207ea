package zoo_test

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// TestYOLOAgainstPyTorch compares logits with those of testdata/yolo.py.
func TestYOLOAgainstPyTorch(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "yolo.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tested := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var name string
		var parameters int
		var want [5]float64
		if _, err := fmt.Sscan(lines.Text(), &name, &parameters, &want[0], &want[1], &want[2], &want[3], &want[4]); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		tested++
		net, err := zoo.Build(name, weights.Formula{Classes: 10})
		if err != nil {
			t.Fatal(err)
		}
		if net.Parameters() != parameters {
			t.Errorf("%s has %d parameters, not %d", name, net.Parameters(), parameters)
		}
		in := net.Input
		in.Height, in.Width = 64, 64
		if net, err = net.Resized(in); err != nil {
			t.Fatal(err)
		}
		engine, err := compute.Open(net, compute.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close()
		passes, err := engine.Run(t.Context(), compute.Recipe{Class: compute.TopClass}, &compute.Subject{Input: weights.FormulaTensor("input", 1, 3, 64, 64)})
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			if got := float64(passes[0].Logits[i]); math.Abs(got-w) > 1e-5 {
				t.Errorf("%s: logit %d is %v, not %v", name, i, got, w)
			}
		}
	}
	if tested != 2 {
		t.Errorf("%d networks were tested", tested)
	}
}
