package scenes

import (
	"math"

	r "gaze/models/builtin/samples/render"
)

var (
	oak      = wood(r.Hex(0xc89a62), r.Hex(0x8a5a30), 14, 0.35)
	walnut   = wood(r.Hex(0x7a4e30), r.Hex(0x3c2415), 12, 0.35)
	beech    = wood(r.Hex(0xd9b98c), r.Hex(0xb98f5e), 18, 0.4)
	laminate = r.Plastic(r.V(0.7, 0.68, 0.64), 0.45).Everywhere
	offWhite = plaster(r.Hex(0xe6e2da))
)

// mug is a mug of coffee that stands on the origin, its handle to +X and what is
// printed on it beside it, to +Z.
func mug(glaze r.Vec, print string) []r.Object {
	const radius, half = 4.1, 4.8
	body := r.Cut(0.35, r.Cylinder(radius, half, 0.45), r.Cylinder(radius-0.4, half, 0.8).At(0, 0.8, 0))
	ring := func(p r.Vec) float64 {
		// A torus in the plane of X and Y, higher than wide.
		q := math.Hypot(p.X, p.Y*0.86) - 2.5
		return (math.Hypot(q, p.Z*0.75) - 0.5) * 0.86
	}
	handle := r.Cut(0.1, r.Field(ring).At(radius-0.2, 0.1, 0), r.Cylinder(radius-0.3, 2*half, 0))
	cup := r.Blend(0.5, body, handle)
	ceramic := r.Plastic(glaze, 0.12)
	motto := letters(bold, print)
	ink := r.Hex(0x1f4e8c)
	inside := r.Plastic(r.Hex(0xf0ece2), 0.12)
	return []r.Object{
		{
			Shape: r.Solid{Field: cup, Box: r.Box{Min: r.V(-4.3, -5, -4.3), Max: r.V(7.6, 5, 4.3)}}, Place: r.V(0, half, 0),
			Surface: func(p, _ r.Vec) r.Material {
				if math.Hypot(p.X, p.Z) < radius-0.2 && p.Y > -half+0.3 {
					return inside
				}
				m := ceramic
				if p.Z > 0 {
					around := (math.Atan2(p.X, p.Z) - 0.4) * radius
					m.Color = glaze.Mix(ink, motto.at(around, -p.Y, 1.7))
				}
				return m
			},
		},
		{
			Shape:   r.Solid{Field: r.Cylinder(radius-0.42, 0.1, 0), Box: r.Around(4, 0.2, 4)},
			Place:   r.V(0, 2*half-1.6, 0),
			Surface: r.Plastic(r.Hex(0x2c170c), 0.03).Everywhere,
		},
	}
}

func mugScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(4, 15, 38), At: r.V(1, 4.6, 0), Angle: 26, Aperture: 0.35, Exposure: 1.05},
		Lights: []r.Light{window(-70, 38, 90, 70, 80, r.V(7, 7.2, 7.6))},
		Sky:    room(1),
		Objects: join(
			[]r.Object{floor(oak), wall(-45, offWhite)},
			place(r.V(0, 0, 0), -25, 1, mug(r.Hex(0xece8e0), "GAZE")...),
		),
	}
}

// keyboard lies on the origin, its space bar to +Z.
func keyboard(body, cap, ink r.Vec) []r.Object {
	const u = 1.9
	k := &keypad{gap: 0.22, height: 0.75, rounding: 0.14, taper: 0.14}
	left := -11.45 * u
	k.row(left, -3.2*u, u, u*0.9, "Esc _:1 F1 F2 F3 F4 _:0.5 F5 F6 F7 F8 _:0.5 F9 F10 F11 F12 _:0.4 Prt Scr Brk")
	k.row(left, -1.9*u, u, u, "` 1 2 3 4 5 6 7 8 9 0 - = Back:2 _:0.4 Ins Hom PgU _:0.4 Num / * -")
	k.row(left, -0.9*u, u, u, "Tab:1.5 Q W E R T Y U I O P [ ] \\:1.5 _:0.4 Del End PgD _:0.4 7 8 9 +")
	k.row(left, 0.1*u, u, u, "Caps:1.75 A S D F G H J K L ; ' Enter:2.25 _:3.8 4 5 6 .")
	k.row(left, 1.1*u, u, u, "Shift:2.25 Z X C V B N M , . / Shift:2.75 _:1.4 ^ _:1.4 1 2 3 Ent")
	k.row(left, 2.1*u, u, u, "Ctrl:1.25 Win:1.25 Alt:1.25 .:6.25 Alt:1.25 Fn:1.25 Mnu:1.25 Ctrl:1.25 _:0.4 < v > _:0.4 0:2 . .")
	const halfX, halfZ = 11.45*u + 0.9, 7.2
	tray := r.Cut(0.1, r.RoundBox(r.V(halfX, 0.9, halfZ), 0.5),
		r.RoundBox(r.V(11.45*u+0.1, 1, 2.68*u), 0.3).At(0, 1.45, -0.45*u),
	)
	tilt := r.RotX(4)
	return []r.Object{
		{
			Shape: r.Solid{Field: tray, Box: r.Around(halfX+0.1, 1, halfZ+0.1)}, Turn: &tilt, Place: r.V(0, 1.4, 0),
			Surface: r.Plastic(body, 0.4).Everywhere,
		},
		{
			Shape: r.Solid{Field: k.field, Box: r.Box{Min: r.V(-halfX, -0.05, -3.8*u), Max: r.V(halfX, 0.8, 2.7*u)}},
			Turn:  &tilt, Place: r.V(0, 1.4+0.55, 0),
			Surface: k.legends(cap, ink, 0.45, 0.42, -0.25, -0.25),
		},
	}
}

func keyboardScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(-8, 42, 48), At: r.V(0, 0.5, 0.6), Angle: 39, Aperture: 0.2, Exposure: 1},
		Lights: []r.Light{window(-60, 42, 120, 100, 80, r.V(6.5, 6.8, 7.2))},
		Sky:    room(1),
		Objects: join(
			[]r.Object{floor(beech)},
			place(r.V(0, 0, 0), 14, 1, keyboard(r.Grey(0.012), r.Grey(0.018), r.Grey(0.6))...),
		),
	}
}

func keyboardMugScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(6, 28, 40), At: r.V(-1, 2.5, -3), Angle: 33, Aperture: 0.25, Exposure: 1},
		Lights: []r.Light{window(-70, 40, 130, 100, 90, r.V(7, 7.2, 7.6))},
		Sky:    room(1),
		Objects: join(
			[]r.Object{floor(laminate), wall(-60, offWhite)},
			place(r.V(-9, 0, -10), -20, 2, mug(r.Hex(0xece8e0), "GAZE")...),
			place(r.V(14, 0, 6), 6, 1, keyboard(r.Grey(0.012), r.Grey(0.018), r.Grey(0.6))...),
		),
	}
}

func laptopMugScene() *r.Scene {
	return &r.Scene{
		Camera: r.Camera{From: r.V(8, 34, 62), At: r.V(3, 7, 2), Angle: 36, Aperture: 0.3, Exposure: 1},
		Lights: []r.Light{window(-75, 40, 120, 90, 80, r.V(6.5, 6.8, 7.2))},
		Sky:    room(0.8),
		Objects: join(
			[]r.Object{floor(oak), wall(-60, offWhite)},
			place(r.V(-7, 0, -6), 14, 1, laptop()...),
			place(r.V(17, 0, 14), -28, 2, mug(r.Hex(0xece8e0), "GAZE")...),
		),
	}
}
