package truth

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"gaze/compute/evaluation"
)

// Places tell where the objects of pictures are.
type Places interface {
	// Regions of a picture; none where they are not known. The file is relative to the
	// folder that is analysed, with slashes, and size is that of the upright picture.
	Regions(ctx context.Context, file string, size image.Point) ([]evaluation.Region, error)
}

// OpenBoxes opens boxes: a file in COCO's JSON, or a folder with a file for each
// picture, in Pascal VOC's XML (mug.xml for mug.jpg) or YOLO's text (mug.txt). Where
// the files are in folders like the pictures', these are looked at first.
//
// Boxes are for the upright picture. If a file states another size of the picture, its
// boxes are scaled. Objects whose class the network lacks count only where none of the
// picture's objects has a class of the network.
func OpenBoxes(name string, c *Classes) (Places, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("opening the boxes: %w", err)
	}
	if !info.IsDir() {
		return readCOCO(name, c)
	}
	return openBoxFolder(name, c)
}

// boxFolder is a folder with a file for each picture.
type boxFolder struct {
	dir     string
	classes *Classes
	// yolo are the names of YOLO's classes, empty where they are not known.
	yolo []string
}

func openBoxFolder(dir string, c *Classes) (boxFolder, error) {
	f := boxFolder{dir: dir, classes: c}
	data, err := read(filepath.Join(dir, "classes.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f, fmt.Errorf("opening the boxes: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		f.yolo = append(f.yolo, strings.TrimSpace(line))
	}
	return f, nil
}

// Regions implements [Places].
func (f boxFolder) Regions(_ context.Context, file string, size image.Point) ([]evaluation.Region, error) {
	for _, format := range []struct {
		extension string
		parse     func([]byte, image.Point) ([]object, error)
	}{{".xml", parseVOC}, {".txt", f.parseYOLO}} {
		name := beside(f.dir, file, format.extension)
		if name == "" {
			continue
		}
		data, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("reading boxes: %w", err)
		}
		objects, err := format.parse(data, size)
		if err != nil {
			return nil, fmt.Errorf("reading boxes from %s: %w", name, err)
		}
		return settle(objects, f.classes), nil
	}
	return nil, nil
}

// beside finds the file in dir that belongs to a picture, or returns "".
func beside(dir, file, extension string) string {
	stem := strings.TrimSuffix(file, path.Ext(file))
	for _, name := range []string{stem + extension, file + extension, path.Base(stem) + extension, path.Base(file) + extension} {
		if name = filepath.FromSlash(name); !filepath.IsLocal(name) {
			continue
		}
		name = filepath.Join(dir, name)
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return name
		}
	}
	return ""
}

// object is a region with the name of its class, which may be empty.
type object struct {
	name string
	evaluation.Region
}

// settle finds the classes of objects.
func settle(objects []object, c *Classes) []evaluation.Region {
	var known, all []evaluation.Region
	for _, o := range objects {
		o.Class = evaluation.Unknown
		if classes := c.ByName(o.name); len(classes) == 1 {
			o.Class = classes[0]
			known = append(known, o.Region)
		}
		all = append(all, o.Region)
	}
	if len(known) > 0 {
		return known
	}
	return all
}

// scale brings objects from the size that a file states to that of the picture. A size
// of zero is not stated.
func scale(objects []object, from, to image.Point) error {
	switch {
	case from.X <= 0 || from.Y <= 0 || from == to:
		return nil
	case from.X != from.Y && from.X == to.Y && from.Y == to.X:
		return fmt.Errorf("its boxes are for a picture of %dx%d pixels, and the picture, turned upright, has %dx%d", from.X, from.Y, to.X, to.Y)
	}
	x, y := float64(to.X)/float64(from.X), float64(to.Y)/float64(from.Y)
	for i := range objects {
		b := &objects[i].Box
		b.Min, b.Max = evaluation.Point{X: b.Min.X * x, Y: b.Min.Y * y}, evaluation.Point{X: b.Max.X * x, Y: b.Max.Y * y}
		for _, polygon := range objects[i].Polygons {
			for k, p := range polygon {
				polygon[k] = evaluation.Point{X: p.X * x, Y: p.Y * y}
			}
		}
	}
	return nil
}

// box is a rectangle from its corners.
func box(x0, y0, x1, y1 float64) evaluation.Box {
	return evaluation.Box{Min: evaluation.Point{X: x0, Y: y0}, Max: evaluation.Point{X: x1, Y: y1}}
}
