package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"iter"

	"golang.org/x/image/webp"
)

func webpFormat() format {
	return format{
		name: "webp", extensions: []string{".webp"}, magic: []string{"RIFF????WEBPVP8"},
		size: webpSize, decode: decodeWebP,
		orientation: func(data []byte) int {
			o := 1
			for id, chunk := range webpChunks(data) {
				switch id {
				case "EXIF":
					// Some programs write JPEG's prefix here too.
					if stated, ok := statedOrientation(bytes.TrimPrefix(chunk, exifMark)); ok {
						return stated
					}
				case "XMP ":
					o = xmpOrientation(chunk)
				}
			}
			return o
		},
		profile: func(data []byte) []byte {
			for id, chunk := range webpChunks(data) {
				if id == "ICCP" {
					return chunk
				}
			}
			return nil
		},
	}
}

// webpSize is the larger one of the sizes that a file states: an extended WebP
// states one for its canvas and one for each image, of which one may be a lie.
func webpSize(s *source) (image.Point, error) {
	if canvas, ok := webpCanvas(s.data); ok && webpAnimated(s.data) {
		return larger(canvas, webpFrame(s.data)), nil
	}
	cfg, err := webp.DecodeConfig(s.reader())
	return larger(image.Pt(cfg.Width, cfg.Height), webpFrame(s.data)), err
}

func larger(a, b image.Point) image.Point {
	return image.Pt(max(a.X, b.X), max(a.Y, b.Y))
}

func decodeWebP(s *source) (decoded, error) {
	if webpAnimated(s.data) {
		return firstWebPFrame(s)
	}
	img, err := webp.Decode(s.reader())
	return decoded{img: img, chroma: chroma{webp: true, rgb: videoRange}}, err
}

// webpCanvas is the size that the header of an extended WebP states.
func webpCanvas(data []byte) (image.Point, bool) {
	for id, c := range webpChunks(data) {
		if id == "VP8X" && len(c) >= 10 {
			return image.Pt(1+uint24(c[4:]), 1+uint24(c[7:])), true
		}
		break
	}
	return image.Point{}, false
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func webpAnimated(data []byte) bool {
	const animation = 1 << 1
	for id, c := range webpChunks(data) {
		return id == "VP8X" && len(c) >= 10 && c[0]&animation != 0
	}
	return false
}

// firstWebPFrame decodes the first frame of an animation on its canvas. A frame has
// the chunks of a picture of its own, behind 16 bytes on its place and time.
func firstWebPFrame(s *source) (decoded, error) {
	for id, c := range webpChunks(s.data) {
		if id != "ANMF" {
			continue
		}
		if len(c) < 16 {
			return decoded{}, errCut
		}
		at := image.Pt(2*uint24(c), 2*uint24(c[3:]))
		w, h := c[6:9], c[9:12]
		extended := append([]byte{0, 0, 0, 0}, append(append([]byte{}, w...), h...)...)
		for part := range webpSubchunks(c[16:]) {
			if part == "ALPH" {
				extended[0] = 1 << 4
			}
		}
		file := webpFile("VP8X", extended, c[16:])
		if frame := webpFrame(file); frame.X > 1+uint24(w) || frame.Y > 1+uint24(h) {
			return decoded{}, errors.New("a frame of two sizes")
		}
		img, err := webp.Decode(s.readerOf(file))
		if err != nil {
			return decoded{}, err
		}
		frame, alpha := colours(img, img.Bounds(), chroma{webp: true, rgb: videoRange})
		canvas := image.NewNRGBA(image.Rectangle{Max: s.size})
		for i := range frame.Rect.Dx() * frame.Rect.Dy() {
			x, y := i%frame.Rect.Dx(), i/frame.Rect.Dx()
			if !at.Add(image.Pt(x, y)).In(canvas.Rect) {
				continue
			}
			to := canvas.Pix[canvas.PixOffset(at.X+x, at.Y+y):][:4]
			copy(to, frame.Pix[4*i:][:4])
			if alpha != nil {
				to[3] = alpha[i]
			}
		}
		return decoded{img: canvas, notices: []Notice{{Kind: NoticeFirst}}}, nil
	}
	return decoded{}, errCut
}

// webpFile is a WebP file of a chunk and what follows it.
func webpFile(id string, content, rest []byte) []byte {
	b := append([]byte("RIFF\x00\x00\x00\x00WEBP"), id...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(content)))
	b = append(append(b, content...), rest...)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// webpFrame is the size that a WebP file's first image chunk states; (0, 0) if
// there is none. An extended WebP states its size twice.
func webpFrame(data []byte) image.Point {
	for id, c := range webpChunks(data) {
		switch {
		case id == "VP8 " && len(c) >= 10:
			return image.Pt(int(binary.LittleEndian.Uint16(c[6:])&0x3fff), int(binary.LittleEndian.Uint16(c[8:])&0x3fff))
		case id == "VP8L" && len(c) >= 5:
			v := binary.LittleEndian.Uint32(c[1:])
			return image.Pt(int(v&0x3fff)+1, int(v>>14&0x3fff)+1)
		}
	}
	return image.Point{}
}

// webpChunks yields the types and contents of the chunks.
func webpChunks(data []byte) iter.Seq2[string, []byte] {
	const signature = 12
	return webpSubchunks(data[signature:])
}

// webpSubchunks yields the types and contents of the chunks that data are.
func webpSubchunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		const head = 8
		for len(data) >= head {
			n := head + int64(binary.LittleEndian.Uint32(data[4:]))
			// The last chunk of a file that was cut off is still looked into.
			end := min(n, int64(len(data)))
			if !yield(string(data[:4]), data[head:end]) {
				return
			}
			data = data[min(n+n%2, int64(len(data))):]
		}
	}
}
