package main

import (
	"fmt"
	"strconv"
	"strings"

	"gaze/models"
	"gaze/models/store"
)

// networkFlags choose a network, and say of it what its file does not.
type networkFlags struct {
	Model   string `placeholder:"NAME|FILE" help:"Network: a name from 'gazectl models', or a .onnx, .safetensors or .pth file. The built-in one unless given."`
	Weights string `placeholder:"FILE" help:"Weights for the network named by --model, or without it for the one that they fit. A FILE.json beside it says how pictures are preprocessed, and more."`

	Labels     string   `placeholder:"FILE" help:"Names of the classes: one a line, or JSON; or imagenet-1k."`
	Preprocess string   `placeholder:"NAME" help:"Usual preprocessing: imagenet (mean and deviation of ImageNet), unit (pixels from 0 to 1), symmetric (from -1 to 1), caffe (BGR, from 0 to 255 less the mean of ImageNet), none (from 0 to 255)."`
	Size       string   `placeholder:"PIXELS|HxW" help:"Side of the network's input, or its height and width."`
	ResizeMode string   `placeholder:"NAME" help:"How pictures are brought to the network's size: center (short side resized, then cut from the centre), stretch (both sides), load_img (both sides to the nearest pixels, as in Keras), smart_resize (cut to the input's proportions)."`
	Resize     int      `placeholder:"PIXELS" help:"Short side of a picture before the input is cut from its centre."`
	Channels   string   `placeholder:"LETTERS|PATTERN" help:"What the channels are: rgb, bgr, gray, rgba, or a letter for each, with l for grey and a for alpha. Or where each channel is a file of its own the pattern of their names, such as '*_B{02,03,04,08}.tif' or '*_{1..5}.png': the picture given is then any of the files."`
	Scale      *float32 `placeholder:"255|1" help:"What the brightest pixel is before mean and deviation: 255 for pixels that go in as they are, 1 for pixels from 0 to 1."`
	Mean       []string `placeholder:"N|R,G,B" help:"Mean, one for all channels or one for each in their order, taken away from pixels. These go from 0 to 1 unless --scale or --preprocess says otherwise."`
	Std        []string `placeholder:"N|R,G,B" help:"What they are divided by then."`
	Activation string   `placeholder:"NAME" help:"What the outputs are: softmax (one of the classes is right), sigmoid (each class is there or not; one output is yes or no), none (numbers, such as an age)."`
	Threshold  float64  `placeholder:"P" help:"Probability from which on the network says a class of a sigmoid. 0.5 unless given."`
	Unit       string   `placeholder:"TEXT" help:"Unit of an output that is a number, such as years."`
	Positive   string   `placeholder:"LABEL" help:"Label of what a high output means, where there is one output for two classes."`
	Input      []string `sep:"none" placeholder:"NAME=VALUE" help:"Value of a further input of an ONNX file, several separated by commas; may be repeated."`
	Output     string   `placeholder:"NAME" help:"Output of an ONNX file that has the scores."`
}

// open opens the network.
func (f networkFlags) open() (*models.Network, error) {
	opt, err := f.options()
	if err != nil {
		return nil, err
	}
	return store.New("").Open(f.Model, opt)
}

func (f networkFlags) options() (store.Options, error) {
	opt := store.Options{
		Weights: f.Weights, Labels: f.Labels, Preset: f.Preprocess, ResizeMode: f.ResizeMode, Positive: f.Positive, Output: f.Output,
		Meaning: models.Output{Activation: models.Activation(strings.ToLower(f.Activation)), Threshold: f.Threshold, Unit: f.Unit},
		Input:   models.Preprocessing{Resize: f.Resize},
	}
	in := &opt.Input
	var err error
	if in.Height, in.Width, err = parseSize(f.Size); err != nil {
		return opt, err
	}
	if f.Resize < 0 {
		return opt, fmt.Errorf("--resize %d is not above 0", f.Resize)
	}
	if f.Scale != nil {
		if !(*f.Scale > 0) {
			return opt, fmt.Errorf("--scale %v is not above 0: 255 for pixels that go in as they are, 1 for pixels from 0 to 1", *f.Scale)
		}
		in.Scale = *f.Scale / 255
	}
	switch {
	case models.IsStack(f.Channels):
		in.Stack = f.Channels
	case f.Channels != "":
		if in.Channels, err = models.ParseChannels(f.Channels); err != nil {
			return opt, fmt.Errorf("--channels: %w", err)
		}
	}
	if in.Mean, err = parseNumbers("--mean", f.Mean); err != nil {
		return opt, err
	}
	if in.Std, err = parseNumbers("--std", f.Std); err != nil {
		return opt, err
	}
	opt.Inputs, err = parseInputs(f.Input)
	return opt, err
}

// parseSize reads a side, or height and width; "" is 0.
func parseSize(text string) (height, width int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	h, w, both := strings.Cut(strings.ToLower(text), "x")
	if !both {
		w = h
	}
	height, err1 := strconv.Atoi(h)
	width, err2 := strconv.Atoi(w)
	if err1 != nil || err2 != nil || height < 1 || width < 1 {
		return 0, 0, fmt.Errorf("--size %q is neither a side in pixels nor HEIGHTxWIDTH", text)
	}
	return height, width, nil
}

// parseNumbers reads the numbers of a flag; none are nil.
func parseNumbers(flag string, texts []string) ([]float32, error) {
	var list []float32
	for _, text := range texts {
		v, err := strconv.ParseFloat(strings.TrimSpace(text), 32)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a number", flag, text)
		}
		list = append(list, float32(v))
	}
	return list, nil
}

// parseInputs reads NAME=VALUE[,VALUE...].
func parseInputs(texts []string) (map[string][]float32, error) {
	var inputs map[string][]float32
	for _, text := range texts {
		name, values, ok := strings.Cut(text, "=")
		if !ok || name == "" || values == "" {
			return nil, fmt.Errorf("--input %q is not NAME=VALUE", text)
		}
		if _, twice := inputs[name]; twice {
			return nil, fmt.Errorf("--input gives %s twice", name)
		}
		list, err := parseNumbers("--input "+name, strings.Split(values, ","))
		if err != nil {
			return nil, err
		}
		if inputs == nil {
			inputs = make(map[string][]float32)
		}
		inputs[name] = list
	}
	return inputs, nil
}

// tell says what was guessed or left out when a network was read, and what
// contradicts itself.
func tell(io *streams, net *models.Network) {
	for _, remark := range net.Remarks() {
		io.complain("%s: %s", net.Name, remark)
	}
}
