package ui

import (
	"context"
	"os"
	"path/filepath"

	"gaze/compute/folder"
)

// find lists the pictures at paths and in the folders among them. place is the
// folder that the user would say they are from.
func find(ctx context.Context, paths []string) (list []folder.Entry, place string, err error) {
	roots := make([]string, len(paths))
	for i, path := range paths {
		if roots[i], err = filepath.Abs(path); err != nil {
			return nil, "", err
		}
	}
	place = roots[0]
	if info, err := os.Stat(place); err == nil && !info.IsDir() {
		place = filepath.Dir(place)
	}
	list, err = folder.Find(ctx, roots...)
	return list, place, err
}
