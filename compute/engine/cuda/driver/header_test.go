package driver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	constant  = regexp.MustCompile(`(?m)^\s+(CU\w+) = \d+`)
	structure = regexp.MustCompile(`(?s)typedef struct \w+\s*\{([^{}]*)\} (\w+);`)
	member    = regexp.MustCompile(`(\w+)(?:\[\w+\])?;`)
	prototype = regexp.MustCompile(`(?m)^CUresult \w+\(.*\);$`)
)

// TestHeaderAgreesWithNVIDIAs compares the project's declarations with those of
// an installed CUDA: the values of constants, the sizes and layouts of
// structures, the functions' parameters.
func TestHeaderAgreesWithNVIDIAs(t *testing.T) {
	real := ""
	for _, dir := range []string{"/usr/include", "/usr/local/cuda/include"} {
		if _, err := os.Stat(filepath.Join(dir, "cuda.h")); err == nil {
			real = dir
		}
	}
	if _, err := exec.LookPath("gcc"); err != nil || real == "" {
		t.Skip("there is no cuda.h of NVIDIA's, or no gcc, to compare with")
	}
	text, err := os.ReadFile("include/cuda.h")
	if err != nil {
		t.Fatal(err)
	}
	own := string(text)

	var program strings.Builder
	program.WriteString("#include <cuda.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void) {\n")
	facts := 0
	fact := func(expression string) {
		facts++
		fmt.Fprintf(&program, "printf(\"%%s %%lld\\n\", %q, (long long)(%s));\n", expression, expression)
	}
	for _, m := range constant.FindAllStringSubmatch(own, -1) {
		fact(m[1])
	}
	for _, m := range structure.FindAllStringSubmatch(own, -1) {
		fact("sizeof(" + m[2] + ")")
		for _, field := range member.FindAllStringSubmatch(m[1], -1) {
			fact("offsetof(" + m[2] + ", " + field[1] + ")")
		}
	}
	program.WriteString("return 0;\n}\n")
	if facts < 300 {
		t.Fatalf("only %d facts were found in the header", facts)
	}
	if a, b := run(t, "include", program.String()), run(t, real, program.String()); a != b {
		lines := strings.Split(b, "\n")
		for i, line := range strings.Split(a, "\n") {
			if line != lines[i] {
				t.Errorf("%s; NVIDIA's has %s", line, lines[i])
			}
		}
	}

	functions := prototype.FindAllString(own, -1)
	if len(functions) < 150 {
		t.Fatalf("only %d functions were found in the header", len(functions))
	}
	// Declared twice, a function must have the same parameters.
	source := write(t, "#include <cuda.h>\n"+strings.Join(functions, "\n")+"\n")
	if out, err := exec.Command("gcc", "-fsyntax-only", "-I", real, source).CombinedOutput(); err != nil {
		t.Errorf("the functions differ from NVIDIA's:\n%s", out)
	}
}

// run compiles a program with the headers in dir and returns what it prints.
func run(t *testing.T, dir, program string) string {
	t.Helper()
	source := write(t, program)
	binary := strings.TrimSuffix(source, ".c")
	if out, err := exec.Command("gcc", "-w", "-I", dir, "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("compiling with the headers in %s: %v\n%s", dir, err, out)
	}
	out, err := exec.Command(binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program.c")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
