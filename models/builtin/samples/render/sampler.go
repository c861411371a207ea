package render

import "math/bits"

// sampler gives the numbers in [0, 1) that decide a path. Sample i of a pixel
// draws its pairs from Owen-scrambled Sobol points, each pair with an order and
// a scrambling of its own (Burley 2020, Practical Hash-based Owen Scrambling):
// with few samples they cover the square far more evenly than random numbers.
type sampler struct {
	pixel  uint32
	sample uint32
	pair   uint32
}

// next2 is the next pair.
func (s *sampler) next2() (u, v float64) {
	s.pair++
	seed := mix32(s.pixel ^ mix32(s.pair))
	index := owen(s.sample, seed)
	return float64(owen(bits.Reverse32(index), seed^0xa511e9b3)) * 0x1p-32,
		float64(owen(sobol1(index), seed^0x63d83595)) * 0x1p-32
}

// next is the next single number.
func (s *sampler) next() float64 {
	u, _ := s.next2()
	return u
}

// sobol1 is coordinate 1 of the Sobol sequence, whose coordinate 0 is the van
// der Corput sequence.
func sobol1(i uint32) (x uint32) {
	for v := uint32(1 << 31); i != 0; i >>= 1 {
		if i&1 != 0 {
			x ^= v
		}
		v ^= v >> 1
	}
	return x
}

// owen scrambles a number's bits from the highest down, each by a hash of those
// above it (the hash of Laine and Karras, improved by Vegdahl).
func owen(x, seed uint32) uint32 {
	x = bits.Reverse32(x)
	x ^= x * 0x3d20adea
	x += seed
	x *= seed>>16 | 1
	x ^= x * 0x05526c56
	x ^= x * 0x53a22864
	return bits.Reverse32(x)
}

// mix32 is a hash of 32 bits (Wellons' lowbias32).
func mix32(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x7feb352d
	x ^= x >> 15
	x *= 0x846ca68b
	return x ^ x>>16
}
