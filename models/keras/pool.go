package keras

import (
	"errors"
	"fmt"

	"gaze/models"
)

// pooling is a pooling of that kind by a window, whose stride is its size where
// nothing else is said.
func pooling(kind models.Kind) build {
	return func(b *builder, u *use) (*value, error) {
		v, err := u.value()
		if err != nil {
			return nil, err
		}
		if v, err = b.planes(v, u.channelsFirst()); err != nil {
			return nil, err
		}
		w := models.Attr{Dilation: [2]int{1, 1}}
		if w.Kernel, err = u.pair("pool_size", [2]int{2, 2}); err != nil {
			return nil, err
		}
		if w.Stride, err = u.pair("strides", w.Kernel); err != nil {
			return nil, err
		}
		if err := u.pad(&w, b.physical(v)); err != nil {
			return nil, err
		}
		w.ExcludePad = kind == models.AvgPool && w.Pad != [4]int{}
		return b.emitPlanes(u, v, models.Layer{Kind: kind, Attr: w})
	}
}

// globalPooling makes one number of each channel.
func globalPooling(kind models.Kind) build {
	return func(b *builder, u *use) (*value, error) {
		v, err := u.value()
		if err != nil {
			return nil, err
		}
		return b.global(u, v, kind, u.channelsFirst(), u.flag("keepdims", false))
	}
}

// adaptivePooling is the mean under windows that make an output of a size.
func adaptivePooling(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	if v, err = b.planes(v, u.channelsFirst()); err != nil {
		return nil, err
	}
	size, err := u.pair("output_size", [2]int{1, 1})
	if err != nil {
		return nil, err
	}
	return b.emitPlanes(u, v, models.Layer{Kind: models.AdaptiveAvgPool, Attr: models.Attr{Output: size}})
}

func (b *builder) global(u *use, v *value, kind models.Kind, channelsFirst, keep bool) (*value, error) {
	v, err := b.planes(v, channelsFirst)
	if err != nil {
		return nil, err
	}
	return b.emit(u, v, models.Layer{Kind: kind}, func(shape []int) layout {
		if keep {
			return planar(shape[0], 1, 1, channelsFirst)
		}
		return layout{whole(shape[0], 1)}
	})
}

// reduction makes one number of those along some axes: of rows and columns by the kind
// plane, of channels by the kind depth, where there are such, and otherwise by the kind
// general.
func reduction(general, plane, depth models.Kind) build {
	return func(b *builder, u *use) (*value, error) {
		v, err := u.value()
		if err != nil {
			return nil, err
		}
		axes, ok := u.integers("axis")
		if !ok {
			if axes, ok = integersOf(u.argument(1, "axis")); !ok {
				return nil, errors.New("does not say along which axes it works")
			}
		}
		keep := u.flag("keepdims", u.flag("keep_dims", false))
		first, isPlane := isPlanar(v)
		over := make(map[int]bool)
		for _, axis := range axes {
			at, err := axisOf(axis, len(v.layout))
			if err != nil {
				return nil, err
			}
			over[at] = true
		}
		channels := 2
		if first {
			channels = 0
		}
		switch {
		case isPlane && plane != "" && len(over) == 2 && !over[channels]:
			return b.global(u, v, plane, first, keep)
		case isPlane && depth != "" && len(over) == 1 && over[channels] && keep:
			if v, err = b.planes(v, first); err != nil {
				return nil, err
			}
			return b.emit(u, v, models.Layer{Kind: depth}, func(shape []int) layout { return planar(shape[0], shape[1], shape[2], first) })
		}
		return b.reduced(u, v, general, over, keep)
	}
}

// reduced works along any axes, which stay with length 1 if they are to be kept.
func (b *builder) reduced(u *use, v *value, kind models.Kind, over map[int]bool, keep bool) (*value, error) {
	v, err := b.arranged(v)
	if err != nil {
		return nil, err
	}
	var axes []int
	var left layout
	shape := v.shape()
	for at := range shape {
		if over[at] {
			axes = append(axes, at+1) // behind the batch
			shape[at] = 1
		}
	}
	for at, a := range straight(shape) {
		if keep || !over[at] {
			left = append(left, a)
		}
	}
	layer, err := b.add(u.name, models.Layer{Kind: kind, Inputs: []string{v.layer}, Attr: models.Attr{Axes: axes}})
	return &value{layer: layer, layout: left}, err
}

// zeroPadding puts zeros around rows and columns.
func zeroPadding(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	if v, err = b.planes(v, u.channelsFirst()); err != nil {
		return nil, err
	}
	sides, err := u.sides("padding")
	if err != nil {
		return nil, err
	}
	return b.emitPlanes(u, v, models.Layer{Kind: models.Pad, Attr: models.Attr{Pad: sides}})
}

// cropping cuts rows and columns off.
func cropping(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	if v, err = b.planes(v, u.channelsFirst()); err != nil {
		return nil, err
	}
	sides, err := u.sides("cropping")
	if err != nil {
		return nil, err
	}
	shape := b.physical(v)
	layers := make([]models.Layer, 0, 2)
	for axis := range 2 {
		if sides[axis] == 0 && sides[axis+2] == 0 {
			continue
		}
		layers = append(layers, models.Layer{Kind: models.Slice, Attr: models.Attr{
			Axis: axis + 2, From: sides[axis], To: shape[axis+1] - sides[axis+2], Step: 1,
		}})
	}
	out, err := b.chain(u.name, v, layers)
	if err != nil {
		return nil, err
	}
	left := b.physical(out)
	out.layout = planar(left[0], left[1], left[2], u.channelsFirst())
	return out, nil
}

// upSampling repeats or interpolates rows and columns. To repeat them is the mean
// under windows that part the input into a multiple of its size.
func upSampling(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	if v, err = b.planes(v, u.channelsFirst()); err != nil {
		return nil, err
	}
	size, err := u.pair("size", [2]int{2, 2})
	if err != nil {
		return nil, err
	}
	shape := b.physical(v)
	for _, n := range size {
		if n < 1 || n > maxWindow {
			return nil, fmt.Errorf("repeats rows and columns %v times", size)
		}
	}
	height, width := size[0]*shape[1], size[1]*shape[2]
	if how := u.text("interpolation", "nearest"); how != "nearest" {
		out, err := b.resample(u.name, v, height, width, how)
		if err != nil {
			return nil, err
		}
		return out.view(planar(shape[0], height, width, u.channelsFirst())), nil
	}
	return b.emitPlanes(u, v, models.Layer{Kind: models.AdaptiveAvgPool, Attr: models.Attr{Output: [2]int{height, width}}})
}
