package scenes

import (
	"math"

	r "gaze/models/builtin/samples/render"
)

// headphones lie about the origin, their band to -Z, in the plane of X and Z.
func headphones() []r.Object {
	const radius = 8.2
	band := func(p r.Vec) float64 {
		// A flattened ring, open to +Z.
		q := math.Hypot(p.X, p.Z) - radius
		y := max(math.Abs(p.Y)-1.1, 0)
		ring := math.Hypot(q, y) - 0.42
		return max(ring, p.Z-1.5)
	}
	black := r.Plastic(r.Grey(0.02), 0.35)
	leather := func(p, n r.Vec) r.Material {
		m := r.Plastic(r.Grey(0.018), 0.5)
		m.Normal = r.Bump(p, n, 0.01, func(p r.Vec) float64 { return 0.012 * r.Fractal(p.Scale(5), 2) })
		return m
	}
	silver := r.Metal(r.Grey(0.7), 0.3)
	side := func(s float64) []r.Object {
		turn := r.RotZ(90).Then(r.RotY(8 * s))
		at := r.V(s*(radius-0.3), 0, 4.6)
		shell := r.Cylinder(3.7, 1, 0.8).At(0, -1.1*s, 0)
		ring := r.Torus(2.75, 1.05).At(0, 1.0*s, 0)
		plate := r.Cylinder(2.3, 0.12, 0.1).At(0, -2.15*s, 0)
		fork := r.Capsule(r.V(s*radius, 0, 0.5), r.V(s*(radius+0.5), 0, 4), 0.7, 0.5)
		return []r.Object{
			{Shape: r.Solid{Field: shell, Box: r.Around(4, 2.5, 4)}, Turn: &turn, Place: at, Surface: black.Everywhere},
			{Shape: r.Solid{Field: plate, Box: r.Around(2.5, 2.5, 2.5)}, Turn: &turn, Place: at, Surface: silver.Everywhere},
			{Shape: r.Solid{Field: ring, Box: r.Around(4, 2.5, 4)}, Turn: &turn, Place: at, Surface: leather},
			{Shape: r.Solid{Field: fork, Box: r.Box{Min: r.V(-10, -1, -1), Max: r.V(10, 1, 6)}}, Surface: silver.Everywhere},
		}
	}
	pad := func(p r.Vec) float64 {
		q := math.Hypot(p.X, p.Z) - radius + 0.55
		y := max(math.Abs(p.Y)-1.2, 0)
		return max(math.Hypot(q, y)-0.45, p.Z+3.5)
	}
	objects := []r.Object{
		solid(band, 10, 2, 10, black.Everywhere),
		solid(pad, 10, 2, 10, leather),
	}
	objects = append(objects, side(1)...)
	return append(objects, side(-1)...)
}

func headphonesScene() *r.Scene {
	lie := headphones()
	tip := r.RotX(76)
	for i := range lie {
		t := tip
		if lie[i].Turn != nil {
			t = lie[i].Turn.Then(tip)
		}
		lie[i].Turn, lie[i].Place = &t, tip.Apply(lie[i].Place)
	}
	return &r.Scene{
		Camera: r.Camera{From: r.V(14, 12, 38), At: r.V(0, 7.6, 0), Angle: 34, Aperture: 0.3, Exposure: 1},
		Lights: []r.Light{window(-70, 45, 80, 60, 60, r.V(7, 7.2, 7.6))},
		Sky:    room(0.9),
		Objects: join(
			[]r.Object{floor(r.Plastic(r.Grey(0.75), 0.5).Everywhere), wall(-40, offWhite)},
			place(r.V(0, 8.2, 0), 0, 1, lie...),
		),
	}
}

// metronome stands on the origin and faces +Z.
func metronome() []r.Object {
	const high = 22.0
	// A pyramid that is cut off: half width 6 at the foot, 2.3 at the top.
	side := func(grow float64) r.Field {
		return func(p r.Vec) float64 {
			half := 6 - 3.7*p.Y/high + grow
			slope := 1 / math.Hypot(1, 3.7/high)
			return max(max(math.Abs(p.X)-half, math.Abs(p.Z)-half)*slope, max(-p.Y, p.Y-high))
		}
	}
	front := func(p r.Vec) float64 {
		half := 4.7 - 2.9*p.Y/high
		return max(max(math.Abs(p.X)-half, max(6-p.Y, p.Y-high+1)), 0.9-(p.Z-(6-3.7*p.Y/high)+1.6))
	}
	body := r.Cut(0.05, side(0), front)
	foot := r.RoundBox(r.V(7, 0.9, 7), 0.4)
	mahogany := func(p, _ r.Vec) r.Material {
		g := grain(r.V(p.Y*1.2, p.X*1.3, p.Z*1.3))
		return r.Plastic(r.Hex(0xa8552a).Mix(r.Hex(0x55200e), g), 0.16)
	}
	face := func(p, n r.Vec) r.Material {
		if front(p) < 0.02 && n.Z > 0.5 && p.Y > 6.1 {
			m := r.Plastic(r.Grey(0.02), 0.4)
			if math.Abs(p.X) < 0.95 {
				m = r.Plastic(r.Hex(0xd9c58a), 0.35)
				mark := math.Mod(p.Y, 0.7)
				if mark < 0.12 && math.Abs(p.X) > 0.3 {
					m.Color = r.Grey(0.05)
				}
			}
			return m
		}
		return mahogany(p, n)
	}
	rod := r.Capsule(r.V(0.1, 6.3, 4.9), r.V(3.7, 22.5, 3.0), 0.16, 0.16)
	weight := r.Capsule(r.V(2.35, 16.2, 3.85), r.V(2.7, 17.8, 3.65), 0.95, 0.75)
	brass := r.Metal(r.V(0.83, 0.62, 0.25), 0.25)
	steel := r.Metal(r.Grey(0.75), 0.2)
	whole := r.Box{Min: r.V(-7.2, -0.1, -7.2), Max: r.V(7.2, 24, 7.2)}
	return []r.Object{
		{Shape: r.Solid{Field: body, Box: whole}, Place: r.V(0, 1.6, 0), Surface: face},
		{Shape: r.Solid{Field: foot, Box: r.Around(7.1, 1, 7.1)}, Place: r.V(0, 0.9, 0), Surface: mahogany},
		{Shape: r.Solid{Field: rod, Box: whole}, Place: r.V(0, 1.6, 0), Surface: steel.Everywhere},
		{Shape: r.Solid{Field: weight, Box: whole}, Place: r.V(0, 1.6, 0), Surface: brass.Everywhere},
	}
}

func metronomeScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(14, 22, 58), At: r.V(0.3, 11.3, 0), Angle: 29, Aperture: 0.25, Exposure: 1},
		Lights: []r.Light{window(-70, 38, 90, 60, 60, r.V(7, 7.2, 7.6))},
		Sky:    room(0.8),
		Objects: join(
			[]r.Object{floor(r.Plastic(r.Grey(0.6), 0.5).Everywhere), wall(-40, plaster(r.Hex(0xb9c2c4)))},
			place(r.V(0, 0, 0), 8, 1, metronome()...),
		),
	}
}
