package wasm_test

import (
	"context"
	"errors"
	"image"
	"os"
	"testing"

	"gaze/compute/picture/wasm"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../testdata/kinds/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type codec struct {
	codec wasm.Codec
	file  string
}

var codecs = map[string]codec{
	"avif": {wasm.AVIF(), "lossy_avif.avif"},
	"jxl":  {wasm.JPEGXL(), "rgb_lossless.jxl"},
}

// TestDamagedFilesAreRefused: whatever a decoder makes of wrong bytes stays inside
// it, and the next file is read.
func TestDamagedFilesAreRefused(t *testing.T) {
	for name, c := range codecs {
		t.Run(name, func(t *testing.T) {
			good := read(t, c.file)
			for _, n := range []int{0, 1, 20, len(good) / 2} {
				size, err := c.codec.Size(t.Context(), good[:n])
				if err == nil {
					_, err = c.codec.Decode(t.Context(), good[:n], size)
				}
				if err == nil {
					t.Errorf("%d of %d bytes were read", n, len(good))
				}
			}
			bad := append([]byte{}, good...)
			for i := len(bad) / 2; i < len(bad); i++ {
				bad[i] ^= 0x5a
			}
			if size, err := c.codec.Size(t.Context(), bad); err == nil {
				// Either is right, as long as it ends.
				_, err := c.codec.Decode(t.Context(), bad, size)
				t.Logf("wrong bytes: %v", err)
			}
			size, err := c.codec.Size(t.Context(), good)
			if err != nil || size != image.Pt(37, 29) {
				t.Fatalf("header %+v, %v", size, err)
			}
			if img, err := c.codec.Decode(t.Context(), good, size); err != nil || img.Image.Bounds().Max != size || img.Animated {
				t.Errorf("image %v, %v", img, err)
			}
		})
	}
}

// TestDecodersObeyTheirContext and leave no picture behind.
func TestDecodersObeyTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range codecs {
		if _, err := c.codec.Size(ctx, read(t, c.file)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want the context's", name, err)
		}
	}
}

// TestSizesAreWhatMemoryWasAllowedFor: a file whose header changed its mind is
// refused.
func TestSizesAreWhatMemoryWasAllowedFor(t *testing.T) {
	for name, c := range codecs {
		if _, err := c.codec.Decode(t.Context(), read(t, c.file), image.Pt(1, 1)); err == nil {
			t.Errorf("%s: a picture of another size was read", name)
		}
	}
}
