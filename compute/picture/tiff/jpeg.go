package tiff

import (
	"bytes"
	"context"
	"image"
)

// decodeJPEG decodes strips or tiles that are JPEG streams, whose tables may be
// in the directory ("technical note 2").
func decodeJPEG(ctx context.Context, file []byte, h *header, c *canvas, decode func([]byte, bool) (image.Image, error)) error {
	if decode == nil {
		return &UnsupportedError{"JPEG"}
	}
	tables := h.dir.entries[tagJPEGTables].data
	g := &h.chunk
	perPlane := int64(g.across) * int64(g.down)
	planes := 1
	if h.planar {
		planes = h.samples
	}
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
			if cut && len(g.counts) > 1 {
				return ErrTruncated
			}
			img, err := decode(withTables(data, tables), h.photometric != yCbCr || h.planar)
			if err != nil {
				return err
			}
			if err := c.storeImage(img, int(i)%g.across*g.width, int(i)/g.across*g.height, plane); err != nil {
				return err
			}
		}
	}
	return nil
}

// withTables puts tables, a JPEG stream without a picture, before a stream.
func withTables(data, tables []byte) []byte {
	end := []byte{0xff, 0xd9}
	if len(tables) < 4 || len(data) < 2 {
		return data
	}
	return append(append([]byte{}, bytes.TrimSuffix(tables, end)...), data[2:]...)
}

// storeImage stores a decoded chunk.
func (c *canvas) storeImage(img image.Image, x0, y0, plane int) error {
	h := c.h
	size := img.Bounds().Size()
	w, rows := min(h.chunk.width, h.width-x0), min(h.chunk.height, h.height-y0)
	if size.X < w || size.Y < rows {
		return malformed("a JPEG of %d x %d pixels where %d x %d belong", size.X, size.Y, w, rows)
	}
	var pix []uint8
	var stride, step, colours int
	switch img := img.(type) {
	case *image.Gray:
		pix, stride, step, colours = img.Pix, img.Stride, 1, 1
	case *image.NRGBA:
		pix, stride, step, colours = img.Pix, img.Stride, 4, 3
	case *image.CMYK:
		pix, stride, step, colours = img.Pix, img.Stride, 4, 4
	}
	want := h.colours
	if h.planar {
		want = 1
	}
	if colours != want {
		return malformed("a JPEG of %d colours where %d belong", colours, want)
	}
	for y := range rows {
		from, to := pix[y*stride:], c.pix[c.step*((y0+y)*h.width+x0):]
		for x := range w {
			for s := range colours {
				ch := s
				if h.planar {
					ch = c.channel(plane)
				}
				v := from[step*x+s]
				if h.photometric == whiteIsZero {
					v = 255 - v
				}
				to[c.step*x+ch%c.step] = v
			}
		}
	}
	return nil
}
