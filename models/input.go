package models

import (
	"fmt"
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

// Input describes the picture that a network expects and how pixels become
// numbers: value = (pixel*Scale - Mean)/Std with pixel in 0..255. There is one
// Mean and one Std for each channel, in the order of the channels.
type Input struct {
	// Height and Width of the input in pixels.
	Height, Width int
	// Resize is the length in pixels of the short side before the crop.
	Resize int
	Fit    Fit
	// Bicubic is set where the picture is resized with a cubic filter instead of
	// a linear one.
	Bicubic bool
	// BGR is set where channel 0 is blue.
	BGR   bool
	Scale float32
	Mean  [3]float32
	Std   [3]float32
}

// ImageNetInput is the preprocessing of torchvision's ImageNet networks: a
// square input of size pixels, cut from the centre of a picture whose short
// side is resize pixels.
func ImageNetInput(size, resize int) Input {
	return Input{
		Height: size, Width: size, Resize: resize, Fit: FitCrop,
		Scale: 1.0 / 255,
		Mean:  [3]float32{0.485, 0.456, 0.406},
		Std:   [3]float32{0.229, 0.224, 0.225},
	}
}

// String describes the preprocessing in one line: "224x224 from the centre of a
// short side of 256, bilinear, RGB, mean 0.485 0.456 0.406, std 0.229 0.224
// 0.225". Where Scale is not 1/255, mean and std are in its units.
func (in Input) String() string {
	filter := "bilinear"
	if in.Bicubic {
		filter = "bicubic"
	}
	text := fmt.Sprintf("%dx%d %s, %s, %s, mean %g %g %g, std %g %g %g", in.Width, in.Height, in.cut(), filter, in.order(),
		in.Mean[0], in.Mean[1], in.Mean[2], in.Std[0], in.Std[1], in.Std[2])
	if !in.unitScale() {
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

// maxPixelNumber bounds what pixels become, which networks take to be small.
const maxPixelNumber = 1e6
