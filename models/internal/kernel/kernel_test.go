package kernel

import (
	"runtime"
	"slices"
	"testing"
)

// counting are the numbers 0, 1, ... in a file, which counts what is read of them.
type counting struct{ n, read int }

func (c *counting) ReadFloats(dst []float32, first int) error {
	for i := range dst {
		dst[i] = float32(first + i)
	}
	c.read += len(dst)
	return nil
}

// Number 0, 1, ... of the file must be where the definition says, in kernels that are
// read whole and in ones that are read in parts.
func TestKernelsAreTurned(t *testing.T) {
	for _, shape := range [][]int{
		{1, 1, 3, 2},
		{2, 3, 5, 7},
		{1, 1, 700, 400},
		{3, 3, 70, 420},
		{3, 2, 600, 100},
		{1, 1, 30000, 9},
		{1, 1, 9, 30001},
		{7, 5, 11, 701},
	} {
		rows, columns, inputs, outputs := shape[0], shape[1], shape[2], shape[3]
		file := &counting{n: rows * columns * inputs * outputs}
		got, err := Conv(file, shape).Read()
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float32, 0, file.n)
		for o := range outputs {
			for i := range inputs {
				for y := range rows {
					for x := range columns {
						want = append(want, float32(((y*columns+x)*inputs+i)*outputs+o))
					}
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("shape %v is turned wrongly", shape)
		}
		if file.read != file.n {
			t.Errorf("shape %v: %d of %d numbers are read", shape, file.read, file.n)
		}
	}
}

func TestDenseKernelsInAnotherOrder(t *testing.T) {
	const outputs = 300
	// What was rows x columns x channels of 3x4x90 is channels x rows x columns.
	var to []int
	for pixel := range 12 {
		for channel := range 90 {
			to = append(to, channel*12+pixel)
		}
	}
	got, err := Dense(&counting{n: len(to) * outputs}, len(to), outputs, to).Read()
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range to {
		for o := range outputs {
			if x := got[o*len(to)+at]; x != float32(i*outputs+o) {
				t.Fatalf("output %d has %v at input %d, which is number %d of the file", o, x, at, i)
			}
		}
	}
}

func TestKernelInMemory(t *testing.T) {
	got, err := Dense(Slice{1, 2, 3, 4, 5, 6}, 2, 3, nil).Read()
	if err != nil || !slices.Equal(got, []float32{1, 4, 2, 5, 3, 6}) {
		t.Errorf("%v, %v", got, err)
	}
}

// There is no second copy of a kernel, not even for a while.
func TestReadingAKernelAllocatesIt(t *testing.T) {
	const bytes = 64 << 20
	file := &counting{n: bytes / 4}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	values, err := Conv(file, []int{2, 2, 2048, 2048}).Read()
	runtime.ReadMemStats(&after)
	if err != nil || len(values) != file.n {
		t.Fatalf("%d numbers of %d, %v", len(values), file.n, err)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > bytes*11/10 {
		t.Errorf("%d bytes are allocated for %d", taken, bytes)
	}
}
