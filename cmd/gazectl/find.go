package main

import (
	"context"
	"errors"
	"path/filepath"

	"gaze/compute/folder"
)

// errNoPictures is why a folder cannot be explained.
var errNoPictures = errors.New("no pictures in this folder")

// findPictures lists the pictures at paths: files, and those in folders. What
// cannot be used is listed with the reason; the error is the context's.
func findPictures(ctx context.Context, paths []string) ([]folder.Entry, error) {
	var list []folder.Entry
	for _, path := range paths {
		found, err := folder.Find(ctx, path)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			found = []folder.Entry{{Path: path, Rel: filepath.Base(path), Err: err}}
		case len(found) == 0:
			found = []folder.Entry{{Path: path, Rel: filepath.Base(path), Err: errNoPictures}}
		}
		list = append(list, found...)
	}
	return list, nil
}
