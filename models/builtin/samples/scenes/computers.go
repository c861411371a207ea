package scenes

import (
	"math"

	r "gaze/models/builtin/samples/render"
)

// wallpaper is what a screen shows: hills under a sky. x and y go from -1 to 1.
func wallpaper(x, y float64) r.Vec {
	sky := r.Hex(0x9fd0f5).Mix(r.Hex(0x1c5fb8), r.Smoothstep(-0.2, 1, y))
	cloud := 0.5 + 0.5*r.Fractal(r.V(x*1.6, y*4, 3.3), 5)
	c := sky.Mix(r.Grey(0.95), 0.8*r.Smoothstep(0.52, 0.8, cloud))
	for i, hill := range [3]r.Vec{r.Hex(0x6f9fb0), r.Hex(0x5d9b3c), r.Hex(0x3c7a24)} {
		k := float64(i)
		line := 0.02 - 0.24*k + 0.22*math.Sin(x*(1.6+0.5*k)+2.2*k+0.5) + 0.02*r.Fractal(r.V(x*9, k*9, 0), 3)
		shade := 0.8 + 0.5*r.Fractal(r.V(x*5, y*9, 10*k), 4)
		c = c.Mix(hill.Scale(shade), r.Smoothstep(line+0.008, line-0.008, y))
	}
	if y < -0.93 {
		c = c.Mix(r.Hex(0x20242c), 0.8)
	}
	return c
}

// screen is the surface of a display in the plane of X and Y about the origin
// with the given half sizes; the rest is the frame.
func screen(halfX, halfY, bright float64, frame r.Material) func(p, n r.Vec) r.Material {
	return func(p, n r.Vec) r.Material {
		if n.Z < 0.9 || math.Abs(p.X) > halfX || math.Abs(p.Y) > halfY {
			return frame
		}
		m := r.Plastic(r.Grey(0.01), 0.08)
		m.Glow = wallpaper(p.X/halfX, p.Y/halfY).Scale(bright)
		return m
	}
}

// laptop is an open laptop that stands on the origin, its keys to +Z.
func laptop() []r.Object {
	const halfX, halfZ, u = 17.5, 12.0, 1.9
	silver := r.Metal(r.Grey(0.62), 0.42)
	base := r.Cut(0.1, r.Extrude(roundedRect(halfX, halfZ, 1.2), 0.75, 0.25),
		r.RoundBox(r.V(7.53*u, 0.2, 3.05*u), 0.15).At(0, 0.8, -3.3),
		r.RoundBox(r.V(5, 0.1, 3), 0.05).At(0, 0.8, 7.6),
	)
	k := &keypad{gap: 0.3, height: 0.28, rounding: 0.08, taper: 0.03}
	left := -7.45 * u
	k.row(left, -3.3-2.72*u, u, u*0.62, "Esc F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 Ins Del:0.9")
	k.row(left, -3.3-1.9*u, u, u, "` 1 2 3 4 5 6 7 8 9 0 - = Back:1.9")
	k.row(left, -3.3-0.9*u, u, u, "Tab:1.5 Q W E R T Y U I O P [ ] \\:1.4")
	k.row(left, -3.3+0.1*u, u, u, "Caps:1.8 A S D F G H J K L ; ' Enter:2.1")
	k.row(left, -3.3+1.1*u, u, u, "Shift:2.3 Z X C V B N M , . / Shift:2.6")
	k.row(left, -3.3+2.1*u, u, u, "Ctrl:1.2 Fn Win Alt .:5.5 Alt Ctrl < ^ v >:1.2")
	lid := r.RotX(-18)
	panel := r.RoundBox(r.V(halfX, 11.4, 0.3), 0.28)
	frame := r.Plastic(r.Grey(0.012), 0.25)
	shell := screen(halfX-0.9, 10, 0.85, frame)
	lift := lid.Apply(r.V(0, 11.4, 0))
	return []r.Object{
		{
			Shape: r.Solid{Field: base, Box: r.Around(halfX+0.1, 0.8, halfZ+0.1)}, Place: r.V(0, 0.9, 0),
			Surface: silver.Everywhere,
		},
		{
			Shape: r.Solid{Field: k.field, Box: r.Box{Min: r.V(-7.5*u, -0.01, -3.3-3.1*u), Max: r.V(7.5*u, 0.3, -3.3+2.65*u)}},
			Place: r.V(0, 0.9+0.58, 0), Surface: k.legends(r.Grey(0.015), r.Grey(0.7), 0.4, 0.4, -0.3, -0.3),
		},
		{
			Shape: r.Solid{Field: panel, Box: r.Around(halfX+0.1, 11.5, 0.35)}, Turn: &lid,
			Place: r.V(0, 1.5, -halfZ+0.2).Add(lift),
			Surface: func(p, n r.Vec) r.Material {
				if n.Z < 0.3 {
					return silver
				}
				return shell(p, n)
			},
		},
	}
}

// roundedRect is an outline for Extrude.
func roundedRect(halfX, halfZ, radius float64) func(x, z float64) float64 {
	return func(x, z float64) float64 {
		x, z = math.Abs(x)-halfX+radius, math.Abs(z)-halfZ+radius
		return math.Hypot(max(x, 0), max(z, 0)) + min(max(x, z), 0) - radius
	}
}

func laptopScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(20, 36, 62), At: r.V(0, 8.5, -4), Angle: 37, Aperture: 0.3, Exposure: 1},
		Lights: []r.Light{window(-75, 40, 120, 90, 80, r.V(6.5, 6.8, 7.2))},
		Sky:    room(0.8),
		Objects: join(
			[]r.Object{floor(oak), wall(-75, offWhite)},
			place(r.V(0, 0, 0), 0, 1, laptop()...),
		),
	}
}

// monitor is a flat display on its foot, which stands on the origin and faces
// +Z.
func monitor() []r.Object {
	const halfX, halfY = 25.0, 15.5
	black := r.Plastic(r.Grey(0.012), 0.22)
	foot := r.Blend(1.2, r.Cylinder(10.5, 0.8, 0.6).At(0, 0.8, 0), r.Cylinder(2.4, 9, 0.3).At(0, 9, -1))
	return []r.Object{
		{
			Shape: r.Solid{Field: r.RoundBox(r.V(halfX+1.6, halfY+1.8, 1.4), 0.7), Box: r.Around(halfX+1.7, halfY+1.9, 1.5)},
			Place: r.V(0, 30, 2), Surface: screen(halfX, halfY, 0.9, black),
		},
		{Shape: r.Solid{Field: foot, Box: r.Box{Min: r.V(-11, -0.1, -11), Max: r.V(11, 18, 11)}}, Surface: black.Everywhere},
	}
}

func monitorScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(-28, 38, 120), At: r.V(0, 24, 0), Angle: 32, Aperture: 0.4, Exposure: 1},
		Lights: []r.Light{window(-80, 40, 200, 160, 130, r.V(7, 7.2, 7.6))},
		Sky:    room(0.8),
		Objects: join(
			[]r.Object{floor(beech), wall(-40, offWhite)},
			place(r.V(0, 0, 0), 0, 1, monitor()...),
		),
	}
}

// mouse is a computer mouse on the origin, its buttons to -Z.
func mouse(color r.Vec) []r.Object {
	body := func(p r.Vec) float64 {
		// An egg that is flat below, narrower at the waist.
		waist := 1 - 0.06*math.Exp(-(p.Z-0.5)*(p.Z-0.5)/6)
		z := p.Z / 5.9
		high := 3.6 * (1 - 0.1*z) * (1 + 0.05*z)
		q := r.V(math.Abs(p.X)/(3.35*waist), max(p.Y, 0)/high, math.Abs(z))
		l := math.Pow(q.X*q.X*math.Sqrt(q.X)+q.Y*q.Y*math.Sqrt(q.Y)+q.Z*q.Z*math.Sqrt(q.Z), 0.4)
		return max((l-1)*2.6, -p.Y)
	}
	groove := func(p r.Vec) float64 {
		split := max(math.Abs(p.X)-0.05, p.Z-0.2)
		across := math.Abs(p.Z-0.2+0.06*p.X*p.X) - 0.05
		side := math.Abs(p.Y-1.15-0.02*p.Z*p.Z) - 0.04
		return min(min(split, max(across, 1.2-p.Y)), side)
	}
	slot := r.RoundBox(r.V(0.42, 3, 1.15), 0.4).At(0, 3.2, -2.6)
	shell := func(p r.Vec) float64 {
		d := body(p)
		if d > 0.3 {
			return (d - 0.1) * 0.9
		}
		d = max(d, -max(groove(p), -d-0.09))
		return max(d, -slot(p)) * 0.7
	}
	wheel := func(p r.Vec) float64 {
		angle := math.Atan2(p.X, p.Z)
		return (r.Cylinder(1.15+0.02*math.Cos(angle*40), 0.32, 0.12)(p)) * 0.8
	}
	turn := r.RotZ(90)
	return []r.Object{
		{Shape: r.Solid{Field: shell, Box: r.Box{Min: r.V(-3.6, -0.05, -6.2), Max: r.V(3.6, 4, 6.2)}}, Surface: r.Plastic(color, 0.28).Everywhere},
		{Shape: r.Solid{Field: wheel, Box: r.Around(1.25, 0.4, 1.25)}, Turn: &turn, Place: r.V(0, 2.35, -2.6), Surface: r.Plastic(r.Grey(0.05), 0.5).Everywhere},
	}
}

func mouseScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(9, 23, 20), At: r.V(0, 1, 0), Angle: 28, Aperture: 0.25, Exposure: 1},
		Lights: []r.Light{window(-70, 45, 60, 50, 40, r.V(7, 7.2, 7.6))},
		Sky:    room(0.9),
		Objects: join(
			[]r.Object{floor(r.Plastic(r.Grey(0.72), 0.5).Everywhere)},
			place(r.V(0, 0, 0), 150, 1, mouse(r.Grey(0.02))...),
		),
	}
}

// calculator lies on the origin, its keys to +Z.
func calculator() []r.Object {
	const halfX, halfZ = 5.0, 8.2
	numbers := &keypad{gap: 0.34, height: 0.42, rounding: 0.12, taper: 0.06}
	left := -4.3
	functions := &keypad{gap: 0.34, height: 0.36, rounding: 0.1, taper: 0.04}
	functions.row(left, -1.9, 1.72, 1.05, "M+ M- MR MC OFF")
	numbers.row(left, -0.4, 1.72, 1.7, "7 8 9 % √")
	numbers.row(left, 1.35, 1.72, 1.7, "4 5 6 × ÷")
	numbers.row(left, 3.1, 1.72, 1.7, "1 2 3 + -")
	numbers.row(left, 4.85, 1.72, 1.7, "0 00 · = C")
	body := r.Cut(0.08, r.Extrude(roundedRect(halfX, halfZ, 0.9), 0.7, 0.3),
		r.RoundBox(r.V(4.2, 0.2, 1.45), 0.15).At(0, 0.75, -5))
	tilt := r.RotX(4)
	digits := letters(medium, "12345.67")
	cap := func(k *keypad, color func(c *keycap) r.Vec, ink r.Vec, high float64) func(p, n r.Vec) r.Material {
		return func(p, n r.Vec) r.Material {
			c := k.find(p.X, p.Z)
			return k.legends(color(c), ink, 0.35, high, 0, 0)(p, n)
		}
	}
	grey := cap(functions, func(*keycap) r.Vec { return r.Hex(0x7b7f86) }, r.Grey(0.9), 0.42)
	dark := cap(numbers, func(c *keycap) r.Vec {
		switch {
		case c.text == "C":
			return r.Hex(0xc0392b)
		case c.x > 0.9:
			return r.Hex(0x5a6068)
		}
		return r.Hex(0x26292e)
	}, r.Grey(0.9), 0.62)
	box := func(z0, z1 float64) r.Box { return r.Box{Min: r.V(-halfX, -0.01, z0), Max: r.V(halfX, 0.5, z1)} }
	up := r.V(0, 1.25, 0).Add(tilt.Apply(r.V(0, 0.62, 0)))
	return []r.Object{
		{
			Shape: r.Solid{Field: body, Box: r.Around(halfX+0.1, 0.75, halfZ+0.1)}, Turn: &tilt, Place: r.V(0, 1.25, 0),
			Surface: func(p, n r.Vec) r.Material {
				if n.Y > 0.9 && p.Y < 0.65 && p.Z < -3 {
					m := r.Plastic(r.Hex(0xa9b8a0), 0.1)
					ink := digits.at(p.X-0.5, p.Z+5-0.1, 1.25)
					m.Color = m.Color.Mix(r.Hex(0x20261c), 0.92*ink)
					return m
				}
				if n.Y > 0.9 && p.Z < -2.9 {
					return r.Plastic(r.Hex(0x2b2e33), 0.25)
				}
				return r.Metal(r.Grey(0.6), 0.38)
			},
		},
		{Shape: r.Solid{Field: functions.field, Box: box(-2.6, -1.3)}, Turn: &tilt, Place: up, Surface: grey},
		{Shape: r.Solid{Field: numbers.field, Box: box(-1.3, 5.8)}, Turn: &tilt, Place: up, Surface: dark},
	}
}

func calculatorScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(-5, 34, 22), At: r.V(0, 0.5, 0), Angle: 27, Aperture: 0.2, Exposure: 1},
		Lights: []r.Light{window(-75, 45, 80, 60, 50, r.V(7, 7.2, 7.6))},
		Sky:    room(0.9),
		Objects: join(
			[]r.Object{floor(r.Plastic(r.Grey(0.75), 0.5).Everywhere)},
			place(r.V(0, 0, 0), 20, 1, calculator()...),
		),
	}
}
