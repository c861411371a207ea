package render

import "math"

// Vec is a point, a direction or a linear RGB colour.
type Vec struct{ X, Y, Z float64 }

// V makes a Vec.
func V(x, y, z float64) Vec { return Vec{x, y, z} }

// Grey is the colour with three equal channels.
func Grey(v float64) Vec { return Vec{v, v, v} }

// Hex is the linear colour of an sRGB value such as 0xff8000.
func Hex(rgb uint32) Vec {
	channel := func(shift uint) float64 { return toLinear(float64(rgb>>shift&255) / 255) }
	return Vec{channel(16), channel(8), channel(0)}
}

// Add is a + b.
func (a Vec) Add(b Vec) Vec { return Vec{a.X + b.X, a.Y + b.Y, a.Z + b.Z} }

// Sub is a - b.
func (a Vec) Sub(b Vec) Vec { return Vec{a.X - b.X, a.Y - b.Y, a.Z - b.Z} }

// Mul is the product channel by channel.
func (a Vec) Mul(b Vec) Vec { return Vec{a.X * b.X, a.Y * b.Y, a.Z * b.Z} }

// Scale is s a.
func (a Vec) Scale(s float64) Vec { return Vec{a.X * s, a.Y * s, a.Z * s} }

// Dot is the scalar product.
func (a Vec) Dot(b Vec) float64 { return a.X*b.X + a.Y*b.Y + a.Z*b.Z }

// Cross is the vector product.
func (a Vec) Cross(b Vec) Vec {
	return Vec{a.Y*b.Z - a.Z*b.Y, a.Z*b.X - a.X*b.Z, a.X*b.Y - a.Y*b.X}
}

// Len is the Euclidean length.
func (a Vec) Len() float64 { return math.Sqrt(a.Dot(a)) }

// Unit is a scaled to length 1.
func (a Vec) Unit() Vec { return a.Scale(1 / a.Len()) }

// Mix is a where t is 0, b where t is 1, and in between in proportion.
func (a Vec) Mix(b Vec, t float64) Vec { return a.Scale(1 - t).Add(b.Scale(t)) }

// luminance is a colour's brightness (Rec. 709).
func (a Vec) luminance() float64 { return 0.2126*a.X + 0.7152*a.Y + 0.0722*a.Z }

// max is the largest component.
func (a Vec) max() float64 { return max(a.X, max(a.Y, a.Z)) }

// frame completes the unit vector n to a right-handed orthonormal basis
// (Duff et al. 2017, Building an Orthonormal Basis, Revisited).
func frame(n Vec) (t, b Vec) {
	sign := math.Copysign(1, n.Z)
	a := -1 / (sign + n.Z)
	c := n.X * n.Y * a
	return Vec{1 + sign*n.X*n.X*a, sign * c, -sign * n.X}, Vec{c, sign + n.Y*n.Y*a, -n.Y}
}

// Clamp is v limited to [lo, hi].
func Clamp(v, lo, hi float64) float64 { return max(lo, min(hi, v)) }

// Smoothstep rises from 0 at lo to 1 at hi with no slope at either end.
func Smoothstep(lo, hi, v float64) float64 {
	t := Clamp((v-lo)/(hi-lo), 0, 1)
	return t * t * (3 - 2*t)
}

// toLinear undoes the sRGB transfer function on [0, 1].
func toLinear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// toSRGB is the sRGB transfer function on [0, 1].
func toSRGB(v float64) float64 {
	if v <= 0.0031308 {
		return v * 12.92
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}
