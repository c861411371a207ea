package store

import (
	"fmt"
	"math"

	"gaze/models"
	"gaze/models/labels"
)

// Options say more about the network to open. What is set takes the place of
// what the file, its sidecar or a guess says.
type Options struct {
	// Weights is a file of weights to be used with a named architecture.
	Weights string
	// Labels is a file with the classes' names: see labels.Read.
	Labels string
	// Size is the input's sides and Resize the short side before the crop, in
	// pixels. Without Resize, a crop is seven eighths of the short side.
	Size, Resize int
	// Mean and Std are of three channels each, for pixels from 0 to 1.
	Mean, Std []float32
	// Channels is "rgb" or "bgr", the order that Mean and Std are in too.
	Channels string
}

// apply returns the network as the options want it.
func (o Options) apply(net *models.Network) (*models.Network, error) {
	in, err := o.input(net.Input)
	if err != nil {
		return nil, err
	}
	if in != net.Input {
		if net, err = net.Resized(in); err != nil {
			return nil, err
		}
	}
	if o.Labels == "" {
		return net, nil
	}
	names, err := labels.Read(o.Labels)
	if err != nil {
		return nil, err
	}
	return net, name(net, names, o.Labels)
}

// input is the preprocessing as the options want it.
func (o Options) input(in models.Input) (models.Input, error) {
	if o.Size != 0 {
		in.Height, in.Width = o.Size, o.Size
		in.Resize = int(math.Round(float64(o.Size) / 0.875))
	}
	if o.Resize != 0 {
		in.Resize, in.Fit = o.Resize, models.FitCrop
	}
	switch o.Channels {
	case "":
	case "rgb", "bgr":
		if bgr := o.Channels == "bgr"; bgr != in.BGR {
			in.BGR = bgr
			in.Mean[0], in.Mean[2] = in.Mean[2], in.Mean[0]
			in.Std[0], in.Std[2] = in.Std[2], in.Std[0]
		}
	default:
		return in, fmt.Errorf("the channels are rgb or bgr, not %q", o.Channels)
	}
	for _, v := range []struct {
		what string
		from []float32
		to   *[3]float32
	}{{"mean", o.Mean, &in.Mean}, {"standard deviation", o.Std, &in.Std}} {
		if v.from == nil {
			continue
		}
		if len(v.from) != len(v.to) {
			return in, fmt.Errorf("%d numbers are not the %s of three channels", len(v.from), v.what)
		}
		*v.to = [3]float32(v.from)
		// Both are of pixels in the same units.
		in.Scale = 1. / 255
	}
	return in, in.Validate()
}
