package keras

import (
	"errors"
	"fmt"

	"gaze/models"
	"gaze/models/internal/kernel"
)

// conv2DTranspose is the derivative of a convolution by its input, with a kernel of
// rows x columns x outputs x inputs.
func conv2DTranspose(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	if v, err = b.planes(v, u.channelsFirst()); err != nil {
		return nil, err
	}
	w := models.Attr{Groups: 1}
	for key, to := range map[string]*[2]int{"kernel_size": &w.Kernel, "strides": &w.Stride, "dilation_rate": &w.Dilation} {
		if *to, err = u.pair(key, [2]int{1, 1}); err != nil {
			return nil, err
		}
	}
	shape := b.physical(v)
	for axis := range 2 {
		if err := u.transposedPad(&w, axis, shape[1+axis]); err != nil {
			return nil, err
		}
	}
	p, err := b.cached(u.layer, func() (params, error) {
		d, have, err := b.inParts(u.layer, "kernel", w.Kernel[0], w.Kernel[1], -1, shape[0])
		if err != nil {
			return nil, err
		}
		values, err := kernel.Conv(d, have).Read()
		if err != nil {
			return nil, err
		}
		p := make(params)
		if p["weight"], err = dense(values, shape[0], have[2], have[0], have[1]); err != nil {
			return nil, err
		}
		return p, b.bias(u.layer, p, have[2])
	})
	if err != nil {
		return nil, err
	}
	return b.emitPlanes(u, v, models.Layer{Kind: models.ConvTranspose, Attr: w, Params: p})
}

// transposedPad sets what is cut off and added along an axis, so that the output is as
// long as Keras makes it: the convolution of that length, with the same padding, has an
// output as long as the input here.
func (u *use) transposedPad(w *models.Attr, axis, in int) error {
	stride, kernel, dilation := w.Stride[axis], w.Kernel[axis], w.Dilation[axis]
	if stride < 1 || kernel < 1 || dilation < 1 || stride > maxWindow || kernel > maxWindow || dilation > maxWindow {
		return errors.New("has a kernel, stride or dilation that is out of range")
	}
	span := dilation*(kernel-1) + 1
	whole := (in-1)*stride + span
	extra, given := 0, u.settings["output_padding"] != nil
	if given {
		both, err := u.pair("output_padding", [2]int{})
		if err != nil {
			return err
		}
		if extra = both[axis]; extra < 0 || extra >= stride {
			return fmt.Errorf("has the output_padding %d with a stride of %d", extra, stride)
		}
	}
	before, out := 0, 0
	switch mode := u.text("padding", "valid"); mode {
	case "valid":
		if out = whole + max(stride-span, 0); given {
			out = whole + extra
		}
	case "same":
		if out = in * stride; given {
			out = (in-1)*stride + span%2 + extra
		}
		before = max((in-1)*stride+span-out, 0) / 2
	default:
		return fmt.Errorf("has the padding %q, which is not supported", mode)
	}
	w.Pad[axis] = before
	if after := whole - before - out; after >= 0 {
		w.Pad[axis+2] = after
	} else {
		w.Extra[axis] = -after
	}
	return nil
}
