package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"gaze/compute"
	"gaze/compute/folder"
	"gaze/compute/output"
	"gaze/compute/picture"
	"gaze/models"
)

// entry is a picture to be explained.
type entry struct {
	// path is what it is called in results, name the beginning of its files'
	// names.
	path, name string
	open       func(context.Context) (*compute.Subject, error)
}

// pictureEntries are the pictures at paths: files, and those in folders.
func pictureEntries(ctx context.Context, paths []string, in models.Input, opt picture.Options) ([]entry, error) {
	found, err := findPictures(ctx, paths, in)
	if err != nil {
		return nil, err
	}
	taken := make(output.Names)
	list := make([]entry, len(found))
	for i, f := range found {
		list[i] = entry{path: f.Path, name: pictureName(taken, f.Rel), open: func(ctx context.Context) (*compute.Subject, error) {
			if f.Err != nil {
				return nil, f.Err
			}
			return compute.OpenSubject(ctx, f.Path, in, opt)
		}}
	}
	return list, nil
}

// tensorEntry is a preprocessed picture given as FILE[:NAME].
func tensorEntry(arg string, net *models.Network) ([]entry, *models.Network, error) {
	input, net, err := readInput(arg, net)
	if err != nil {
		return nil, nil, err
	}
	return []entry{{path: arg, name: pictureName(make(output.Names), filepath.Base(arg)), open: func(context.Context) (*compute.Subject, error) {
		return compute.TensorSubject(arg, input, net.Input)
	}}}, net, nil
}

// pictureName gives the picture with the path rel below the folder it was found in
// a name that no other has: "amazon/mug/frame 1.jpg" becomes "amazon_mug_frame 1.jpg".
func pictureName(taken output.Names, rel string) string {
	name := output.FileName(strings.ReplaceAll(filepath.ToSlash(filepath.Clean(rel)), "/", "_"), maxPicture)
	return taken.Take("-%d", func(again string) string { return name + again })
}

// maxPicture bounds a picture's part of the name of a file, in bytes.
const maxPicture = 80

// errNoPictures is why a folder cannot be explained.
var errNoPictures = errors.New("no pictures in this folder")

// errNoStack is why a folder cannot be explained where each channel is a file.
func errNoStack(in models.Input) error {
	return fmt.Errorf("no file in this folder fits the pattern %s", in.Stack)
}

// stacked lists each picture once where each channel is a file of its own.
func stacked(entries []folder.Entry, in models.Input) ([]folder.Entry, error) {
	if in.Stack == "" {
		return entries, nil
	}
	s, err := models.ParseStack(in.Stack)
	if err != nil {
		return nil, err
	}
	return folder.Stacked(entries, s), nil
}

// tellEarlier tells of results of earlier runs, which are no pictures.
func tellEarlier(io *streams, earlier []folder.Results) {
	for _, r := range earlier {
		io.complain("%s has results of an earlier run; its %d files are left out", r.Dir, r.Files)
	}
}

// findPictures lists the pictures at paths: files, and those in folders. What
// cannot be used is listed with the reason; the error is the context's.
func findPictures(ctx context.Context, paths []string, in models.Input) ([]folder.Entry, error) {
	var list []folder.Entry
	for _, path := range paths {
		found, _, err := folder.Find(ctx, path)
		none := errNoPictures
		if isFolder := len(found) > 0 && found[0].Path != path; isFolder && in.Stack != "" {
			none = errNoStack(in)
			found, err = stacked(found, in)
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			found = []folder.Entry{{Path: path, Rel: filepath.Base(path), Err: err}}
		case len(found) == 0:
			found = []folder.Entry{{Path: path, Rel: filepath.Base(path), Err: none}}
		}
		list = append(list, found...)
	}
	return list, nil
}
