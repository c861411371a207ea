package tiff

import (
	"math"
	"slices"
)

// readChunks finds the strips or tiles.
func (h *header) readChunks() error {
	planar, err := h.dir.number(tagPlanar, 1)
	if err != nil {
		return err
	}
	if planar != 1 && planar != 2 {
		return malformed("planar configuration %d", planar)
	}
	h.planar = planar == 2 && h.samples > 1
	g := &h.chunk
	g.tiled = h.dir.has(tagTileWidth) || h.dir.has(tagTileOffsets)
	wide, high := uint64(h.width), uint64(0)
	offsets, counts := uint16(tagStripOffsets), uint16(tagStripCounts)
	if g.tiled {
		if !h.dir.has(tagStripOffsets) || h.dir.has(tagTileOffsets) {
			offsets, counts = tagTileOffsets, tagTileCounts
		}
		if wide, err = h.dir.number(tagTileWidth, 0); err != nil {
			return err
		}
		if high, err = h.dir.number(tagTileHeight, 0); err != nil {
			return err
		}
	} else {
		if high, err = h.dir.number(tagRowsPerStrip, uint64(h.height)); err != nil {
			return err
		}
		high = min(high, uint64(h.height))
	}
	if wide < 1 || high < 1 || wide > math.MaxInt32 || high > math.MaxInt32 {
		return malformed("chunks of %d x %d pixels", wide, high)
	}
	g.width, g.height = int(wide), int(high)
	g.across, g.down = (h.width+g.width-1)/g.width, (h.height+g.height-1)/g.height
	if g.offsets, err = h.dir.numbers(offsets); err != nil {
		return err
	}
	if g.counts, err = h.dir.numbers(counts); err != nil {
		return err
	}
	n := int64(g.across) * int64(g.down)
	if h.planar {
		n *= int64(h.samples)
	}
	if int64(len(g.offsets)) < n {
		return malformed("%d chunks where there should be %d", len(g.offsets), n)
	}
	switch {
	case len(g.counts) > 0:
	case n == 1: // a single strip without its length goes to the end of the file
		g.counts = []uint64{math.MaxUint64}
	case h.compression == compressionNone:
		g.counts = slices.Repeat([]uint64{uint64(h.rowBytes()) * high}, int(n))
	}
	if int64(len(g.counts)) < n {
		return malformed("the lengths of %d chunks where there should be %d", len(g.counts), n)
	}
	return nil
}

// rowSamples is the number of samples in a row of a chunk.
func (h *header) rowSamples() int64 {
	n := int64(h.chunk.width)
	if !h.planar {
		n *= int64(h.samples)
	}
	return n
}

// rowBytes is the size of a row of a chunk. Rows begin at whole bytes.
func (h *header) rowBytes() int64 { return (h.rowSamples()*int64(h.bits) + 7) / 8 }

// blockRow is the size of a row of blocks of subsampled YCbCr, which have the luma
// of their pixels and then one sample of each chroma.
func (h *header) blockRow() int64 {
	sx, sy := int64(h.subsample[0]), int64(h.subsample[1])
	return (int64(h.chunk.width) + sx - 1) / sx * (sx*sy + 2)
}

// plausible refuses headers whose pixels cannot be in a file of the given size,
// before anything is allocated for them. Each compression has the most that it
// makes of a byte.
func (h *header) plausible(size int64) error {
	most := map[uint64]int64{
		compressionNone: 1, compressionPackBits: 64, compressionLZW: 2731, compressionDeflate: 1032, compressionOldDeflate: 1032,
		compressionZstd: 1 << 17, compressionJPEG: 1 << 13, compressionCCITT: 1 << 9, compressionT4: 1 << 9, compressionT6: 1 << 17,
	}[h.compression]
	row := h.rowBytes()
	const longest = 1 << 29
	if row > longest || (h.compression != compressionT6 && row > most*size+8) {
		return ErrTruncated
	}
	pixels := int64(h.width) * int64(h.height)
	bits := int64(h.samples * h.bits)
	if h.photometric == yCbCr {
		bits = 8 // luma at least
	}
	if float64(pixels)*float64(bits)/8 > float64(most)*float64(size)+float64(h.height) {
		return ErrTruncated
	}
	return nil
}
