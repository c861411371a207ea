package doctor

import (
	"fmt"
	"path/filepath"
	"strings"

	"gaze/models"
)

// understood says what Gaze reads of the file.
func understood(net *models.Network) Section {
	s := Section{Heading: say("What Gaze reads")}
	s.add(say("network"), say("{architecture}: {layers} layers, {parameters} parameters",
		"architecture", net.Architecture, "layers", len(net.Layers), "parameters", count(net.Parameters())))
	s.add(say("picture"), say("{width}x{height}, {channels}, {cut}",
		"width", net.Input.Width, "height", net.Input.Height, "channels", channels(net.Input), "cut", cut(net.Input)))
	s.add(say("pixels"), say("{range}, mean {mean}, deviation {std}",
		"range", pixels(net.Input), "mean", models.Numbers(net.Input.Mean), "std", models.Numbers(net.Input.Std)))
	s.add(say("answer"), answer(net))
	s.add(say("classes"), classes(net))
	if layer := net.DefaultLayer(); layer != "" {
		l, _ := net.Layer(layer)
		height, width := l.Plane()
		s.add(say("layer"), say("{layer}, {width}x{height}, is explained unless another is asked for", "layer", layer, "width", width, "height", height))
	} else {
		s.add(say("layer"), say("no layer has an extent in space, so there is nothing to draw"))
	}
	return s
}

func channels(in models.Input) Phrase {
	if in.Stack != "" {
		return say("{count} channels from files {pattern}", "count", in.Count(), "pattern", in.Stack)
	}
	if in.Channels == models.Gray {
		return say("grey")
	}
	return say("{letters}", "letters", string(in.Channels))
}

func cut(in models.Input) Phrase {
	if in.Fit == models.FitStretch {
		return say("stretched")
	}
	return say("cut from the centre of a short side of {resize}", "resize", in.Resize)
}

func pixels(in models.Input) Phrase {
	switch {
	case in.UnitScale():
		return say("from 0 to 1")
	case in.Scale == 1:
		return say("from 0 to 255")
	}
	return say("times {scale}", "scale", in.Scale)
}

func answer(net *models.Network) Phrase {
	switch {
	case !net.Output.Probabilities() && net.TwoSided():
		return say("one number {unit}", "unit", net.Output.Unit)
	case !net.Output.Probabilities():
		return say("{count} numbers {unit}", "count", net.Outputs(), "unit", net.Output.Unit)
	case net.TwoSided():
		return say("yes or no: one output, by a sigmoid")
	case net.Output.Exclusive():
		return say("one of {count} classes, by a softmax", "count", net.Classes())
	}
	return say("each of {count} classes for itself, by a sigmoid", "count", net.Classes())
}

func classes(net *models.Network) Phrase {
	if len(net.Labels) == 0 {
		return say("they have no names; labels.txt beside the file, one name a line, gives them")
	}
	const shown = 6
	var names []string
	for i := range min(net.Classes(), shown) {
		names = append(names, net.Label(i))
	}
	if more := net.Classes() - shown; more > 0 {
		return say("{names}, and {more} more", "names", strings.Join(names, ", "), "more", more)
	}
	return say("{names}", "names", strings.Join(names, ", "))
}

// remarks are what was decided when the network was read.
func remarks(net *models.Network) Section {
	s := Section{Heading: say("What was decided")}
	for _, n := range net.Notes {
		s.add(Phrase{}, noteOf(n))
	}
	return s
}

// guessed says what nothing states, and which flag or which line of a sidecar states
// it.
func guessed(net *models.Network) Section {
	s := Section{Heading: say("What Gaze guesses, because nothing says it")}
	for _, g := range net.Guesses {
		value := guessOf(net, g.Of)
		if g.Why != "" {
			value = say("{value} ({why})", "value", value, "why", whyOf(g.Why))
		}
		s.add(aspectOf(g.Of), value)
	}
	if len(s.Lines) > 0 {
		s.add(Phrase{}, say("To say it: flags such as --preprocess, --size, --mean, --activation, --labels, or a file {name}.json beside it (docs/networks.md).", "name", stemOf(net)))
	}
	return s
}

func stemOf(net *models.Network) string {
	return strings.TrimSuffix(net.Source, filepath.Ext(net.Source))
}

func aspectOf(a models.Aspect) Phrase {
	return map[models.Aspect]Phrase{
		models.AspectSize: say("size"), models.AspectResize: say("short side"), models.AspectCrop: say("crop"), models.AspectChannels: say("channels"),
		models.AspectScale: say("pixels"), models.AspectMean: say("mean"), models.AspectStd: say("deviation"), models.AspectActivation: say("answer"),
		models.AspectPositive: say("high output"), models.AspectLabels: say("class names"), models.AspectLayer: say("layer"),
		models.AspectHead: say("head"), models.AspectStem: say("stem"),
	}[a]
}

// guessOf is what was assumed.
func guessOf(net *models.Network, of models.Aspect) Phrase {
	in := net.Input
	switch of {
	case models.AspectSize:
		return say("{width}x{height}", "width", in.Width, "height", in.Height)
	case models.AspectResize:
		return say("{resize} before the crop", "resize", in.Resize)
	case models.AspectCrop:
		if in.Fit == models.FitStretch {
			return say("stretched")
		}
		return say("from the centre")
	case models.AspectChannels:
		return channels(in)
	case models.AspectScale:
		return pixels(in)
	case models.AspectMean:
		return say("{numbers}", "numbers", models.Numbers(in.Mean))
	case models.AspectStd:
		return say("{numbers}", "numbers", models.Numbers(in.Std))
	case models.AspectActivation:
		return answer(net)
	case models.AspectPositive:
		return say("{label}", "label", net.Label(0))
	case models.AspectLabels:
		return say("ImageNet's")
	case models.AspectLayer:
		return say("{layer}", "layer", net.DefaultLayer())
	case models.AspectHead:
		return say("what stands between the parameters")
	case models.AspectStem:
		return say("stride 1, no pooling")
	}
	return say("{aspect}", "aspect", string(of))
}

// reasons are those that the readers of networks give for guesses; {value} stands for
// what differs.
func reasons() []string {
	return []string{
		"ImageNet's", "as for {value}'s published weights", "of the 3x3 kernel of {value}", "the file takes {value} channels",
		"the file leaves it open", "several outputs", "one output", "the network scales pixels itself",
		"the network normalises pixels itself", "the network takes whole numbers from -128 to 127", "of two names",
		"as keras.applications does for {value}", "the file does not scale pixels", "of the module {value}", "a ReLU after {value}",
		"no ReLU after features.norm5", "nothing goes with that scale", "as Keras' load_img",
	}
}

// whyOf is a reason, with what differs taken out so that it can be translated.
func whyOf(why string) Phrase {
	for _, form := range reasons() {
		before, after, _ := strings.Cut(form, "{value}")
		if middle, ok := strings.CutPrefix(why, before); ok {
			if value, ok := strings.CutSuffix(middle, after); ok {
				return say(form, "value", value)
			}
		}
	}
	return Phrase{English: why}
}

// noteOf is a note as a phrase, with {0}, {1} ... in the places of its texts.
func noteOf(n models.Note) Phrase {
	p := Phrase{English: n.Form(), Values: make(map[string]any, len(n.Of))}
	for i, text := range n.Of {
		p.English = strings.Replace(p.English, "%s", fmt.Sprintf("{%d}", i), 1)
		p.Values[fmt.Sprint(i)] = text
	}
	return p
}

// count writes a large number with a unit.
func count(n int) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f M", float64(n)/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%.0f k", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}
