package keras

import (
	"fmt"

	"gaze/models"
	"gaze/models/internal/kernel"
)

// denseLayer is x W + b along the last axis: a linear layer or, where there are
// rows and columns, a convolution of 1x1.
func denseLayer(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	shape := v.shape()
	switch len(shape) {
	case 1:
		if v, err = b.vector(v, ""); err != nil {
			return nil, err
		}
	case 3:
		if v, err = b.planes(v, false); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("reads a tensor of shape %s; one of rows, columns and channels or of one axis is supported", shapeText(shape))
	}
	length := shape[len(shape)-1]
	// In another order than the file's, the weights are those of this call alone.
	remember := b.cached
	if len(v.layout[len(shape)-1]) > 1 {
		remember = func(_ *layer, make func() (params, error)) (params, error) { return make() }
	}
	p, err := remember(u.layer, func() (params, error) {
		d, have, err := b.inParts(u.layer, "kernel", length, -1)
		if err != nil {
			return nil, err
		}
		var to []int
		if a := v.layout[len(shape)-1]; len(shape) == 1 && len(a) > 1 {
			to = a.positions()
		}
		values, err := kernel.Dense(d, length, have[1], to).Read()
		if err != nil {
			return nil, err
		}
		p := make(params)
		if p["weight"], err = dense(values, have[1], length); err != nil {
			return nil, err
		}
		return p, b.bias(u.layer, p, have[1])
	})
	if err != nil {
		return nil, err
	}
	if len(shape) == 1 {
		return b.emit(u, v, models.Layer{Kind: models.Linear, Params: p}, straight)
	}
	weight := p["weight"]
	values, err := dense(weight.Data().([]float32), weight.Shape()[0], length, 1, 1)
	if err != nil {
		return nil, err
	}
	point := params{"weight": values}
	if p["bias"] != nil {
		point["bias"] = p["bias"]
	}
	return b.emitPlanes(u, v, models.Layer{Kind: models.Conv, Attr: onePixel(), Params: point})
}
