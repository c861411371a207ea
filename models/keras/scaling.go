package keras

import (
	"fmt"

	"gaze/models"
)

// scaling is a usual way to make numbers of pixels before Keras sees them: x =
// (pixel/255 - mean)/std.
type scaling struct {
	channels  models.Channels
	mean, std [3]float32
}

// The ways of keras.applications.imagenet_utils.preprocess_input, under the names
// that Keras gives them, and the one without.
func fractions() scaling { return scaling{models.RGB, [3]float32{}, [3]float32{1, 1, 1}} }

func tf() scaling { return scaling{models.RGB, [3]float32{0.5, 0.5, 0.5}, [3]float32{0.5, 0.5, 0.5}} }

func torch() scaling {
	return scaling{models.RGB, [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}}
}

func caffe() scaling {
	const unit = 1. / 255
	return scaling{models.BGR, [3]float32{103.939 * unit, 116.779 * unit, 123.68 * unit}, [3]float32{unit, unit, unit}}
}

// applications are the networks of keras.applications that leave it to the user to
// scale pixels. Each is known by a layer of its own, by which it is found even if a
// model has its layers and not its name. Where two have that layer, the first counts.
func applications() []application {
	return []application{
		{"MobileNet", "expanded_conv_depthwise", tf()},
		{"MobileNet", "conv_dw_1", tf()},
		{"ResNetV2", "conv2_block1_preact_bn", tf()},
		{"DenseNet", "conv2_block1_concat", torch()},
		{"ResNet", "conv2_block1_out", caffe()},
		{"Xception", "block14_sepconv1", tf()},
		{"VGG", "block5_conv3", caffe()},
		{"InceptionResNetV2", "conv_7b", tf()},
		{"InceptionV3", "mixed10", tf()},
		{"NASNet", "stem_bn1", tf()},
	}
}

type application struct {
	name, layer string
	scaling
}

// guessScaling guesses how pixels are scaled, where the file does not say it: as
// for the network of keras.applications that the model contains, or else from 0 to 1.
func (b *builder) guessScaling(in *models.Input, ordered bool) {
	s, why := fractions(), "the file does not scale pixels"
	for _, a := range applications() {
		if b.known[a.layer] && in.Count() == 3 {
			s, why = a.scaling, fmt.Sprintf("as keras.applications does for %s", a.name)
			break
		}
	}
	// The order of the channels is the file's where it says it.
	if !ordered && in.Count() == 3 {
		in.Channels = s.channels
	}
	for c := range in.Mean {
		at := min(c, 2)
		if in.Count() != 3 {
			at = 0
		}
		in.Mean[c], in.Std[c] = s.mean[at], s.std[at]
	}
	b.net.Guess(why, models.AspectScale, models.AspectMean, models.AspectStd)
}
