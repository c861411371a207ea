package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gaze/compute/output"
	"gaze/models/builtin/samples"
)

// samplesCommand writes the sample pictures into a folder.
type samplesCommand struct {
	JSON bool   `name:"json" help:"Print a JSON array of path, title, classes."`
	Dir  string `arg:"" name:"dir" help:"Folder for the pictures; made if it is not there."`
}

// Help is the command's longer help text.
func (samplesCommand) Help() string {
	return `The pictures are rendered scenes of things that the built-in network knows, two of them with two things. Files of theirs that are there already are left as they are.

Example:

  gazectl samples pictures && gazectl analyze pictures --out results`
}

// sampleFile is a sample on the disk.
type sampleFile struct {
	Path    string   `json:"path"`
	Title   string   `json:"title"`
	Classes []string `json:"classes"`
}

// Run writes the pictures.
func (c *samplesCommand) Run(ctx context.Context, io *streams) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return fmt.Errorf("making the folder of the samples: %w", err)
	}
	var files []sampleFile
	for _, s := range samples.List() {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := filepath.Join(c.Dir, s.Name)
		if err := saveSample(path, s); err != nil {
			return err
		}
		files = append(files, sampleFile{path, s.Title, s.Classes})
	}
	if c.JSON {
		return printJSON(io.out, files)
	}
	_, err := fmt.Fprintf(io.out, "%d pictures: %s\n", len(files), printable(c.Dir))
	return err
}

// saveSample writes a sample, unless its file is there.
func saveSample(path string, s samples.Sample) error {
	f, err := s.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	err = output.Save(path, false, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
