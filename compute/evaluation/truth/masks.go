package truth

import (
	"context"
	"fmt"
	"image"
	"os"

	"gaze/compute/evaluation"
	"gaze/compute/picture"
)

// masks is a folder of PNG files that are called like the pictures.
type masks struct{ dir string }

// OpenMasks opens a folder of masks: mug.png for mug.jpg, in folders like the pictures'
// or all in one. What is not black is the object. A mask of another size than the
// picture's is scaled.
func OpenMasks(dir string) (Places, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the masks: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("opening the masks: %s is no folder", dir)
	}
	return masks{dir}, nil
}

// Regions implements [Places].
func (m masks) Regions(ctx context.Context, file string, size image.Point) ([]evaluation.Region, error) {
	name := beside(m.dir, file, ".png")
	if name == "" {
		return nil, nil
	}
	p, err := picture.Open(ctx, name, picture.Options{})
	if err != nil {
		return nil, fmt.Errorf("reading a mask: %w", err)
	}
	return []evaluation.Region{{Class: evaluation.Unknown, Mask: mask{p.Image, size}}}, nil
}

// mask is a picture of an object, stretched to size.
type mask struct {
	img  *image.NRGBA
	size image.Point
}

// Bounds implements [evaluation.Mask].
func (m mask) Bounds() image.Rectangle { return image.Rectangle{Max: m.size} }

// Object implements [evaluation.Mask].
func (m mask) Object(x, y int) bool {
	b := m.img.Rect
	c := m.img.NRGBAAt(b.Min.X+x*b.Dx()/m.size.X, b.Min.Y+y*b.Dy()/m.size.Y)
	return c.A > 0 && (c.R > 0 || c.G > 0 || c.B > 0)
}
