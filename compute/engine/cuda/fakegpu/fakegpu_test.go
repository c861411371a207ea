//go:build linux

package fakegpu

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEmulationFindsFaults: kernels that no GPU would run rightly fail on the
// fake one or give NaNs, and right ones work.
func TestEmulationFindsFaults(t *testing.T) {
	if _, err := exec.LookPath("g++"); err != nil {
		t.Skip("there is no g++")
	}
	program := filepath.Join(t.TempDir(), "faults")
	if err := compiler("-std=c++17", "-O1", "-Wno-unknown-pragmas", "testdata/faults.cpp", "../fake/emu.cpp", "-o", program); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program).Output()
	if err != nil {
		t.Fatal(err)
	}
	// Name, outcome, NaNs in the output, its first and last number.
	for _, want := range []string{
		"reversed ran 0 63 0",
		"summed ran 0 2016 2016",
		"hasty ran 64",
		"leftover ran 128",
		"deserted failed",
		"divergent failed",
		"impatient ran 0 5 -1",
		"abandoned failed",
		"large failed",
	} {
		if !strings.Contains("\n"+string(out), "\n"+want) {
			t.Errorf("there is no %q in\n%s", want, out)
		}
	}
}
