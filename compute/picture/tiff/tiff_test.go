package tiff_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"gaze/compute/picture/tiff"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../testdata/kinds", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// patched is a little-endian file with another value of a tag, which is in the
// directory.
func patched(t *testing.T, data []byte, tag uint16, value uint32) []byte {
	t.Helper()
	data = append([]byte{}, data...)
	at := binary.LittleEndian.Uint32(data[4:])
	n := binary.LittleEndian.Uint16(data[at:])
	for i := range uint32(n) {
		if field := data[at+2+12*i:]; binary.LittleEndian.Uint16(field) == tag {
			binary.LittleEndian.PutUint16(field[2:], 4)
			binary.LittleEndian.PutUint32(field[8:], value)
			return data
		}
	}
	t.Fatalf("there is no tag %d", tag)
	return nil
}

// TestFilesThatAreCutOff: a file without its last byte of pixels is never half a
// picture.
func TestFilesThatAreCutOff(t *testing.T) {
	for _, name := range []string{"rgb_none.tif", "grey_8.tif", "rgb_planar_16.tif", "grey_float32.tif"} {
		data := read(t, name)
		for _, n := range []int{0, 7, 9, 100, len(data) / 2, len(data) - 1} {
			if _, err := tiff.Decode(t.Context(), data[:n], tiff.Options{}); !errors.Is(err, tiff.ErrTruncated) {
				t.Errorf("%s, %d of %d bytes: %v, want that it is cut off", name, n, len(data), err)
			}
		}
	}
}

// TestLyingHeaders: sizes in a header that the file cannot have are refused before
// memory is taken for them.
func TestLyingHeaders(t *testing.T) {
	plain, packed, page := read(t, "rgb_none.tif"), read(t, "rgb_deflate.tif"), read(t, "page_group4_photometric_0.tif")
	for name, data := range map[string][]byte{
		"wide":            patched(t, plain, 256, 1<<30),
		"high":            patched(t, plain, 257, 1<<30),
		"packed and wide": patched(t, packed, 256, 1<<29),
		"packed and high": patched(t, packed, 257, 1<<29),
		"samples":         patched(t, plain, 277, 65535),
		"page and wide":   patched(t, page, 256, 1<<31-1),
		"bits":            patched(t, plain, 258, 64),
		"rows":            patched(t, plain, 278, 0),
		"no width":        patched(t, plain, 256, 0),
		"offset":          patched(t, page, 273, 1<<30),
		"compression":     patched(t, plain, 259, 12345),
		"predictor":       patched(t, read(t, "rgb_lzw_predictor.tif"), 317, 3),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := tiff.Decode(t.Context(), data, tiff.Options{}); err == nil {
				t.Error("it was read")
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
				t.Errorf("it took %d bytes of a file of %d", took, len(data))
			}
		})
	}
}

// hide makes a little-endian file's tag one that nobody knows.
func hide(data []byte, tag uint16) {
	at := binary.LittleEndian.Uint32(data[4:])
	for i := range uint32(binary.LittleEndian.Uint16(data[at:])) {
		if field := data[at+2+12*i:]; binary.LittleEndian.Uint16(field) == tag {
			binary.LittleEndian.PutUint16(field, 65000)
		}
	}
}

// TestChannelsWithoutMeaning: two channels of which nothing says that one is alpha
// are refused, not shown as the grey of the first.
func TestChannelsWithoutMeaning(t *testing.T) {
	data := read(t, "grey_alpha.tif")
	hide(data, 338)
	_, err := tiff.Decode(t.Context(), data, tiff.Options{})
	var unsupported *tiff.UnsupportedError
	if !errors.As(err, &unsupported) || unsupported.Kind != "2 channels without colours" {
		t.Errorf("error %v", err)
	}
}

// TestStripsWithoutTheirLengths: those of plain files follow from the header.
func TestStripsWithoutTheirLengths(t *testing.T) {
	data := read(t, "rgb_none.tif")
	want, err := tiff.Decode(t.Context(), data, tiff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hide(data, 279)
	got, err := tiff.Decode(t.Context(), data, tiff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Image.(*image.NRGBA).Pix, want.Image.(*image.NRGBA).Pix) {
		t.Error("it is another picture")
	}
}

func TestDecodeObeysItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tiff.Decode(ctx, read(t, "rgb_tiles.tif"), tiff.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

// TestSamplesByHand: numbers stay what they are.
func TestSamplesByHand(t *testing.T) {
	grey, err := tiff.Decode(t.Context(), read(t, "grey_uint32.tif"), tiff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := tiff.Decode(t.Context(), read(t, "deep_int16.tif"), tiff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// kinds.py makes them so: int16 is 100 grey - 9000.
	for i, v := range grey.Samples.Planes[0] {
		if got, want := signed.Samples.Planes[0][i], 100*v-9000; got != want {
			t.Fatalf("sample %d is %g, want %g", i, got, want)
		}
	}
	if s := signed.Samples; !s.Signed || s.Float || s.Bits != 16 {
		t.Errorf("%d bits, signed %v, float %v", s.Bits, s.Signed, s.Float)
	}
}

// handmade is a little-endian grey TIFF of one row, stored plainly.
func handmade(width, bits uint16, row []byte) []byte {
	tags := [][2]uint16{{256, width}, {257, 1}, {258, bits}, {262, 1}, {273, 8 + 2 + 12*7 + 4}, {278, 1}, {279, uint16(len(row))}}
	b := []byte("II\x2a\x00\x08\x00\x00\x00\x07\x00")
	for _, t := range tags {
		b = binary.LittleEndian.AppendUint16(b, t[0])
		b = append(b, 3, 0, 1, 0, 0, 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(t[1]))
	}
	return append(append(b, 0, 0, 0, 0), row...)
}

// TestPackedSamplesByHand: the highest bits of a byte come first.
func TestPackedSamplesByHand(t *testing.T) {
	for _, row := range []struct {
		bits uint16
		data []byte
		want []float64
	}{
		{1, []byte{0b10100000}, []float64{255, 0, 255}},
		{2, []byte{0b00_01_10_11}, []float64{0, 85, 170}},
		{4, []byte{0x0f, 0x70}, []float64{0, 255, 119}},
		{12, []byte{0xab, 0xc1, 0x23, 0xff, 0xf0}, []float64{0xabc, 0x123, 0xfff}},
		{24, []byte{0, 0, 1, 0, 1, 0, 1, 0, 0}, []float64{1, 256, 65536}},
	} {
		p, err := tiff.Decode(t.Context(), handmade(3, row.bits, row.data), tiff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range row.want {
			var got float64
			switch s := p.Samples; {
			case s == nil:
				got = float64(p.Image.(*image.Gray).Pix[i])
			case row.bits <= 16:
				got = float64(s.Whole[0][i])
			default:
				got = float64(s.Planes[0][i])
			}
			if got != want {
				t.Errorf("%d bits: sample %d is %g, want %g", row.bits, i, got, want)
			}
		}
	}
}
