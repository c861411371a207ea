package scenes

import (
	"math"

	r "gaze/models/builtin/samples/render"
)

// revolved is a solid of revolution whose outline goes through the given pairs
// of height and radius.
func revolved(points ...[2]float64) r.Field {
	radius := func(y float64) float64 {
		for i := 1; i < len(points); i++ {
			if a, b := points[i-1], points[i]; y <= b[0] {
				t := r.Clamp((y-a[0])/(b[0]-a[0]), 0, 1)
				return a[1] + (b[1]-a[1])*t*t*(3-2*t)
			}
		}
		return points[len(points)-1][1]
	}
	// Where the radius changes quickly the surface is nearer than it is along
	// the radius.
	steepest := 0.0
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		steepest = max(steepest, 1.5*math.Abs(b[1]-a[1])/(b[0]-a[0]))
	}
	slower := 1.2 / math.Hypot(1, steepest)
	lo, hi := points[0][0], points[len(points)-1][0]
	return func(p r.Vec) float64 {
		d := math.Hypot(p.X, p.Z) - radius(r.Clamp(p.Y, lo, hi))
		y := max(lo-p.Y, p.Y-hi)
		return (math.Hypot(max(d, 0), max(y, 0)) + min(0, max(d, y))) * min(0.9, slower)
	}
}

// lamp is a table lamp that stands on the origin, and the lights in its shade.
func lamp() ([]r.Object, []r.Light) {
	base := revolved([2]float64{0, 7}, [2]float64{1, 6.8}, [2]float64{3.2, 3}, [2]float64{10, 7.6}, [2]float64{19, 2.6},
		[2]float64{22, 1.6}, [2]float64{23, 2.2}, [2]float64{24, 1}, [2]float64{29, 0.8})
	const low, high, top, bottom = 27.0, 48.0, 8.5, 16.0
	shade := func(p r.Vec) float64 {
		radius := bottom + (top-bottom)*(p.Y-low)/(high-low)
		d := math.Abs(math.Hypot(p.X, p.Z)-radius) - 0.1
		return max(d, max(low-p.Y, p.Y-high)) * 0.9
	}
	// Two squares back to back stand for the bulb.
	bulb := r.V(30, 20, 10)
	down := r.Light{Corner: r.V(-3, 36, -3), U: r.V(6, 0, 0), V: r.V(0, 0, 6), Radiance: bulb, Hidden: true}
	up := r.Light{Corner: r.V(-3, 37, -3), U: r.V(0, 0, 6), V: r.V(6, 0, 0), Radiance: bulb, Hidden: true}
	return []r.Object{
		{
			Shape:   r.Solid{Field: base, Box: r.Box{Min: r.V(-8, -0.1, -8), Max: r.V(8, 30, 8)}},
			Surface: r.Plastic(r.Hex(0xdfe3e4), 0.12).Everywhere,
		},
		{
			Shape: r.Solid{Field: shade, Box: r.Box{Min: r.V(-17, low-0.1, -17), Max: r.V(17, high+0.1, 17)}},
			Surface: func(p, _ r.Vec) r.Material {
				m := r.Matt(r.Hex(0xf1e3c6))
				m.Through, m.Thick = 0.4, 0.2
				weave := 0.94 + 0.06*math.Sin(p.Y*14)*math.Sin(math.Atan2(p.X, p.Z)*160)
				warm := math.Exp(-(p.Y - 36) * (p.Y - 36) / 90)
				m.Color = m.Color.Scale(weave)
				m.Glow = r.V(1, 0.68, 0.36).Scale((0.12 + 0.4*warm) * weave)
				if p.Y > high-0.8 || p.Y < low+0.8 {
					m.Glow = m.Glow.Scale(0.35)
				}
				return m
			},
		},
	}, []r.Light{down, up}
}

func lampScene() *r.Scene {
	objects, bulb := lamp()
	return &r.Scene{
		Camera: r.Camera{From: r.V(0, 30, 120), At: r.V(0, 25, 0), Angle: 30, Aperture: 0.3, Exposure: 1.05},
		Lights: append(bulb, window(-80, 45, 160, 100, 90, r.V(1.6, 1.7, 1.9))),
		Sky:    room(0.3),
		Objects: join(
			[]r.Object{floor(walnut), wall(-32, plaster(r.Hex(0xb9a78c)))},
			place(r.V(0, 0, 0), 0, 1, objects...),
		),
	}
}

// yinYang is a lacquered disc about the origin that faces +Y.
func yinYang(radius float64) []r.Object {
	black := func(x, z float64) bool {
		h := radius / 2
		switch up, down := math.Hypot(x, z+h), math.Hypot(x, z-h); {
		case up < radius*0.15:
			return false
		case down < radius*0.15:
			return true
		case up < h:
			return true
		case down < h:
			return false
		}
		return x > 0
	}
	rim := r.Torus(radius+0.25, 0.5)
	return []r.Object{
		solid(r.Cylinder(radius, 0.35, 0.1), radius, 0.4, radius, func(p, _ r.Vec) r.Material {
			if black(p.X, p.Z) {
				return r.Plastic(r.Grey(0.012), 0.18)
			}
			return r.Plastic(r.Hex(0xf1efe8), 0.18)
		}),
		solid(rim, radius+0.8, 0.6, radius+0.8, r.Plastic(r.Grey(0.012), 0.2).Everywhere),
	}
}

func yinYangScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(6, 48, 20), At: r.V(0, 0, 0), Angle: 28, Aperture: 0.2, Exposure: 1},
		Lights: []r.Light{window(-75, 42, 80, 60, 50, r.V(7, 7.2, 7.6))},
		Sky:    room(0.9),
		Objects: join(
			[]r.Object{floor(linen(r.Hex(0x7d2a20)))},
			place(r.V(0, 0.5, 0), 12, 1, yinYang(8.5)...),
		),
	}
}

func barrelScene() *r.Scene {
	const high, belly, end = 46.0, 31.0, 24.0
	radius := func(y float64) float64 { return belly - (belly-end)*(y/high)*(y/high) }
	const staves = 22
	barrel := func(p r.Vec) float64 {
		l := math.Hypot(p.X, p.Z)
		angle := math.Atan2(p.X, p.Z) * staves / (2 * math.Pi)
		seam := math.Abs(angle - math.Round(angle))
		d := l - radius(r.Clamp(p.Y, -high, high)) + 0.5*math.Exp(-seam*seam*900)
		d = max(d*0.85, math.Abs(p.Y)-high)
		// The lid lies lower than the rim.
		return max(d, -max(l-end+2.2, high-2.5-p.Y))
	}
	bands := [6]float64{-41, -30, -13, 13, 30, 41}
	hoops := func(p r.Vec) float64 {
		l := math.Hypot(p.X, p.Z)
		d := math.Inf(1)
		for _, y := range bands {
			d = min(d, max(math.Abs(p.Y-y)-2.1, math.Abs(l-radius(p.Y))-0.5))
		}
		return d * 0.8
	}
	box := r.Around(belly+1, high+0.5, belly+1)
	return &r.Scene{
		Camera: r.Camera{From: r.V(30, 150, 270), At: r.V(0, 44, 0), Angle: 27, Aperture: 1, Exposure: 1},
		Lights: []r.Light{window(-70, 40, 350, 260, 220, r.V(7, 7.2, 7.4))},
		Sky:    room(0.7),
		Objects: []r.Object{
			floor(stoneFloor), wall(-140, plaster(r.Hex(0xc9bba6))),
			{
				Shape: r.Solid{Field: barrel, Box: box}, Place: r.V(0, high, 0), Label: 1,
				Surface: func(p, n r.Vec) r.Material {
					angle := math.Atan2(p.X, p.Z) * staves / (2 * math.Pi)
					stave := int(math.Round(angle))
					g := grain(r.V(p.Y*0.35, (angle-float64(stave))*3+float64(stave)*17, 4))
					if n.Y > 0.9 {
						stave = int(math.Floor(p.X / 7))
						g = grain(r.V(p.Z*0.35, p.X*0.4, float64(stave)*9))
					}
					c := r.Hex(0xb07a45).Mix(r.Hex(0x6b4020), g).Scale(0.75 + 0.4*r.Random(stave, 3, 9))
					return r.Plastic(c, 0.45)
				},
			},
			{
				Shape: r.Solid{Field: hoops, Box: box}, Place: r.V(0, high, 0), Label: 1,
				Surface: func(p, _ r.Vec) r.Material {
					rust := 0.5 + 0.5*r.Fractal(p.Scale(0.3), 4)
					return r.Metal(r.Grey(0.32).Mix(r.V(0.2, 0.13, 0.09), rust), 0.45)
				},
			},
		},
	}
}

// stoneFloor is a floor of square slabs.
func stoneFloor(p, n r.Vec) r.Material {
	const slab = 60.0
	u, v := p.X/slab+0.3, p.Z/slab+0.4
	x, z := math.Floor(u), math.Floor(v)
	edge := min(min(u-x, x+1-u), min(v-z, z+1-v)) * slab
	tone := 0.85 + 0.25*r.Random(int(x), int(z), 5) + 0.3*r.Fractal(p.Scale(0.08), 5)
	m := r.Plastic(r.Hex(0x8f8a80).Scale(tone*(0.35+0.65*r.Smoothstep(0.3, 1, edge))), 0.6)
	m.Normal = r.Bump(p, n, 0.05, func(p r.Vec) float64 { return 0.15 * r.Fractal(p.Scale(0.4), 4) })
	return m
}

// menorah is a candlestick of seven arms that stands on the origin and faces
// +Z.
func menorah() []r.Object {
	arm := func(radius float64) r.Field {
		return func(p r.Vec) float64 {
			// The lower half of a ring about the height 26.
			if p.Y > 26 {
				x := math.Abs(p.X) - radius
				return math.Hypot(math.Hypot(x, p.Z), max(0, p.Y-27)) - 0.62
			}
			return math.Hypot(math.Hypot(p.X, p.Y-26)-radius, p.Z) - 0.62
		}
	}
	stem := revolved([2]float64{0, 7}, [2]float64{1, 6.8}, [2]float64{1.8, 4}, [2]float64{4.5, 1.2}, [2]float64{5.5, 2}, [2]float64{6.5, 1.1},
		[2]float64{10, 0.9}, [2]float64{11, 1.6}, [2]float64{12, 0.9}, [2]float64{26, 0.8}, [2]float64{27, 0.8})
	cup := revolved([2]float64{26, 0.65}, [2]float64{27.2, 0.8}, [2]float64{28.2, 1.9}, [2]float64{29.6, 1.5}, [2]float64{30, 2})
	gold := r.Blend(0.5, arm(4.4), arm(8.8), arm(13.2), stem)
	nearest := func(x float64) float64 { return r.Clamp(math.Round(x/4.4), -3, 3) * 4.4 }
	cups := func(p r.Vec) float64 { return min(cup(r.V(p.X-nearest(p.X), p.Y, p.Z)), 1.2) }
	candle := r.Cylinder(0.95, 4.5, 0.2)
	candles := func(p r.Vec) float64 { return candle(r.V(p.X-nearest(p.X), p.Y-34, p.Z)) }
	brass := r.Metal(r.V(0.86, 0.64, 0.27), 0.22).Everywhere
	return []r.Object{
		{Shape: r.Solid{Field: gold, Box: r.Box{Min: r.V(-15, -0.1, -8), Max: r.V(15, 28, 8)}}, Surface: brass},
		{Shape: r.Solid{Field: cups, Box: r.Box{Min: r.V(-16, 25.5, -3), Max: r.V(16, 30.2, 3)}}, Surface: brass},
		{Shape: r.Solid{Field: candles, Box: r.Box{Min: r.V(-16, 29, -2), Max: r.V(16, 39, 2)}}, Surface: r.Plastic(r.Hex(0xf3ead6), 0.35).Everywhere},
	}
}

func menorahScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(10, 28, 92), At: r.V(0, 19, 0), Angle: 29, Aperture: 0.3, Exposure: 1.1},
		Lights: []r.Light{window(-65, 35, 120, 60, 80, r.V(7, 6.8, 6.4)), window(70, 20, 140, 40, 80, r.V(2, 2, 2.2))},
		Sky:    room(0.35),
		Objects: join(
			[]r.Object{floor(walnut), wall(-50, plaster(r.Hex(0x3e4650)))},
			place(r.V(0, 0, 0), 0, 1, menorah()...),
		),
	}
}
