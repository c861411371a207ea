package onnx

import (
	"math"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// guessPixels decides how pixels become numbers, by the file's metadata or else
// by what the network does first.
func (b *builder) guessPixels(said map[string]string) {
	b.net.Guess("", models.AspectResize, models.AspectCrop)
	in := &b.net.Input
	order, known := said["Image.BitmapPixelFormat"]
	if strings.HasPrefix(order, "Bgr") && in.Count() == models.BGR.Colours() {
		*in = in.WithChannels(models.BGR)
	}
	plain := func(scale, mean, std float32) {
		in.Scale = scale
		in.Mean = slices.Repeat([]float32{mean}, in.Count())
		in.Std = slices.Repeat([]float32{std}, in.Count())
	}
	// Ultralytics' networks take colours from 0 to 1 and note who made them.
	if said["author"] == "Ultralytics" {
		plain(1.0/255, 0, 1)
		return
	}
	// A single channel is grey.
	if !known && in.Count() > 1 {
		b.net.Guess("", models.AspectChannels)
	}
	if saidNumbers(in, said) {
		return
	}
	switch said["Image.NominalPixelRange"] {
	case "NominalRange_0_255":
		plain(1, 0, 1)
		return
	case "Normalized_0_1":
		plain(1.0/255, 0, 1)
		return
	case "Normalized_1_1":
		plain(1.0/255, 0.5, 0.5)
		return
	}
	why := "ImageNet's"
	switch b.ownScaling() {
	case unsignedBytes:
		plain(1, 0, 1)
		why = "the network scales pixels itself"
	case signedBytes:
		plain(1, 128, 1)
		why = "the network takes whole numbers from -128 to 127"
	case fractions:
		plain(1.0/255, 0, 1)
		why = "the network normalises pixels itself"
	}
	b.net.Guess(why, models.AspectScale, models.AspectMean, models.AspectStd)
}

// saidNumbers sets the mean and deviation of the pixels by the file's metadata, if
// these have both for each channel. Means of at most 1 are those of pixels from 0 to
// 1, others those of pixels from 0 to 255.
func saidNumbers(in *models.Input, said map[string]string) bool {
	for _, keys := range [][2]string{{"mean", "std"}, {"image_mean", "image_std"}} {
		mean, std := saidList(said[keys[0]]), saidList(said[keys[1]])
		if len(mean) != in.Count() || len(std) != in.Count() {
			continue
		}
		with := *in
		with.Mean, with.Std, with.Scale = mean, std, 1.0/255
		if slices.Max(mean) > 1 {
			with.Scale = 1
		}
		if with.Validate() == nil {
			*in = with
			return true
		}
	}
	return false
}

// saidList is a list of numbers in the metadata; nil where it is none.
func saidList(text string) []float32 {
	v, err := parseLiteral(text)
	if err != nil || v.kind != aList {
		return nil
	}
	var list []float32
	for _, e := range v.list {
		if e.kind != aNumber {
			return nil
		}
		list = append(list, float32(e.number))
	}
	return list
}

// pixelRange is what numbers a network takes for pixels.
type pixelRange int

const (
	normalised pixelRange = iota
	fractions
	unsignedBytes
	signedBytes
)

// ownScaling finds out which numbers a network takes for pixels from the first
// thing that it does to its input. It takes bytes if the input is of whole numbers,
// or if the network first divides by far more than pixels of 0..1 deviate or
// subtracts far more than their mean. It takes pixels of 0..1 if it scales them
// less.
func (b *builder) ownScaling() pixelRange {
	switch kind, _ := elementOf(b.pixels); {
	case b.pixels == int32(onnxpb.TensorProto_INT8):
		return signedBytes
	case kind.int != nil:
		return unsignedBytes
	}
	const smallest, largest = 1.0 / 16, 16
	takes := normalised
	for _, l := range b.net.Layers {
		if len(l.Inputs) == 0 {
			continue
		}
		if l.Inputs[0] == models.InputName && l.Kind == models.Round {
			takes = between((l.Attr.Min-l.Attr.Beta)*l.Attr.Alpha, (l.Attr.Max-l.Attr.Beta)*l.Attr.Alpha)
		}
		if l.Inputs[0] != models.InputName || l.Kind != models.Scale {
			continue
		}
		takes = fractions
		if w, ok := furthest(l.Params["weight"]); ok && w < smallest {
			return unsignedBytes
		}
		if w, ok := furthest(l.Params["bias"]); ok && w > largest {
			return unsignedBytes
		}
	}
	return takes
}

// between is what pixels are that are rounded to steps from lo to hi.
func between(lo, hi float64) pixelRange {
	const small, large = 0.05, 100
	switch {
	case hi > large:
		return unsignedBytes
	case lo >= -small && hi <= 1+small:
		return fractions
	}
	return normalised
}

// furthest is the largest magnitude among a parameter's numbers.
func furthest(p *tensor.Dense) (float64, bool) {
	if p == nil {
		return 0, false
	}
	most := 0.0
	for _, v := range p.Data().([]float32) {
		most = max(most, math.Abs(float64(v)))
	}
	return most, true
}
