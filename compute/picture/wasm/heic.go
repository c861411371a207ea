//go:build heic

package wasm

import (
	_ "embed"
	"image"
)

// The module of libheif and libde265 is under the GNU Lesser General Public License
// (decoders/LICENSE.libheif, LICENSE.libde265), so only a program that is built with
// the tag has it. Whoever passes such a program on passes on that licence's
// conditions. The libraries' sources are github.com/strukturag/libheif v1.18.2 and
// libde265 v1.0.15; github.com/gen2brain/heic has what builds the module of them.
//
//go:embed decoders/heif.wasm.gz
var heifModule []byte

// HEIC is the decoder of HEIC. It turns pictures as the file says. It makes 8 bits of
// deeper pictures, and leaves alpha out.
func HEIC() Codec { return Codec{heifModule, planar{}} }

// The fields of a header's form.
const (
	colours = iota
	chroma
	premultiplied
)

// libheif's numbers of colour spaces and chroma formats (heif.h).
const (
	heifYCbCr      = 0
	heifRGB        = 1
	heifMonochrome = 2

	heif420 = 1
	heif422 = 2
	heif444 = 3
)

// planar is the layout of libheif's module: planes of luma and chroma.
type planar struct{}

// decode calls
//
//	int decode(file, size, config_only, *width, *height, *colorspace, *chroma, *premultiplied, *out)
func (planar) decode(in *instance, headerOnly bool, out uint32) (h header, err error) {
	err = in.call(headerOnly, []*uint32{&h.width, &h.height, &h.form[colours], &h.form[chroma], &h.form[premultiplied]}, nil, uint64(out))
	if c := h.form[chroma]; err == nil && (h.form[colours] > heifMonochrome || h.form[colours] == heifYCbCr && (c < heif420 || c > heif444)) {
		err = errRefused
	}
	return h, err
}

// heifStride is the length of a row of so many samples of some bytes each in libheif's
// memory.
func heifStride(samples, each uint32) uint64 {
	return (uint64(max(samples+samples%2, 64))*uint64(each) + 15) &^ 15
}

// planes are the lengths of rows of luma and of chroma, and how many rows of chroma
// there are.
func (h header) planes() (luma, halved, rows uint64) {
	switch h.form[colours] {
	case heifRGB:
		return heifStride(h.width, 4), 0, 0
	case heifMonochrome:
		return heifStride(h.width, 1), 0, 0
	}
	width, high := h.width, h.height
	if h.form[chroma] != heif444 {
		width = (width + 1) / 2
	}
	if h.form[chroma] == heif420 {
		high = (high + 1) / 2
	}
	return heifStride(h.width, 1), heifStride(width, 1), uint64(high)
}

func (planar) bytes(h header) uint64 {
	luma, halved, rows := h.planes()
	return luma*uint64(h.height) + 2*halved*rows
}

func (planar) image(pix []byte, h header) image.Image {
	bounds := image.Rect(0, 0, int(h.width), int(h.height))
	luma, halved, rows := h.planes()
	switch {
	case h.form[colours] == heifMonochrome:
		return &image.Gray{Pix: pix, Stride: int(luma), Rect: bounds}
	case h.form[colours] == heifRGB && h.form[premultiplied] == 1:
		return &image.RGBA{Pix: pix, Stride: int(luma), Rect: bounds}
	case h.form[colours] == heifRGB:
		return &image.NRGBA{Pix: pix, Stride: int(luma), Rect: bounds}
	}
	ratio := map[uint32]image.YCbCrSubsampleRatio{
		heif420: image.YCbCrSubsampleRatio420, heif422: image.YCbCrSubsampleRatio422, heif444: image.YCbCrSubsampleRatio444,
	}[h.form[chroma]]
	cb := luma * uint64(h.height)
	cr := cb + halved*rows
	return &image.YCbCr{Y: pix[:cb], Cb: pix[cb:cr], Cr: pix[cr:], YStride: int(luma), CStride: int(halved), SubsampleRatio: ratio, Rect: bounds}
}
