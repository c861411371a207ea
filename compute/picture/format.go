package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"slices"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// format is a kind of image file. Decoders are called by this table and not
// through image.Decode, whose registry any imported package may add to.
type format struct {
	name string
	// extensions are the ends of its files' names, in lower case.
	extensions []string
	// magic is how the content begins; '?' stands for any byte.
	magic []string
	// config and decode are nil where the format is known but cannot be read.
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// orientation finds the EXIF orientation, 1..8: 1, upright, where there is none
	// or it makes no sense. It is nil where files have none.
	orientation func(data []byte) int
	// stated, if not nil, is a size that the file states beside its header's, of
	// which one may be a lie.
	stated func(data []byte) image.Point
	// canvas is set where what is decoded may be smaller than the picture that
	// config tells of.
	canvas bool
	// video is set where luma and chroma have the reduced range of video.
	video bool
}

// formats are all that are known. A format is a file with a function that returns
// its row, and a line here.
func formats() []format {
	return []format{jpegFormat(), pngFormat(), gifFormat(), bmpFormat(), tiffFormat(), webpFormat(), heicFormat()}
}

// Formats lists the formats that can be read, the most usual ones first. Each is
// called as in its files' media type, image/jpeg.
func Formats() []string {
	var all []string
	for _, f := range formats() {
		if f.decode != nil {
			all = append(all, f.name)
		}
	}
	return all
}

// Extensions lists the ends of the names of files that can be read, in lower case,
// such as ".jpg", sorted.
func Extensions() []string {
	var all []string
	for _, f := range formats() {
		if f.decode != nil {
			all = append(all, f.extensions...)
		}
	}
	slices.Sort(all)
	return all
}

// detect finds the format that data begins like.
func detect(data []byte) (format, bool) {
	for _, f := range formats() {
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
	if f.stated != nil {
		size = larger(size, f.stated(data))
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
	if f.canvas {
		bounds = image.Rect(0, 0, cfg.Width, cfg.Height)
	}
	return opaque(src, bounds, f.video), nil
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
