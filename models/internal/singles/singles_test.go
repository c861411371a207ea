package singles

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
)

func TestRead(t *testing.T) {
	// 1, -2 and the smallest number above 0, as IEEE 754 writes them.
	data := []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 1, 0, 0, 0}
	got := make([]float32, 3)
	if err := Read(bytes.NewReader(data), got); err != nil {
		t.Fatal(err)
	}
	if want := []float32{1, -2, 0x1p-149}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if err := Read(bytes.NewReader(data[:7]), got); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("seven bytes are read as three numbers: %v", err)
	}
	if err := Read(bytes.NewReader(nil), nil); err != nil {
		t.Error(err)
	}
}
