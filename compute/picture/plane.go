package picture

// Plane has the numbers of one channel of a picture, row by row: whole numbers of 16
// bits without a sign, which take half the memory, or floating-point numbers.
type Plane struct {
	whole []uint16
	real  []float32
}

// At is the number at i.
func (p Plane) At(i int) float32 {
	if p.whole != nil {
		return float32(p.whole[i])
	}
	return p.real[i]
}

// Len is how many numbers there are.
func (p Plane) Len() int { return len(p.whole) + len(p.real) }

// upright turns the numbers as [turned] does.
func (p Plane) upright(w, h, orientation int) (next Plane, width, height int) {
	if p.whole != nil {
		p.whole, width, height = turned(p.whole, w, h, orientation)
		return p, width, height
	}
	p.real, width, height = turned(p.real, w, h, orientation)
	return p, width, height
}

// floats is the plane with numbers that may be changed.
func (p Plane) floats() Plane {
	if p.whole == nil {
		return p
	}
	real := make([]float32, len(p.whole))
	for i, v := range p.whole {
		real[i] = float32(v)
	}
	return Plane{real: real}
}

// realPlanes are planes of floating-point numbers.
func realPlanes(all ...[]float32) []Plane {
	planes := make([]Plane, len(all))
	for i, real := range all {
		planes[i].real = real
	}
	return planes
}

// wholePlanes are planes of whole numbers.
func wholePlanes(all ...[]uint16) []Plane {
	planes := make([]Plane, len(all))
	for i, whole := range all {
		planes[i].whole = whole
	}
	return planes
}
