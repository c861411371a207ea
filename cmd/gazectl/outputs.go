package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/sbinet/npyio"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/heat"
)

// outputs writes the files a command was asked for. A file is there whole or
// not at all; one of the same name from an earlier run is replaced.
type outputs struct {
	sheets, raws string // folders, empty where there is nothing to write
	// written are the files of this run, in lower case: on some file systems
	// that is the same file.
	written map[string]bool
}

// openOutputs makes the folders, so that one that cannot be made is found out
// before any work is done.
func openOutputs(sheets, raws string) (outputs, error) {
	for _, dir := range []string{sheets, raws} {
		if dir == "" {
			continue
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return outputs{}, fmt.Errorf("make the folder for results: %w", err)
		}
	}
	return outputs{sheets, raws, make(map[string]bool)}, nil
}

// claim takes a path for one map. Layers that differ in what file names cannot
// hold would otherwise overwrite each other's files.
func (o outputs) claim(path string, e *compute.Explanation) error {
	key := strings.ToLower(path)
	if o.written[key] {
		return fmt.Errorf("layer %s: its file would be %s, which another layer's map of this run has", e.Layer, path)
	}
	o.written[key] = true
	return nil
}

// sheet writes the comparison sheet of an explanation, if sheets are wanted,
// and returns its path. name is the picture's from [names].
func (o outputs) sheet(name string, e *compute.Explanation, draw func() heat.Comparison) (string, error) {
	if o.sheets == "" {
		return "", nil
	}
	path := filepath.Join(o.sheets, fileName(name, e, ".png"))
	if err := o.claim(path, e); err != nil {
		return "", err
	}
	return path, heat.SavePNG(path, heat.Sheet(draw()), true)
}

// raw writes the raw map of an explanation, if maps are wanted, and returns
// its path.
func (o outputs) raw(name string, e *compute.Explanation) (string, error) {
	if o.raws == "" {
		return "", nil
	}
	path := filepath.Join(o.raws, fileName(name, e, ".npy"))
	if err := o.claim(path, e); err != nil {
		return "", err
	}
	return path, heat.Save(path, true, func(w io.Writer) error { return writeNPY(w, e.Map) })
}

// fileName is "mug.jpg.layer4.gradcam.coffee-mug.png".
func fileName(name string, e *compute.Explanation, ext string) string {
	target := strings.ReplaceAll(plain(cmp.Or(e.TargetName, e.Class.Label)), " ", "-")
	made := e.Method.Name
	for _, how := range []string{string(e.Smoothing), string(e.Fusion)} {
		if how != "" {
			made += "-" + how
		}
	}
	if e.Compat {
		made += "-compat"
	}
	return strings.Join([]string{name, plain(e.Layer), made, target}, ".") + ext
}

// writeNPY writes a raw map as a NumPy array of shape (height, width).
func writeNPY(w io.Writer, m cam.Map) error {
	// The library takes the shape from the type: an array of arrays.
	row := reflect.ArrayOf(m.Width, reflect.TypeFor[float32]())
	array := reflect.New(reflect.ArrayOf(m.Height, row)).Elem()
	for y := range m.Height {
		reflect.Copy(array.Index(y), reflect.ValueOf(m.Values[y*m.Width:(y+1)*m.Width]))
	}
	return npyio.Write(w, array.Interface())
}

// names hands out a name for each picture that no other picture has, also
// where a file system takes upper and lower case for the same.
type names map[string]bool

// take returns the name for the picture with the path rel below the folder it
// was found in: "amazon/mug/frame 1.jpg" becomes "amazon_mug_frame 1".
func (n names) take(rel string) string {
	base := plain(strings.ReplaceAll(filepath.ToSlash(filepath.Clean(rel)), "/", "_"))
	name := base
	for i := 2; n[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	n[strings.ToLower(name)] = true
	return name
}

// plain is a part of a file's name, of which there are at most three.
func plain(s string) string { return heat.FileName(s, 80) }
