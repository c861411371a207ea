// Package icc reads the ICC profiles of pictures that describe their colours by three
// curves and a matrix, or their grey by a curve, and converts such colours to sRGB. That
// is what cameras, telephones and editors attach: Display P3, Adobe RGB, ProPhoto RGB.
// Profiles that are tables of colours, as those of printers, are refused by name.
//
// The format is that of ICC.1:2022 and its older versions. A conversion is relative
// colorimetric: what is outside of sRGB is clipped, each primary on its own.
package icc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf16"
)

// UnsupportedError names a kind of profile that is not used, such as "a table of
// colours".
type UnsupportedError struct{ Kind string }

func (e *UnsupportedError) Error() string { return "icc: " + e.Kind + " is not supported" }

var errDamaged = errors.New("icc: the profile is damaged")

// Profile describes the colours of a picture.
type Profile struct {
	// name is what the profile calls itself.
	name string
	// curves lead from device values to linear ones, both from 0 to 1: three, or one for
	// grey.
	curves []curve
	// matrix leads from the profile's linear colours to sRGB's.
	matrix [3][3]float64
}

const (
	headerSize = 128
	// maxTags is far above the number of tags that a profile has use for.
	maxTags = 256
)

// Name is what the profile in data calls itself, without what cannot be printed, in 60
// characters at most; empty where it does not say.
func Name(data []byte) string {
	tags, err := readTags(data)
	if err != nil {
		return ""
	}
	return described(tags["desc"])
}

// Parse reads a profile. What is no profile at all is an error as well as what is
// damaged; a kind that cannot be used is an [UnsupportedError].
func Parse(data []byte) (*Profile, error) {
	tags, err := readTags(data)
	if err != nil {
		return nil, err
	}
	space, pcs := string(data[16:20]), string(data[20:24])
	p := &Profile{name: described(tags["desc"])}
	names := []string{"rTRC", "gTRC", "bTRC"}
	switch {
	case space == "GRAY":
		names = []string{"kTRC"}
	case space != "RGB ":
		return nil, &UnsupportedError{Kind: fmt.Sprintf("a profile of %q", strings.TrimSpace(printable(space)))}
	case tags["A2B0"] != nil || tags["rXYZ"] == nil:
		return nil, &UnsupportedError{Kind: "a table of colours"}
	case pcs != "XYZ ":
		return nil, errDamaged
	}
	for _, name := range names {
		c, err := readCurve(tags[name])
		if err != nil {
			return nil, err
		}
		p.curves = append(p.curves, c)
	}
	if space == "GRAY" {
		if pcs == "Lab " {
			p.curves[0] = lightness{p.curves[0]}
		}
		return p, nil
	}
	var toXYZ [3][3]float64
	for c, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		tag := tags[name]
		if len(tag) < 20 || string(tag[:4]) != "XYZ " {
			return nil, errDamaged
		}
		for i := range toXYZ {
			toXYZ[i][c] = fixed(tag[8+4*i:])
		}
	}
	for i := range p.matrix {
		for j := range p.matrix[i] {
			for k := range toXYZ {
				p.matrix[i][j] += fromXYZ[i][k] * toXYZ[k][j]
			}
		}
	}
	return p, nil
}

// Name is what the profile calls itself: see [Name].
func (p *Profile) Name() string { return p.name }

// Grey reports whether the profile describes grey and no colours.
func (p *Profile) Grey() bool { return len(p.curves) == 1 }

// Converter returns a function that converts a colour to sRGB, or with three alike a grey.
// Values are from 0 to 1; others are clipped. It may be called by several at once.
func (p *Profile) Converter() func(r, g, b float32) (float32, float32, float32) {
	const steps = 1 << 12
	tables := make([][]float32, len(p.curves))
	for i, c := range p.curves {
		tables[i] = table(steps, func(x float64) float64 { return min(max(c.at(x), 0), 1) })
	}
	// The root takes away what is steep near black.
	encode := table(steps, func(x float64) float64 { return encoded(x * x) })
	linear := func(channel int, v float32) float64 {
		return float64(interpolated(tables[channel], min(max(v, 0), 1)))
	}
	shown := func(v float64) float32 {
		// NaN fails every comparison and becomes black.
		if !(v > 0) {
			return 0
		}
		return interpolated(encode, float32(math.Sqrt(min(v, 1))))
	}
	if p.Grey() {
		return func(r, _, _ float32) (float32, float32, float32) {
			v := shown(linear(0, r))
			return v, v, v
		}
	}
	m := p.matrix
	return func(r, g, b float32) (float32, float32, float32) {
		x, y, z := linear(0, r), linear(1, g), linear(2, b)
		return shown(m[0][0]*x + m[0][1]*y + m[0][2]*z), shown(m[1][0]*x + m[1][1]*y + m[1][2]*z), shown(m[2][0]*x + m[2][1]*y + m[2][2]*z)
	}
}

// Distance is by how much the conversion to sRGB moves a colour at most, from 0 to 1,
// over a lattice of colours.
func (p *Profile) Distance() float64 {
	convert := p.Converter()
	const steps = 8
	most := 0.0
	for r := range steps + 1 {
		for g := range steps + 1 {
			for b := range steps + 1 {
				if p.Grey() && (g != r || b != r) {
					continue
				}
				in := [3]float32{float32(r) / steps, float32(g) / steps, float32(b) / steps}
				x, y, z := convert(in[0], in[1], in[2])
				for i, v := range [3]float32{x, y, z} {
					most = max(most, math.Abs(float64(v-in[i])))
				}
			}
		}
	}
	return most
}

// fromXYZ is the inverse of sRGB's matrix for the profiles' white, D50 (IEC 61966-2-1,
// adapted by Bradford's method).
var fromXYZ = [3][3]float64{
	{3.1338564, -1.6168668, -0.4906148},
	{-0.9787686, 1.9161416, 0.0334541},
	{0.0719452, -0.2289913, 1.4052427},
}

// encoded is the value of sRGB for a linear one.
func encoded(x float64) float64 {
	if x <= 0.0031308 {
		return 12.92 * x
	}
	return 1.055*math.Pow(x, 1/2.4) - 0.055
}

func table(steps int, f func(float64) float64) []float32 {
	t := make([]float32, steps+1)
	for i := range t {
		t[i] = float32(f(float64(i) / float64(steps)))
	}
	return t
}

// interpolated is the value of a table at x, from 0 to 1.
func interpolated(t []float32, x float32) float32 {
	if !(x > 0) {
		return t[0]
	}
	at := x * float32(len(t)-1)
	i := int(at)
	if i >= len(t)-1 {
		return t[len(t)-1]
	}
	return t[i] + (at-float32(i))*(t[i+1]-t[i])
}

// readTags finds the contents of a profile's tags.
func readTags(data []byte) (map[string][]byte, error) {
	if len(data) < headerSize+4 || string(data[36:40]) != "acsp" {
		return nil, errDamaged
	}
	count := binary.BigEndian.Uint32(data[headerSize:])
	if count > maxTags || int(count)*12 > len(data)-headerSize-4 {
		return nil, errDamaged
	}
	tags := make(map[string][]byte, count)
	for i := range int(count) {
		entry := data[headerSize+4+12*i:]
		at, size := binary.BigEndian.Uint32(entry[4:]), binary.BigEndian.Uint32(entry[8:])
		if uint64(at)+uint64(size) > uint64(len(data)) {
			return nil, errDamaged
		}
		tags[string(entry[:4])] = data[at : at+size]
	}
	return tags, nil
}

// described is the text of a description, in ASCII or as the first of several languages.
func described(tag []byte) string {
	const most = 60
	text := ""
	switch {
	case len(tag) >= 12 && string(tag[:4]) == "desc":
		n := min(uint64(binary.BigEndian.Uint32(tag[8:])), uint64(len(tag)-12), 4*most)
		text = string(tag[12 : 12+n])
	case len(tag) >= 28 && string(tag[:4]) == "mluc":
		n, at := uint64(binary.BigEndian.Uint32(tag[20:])), uint64(binary.BigEndian.Uint32(tag[24:]))
		if at > uint64(len(tag)) {
			return ""
		}
		n = min(n, uint64(len(tag))-at, 8*most)
		units := make([]uint16, n/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(tag[at+2*uint64(i):])
		}
		text = string(utf16.Decode(units))
	}
	text, _, _ = strings.Cut(text, "\x00")
	text = strings.TrimSpace(printable(text))
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most])
	}
	return text
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, text)
}

// fixed reads a number of 16 bits with a sign before the point and 16 behind it.
func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / (1 << 16) }
