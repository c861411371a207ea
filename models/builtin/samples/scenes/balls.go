package scenes

import (
	"math"

	r "gaze/models/builtin/samples/render"
)

// icosahedron's corners, of length 1: the directions of a football's
// pentagons.
func icosahedron() (corners []r.Vec) {
	phi := (1 + math.Sqrt(5)) / 2
	for _, s := range [4][2]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
		a, b := s[0], s[1]*phi
		corners = append(corners, r.V(0, a, b).Unit(), r.V(a, b, 0).Unit(), r.V(b, 0, a).Unit())
	}
	return corners
}

// dodecahedron's corners, of length 1: the directions of the hexagons.
func dodecahedron() (corners []r.Vec) {
	phi := (1 + math.Sqrt(5)) / 2
	for _, s := range [4][2]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
		a, b := s[0]/phi, s[1]*phi
		corners = append(corners, r.V(0, b, a).Unit(), r.V(b, a, 0).Unit(), r.V(a, 0, b).Unit(),
			r.V(s[0], s[1], 1).Unit(), r.V(s[0], s[1], -1).Unit())
	}
	return corners
}

// soccerBall is a football about the origin: a truncated icosahedron blown up,
// with black pentagons.
func soccerBall(radius float64) r.Object {
	pentagons, hexagons := icosahedron(), dodecahedron()
	// The faces' distances from the middle, for an edge of length 1.
	const pentagon, hexagon = 2.32744, 2.26728
	// nearest finds the panel in a direction, and the distance to its seam.
	nearest := func(d r.Vec) (black bool, seam float64) {
		first, second := 0.0, 0.0
		see := func(v float64, isPentagon bool) {
			if v > first {
				first, second, black = v, first, isPentagon
			} else if v > second {
				second = v
			}
		}
		for _, n := range pentagons {
			see(d.Dot(n)/pentagon, true)
		}
		for _, n := range hexagons {
			see(d.Dot(n)/hexagon, false)
		}
		return black, (first - second) * hexagon
	}
	f := func(p r.Vec) float64 {
		l := p.Len()
		if l > radius*1.03 {
			return l - radius*1.005
		}
		_, seam := nearest(p.Scale(1 / l))
		return (l - radius + radius*0.016*math.Exp(-seam*seam*3200)) * 0.8
	}
	b := radius * 1.01
	return solid(f, b, b, b, func(p, n r.Vec) r.Material {
		black, seam := nearest(p.Unit())
		c := r.Hex(0xeeeeea)
		if black {
			c = r.Grey(0.02)
		}
		m := r.Plastic(c.Scale(0.35+0.65*r.Smoothstep(0.002, 0.016, seam)), 0.35)
		m.Normal = r.Bump(p, n, 0.01, func(p r.Vec) float64 { return 0.006 * r.Noise(p.Scale(7)) })
		return m
	})
}

// meadow is grass about the origin, with blades of about the given height; it
// is wide wide and deep deep, and denser where density is higher.
func meadow(wide, deep, height float64, blades int) r.Object {
	var triangles []r.Triangle
	for i := range blades {
		random := func(k int) float64 { return r.Random(i, k, 77) }
		at := r.V((random(0)-0.5)*wide, 0, (random(1)-0.5)*deep)
		angle := 2 * math.Pi * random(2)
		lean := r.V(math.Cos(angle), 0, math.Sin(angle)).Scale(height * (0.15 + 0.6*random(3)))
		h := height * (0.5 + 0.7*random(4))
		across := r.V(-math.Sin(angle+2*random(5)), 0, math.Cos(angle+2*random(5))).Scale(height * 0.035 * (0.7 + 0.6*random(6)))
		previousL, previousR := at.Sub(across), at.Add(across)
		const parts = 3
		for k := 1; k <= parts; k++ {
			t := float64(k) / parts
			middle := at.Add(lean.Scale(t * t)).Add(r.V(0, h*t*(1-0.25*t), 0))
			half := across.Scale(1 - t)
			l, right := middle.Sub(half), middle.Add(half)
			triangles = append(triangles, r.Triangle{A: previousL, B: previousR, C: right})
			if k < parts {
				triangles = append(triangles, r.Triangle{A: previousL, B: right, C: l})
			}
			previousL, previousR = l, right
		}
	}
	return r.Object{Shape: r.NewMesh(triangles), Surface: func(p, _ r.Vec) r.Material {
		t := r.Clamp(p.Y/height, 0, 1)
		patch := 0.5 + 0.5*r.Fractal(r.V(p.X, 0, p.Z).Scale(0.7/height), 3)
		c := r.V(0.05, 0.12, 0.015).Mix(r.V(0.22, 0.36, 0.06), t).Mix(r.V(0.30, 0.34, 0.08), 0.5*patch*t)
		return r.Material{Color: c, Rough: 0.5, Film: 0.03, Through: 0.35}
	}}
}

// soil is what is below the grass.
func soil(p, _ r.Vec) r.Material {
	n := 0.5 + 0.5*r.Fractal(p.Scale(0.6), 4)
	return r.Matt(r.V(0.05, 0.09, 0.02).Mix(r.V(0.09, 0.15, 0.03), n))
}

func soccerScene() *r.Scene {
	ball := soccerBall(11)
	turn := r.RotX(28).Then(r.RotZ(17)).Then(r.RotY(35))
	ball.Turn, ball.Place, ball.Label = &turn, r.V(0, 11.4, 0), 1
	return &r.Scene{
		Camera: r.Camera{From: r.V(0, 22, 78), At: r.V(0, 11, 0), Angle: 28, Aperture: 0.8, Exposure: 0.95},
		Sun:    &r.Sun{Dir: r.V(-0.55, 0.75, 0.5).Unit(), Irradiance: r.V(3.4, 3.1, 2.6), Radius: 0.02},
		Sky:    outdoors(0.5, 0.09),
		Objects: []r.Object{
			floor(soil),
			meadow(300, 300, 3.2, 160000),
			ball,
		},
	}
}

// golfBall is a golf ball about the origin.
func golfBall(radius float64) r.Object {
	const dimples = 336
	centres := make([]r.Vec, dimples)
	for i := range centres {
		// Fibonacci's spiral spreads them evenly.
		y := 1 - (2*float64(i)+1)/dimples
		angle, ring := float64(i)*math.Pi*(3-math.Sqrt(5)), math.Sqrt(1-y*y)
		centres[i] = r.V(ring*math.Cos(angle), y, ring*math.Sin(angle))
	}
	near := neighbours(centres, 0.1)
	f := func(p r.Vec) float64 {
		l := p.Len()
		if l > radius*1.04 {
			return l - radius*1.02
		}
		d, nearest := p.Scale(1/l), -1.0
		for _, c := range near(d) {
			nearest = max(nearest, d.Dot(c))
		}
		// Chords of less than 0.09 about the centre are pressed in.
		depth := r.Smoothstep(0.0088, 0.0005, 2*(1-nearest))
		return (l - radius + radius*0.014*depth) * 0.6
	}
	b := radius * 1.02
	return solid(f, b, b, b, r.Plastic(r.Hex(0xf4f4f0), 0.2).Everywhere)
}

// neighbours finds, for a direction, those of the unit vectors that lie within
// the given distance, and some farther ones.
func neighbours(vectors []r.Vec, distance float64) func(d r.Vec) []r.Vec {
	const cells = 12
	cell := func(v float64) int { return min(max(int((v+1)/2*cells), 0), cells-1) }
	var grid [cells][cells][cells][]r.Vec
	for _, c := range vectors {
		for x := cell(c.X - distance); x <= cell(c.X+distance); x++ {
			for y := cell(c.Y - distance); y <= cell(c.Y+distance); y++ {
				for z := cell(c.Z - distance); z <= cell(c.Z+distance); z++ {
					grid[x][y][z] = append(grid[x][y][z], c)
				}
			}
		}
	}
	return func(d r.Vec) []r.Vec { return grid[cell(d.X)][cell(d.Y)][cell(d.Z)] }
}

func golfScene() *r.Scene {
	ball := golfBall(2.13)
	turn := r.RotX(50).Then(r.RotZ(17))
	ball.Turn, ball.Place, ball.Label = &turn, r.V(0, 3.1, 0), 1
	return &r.Scene{
		Camera: r.Camera{From: r.V(0, 6.2, 17), At: r.V(0, 2.9, 0), Angle: 27, Aperture: 0.28, Exposure: 0.95},
		Sun:    &r.Sun{Dir: r.V(-0.6, 0.7, 0.45).Unit(), Irradiance: r.V(3.4, 3.1, 2.6), Radius: 0.02},
		Sky:    outdoors(0.4, 0.1),
		Objects: []r.Object{
			floor(soil),
			meadow(120, 120, 1.5, 160000),
			ball,
		},
	}
}
