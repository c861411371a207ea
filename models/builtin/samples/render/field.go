package render

import "math"

// Field is a signed distance to a surface, negative inside. It may be too
// small, never too large: a ray advances by it.
type Field func(p Vec) float64

// Sphere has its centre at the origin.
func Sphere(radius float64) Field {
	return func(p Vec) float64 { return p.Len() - radius }
}

// RoundBox is a box about the origin with the given half sizes, whose edges
// are rounded by radius.
func RoundBox(half Vec, radius float64) Field {
	return func(p Vec) float64 {
		x, y, z := math.Abs(p.X)-half.X+radius, math.Abs(p.Y)-half.Y+radius, math.Abs(p.Z)-half.Z+radius
		out := V(max(x, 0), max(y, 0), max(z, 0)).Len()
		return out + min(max(x, max(y, z)), 0) - radius
	}
}

// Cylinder stands on the Y axis about the origin, with rounded rims.
func Cylinder(radius, half, rounding float64) Field {
	return func(p Vec) float64 {
		x, y := math.Hypot(p.X, p.Z)-radius+rounding, math.Abs(p.Y)-half+rounding
		return min(max(x, y), 0) + math.Hypot(max(x, 0), max(y, 0)) - rounding
	}
}

// Capsule is all within radius of the segment from a to b; the radius goes
// from ra at a to rb at b.
func Capsule(a, b Vec, ra, rb float64) Field {
	d := b.Sub(a)
	inverse := 1 / d.Dot(d)
	shrink := 1 / math.Sqrt(1+(ra-rb)*(ra-rb)*inverse)
	return func(p Vec) float64 {
		q := p.Sub(a)
		t := Clamp(q.Dot(d)*inverse, 0, 1)
		return (q.Sub(d.Scale(t)).Len() - ra - (rb-ra)*t) * shrink
	}
}

// Torus lies in the plane of X and Z.
func Torus(radius, thickness float64) Field {
	return func(p Vec) float64 { return math.Hypot(math.Hypot(p.X, p.Z)-radius, p.Y) - thickness }
}

// Revolve turns a profile, a distance in the half plane (distance from the
// Y axis, height), about the Y axis.
func Revolve(profile func(r, y float64) float64) Field {
	return func(p Vec) float64 { return profile(math.Hypot(p.X, p.Z), p.Y) }
}

// Extrude gives an outline, a distance in the plane of X and Z, the height
// 2 half about the origin and edges rounded by rounding.
func Extrude(outline func(x, z float64) float64, half, rounding float64) Field {
	return func(p Vec) float64 {
		d, y := outline(p.X, p.Z)+rounding, math.Abs(p.Y)-half+rounding
		return min(max(d, y), 0) + math.Hypot(max(d, 0), max(y, 0)) - rounding
	}
}

// Union is all that is in any of the fields.
func Union(fields ...Field) Field {
	return func(p Vec) float64 {
		d := math.Inf(1)
		for _, f := range fields {
			d = min(d, f(p))
		}
		return d
	}
}

// Blend is the union with a seam smoothed over the distance k.
func Blend(k float64, fields ...Field) Field {
	return func(p Vec) float64 {
		d := fields[0](p)
		for _, f := range fields[1:] {
			d = smoothMin(d, f(p), k)
		}
		return d
	}
}

// Cut is what is in a and in none of the others; the new edges are rounded
// over the distance k.
func Cut(k float64, a Field, others ...Field) Field {
	return func(p Vec) float64 {
		d := a(p)
		for _, f := range others {
			d = -smoothMin(-d, f(p), k)
		}
		return d
	}
}

// Common is what is in all of the fields; the new edges are rounded over the
// distance k.
func Common(k float64, fields ...Field) Field {
	return func(p Vec) float64 {
		d := -fields[0](p)
		for _, f := range fields[1:] {
			d = smoothMin(d, -f(p), k)
		}
		return -d
	}
}

// smoothMin is the smaller of two numbers, rounded where they differ by less
// than k (Quilez's quadratic smooth minimum).
func smoothMin(a, b, k float64) float64 {
	if k <= 0 {
		return min(a, b)
	}
	h := max(k-math.Abs(a-b), 0) / k
	return min(a, b) - h*h*k/4
}

// Shell is a skin of the given thickness about the surface.
func (f Field) Shell(thickness float64) Field {
	return func(p Vec) float64 { return math.Abs(f(p)) - thickness/2 }
}

// At moves the field.
func (f Field) At(x, y, z float64) Field {
	return func(p Vec) float64 { return f(V(p.X-x, p.Y-y, p.Z-z)) }
}

// Turn turns the field about the origin.
func (f Field) Turn(r Rotation) Field {
	back := r.Inverse()
	return func(p Vec) float64 { return f(back.Apply(p)) }
}

// MirrorX adds the field's mirror image at X = 0.
func (f Field) MirrorX() Field {
	return func(p Vec) float64 { return f(V(math.Abs(p.X), p.Y, p.Z)) }
}

// Slower shortens the steps of a field that is stretched and so tells distances
// up to 1/factor times too large.
func (f Field) Slower(factor float64) Field {
	return func(p Vec) float64 { return f(p) * factor }
}

// Rotation is an orthogonal matrix: its columns are where the axes go.
type Rotation struct{ x, y, z Vec }

// RotX turns by degrees about the X axis.
func RotX(degrees float64) Rotation {
	s, c := math.Sincos(degrees * math.Pi / 180)
	return Rotation{V(1, 0, 0), V(0, c, s), V(0, -s, c)}
}

// RotY turns about the Y axis.
func RotY(degrees float64) Rotation {
	s, c := math.Sincos(degrees * math.Pi / 180)
	return Rotation{V(c, 0, -s), V(0, 1, 0), V(s, 0, c)}
}

// RotZ turns about the Z axis.
func RotZ(degrees float64) Rotation {
	s, c := math.Sincos(degrees * math.Pi / 180)
	return Rotation{V(c, s, 0), V(-s, c, 0), V(0, 0, 1)}
}

// Apply turns a vector.
func (r Rotation) Apply(p Vec) Vec {
	return r.x.Scale(p.X).Add(r.y.Scale(p.Y)).Add(r.z.Scale(p.Z))
}

// Then is the rotation r followed by s.
func (r Rotation) Then(s Rotation) Rotation {
	return Rotation{s.Apply(r.x), s.Apply(r.y), s.Apply(r.z)}
}

// Inverse undoes r.
func (r Rotation) Inverse() Rotation {
	return Rotation{V(r.x.X, r.y.X, r.z.X), V(r.x.Y, r.y.Y, r.z.Y), V(r.x.Z, r.y.Z, r.z.Z)}
}
