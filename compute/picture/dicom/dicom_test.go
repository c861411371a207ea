package dicom

import (
	"bytes"
	"errors"
	"testing"
)

// TestUnpack: PackBits by hand.
func TestUnpack(t *testing.T) {
	got, err := unpack([]byte{1, 7, 8, 0x80, 0xfe, 9, 0, 5}, 6)
	if err != nil || !bytes.Equal(got, []byte{7, 8, 9, 9, 9, 5}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, cut := range [][]byte{{}, {3, 1}, {0xfe}, {0, 5}} {
		if _, err := unpack(cut, 2); !errors.Is(err, ErrTruncated) {
			t.Errorf("%v: %v", cut, err)
		}
	}
}

// TestPredictors: T.81, table H.1, of 10 to the left, 20 above and 13 between them.
func TestPredictors(t *testing.T) {
	for predictor, want := range map[int]int{1: 10, 2: 20, 3: 13, 4: 17, 5: 13, 6: 18, 7: 15} {
		if got := predict(predictor, 10, 20, 13); got != want {
			t.Errorf("predictor %d: %d, want %d", predictor, got, want)
		}
	}
}

// TestLosslessByHand decodes a picture of 2 x 2 samples of 8 bits: codes of one bit, 0 for
// a difference of 0 and 1 for one bit more, which is 1 or, as 0, -1. From 128: +1, 0 / -1
// (from above), +1 (from the left, with predictor 1): 129 129 / 128 129. A restart after
// each line begins at 128 again: 129 129 / 127 128.
func TestLosslessByHand(t *testing.T) {
	table := append([]byte{0xff, 0xc4, 0, 21, 0, 2}, make([]byte, 15)...)
	table = append(table, 0, 1)
	frame := []byte{0xff, 0xc3, 0, 11, 8, 0, 2, 0, 2, 1, 1, 0x11, 0}
	scan := []byte{0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0}
	for _, row := range []struct {
		name string
		data [][]byte
		want []uint16
	}{
		{"plain", [][]byte{table, frame, scan, {0b11_0_10_11_1}}, []uint16{129, 129, 128, 129}},
		{"restarts", [][]byte{table, {0xff, 0xdd, 0, 4, 0, 2}, frame, scan, {0b11_0_11111, 0xff, 0xd0, 0b10_11_1111}}, []uint16{129, 129, 127, 128}},
	} {
		x, err := decodeLossless(t.Context(), bytes.Join(append([][]byte{{0xff, 0xd8}}, row.data...), nil), 2, 2)
		if err != nil || len(x.values) != 4 {
			t.Fatalf("%s: %v, %v", row.name, x, err)
		}
		for i, want := range row.want {
			if x.values[i] != want {
				t.Errorf("%s: samples %v, want %v", row.name, x.values, row.want)
				break
			}
		}
	}
}

// TestTooLittleForItsSize: a small file that promises a large picture is refused before
// memory is taken for that.
func TestTooLittleForItsSize(t *testing.T) {
	l := layout{width: 1 << 15, height: 1 << 15, samples: 1, allocated: 8, stored: 8, high: 7}
	if _, err := native(make([]byte, 100), nil, l); !errors.Is(err, ErrTruncated) {
		t.Error(err)
	}
	if _, err := decodeLossless(t.Context(), []byte{0xff, 0xd8, 0xff, 0xc3, 0, 11, 8, 0x7f, 0xff, 0x7f, 0xff, 1, 1, 0x11, 0}, 0x7fff, 0x7fff); !errors.Is(err, ErrTruncated) {
		t.Error(err)
	}
	f := &file{syntax: syntax{coding: codingRunLengths}, fragments: [][]byte{nil, make([]byte, 100)}}
	if _, err := f.samples(t.Context(), l, Options{}); err == nil {
		t.Error("100 bytes of run lengths are enough for a billion pixels")
	}
}
