package render

import "math"

// Random is a number in [0, 1) that depends on the three integers alone.
func Random(x, y, z int) float64 {
	h := mix32(uint32(x) ^ mix32(uint32(y)^mix32(uint32(z))))
	return float64(h) * 0x1p-32
}

// Noise is value noise in [-1, 1] with features about 1 long.
func Noise(p Vec) float64 {
	fx, fy, fz := math.Floor(p.X), math.Floor(p.Y), math.Floor(p.Z)
	ease := func(t float64) float64 { return t * t * t * (t*(t*6-15) + 10) }
	tx, ty, tz := ease(p.X-fx), ease(p.Y-fy), ease(p.Z-fz)
	x, y := uint32(int(fx)), uint32(int(fy))
	// The corners are numbered as Random numbers them.
	line := func(row uint32) float64 {
		return float64(mix32(x^row))*(1-tx) + float64(mix32((x+1)^row))*tx
	}
	face := func(z int) float64 {
		layer := mix32(uint32(z))
		return line(mix32(y^layer))*(1-ty) + line(mix32((y+1)^layer))*ty
	}
	return (face(int(fz))*(1-tz)+face(int(fz)+1)*tz)*0x1p-31 - 1
}

// Fractal adds octaves of noise, each half as large and twice as fine; the sum
// is about in [-1, 1].
func Fractal(p Vec, octaves int) float64 {
	sum, size := 0.0, 0.5
	for range octaves {
		sum += size * Noise(p)
		p, size = p.Scale(2.03).Add(V(17.3, 5.1, 9.7)), size/2
	}
	return sum
}

// Bump tilts the unit normal n as if the surface were raised by height. The
// slope is taken over a distance of step.
func Bump(p, n Vec, step float64, height func(Vec) float64) Vec {
	h := height(p)
	slope := Vec{
		height(p.Add(V(step, 0, 0))) - h,
		height(p.Add(V(0, step, 0))) - h,
		height(p.Add(V(0, 0, step))) - h,
	}.Scale(1 / step)
	return n.Sub(slope.Sub(n.Scale(slope.Dot(n)))).Unit()
}
