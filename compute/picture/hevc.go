//go:build heic

package picture

import "encoding/binary"

// streamColours reads the coding of colours from the header of a stream of HEVC
// (ITU-T H.265), which is in the content of a box hvcC (ISO/IEC 14496-15, 8.3.3.1).
func streamColours(hvcC []byte) coding {
	none := coding{matrix: unspecified}
	const arrays, sequenceParameters = 22, 33
	if len(hvcC) <= arrays {
		return none
	}
	rest := hvcC[arrays+1:]
	for range hvcC[arrays] {
		if len(rest) < 3 {
			return none
		}
		kind, count := rest[0]&0x3f, binary.BigEndian.Uint16(rest[1:])
		rest = rest[3:]
		for range count {
			if len(rest) < 2 {
				return none
			}
			n := 2 + int(binary.BigEndian.Uint16(rest))
			if n > len(rest) {
				return none
			}
			if unit := rest[2:n]; kind == sequenceParameters && len(unit) > 2 {
				return (&hevcBits{data: unescape(unit[2:])}).colours()
			}
			rest = rest[n:]
		}
	}
	return none
}

// unescape drops the bytes that keep start codes out of a stream.
func unescape(data []byte) []byte {
	out := make([]byte, 0, len(data))
	zeros := 0
	for _, b := range data {
		if zeros >= 2 && b == 3 {
			zeros = 0
			continue
		}
		if zeros++; b != 0 {
			zeros = 0
		}
		out = append(out, b)
	}
	return out
}

// hevcBits reads a header's fields. Behind the end there are zeros, and ended is set.
type hevcBits struct {
	data  []byte
	at    int // bits
	ended bool
}

func (r *hevcBits) u(n int) int {
	v := 0
	for range n {
		v <<= 1
		if r.at>>3 >= len(r.data) {
			r.ended = true
			continue
		}
		v |= int(r.data[r.at>>3]>>(7-r.at&7)) & 1
		r.at++
	}
	return v
}

func (r *hevcBits) flag() bool { return r.u(1) == 1 }

// ue reads a number in Golomb's code (9.2).
func (r *hevcBits) ue() int {
	zeros := 0
	for zeros < 32 && !r.ended && !r.flag() {
		zeros++
	}
	return 1<<zeros - 1 + r.u(zeros)
}

// colours reads a sequence parameter set (7.3.2.2) up to what it says of colours.
func (r *hevcBits) colours() coding {
	none := coding{matrix: unspecified}
	r.u(4)
	layers := r.u(3)
	r.u(1)
	r.profile(layers)
	r.ue()
	if chroma := r.ue(); chroma == 3 {
		r.u(1)
	}
	r.ue()
	r.ue()
	if r.flag() { // a window
		for range 4 {
			r.ue()
		}
	}
	r.ue()
	r.ue()
	order := r.ue() + 4
	first := layers
	if r.flag() {
		first = 0
	}
	for range layers - first + 1 {
		for range 3 {
			r.ue()
		}
	}
	for range 6 {
		r.ue()
	}
	if r.flag() { // lists of scales, which the file may have
		if r.flag() {
			r.scalingLists()
		}
	}
	r.u(2)
	if r.flag() { // PCM
		r.u(8)
		r.ue()
		r.ue()
		r.u(1)
	}
	if !r.referencePictures() {
		return none
	}
	if r.flag() { // long-term pictures
		for range r.bounded(32) {
			r.u(order + 1)
		}
	}
	r.u(2)
	if !r.flag() { // no usability information (E.2.1)
		return none
	}
	if r.flag() && r.u(8) == 255 { // the shape of pixels
		r.u(32)
	}
	if r.flag() { // overscan
		r.u(1)
	}
	if !r.flag() { // kind of video
		return none
	}
	r.u(3)
	c := coding{matrix: unspecified, full: r.flag()}
	if r.flag() {
		r.u(16)
		c.matrix = r.u(8)
	}
	if r.ended {
		return none
	}
	return c
}

// bounded reads a number that can be at most limit; a larger one ends reading.
func (r *hevcBits) bounded(limit int) int {
	n := r.ue()
	if n > limit {
		r.ended = true
		return 0
	}
	return n
}

// profile skips 7.3.3.
func (r *hevcBits) profile(layers int) {
	r.u(88)
	r.u(8)
	var has [8][2]bool
	for i := range layers {
		has[i] = [2]bool{r.flag(), r.flag()}
	}
	if layers > 0 {
		r.u(2 * (8 - layers))
	}
	for _, h := range has[:layers] {
		if h[0] {
			r.u(88)
		}
		if h[1] {
			r.u(8)
		}
	}
}

// scalingLists skips 7.3.4.
func (r *hevcBits) scalingLists() {
	for size := range 4 {
		step := 1
		if size == 3 {
			step = 3
		}
		for matrix := 0; matrix < 6; matrix += step {
			if !r.flag() {
				r.ue()
				continue
			}
			if size > 1 {
				r.ue()
			}
			for range min(64, 1<<(4+size<<1)) {
				r.ue()
			}
		}
	}
}

// referencePictures skips the short-term reference picture sets (7.3.7), and reports
// whether they made sense.
func (r *hevcBits) referencePictures() bool {
	before := 0
	for i := range r.bounded(64) {
		if i > 0 && r.flag() { // made of the one before
			r.u(1)
			r.ue()
			n := 0
			for range before + 1 {
				used := r.flag()
				if used || r.flag() {
					n++
				}
			}
			before = n
			continue
		}
		negative, positive := r.bounded(16), r.bounded(16)
		for range negative + positive {
			r.ue()
			r.u(1)
		}
		before = negative + positive
	}
	return !r.ended
}
