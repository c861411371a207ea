package truth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"path"
	"slices"
	"strings"

	"gaze/compute/evaluation"
)

// coco are the boxes and outlines of a file of COCO's format.
type coco struct {
	name    string
	classes *Classes
	// files has the pictures by their paths, and bases by their names alone, with nil
	// for a name of several.
	files, bases map[string]*cocoPicture
}

type cocoPicture struct {
	size    image.Point
	objects []object
}

// cocoFile is the part of the format that is read. Masks in run lengths are not: their
// boxes are.
type cocoFile struct {
	Images []struct {
		ID     json.Number `json:"id"`
		File   string      `json:"file_name"`
		Width  int         `json:"width"`
		Height int         `json:"height"`
	} `json:"images"`
	Annotations []struct {
		Image        json.Number     `json:"image_id"`
		Category     json.Number     `json:"category_id"`
		Box          []float64       `json:"bbox"`
		Segmentation json.RawMessage `json:"segmentation"`
	} `json:"annotations"`
	Categories []struct {
		ID   json.Number `json:"id"`
		Name string      `json:"name"`
	} `json:"categories"`
}

func readCOCO(name string, c *Classes) (*coco, error) {
	data, err := read(name)
	if err != nil {
		return nil, fmt.Errorf("reading the boxes: %w", err)
	}
	var file cocoFile
	if err := json.Unmarshal(data, &file); err != nil {
		line := 0
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			line = lineAt(data, syntax.Offset)
		case errors.As(err, &kind):
			line = lineAt(data, kind.Offset)
		}
		return nil, fmt.Errorf("reading the boxes: %s is not in COCO's format, from line %d on; boxes of VOC or YOLO are given as a folder", name, line)
	}
	if len(file.Images) == 0 {
		return nil, fmt.Errorf("reading the boxes: %s lists no images, as COCO's format does", name)
	}
	set := &coco{name: name, classes: c, files: make(map[string]*cocoPicture), bases: make(map[string]*cocoPicture)}
	pictures := make(map[json.Number]*cocoPicture)
	for _, i := range file.Images {
		p := &cocoPicture{size: image.Pt(i.Width, i.Height)}
		pictures[i.ID] = p
		clean := cleaned(i.File)
		set.files[clean] = p
		base := path.Base(clean)
		if _, twice := set.bases[base]; twice {
			p = nil
		}
		set.bases[base] = p
	}
	categories := make(map[json.Number]string)
	for _, c := range file.Categories {
		categories[c.ID] = c.Name
	}
	for k, a := range file.Annotations {
		p := pictures[a.Image]
		if p == nil {
			return nil, fmt.Errorf("reading the boxes: annotation %d of %s is of image %s, which is not listed", k+1, name, a.Image)
		}
		if len(a.Box) != 4 {
			return nil, fmt.Errorf("reading the boxes: annotation %d of %s has a box of %d numbers; x, y, width and height are needed", k+1, name, len(a.Box))
		}
		o := object{name: categories[a.Category]}
		o.Box = box(a.Box[0], a.Box[1], a.Box[0]+a.Box[2], a.Box[1]+a.Box[3])
		o.Polygons = polygons(a.Segmentation)
		p.objects = append(p.objects, o)
	}
	return set, nil
}

// polygons reads outlines, and nothing where a segmentation is none.
func polygons(data json.RawMessage) [][]evaluation.Point {
	var lists [][]float64
	if json.Unmarshal(data, &lists) != nil {
		return nil
	}
	var all [][]evaluation.Point
	for _, list := range lists {
		var p []evaluation.Point
		for xy := range slices.Chunk(list, 2) {
			if len(xy) == 2 {
				p = append(p, evaluation.Point{X: xy[0], Y: xy[1]})
			}
		}
		if len(p) >= 3 {
			all = append(all, p)
		}
	}
	return all
}

// lineAt is the line of an offset.
func lineAt(data []byte, offset int64) int {
	return 1 + strings.Count(string(data[:max(0, min(int(offset), len(data)))]), "\n")
}

// Regions implements [Places].
func (c *coco) Regions(_ context.Context, file string, size image.Point) ([]evaluation.Region, error) {
	p := c.files[file]
	if p == nil {
		p = c.bases[path.Base(file)]
	}
	if p == nil {
		return nil, nil
	}
	objects := slices.Clone(p.objects)
	for i := range objects {
		objects[i].Polygons = slices.Clone(objects[i].Polygons)
		for k := range objects[i].Polygons {
			objects[i].Polygons[k] = slices.Clone(objects[i].Polygons[k])
		}
	}
	if err := scale(objects, p.size, size); err != nil {
		return nil, fmt.Errorf("boxes of %s: %w", c.name, err)
	}
	return settle(objects, c.classes), nil
}
