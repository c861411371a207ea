package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"slices"

	"gaze/compute/picture/dicom"
	"gaze/compute/picture/jpeg"
	"gaze/compute/picture/tiff"
)

// format is a kind of image file. Decoders are called by this table and not
// through image.Decode, whose registry any imported package may add to.
type format struct {
	name string
	// extensions are the ends of its files' names, in lower case.
	extensions []string
	// magic is how the content begins; '?' stands for any byte. Where that does not
	// tell, is says whether content is of the format.
	magic []string
	is    func(data []byte) bool
	// kind is what a format is called for which there is no decoder, and tag the build
	// tag with which there is one.
	kind, tag string
	// size reads the width and the height of the picture from its header.
	size func(s *source) (image.Point, error)
	// decode is nil where the format is known but cannot be read.
	decode func(s *source) (decoded, error)
	// orientation finds how the picture is to be turned, 1..8 as in EXIF: 1, upright,
	// where nothing says so or it makes no sense. It is nil where files say nothing.
	orientation func(data []byte) int
	// profile finds the ICC profile; nil where files have none.
	profile func(data []byte) []byte
}

// source is what a decoder reads.
type source struct {
	ctx  context.Context
	data []byte
	lim  Limits
	// size is the picture's, once it is known.
	size image.Point
	// ended is set once a decoder wanted more than there is. Decoders that give up
	// then say so in many ways.
	ended bool
}

// reader reads the whole file.
func (s *source) reader() io.Reader { return s.readerOf(s.data) }

func (s *source) readerOf(data []byte) io.Reader {
	return &endReader{r: contextReader{s.ctx, bytes.NewReader(data)}, s: s}
}

// endReader notes whether its reader wanted more than there was.
type endReader struct {
	r io.Reader
	s *source
}

func (e *endReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.s.ended = e.s.ended || err == io.EOF
	return n, err
}

// decoded is what a decoder makes of a file: img, or deep with alpha.
type decoded struct {
	img image.Image
	// bounds is the picture, of which img may be a part; empty where it is all.
	bounds image.Rectangle
	chroma chroma
	deep   *Deep
	// alpha belongs to deep; nil where all is opaque.
	alpha   []uint8
	notices []Notice
}

// header makes a format's size of the standard library's function.
func header(config func(io.Reader) (image.Config, error)) func(*source) (image.Point, error) {
	return func(s *source) (image.Point, error) {
		cfg, err := config(s.reader())
		return image.Pt(cfg.Width, cfg.Height), err
	}
}

// formats are all that are known. A format is a file with a function that returns
// its row, and a line here.
func formats() []format {
	return []format{
		jpegFormat(), pngFormat(), gifFormat(), bmpFormat(), tiffFormat(), webpFormat(), avifFormat(), jpegXLFormat(), heicFormat(), jpeg2000Format(), dicomFormat(),
	}
}

// Formats lists the formats that can be read, the most usual ones first. Each is
// called as in its files' media type, image/jpeg or application/dicom.
func Formats() []string {
	var all []string
	for _, f := range formats() {
		if f.decode != nil {
			all = append(all, f.name)
		}
	}
	return all
}

// Extensions lists the ends of the names of pictures' files, in lower case, such as
// ".jpg", sorted. Those of formats that are known but cannot be read are among them,
// so that users hear why instead of missing their pictures.
func Extensions() []string {
	var all []string
	for _, f := range formats() {
		all = append(all, f.extensions...)
	}
	slices.Sort(all)
	return all
}

// detect finds the format that data begins like.
func detect(data []byte) (format, bool) {
	for _, f := range formats() {
		if f.is != nil && f.is(data) {
			return f, true
		}
	}
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

// decode decodes s, after its size was found to be within its limits. Its errors
// are fail, completed.
func decode(f format, s *source, fail *Error) (d decoded, err error) {
	// Decoders were seen to panic on hostile input.
	defer func() {
		if r := recover(); r != nil {
			fail.Reason, fail.Err = Damaged, fmt.Errorf("the decoder failed: %v", r)
			err = fail
		}
	}()
	if f.decode == nil {
		fail.Reason, fail.Kind, fail.Tag = Unsupported, f.kind, f.tag
		return d, fail
	}
	if s.size, err = f.size(s); err != nil {
		return d, classify(err, s, fail)
	}
	fail.Width, fail.Height = s.size.X, s.size.Y
	if s.size.X < 1 || s.size.Y < 1 {
		fail.Reason, fail.Err = Damaged, fmt.Errorf("%dx%d pixels", s.size.X, s.size.Y)
		return d, fail
	}
	if int64(s.size.X) > s.lim.Pixels/int64(s.size.Y) {
		fail.Reason, fail.Limit = TooManyPixels, s.lim.Pixels
		return d, fail
	}
	s.ended = false
	if d, err = f.decode(s); err != nil {
		return d, classify(err, s, fail)
	}
	if d.deep != nil {
		return d, nil
	}
	if d.bounds.Empty() {
		d.bounds = d.img.Bounds()
	}
	return d, nil
}

// errCut is the error of a decoder of this package for a file that ends too early.
var errCut = errors.New("the file ends too early")

// kindError is the error of a decoder of this package for a kind of file that it
// does not read.
type kindError string

func (e kindError) Error() string { return string(e) + " is not supported" }

// classify completes fail with what a decoder's error means.
func classify(err error, s *source, fail *Error) error {
	fail.Err = err
	var (
		jpegCannot *jpeg.UnsupportedError
		pngCannot  png.UnsupportedError
		tiffCannot *tiff.UnsupportedError
		dcmCannot  *dicom.UnsupportedError
		cannot     kindError
	)
	switch {
	case errors.As(err, &pngCannot):
		fail.Reason = Unsupported
	case errors.As(err, &jpegCannot):
		fail.Reason, fail.Kind = Unsupported, jpegCannot.Kind
	case errors.As(err, &tiffCannot):
		fail.Reason, fail.Kind = Unsupported, tiffCannot.Kind
	case errors.As(err, &dcmCannot):
		fail.Reason, fail.Kind = Unsupported, dcmCannot.Kind
	case errors.As(err, &cannot):
		fail.Reason, fail.Kind = Unsupported, string(cannot)
	case s.ended, errors.Is(err, errCut), errors.Is(err, tiff.ErrTruncated), errors.Is(err, jpeg.ErrTruncated), errors.Is(err, dicom.ErrTruncated):
		fail.Reason = Truncated
	default:
		fail.Reason = Damaged
	}
	return fail
}
