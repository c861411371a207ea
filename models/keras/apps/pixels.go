package apps

import "gaze/models"

// preprocessing is what preprocess_input() of a network's module does with pixels
// from 0 to 255 (keras/src/applications/imagenet_utils.py).
type preprocessing int

const (
	// inside: nothing; the network has layers for it.
	inside preprocessing = iota
	// toHalves is "tf": pixel/127.5 - 1.
	toHalves
	// bgrMeans is "caffe": blue, green and red, each less its mean.
	bgrMeans
	// torchvision is "torch": what torchvision's networks expect.
	torchvision
)

// input is an input of that size in pixels. The picture is resized as Keras'
// load_img(target_size=...) does it: both sides, to the nearest pixels.
func (p preprocessing) input(height, width int) models.Input {
	in := stretched(models.ImageNetInput(height, height))
	in.Width = width
	switch p {
	case toHalves:
		in.Mean = []float32{0.5, 0.5, 0.5}
		in.Std = []float32{0.5, 0.5, 0.5}
	case bgrMeans:
		in.Channels, in.Scale = models.BGR, 1
		in.Mean = []float32{103.939, 116.779, 123.68}
		in.Std = []float32{1, 1, 1}
	}
	return in
}

// stretched is in with the picture resized as load_img does it.
func stretched(in models.Input) models.Input {
	in.Fit, in.Resize, in.Filter = models.FitStretch, 0, models.FilterNearest
	return in
}
