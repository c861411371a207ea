package models

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Preprocessing is what somebody says of an [Input]: a sidecar, or a user. What is
// zero is not said, and stays as it was.
type Preprocessing struct {
	// Height and Width of the input in pixels: both or none.
	Height, Width int
	// Resize is the short side before the crop. With a size alone it becomes the
	// length of which the longer side of the input is seven eighths.
	Resize int
	Fit    Fit
	Filter Filter
	// Channels are what the channels show, and Stack the pattern of files of which
	// each has one: one of both or none.
	Channels Channels
	Stack    string
	// Scale is what pixels of 0..255 are multiplied by. Mean and Std have one number
	// for each channel, or one for all, in units of scaled pixels.
	Scale     float32
	Mean, Std []float32
}

// Preprocess changes how pictures become the network's input by what is said of it;
// what is said later goes before what is said earlier. Guesses end where something
// is said. The network is unchanged where there is an error.
func (n *Network) Preprocess(said ...Preprocessing) error {
	r := *n
	for _, p := range said {
		if err := p.apply(&r); err != nil {
			return err
		}
	}
	changed, err := r.Resized(r.Input)
	if err != nil {
		return err
	}
	*n = *changed
	return nil
}

// Validate returns an error that says what makes it unusable for every network.
func (p Preprocessing) Validate() error {
	side := 224
	if p.Resize > 0 {
		side = min(side, p.Resize)
	}
	channels := p.Channels
	if count := max(len(p.Mean), len(p.Std)); channels == "" && count > 1 && count <= maxChannels {
		channels = ChannelsFor(count)
	}
	if p.Stack != "" {
		s, err := ParseStack(p.Stack)
		if err != nil {
			return err
		}
		channels = s.Channels()
	}
	n := Network{Input: ImageNetInput(side, side)}
	if channels != "" {
		if err := channels.validate(); err != nil {
			return err
		}
		n.Input = n.Input.WithChannels(channels)
	}
	if err := p.apply(&n); err != nil {
		return err
	}
	return n.Input.Validate()
}

// SaysNumbers reports whether it says how pixels become numbers.
func (p Preprocessing) SaysNumbers() bool { return p.Scale != 0 || p.Mean != nil || p.Std != nil }

// apply changes the input and the guesses of a network.
func (p Preprocessing) apply(n *Network) error {
	p.place(n)
	if err := p.channels(n); err != nil {
		return err
	}
	return p.numbers(n)
}

// place says which part of the picture is seen, at which size.
func (p Preprocessing) place(n *Network) {
	in := &n.Input
	if p.Height > 0 {
		in.Height, in.Width = p.Height, p.Width
		in.Resize = ShortSide(max(p.Height, p.Width))
		n.Said(AspectSize)
	}
	if p.Resize > 0 {
		in.Resize, in.Fit = p.Resize, FitCrop
		n.Said(AspectResize, AspectCrop)
	}
	if p.Fit != "" {
		in.Fit = p.Fit
		n.Said(AspectCrop)
		if p.Fit == FitStretch {
			// There is no short side then.
			n.Said(AspectResize)
		}
	}
	if p.Filter != "" {
		in.Filter = p.Filter
	}
}

// ShortSide is the short side of which an input is cut by default, given its longer
// side: torchvision's evaluation crop keeps seven eighths.
func ShortSide(side int) int { return int(math.Round(float64(side) / 0.875)) }

func (p Preprocessing) channels(n *Network) error {
	in := n.Input
	switch {
	case p.Stack != "":
		s, err := ParseStack(p.Stack)
		if err != nil {
			return err
		}
		if len(s.list) != in.Count() {
			return fmt.Errorf("the stack %s has %d channels, and the network takes %d (%s)", p.Stack, len(s.list), in.Count(), in.order())
		}
		// Files have no colours by which numbers could follow their channels.
		in.Channels, in.Stack = s.Channels(), p.Stack
	case p.Channels != "":
		if len(p.Channels) != in.Count() {
			return fmt.Errorf("channels %q are %d, and the network takes %d (%s)", string(p.Channels), len(p.Channels), in.Count(), in.order())
		}
		in = in.WithChannels(p.Channels)
		in.Stack = ""
	default:
		return nil
	}
	n.Input = in
	n.Said(AspectChannels)
	return nil
}

// numbers says how a channel's pixels become numbers.
func (p Preprocessing) numbers(n *Network) error {
	in := &n.Input
	for _, v := range []struct {
		of       Aspect
		said     []float32
		plain    float32
		numbers  *[]float32
		alsoSaid bool
	}{{AspectMean, p.Mean, 0, &in.Mean, p.Std != nil}, {AspectStd, p.Std, 1, &in.Std, p.Mean != nil}} {
		switch {
		case len(v.said) == 1:
			*v.numbers = slices.Repeat(v.said, in.Count())
		case v.said != nil && len(v.said) != in.Count():
			return fmt.Errorf("the %s has %d numbers for %d channels (%s); give one for each, or one for all", v.of, len(v.said), in.Count(), in.order())
		case v.said != nil:
			*v.numbers = v.said
		case p.Scale == 0 || alike(p.Scale, in.Scale):
			continue
		case v.alsoSaid && !n.guessed(v.of):
			// It was said in other units.
			*v.numbers = slices.Clone(*v.numbers)
			for c := range *v.numbers {
				(*v.numbers)[c] = float32(float64((*v.numbers)[c]) * brightest(p.Scale) / brightest(in.Scale))
			}
			continue
		default:
			// It belonged to pixels of another range.
			*v.numbers = slices.Repeat([]float32{v.plain}, in.Count())
			n.Said(v.of)
			n.Guess("nothing goes with that scale", v.of)
			continue
		}
		n.Said(v.of)
	}
	if p.Scale != 0 {
		in.Scale = p.Scale
		n.Said(AspectScale)
	}
	return nil
}

// brightest is what a pixel of 255 becomes by a scale. Factors are close to 1/255 only.
func brightest(scale float32) float64 {
	if b := 255 * float64(scale); math.Abs(b-1) > 1e-6 {
		return b
	}
	return 1
}

// alike reports whether two factors are the same, but for rounding.
func alike(a, b float32) bool { return math.Abs(float64(a)-float64(b)) <= 1e-6*math.Abs(float64(b)) }

// guessed reports whether an aspect is a guess.
func (n *Network) guessed(of Aspect) bool {
	return slices.ContainsFunc(n.Guesses, func(g Guess) bool { return g.Of == of })
}

// Presets lists the names that [Preset] knows.
func Presets() []string {
	return []string{"imagenet", "unit", "symmetric", "caffe", "none"}
}

// Preset is a usual preprocessing for an input with as many channels as in has:
//
//   - imagenet: (pixel/255 - mean)/std with the mean and the deviation of ImageNet, RGB
//   - unit: pixel/255, from 0 to 1
//   - symmetric: pixel/127.5 - 1, from -1 to 1
//   - caffe: pixel - mean with the mean of ImageNet in 0..255, BGR
//   - none: pixel, from 0 to 255
func Preset(name string, in Input) (Preprocessing, error) {
	const unit = 1.0 / 255
	of := func(scale, mean, std float32) Preprocessing {
		return Preprocessing{Scale: scale, Mean: []float32{mean}, Std: []float32{std}}
	}
	switch name {
	case "imagenet":
		usual := ImageNetInput(in.Height, in.Width)
		p := Preprocessing{Scale: usual.Scale}
		if in.Count() == len(RGB) {
			p.Channels = RGB
		} else {
			usual = usual.WithChannels(in.Channels)
		}
		p.Mean, p.Std = usual.Mean, usual.Std
		return p, nil
	case "unit":
		return of(unit, 0, 1), nil
	case "symmetric":
		return of(unit, 0.5, 0.5), nil
	case "caffe":
		return Preprocessing{Channels: BGR, Scale: 1, Mean: []float32{103.939, 116.779, 123.68}, Std: []float32{1}}, nil
	case "none":
		return of(1, 0, 1), nil
	}
	return Preprocessing{}, fmt.Errorf("preprocessing %q is not one of %s", name, strings.Join(Presets(), ", "))
}
