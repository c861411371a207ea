package main

import (
	"fmt"
	"os"
	"path/filepath"

	"gaze/compute"
	"gaze/compute/heat"
	"gaze/compute/output"
)

// outputs writes the files a command was asked for. A file is there whole or
// not at all; one of the same name from an earlier run is replaced.
type outputs struct {
	sheets, raws, inputs string // folders, empty where there is nothing to write
	// written are the files of this run.
	written output.Names
}

// openOutputs makes the folders, so that one that cannot be made is found out
// before any work is done.
func openOutputs(sheets, raws string) (outputs, error) {
	for _, dir := range []string{sheets, raws} {
		if err := makeFolder(dir); err != nil {
			return outputs{}, err
		}
	}
	return outputs{sheets: sheets, raws: raws, written: make(output.Names)}, nil
}

// makeFolder makes a folder for results, if one is named.
func makeFolder(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make the folder for results: %w", err)
	}
	return nil
}

// saveInputs asks for what the network sees, in a folder.
func (o *outputs) saveInputs(dir string) error {
	o.inputs = dir
	return makeFolder(dir)
}

// claim takes a path for one map. Without it, layers whose names differ only in
// characters that file names cannot hold would overwrite each other's files.
func (o outputs) claim(path string, e *compute.Explanation) error {
	if !o.written.Claim(path) {
		return fmt.Errorf("layer %s: its file would be %s, which another layer's map of this run has", e.Layer, path)
	}
	return nil
}

// sheet writes the comparison sheet of a map of a subject, if sheets are wanted,
// and returns its path. name is the picture's.
func (o outputs) sheet(name string, e *compute.Explanation, s *compute.Subject, style heat.Style) (string, error) {
	if o.sheets == "" {
		return "", nil
	}
	path := filepath.Join(o.sheets, e.FileName(name, ".png"))
	if err := o.claim(path, e); err != nil {
		return "", err
	}
	return path, output.SavePNG(path, e.Sheet(s, style), true)
}

// raw writes the raw map, if maps are wanted, and returns its path.
func (o outputs) raw(name string, e *compute.Explanation) (string, error) {
	if o.raws == "" {
		return "", nil
	}
	path := filepath.Join(o.raws, e.FileName(name, ".npy"))
	if err := o.claim(path, e); err != nil {
		return "", err
	}
	return path, output.SaveNPY(path, e.Map.Height, e.Map.Width, e.Map.Values)
}
