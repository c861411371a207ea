package keras

import (
	"errors"
	"fmt"

	"gaze/models"
)

// maxPicture bounds the sides of the pictures that a model resizes to.
const maxPicture = 1 << 14

// target reads the height and width that a layer makes, and checks that it reads
// the picture and no layer.
func (u *use) target() (v *value, height, width int, channelsFirst bool, err error) {
	if v, err = u.value(); err != nil {
		return nil, 0, 0, false, err
	}
	height, width = u.integer("height", 0), u.integer("width", 0)
	if height < 1 || width < 1 || height > maxPicture || width > maxPicture {
		return nil, 0, 0, false, fmt.Errorf("makes pictures of %dx%d", width, height)
	}
	channelsFirst, isPlane := isPlanar(v)
	if v.pixels == nil || !isPlane {
		return nil, 0, 0, false, errors.New("changes the size of what a layer makes, not of the picture, which is not supported; export the model to ONNX")
	}
	return v, height, width, channelsFirst, nil
}

// resized is pixels in another size.
func (v *value) resized(name string, height, width int, channelsFirst bool, how resizing) *value {
	p := v.pixels.clone(name)
	p.height, p.width, p.resize = height, width, how
	return &value{layer: v.layer, layout: planar(len(p.channels), height, width, channelsFirst), pixels: p}
}

// resizingLayer brings the picture to a size.
func resizingLayer(_ *builder, u *use) (*value, error) {
	v, height, width, first, err := u.target()
	if err != nil {
		return nil, err
	}
	how := resizing{said: true, fit: models.FitStretch}
	switch filter := u.text("interpolation", "bilinear"); filter {
	case "bilinear":
	case "bicubic":
		how.filter = models.FilterBicubic
	default:
		return nil, fmt.Errorf("has the interpolation %q; \"bilinear\" and \"bicubic\" are supported", filter)
	}
	if u.flag("pad_to_aspect_ratio", false) {
		return nil, errors.New("has pad_to_aspect_ratio, which is not supported")
	}
	if u.flag("crop_to_aspect_ratio", false) {
		if height != width {
			return nil, errors.New("has crop_to_aspect_ratio with a size that is no square, which is not supported")
		}
		how.fit, how.short = models.FitCrop, height
	}
	return v.resized(u.name, height, width, first, how), nil
}

// centerCrop cuts the picture's centre out.
func centerCrop(_ *builder, u *use) (*value, error) {
	v, height, width, first, err := u.target()
	if err != nil {
		return nil, err
	}
	p := v.pixels
	if height > p.height || width > p.width {
		return nil, fmt.Errorf("cuts %dx%d out of a picture of %dx%d", width, height, p.width, p.height)
	}
	return v.resized(u.name, height, width, first, resizing{
		said: true, fit: models.FitCrop, short: min(p.height, p.width), filter: p.resize.filter,
	}), nil
}
