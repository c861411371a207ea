package picture_test

import (
	"testing"

	"gaze/compute/picture"
)

// TestFilesOfSeveralPicturesSaySo: the first one is read, which TestKindsOfFiles
// compares.
func TestFilesOfSeveralPicturesSaySo(t *testing.T) {
	for name, want := range map[string]bool{
		"rgb_frames.webp": true, "rgb_frames.png": true, "rgb_frames.tif": true, "palette_frames.gif": true, "lossy_avif_animated.avif": true,
		"rgb_one.webp": false, "rgb_none.tif": false, "lossy_avif.avif": false, "rgb_lossless.jxl": false,
	} {
		k := notices(open(t, "testdata/kinds/"+name))
		if got := len(k) == 1 && k[0] == picture.NoticeFirst; got != want {
			t.Errorf("%s: notices %v", name, k)
		}
	}
}
