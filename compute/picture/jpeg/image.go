package jpeg

import "image"

// image makes an image of the components.
func (d *decoder) image() (image.Image, error) {
	bounds := image.Rect(0, 0, d.width, d.height)
	switch len(d.components) {
	case 1:
		c := d.components[0]
		return &image.Gray{Pix: c.plane, Stride: c.stride, Rect: bounds}, nil
	case 3:
		if d.isRGB() {
			return d.planar(), nil
		}
		return d.yCbCr(bounds), nil
	}
	p := d.planar()
	p.ycck = d.colour == Guessed && d.adobe == 2
	p.inverted = d.colour != Raw
	return p, nil
}

// isRGB reports whether three components are red, green and blue, by libjpeg's
// rules (default_decompress_parms).
func (d *decoder) isRGB() bool {
	switch {
	case d.colour != Guessed:
		return d.colour == Raw
	case d.jfif:
		return false
	case d.adobe >= 0:
		return d.adobe == 0
	}
	c := d.components
	return c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B'
}

// yCbCr is the picture as it is stored, where the standard library knows its
// proportions, and else with its chroma repeated.
func (d *decoder) yCbCr(bounds image.Rectangle) *image.YCbCr {
	y, cb, cr := d.components[0], d.components[1], d.components[2]
	img := &image.YCbCr{Y: y.plane, Cb: cb.plane, Cr: cr.plane, YStride: y.stride, CStride: cb.stride, Rect: bounds}
	ratios := map[[2]int]image.YCbCrSubsampleRatio{
		{1, 1}: image.YCbCrSubsampleRatio444, {2, 1}: image.YCbCrSubsampleRatio422, {2, 2}: image.YCbCrSubsampleRatio420,
		{1, 2}: image.YCbCrSubsampleRatio440, {4, 1}: image.YCbCrSubsampleRatio411, {4, 2}: image.YCbCrSubsampleRatio410,
	}
	if y.h == d.hMax && y.v == d.vMax && cb.h == cr.h && cb.v == cr.v && d.hMax%cb.h == 0 && d.vMax%cb.v == 0 {
		if ratio, ok := ratios[[2]int{d.hMax / cb.h, d.vMax / cb.v}]; ok {
			img.SubsampleRatio = ratio
			return img
		}
	}
	img.SubsampleRatio = image.YCbCrSubsampleRatio444
	planar := d.planar()
	for i, plane := range []*[]uint8{&img.Y, &img.Cb, &img.Cr} {
		*plane = planar.full(d.components[i])
		d.components[i].plane = nil
	}
	img.YStride, img.CStride = d.width, d.width
	return img
}
