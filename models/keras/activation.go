package keras

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models"
)

// activation returns the layers of an activation: a name, or an object that a layer
// of Keras is written as. None is the linear one.
func (b *builder) activation(v any) ([]models.Layer, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return b.curve(v, nil)
	case jsonObject:
		class, config := text(v["class_name"]), settings(v).object("config")
		if name := text(v["config"]); name != "" {
			class = name
		}
		if class == "Activation" {
			return b.activation(config["activation"])
		}
		if build, ok := activationLayers[class]; ok {
			return build(config)
		}
		return b.curve(class, config)
	}
	return nil, errors.New("has an activation that is neither a name nor a layer")
}

// logSoftmax is no kind of layer. It stands for the logarithm of a softmax, which can
// only be left out at the end of a model.
const logSoftmax models.Kind = "log_softmax"

// curve returns the layers of the activation of a name.
func (b *builder) curve(name string, s settings) ([]models.Layer, error) {
	one := func(kind models.Kind, attr models.Attr) ([]models.Layer, error) {
		return []models.Layer{{Kind: kind, Attr: attr}}, nil
	}
	switch name {
	case "linear":
		return nil, nil
	case "relu":
		return one(models.ReLU, models.Attr{})
	case "relu6":
		return one(models.ReLU6, models.Attr{})
	case "leaky_relu":
		return one(models.LeakyReLU, models.Attr{Alpha: s.number("negative_slope", s.number("alpha", 0.2))})
	case "elu":
		return one(models.ELU, models.Attr{Alpha: s.number("alpha", 1)})
	case "selu":
		return one(models.SELU, models.Attr{})
	case "celu":
		return one(models.CELU, models.Attr{Alpha: s.number("alpha", 1)})
	case "mish":
		return one(models.Mish, models.Attr{})
	case "log_sigmoid":
		return one(models.LogSigmoid, models.Attr{})
	case "exponential":
		return one(models.Exp, models.Attr{})
	case "hard_tanh":
		return one(models.Clip, models.Attr{Min: -1, Max: 1})
	case "sigmoid":
		return one(models.Sigmoid, models.Attr{})
	case "hard_sigmoid":
		slope := 1. / 6
		if b.version < 3 {
			slope = 0.2
		}
		return one(models.HardSigmoid, models.Attr{Alpha: slope, Beta: 0.5})
	case "tanh":
		return one(models.Tanh, models.Attr{})
	case "silu", "swish":
		return one(models.SiLU, models.Attr{})
	case "softplus":
		return one(models.Softplus, models.Attr{})
	case "softsign":
		return one(models.Softsign, models.Attr{})
	case "hard_silu", "hard_swish":
		return one(models.HardSwish, models.Attr{})
	case "gelu":
		if s.flag("approximate", false) {
			return one(models.GELUTanh, models.Attr{})
		}
		return one(models.GELU, models.Attr{})
	case "softmax":
		if axis := s.integer("axis", -1); axis != -1 {
			return nil, fmt.Errorf("is a softmax along axis %d, and only the last one is supported", axis)
		}
		return one(models.Softmax, models.Attr{})
	case "log_softmax":
		return one(logSoftmax, models.Attr{})
	}
	return nil, fmt.Errorf("has the activation %q, which is not supported; export the model to ONNX", name)
}

// activationLayers are the layers that are activations, by their classes.
var activationLayers = map[string]func(settings) ([]models.Layer, error){
	"ReLU": func(s settings) ([]models.Layer, error) {
		slope, top := s.number("negative_slope", 0), s["max_value"]
		most, bounded := numberOf(top)
		switch {
		case s.number("threshold", 0) > 0 && slope == 0 && !bounded:
			return []models.Layer{{Kind: models.ThresholdedReLU, Attr: models.Attr{Alpha: s.number("threshold", 0)}}}, nil
		case s.number("threshold", 0) != 0 || slope != 0 && bounded:
			return nil, errors.New("has a threshold, or a slope together with a maximum, which is not supported")
		case slope != 0:
			return []models.Layer{{Kind: models.LeakyReLU, Attr: models.Attr{Alpha: slope}}}, nil
		case bounded && most == 6:
			return []models.Layer{{Kind: models.ReLU6}}, nil
		case bounded:
			return []models.Layer{{Kind: models.Clip, Attr: models.Attr{Max: most}}}, nil
		}
		return []models.Layer{{Kind: models.ReLU}}, nil
	},
	"LeakyReLU": func(s settings) ([]models.Layer, error) {
		return []models.Layer{{Kind: models.LeakyReLU, Attr: models.Attr{Alpha: s.number("negative_slope", s.number("alpha", 0.3))}}}, nil
	},
	"ThresholdedReLU": func(s settings) ([]models.Layer, error) {
		return []models.Layer{{Kind: models.ThresholdedReLU, Attr: models.Attr{Alpha: s.number("theta", 1)}}}, nil
	},
	"ELU": func(s settings) ([]models.Layer, error) {
		return []models.Layer{{Kind: models.ELU, Attr: models.Attr{Alpha: s.number("alpha", 1)}}}, nil
	},
}

// activationLayer is a layer that only is an activation.
func activationLayer(layers func(b *builder, u *use) ([]models.Layer, error)) build {
	return func(b *builder, u *use) (*value, error) {
		v, err := u.value()
		if err != nil {
			return nil, err
		}
		list, err := layers(b, u)
		if err != nil || len(list) == 0 {
			return v, err
		}
		if v, err = b.settled(v); err != nil {
			return nil, err
		}
		return b.chain(u.name, v, list)
	}
}

// ofCurve is an operation or layer that is the activation of a name, with its
// numbers among the settings.
func ofCurve(name string) build {
	return activationLayer(func(b *builder, u *use) ([]models.Layer, error) { return b.curve(name, u.settings) })
}

// softmaxLayer is a softmax along an axis, which must be the last one, or that of
// the channels.
func softmaxLayer(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	v, _, err = b.alongChannels(u, v)
	if err != nil {
		return nil, err
	}
	return b.emit(u, v, models.Layer{Kind: models.Softmax}, nil)
}

// prelu is x, or alpha x below zero, with a trained alpha for each channel.
func prelu(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	if v, err = b.settled(v); err != nil {
		return nil, err
	}
	shape := v.shape()
	first, isPlane := isPlanar(v)
	switch {
	case isPlane:
		v, err = b.planes(v, first)
	case len(shape) == 1:
		v, err = b.vector(v, "")
	default:
		err = errAxes
	}
	if err != nil {
		return nil, err
	}
	want, channels := slices.Clone(shape), len(shape)-1
	if isPlane && first {
		channels = 0
	}
	for i := range want {
		if i != channels && isPlane {
			want[i] = 1
		}
	}
	alpha, _, err := b.array(u.layer, "alpha", want...)
	if err != nil {
		return nil, fmt.Errorf("%w: a slope for each channel is supported, and not one for each pixel", err)
	}
	if !isPlane {
		alpha = ordered(alpha, v.layout[0])
	}
	p, err := paramsOf(map[string][]float32{"weight": alpha})
	if err != nil {
		return nil, err
	}
	return b.emit(u, v, models.Layer{Kind: models.PReLU, Params: p}, nil)
}

// nothing is a layer that does nothing at inference.
func nothing(kind models.Kind) build {
	return func(b *builder, u *use) (*value, error) {
		v, err := u.value()
		if err != nil || v.pixels != nil {
			return v, err
		}
		if kind == models.Dropout && u.training() {
			return nil, errTraining
		}
		return b.emit(u, v, models.Layer{Kind: kind}, nil)
	}
}

// training reports whether the layer is called as in training, always.
func (u *use) training() bool {
	always, _ := u.kwargs["training"].(bool)
	return always
}

var errTraining = errors.New("is called with training=True, so that what it makes changes from run to run; call it without, and save the model again")

// through is an operation that leaves numbers as they are and is no layer.
func through(_ *builder, u *use) (*value, error) {
	all, err := u.values()
	if err != nil {
		return nil, err
	}
	return all[0], nil
}
