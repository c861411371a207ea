package folder

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"gaze/compute/cam"
)

// Name is the path of a file. In JSON, a byte that is no part of UTF-8 becomes half of
// a surrogate pair, as in Python's names of files, so that every name is read back as
// it was.
type Name string

// MarshalJSON implements [json.Marshaler].
func (n Name) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if utf8.ValidString(string(n)) {
		err := enc.Encode(string(n))
		return bytes.TrimSpace(out.Bytes()), err
	}
	out.WriteByte('"')
	for rest := string(n); rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&out, `\udc%02x`, rest[0])
		} else {
			quoted, err := json.Marshal(rest[:size])
			if err != nil {
				return nil, err
			}
			out.Write(quoted[1 : len(quoted)-1])
		}
		rest = rest[size:]
	}
	out.WriteByte('"')
	return out.Bytes(), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *Name) UnmarshalJSON(data []byte) error {
	var plain string
	if err := json.Unmarshal(data, &plain); err != nil {
		return err
	}
	if !strings.ContainsRune(plain, utf8.RuneError) {
		*n = Name(plain)
		return nil
	}
	// The standard library puts a replacement where half a pair is.
	var name []byte
	for rest := data[1 : len(data)-1]; len(rest) > 0; {
		unit, size := escaped(rest)
		if low, n := escaped(rest[size:]); utf16.IsSurrogate(unit) && n > 0 && utf16.DecodeRune(unit, low) != utf8.RuneError {
			size += n
		} else if unit >= 0xdc80 && unit <= 0xdcff {
			name, rest = append(name, byte(unit)), rest[size:]
			continue
		}
		if size == 0 {
			if _, size = utf8.DecodeRune(rest); rest[0] == '\\' {
				size = 2
			}
		}
		var text string
		if err := json.Unmarshal(append(append([]byte{'"'}, rest[:size]...), '"'), &text); err != nil {
			return err
		}
		name, rest = append(name, text...), rest[size:]
	}
	*n = Name(name)
	return nil
}

// escaped reads an escape of four hexadecimal digits, and returns its length, or 0
// where there is none.
func escaped(data []byte) (unit rune, size int) {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0, 0
	}
	v, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(v), 6
}

// Number is a number that need not be finite: JSON has "NaN", "+Inf" and "-Inf" for
// such. What is a float32 is written with no more digits than that needs.
type Number float64

// MarshalJSON implements [json.Marshaler].
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte(strconv.Quote(n.String())), nil
	}
	return []byte(n.String()), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *Number) UnmarshalJSON(data []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	if err != nil {
		return fmt.Errorf("%s is no number", data)
	}
	*n = Number(v)
	return nil
}

// String is the shortest decimal that reads back as the number.
func (n Number) String() string {
	bits := 64
	if float64(float32(n)) == float64(n) {
		bits = 32
	}
	return strconv.FormatFloat(float64(n), 'g', -1, bits)
}

// GridSide is the greatest height and width of a [Grid].
const GridSide = 32

// Grid is a raw map as records hold it: in JSON as height, width and the values in
// base64, float32 in little-endian order, row by row.
type Grid struct{ cam.Map }

// newGrid takes a map as it is, or the means of its squares where it has more than
// GridSide values a side.
func newGrid(m cam.Map) Grid {
	step := (max(m.Height, m.Width) + GridSide - 1) / GridSide
	if step <= 1 || len(m.Values) != m.Height*m.Width {
		return Grid{m}
	}
	out := cam.Map{Height: (m.Height + step - 1) / step, Width: (m.Width + step - 1) / step}
	for y := range out.Height {
		for x := range out.Width {
			var sum float64
			n := 0
			for v := y * step; v < min((y+1)*step, m.Height); v++ {
				for u := x * step; u < min((x+1)*step, m.Width); u++ {
					sum += float64(m.Values[v*m.Width+u])
					n++
				}
			}
			out.Values = append(out.Values, float32(sum/float64(n)))
		}
	}
	return Grid{out}
}

// IsZero reports whether there is no map.
func (g Grid) IsZero() bool { return len(g.Values) == 0 }

type gridJSON struct {
	Height int    `json:"height"`
	Width  int    `json:"width"`
	Values string `json:"values"`
}

// MarshalJSON implements [json.Marshaler].
func (g Grid) MarshalJSON() ([]byte, error) {
	raw := make([]byte, 0, 4*len(g.Values))
	for _, v := range g.Values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return json.Marshal(gridJSON{g.Height, g.Width, base64.StdEncoding.EncodeToString(raw)})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (g *Grid) UnmarshalJSON(data []byte) error {
	var in gridJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(in.Values)
	side := func(n int) bool { return n > 0 && n <= GridSide }
	if err != nil || !side(in.Height) || !side(in.Width) || len(raw) != 4*in.Height*in.Width {
		return fmt.Errorf("a map of %d x %d values does not have that many", in.Height, in.Width)
	}
	g.Map = cam.Map{Height: in.Height, Width: in.Width, Values: make([]float32, len(raw)/4)}
	for i := range g.Values {
		g.Values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return nil
}
