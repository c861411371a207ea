package models

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"
)

// Fit is the way in which a photograph is brought to the input size of the
// network.
type Fit string

const (
	// FitCrop resizes the short side to Input.Resize, keeping proportions, and
	// cuts the input from the centre: torchvision's Resize and CenterCrop.
	FitCrop Fit = "center"
	// FitStretch resizes both sides to the input size and gives up proportions.
	FitStretch Fit = "none"
)

// Filter is the way in which pixels are resized.
type Filter string

// The filters, those of PIL. The zero value is bilinear.
const (
	FilterBilinear Filter = "bilinear"
	FilterBicubic  Filter = "bicubic"
	// FilterNearest takes pixels of the picture as they are, as Keras' load_img does.
	FilterNearest Filter = "nearest"
)

// Filters lists all of them.
func Filters() []Filter { return []Filter{FilterBilinear, FilterBicubic, FilterNearest} }

// Input describes the picture that a network expects and how pixels become
// numbers: value = (pixel*Scale - Mean)/Std with pixel in 0..255. There is one
// Mean and one Std for each channel, in the order of the channels. An Input is a
// value: nobody changes the numbers of its slices.
type Input struct {
	// Height and Width of the input in pixels.
	Height, Width int
	// Resize is the length in pixels of the short side before the crop.
	Resize int
	Fit    Fit
	// Filter is the filter with which pictures are resized; "" is bilinear.
	Filter Filter
	// Channels says what the channels are.
	Channels Channels
	// Stack, if not empty, is the pattern of the files of which each holds one
	// channel: see picture.Stack.
	Stack string
	Scale float32
	Mean  []float32
	Std   []float32
}

// Sampling is the filter, with bilinear for "".
func (in Input) Sampling() Filter {
	if in.Filter == "" {
		return FilterBilinear
	}
	return in.Filter
}

// Count is the number of channels.
func (in Input) Count() int { return len(in.Channels) }

// Shape is the shape of the input: 1 x channels x height x width.
func (in Input) Shape() tensor.Shape {
	return tensor.Shape{1, in.Count(), in.Height, in.Width}
}

// Area is the number of pixels.
func (in Input) Area() int { return in.Height * in.Width }

// Equal reports whether two inputs are alike in all.
func (in Input) Equal(other Input) bool {
	return slices.Equal(in.Mean, other.Mean) && slices.Equal(in.Std, other.Std) && in.Height == other.Height && in.Width == other.Width && in.Resize == other.Resize && in.Fit == other.Fit &&
		in.Sampling() == other.Sampling() && in.Channels == other.Channels && in.Stack == other.Stack && in.Scale == other.Scale
}

// WithChannels is the input with other channels. A colour that was there keeps its
// mean and deviation; a new one has the mean of all.
func (in Input) WithChannels(c Channels) Input {
	from := in.Channels
	in.Channels = c
	in.Mean, in.Std = rearranged(in.Mean, from, c), rearranged(in.Std, from, c)
	return in
}

// rearranged is a number for each of the channels to, given those of the channels
// from.
func rearranged(values []float32, from, to Channels) []float32 {
	if len(values) == 0 || len(values) != len(from) {
		return values
	}
	var sum float64
	for _, v := range values {
		sum += float64(v)
	}
	mean := float32(sum / float64(len(values)))
	list := make([]float32, len(to))
	for i := range list {
		list[i] = mean
		if at := strings.IndexByte(string(from), to[i]); at >= 0 {
			list[i] = values[at]
		}
	}
	return list
}

// ImageNetInput is the preprocessing of torchvision's ImageNet networks: a
// square input of size pixels, cut from the centre of a picture whose short
// side is resize pixels.
func ImageNetInput(size, resize int) Input {
	return Input{
		Height: size, Width: size, Resize: resize, Fit: FitCrop,
		Channels: RGB, Scale: 1.0 / 255,
		Mean: []float32{0.485, 0.456, 0.406},
		Std:  []float32{0.229, 0.224, 0.225},
	}
}

// String describes the preprocessing in one line: "224x224 from the centre of a
// short side of 256, bilinear, RGB, mean 0.485 0.456 0.406, std 0.229 0.224
// 0.225". Where Scale is not 1/255, mean and std are in its units.
func (in Input) String() string {
	text := fmt.Sprintf("%dx%d %s, %s, %s, mean %s, std %s", in.Width, in.Height, in.cut(), in.Sampling(), in.order(), Numbers(in.Mean), Numbers(in.Std))
	if !in.UnitScale() {
		text += fmt.Sprintf(", of values times %g", in.Scale)
	}
	return text
}

// maxInputSide bounds the input's sides in pixels: far above any network in
// use, far below what would exhaust memory before a message can be shown.
const maxInputSide = 4096

// Validate returns an error that says what makes the description unusable.
func (in Input) Validate() error {
	if in.Height < 1 || in.Width < 1 || in.Height > maxInputSide || in.Width > maxInputSide {
		return fmt.Errorf("input size %dx%d is not between 1 and %d", in.Width, in.Height, maxInputSide)
	}
	switch in.Fit {
	case FitStretch:
	case FitCrop:
		if in.Resize < max(in.Height, in.Width) || in.Resize > maxInputSide {
			return fmt.Errorf("short side %d cannot hold the input of %dx%d", in.Resize, in.Width, in.Height)
		}
	default:
		return fmt.Errorf("crop %q is neither %q nor %q", in.Fit, FitCrop, FitStretch)
	}
	if !slices.Contains(Filters(), in.Sampling()) {
		return fmt.Errorf("filter %q is not bilinear, bicubic or nearest", string(in.Filter))
	}
	if err := in.Channels.validate(); err != nil {
		return err
	}
	if len(in.Mean) != in.Count() || len(in.Std) != in.Count() {
		return fmt.Errorf("mean and std have %d and %d numbers for %d channels", len(in.Mean), len(in.Std), in.Count())
	}
	if !(in.Scale > 0) || in.Scale > maxPixelNumber {
		return fmt.Errorf("scale %v is not a number above 0", in.Scale)
	}
	for c, m := range in.Mean {
		if !(m >= -maxPixelNumber && m <= maxPixelNumber) {
			return fmt.Errorf("mean of channel %d is %v, not a number that pixels can have", c, m)
		}
	}
	for c, s := range in.Std {
		if !(s > 0 && s <= maxPixelNumber) {
			return fmt.Errorf("std of channel %d is %v, not a number above 0", c, s)
		}
		if !(255*in.Scale/s <= maxPixelNumber) {
			return fmt.Errorf("std of channel %d is %v, so small that pixels become numbers in the millions", c, s)
		}
	}
	return nil
}

// Numbers writes one number for each channel: "0.485 0.456 0.406", or a single one
// where more than four are all equal.
func Numbers(values []float32) string {
	if len(values) > 4 && len(slices.Compact(slices.Clone(values))) == 1 {
		values = values[:1]
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprintf("%g", v)
	}
	return strings.Join(words, " ")
}

// maxPixelNumber bounds what pixels become, which networks take to be small.
const maxPixelNumber = 1e6
