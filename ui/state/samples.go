package state

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gaze/compute/folder"
	"gaze/compute/output"
	"gaze/models/builtin/samples"
)

// unpackSamples gives the sample pictures files: in the user's cache, or, where
// nothing can be written there, in a folder for this run.
func unpackSamples(ctx context.Context) ([]folder.Entry, error) {
	cache, err := os.UserCacheDir()
	if err == nil {
		var list []folder.Entry
		if list, err = writeSamples(ctx, filepath.Join(cache, "gaze", "samples")); err == nil {
			return list, nil
		}
	}
	temp, tempErr := os.MkdirTemp("", "gaze-samples-")
	if tempErr != nil {
		return nil, fmt.Errorf("unpack the sample pictures: %w", err)
	}
	return writeSamples(ctx, temp)
}

// writeSamples writes the files of the samples into dir, as far as they are not
// there yet.
func writeSamples(ctx context.Context, dir string) ([]folder.Entry, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("unpack the sample pictures: %w", err)
	}
	var list []folder.Entry
	for _, sample := range samples.List() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		data, err := fs.ReadFile(samples.FS(), sample.Name)
		if err != nil {
			return nil, fmt.Errorf("unpack the sample picture %s: %w", sample.Name, err)
		}
		path := filepath.Join(dir, sample.Name)
		if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, data) {
			err := output.Save(path, true, func(w io.Writer) error {
				_, err := w.Write(data)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		list = append(list, folder.Entry{Path: path, Rel: sample.Name})
	}
	return list, nil
}
