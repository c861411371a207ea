package keras

import (
	"errors"
	"math"
	"strconv"

	"gaze/models"
)

// operationNames are the names of operations on tensors in Keras 3 and in
// TensorFlow, each with the one that stands for all of them.
var operationNames = map[string]string{
	"Add": "add", "math.add": "add", "__operators__.add": "add", "nn.bias_add": "add", "math.add_n": "add",
	"Subtract": "subtract", "math.subtract": "subtract", "__operators__.sub": "subtract",
	"Multiply": "multiply", "math.multiply": "multiply", "__operators__.mul": "multiply",
	"TrueDivide": "divide", "Divide": "divide", "math.truediv": "divide", "math.divide": "divide", "__operators__.truediv": "divide",
	"Negative": "negative", "math.negative": "negative",
	"Maximum": "maximum", "math.maximum": "maximum", "Minimum": "minimum", "math.minimum": "minimum",
	"Clip": "clip", "clip_by_value": "clip",
	"GetItem": "getitem", "__operators__.getitem": "getitem",
	"Stack": "stack", "stack": "stack", "Concatenate": "concatenate", "concat": "concatenate",
	"Mean": "mean", "math.reduce_mean": "mean", "Max": "max", "math.reduce_max": "max",
	"Sum": "sum", "math.reduce_sum": "sum", "Min": "min", "math.reduce_min": "min", "Prod": "prod", "math.reduce_prod": "prod",
	"Reshape": "reshape", "reshape": "reshape", "Transpose": "transpose", "transpose": "transpose", "compat.v1.transpose": "transpose",
	"ExpandDims": "expand_dims", "expand_dims": "expand_dims", "Squeeze": "squeeze", "squeeze": "squeeze",
	"Cast": "identity", "cast": "identity", "Identity": "identity", "identity": "identity", "StopGradient": "identity", "stop_gradient": "identity",
	"convert_to_tensor": "identity", "ConvertToTensor": "identity",
	"Relu": "relu", "nn.relu": "relu", "Relu6": "relu6", "nn.relu6": "relu6", "LeakyRelu": "leaky_relu", "nn.leaky_relu": "leaky_relu",
	"Elu": "elu", "nn.elu": "elu", "Selu": "selu", "nn.selu": "selu",
	"Sigmoid": "sigmoid", "math.sigmoid": "sigmoid", "nn.sigmoid": "sigmoid", "HardSigmoid": "hard_sigmoid",
	"Tanh": "tanh", "math.tanh": "tanh", "nn.tanh": "tanh",
	"Silu": "silu", "nn.silu": "silu", "nn.swish": "silu", "HardSilu": "hard_silu",
	"graph AddV2": "add", "graph Add": "add", "graph BiasAdd": "add", "graph Sub": "subtract", "graph Mul": "multiply", "graph RealDiv": "divide", "graph Neg": "negative",
	"graph Maximum": "maximum", "graph Minimum": "minimum", "graph Mean": "mean", "graph Max": "max", "graph Reshape": "reshape", "graph Transpose": "transpose",
	"graph ExpandDims": "expand_dims", "graph Cast": "identity", "graph Identity": "identity", "graph Relu": "relu", "graph Relu6": "relu6",
	"graph Sigmoid": "sigmoid", "graph Tanh": "tanh", "graph Elu": "elu", "graph Selu": "selu",
	"Exp": "exp", "math.exp": "exp", "Log": "log", "math.log": "log", "Sqrt": "sqrt", "math.sqrt": "sqrt", "Rsqrt": "rsqrt", "math.rsqrt": "rsqrt",
	"Abs": "abs", "Absolute": "abs", "math.abs": "abs", "Square": "square", "math.square": "square", "Reciprocal": "reciprocal", "math.reciprocal": "reciprocal",
	"Sin": "sin", "math.sin": "sin", "Cos": "cos", "math.cos": "cos", "Erf": "erf", "math.erf": "erf", "Sign": "sign", "math.sign": "sign",
	"Softplus": "softplus", "math.softplus": "softplus", "Softsign": "softsign", "nn.softsign": "softsign", "Mish": "mish", "Celu": "celu",
	"LogSigmoid": "log_sigmoid", "math.log_sigmoid": "log_sigmoid", "HardTanh": "hard_tanh",
	"Gelu": "gelu", "nn.gelu": "tf.gelu", "Softmax": "softmax", "nn.softmax": "softmax", "LogSoftmax": "log_softmax", "nn.log_softmax": "log_softmax",
}

// graphOperation is the class of operations in TensorFlow 2.0 to 2.3, which are
// nodes of its graphs.
const graphOperation = "TensorFlowOpLayer"

// operator is the name of an operation in Keras 3, TensorFlow, or TensorFlow's
// graphs.
func (l *layer) operator() string {
	switch l.class {
	case graphOperation:
		return "graph " + l.config.object("node_def").text("op", "")
	case "TFOpLambda", "SlicingOpLambda":
		return l.config.text("function", "")
	}
	return l.class
}

// isOperation reports whether a layer is an operation of Keras 3 where the file does
// not say its module, as in whole .h5 files. There, only layers say whether they are
// trainable and of which type. Of the operations that are called as layers are, those
// that compute something else read their tensors one by one, and not as a list.
func (l *layer) isOperation() bool {
	if _, known := operationNames[l.class]; !known || l.config["trainable"] != nil || l.config["dtype"] != nil || len(l.calls) == 0 {
		return false
	}
	switch l.class {
	case "Add", "Subtract", "Multiply", "Maximum", "Minimum":
		return len(l.calls[0].args) > 1
	case "Reshape":
		return l.config["target_shape"] == nil
	case "Concatenate", "Identity", "Softmax":
		return false
	}
	return true
}

// graphArguments puts the constants of a node of TensorFlow's graphs among its
// arguments, each at its place.
func (u *use) graphArguments() {
	tensors, _ := valuesIn(u.call)
	constants := u.settings.object("constants")
	var args []any
	for len(tensors) > 0 || constants[strconv.Itoa(len(args))] != nil {
		if c, ok := constants[strconv.Itoa(len(args))]; ok {
			args = append(args, c)
			continue
		}
		args = append(args, tensors[0])
		tensors = tensors[1:]
	}
	u.call = call{args: args}
	attributes := u.settings.object("node_def").object("attr")
	u.settings["keepdims"] = attributes.object("keep_dims").flag("b", false)
}

// operations make layers of operations on tensors.
func operations() map[string]build {
	return map[string]build{
		"add":         binary(models.Add),
		"subtract":    binary(models.Sub),
		"multiply":    binary(models.Mul),
		"divide":      binary(models.Div),
		"negative":    negative,
		"maximum":     bounded(true),
		"minimum":     bounded(false),
		"clip":        clip,
		"getitem":     getItem,
		"stack":       stack,
		"concatenate": concatenate,
		"mean":        reduction(models.ReduceMean, models.GlobalAvgPool, models.ChannelMean),
		"max":         reduction(models.ReduceMax, models.GlobalMaxPool, models.ChannelMax),
		"sum":         reduction(models.ReduceSum, "", ""),
		"min":         reduction(models.ReduceMin, "", ""),
		"prod":        reduction(models.ReduceProd, "", ""),
		"reshape":     reshapeOperation,
		"transpose":   transposeOperation,
		"expand_dims": expandDims,
		"squeeze":     squeeze,
		"identity":    through,
		"relu":        ofCurve("relu"), "relu6": ofCurve("relu6"), "leaky_relu": leakyOperation, "elu": ofCurve("elu"), "selu": ofCurve("selu"),
		"sigmoid": ofCurve("sigmoid"), "hard_sigmoid": ofCurve("hard_sigmoid"), "tanh": ofCurve("tanh"),
		"exp": ofKinds(models.Exp), "log": ofKinds(models.Log), "sqrt": ofKinds(models.Sqrt), "rsqrt": ofKinds(models.Sqrt, models.Reciprocal),
		"abs": ofKinds(models.Abs), "reciprocal": ofKinds(models.Reciprocal), "sin": ofKinds(models.Sin), "cos": ofKinds(models.Cos),
		"erf": ofKinds(models.Erf), "sign": ofKinds(models.Sign), "square": square,
		"softplus": ofCurve("softplus"), "softsign": ofCurve("softsign"), "mish": ofCurve("mish"), "celu": ofCurve("celu"),
		"log_sigmoid": ofCurve("log_sigmoid"), "hard_tanh": ofCurve("hard_tanh"),
		"silu": ofCurve("silu"), "hard_silu": ofCurve("hard_silu"), "gelu": geluOperation(true), "tf.gelu": geluOperation(false),
		"softmax": softmaxLayer, "log_softmax": ofCurve("log_softmax"),
	}
}

// geluOperation is gelu, which Keras' operation approximates unless it is told not
// to, and TensorFlow's only where it is.
func geluOperation(approximate bool) build {
	return activationLayer(func(b *builder, u *use) ([]models.Layer, error) {
		if given, ok := u.argument(1, "approximate").(bool); ok {
			approximate = given
		}
		return b.curve("gelu", settings{"approximate": u.flag("approximate", approximate)})
	})
}

// leakyOperation is leaky_relu, whose slope is an argument.
var leakyOperation = activationLayer(func(b *builder, u *use) ([]models.Layer, error) {
	slope, ok := numberOf(u.argument(1, "negative_slope", "alpha"))
	if !ok {
		slope = u.number("negative_slope", 0.2)
	}
	return b.curve("leaky_relu", settings{"negative_slope": slope})
})

// operands are the two arguments of an operation.
func (u *use) operands() (x, y any) {
	if list, ok := u.argument(0).([]any); ok && len(u.args) == 1 && len(list) == 2 {
		return list[0], list[1]
	}
	return u.argument(0, "x1", "x"), u.argument(1, "x2", "y", "bias")
}

// binary is x + y, x - y, x * y or x / y, of which one may be a number or a list of
// numbers for the channels.
func binary(kind models.Kind) build {
	return func(b *builder, u *use) (*value, error) {
		x, y := u.operands()
		v, isLeft := x.(*value)
		w, isRight := y.(*value)
		switch {
		case isLeft && isRight:
			return b.combine(u.name, kind, []*value{v, w})
		case isLeft:
			c, err := constant(y)
			if err != nil {
				return nil, err
			}
			switch kind {
			case models.Add:
				return b.scaled(u, v, []float64{1}, c)
			case models.Sub:
				return b.scaled(u, v, []float64{1}, times(c, -1))
			case models.Mul:
				return b.scaled(u, v, c, []float64{0})
			}
			for i := range c {
				c[i] = 1 / c[i]
			}
			return b.scaled(u, v, c, []float64{0})
		case isRight:
			c, err := constant(x)
			if err != nil {
				return nil, err
			}
			switch kind {
			case models.Add:
				return b.scaled(u, w, []float64{1}, c)
			case models.Sub:
				return b.scaled(u, w, []float64{-1}, c)
			case models.Mul:
				return b.scaled(u, w, c, []float64{0})
			}
			if w, err = b.settled(w); err != nil {
				return nil, err
			}
			if w, err = b.chain(u.name+"/reciprocal", w, []models.Layer{{Kind: models.Reciprocal}}); err != nil {
				return nil, err
			}
			return b.scaled(u, w, c, []float64{0})
		}
		all, err := u.values()
		if err != nil {
			return nil, err
		}
		if kind == models.Add {
			return b.combine(u.name, kind, all)
		}
		return nil, errors.New("has arguments that are neither tensors nor numbers")
	}
}

// constant reads a number, or a list of numbers along the last axis.
func constant(v any) ([]float64, error) {
	list, ok := numbersOf(v)
	if !ok {
		return nil, errors.New("has an argument that is neither a tensor nor a number")
	}
	for items, isList := v.([]any); isList && len(list) > 1; items, isList = items[0].([]any) {
		if len(items) == len(list) {
			if _, deeper := items[0].([]any); !deeper {
				break
			}
		}
		if len(items) != 1 {
			return nil, errors.New("has numbers along other axes than the last one, which is not supported")
		}
	}
	return list, nil
}

func times(list []float64, by float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = v * by
	}
	return out
}

func negative(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	return b.scaled(u, v, []float64{-1}, []float64{0})
}

// bounded is the larger or the smaller of two tensors, or of a tensor and a number.
func bounded(largest bool) build {
	return func(b *builder, u *use) (*value, error) {
		x, y := u.operands()
		v, isLeft := x.(*value)
		if !isLeft {
			v, _ = y.(*value)
			y = x
		}
		bound, ok := numberOf(y)
		if v == nil || !ok {
			return extreme(largest)(b, u)
		}
		attr := models.Attr{Min: bound, Max: math.Inf(1)}
		if !largest {
			attr = models.Attr{Min: math.Inf(-1), Max: bound}
		}
		return b.clipped(u, v, attr)
	}
}

// clip keeps numbers between two bounds.
func clip(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	bound := func(place int, names ...string) (float64, bool) {
		if x, ok := numberOf(u.argument(place, names...)); ok {
			return x, true
		}
		x, ok := numberOf(u.settings[names[0]])
		return x, ok
	}
	least, hasLeast := bound(1, "x_min", "clip_value_min")
	most, hasMost := bound(2, "x_max", "clip_value_max")
	if !hasLeast || !hasMost {
		return nil, errors.New("has bounds that are no numbers")
	}
	return b.clipped(u, v, models.Attr{Min: least, Max: most})
}

func (b *builder) clipped(u *use, v *value, attr models.Attr) (*value, error) {
	v, err := b.settled(v)
	if err != nil {
		return nil, err
	}
	return b.emit(u, v, models.Layer{Kind: models.Clip, Attr: attr}, nil)
}

// ofKinds is an operation that is layers of those kinds, one after the other.
func ofKinds(kinds ...models.Kind) build {
	return activationLayer(func(*builder, *use) ([]models.Layer, error) {
		var list []models.Layer
		for _, kind := range kinds {
			list = append(list, models.Layer{Kind: kind})
		}
		return list, nil
	})
}

// square is a tensor times itself.
func square(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	return b.combine(u.name, models.Mul, []*value{v, v})
}
