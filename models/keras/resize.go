package keras

import (
	"errors"
	"fmt"

	"gaze/models"
)

// maxPicture bounds the sides of the pictures that a model resizes to.
const maxPicture = 1 << 14

// target reads the height and width that a layer makes of what it reads.
func (u *use) target() (v *value, height, width int, channelsFirst bool, err error) {
	if v, err = u.value(); err != nil {
		return nil, 0, 0, false, err
	}
	height, width = u.integer("height", 0), u.integer("width", 0)
	if height < 1 || width < 1 || height > maxPicture || width > maxPicture {
		return nil, 0, 0, false, fmt.Errorf("makes pictures of %dx%d", width, height)
	}
	channelsFirst = u.channelsFirst()
	if len(v.layout) != 3 {
		return nil, 0, 0, false, errAxes
	}
	if first, isPlane := isPlanar(v); isPlane {
		channelsFirst = first
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
func resizingLayer(b *builder, u *use) (*value, error) {
	v, height, width, first, err := u.target()
	if err != nil {
		return nil, err
	}
	if v.pixels == nil {
		return b.resizeLayer(u, v, height, width, first)
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
func centerCrop(b *builder, u *use) (*value, error) {
	v, height, width, first, err := u.target()
	if err != nil {
		return nil, err
	}
	if v.pixels == nil {
		return b.cropCentre(u, v, height, width, first)
	}
	p := v.pixels
	if height > p.height || width > p.width {
		return nil, fmt.Errorf("cuts %dx%d out of a picture of %dx%d", width, height, p.width, p.height)
	}
	return v.resized(u.name, height, width, first, resizing{
		said: true, fit: models.FitCrop, short: min(p.height, p.width), filter: p.resize.filter,
	}), nil
}

// resizeLayer brings what a layer makes to a size, where it may first cut off or add
// what does not fit the ratio of the sides.
func (b *builder) resizeLayer(u *use, v *value, height, width int, channelsFirst bool) (*value, error) {
	if u.flag("antialias", false) {
		return nil, errors.New("has antialias, which is supported for the picture alone")
	}
	v, err := b.planes(v, channelsFirst)
	if err != nil {
		return nil, err
	}
	shape := b.physical(v)
	rows, columns := shape[1], shape[2]
	// The sides that have the target's ratio, cut or rounded down as Keras does it.
	fitRows, fitColumns := columns*height/width, rows*width/height
	switch {
	case u.flag("crop_to_aspect_ratio", false):
		fitRows, fitColumns = max(min(rows, fitRows), 1), max(min(columns, fitColumns), 1)
		v, err = b.cut(u.name+"/cropped", v, (rows-fitRows)/2, (columns-fitColumns)/2, fitRows, fitColumns)
	case u.flag("pad_to_aspect_ratio", false):
		fitRows, fitColumns = max(rows, fitRows), max(columns, fitColumns)
		pad := [4]int{(fitRows - rows) / 2, (fitColumns - columns) / 2}
		pad[2], pad[3] = pad[0], pad[1]
		v, err = b.chain(u.name+"/padded", v, []models.Layer{{Kind: models.Pad, Attr: models.Attr{Pad: pad, Value: u.number("fill_value", 0)}}})
	}
	if err != nil {
		return nil, err
	}
	out, err := b.resample(u.name, v, height, width, u.text("interpolation", "bilinear"))
	if err != nil {
		return nil, err
	}
	return out.view(planar(shape[0], height, width, channelsFirst)), nil
}

// cropCentre cuts the centre out of what a layer makes.
func (b *builder) cropCentre(u *use, v *value, height, width int, channelsFirst bool) (*value, error) {
	v, err := b.planes(v, channelsFirst)
	if err != nil {
		return nil, err
	}
	shape := b.physical(v)
	rows, columns := shape[1], shape[2]
	if height > rows || width > columns {
		return b.resizeLayer(u.with("crop_to_aspect_ratio", true), v, height, width, channelsFirst)
	}
	out, err := b.cut(u.name, v, (rows-height)/2, (columns-width)/2, height, width)
	if err != nil {
		return nil, err
	}
	return out.view(planar(shape[0], height, width, channelsFirst)), nil
}

// cut keeps rows and columns of v, of shape C x H x W.
func (b *builder) cut(name string, v *value, top, left, height, width int) (*value, error) {
	return b.chain(name, v, []models.Layer{
		{Kind: models.Slice, Attr: models.Attr{Axis: 2, From: top, To: top + height, Step: 1}},
		{Kind: models.Slice, Attr: models.Attr{Axis: 3, From: left, To: left + width, Step: 1}},
	})
}
