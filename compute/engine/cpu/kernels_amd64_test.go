package cpu

import (
	"os"
	"regexp"
	"testing"
)

// TestAVX2KernelsKeepToItsRegisters: the assembler takes register 16 and those
// above it for AVX-512 without a word, and processors with AVX2 alone do not
// know them.
func TestAVX2KernelsKeepToItsRegisters(t *testing.T) {
	source, err := os.ReadFile("kernels_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	above := regexp.MustCompile(`\b[XYZ](1[6-9]|2\d|3[01])\b|\b[ZK]\d+\b`)
	functions := regexp.MustCompile(`(?s)TEXT ·(\w+AVX2\w*)\(SB\).*?\n\tRET\n`).FindAllSubmatch(source, -1)
	if len(functions) == 0 {
		t.Fatal("no AVX2 kernels found")
	}
	for _, f := range functions {
		if register := above.Find(f[0]); register != nil {
			t.Errorf("%s uses %s", f[1], register)
		}
	}
}
