package picture

import (
	"errors"
	"fmt"
	"image"
	"math"

	"gorgonia.org/tensor"

	"gaze/models"
)

// Tensor makes a network's input of an upright image: 1 x 3 x H x W float32.
// The rectangle is the part of img, in its pixels, that the network sees.
//
// With [models.FitCrop] it is torchvision's Resize(in.Resize) of the short
// side, the long one being floor(in.Resize*long/short), and CenterCrop; with
// [models.FitStretch] both sides are resized. The filter is PIL's
// antialiased BILINEAR or BICUBIC, bit for bit. Normalising is that of [FromRGB].
func Tensor(img *image.NRGBA, in models.Input) (*tensor.Dense, image.Rectangle, error) {
	if err := in.Validate(); err != nil {
		return nil, image.Rectangle{}, fmt.Errorf("make a network input: %w", err)
	}
	size := img.Rect.Size()
	if size.X < 1 || size.Y < 1 {
		return nil, image.Rectangle{}, errors.New("make a network input: the picture has no pixels")
	}
	w, h, crop := placement(size, in)
	f := bilinear
	if in.Bicubic {
		f = bicubic
	}
	t, err := FromRGB(resample(img, f, w, h, crop), in)
	if err != nil {
		return nil, image.Rectangle{}, err
	}
	frame := image.Rect(
		scaled(crop.Min.X, size.X, w), scaled(crop.Min.Y, size.Y, h),
		scaled(crop.Max.X, size.X, w), scaled(crop.Max.Y, size.Y, h),
	)
	return t, frame.Add(img.Rect.Min), nil
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
	area := in.Height * in.Width
	if area < 1 || len(pixels) != 3*area {
		return nil, fmt.Errorf("make a network input: %d bytes for %dx%d RGB pixels", len(pixels), in.Width, in.Height)
	}
	values := make([]float32, 3*area)
	for c := range 3 {
		colour := c
		if in.BGR {
			colour = 2 - c
		}
		var level [256]float32
		for p := range level {
			// The conversion keeps product and difference from being fused.
			level[p] = (float32(float32(p)*in.Scale) - in.Mean[c]) / in.Std[c]
		}
		for i, plane := 0, values[c*area:(c+1)*area]; i < area; i++ {
			plane[i] = level[pixels[3*i+colour]]
		}
	}
	return tensor.New(tensor.WithShape(1, 3, in.Height, in.Width), tensor.WithBacking(values)), nil
}

// ToRGB is the inverse of [FromRGB]: the picture that a 1 x 3 x H x W float32
// input was made of, pixel = (value*Std + Mean)/Scale, rounded and brought
// into 0..255.
func ToRGB(x *tensor.Dense, in models.Input) (*image.NRGBA, error) {
	values, ok := x.Data().([]float32)
	if !ok || !x.Shape().Eq(tensor.Shape{1, 3, in.Height, in.Width}) {
		return nil, fmt.Errorf("make a picture of an input: it is %v of %v, not 1x3x%dx%d of float32", x.Shape(), x.Dtype(), in.Height, in.Width)
	}
	img := image.NewNRGBA(image.Rect(0, 0, in.Width, in.Height))
	area := in.Height * in.Width
	for c := range 3 {
		colour := c
		if in.BGR {
			colour = 2 - c
		}
		for i, v := range values[c*area : (c+1)*area] {
			pixel := (float64(v)*float64(in.Std[c]) + float64(in.Mean[c])) / float64(in.Scale)
			// NaN fails every comparison and becomes black.
			if pixel > 0 {
				img.Pix[4*i+colour] = uint8(min(math.Round(pixel), 255))
			}
			img.Pix[4*i+3] = 255
		}
	}
	return img, nil
}
