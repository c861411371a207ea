package words

import (
	"strings"

	"fyne.io/fyne/v2/lang"

	"gaze/models"
	"gaze/ui/state"
)

// Caution says in a few words why a network's description has to be looked at, ""
// where it has not.
func Caution(c state.Caution) string {
	switch c {
	case state.GuessedLabels:
		return lang.L("Class names guessed – check")
	case state.GuessedOutputs:
		return lang.L("Outputs guessed – check")
	case state.GuessedLayers:
		return lang.L("Layers guessed – check")
	case state.GuessedInput:
		return lang.L("Input guessed – check")
	case state.DoubtfulInput:
		return lang.L("Input looks wrong – check")
	}
	return ""
}

// Field names a part of a network's description.
func Field(f state.Field) string {
	switch f {
	case state.FieldWidth, state.FieldHeight:
		return lang.L("Size")
	case state.FieldFit:
		return lang.L("Part seen")
	case state.FieldResize:
		return lang.L("Short side")
	case state.FieldFilter:
		return lang.L("Filter")
	case state.FieldChannels:
		return lang.L("Channels")
	case state.FieldScale:
		return lang.L("Pixels")
	case state.FieldMean:
		return lang.L("Mean")
	case state.FieldStd:
		return lang.L("Deviation")
	case state.FieldActivation:
		return lang.L("Answers")
	case state.FieldThreshold:
		return lang.L("Said from")
	case state.FieldUnit:
		return lang.L("Unit")
	case state.FieldPositive:
		return lang.L("High means")
	}
	return string(f)
}

// Option names one of the texts that a field can have, in the window's language.
func Option(f state.Field, text string) string {
	switch f {
	case state.FieldFit:
		switch models.Fit(text) {
		case models.FitCrop:
			return lang.L("the centre")
		case models.FitStretch:
			return lang.L("all, stretched")
		}
	case state.FieldFilter:
		return Filter(models.Filter(text))
	case state.FieldScale:
		switch text {
		case state.UnitScale:
			return lang.L("from 0 to 1")
		case state.ByteScale:
			return lang.L("from 0 to 255")
		}
		return lang.L("times {{.Factor}}", map[string]any{"Factor": text})
	case state.FieldActivation:
		switch models.Activation(text) {
		case models.ActivationSoftmax:
			return lang.L("one class (softmax)")
		case models.ActivationSigmoid:
			return lang.L("each class alone (sigmoid)")
		case models.ActivationNone:
			return lang.L("numbers (none)")
		}
	}
	return text
}

// Preset names a usual preprocessing.
func Preset(name string) string {
	switch name {
	case "imagenet":
		return lang.L("as for ImageNet")
	case "unit":
		return lang.L("from 0 to 1")
	case "symmetric":
		return lang.L("from −1 to 1")
	case "caffe":
		return lang.L("as in Caffe (BGR)")
	case "none":
		return lang.L("from 0 to 255")
	}
	return name
}

// Fault says what is wrong with a field's text.
func Fault(e *state.FieldError) string {
	of := func(i int) string {
		if i < len(e.Of) {
			return e.Of[i]
		}
		return ""
	}
	switch e.Fault {
	case state.FaultNumber:
		return lang.L("This is no number.")
	case state.FaultRange:
		return lang.L("This has to be between {{.Low}} and {{.High}}.", map[string]any{"Low": of(0), "High": of(1)})
	case state.FaultCount:
		return lang.L("These are {{.Count}}; the network has {{.Channels}} channels.", map[string]any{"Count": of(0), "Channels": of(1)})
	case state.FaultLetters:
		return lang.L("Channels are the letters R, G, B, L (grey) and A (alpha).")
	case state.FaultShort:
		return lang.L("The part seen has {{.Side}} pixels and more.", map[string]any{"Side": of(0)})
	case state.FaultLabel:
		return lang.L("The classes are {{.Labels}}.", map[string]any{"Labels": of(0)})
	}
	return e.Error()
}

// Guess says that something was assumed, and why.
func Guess(why string) string {
	if why == "" {
		return lang.L("guessed")
	}
	return lang.L("guessed: {{.Why}}", map[string]any{"Why": basis(why)})
}

// basis says on what a guess rests. Those who read files write it in English; what
// they write often is translated.
func basis(why string) string {
	switch why {
	case "ImageNet's":
		return lang.L("ImageNet's")
	case "the file leaves it open":
		return lang.L("the file leaves it open")
	case "one output":
		return lang.L("one output")
	case "several outputs":
		return lang.L("several outputs")
	case "nothing goes with that scale":
		return lang.L("nothing goes with that scale")
	}
	return why
}

// Doubt says why what is said of a network may be wrong.
func Doubt(d models.Doubt) string {
	of := func(names ...string) map[string]any { return places(names, d.Of) }
	switch d.Kind {
	case models.DoubtMeanAbove:
		return lang.L("A mean of {{.Mean}} is above every pixel, which is at most {{.Most}} here: is it one of pixels from 0 to 255?", of("Mean", "Most"))
	case models.DoubtMeanOfFractions:
		return lang.L("A mean of {{.Mean}} is one of pixels from 0 to 1, and these go up to {{.Most}}: is the scale right?", of("Mean", "Most"))
	case models.DoubtWide:
		return lang.L("With a deviation of {{.Std}} the input goes from {{.Low}} to {{.High}}, which is more than networks take: is it one of pixels from 0 to 1?", of("Std", "Low", "High"))
	case models.DoubtFlat:
		return lang.L("With a deviation of {{.Std}} the input goes from {{.Low}} to {{.High}}, so that all pictures look the same: is it one of pixels from 0 to 255?", of("Std", "Low", "High"))
	case models.DoubtTwice:
		return lang.L("The network brings pixels of 0 to 255 into range itself, and gets numbers from {{.Low}} to {{.High}}: is it to have them as they are, from 0 to 255?", of("Low", "High"))
	case models.DoubtLogits:
		return lang.L("A logit of {{.Logit}} is larger than trained networks give: the network may see something else than it was trained on.", of("Logit"))
	}
	return d.String()
}

// Aspect names what of a network was assumed.
func Aspect(a models.Aspect) string {
	switch a {
	case models.AspectSize:
		return lang.L("size")
	case models.AspectResize:
		return lang.L("short side")
	case models.AspectCrop:
		return lang.L("crop")
	case models.AspectChannels:
		return lang.L("order of the channels")
	case models.AspectScale:
		return lang.L("range of the pixels")
	case models.AspectMean:
		return lang.L("mean")
	case models.AspectStd:
		return lang.L("standard deviation")
	case models.AspectLabels:
		return lang.L("labels")
	case models.AspectActivation:
		return lang.L("meaning of the outputs")
	case models.AspectPositive:
		return lang.L("what a high output means")
	case models.AspectHead:
		return lang.L("what follows the layers with parameters")
	case models.AspectStem:
		return lang.L("stride of the first convolution")
	case models.AspectLayer:
		return lang.L("default layer")
	}
	return string(a)
}

// GuessOf says what of a network was assumed, and why.
func GuessOf(g models.Guess) string { return Aspect(g.Of) + ": " + Guess(g.Why) }

// Guesses names what nobody has said of a network, "" where all is said.
func Guesses(net *models.Network) string {
	var list []string
	for _, g := range net.Guesses {
		list = append(list, Aspect(g.Of))
	}
	if len(list) == 0 {
		return ""
	}
	return lang.L("Nothing says it: {{.What}}", map[string]any{"What": strings.Join(list, ", ")})
}
