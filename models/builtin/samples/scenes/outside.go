package scenes

import (
	"math"

	r "gaze/models/builtin/samples/render"
)

func stopSignScene() *r.Scene {
	const half = 37.0
	octagon := func(grow float64) func(x, y float64) float64 {
		return func(x, y float64) float64 {
			x, y = math.Abs(x), math.Abs(y)
			return max(max(x, y), (x+y)*math.Sqrt2/2) - half - grow
		}
	}
	text := letters(bold, "STOP")
	plate := r.RotX(90)
	turn := plate.Then(r.RotY(-16))
	post := r.RoundBox(r.V(2.6, 126, 2), 0.4)
	edge := octagon(0)
	return &r.Scene{
		Camera: r.Camera{From: r.V(-6, 160, 330), At: r.V(0, 216, 0), Angle: 22, Exposure: 0.95},
		Sun:    &r.Sun{Dir: r.V(-0.5, 0.6, 0.75).Unit(), Irradiance: r.V(3.2, 3, 2.6), Radius: 0.02},
		Sky:    outdoors(0.75, 0.16),
		Objects: []r.Object{
			{
				Shape: r.Solid{Field: r.Extrude(octagon(0), 0.3, 0.1), Box: r.Around(half+0.5, 0.4, half+0.5)},
				Turn:  &turn, Place: r.V(0, 220, 3), Label: 1,
				Surface: func(p, n r.Vec) r.Material {
					if n.Y < 0.5 {
						return r.Metal(r.Grey(0.5), 0.5)
					}
					white, red := r.Hex(0xf0f0ee), r.Hex(0xb3121d)
					c := red.Scale(0.94 + 0.06*r.Fractal(p.Scale(0.1), 4))
					if d := edge(p.X, p.Z); d > -2.6 && d < -0.9 {
						c = white
					}
					c = c.Mix(white, text.at(p.X*1.5, p.Z, 25))
					for _, z := range [2]float64{-29, 29} {
						if math.Hypot(p.X, p.Z-z) < 1.3 {
							return r.Metal(r.Grey(0.5), 0.35)
						}
					}
					return r.Plastic(c, 0.3)
				},
			},
			{
				Shape: r.Solid{Field: post, Box: r.Around(3, 127, 3)}, Place: r.V(0, 126, 0), Label: 1,
				Surface: r.Metal(r.Grey(0.45), 0.5).Everywhere,
			},
		},
	}
}

// parasol is an open umbrella on its pole, which stands on the origin.
func parasol(colors []r.Vec) []r.Object {
	const radius, high, gores = 100.0, 190.0, 8
	canopy := func(p r.Vec) float64 {
		// A shallow dome: part of a sphere whose middle is far below, drawn in
		// between the ribs.
		l := math.Hypot(p.X, p.Z)
		a := math.Atan2(p.X, p.Z) * gores / (2 * math.Pi)
		sag := math.Pow(math.Abs(math.Sin(math.Pi*a)), 0.8) * l * l / (radius * radius)
		const dome = 120.0
		d := math.Abs(math.Hypot(l, p.Y-high+dome+6*sag)-dome) - 0.25
		return max(d*0.8, (l-radius+5*sag)*0.8)
	}
	pole := r.Capsule(r.V(0, 0, 0), r.V(0, high+7, 0), 1.5, 1.1)
	return []r.Object{
		{
			Shape: r.Solid{Field: canopy, Box: r.Box{Min: r.V(-101, high-60, -101), Max: r.V(101, high+1, 101)}},
			Surface: func(p, n r.Vec) r.Material {
				a := math.Atan2(p.X, p.Z) * gores / (2 * math.Pi)
				k := (int(math.Floor(a)) + gores) % len(colors)
				c := colors[k]
				seam := math.Abs(a-math.Round(a)) * math.Hypot(p.X, p.Z)
				m := r.Matt(c.Scale(0.8 + 0.2*r.Smoothstep(0.2, 0.8, seam)))
				m.Through, m.Thick = 0.35, 0.5
				return m
			},
		},
		{
			Shape:   r.Solid{Field: pole, Box: r.Box{Min: r.V(-2, 0, -2), Max: r.V(2, high+9, 2)}},
			Surface: r.Plastic(r.Hex(0xe9e4d8), 0.35).Everywhere,
		},
	}
}

// sand lies on the ground; its ripples are ripple wide.
func sand(color r.Vec, ripple float64) func(p, n r.Vec) r.Material {
	return func(p, n r.Vec) r.Material {
		m := r.Matt(color.Scale(0.92 + 0.12*r.Fractal(p.Scale(1.2/ripple), 4) + 0.1*(r.Random(int(math.Floor(p.X*6/ripple*8)), int(math.Floor(p.Z*6/ripple*8)), 1)-0.5)))
		m.Normal = r.Bump(p, n, ripple*0.02, func(p r.Vec) float64 {
			warp := r.Fractal(p.Scale(0.3/ripple), 3)
			return ripple * (0.05*math.Sin(2*math.Pi*(p.Z/ripple+1.6*warp)) + 0.12*r.Fractal(p.Scale(0.8/ripple), 4))
		})
		return m
	}
}

func umbrellaScene() *r.Scene {
	shore := sand(r.Hex(0xdcc39a), 14)
	return &r.Scene{
		Camera: r.Camera{From: r.V(0, 120, 560), At: r.V(0, 116, 0), Angle: 23.5, Exposure: 0.95},
		Sun:    &r.Sun{Dir: r.V(-0.45, 0.75, 0.5).Unit(), Irradiance: r.V(3.2, 3, 2.6), Radius: 0.02},
		Sky:    daylight(0.5),
		Objects: join(
			[]r.Object{floor(func(p, n r.Vec) r.Material {
				if p.Z > -500 {
					return shore(p, n)
				}
				m := r.Plastic(r.Hex(0x1d6a86), 0.12)
				m.Normal = r.Bump(p, n, 1, func(p r.Vec) float64 { return 5 * r.Fractal(p.Mul(r.V(0.01, 0, 0.03)), 4) })
				return m
			})},
			place(r.V(0, 0, 0), 10, 1, parasol([]r.Vec{r.Hex(0xd8232a), r.Hex(0xf2c21a), r.Hex(0x1f7ac0), r.Hex(0x2f9e44)})...),
		),
	}
}

// pyramid is one of courses of stone, half wide at the foot.
func pyramid(half, course float64) r.Object {
	high := half * 1.27
	f := func(p r.Vec) float64 {
		y := (math.Floor(p.Y/course) + 0.5) * course
		worn := course * (0.6*r.Fractal(p.Scale(0.35/course), 3) + 0.2*r.Random(int(math.Floor(p.X/course/1.4)), int(math.Floor(p.Y/course)), int(math.Floor(p.Z/course/1.4))))
		d := max(math.Abs(p.X), math.Abs(p.Z)) - half*(1-y/high) + worn*0.6
		return max(d*0.5, -p.Y)
	}
	return r.Object{
		Shape: r.Solid{Field: f, Box: r.Box{Min: r.V(-half, -0.1, -half), Max: r.V(half, high, half)}},
		Surface: func(p, _ r.Vec) r.Material {
			stone := r.Random(int(math.Floor(p.X/course/1.4)), int(math.Floor(p.Y/course)), int(math.Floor(p.Z/course/1.4)))
			return r.Matt(r.Hex(0xcfa672).Scale(0.7 + 0.35*stone + 0.25*r.Fractal(p.Scale(0.02), 4)))
		},
	}
}

// pyramidScene is in metres.
func pyramidScene() *r.Scene {
	sky := daylight(0.3)
	return &r.Scene{
		Camera: r.Camera{From: r.V(-60, 16, 520), At: r.V(0, 62, 0), Angle: 29, Exposure: 0.95},
		Sun:    &r.Sun{Dir: r.V(-0.75, 0.5, 0.4).Unit(), Irradiance: r.V(3.6, 3, 2.2), Radius: 0.02},
		Sky: func(d r.Vec) r.Vec {
			// Dust lies over the horizon.
			return sky(d).Mix(r.V(0.95, 0.82, 0.65), math.Exp(-max(d.Y, 0)*7)*0.8)
		},
		Objects: join(
			[]r.Object{floor(sand(r.Hex(0xd6ae78), 9))},
			place(r.V(0, 0, 0), 34, 1, pyramid(115, 3)),
			place(r.V(170, 0, -190), 34, 1, pyramid(75, 3)),
		),
	}
}
