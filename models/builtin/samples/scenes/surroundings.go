package scenes

import (
	"math"

	r "gaze/models/builtin/samples/render"
)

// room is what a ray sees that leaves a scene indoors: walls and a ceiling,
// brighter towards the window on the left.
func room(level float64) func(r.Vec) r.Vec {
	return func(d r.Vec) r.Vec {
		wall := r.V(1, 0.96, 0.9).Scale(0.35 + 0.25*r.Smoothstep(-0.6, 0.9, -d.X))
		ceiling := r.V(1, 0.98, 0.95).Scale(0.75)
		floor := r.V(0.4, 0.32, 0.25).Scale(0.5)
		c := wall.Mix(ceiling, r.Smoothstep(0.35, 0.6, d.Y)).Mix(floor, r.Smoothstep(-0.1, -0.3, d.Y))
		return c.Scale(level)
	}
}

// window is a light of the given size at a distance, seen from the origin in
// the direction azimuth (0 is +Z, 90 is +X) and height, in degrees. It faces
// the origin.
func window(azimuth, height, distance, width, high float64, radiance r.Vec) r.Light {
	sa, ca := math.Sincos(azimuth * math.Pi / 180)
	sh, ch := math.Sincos(height * math.Pi / 180)
	d := r.V(sa*ch, sh, ca*ch)
	u := r.V(ca, 0, -sa)
	v := d.Cross(u)
	corner := d.Scale(distance).Sub(u.Scale(width / 2)).Sub(v.Scale(high / 2))
	l := r.Light{Corner: corner, U: u.Scale(width), V: v.Scale(high), Radiance: radiance, Hidden: true}
	if l.U.Cross(l.V).Dot(d) > 0 {
		l.Corner, l.U = corner.Add(l.U), l.U.Scale(-1)
	}
	return l
}

// daylight is a clear sky with light clouds: clouds from 0 to 1.
func daylight(clouds float64) func(r.Vec) r.Vec {
	return func(d r.Vec) r.Vec {
		y := max(d.Y, 0)
		c := r.V(0.75, 0.85, 0.95).Mix(r.V(0.16, 0.36, 0.78), math.Pow(r.Smoothstep(-0.05, 0.8, y), 0.7))
		if clouds > 0 && d.Y > 0.01 {
			p := r.V(d.X, 0, d.Z).Scale(1.1 / (d.Y + 0.25))
			n := 0.5 + 0.5*r.Fractal(p.Add(r.V(3.1, 0, 7.7)).Scale(1.7), 6)
			c = c.Mix(r.Grey(1.15), clouds*r.Smoothstep(0.45, 0.8, n))
		}
		return c.Scale(1.1)
	}
}

// outdoors is daylight over a line of trees that rise to the given slope above
// the horizon.
func outdoors(clouds, trees float64) func(r.Vec) r.Vec {
	sky := daylight(clouds)
	return func(d r.Vec) r.Vec {
		q := r.V(d.X, 0, d.Z).Unit()
		slope := d.Y / math.Hypot(d.X, d.Z)
		top := trees * (0.75 + 0.5*r.Fractal(q.Scale(9), 5))
		leaves := 0.5 + 0.5*r.Fractal(r.V(q.X*40, slope*40, q.Z*40), 4)
		wood := r.V(0.03, 0.06, 0.015).Mix(r.V(0.16, 0.25, 0.06), leaves)
		return wood.Mix(sky(d), r.Smoothstep(top-0.006, top+0.006, slope))
	}
}

// wood is planed and lacquered wood whose grain runs along X. The planks are
// width wide.
func wood(light, dark r.Vec, width, rough float64) func(p, n r.Vec) r.Material {
	return func(p, n r.Vec) r.Material {
		plank := math.Floor(p.Z/width + 0.37)
		q := p.Add(r.V(plank*37.3, plank*11.1, plank*5.3))
		c := light.Mix(dark, grain(q))
		c = c.Scale(0.85 + 0.3*r.Random(int(plank), 7, 3))
		gap := math.Abs(p.Z/width + 0.37 - plank - 0.5)
		m := r.Plastic(c.Scale(1-0.6*r.Smoothstep(0.5-0.05/width, 0.5-0.02/width, gap)), rough)
		m.Normal = r.Bump(p, n, 0.01, func(p r.Vec) float64 {
			return 0.006 * r.Fractal(r.V(p.X*0.6, p.Y*8, p.Z*8), 2)
		})
		return m
	}
}

// grain is the pattern of wood that grows along X, from 0 to 1.
func grain(p r.Vec) float64 {
	warp := r.Fractal(r.V(p.X*0.03, p.Y*0.2, p.Z*0.2), 3)
	rings := 0.5 + 0.5*math.Sin(p.Z*3.1+p.Y*3.1+15*warp)
	fibre := 0.5 + 0.5*r.Fractal(r.V(p.X*0.35, p.Y*9, p.Z*9), 3)
	return r.Clamp(0.4*rings*rings+0.7*fibre-0.15, 0, 1)
}

// plaster is a painted wall.
func plaster(color r.Vec) func(p, n r.Vec) r.Material {
	return func(p, n r.Vec) r.Material {
		m := r.Matt(color.Scale(0.98 + 0.04*r.Fractal(p.Scale(0.05), 3)))
		m.Normal = r.Bump(p, n, 0.02, func(p r.Vec) float64 { return 0.012 * r.Fractal(p.Scale(2.5), 3) })
		return m
	}
}

// linen is woven cloth that lies in the plane of X and Z.
func linen(color r.Vec) func(p, n r.Vec) r.Material {
	return func(p, n r.Vec) r.Material {
		const pitch = 0.09
		u, v := p.X/pitch+0.3*r.Noise(r.V(p.X*3, 0, p.Z*0.5)), p.Z/pitch+0.3*r.Noise(r.V(p.X*0.5, 5, p.Z*3))
		over := (int(math.Floor(u))+int(math.Floor(v)))&1 == 0
		thread := math.Abs(math.Sin(math.Pi * u))
		if over {
			thread = math.Abs(math.Sin(math.Pi * v))
		}
		tone := 0.75 + 0.3*thread + 0.12*r.Fractal(r.V(p.X*6, 0, p.Z*0.6), 2) + 0.12*r.Fractal(r.V(p.X*0.6, 3, p.Z*6), 2)
		return r.Matt(color.Scale(r.Clamp(tone, 0, 1.2)))
	}
}

// floor is the ground with a surface.
func floor(surface func(p, n r.Vec) r.Material) r.Object {
	return r.Object{Shape: r.Ground{}, Surface: surface}
}

// wall is an upright plane behind the scene, facing +Z, at the distance z.
func wall(z float64, surface func(p, n r.Vec) r.Material) r.Object {
	turn := r.RotX(90)
	return r.Object{Shape: r.Ground{}, Turn: &turn, Place: r.V(0, 0, z), Surface: surface}
}

// place puts the objects, made about the origin, at a place of the scene,
// turned about the Y axis by degrees, with a label.
func place(at r.Vec, degrees float64, label int, objects ...r.Object) []r.Object {
	turn := r.RotY(degrees)
	for i := range objects {
		o := &objects[i]
		t := turn
		if o.Turn != nil {
			t = o.Turn.Then(turn)
		}
		o.Turn = &t
		o.Place = turn.Apply(o.Place).Add(at)
		o.Label = label
	}
	return objects
}

// solid is an object of a field within half sizes about the origin.
func solid(f r.Field, x, y, z float64, surface func(p, n r.Vec) r.Material) r.Object {
	return r.Object{Shape: r.Solid{Field: f, Box: r.Around(x, y, z)}, Surface: surface}
}

// join puts lists of objects together.
func join(lists ...[]r.Object) (all []r.Object) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
