package scenes

import (
	"math"
	"strings"

	r "gaze/models/builtin/samples/render"
)

// keycap is one key in the plane of X and Z: its middle, its half sizes with
// half the gap to its neighbours, and what is printed on it.
type keycap struct {
	x, z, halfX, halfZ float64
	legend             *lettering
	text               string
}

// keypad is rows of keys. It finds the key at a place quickly, so that its
// field costs little more than that of one key.
type keypad struct {
	rows [][]keycap
	// gap is the space between two keys, height how far they stand out, rounding
	// the radius of their edges, taper how much narrower they are at the top.
	gap, height, rounding, taper float64
}

// row appends a row of keys from x on at the depth z. The keys are written one
// after the other with spaces between; text:2.5 is 2.5 units wide, and _:0.5 a
// gap half a unit wide.
func (k *keypad) row(x, z, unit, deep float64, keys string) {
	var row []keycap
	for f := range strings.FieldsSeq(keys) {
		width := 1.0
		if text, w, ok := strings.Cut(f, ":"); ok && text != "" {
			f, width = text, number(w)
		}
		if f != "_" {
			c := keycap{x: x + width*unit/2, z: z, halfX: width * unit / 2, halfZ: deep / 2, text: f}
			if f != "." {
				c.legend = letters(medium, f)
			}
			row = append(row, c)
		}
		x += width * unit
	}
	k.rows = append(k.rows, row)
}

// number reads digits with a point.
func number(s string) float64 {
	whole, part, _ := strings.Cut(s, ".")
	v, scale := 0.0, 1.0
	for _, c := range whole + part {
		v = v*10 + float64(c-'0')
	}
	for range part {
		scale *= 10
	}
	return v / scale
}

// find is the key nearest to a place, or nil.
func (k *keypad) find(x, z float64) *keycap {
	var row []keycap
	nearest := math.Inf(1)
	for _, candidate := range k.rows {
		if d := math.Abs(candidate[0].z-z) - candidate[0].halfZ; d < nearest {
			row, nearest = candidate, d
		}
	}
	lo, hi := 0, len(row)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; row[mid].x-row[mid].halfX <= x {
			lo = mid
		} else {
			hi = mid
		}
	}
	if lo+1 < len(row) {
		right := &row[lo+1]
		if right.x-right.halfX-x < x-row[lo].x-row[lo].halfX {
			return right
		}
	}
	return &row[lo]
}

// field is the keys' distance; they stand on Y = 0.
func (k *keypad) field(p r.Vec) float64 {
	c := k.find(p.X, p.Z)
	shrink := k.gap/2 + k.taper*r.Clamp(p.Y/k.height, 0, 1)
	x := math.Abs(p.X-c.x) - c.halfX + shrink + k.rounding
	z := math.Abs(p.Z-c.z) - c.halfZ + shrink + k.rounding
	y := math.Abs(p.Y-k.height/2) - k.height/2 + k.rounding
	out := r.V(max(x, 0), max(y, 0), max(z, 0)).Len()
	d := out + min(max(x, max(y, z)), 0) - k.rounding
	// Beyond the border another key may be nearer.
	border := min(c.halfX-math.Abs(p.X-c.x), c.halfZ-math.Abs(p.Z-c.z))
	if border > 0 {
		d = min(d, border+k.gap/2)
	} else if d > 0 {
		d = min(d, max(k.gap/2, d-k.gap))
	}
	return d * 0.9
}

// legends is the keys' surface with what is printed on them in another colour;
// capital letters are high high, and right and back of the middle by dx, dz.
func (k *keypad) legends(cap, ink r.Vec, rough, high, dx, dz float64) func(p, n r.Vec) r.Material {
	return func(p, n r.Vec) r.Material {
		m := r.Plastic(cap, rough)
		if c := k.find(p.X, p.Z); c.legend != nil && n.Y > 0.8 {
			h := high
			if len(c.text) > 1 {
				h *= 0.72
			}
			m.Color = cap.Mix(ink, c.legend.at(p.X-c.x-dx, p.Z-c.z-dz, h))
		}
		return m
	}
}
