package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"iter"
)

func pngFormat() format {
	return format{
		name: "png", extensions: []string{".apng", ".png"}, magic: []string{pngSignature},
		size: pngSize, decode: decodePNG,
		orientation: pngOrientation,
		profile:     pngProfile,
	}
}

// pngProfile unpacks an ICC profile.
func pngProfile(data []byte) []byte {
	for id, chunk := range pngChunks(data) {
		switch id {
		case "IDAT":
			return nil
		case "iCCP":
			_, packed, ok := bytes.Cut(chunk, []byte{0})
			if !ok || len(packed) < 1 {
				return nil
			}
			r, err := zlib.NewReader(bytes.NewReader(packed[1:]))
			if err != nil {
				return nil
			}
			profile, err := io.ReadAll(io.LimitReader(r, maxProfile))
			if err != nil {
				return nil
			}
			return profile
		}
	}
	return nil
}

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	// pngHeaderEnd is where the first chunk ends, which is the header.
	pngHeaderEnd = 8 + 8 + 13 + 4
)

// pngHeader is what the first chunk says.
type pngHeader struct {
	width, height     uint32
	bits, colour      byte
	interlaced, valid bool
}

func readPNGHeader(data []byte) pngHeader {
	if len(data) < pngHeaderEnd || string(data[12:16]) != "IHDR" {
		return pngHeader{}
	}
	be := binary.BigEndian
	return pngHeader{be.Uint32(data[16:]), be.Uint32(data[20:]), data[24], data[25], data[28] == 1, true}
}

func pngSize(s *source) (image.Point, error) {
	h := readPNGHeader(s.data)
	if !h.valid {
		cfg, err := png.DecodeConfig(s.reader())
		return image.Pt(cfg.Width, cfg.Height), err
	}
	return image.Pt(int(h.width), int(h.height)), nil
}

func decodePNG(s *source) (decoded, error) {
	h := readPNGHeader(s.data)
	// Deflate makes at most 1032 bytes of one, so what a file can have is known before
	// memory is taken for it.
	if h.pixelBytes() > 1032*int64(len(s.data)) {
		return decoded{}, errCut
	}
	if d := h.deepRows(s.data); d != nil {
		return pngNotices(*d, s.data), nil
	}
	img, err := png.Decode(s.reader())
	if err != nil && s.ctx.Err() == nil && !s.lim.Strict {
		if mended := mendPNG(s.data); mended != nil {
			ended := s.ended
			if again, err2 := png.Decode(s.readerOf(mended)); err2 == nil {
				img, err = again, nil
			}
			s.ended = ended
		}
	}
	if err != nil {
		return decoded{}, err
	}
	d := decoded{img: img}
	if h.bits == 16 {
		d.deep, d.alpha = deep16(img, h.colour&2 == 0)
	}
	return pngNotices(d, s.data), nil
}

// pngNotices adds what has to be known of the file.
func pngNotices(d decoded, data []byte) decoded {
	for id, chunk := range pngChunks(data) {
		if id == "IDAT" {
			break
		}
		if id == "acTL" && len(chunk) >= 4 && binary.BigEndian.Uint32(chunk) > 1 {
			d.notices = []Notice{{Kind: NoticeFirst}}
		}
	}
	return d
}

// deep16 takes the samples of an image of 16 bits. It is nil for all others. Alpha is
// nil for an opaque image.
func deep16(img image.Image, grey bool) (d *Deep, alpha []uint8) {
	var pix []uint8
	step, planes := 0, 1
	switch img := img.(type) {
	case *image.Gray16:
		pix, step = img.Pix, 2
	case *image.RGBA64:
		pix, step, planes = img.Pix, 8, 3
	case *image.NRGBA64:
		pix, step, planes = img.Pix, 8, 3
	default:
		return nil, nil
	}
	if grey {
		planes = 1
	}
	size := img.Bounds().Size()
	d = &Deep{Width: size.X, Height: size.Y, Planes: make([]Plane, planes), High: 1<<16 - 1}
	for c := range d.Planes {
		whole := make([]uint16, size.X*size.Y)
		for i := range whole {
			whole[i] = binary.BigEndian.Uint16(pix[step*i+2*c:])
		}
		d.Planes[c].whole = whole
	}
	if _, ok := img.(*image.NRGBA64); ok {
		alpha = make([]uint8, size.X*size.Y)
		for i := range alpha {
			alpha[i] = pix[8*i+6]
		}
	}
	return d, alpha
}

// pixelBytes is how many bytes the pixels have before they are compressed: of each
// row one for its filter, and for an interlaced picture those of seven small ones.
func (h pngHeader) pixelBytes() int64 {
	samples := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[h.colour]
	size := func(w, high int64) int64 {
		if w == 0 {
			return 0
		}
		return high * (1 + (w*samples*int64(h.bits)+7)/8)
	}
	w, high := int64(h.width), int64(h.height)
	if !h.interlaced {
		return size(w, high)
	}
	total := int64(0)
	for _, pass := range [7][4]int64{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		x, y, dx, dy := pass[0], pass[1], pass[2], pass[3]
		total += size(max(w-x+dx-1, 0)/dx, max(high-y+dy-1, 0)/dy)
	}
	return total
}

// mendPNG makes a whole PNG of one whose pixels are all there: without the chunks
// that are not needed, of which checksums may be wrong, and with an end. It is nil
// where pixels are missing, or a checksum of what they need is wrong.
func mendPNG(data []byte) []byte {
	h := readPNGHeader(data)
	if !h.valid {
		return nil
	}
	out := append([]byte{}, data[:pngHeaderEnd]...)
	var packed [][]byte
	for rest := data[pngHeaderEnd:]; len(rest) >= 8; {
		n, id := int64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		end := min(8+n, int64(len(rest)))
		content, whole := rest[8:end], end+4 <= int64(len(rest))
		right := whole && crc32.ChecksumIEEE(rest[4:end]) == binary.BigEndian.Uint32(rest[end:])
		switch {
		case id == "IDAT":
			// What is cut off may be the checksum only.
			if whole && !right {
				return nil
			}
			packed = append(packed, content)
		case id == "PLTE" || (id == "tRNS" && right):
			if !right {
				return nil
			}
			out = append(out, rest[:end+4]...)
		}
		if !whole {
			break
		}
		rest = rest[end+4:]
	}
	readers := make([]io.Reader, len(packed))
	for i, p := range packed {
		readers[i] = bytes.NewReader(p)
	}
	unpacked, err := zlib.NewReader(io.MultiReader(readers...))
	if err != nil {
		return nil
	}
	var pixels bytes.Buffer
	w, err := zlib.NewWriterLevel(&pixels, zlib.NoCompression)
	if err != nil {
		return nil
	}
	if _, err := io.CopyN(w, unpacked, h.pixelBytes()); err != nil || w.Close() != nil {
		return nil
	}
	// A chunk has at most 2^31-1 bytes.
	for pixels.Len() > 0 {
		out = appendPNGChunk(out, "IDAT", pixels.Next(1<<30))
	}
	return appendPNGChunk(out, "IEND", nil)
}

func appendPNGChunk(b []byte, id string, content []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(content)))
	at := len(b)
	b = append(append(b, id...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[at:]))
}

// pngChunks yields the types and contents of the chunks.
func pngChunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		const signature, head, crc = 8, 8, 4
		for data = data[signature:]; len(data) >= head; {
			n := head + int64(binary.BigEndian.Uint32(data))
			if n+crc > int64(len(data)) || !yield(string(data[4:8]), data[head:n]) {
				return
			}
			data = data[n+crc:]
		}
	}
}
