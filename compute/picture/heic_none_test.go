//go:build !heic

package picture_test

import (
	"errors"
	"strings"
	"testing"

	"gaze/compute/picture"
)

// TestHEICSaysHowToReadIt where the program is built without.
func TestHEICSaysHowToReadIt(t *testing.T) {
	for _, path := range []string{"testdata/kinds/no_heic.heic", write(t, "phone.heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"))} {
		_, err := picture.Open(t.Context(), path, picture.Options{})
		var e *picture.Error
		if !errors.As(err, &e) || e.Reason != picture.Unsupported || e.Kind != "HEVC" || e.Tag != "heic" || !strings.Contains(err.Error(), "-tags heic") {
			t.Errorf("error %#v", err)
		}
	}
}
