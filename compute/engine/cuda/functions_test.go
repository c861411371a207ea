package cuda

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gaze/compute/engine/op"
	"gaze/models"
)

// TestEveryFunctionHasItsNumber: each function that has a number has a case of that
// number in the kernels. Those that have none run by their definition.
func TestEveryFunctionHasItsNumber(t *testing.T) {
	numbers := make(map[models.Kind]int)
	for _, file := range []string{"elementwise", "functions"} {
		kernels, err := os.ReadFile("kernels/" + file + ".cu")
		if err != nil {
			t.Fatal(err)
		}
		_, body, found := strings.Cut(string(kernels), "__device__ Jet function(int kind,")
		body, _, ended := strings.Cut(body, "\n}\n")
		if !found || !ended {
			t.Fatalf("%s has no functions", file)
		}
		named := regexp.MustCompile(`(?m)^ *case (\d+): *\{? *// (\w+)`).FindAllStringSubmatch(body, -1)
		for _, c := range named {
			n, err := strconv.Atoi(c[1])
			if err != nil {
				t.Fatal(err)
			}
			if in := file == "functions"; in != (n >= rare) {
				t.Errorf("number %d is in %s", n, file)
			}
			numbers[models.Kind(c[2])] = n
		}
		if cases := strings.Count(body, "case "); cases != len(named) {
			t.Errorf("of %d cases in %s, %d say which function they are", cases, file, len(named))
		}
		// A number without a case must not compute another function.
		if !strings.Contains(body, "return {none / none, none / none, none / none};") {
			t.Errorf("what follows the switch in %s does not give NaNs", file)
		}
	}
	taken := make(map[int]models.Kind)
	for kind, n := range numbers {
		if other, twice := taken[n]; twice {
			t.Errorf("%s and %s are both number %d", kind, other, n)
		}
		taken[n] = kind
	}
	for _, kind := range op.Functions() {
		n, ok := curves[kind]
		switch in, known := numbers[kind]; {
		case !ok && known:
			t.Errorf("%s has no number", kind)
		case !ok:
		case !known:
			t.Errorf("the kernels do not know %s", kind)
		case n != in:
			t.Errorf("%s is number %d here and %d in the kernels", kind, n, in)
		}
	}
	if len(curves) != len(numbers) {
		t.Errorf("%d functions have a number, %d are in the kernels", len(curves), len(numbers))
	}
}
