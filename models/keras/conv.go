package keras

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models"
	"gaze/models/internal/kernel"
)

// conv2D is a convolution with a kernel of rows x columns x inputs of a group x
// outputs.
func conv2D(b *builder, u *use) (*value, error) {
	v, w, err := b.windowed(u)
	if err != nil {
		return nil, err
	}
	w.Groups = u.integer("groups", 1)
	channels := b.physical(v)[0]
	if w.Groups < 1 || channels%w.Groups != 0 {
		return nil, fmt.Errorf("has %d groups, which do not part %d channels", w.Groups, channels)
	}
	p, err := b.cached(u.layer, func() (params, error) {
		d, shape, err := b.inParts(u.layer, "kernel", w.Kernel[0], w.Kernel[1], channels/w.Groups, -1)
		if err != nil {
			return nil, err
		}
		values, err := kernel.Conv(d, shape).Read()
		if err != nil {
			return nil, err
		}
		p := make(params)
		if p["weight"], err = dense(values, shape[3], shape[2], shape[0], shape[1]); err != nil {
			return nil, err
		}
		return p, b.bias(u.layer, p, shape[3])
	})
	if err != nil {
		return nil, err
	}
	return b.emitPlanes(u, v, models.Layer{Kind: models.Conv, Attr: w, Params: p})
}

// depthwiseConv2D is a convolution of each channel by its own kernels, of rows x
// columns x channels x multiplier.
func depthwiseConv2D(b *builder, u *use) (*value, error) {
	v, w, err := b.windowed(u)
	if err != nil {
		return nil, err
	}
	w.Groups = b.physical(v)[0]
	p, err := b.cached(u.layer, func() (params, error) {
		p, err := b.depthwise(u.layer, "kernel", w)
		if err != nil {
			return nil, err
		}
		return p, b.bias(u.layer, p, p["weight"].Shape()[0])
	})
	if err != nil {
		return nil, err
	}
	return b.emitPlanes(u, v, models.Layer{Kind: models.Conv, Attr: w, Params: p})
}

// depthwise reads the kernel of a convolution of each channel: output c*multiplier+m
// is kernel m of channel c.
func (b *builder) depthwise(l *layer, name string, w models.Attr) (params, error) {
	values, shape, err := b.array(l, name, w.Kernel[0], w.Kernel[1], w.Groups, -1)
	if err != nil {
		return nil, err
	}
	weight, err := dense(transposed(values, shape, []int{2, 3, 0, 1}), shape[2]*shape[3], 1, shape[0], shape[1])
	return params{"weight": weight}, err
}

// separableConv2D is a convolution of each channel and then one of 1x1 over all
// channels (Chollet, arXiv:1610.02357).
func separableConv2D(b *builder, u *use) (*value, error) {
	v, w, err := b.windowed(u)
	if err != nil {
		return nil, err
	}
	channelsFirst := u.channelsFirst()
	w.Groups = b.physical(v)[0]
	p, err := b.cached(u.layer, func() (params, error) {
		p, err := b.depthwise(u.layer, "depthwise_kernel", w)
		if err != nil {
			return nil, err
		}
		between := p["weight"].Shape()[0]
		d, shape, err := b.inParts(u.layer, "pointwise_kernel", 1, 1, between, -1)
		if err != nil {
			return nil, err
		}
		values, err := kernel.Conv(d, shape).Read()
		if err != nil {
			return nil, err
		}
		p["depthwise"] = p["weight"]
		if p["weight"], err = dense(values, shape[3], between, 1, 1); err != nil {
			return nil, err
		}
		return p, b.bias(u.layer, p, shape[3])
	})
	if err != nil {
		return nil, err
	}
	name, err := b.add(u.name+"/depthwise", models.Layer{Kind: models.Conv, Inputs: []string{v.layer}, Attr: w, Params: params{"weight": p["depthwise"]}})
	if err != nil {
		return nil, err
	}
	point := params{"weight": p["weight"]}
	if p["bias"] != nil {
		point["bias"] = p["bias"]
	}
	l, _ := b.net.Layer(name)
	return b.emitPlanes(u, &value{layer: name, layout: planar(l.Shape[1], l.Shape[2], l.Shape[3], channelsFirst)},
		models.Layer{Kind: models.Conv, Attr: onePixel(), Params: point})
}

// onePixel is the window of a convolution of 1x1.
func onePixel() models.Attr {
	return models.Attr{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}
}

// channelsFirst reports whether the layer's tensors have the channels first.
func (u *use) channelsFirst() bool { return u.text("data_format", "") == "channels_first" }

// windowed reads the numbers of a convolution, and what it slides over.
func (b *builder) windowed(u *use) (*value, models.Attr, error) {
	var w models.Attr
	v, err := u.value()
	if err != nil {
		return nil, w, err
	}
	if v, err = b.planes(v, u.channelsFirst()); err != nil {
		return nil, w, err
	}
	for key, to := range map[string]*[2]int{"kernel_size": &w.Kernel, "strides": &w.Stride, "dilation_rate": &w.Dilation} {
		if *to, err = u.pair(key, [2]int{1, 1}); err != nil {
			return nil, w, err
		}
	}
	return v, w, u.pad(&w, b.physical(v))
}

// pad sets the padding of a window over a layer of shape C x H x W. With "same",
// each stride gives one output; the odd one of an odd padding is at the end.
func (u *use) pad(w *models.Attr, shape []int) error {
	switch mode := u.text("padding", "valid"); mode {
	case "valid":
		return nil
	case "same":
	default:
		return fmt.Errorf("has the padding %q, which is not supported", mode)
	}
	for axis := range 2 {
		in, stride := shape[1+axis], w.Stride[axis]
		if stride < 1 || w.Kernel[axis] < 1 || w.Dilation[axis] < 1 || w.Kernel[axis] > maxWindow || w.Dilation[axis] > maxWindow {
			return errors.New("has a kernel, stride or dilation that is out of range")
		}
		span := w.Dilation[axis]*(w.Kernel[axis]-1) + 1
		all := max(((in-1)/stride)*stride+span-in, 0)
		w.Pad[axis], w.Pad[axis+2] = all/2, all-all/2
	}
	return nil
}

// maxWindow bounds a kernel's sides and its dilation.
const maxWindow = 1 << 14

// emitPlanes adds a layer that makes rows, columns and channels, and the
// activation after it.
func (b *builder) emitPlanes(u *use, v *value, l models.Layer) (*value, error) {
	return b.emit(u, v, l, func(shape []int) layout {
		return planar(shape[0], shape[1], shape[2], u.channelsFirst())
	})
}

// emit adds a layer that reads v, and the activation that the Keras layer has. The
// last of these layers has the Keras layer's name. layoutOf is how the result lies
// in a layer of a shape; nil for as v did.
func (b *builder) emit(u *use, v *value, l models.Layer, layoutOf func(shape []int) layout) (*value, error) {
	after, err := b.activation(u.settings["activation"])
	if err != nil {
		return nil, err
	}
	l.Inputs = []string{v.layer}
	name := u.name
	if len(after) > 0 {
		name += preActivation
	}
	if name, err = b.add(name, l); err != nil {
		return nil, err
	}
	out := &value{layer: name, layout: v.layout}
	if layoutOf != nil {
		out.layout = layoutOf(b.physical(out))
	}
	return b.chain(u.name, out, after)
}

// preActivation is put after the name of a Keras layer for what it makes before
// its activation.
const preActivation = "/pre_activation"

// lastIsChannels returns v as a value of a layer whose channels are the last axis of
// v, along which Keras' softmax works.
func (b *builder) lastIsChannels(v *value) (*value, error) {
	if len(v.layout) == 1 {
		return b.vector(v, "")
	}
	return b.planes(v, false)
}

// chain adds layers one after the other, which keep how the numbers lie. The last
// has the name, those before it a number after it.
func (b *builder) chain(name string, v *value, layers []models.Layer) (*value, error) {
	for i, l := range layers {
		logarithm := l.Kind == logSoftmax
		if logarithm {
			l.Kind = models.Softmax
		}
		if l.Kind == models.Softmax {
			var err error
			if v, err = b.lastIsChannels(v); err != nil {
				return nil, err
			}
		}
		own := name
		if i+1 < len(layers) {
			own = fmt.Sprintf("%s/%d", name, i+1)
		}
		l.Inputs = []string{v.layer}
		layer, err := b.add(own, l)
		if err != nil {
			return nil, err
		}
		if logarithm {
			b.logarithms = append(b.logarithms, layer)
		}
		v = &value{layer: layer, layout: slices.Clone(v.layout)}
	}
	return v, nil
}
