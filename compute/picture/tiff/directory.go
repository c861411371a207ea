package tiff

import (
	"encoding/binary"
	"math"
)

// Tags of the directory that are read.
const (
	tagWidth           = 256
	tagHeight          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagStripOffsets    = 273
	tagSamplesPerPixel = 277
	tagRowsPerStrip    = 278
	tagStripCounts     = 279
	tagPlanar          = 284
	tagT4Options       = 292
	tagT6Options       = 293
	tagPredictor       = 317
	tagColorMap        = 320
	tagTileWidth       = 322
	tagTileHeight      = 323
	tagTileOffsets     = 324
	tagTileCounts      = 325
	tagInkSet          = 332
	tagExtraSamples    = 338
	tagSampleFormat    = 339
	tagJPEGTables      = 347
	tagYCbCrCoeffs     = 529
	tagSubsampling     = 530
	tagReferenceBW     = 532
)

// typeSize is the size of each of TIFF's data types in bytes, 0 for unknown ones.
var typeSize = [...]int64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}

// directory has the entries of a picture. Their values stay in the file.
type directory struct {
	order   binary.ByteOrder
	entries map[uint16]entry
	// next is where the next directory is, 0 for the last; countSize and wordSize are
	// those of read.
	next                uint64
	countSize, wordSize int64
}

type entry struct {
	kind uint16
	// count of values, for which there is room in data.
	count int64
	data  []byte
}

// firstDirectory finds the directory of the first picture.
func firstDirectory(data []byte) (*directory, error) {
	if len(data) < 8 {
		return nil, ErrTruncated
	}
	d := &directory{entries: make(map[uint16]entry)}
	switch string(data[:2]) {
	case "II":
		d.order = binary.LittleEndian
	case "MM":
		d.order = binary.BigEndian
	default:
		return nil, malformed("no byte order")
	}
	switch version := d.order.Uint16(data[2:]); version {
	case 42:
		return d, d.read(data, uint64(d.order.Uint32(data[4:])), 2, 4)
	case 43: // BigTIFF
		if len(data) < 16 {
			return nil, ErrTruncated
		}
		if d.order.Uint16(data[4:]) != 8 {
			return nil, malformed("offsets of %d bytes", d.order.Uint16(data[4:]))
		}
		return d, d.read(data, d.order.Uint64(data[8:]), 8, 8)
	default:
		return nil, malformed("version %d", version)
	}
}

// read reads the directory at an offset. The number of entries takes countSize
// bytes; numbers and offsets in entries take wordSize.
func (d *directory) read(data []byte, at uint64, countSize, wordSize int64) error {
	size := uint64(len(data))
	if at > size || size-at < uint64(countSize) {
		return ErrTruncated
	}
	n := d.word(data[at:], countSize)
	rest := data[at+uint64(countSize):]
	entrySize := 4 + 2*wordSize
	for range min(n, uint64(len(rest))/uint64(entrySize)+1) {
		if int64(len(rest)) < entrySize {
			return ErrTruncated
		}
		if err := d.add(data, rest[:entrySize], wordSize); err != nil {
			return err
		}
		rest = rest[entrySize:]
	}
	d.countSize, d.wordSize = countSize, wordSize
	if int64(len(rest)) >= wordSize {
		d.next = d.word(rest, wordSize)
	}
	return nil
}

// more reports whether there is another picture behind this one.
func (d *directory) more(data []byte) bool {
	const tagSubfileType, smaller, mask = 254, 1, 4
	for range 16 { // pyramids have fewer levels
		if d.next == 0 {
			return false
		}
		following := &directory{order: d.order, entries: make(map[uint16]entry)}
		if following.read(data, d.next, d.countSize, d.wordSize) != nil {
			return false
		}
		kind, err := following.number(tagSubfileType, 0)
		if _, _, wrong := following.size(); err != nil || wrong != nil {
			return false
		}
		if kind&(smaller|mask) == 0 {
			return true
		}
		d = following
	}
	return false
}

// add notes an entry. What lies outside the file is noted without its values,
// which matters only if somebody asks for them.
func (d *directory) add(data, field []byte, wordSize int64) error {
	tag, kind := d.order.Uint16(field), d.order.Uint16(field[2:])
	if int(kind) >= len(typeSize) || typeSize[kind] == 0 {
		return nil
	}
	count := d.word(field[4:], wordSize)
	value := field[4+wordSize:]
	e := entry{kind: kind}
	if count <= uint64(len(data)) {
		e.count = int64(count)
		need := e.count * typeSize[kind]
		if need > wordSize {
			if at := d.word(value, wordSize); at <= uint64(len(data)) && uint64(len(data))-at >= uint64(need) {
				value = data[at:]
			} else {
				value = nil
			}
		}
		if value != nil {
			e.data = value[:need]
		}
	}
	if _, twice := d.entries[tag]; !twice {
		d.entries[tag] = e
	}
	return nil
}

func (d *directory) word(b []byte, size int64) uint64 {
	switch size {
	case 2:
		return uint64(d.order.Uint16(b))
	case 4:
		return uint64(d.order.Uint32(b))
	}
	return d.order.Uint64(b)
}

// has reports whether there is an entry.
func (d *directory) has(tag uint16) bool {
	_, ok := d.entries[tag]
	return ok
}

// numbers are an entry's whole numbers, nil where there is none.
func (d *directory) numbers(tag uint16) ([]uint64, error) {
	e, ok := d.entries[tag]
	if !ok {
		return nil, nil
	}
	if e.data == nil {
		return nil, ErrTruncated
	}
	size := typeSize[e.kind]
	switch e.kind {
	case 1, 3, 4, 6, 7, 8, 9, 13, 16, 17, 18:
	default:
		return nil, malformed("tag %d has values of type %d", tag, e.kind)
	}
	all := make([]uint64, e.count)
	for i := range all {
		switch b := e.data[int64(i)*size:]; size {
		case 1:
			all[i] = uint64(b[0])
		default:
			all[i] = d.word(b, size)
		}
	}
	return all, nil
}

// number is an entry's first number, or otherwise where there is none.
func (d *directory) number(tag uint16, otherwise uint64) (uint64, error) {
	all, err := d.numbers(tag)
	switch {
	case err != nil:
		return 0, err
	case len(all) == 0:
		return otherwise, nil
	}
	return all[0], nil
}

// rationals are an entry's fractions, nil where there are none.
func (d *directory) rationals(tag uint16) []float64 {
	e := d.entries[tag]
	if e.data == nil || e.kind != 5 {
		return nil
	}
	all := make([]float64, e.count)
	for i := range all {
		b := e.data[8*i:]
		all[i] = float64(d.order.Uint32(b)) / float64(max(d.order.Uint32(b[4:]), 1))
	}
	return all
}

// size is the picture's width and height.
func (d *directory) size() (w, h int, err error) {
	wide, err := d.number(tagWidth, 0)
	if err != nil {
		return 0, 0, err
	}
	high, err := d.number(tagHeight, 0)
	if err != nil {
		return 0, 0, err
	}
	if wide < 1 || high < 1 || wide > math.MaxInt32 || high > math.MaxInt32 {
		return 0, 0, malformed("%d x %d pixels", wide, high)
	}
	return int(wide), int(high), nil
}
