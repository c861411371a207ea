package keras

import (
	"errors"
	"fmt"
	"strings"

	"gaze/models"
)

// build makes the network's layers of one call of a Keras layer, and returns what
// it makes.
type build func(b *builder, u *use) (*value, error)

// layers has a row for each class of Keras' layers that can be read. Variables.go
// says what each keeps in the file.
func layers() map[string]build {
	table := map[string]build{
		"Conv2D":          conv2D,
		"DepthwiseConv2D": depthwiseConv2D,
		"SeparableConv2D": separableConv2D,
		"Conv2DTranspose": conv2DTranspose,
		"Dense":           denseLayer,

		"BatchNormalization":     batchNormalization,
		"SyncBatchNormalization": batchNormalization,
		// TensorFlow 1.14 to 2.0.
		"BatchNormalizationV1": batchNormalization,
		"BatchNormalizationV2": batchNormalization,
		"LayerNormalization":   layerNormalization,
		"GroupNormalization":   groupNormalization,
		"RMSNormalization":     rmsNormalization,
		"UnitNormalization":    unitNormalization,
		"LayerScale":           layerScale,
		"Normalization":        normalization,
		"Rescaling":            rescaling,
		"Resizing":             resizingLayer,
		"CenterCrop":           centerCrop,

		"MaxPooling2D":             pooling(models.MaxPool),
		"AveragePooling2D":         pooling(models.AvgPool),
		"GlobalAveragePooling2D":   globalPooling(models.GlobalAvgPool),
		"GlobalMaxPooling2D":       globalPooling(models.GlobalMaxPool),
		"AdaptiveAveragePooling2D": adaptivePooling,
		"ZeroPadding2D":            zeroPadding,
		"Cropping2D":               cropping,
		"UpSampling2D":             upSampling,

		"Add":              merge(models.Add),
		"Multiply":         merge(models.Mul),
		"Subtract":         subtract,
		"Average":          average,
		"Maximum":          extreme(true),
		"Minimum":          extreme(false),
		"Concatenate":      concatenate,
		"CustomScaleLayer": customScale,

		"Flatten": flatten,
		"Reshape": reshape,
		"Permute": permute,

		"Activation": activationLayer(func(b *builder, u *use) ([]models.Layer, error) { return b.activation(u.settings["activation"]) }),
		"Softmax":    softmaxLayer,
		"PReLU":      prelu,

		"Dropout": nothing(models.Dropout), "SpatialDropout2D": nothing(models.Dropout), "AlphaDropout": nothing(models.Dropout),
		"GaussianDropout": nothing(models.Dropout), "GaussianNoise": nothing(models.Identity),
		"StochasticDepth": nothing(models.Dropout), "ActivityRegularization": nothing(models.Identity), "Identity": nothing(models.Identity),
	}
	for class, list := range activationLayers {
		table[class] = activationLayer(func(_ *builder, u *use) ([]models.Layer, error) { return list(u.settings) })
	}
	// Augmentation changes pictures in training only.
	for _, class := range []string{
		"RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness",
		"RandomHeight", "RandomWidth", "RandomColorJitter", "RandomHue", "RandomSaturation", "RandomSharpness", "RandomGrayscale",
		"RandomShear", "RandomPerspective", "RandomErasing", "RandomGaussianBlur", "RandomInvert", "RandomPosterization",
	} {
		table[class] = nothing(models.Identity)
	}
	return table
}

// The classes of layers that Keras 0 and 1 had.
var ancient = map[string]bool{"Convolution2D": true, "Merge": true, "MaxoutDense": true, "Highway": true}

// builderOf finds what makes the layers of a Keras layer.
func (b *builder) builderOf(l *layer) (build, error) {
	if l.operation {
		if build, ok := b.operations[operationNames[l.operator()]]; ok {
			return build, nil
		}
		return nil, errUnsupported
	}
	if policy := l.config.object("dtype"); strings.HasPrefix(policy.text("class_name", ""), "Quantized") {
		return nil, fmt.Errorf("is quantised (%s), which is not supported; save the model from before model.quantize()", policy.object("config").text("mode", "to whole numbers"))
	}
	if build, ok := b.layers[l.class]; ok && !l.own {
		return build, nil
	}
	switch {
	case l.class == "Lambda":
		return nil, errLambda
	case ancient[l.class]:
		return nil, errors.New("is of Keras 1, whose files are not read; load the model in Keras 2 and save it again")
	case l.own:
		return nil, errOwn
	}
	return nil, errUnsupported
}

var (
	errUnsupported = errors.New("is not supported; export the model to ONNX (model.export(\"model.onnx\", format=\"onnx\") or tf2onnx) and open that")
	errLambda      = errors.New("is Python code, which is never run; put layers of Keras in its place (Rescaling, Resizing, Multiply, ...) and save the model again, or export it to ONNX")
	errOwn         = errors.New("is of a class of its author's own, which is Python code and not in the file; build the model from layers of Keras and save it again, or export it to ONNX")
)
