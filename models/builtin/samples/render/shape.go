package render

import "math"

// Ray is a half line; its direction has length 1.
type Ray struct{ Origin, Dir Vec }

// at is the point after the distance t.
func (r Ray) at(t float64) Vec { return r.Origin.Add(r.Dir.Scale(t)) }

// Shape is something that rays meet, in its own coordinates.
type Shape interface {
	// intersect finds the first point of the ray at a distance in (0, far), and
	// the unit normal there.
	intersect(r Ray, far float64) (t float64, n Vec, ok bool)
	// margin is the distance from the surface at which a ray that leaves it must
	// start so as not to meet it at once.
	margin() float64
}

// Box is an axis-parallel box that holds a shape.
type Box struct{ Min, Max Vec }

// Around is the box about the origin with the given half sizes.
func Around(x, y, z float64) Box { return Box{V(-x, -y, -z), V(x, y, z)} }

// span is where a ray from origin is in the box, for the inverse of its
// direction; it is empty where enter >= leave.
func (b *Box) span(origin, inverse Vec) (enter, leave float64) {
	enter, leave = 0, math.Inf(1)
	near, far := (b.Min.X-origin.X)*inverse.X, (b.Max.X-origin.X)*inverse.X
	if near > far {
		near, far = far, near
	}
	if near > enter {
		enter = near
	}
	if far < leave {
		leave = far
	}
	near, far = (b.Min.Y-origin.Y)*inverse.Y, (b.Max.Y-origin.Y)*inverse.Y
	if near > far {
		near, far = far, near
	}
	if near > enter {
		enter = near
	}
	if far < leave {
		leave = far
	}
	near, far = (b.Min.Z-origin.Z)*inverse.Z, (b.Max.Z-origin.Z)*inverse.Z
	if near > far {
		near, far = far, near
	}
	if near > enter {
		enter = near
	}
	if far < leave {
		leave = far
	}
	return enter, leave
}

// inverse is 1 over each component.
func (a Vec) inverse() Vec { return Vec{1 / a.X, 1 / a.Y, 1 / a.Z} }

// Solid is a field inside a box.
type Solid struct {
	Field Field
	Box   Box
}

// surfaceDistance is how near to a solid of a given size a ray has met it.
const surfaceDistance = 1e-5

func (s Solid) precision() float64 { return surfaceDistance * s.Box.Max.Sub(s.Box.Min).Len() }

func (s Solid) margin() float64 { return 3 * s.precision() }

// intersect walks along the ray by the field's value (Hart 1996, Sphere
// Tracing).
func (s Solid) intersect(r Ray, far float64) (float64, Vec, bool) {
	t, leave := s.Box.span(r.Origin, r.Dir.inverse())
	far = min(far, leave)
	if t >= far {
		return 0, Vec{}, false
	}
	eps, d := s.precision(), 0.0
	for range 256 {
		d = s.Field(r.at(t))
		// A field that is a little too large leads behind the surface: go back.
		if d < eps && (d > -eps || t+d <= 0) {
			return t, s.normal(r.at(t), eps), true
		}
		if t += d; t >= far {
			return 0, Vec{}, false
		}
	}
	// The ray grazes the surface.
	if d < 30*eps {
		return t, s.normal(r.at(t), eps), true
	}
	return 0, Vec{}, false
}

// normal is the field's gradient, from the corners of a tetrahedron.
func (s Solid) normal(p Vec, h float64) Vec {
	a := s.Field(V(p.X+h, p.Y-h, p.Z-h))
	b := s.Field(V(p.X-h, p.Y-h, p.Z+h))
	c := s.Field(V(p.X-h, p.Y+h, p.Z-h))
	d := s.Field(V(p.X+h, p.Y+h, p.Z+h))
	n := V(a-b-c+d, -a-b+c+d, -a+b-c+d)
	if l := n.Len(); l > 0 {
		return n.Scale(1 / l)
	}
	return V(0, 1, 0)
}

// Ground is the plane Y = 0.
type Ground struct{}

func (Ground) margin() float64 { return 1e-3 }

func (Ground) intersect(r Ray, far float64) (float64, Vec, bool) {
	t := -r.Origin.Y / r.Dir.Y
	return t, V(0, math.Copysign(1, -r.Dir.Y), 0), t > 0 && t < far
}
