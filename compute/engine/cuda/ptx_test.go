package cuda

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPTXIsOfTheseSources fails when a kernel was changed and not compiled: make
// ptx does that.
func TestPTXIsOfTheseSources(t *testing.T) {
	compiled, err := os.ReadFile("ptx/sources.txt")
	if err != nil {
		t.Fatal(err)
	}
	var sources []string
	for _, pattern := range []string{"kernels/*.cu", "kernels/*.cuh"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, found...)
	}
	if len(sources) < 3 {
		t.Fatalf("only %d sources", len(sources))
	}
	var lines []string
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%x  %s\n", sha256.Sum256(text), filepath.Base(path)))
	}
	for _, line := range lines {
		if !strings.Contains(string(compiled), line) {
			t.Errorf("changed since it was compiled: %s", strings.Fields(line)[1])
		}
	}
	if n := strings.Count(string(compiled), "\n"); n != len(lines) {
		t.Errorf("compiled from %d sources, there are %d", n, len(lines))
	}
}

// TestPTXIsForTheGPUsItSays looks at each program's target.
func TestPTXIsForTheGPUsItSays(t *testing.T) {
	files, err := programs.ReadDir("ptx")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		name, isPTX := strings.CutSuffix(f.Name(), ".ptx")
		if !isPTX {
			continue
		}
		names = append(names, name)
		text, err := programs.ReadFile("ptx/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		_, capability, _ := strings.Cut(name, ".")
		if !strings.Contains(string(text), ".target sm_"+capability+"\n") {
			t.Errorf("%s is not for compute capability %s", f.Name(), capability)
		}
		if !strings.Contains(string(text), "\n.version 7.8\n") {
			t.Errorf("%s is not in the version of PTX that CUDA 11.8 knows", f.Name())
		}
	}
	for _, want := range []string{"conv.75", "conv.80", "tensor.80"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %s among %v", want, names)
		}
	}
}
