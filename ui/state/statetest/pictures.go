package statetest

import (
	"image"
	"image/color"
	"path/filepath"
	"testing"

	"gaze/compute/output/golden"
)

// PicturesIn draws pictures into a new folder and returns it and their paths.
func PicturesIn(t *testing.T, names ...string) (dir string, paths []string) {
	t.Helper()
	dir = t.TempDir()
	for i, name := range names {
		path := filepath.Join(dir, name)
		golden.WritePNG(t, path, Drawing(96, 64, i))
		paths = append(paths, path)
	}
	return dir, paths
}

// Drawing is a picture of a coloured disc on a sky; kind chooses the colour.
func Drawing(w, h, kind int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	disc := []color.NRGBA{{0xd9, 0x48, 0x41, 0xff}, {0x2f, 0x9e, 0x44, 0xff}, {0xf0, 0x8c, 0x00, 0xff}, {0x70, 0x48, 0xe8, 0xff}}[kind%4]
	cx, cy, r := w*5/8, h*9/16, h/4
	for y := range h {
		for x := range w {
			c := color.NRGBA{uint8(120 + 80*y/h), uint8(160 + 60*y/h), 0xe6, 0xff}
			if (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r {
				c = disc
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// CacheIn has the user's cache and the system's temporary files in new folders.
func CacheIn(t *testing.T, cache string) {
	t.Helper()
	t.Setenv("HOME", cache)
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("LocalAppData", cache)
	t.Setenv("TMPDIR", t.TempDir())
}
