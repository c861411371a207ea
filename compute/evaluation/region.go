package evaluation

import "image"

// Region is where an object of a picture is, in pixels of the upright picture.
type Region struct {
	// Class is the object's, or [Unknown].
	Class int
	// Box is the rectangle around it. A point lies in it from Min to below Max.
	Box Box
	// Polygons are its outlines, where they are known. A point lies in an outline by
	// the even-odd rule.
	Polygons [][]Point
	// Mask, where it is known, takes the place of both.
	Mask Mask
}

// Point is a point of a picture; pixel (0, 0) has its centre at (0.5, 0.5).
type Point struct{ X, Y float64 }

// Box is a rectangle.
type Box struct{ Min, Max Point }

// Mask tells the pixels of an object.
type Mask interface {
	// Bounds are those of the picture.
	Bounds() image.Rectangle
	// Object reports whether a pixel in Bounds is the object's.
	Object(x, y int) bool
}

// Contains reports whether the object covers a point.
func (r Region) Contains(p Point) bool {
	if r.Mask != nil {
		at := image.Pt(int(p.X), int(p.Y))
		return at.In(r.Mask.Bounds()) && r.Mask.Object(at.X, at.Y)
	}
	if p.X < r.Box.Min.X || p.Y < r.Box.Min.Y || p.X >= r.Box.Max.X || p.Y >= r.Box.Max.Y {
		return false
	}
	if len(r.Polygons) == 0 {
		return true
	}
	for _, polygon := range r.Polygons {
		if inside(polygon, p) {
			return true
		}
	}
	return false
}

// inside counts the edges to the right of p.
func inside(polygon []Point, p Point) bool {
	odd := false
	for i, a := range polygon {
		b := polygon[(i+1)%len(polygon)]
		if (a.Y > p.Y) != (b.Y > p.Y) && p.X < a.X+(p.Y-a.Y)/(b.Y-a.Y)*(b.X-a.X) {
			odd = !odd
		}
	}
	return odd
}
