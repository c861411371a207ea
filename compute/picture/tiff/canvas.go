package tiff

import (
	"image"
	"image/color"
	"math"

	"github.com/x448/float16"
)

// canvas collects the samples of a picture as they are decoded.
type canvas struct {
	h *header
	// pix has bytes where the picture fits into 8 bits, step of them a pixel; else
	// planes have numbers.
	pix    []uint8
	step   int
	planes [][]float32
	// whole are planes of at most 16 bits without a sign.
	whole [][]uint16
	// alpha belongs to planes; nil where all is opaque.
	alpha  []uint8
	number func(row []byte, i int) float32
	level  func(row []byte, i int) uint32
}

func newCanvas(h *header, deep bool) *canvas {
	c := &canvas{h: h}
	area := h.width * h.height
	whole := !h.float && !h.signed
	cut := h.colours > 1 && h.bits <= 16 && (!deep || h.photometric == cmyk)
	if whole && (h.bits <= 8 || h.photometric == palette || cut) {
		c.step = 4
		if h.colours == 1 && h.photometric != palette && h.alpha < 0 {
			c.step = 1
		}
		c.pix = make([]uint8, c.step*area)
		if c.step == 4 && h.photometric != cmyk {
			for i := 3; i < len(c.pix); i += 4 {
				c.pix[i] = 255
			}
		}
		c.level = h.levels()
		return c
	}
	c.number = h.numbers()
	for range h.colours {
		if whole && h.bits <= 16 {
			c.whole = append(c.whole, make([]uint16, area))
		} else {
			c.planes = append(c.planes, make([]float32, area))
		}
	}
	if whole && h.bits <= 16 && h.alpha >= 0 && !h.premultiplied {
		c.alpha = make([]uint8, area)
		c.level = h.levels()
	}
	return c
}

// channel is the place of a sample in the picture: its colours, alpha, or -1 for
// what the picture does without.
func (c *canvas) channel(sample int) int {
	switch {
	case sample < c.h.colours:
		return sample
	case sample == c.h.alpha && c.pix != nil && c.h.photometric != cmyk:
		return 3
	case sample == c.h.alpha && c.alpha != nil:
		return 3
	}
	return -1
}

// store stores the samples of a chunk's row from column x on. In planar files the
// row has one sample of each pixel.
func (c *canvas) store(row []byte, x, y, plane int) {
	n := min(c.h.chunk.width, c.h.width-x)
	samples := c.h.samples
	if c.h.planar {
		samples = 1
	}
	for s := range samples {
		sample := s
		if c.h.planar {
			sample = plane
		}
		ch := c.channel(sample)
		if ch < 0 {
			continue
		}
		if ch == 3 && c.pix == nil {
			to := c.alpha[y*c.h.width+x:][:n]
			for i := range to {
				to[i] = uint8(c.level(row, i*samples+s))
			}
			continue
		}
		if c.whole != nil {
			to := c.whole[ch][y*c.h.width+x:][:n]
			for i := range to {
				to[i] = uint16(c.number(row, i*samples+s))
			}
			continue
		}
		if c.planes != nil {
			to := c.planes[ch][y*c.h.width+x:][:n]
			for i := range to {
				to[i] = c.number(row, i*samples+s)
			}
			continue
		}
		to := c.pix[c.step*(y*c.h.width+x):][:c.step*n]
		switch {
		case c.h.photometric == palette && ch == 0:
			for i := range n {
				// An index that is not in the palette is black, as in libtiff.
				var rgb [3]uint8
				if v := int(c.level(row, i*samples+s)); v < len(c.h.palette) {
					rgb = c.h.palette[v]
				}
				copy(to[4*i:], rgb[:])
			}
		case c.step == 4 && c.h.colours == 1 && ch == 0:
			for i := range n {
				v := uint8(c.level(row, i*samples+s))
				to[4*i], to[4*i+1], to[4*i+2] = v, v, v
			}
		case c.h.bits == 8 && c.h.photometric != whiteIsZero:
			from := row[s:]
			for i := range n {
				to[c.step*i+ch%c.step] = from[i*samples]
			}
		default:
			for i := range n {
				to[c.step*i+ch%c.step] = uint8(c.level(row, i*samples+s))
			}
		}
	}
}

// storeBlocks stores a row of blocks of subsampled YCbCr.
func (c *canvas) storeBlocks(row []byte, x0, y0 int) {
	sx, sy := c.h.subsample[0], c.h.subsample[1]
	size := sx*sy + 2
	for b := 0; (b+1)*size <= len(row); b++ {
		block := row[b*size:][:size]
		for i, luma := range block[:sx*sy] {
			x, y := x0+b*sx+i%sx, y0+i/sx
			if x < min(c.h.width, x0+c.h.chunk.width) && y < c.h.height {
				copy(c.pix[4*(y*c.h.width+x):], []byte{luma, block[size-2], block[size-1]})
			}
		}
	}
}

// levels reads whole samples as 8 bits, or as they are where they are indices into
// a palette.
func (h *header) levels() func(row []byte, i int) uint32 {
	raw := h.whole()
	most := uint32(1)<<h.bits - 1
	switch {
	case h.photometric == palette:
		return raw
	case h.bits < 8:
		raw = func(raw func([]byte, int) uint32) func([]byte, int) uint32 {
			return func(row []byte, i int) uint32 { return raw(row, i) * 255 / most }
		}(raw)
	case h.bits > 8:
		raw = func(raw func([]byte, int) uint32) func([]byte, int) uint32 {
			return func(row []byte, i int) uint32 { return raw(row, i) >> (h.bits - 8) }
		}(raw)
	}
	if h.photometric == whiteIsZero {
		return func(row []byte, i int) uint32 { return 255 - raw(row, i) }
	}
	return raw
}

// whole reads unsigned samples of up to 32 bits.
func (h *header) whole() func(row []byte, i int) uint32 {
	order, bits := h.dir.order, h.bits
	switch bits {
	case 8:
		return func(row []byte, i int) uint32 { return uint32(row[i]) }
	case 16:
		return func(row []byte, i int) uint32 { return uint32(order.Uint16(row[2*i:])) }
	case 32:
		return func(row []byte, i int) uint32 { return order.Uint32(row[4*i:]) }
	}
	// Other samples are packed, the highest bits first.
	return func(row []byte, i int) uint32 {
		var v uint64
		first := i * bits
		end := first + bits
		for k := first / 8; k < (end+7)/8; k++ {
			v = v<<8 | uint64(row[k])
		}
		return uint32(v >> ((8 - end%8) % 8) & (1<<bits - 1))
	}
}

// numbers reads samples of any kind. Where zero is white, unsigned samples are
// turned around.
func (h *header) numbers() func(row []byte, i int) float32 {
	order := h.dir.order
	switch {
	case h.float && h.bits == 16:
		return func(row []byte, i int) float32 { return float16.Frombits(order.Uint16(row[2*i:])).Float32() }
	case h.float && h.bits == 32:
		return func(row []byte, i int) float32 { return math.Float32frombits(order.Uint32(row[4*i:])) }
	case h.float:
		return func(row []byte, i int) float32 { return float32(math.Float64frombits(order.Uint64(row[8*i:]))) }
	case h.signed && h.bits == 8:
		return func(row []byte, i int) float32 { return float32(int8(row[i])) }
	case h.signed && h.bits == 16:
		return func(row []byte, i int) float32 { return float32(int16(order.Uint16(row[2*i:]))) }
	case h.signed && h.bits == 32:
		return func(row []byte, i int) float32 { return float32(int32(order.Uint32(row[4*i:]))) }
	case h.signed:
		return func(row []byte, i int) float32 { return float32(int64(order.Uint64(row[8*i:]))) }
	case h.bits == 64:
		return func(row []byte, i int) float32 {
			v := order.Uint64(row[8*i:])
			if h.photometric == whiteIsZero {
				v = math.MaxUint64 - v
			}
			return float32(v)
		}
	}
	raw := h.whole()
	if h.photometric == whiteIsZero {
		most := uint32(1<<h.bits - 1)
		return func(row []byte, i int) float32 { return float32(most - raw(row, i)) }
	}
	return func(row []byte, i int) float32 { return float32(raw(row, i)) }
}

// picture is what was collected.
func (c *canvas) picture() *Picture {
	h := c.h
	if c.pix == nil {
		return &Picture{Samples: &Samples{
			Width: h.width, Height: h.height, Planes: c.planes, Whole: c.whole, Alpha: c.alpha, Bits: h.bits, Float: h.float, Signed: h.signed,
		}}
	}
	bounds, stride := image.Rect(0, 0, h.width, h.height), c.step*h.width
	switch {
	case h.photometric == cmyk:
		return &Picture{Image: &image.CMYK{Pix: c.pix, Stride: stride, Rect: bounds}}
	case c.step == 1:
		return &Picture{Image: &image.Gray{Pix: c.pix, Stride: stride, Rect: bounds}}
	case h.photometric == yCbCr && h.compression != compressionJPEG:
		for i := 0; i < len(c.pix); i += 4 {
			p := c.pix[i : i+3]
			p[0], p[1], p[2] = color.YCbCrToRGB(p[0], p[1], p[2])
		}
	}
	if h.premultiplied && h.alpha >= 0 {
		return &Picture{Image: &image.RGBA{Pix: c.pix, Stride: stride, Rect: bounds}}
	}
	return &Picture{Image: &image.NRGBA{Pix: c.pix, Stride: stride, Rect: bounds}, Cut: h.bits > 8 && h.photometric == rgb}
}
