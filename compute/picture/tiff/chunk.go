package tiff

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/tiff/lzw"
)

// data is a strip's or tile's stored data. It is cut where the file ends before
// it does.
func (g *chunkGrid) data(file []byte, i int64) (data []byte, cut bool, err error) {
	at, n := g.offsets[i], g.counts[i]
	size := uint64(len(file))
	if at >= size {
		return nil, false, ErrTruncated
	}
	if n > size-at {
		// One of these is the strip that is said to go to the end.
		return file[at:], true, nil
	}
	return file[at : at+n], false, nil
}

// decodeChunks decodes all strips or tiles onto c.
func decodeChunks(ctx context.Context, file []byte, h *header, c *canvas) error {
	u := unpacker{h: h}
	defer u.close()
	blocks := h.photometric == yCbCr && h.subsample != [2]int{1, 1}
	rowSize, step := h.rowBytes(), 1
	if blocks {
		rowSize, step = h.blockRow(), h.subsample[1]
	}
	row := make([]byte, rowSize)
	planes := 1
	if h.planar {
		planes = h.samples
	}
	g := &h.chunk
	perPlane := int64(g.across) * int64(g.down)
	for plane := range planes {
		if h.planar && c.channel(plane) < 0 {
			continue
		}
		for i := range perPlane {
			if err := ctx.Err(); err != nil {
				return err
			}
			data, cut, err := g.data(file, int64(plane)*perPlane+i)
			if err != nil {
				return err
			}
			x0, y0 := int(i)%g.across*g.width, int(i)/g.across*g.height
			rows := min(g.height, h.height-y0)
			r, err := u.open(data)
			if err != nil {
				return chunkError(err, cut)
			}
			for y := 0; y < rows; y += step {
				if _, err := io.ReadFull(r, row); err != nil {
					return chunkError(err, cut)
				}
				if blocks {
					c.storeBlocks(row, x0, y0+y)
					continue
				}
				h.undoPredictor(row, u.scratch(len(row)))
				c.store(row, x0, y0+y, plane)
			}
		}
	}
	return nil
}

// chunkError tells data that are cut off by the file's end from damaged ones.
func chunkError(err error, cut bool) error {
	var unsupported *UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return err
	case cut && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return ErrTruncated
	}
	return malformed("a strip or tile: %w", err)
}

// unpacker opens chunks. It keeps what takes time to make.
type unpacker struct {
	h    *header
	zlib io.ReadCloser
	zstd *zstd.Decoder
	room []byte
}

func (u *unpacker) close() {
	if u.zstd != nil {
		u.zstd.Close()
	}
}

func (u *unpacker) scratch(n int) []byte {
	if len(u.room) < n {
		u.room = make([]byte, n)
	}
	return u.room[:n]
}

func (u *unpacker) open(data []byte) (io.Reader, error) {
	if u.h.reversed {
		turned := make([]byte, len(data))
		for i, b := range data {
			turned[i] = bits.Reverse8(b)
		}
		data = turned
	}
	r := bytes.NewReader(data)
	switch u.h.compression {
	case compressionNone:
		return r, nil
	case compressionPackBits:
		return &packBits{data: data}, nil
	case compressionCCITT, compressionT4, compressionT6:
		if u.h.compression == compressionT6 {
			if options, err := u.h.dir.number(tagT6Options, 0); err != nil || options&2 != 0 {
				return nil, &UnsupportedError{"CCITT with uncompressed rows"}
			}
		}
		return newCCITT(data, u.h.chunk.width, u.h.compression, u.h.t4)
	case compressionLZW:
		// Before TIFF 6.0 some programs wrote codes with the lowest bits first. Their
		// data begin with the code 256 in that order.
		if len(data) >= 2 && data[0] == 0 && data[1]&1 == 1 {
			return nil, &UnsupportedError{"old-style LZW"}
		}
		return lzw.NewReader(r, lzw.MSB, 8), nil
	case compressionZstd:
		if u.zstd == nil {
			var err error
			u.zstd, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(1<<25))
			return u.zstd, err
		}
		return u.zstd, u.zstd.Reset(r)
	}
	if u.zlib == nil {
		var err error
		u.zlib, err = zlib.NewReader(r)
		return u.zlib, err
	}
	return u.zlib, u.zlib.(zlib.Resetter).Reset(r, nil)
}

// packBits reads Apple's PackBits: a byte n below 128 is followed by n+1 bytes, one
// above 128 by a byte that is repeated 257-n times.
type packBits struct {
	data   []byte
	copied int // bytes to copy
	times  int // times to repeat the next byte
}

func (p *packBits) Read(to []byte) (int, error) {
	for p.copied == 0 && p.times == 0 {
		if len(p.data) < 2 {
			return 0, io.EOF
		}
		switch n := int(p.data[0]); {
		case n < 128:
			p.copied = n + 1
		case n > 128:
			p.times = 257 - n
		}
		p.data = p.data[1:]
	}
	if p.times > 0 {
		n := min(len(to), p.times)
		for i := range n {
			to[i] = p.data[0]
		}
		if p.times -= n; p.times == 0 {
			p.data = p.data[1:]
		}
		return n, nil
	}
	n := copy(to, p.data[:min(p.copied, len(p.data))])
	if n == 0 && len(to) > 0 {
		return 0, io.EOF
	}
	p.data, p.copied = p.data[n:], p.copied-n
	return n, nil
}

// undoPredictor makes samples of differences, in place.
func (h *header) undoPredictor(row, scratch []byte) {
	step := h.samples
	if h.planar {
		step = 1
	}
	size := h.bits / 8
	switch h.predictor {
	case 2:
		addBefore(row, step, size, h.dir.order)
	case 3:
		// The bytes of all numbers, the highest ones first, are stored as differences.
		for i := step; i < len(row); i++ {
			row[i] += row[i-step]
		}
		n := len(row) / size
		copy(scratch, row)
		for i := range n {
			for b := range size {
				place := b
				if h.dir.order == binary.ByteOrder(binary.LittleEndian) {
					place = size - 1 - b
				}
				row[i*size+place] = scratch[b*n+i]
			}
		}
	}
}

// addBefore adds to each number of size bytes the one that is step numbers before
// it.
func addBefore(row []byte, step, size int, order binary.ByteOrder) {
	for i := step * size; i+size <= len(row); i += size {
		before, at := row[i-step*size:], row[i:]
		switch size {
		case 1:
			at[0] += before[0]
		case 2:
			order.PutUint16(at, order.Uint16(at)+order.Uint16(before))
		case 4:
			order.PutUint32(at, order.Uint32(at)+order.Uint32(before))
		case 8:
			order.PutUint64(at, order.Uint64(at)+order.Uint64(before))
		}
	}
}
