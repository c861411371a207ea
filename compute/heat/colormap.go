// Package heat makes pictures of class activation maps: a raw map becomes
// colours, an overlay on the photograph, and a comparison sheet for a file.
//
// Everything here is drawn from the raw map. Values below zero speak against the
// class. They are drawn as zero, and the largest value as one. A diverging colour
// map draws them too: it has zero in the middle, and the value furthest from zero at
// one end. The map is resized to the picture before it is coloured, not after.
package heat

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"sync"

	"github.com/mazznoer/colorgrad"

	"gaze/compute/cam"
)

// Colormap gives each value from 0 to 1 a colour. The zero Colormap is the
// default one, turbo.
type Colormap struct {
	// Name is the identifier on the command line and in settings: "turbo".
	Name string
	// Diverging is set where the middle stands for zero and the lower half for
	// values below it.
	Diverging bool

	table *colorTable
}

// colorTable holds the colours of the values 0, 1/255, ..., 1.
type colorTable [256]color.NRGBA

// At returns the colour of v, which is clipped to 0..1 first. NaN has the colour
// of 0.
func (c Colormap) At(v float64) color.NRGBA {
	return c.colors()[level(v)]
}

// String returns the colour map's name, the default's for the zero Colormap.
func (c Colormap) String() string {
	if c.table == nil {
		return builtin()[0].Name
	}
	return c.Name
}

func (c Colormap) colors() *colorTable {
	if c.table == nil {
		return builtin()[0].table
	}
	return c.table
}

// level is the index of the table's entry nearest to v.
func level(v float64) uint8 {
	if !(v > 0) {
		return 0
	}
	return uint8(float64(min(v, 1)*255) + 0.5)
}

// Colormaps lists all colour maps, the default first.
func Colormaps() []Colormap {
	return append([]Colormap(nil), builtin()...)
}

// ByName finds a colour map by its name, ignoring case; "gray" and "grey" are
// the same, and the empty name is the default.
func ByName(name string) (Colormap, error) {
	wanted := strings.ToLower(name)
	if wanted == "gray" {
		wanted = "grey"
	}
	var known []string
	for _, c := range builtin() {
		if wanted == c.Name || wanted == "" {
			return c, nil
		}
		known = append(known, c.Name)
	}
	return Colormap{}, fmt.Errorf("no colour map is called %q; known are %s", name, strings.Join(known, ", "))
}

// builtin tabulates the colour maps once, when one is first needed. Callers
// must not change what it returns.
var builtin = sync.OnceValue(func() []Colormap {
	return []Colormap{
		tabulate("turbo", gradient(colorgrad.Turbo())),
		tabulate("viridis", gradient(colorgrad.Viridis())),
		tabulate("inferno", gradient(colorgrad.Inferno())),
		tabulate("magma", gradient(colorgrad.Magma())),
		tabulate("jet", jet),
		tabulate("grey", grey),
		diverging(tabulate("rdbu", reversed(gradient(colorgrad.RdBu())))),
		diverging(tabulate("piyg", reversed(gradient(colorgrad.PiYG())))),
	}
})

// diverging marks a colour map whose middle stands for zero.
func diverging(c Colormap) Colormap {
	c.Diverging = true
	return c
}

// reversed has the colours in the other order: ColorBrewer's diverging maps
// begin with red, which is to stand for what speaks for the class.
func reversed(at func(v float64) (r, g, b float64)) func(v float64) (r, g, b float64) {
	return func(v float64) (float64, float64, float64) { return at(1 - v) }
}

// Signed is the diverging colour map used where none is named.
func Signed() Colormap {
	for _, c := range builtin() {
		if c.Diverging {
			return c
		}
	}
	return Colormap{}
}

// Shows reports whether a map has anything to colour: a value above zero, or with a
// diverging colour map a value other than zero.
func (c Colormap) Shows(m cam.Map) bool {
	for _, v := range m.Values {
		if finite(v) && (v > 0 || c.Diverging && v < 0) {
			return true
		}
	}
	return false
}

// Limits returns the raw values of a map that the two ends of the colour map stand
// for. [Colormap.Shows] must be true of the map.
func (c Colormap) Limits(m cam.Map) (least, most float64) {
	lo, hi := finiteRange(m)
	if c.Diverging {
		most = max(-lo, hi)
		return -most, most
	}
	return 0, hi
}

// normalize brings a raw map to the colours' 0..1.
func (c Colormap) normalize(m cam.Map) (norm cam.Map, invalid int) {
	if !c.Diverging {
		return Normalize(m)
	}
	norm, invalid = NormalizeSigned(m)
	for i, v := range norm.Values {
		norm.Values[i] = float32(v+1) / 2
	}
	return norm, invalid
}

func tabulate(name string, at func(v float64) (r, g, b float64)) Colormap {
	byteOf := func(v float64) uint8 { return uint8(math.Round(255 * max(0, min(1, v)))) }
	table := new(colorTable)
	for i := range table {
		r, g, b := at(float64(i) / 255)
		table[i] = color.NRGBA{R: byteOf(r), G: byteOf(g), B: byteOf(b), A: 255}
	}
	return Colormap{Name: name, table: table}
}

func gradient(g colorgrad.Gradient) func(v float64) (r, g, b float64) {
	return func(v float64) (float64, float64, float64) {
		c := g.At(v)
		return c.R, c.G, c.B
	}
}

// jet is MATLAB's rainbow: three tents of height 1.5, cut off at 1, around
// 1/4, 1/2 and 3/4. It suggests edges where the values have none and is here
// for comparison with published figures.
func jet(v float64) (r, g, b float64) {
	tent := func(centre float64) float64 { return 1.5 - math.Abs(4*v-centre) }
	return tent(3), tent(2), tent(1)
}

func grey(v float64) (r, g, b float64) { return v, v, v }
