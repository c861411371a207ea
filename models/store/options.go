package store

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"gaze/models"
	"gaze/models/labels"
	"gaze/models/weights"
)

// Options describe the network to open. They override the file, its sidecar and
// Gaze's guesses.
type Options struct {
	// Weights is a file of weights. It is used with the named architecture, or
	// alone if no network is named.
	Weights string
	// Labels is a file with the classes' names: see labels.Read.
	Labels string
	// Size is the side of a square input, and Resize the short side of the
	// picture before the crop, both in pixels. If only Size is given, the crop is
	// seven eighths of the short side.
	Size, Resize int
	// Mean and Std have one number for each of three channels, for pixels from 0
	// to 1.
	Mean, Std []float32
	// Channels is "rgb" or "bgr". Mean and Std are in the same order.
	Channels string
}

// apply applies the options to a network without a sidecar.
func (o Options) apply(net *models.Network) error {
	if err := o.preprocess(net); err != nil {
		return err
	}
	return o.name(net, nil, "")
}

// preprocess changes the input of net.
func (o Options) preprocess(net *models.Network) error {
	in, err := o.input(net.Input)
	if err != nil {
		return err
	}
	resized, err := net.Resized(in)
	if err != nil {
		return err
	}
	*net = *resized
	net.Said(o.says()...)
	return nil
}

// says lists the aspects of the input that the options set.
func (o Options) says() []models.Aspect {
	var said []models.Aspect
	for _, v := range []struct {
		set bool
		of  models.Aspect
	}{
		{o.Size != 0, models.AspectSize},
		{o.Resize != 0, models.AspectResize},
		{o.Resize != 0, models.AspectCrop},
		{o.Channels != "", models.AspectChannels},
		{o.Mean != nil || o.Std != nil, models.AspectScale},
		{o.Mean != nil, models.AspectMean},
		{o.Std != nil, models.AspectStd},
	} {
		if v.set {
			said = append(said, v.of)
		}
	}
	return said
}

// name sets the names of the classes from the options or else from the sidecar
// of the file at path.
func (o Options) name(net *models.Network, side *weights.Sidecar, path string) error {
	file := o.Labels
	var names []string
	var err error
	switch {
	case file != "":
		names, err = labels.Read(file)
	case side != nil && side.Labels != "":
		file = side.Labels
		names, err = labels.Load(file, filepath.Dir(path))
	default:
		return nil
	}
	if err != nil {
		return err
	}
	if len(names) != net.Classes() {
		return fmt.Errorf("%s has %d labels for %d classes", file, len(names), net.Classes())
	}
	net.Labels = names
	net.Said(models.AspectLabels)
	return nil
}

// input applies the options to the preprocessing.
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
		channels, err := models.ParseChannels(o.Channels)
		if err != nil {
			return in, err
		}
		in = in.WithChannels(channels)
	default:
		return in, fmt.Errorf("the channels are rgb or bgr, not %q", o.Channels)
	}
	if units := 255 * float64(in.Scale); (o.Mean != nil || o.Std != nil) && math.Abs(units-1) > 1e-6 {
		// Mean and Std are given for pixels from 0 to 1, so whichever of them is
		// not set is converted to that unit.
		in.Scale = 1. / 255
		in.Mean, in.Std = slices.Clone(in.Mean), slices.Clone(in.Std)
		for c := range in.Mean {
			in.Mean[c] = float32(float64(in.Mean[c]) / units)
			in.Std[c] = float32(float64(in.Std[c]) / units)
		}
	}
	for _, v := range []struct {
		what string
		from []float32
		to   *[]float32
	}{{"mean", o.Mean, &in.Mean}, {"standard deviation", o.Std, &in.Std}} {
		if v.from == nil {
			continue
		}
		if len(v.from) != in.Count() {
			return in, fmt.Errorf("%d numbers are not the %s of three channels", len(v.from), v.what)
		}
		*v.to = v.from
	}
	return in, in.Validate()
}
