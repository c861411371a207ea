package render

import "math"

// Object is a shape at its place, with its surface.
type Object struct {
	Shape Shape
	// Turn and Place take the shape's coordinates to the scene's: first the
	// rotation (nil is none), then the shift.
	Turn  *Rotation
	Place Vec
	// Surface is the material at a point with a normal, both in the shape's
	// coordinates.
	Surface func(p, n Vec) Material
	// Label is the object's number in the mask; 0 is the background.
	Label int
}

// Light is a rectangle that shines to the side of U x V.
type Light struct {
	Corner, U, V Vec
	Radiance     Vec
	// Hidden lights are not seen by the camera, only by the scene.
	Hidden bool
}

// Sun shines from the direction Dir, which has length 1, on a surface that
// faces it with the given irradiance. Its edge is blurred over Radius, the half
// angle in radians.
type Sun struct {
	Dir        Vec
	Irradiance Vec
	Radius     float64
}

// Camera is a thin lens.
type Camera struct {
	From, At Vec
	// Angle is the vertical field of view in degrees.
	Angle float64
	// Aperture is the lens's radius, and Focus the distance that is sharp: by
	// default that of At.
	Aperture, Focus float64
	// Exposure scales the light that the film gets; 0 is 1.
	Exposure float64
}

// Scene is all there is to a picture but its size.
type Scene struct {
	Camera  Camera
	Objects []Object
	Lights  []Light
	Sun     *Sun
	// Sky is what a ray sees that meets nothing.
	Sky func(dir Vec) Vec
	// Bounces is how often light is followed from surface to surface; 0 is 6.
	Bounces int
}

// hit is where a ray meets an object or a light.
type hit struct {
	t      float64
	p, n   Vec
	object *Object
	local  Vec // p and n in the object's coordinates
	localN Vec
	light  int // index, or -1
}

// local takes a ray to an object's coordinates.
func (o *Object) local(r Ray) Ray {
	r.Origin = r.Origin.Sub(o.Place)
	if o.Turn != nil {
		back := o.Turn.Inverse()
		r.Origin, r.Dir = back.Apply(r.Origin), back.Apply(r.Dir)
	}
	return r
}

// outward takes a direction from an object's coordinates to the scene's.
func (o *Object) outward(v Vec) Vec {
	if o.Turn != nil {
		return o.Turn.Apply(v)
	}
	return v
}

// nearest is the first thing that the ray meets; camera tells whether hidden
// lights are.
func (s *Scene) nearest(r Ray, camera bool) (hit, bool) {
	h := hit{t: math.Inf(1), light: -1}
	for i := range s.Objects {
		o := &s.Objects[i]
		l := o.local(r)
		if t, n, ok := o.Shape.intersect(l, h.t); ok {
			h.t, h.object, h.local, h.localN = t, o, l.at(t), n
		}
	}
	if h.object != nil {
		h.p, h.n = r.at(h.t), h.object.outward(h.localN)
	}
	for i := range s.Lights {
		if l := &s.Lights[i]; !camera || !l.Hidden {
			if t, ok := l.intersect(r, h.t); ok {
				h.t, h.light = t, i
			}
		}
	}
	return h, h.object != nil || h.light >= 0
}

// blocked tells whether an object lies on the ray nearer than far.
func (s *Scene) blocked(r Ray, far float64) bool {
	for i := range s.Objects {
		o := &s.Objects[i]
		if _, _, ok := o.Shape.intersect(o.local(r), far); ok {
			return true
		}
	}
	return false
}

// intersect finds where a ray meets the light's shining side.
func (l *Light) intersect(r Ray, far float64) (float64, bool) {
	n := l.U.Cross(l.V)
	facing := -r.Dir.Dot(n)
	if facing <= 0 {
		return 0, false
	}
	t := r.Origin.Sub(l.Corner).Dot(n) / facing
	if t <= 0 || t >= far {
		return 0, false
	}
	p := r.at(t).Sub(l.Corner)
	u, v := p.Dot(l.U)/l.U.Dot(l.U), p.Dot(l.V)/l.V.Dot(l.V)
	return t, u >= 0 && u <= 1 && v >= 0 && v <= 1
}

// density is that of a uniformly chosen point of the light, as a density over
// the directions from where the ray starts.
func (l *Light) density(r Ray, t float64) float64 {
	n := l.U.Cross(l.V)
	return t * t / -r.Dir.Dot(n)
}
