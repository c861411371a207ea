// Package picture reads photographs and makes network inputs of them.
//
// [Open] turns a file into an upright 8-bit RGB image, and keeps numbers of more bits
// beside it; [Picture.Tensor] resizes, crops and normalises it exactly as torchvision
// does with PIL, so that a network sees what it was trained on.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/disintegration/imaging"
)

// Picture is a photograph as [Open] reads it.
type Picture struct {
	// Path is the file's name as it was given to [Open].
	Path string
	// Format is one of [Formats].
	Format string
	// Image is upright and opaque; its bounds begin at (0, 0). It is nil for a large
	// picture that was opened with [Options.Strips]; see [Picture.View].
	Image *image.NRGBA
	// Deep has the samples where they do not fit into Image's 8 bits, or where a window
	// was asked for, and is nil for all other pictures.
	Deep *Deep
	// Alpha is the opacity of each pixel of Image, 0 to 255, row by row; nil where all
	// of the file is opaque, and for a picture in strips.
	Alpha []uint8
	// Notices are what a reader of the picture has to know.
	Notices []Notice

	// levels is a picture of 8 bits before it was laid on anything; nil for deeper ones.
	levels *image.NRGBA
	// stored is a picture of 8 bits in strips; nil for all others.
	stored *stored
	strips bool
	alpha  Alpha
	window Window
	// low and high are what the window shows as black and as white.
	low, high float64
	// told are the notices that do not depend on the window.
	told []Notice
}

// Limits bound what is read of a file, against hostile ones and against
// running out of memory. Zero fields mean those of [DefaultLimits].
type Limits struct {
	// Pixels is the largest width times height. It bounds the memory that reading a
	// picture takes: with [Options.Strips] at most 6 bytes a pixel beside the file and some 100 MB, or
	// 7 where 16 bits have alpha, and without it 4 more. Numbers of 32 bits take 4 each, and so do those of 16 that a profile converts. AVIF, JPEG XL and HEIC take up to 80, and are
	// limited to 40 million pixels besides.
	Pixels int64
	// Bytes is the largest size of the file.
	Bytes int64
	// Strict refuses damaged files of which most can be read all the same, such as a
	// JPEG that is cut off. Without it they are read, with a [Notice].
	Strict bool
}

// DefaultLimits returns 100 million pixels and 512 MB: more than any camera in
// use makes, and decodable in the memory of an ordinary computer.
func DefaultLimits() Limits { return Limits{Pixels: 100_000_000, Bytes: 512_000_000} }

func (l Limits) orDefault() Limits {
	if l.Pixels == 0 {
		l.Pixels = DefaultLimits().Pixels
	}
	if l.Bytes == 0 {
		l.Bytes = DefaultLimits().Bytes
	}
	return l
}

// Open reads the picture in the file at path, which is of one of [Formats], told
// apart by content and not by name. Of several frames or pages it reads the first.
//
// The orientation in EXIF or XMP is applied; grey, palette and CMYK become 8-bit RGB,
// and so does what has more bits by the window; transparency and colour profiles are
// dealt with as the options say. The picture's size is checked against the limits before
// anything is decoded. What is not as it should be, and read all the same, is in
// [Picture.Notices].
//
// Every error is an [*Error] that names the file, except the context's own.
func Open(ctx context.Context, path string, opt Options) (*Picture, error) {
	lim := opt.Limits.orDefault()
	data, err := readFile(ctx, path, lim)
	if err != nil {
		return nil, err
	}
	fail := &Error{Path: path, Size: int64(len(data))}
	if len(data) == 0 {
		fail.Reason = Empty
		return nil, fail
	}
	f, ok := detect(data)
	if !ok {
		fail.Reason = NotImage
		return nil, fail
	}
	fail.Format = f.name
	d, err := decode(f, &source{ctx: ctx, data: data, lim: lim}, fail)
	if err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("read %s: %w", path, ctx.Err())
		}
		return nil, err
	}
	p := &Picture{Path: path, Format: f.name, Deep: d.deep, Alpha: d.alpha, told: d.notices, alpha: opt.Alpha, window: opt.Window}
	p.strips = opt.Strips && int64(fail.Width)*int64(fail.Height) > largePixels
	switch {
	case d.deep != nil:
	case p.strips && opt.Window.how != windowRange:
		p.stored = &stored{decoded: d}
	default:
		p.Image, p.Alpha = colours(d.img, d.bounds, d.chroma)
	}
	if f.profile != nil {
		p.profile(f.profile(data), opt.ICC)
	}
	if f.orientation != nil {
		p.turn(f.orientation(data))
	}
	p.seeThrough()
	if p.Deep == nil && p.stored == nil {
		p.levels, p.strips = p.Image, false
	}
	p.show()
	return p, nil
}

// Size is the width and height of the upright picture.
func (p *Picture) Size() image.Point {
	switch {
	case p.stored != nil:
		return p.stored.size()
	case p.Deep != nil:
		return image.Pt(p.Deep.Width, p.Deep.Height)
	}
	return p.Image.Rect.Size()
}

// View is the upright, opaque picture: Image, or a [Strips] for a large picture that was
// opened with [Options.Strips].
func (p *Picture) View() image.Image {
	if p.strips {
		return &Strips{p}
	}
	return p.Image
}

// whole is the picture not in strips.
func (p *Picture) whole() *Picture {
	if p.stored == nil {
		return p
	}
	next := *p
	next.strips, next.stored = false, nil
	next.levels, next.Alpha = p.stored.part(image.Rectangle{Max: p.Size()})
	next.show()
	return &next
}

// turn makes the picture upright.
func (p *Picture) turn(orientation int) {
	if p.stored != nil {
		p.stored.orientation = orientation
		return
	}
	var size image.Point
	if p.Deep != nil {
		size = image.Pt(p.Deep.Width, p.Deep.Height)
		p.Deep.upright(orientation)
	} else {
		size = p.Image.Rect.Size()
		p.Image = upright(p.Image, orientation)
	}
	if p.Alpha != nil {
		p.Alpha, _, _ = turned(p.Alpha, size.X, size.Y, orientation)
	}
}

// seeThrough forgets the alpha of a picture that is opaque throughout, and tells of that
// of any other.
func (p *Picture) seeThrough() {
	if p.transparent() {
		p.told = append(p.told, Notice{Kind: NoticeTransparent, Alpha: p.alpha})
		return
	}
	p.Alpha = nil
}

func (p *Picture) transparent() bool {
	seen := func(alpha []uint8) bool {
		return slices.ContainsFunc(alpha, func(a uint8) bool { return a < 255 })
	}
	if p.stored == nil {
		return seen(p.Alpha)
	}
	if opaque(p.stored.img, p.stored.bounds) {
		return false
	}
	for _, alpha := range p.stored.parts() {
		if seen(alpha) {
			return true
		}
	}
	return false
}

// Thumbnail reads the picture at path as [Open] does with [DefaultLimits], on white, and
// shrinks it to fit a square of side pixels. A smaller picture keeps its size.
func Thumbnail(ctx context.Context, path string, side int) (*image.NRGBA, error) {
	p, err := Open(ctx, path, Options{Alpha: AlphaWhite})
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("shrink %s: %w", path, err)
	}
	return imaging.Fit(p.Image, side, side, imaging.Box), nil
}

// readFile reads a regular file of at most lim.Bytes.
func readFile(ctx context.Context, path string, lim Limits) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	// Asking before opening: opening a named pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	switch {
	case info.IsDir():
		return nil, &Error{Path: path, Reason: Directory}
	case !info.Mode().IsRegular():
		return nil, &Error{Path: path, Reason: NotRegular}
	case info.Size() > lim.Bytes:
		return nil, &Error{Path: path, Reason: FileTooLarge, Size: info.Size(), Limit: lim.Bytes}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer file.Close()
	// In a buffer of its size, since one that grows is twice as large in the end.
	buffer := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	_, err = buffer.ReadFrom(io.LimitReader(contextReader{ctx, file}, lim.Bytes))
	data := buffer.Bytes()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("read %s: %w", path, ctx.Err())
	}
	if err != nil {
		return nil, fileError(path, err)
	}
	return data, nil
}

func fileError(path string, err error) *Error {
	e := &Error{Path: path, Reason: Unreadable, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = NotFound
	case errors.Is(err, fs.ErrPermission):
		e.Reason = Permission
	}
	return e
}

// contextReader stops a decoder in the middle of a large picture: decoders
// know no context, but they read all the time.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
