package picture

import (
	"errors"
	"fmt"
	"image"
	"math"

	"gorgonia.org/tensor"

	"gaze/models"
)

// Tensor makes a network's input of an upright image: 1 x channels x H x W float32.
// The rectangle is the part of img, in its pixels, that the network sees. It is an error
// where each channel has a file of its own, as for [Stack].
//
// With [models.FitCrop] it is torchvision's Resize(in.Resize) of the short
// side, the long one being floor(in.Resize*long/short), and CenterCrop; with
// [models.FitStretch] both sides are resized. The filter is PIL's
// antialiased BILINEAR or BICUBIC, or its NEAREST, bit for bit. Normalising is that of [FromRGB].
func Tensor(img *image.NRGBA, in models.Input) (*tensor.Dense, image.Rectangle, error) {
	if err := takesPicture(in); err != nil {
		return nil, image.Rectangle{}, err
	}
	if img.Rect.Empty() {
		return nil, image.Rectangle{}, errors.New("make a network input: the picture has no pixels")
	}
	t, seen, err := rowsTensor(rowsOf(img), in)
	return t, seen.Add(img.Rect.Min), err
}

// rowsTensor is [Tensor] of rows, for an input that is valid.
func rowsTensor(rows pixelRows, in models.Input) (*tensor.Dense, image.Rectangle, error) {
	w, h, crop := placement(rows.size, in)
	f := filterOf(in)
	var p planes
	if in.Channels.Coloured() {
		p.rgb = resample(rows, f, w, h, crop)
	}
	if in.Channels.Has(models.Gray) {
		// Grey before it is resized, as where PIL opens a file as "L".
		p.grey = resample(rows.grey(), f, w, h, crop)
	}
	t, err := p.tensor(in)
	if err != nil {
		return nil, image.Rectangle{}, err
	}
	return t, frame(rows.size, w, h, crop), nil
}

// takesPicture is an error where an input makes no sense or is of several files.
func takesPicture(in models.Input) error {
	if err := in.Validate(); err != nil {
		return fmt.Errorf("make a network input: %w", err)
	}
	if in.Stack != "" {
		return fmt.Errorf("make a network input: %w", errStack(in))
	}
	return nil
}

// errStack is why one picture is no input whose channels are files.
func errStack(in models.Input) error {
	return fmt.Errorf("its %d channels are files called %s, and one picture has not all", in.Count(), in.Stack)
}

// frame is a rectangle of the picture resized to w x h, in pixels of the picture.
func frame(size image.Point, w, h int, crop image.Rectangle) image.Rectangle {
	return image.Rect(
		scaled(crop.Min.X, size.X, w), scaled(crop.Min.Y, size.Y, h),
		scaled(crop.Max.X, size.X, w), scaled(crop.Max.Y, size.Y, h),
	)
}

// filterOf is the filter that the input is resized with.
func filterOf(in models.Input) filter {
	switch in.Sampling() {
	case models.FilterBicubic:
		return bicubic
	case models.FilterNearest:
		return nearest
	}
	return bilinear
}

// placement says to which size a picture is resized and which rectangle of
// that becomes the input.
func placement(size image.Point, in models.Input) (w, h int, crop image.Rectangle) {
	if in.Fit == models.FitStretch {
		return in.Width, in.Height, image.Rect(0, 0, in.Width, in.Height)
	}
	short := min(size.X, size.Y)
	w, h = in.Resize*size.X/short, in.Resize*size.Y/short
	left, top := halfEven(w-in.Width), halfEven(h-in.Height)
	return w, h, image.Rect(left, top, left+in.Width, top+in.Height)
}

// halfEven is n/2 with ties to the even neighbour, as Python's round.
func halfEven(n int) int { return int(math.RoundToEven(float64(n) / 2)) }

// scaled maps coordinate v of an axis of length from to one of length to,
// rounded to the nearest pixel.
func scaled(v, to, from int) int {
	return int(math.Round(float64(v) * float64(to) / float64(from)))
}

// FromRGB normalises pixels that are already resized and cropped: in.Height x
// in.Width x 3 bytes in row-major order, red first. In float32 and in this
// order of operations, value = (pixel*Scale - Mean)/Std.
func FromRGB(pixels []uint8, in models.Input) (*tensor.Dense, error) {
	p := planes{rgb: pixels}
	if in.Channels.Has(models.Gray) {
		p.grey = make([]uint8, len(pixels))
		for i := 0; i+2 < len(pixels); i += 3 {
			p.grey[i] = luma(pixels[i], pixels[i+1], pixels[i+2])
		}
	}
	return p.tensor(in)
}

// planes are pixels that are resized and cropped, three bytes each: their colours,
// and their grey, which has its value in the first of three.
type planes struct{ rgb, grey []uint8 }

// tensor normalises what each channel of the input shows.
func (p planes) tensor(in models.Input) (*tensor.Dense, error) {
	area := in.Area()
	for _, pixels := range [][]uint8{p.rgb, p.grey} {
		if area < 1 || pixels != nil && len(pixels) != 3*area {
			return nil, fmt.Errorf("make a network input: %d bytes for %dx%d RGB pixels", len(pixels), in.Width, in.Height)
		}
	}
	values := make([]float32, in.Count()*area)
	for c, letter := range in.Channels {
		level := levels(in, c)
		pixels, at := p.rgb, colourOf(letter)
		if letter == 'L' {
			pixels = p.grey
		}
		plane := values[c*area : (c+1)*area]
		if at < 0 {
			// Pictures are laid on white when they are read, so all of one is opaque.
			for i := range plane {
				plane[i] = level[255]
			}
			continue
		}
		show(plane, pixels, at, level)
	}
	return tensor.New(tensor.WithShape(in.Shape()...), tensor.WithBacking(values)), nil
}

// levels are the numbers that the pixels 0..255 become in a channel.
func levels(in models.Input, channel int) (level [256]float32) {
	for p := range level {
		// The conversion keeps product and difference from being fused.
		level[p] = (float32(float32(p)*in.Scale) - in.Mean[channel]) / in.Std[channel]
	}
	return level
}

// show fills a channel's plane with one of the three bytes of each pixel.
func show(plane []float32, pixels []uint8, at int, level [256]float32) {
	for i := range plane {
		plane[i] = level[pixels[3*i+at]]
	}
}

// colourOf is the place of a channel among the bytes of a pixel; -1 for alpha.
func colourOf(letter rune) int {
	switch letter {
	case 'G':
		return 1
	case 'B':
		return 2
	case 'A':
		return -1
	}
	return 0
}

// greyOf is a picture without its colours.
func greyOf(img *image.NRGBA) *image.NRGBA {
	grey := image.NewNRGBA(image.Rectangle{Max: img.Rect.Size()})
	width := img.Rect.Dx()
	parallel(img.Rect.Dy(), func(y int) {
		from, to := img.Pix[y*img.Stride:][:4*width], grey.Pix[y*grey.Stride:][:4*width]
		for i := 0; i < len(from); i += 4 {
			v := luma(from[i], from[i+1], from[i+2])
			to[i], to[i+1], to[i+2], to[i+3] = v, v, v, 255
		}
	})
	return grey
}

// luma is PIL's grey of a colour: ITU-R BT.601 in 16 bits.
func luma(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

// ToRGB is the inverse of [FromRGB]: the picture that an input of the network was
// made of, pixel = (value*Std + Mean)/Scale, rounded and brought into 0..255. Of
// several channels that show the same, the first one counts; a single colour is shown
// as grey.
func ToRGB(x *tensor.Dense, in models.Input) (*image.NRGBA, error) {
	values, ok := x.Data().([]float32)
	if !ok || !x.Shape().Eq(in.Shape()) {
		return nil, fmt.Errorf("make a picture of an input: it is %v of %v, not %v of float32", x.Shape(), x.Dtype(), in.Shape())
	}
	img := image.NewNRGBA(image.Rect(0, 0, in.Width, in.Height))
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	alone := in.Channels.Colours() == 1
	for c := in.Count() - 1; c >= 0; c-- {
		letter := rune(in.Channels[c])
		at := colourOf(letter)
		if at < 0 {
			continue
		}
		for i, pixel := range pixelsOf(values, in, c) {
			if letter == 'L' || alone {
				img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2] = pixel, pixel, pixel
			} else {
				img.Pix[4*i+at] = pixel
			}
		}
	}
	return img, nil
}

// Channel is one channel of an input as a grey picture, with the pixels that [ToRGB]
// finds.
func Channel(x *tensor.Dense, in models.Input, channel int) (*image.Gray, error) {
	values, ok := x.Data().([]float32)
	if !ok || !x.Shape().Eq(in.Shape()) || channel < 0 || channel >= in.Count() {
		return nil, fmt.Errorf("make a picture of channel %d of an input: it is %v of %v, not %v of float32", channel, x.Shape(), x.Dtype(), in.Shape())
	}
	img := image.NewGray(image.Rect(0, 0, in.Width, in.Height))
	copy(img.Pix, pixelsOf(values, in, channel))
	return img, nil
}

// pixelsOf are the pixels that a channel's numbers were made of.
func pixelsOf(values []float32, in models.Input, channel int) []uint8 {
	area := in.Area()
	pixels := make([]uint8, area)
	for i, v := range values[channel*area : (channel+1)*area] {
		// NaN fails every comparison and becomes black.
		if p := (float64(v)*float64(in.Std[channel]) + float64(in.Mean[channel])) / float64(in.Scale); p > 0 {
			pixels[i] = uint8(min(math.Round(p), 255))
		}
	}
	return pixels
}
