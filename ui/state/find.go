package state

import (
	"context"
	"os"
	"path/filepath"

	"gaze/compute/folder"
)

// finding is what was found to be shown.
type finding struct {
	pictures []folder.Entry
	// place is the folder that the user would say they are from, "" for the
	// pictures that are part of the program.
	place string
}

// find lists the pictures at paths and in the folders among them.
func find(ctx context.Context, paths []string) (f finding, err error) {
	roots := make([]string, len(paths))
	for i, path := range paths {
		if roots[i], err = filepath.Abs(path); err != nil {
			return finding{}, err
		}
	}
	f.place = roots[0]
	if info, err := os.Stat(f.place); err == nil && !info.IsDir() {
		f.place = filepath.Dir(f.place)
	}
	f.pictures, _, err = folder.Find(ctx, roots...)
	return f, err
}
