package store

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models"
	"gaze/models/weights"
)

// Options describe the network to open. They override the file, its sidecar and
// Gaze's guesses.
type Options struct {
	// Weights is a file of weights. It is used with the named architecture, or
	// alone if no network is named.
	Weights string
	// Labels is a file with the classes' names, in the order of the classes, as for
	// labels.Read; or "imagenet-1k".
	Labels string
	// Preset is the name of a usual preprocessing: see models.Preset. Input goes before
	// it.
	Preset string
	// ResizeMode is the name of a usual way to resize pictures: see models.ResizeMode.
	// Input goes before it.
	ResizeMode string
	// Input is what is said of the preprocessing. A mean or a deviation without a scale
	// or a preset is one of pixels from 0 to 1.
	Input models.Preprocessing
	// Meaning says what the outputs are, and Positive the label of what a high output
	// means, where there is one output.
	Meaning  models.Output
	Positive string
	// Described is what the user says of the network in the words of a sidecar. It goes
	// before the sidecar beside the file.
	Described *weights.Sidecar
	// Inputs are the values of further inputs of an ONNX file, by their names, and
	// Output is the name of its output that has the scores.
	Inputs map[string][]float32
	Output string
}

// ofONNX refuses what only an ONNX file has.
func (o Options) ofONNX() error {
	if len(o.Inputs) > 0 || o.Output != "" {
		return errors.New("only an .onnx file has further inputs and outputs: leave --input and --output out")
	}
	return nil
}

// unitScale brings pixels to 0..1.
const unitScale = 1. / 255

// preprocess changes the input of net by the sidecar, which may be nil, and by the
// options.
func (o Options) preprocess(net *models.Network, side *weights.Sidecar) error {
	if side != nil {
		said := side.Input
		if o.Input.Height > 0 {
			// Layers may have been made for the other size already.
			said.Height, said.Width, said.Resize = 0, 0, 0
		}
		if err := net.Preprocess(said); err != nil {
			return fmt.Errorf("sidecar %s: input: %w", side.File, err)
		}
	}
	if o.Preset != "" {
		preset, err := models.Preset(o.Preset, net.Input)
		if err != nil {
			return err
		}
		if err := net.Preprocess(preset); err != nil {
			return fmt.Errorf("preprocessing %s: %w", o.Preset, err)
		}
	}
	if o.ResizeMode != "" {
		mode, err := models.ResizeMode(o.ResizeMode, o.sized(net.Input))
		if err != nil {
			return err
		}
		if err := net.Preprocess(mode); err != nil {
			return fmt.Errorf("resize mode %s: %w", o.ResizeMode, err)
		}
	}
	said := o.Input
	if (said.Mean != nil || said.Std != nil) && said.Scale == 0 && o.Preset == "" {
		said.Scale = unitScale
	}
	if err := net.Preprocess(said); err != nil {
		return err
	}
	if in := net.Input; said.Mean != nil && in.UnitScale() && slices.Max(in.Mean) > 1 {
		return fmt.Errorf("a mean of %s is one of pixels from 0 to 255, and these go from 0 to 1: add --scale 255, or take --preprocess caffe", models.Numbers(in.Mean))
	}
	return nil
}

// sized is an input of the size that the user says.
func (o Options) sized(in models.Input) models.Input {
	if o.Input.Height > 0 {
		in.Height, in.Width = o.Input.Height, o.Input.Width
	}
	return in
}

// means notes what the outputs mean.
func (o Options) means(net *models.Network, side *weights.Sidecar) error {
	if side != nil {
		if err := net.SetOutput(side.Output); err != nil {
			return fmt.Errorf("sidecar %s: %w", side.File, err)
		}
	}
	return net.SetOutput(o.Meaning)
}
