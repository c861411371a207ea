package cpu

import (
	"math"
	"unsafe"

	"gaze/models"
)

//go:generate go run ./asm -out kernels_amd64.s -declarations kernels_amd64.go

// kernels are the inner loops for one instruction set.
type kernels struct {
	// tiles are the register tiles for matrix products, those of many rows
	// first.
	tiles []tiles
	// lanes is the length of a vector: the number of tiles that a step of the
	// Winograd passes transforms, and the multiple that depthwise, copyRows and
	// everySecond fill up rows to.
	lanes int

	winoSmall, winoLarge winoKernels
	// largeFrom is the side of the smallest images that F(4x4,3x3) was measured to
	// be faster on than F(2x2,3x3), whose weights are fewer, and heavy the number
	// of kernels from which reading F(2x2,3x3)'s weights takes as long, for images
	// of less than 10x10, as multiplying by the definition.
	largeFrom, heavy int

	// dots takes four rows of b, as far as step apart, addRows those that begin at
	// begins.
	add, affine, scaleAdd, mul, gate, dot, dots, addRows, sum func(*vec)
	// div is a/b, divBy a/scale, larger and smaller are one of a and b.
	div, divBy, larger, smaller func(*vec)
	// expColumns and softmaxSlope go down the columns of matrices of some rows.
	expColumns, softmaxSlope func(*vec)
	// expBelow and most work on a row, most on one of lanes numbers at least.
	expBelow, most func(*vec)

	// curves are those of activation functions.
	curves map[models.Kind]curve
	// copyRows and everySecond work on rows.
	copyRows, everySecond func(*vec)
	// turn turns squares of a matrix around.
	turn func(*vec)
	// maxPool are for windows at every column and at every second one.
	maxPool [2]func(*windows)
	// depthwise convolves one channel, with a tile's arguments: of weights a and
	// pixels b at the offsets off, panels rows of cols numbers each, aStep apart
	// in b and cStep in c.
	depthwise func(*tile)
}

// tiles are register tiles of the same number of rows and 1, 2, ... vectors
// of columns.
type tiles struct {
	rows, lanes int
	// depth bounds the products summed up before a tile is stored, so that its
	// pixels stay in the first cache while panel after panel reads them.
	depth int
	// packed are for weights in the order in which they are read, inRows for those
	// row by row; they have no tiles where that is not worth while.
	packed, inRows tileKernels
}

// tileKernels are tiles of 1, 2, ... vectors of columns.
type tileKernels struct {
	// full tiles use all their columns, masked ones only the first ones.
	full, masked []func(*tile)
	// half is a masked tile of half a vector; nil where there is none.
	half func(*tile)
	// column is a tile of one column; nil where there is none.
	column func(*tile)
}

// width is the number of columns of the widest tile.
func (t *tiles) width() int { return t.lanes * len(t.packed.full) }

// packedTile is memory for the pixels of any tile, which begins with a cache
// line.
func (k *kernels) packedTile() *float32 {
	const line = 16
	n := 0
	for i := range k.tiles {
		n = max(n, k.tiles[i].width()*k.tiles[i].depth)
	}
	mem := make([]float32, n+line)
	return &mem[-int(uintptr(unsafe.Pointer(&mem[0]))/4)&(line-1)]
}

// tile holds the arguments of a product of weights with one tile of columns: for
// each panel of rows,
//
//	c = clamp(scale * weights * pixels + bias + r, lo, hi)
//
// The generated assembly knows where the fields are.
type tile struct {
	// a is the weights from the first panel's first depth on.
	a []float32
	// b is the pixels; those of depth k begin at b[off[k]].
	b []float32
	// c is the result, r what is added to it, nil for nothing. They may be the
	// same.
	c, r []float32
	// bias of each row, nil for zero.
	bias []float32
	off  []int32
	// depth is the number of products summed up.
	depth int
	// panels is the number of panels, which the kernel counts down, aStep the
	// distance between them in a.
	panels, aStep int
	// cStep and rStep are the distances between rows.
	cStep, rStep int
	// cols is the number of columns of a masked tile.
	cols int
	limits
	// packed is memory for a tile's pixels of all depths, to read them together
	// from the second panel on, or nil.
	packed *float32
	// Of weights row by row, aRow is the distance between rows, and scale has a
	// factor for each, nil for one.
	scale []float32
	aRow  int
}

// mostDepth is the largest number of products that any tile sums up.
const mostDepth = 256

// winoKernels are the passes of the transforms of a Winograd scheme.
type winoKernels struct {
	inputRows, inputColumns, outputColumns, outputRows func(*wino)
}

// wino holds the arguments of the passes of the Winograd transforms. Which
// fields a pass uses, and for what, is told at its portable version.
type wino struct {
	src, dst, add      []float32
	mask               []int32
	srcAt, dstAt       int
	rows, chunks       int
	srcStep, dstStep   int
	srcPlane, dstPlane int
	srcRow             int
	bias               float32
	limits
	// next is the distance to the next channel, whose pixels are fetched
	// meanwhile: in memory they lie too far apart for the processor to do so.
	next int
}

// windows holds the arguments of the kernels for maximum pooling: for each of rows
// rows of out windows,
//
//	dst[x] = max over i < height and j < width of src[every*x - left + i*down + j*right]
//
// where the next row of windows begins step further on in src and out in dst.
type windows struct {
	dst, src []float32
	// row is room for one row, which holds -Inf at first: from left on, the largest
	// pixel of each of in columns.
	row           []float32
	height, width int
	down, right   int
	left, in, out int
	rows, step    int
	// next is the distance to the next channel, which is fetched meanwhile.
	next int
}

// vec holds the arguments of elementwise kernels and of sums.
type vec struct {
	dst, a, b    []float32
	scale, shift float32
	limits
	result float32
	count  int
	// rows is the number of rows copied, step the distance between
	// them in a, or in b where that has several, to that in dst.
	rows, step, to int
	begins         [4]int
}

// Activation limits each result of a convolution, or of another operation that
// takes one, to an interval.
type Activation struct {
	limited bool
	ends    limits
}

// The activations without parameters.
var (
	// None leaves results as they are.
	None = Activation{}
	// ReLU is max(x, 0).
	ReLU = Clip(0, infinity)
	// ReLU6 is min(max(x, 0), 6).
	ReLU6 = Clip(0, 6)
)

// Clip is min(max(x, lo), hi).
func Clip(lo, hi float32) Activation { return Activation{true, limits{lo, hi}} }

var infinity = float32(math.Inf(1))

// limits are the smallest and the largest result.
func (a Activation) limits() limits {
	if a.limited {
		return a.ends
	}
	return limits{-infinity, infinity}
}

// limits is an interval. Limiting leaves NaN alone.
type limits struct{ lo, hi float32 }

var unlimited = None.limits()

func (l limits) apply(x float32) float32 {
	if x < l.lo {
		return l.lo
	}
	if x > l.hi {
		return l.hi
	}
	return x
}
