package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// format is a kind of image file. Decoders are called by this table and not
// through image.Decode, whose registry any imported package may add to.
type format struct {
	name string
	// magic is how the content begins; '?' stands for any byte.
	magic  []string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var formats = []format{
	{"jpeg", []string{"\xff\xd8"}, jpeg.DecodeConfig, jpeg.Decode},
	{"png", []string{"\x89PNG\r\n\x1a\n"}, png.DecodeConfig, png.Decode},
	{"gif", []string{"GIF87a", "GIF89a"}, gif.DecodeConfig, gif.Decode},
	{"bmp", []string{"BM????\x00\x00\x00\x00"}, bmp.DecodeConfig, bmp.Decode},
	{"tiff", []string{"II\x2a\x00", "MM\x00\x2a"}, tiff.DecodeConfig, tiff.Decode},
	{"webp", []string{"RIFF????WEBPVP8"}, webp.DecodeConfig, webp.Decode},
	// What telephones write. There is no decoder for it, but a user deserves
	// to hear that instead of "not an image".
	{name: "heic", magic: []string{"????ftyphei", "????ftypmif1", "????ftypavif"}},
}

// detect finds the format that data begins like.
func detect(data []byte) (format, bool) {
	for _, f := range formats {
		for _, m := range f.magic {
			if begins(data, m) {
				return f, true
			}
		}
	}
	return format{}, false
}

func begins(data []byte, magic string) bool {
	if len(data) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != data[i] {
			return false
		}
	}
	return true
}

// decode decodes data, after its size was found to be within lim, to an opaque
// image with bounds from (0, 0). Its errors are fail, completed.
func decode(ctx context.Context, f format, data []byte, lim Limits, fail *Error) (img *image.NRGBA, err error) {
	// Decoders were seen to panic on hostile input.
	defer func() {
		if r := recover(); r != nil {
			fail.Reason, fail.Err = Damaged, fmt.Errorf("the decoder failed: %v", r)
			img, err = nil, fail
		}
	}()
	if f.decode == nil {
		fail.Reason = Unsupported
		return nil, fail
	}
	header := &endReader{r: contextReader{ctx, bytes.NewReader(data)}}
	cfg, err := f.config(header)
	if err != nil {
		return nil, classify(err, header, fail)
	}
	size := image.Pt(cfg.Width, cfg.Height)
	if f.name == "webp" {
		// An extended WebP states its size twice, and one may be a lie.
		size = larger(size, webpFrame(data))
	}
	fail.Width, fail.Height = size.X, size.Y
	if size.X < 1 || size.Y < 1 {
		fail.Reason, fail.Err = Damaged, fmt.Errorf("%dx%d pixels", size.X, size.Y)
		return nil, fail
	}
	if int64(size.X) > lim.Pixels/int64(size.Y) {
		fail.Reason, fail.Limit = TooManyPixels, lim.Pixels
		return nil, fail
	}
	whole := &endReader{r: contextReader{ctx, bytes.NewReader(data)}}
	src, err := f.decode(whole)
	if err != nil {
		return nil, classify(err, whole, fail)
	}
	bounds := src.Bounds()
	if f.name == "gif" {
		// The first frame may be smaller than the picture it belongs to.
		bounds = image.Rect(0, 0, cfg.Width, cfg.Height)
	}
	return opaque(src, bounds, f.name == "webp"), nil
}

// classify completes fail with what a decoder's error means.
func classify(err error, r *endReader, fail *Error) error {
	fail.Err = err
	var (
		jpegCannot jpeg.UnsupportedError
		pngCannot  png.UnsupportedError
		tiffCannot tiff.UnsupportedError
	)
	switch {
	case errors.As(err, &jpegCannot), errors.As(err, &pngCannot), errors.As(err, &tiffCannot), errors.Is(err, bmp.ErrUnsupported):
		fail.Reason = Unsupported
	case r.ended:
		fail.Reason = Truncated
	default:
		fail.Reason = Damaged
	}
	return fail
}

func larger(a, b image.Point) image.Point {
	return image.Pt(max(a.X, b.X), max(a.Y, b.Y))
}

// endReader notes whether its reader wanted more than there was. Decoders that
// give up then say so in many ways.
type endReader struct {
	r     io.Reader
	ended bool
}

func (e *endReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.ended = e.ended || err == io.EOF
	return n, err
}

// webpFrame is the size that a WebP file's first image chunk states; (0, 0) if
// there is none.
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
