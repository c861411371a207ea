//go:build !noasm

package cpu

import (
	"reflect"
	"testing"
)

// everyTable are the kernels of all instruction sets, whether or not this
// processor has them.
func everyTable() map[string]*kernels {
	return map[string]*kernels{"plain Go": &genericKernels, "AVX2": &avx2Kernels, "AVX-512": &avx512Kernels}
}

// TestVectorsAreSaidInTheTable: AVX2 and AVX-512 have kernels of their own for
// the functions that are not marked as scalar, and for no other.
func TestVectorsAreSaidInTheTable(t *testing.T) {
	same := func(a, b func(*vec)) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }
	for name, k := range everyTable() {
		if k == &genericKernels {
			continue
		}
		for kind, plain := range curvesGeneric {
			c := k.curves[kind]
			if same(c.value, plain.value) != plain.scalarOnly || same(c.slope, plain.slope) != plain.scalarOnly {
				t.Errorf("%s of %s: is it in plain Go? The table says %v", name, kind, plain.scalarOnly)
			}
		}
	}
}
