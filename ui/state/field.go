package state

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gaze/models"
	"gaze/models/weights"
)

// Field is a part of a network's description that the user can change.
type Field string

// The fields. Choices have the codes of package models as their texts.
const (
	FieldWidth      Field = "width"      // of the input, in pixels
	FieldHeight     Field = "height"     // of the input, in pixels
	FieldFit        Field = "fit"        // a models.Fit
	FieldResize     Field = "resize"     // the short side before the crop, in pixels
	FieldFilter     Field = "filter"     // one of models.Filters
	FieldChannels   Field = "channels"   // a models.Channels, as users write it
	FieldScale      Field = "scale"      // what pixels of 0..255 are multiplied by
	FieldMean       Field = "mean"       // a number, or one for each channel
	FieldStd        Field = "std"        // a number, or one for each channel
	FieldActivation Field = "activation" // a models.Activation
	FieldThreshold  Field = "threshold"  // in percent, or below 1
	FieldUnit       Field = "unit"       // any text
	FieldPositive   Field = "positive"   // the label of what a high output means
)

// Fields lists all of them.
func Fields() []Field {
	return []Field{
		FieldWidth, FieldHeight, FieldFit, FieldResize, FieldFilter, FieldChannels, FieldScale, FieldMean, FieldStd,
		FieldActivation, FieldThreshold, FieldUnit, FieldPositive,
	}
}

// aspect is what the field says something of, "" where that is never guessed.
func (f Field) aspect() models.Aspect {
	return map[Field]models.Aspect{
		FieldWidth: models.AspectSize, FieldHeight: models.AspectSize, FieldFit: models.AspectCrop, FieldResize: models.AspectResize,
		FieldChannels: models.AspectChannels, FieldScale: models.AspectScale, FieldMean: models.AspectMean, FieldStd: models.AspectStd,
		FieldActivation: models.AspectActivation, FieldPositive: models.AspectPositive,
	}[f]
}

// Fault is what is wrong with a field's text.
type Fault string

// The faults. Each says what [FieldError.Of] contains.
const (
	// FaultNumber: it is no number.
	FaultNumber Fault = "number"
	// FaultRange: the number is not between two others, which Of has.
	FaultRange Fault = "range"
	// FaultCount: there are as many numbers or channels as Of has, and then as many
	// as are needed.
	FaultCount Fault = "count"
	// FaultLetters: a channel is none of R, G, B, L and A.
	FaultLetters Fault = "letters"
	// FaultShort: the short side is less than the input's longer one, which Of has.
	FaultShort Fault = "short"
	// FaultLabel: it is none of the labels, which Of has.
	FaultLabel Fault = "label"
)

// FieldError tells of a text that cannot be meant.
type FieldError struct {
	Field Field
	Fault Fault
	Of    []string
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%s cannot be what it is given: %s %s", e.Field, e.Fault, strings.Join(e.Of, ", "))
}

func faulty(f Field, fault Fault, of ...any) *FieldError {
	e := &FieldError{Field: f, Fault: fault}
	for _, x := range of {
		e.Of = append(e.Of, fmt.Sprint(x))
	}
	return e
}

// The bounds of what a field may say. Those of an input are models.Input.Validate's.
const (
	largestSide  = 4096
	largestValue = 1e6
)

// say has a sidecar say what a field's text means for a network.
func say(s *weights.Sidecar, net *models.Network, f Field, text string) *FieldError {
	text = strings.TrimSpace(text)
	in := &s.Input
	switch f {
	case FieldWidth, FieldHeight:
		n, err := whole(f, text, 1, largestSide)
		if err != nil {
			return err
		}
		if in.Height == 0 {
			in.Height, in.Width = net.Input.Height, net.Input.Width
		}
		if f == FieldWidth {
			in.Width = n
		} else {
			in.Height = n
		}
	case FieldResize:
		n, err := whole(f, text, 1, largestSide)
		if err != nil {
			return err
		}
		in.Resize = n
	case FieldFit:
		in.Fit = models.Fit(text)
		side := max(in.Height, in.Width)
		if side == 0 {
			side = max(net.Input.Height, net.Input.Width)
		}
		switch {
		case in.Fit == models.FitStretch:
			in.Resize = 0
		case in.Resize == 0 && net.Input.Resize < side:
			// What is stretched may have no short side yet.
			in.Resize = models.ShortSide(side)
		}
	case FieldFilter:
		in.Filter = models.Filter(text)
	case FieldChannels:
		c, err := models.ParseChannels(text)
		switch {
		case err != nil:
			return faulty(f, FaultLetters)
		case len(c) != net.Input.Count():
			return faulty(f, FaultCount, len(c), net.Input.Count())
		}
		in.Channels, in.Stack = c, ""
	case FieldScale:
		v, err := number(f, text, math.SmallestNonzeroFloat32, largestValue)
		if err != nil {
			return err
		}
		in.Scale = float32(v)
	case FieldMean, FieldStd:
		lowest := -largestValue
		if f == FieldStd {
			// 255 divided by less would be more than networks can take.
			lowest = 1e-4
		}
		values, err := numbers(f, text, net.Input.Count(), lowest)
		if err != nil {
			return err
		}
		if f == FieldMean {
			in.Mean = values
		} else {
			in.Std = values
		}
	case FieldActivation:
		if a := models.Activation(text); a != s.Output.Activation {
			// What the former one needed goes with it.
			s.Output = models.Output{Activation: a}
		}
	case FieldThreshold:
		// "50 %", "50" and "0.5" are the same; no threshold is below a thousandth.
		v, err := number(f, strings.TrimSpace(strings.TrimSuffix(text, "%")), 0.001, 99.9)
		if err != nil {
			return err
		}
		if v >= 1 || strings.HasSuffix(text, "%") {
			v /= 100
		}
		s.Output.Threshold = v
	case FieldUnit:
		s.Output.Unit = text
	case FieldPositive:
		switch {
		case len(net.Labels) == 2 && !slices.Contains(net.Labels, text):
			return faulty(f, FaultLabel, strings.Join(net.Labels, ", "))
		case len(net.Labels) == 1 && text != "":
			// It is the only name.
			s.Names, s.Labels, s.Positive = []string{text}, "", ""
		default:
			s.Positive = text
		}
	}
	return nil
}

// whole reads a whole number between two others.
func whole(f Field, text string, low, high int) (int, *FieldError) {
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, faulty(f, FaultNumber)
	case n < low || n > high:
		return 0, faulty(f, FaultRange, low, high)
	}
	return n, nil
}

// number reads a number between two others, which may have a decimal comma or be a
// fraction such as 1/255.
func number(f Field, text string, low, high float64) (float64, *FieldError) {
	v, ok := decimal(text)
	if over, under, fraction := strings.Cut(text, "/"); fraction {
		var a, b float64
		var okB bool
		a, ok = decimal(over)
		b, okB = decimal(under)
		v, ok = a/b, ok && okB && b != 0
	}
	switch {
	case !ok:
		return 0, faulty(f, FaultNumber)
	case v < low || v > high:
		return 0, faulty(f, FaultRange, low, high)
	}
	return v, nil
}

func decimal(text string) (float64, bool) {
	text = strings.NewReplacer("−", "-", ",", ".").Replace(strings.TrimSpace(text))
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// numbers reads one number, or one for each channel, parted by spaces, semicolons or
// commas. A comma that parts nothing is a decimal one.
func numbers(f Field, text string, channels int, low float64) ([]float32, *FieldError) {
	parted := func(by string) []string {
		return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(by, r) })
	}
	words := parted(" ;,[]")
	if len(words) != 1 && len(words) != channels {
		words = parted(" ;[]")
	}
	if len(words) != 1 && len(words) != channels {
		return nil, faulty(f, FaultCount, len(words), channels)
	}
	values := make([]float32, len(words))
	for i, word := range words {
		v, err := number(f, word, low, largestValue)
		if err != nil {
			return nil, err
		}
		values[i] = float32(v)
	}
	return values, nil
}

// textOf is a field's text for what is in effect.
func textOf(net *models.Network, f Field) string {
	in := net.Input
	switch f {
	case FieldWidth:
		return strconv.Itoa(in.Width)
	case FieldHeight:
		return strconv.Itoa(in.Height)
	case FieldFit:
		return string(in.Fit)
	case FieldResize:
		return strconv.Itoa(in.Resize)
	case FieldFilter:
		return string(in.Sampling())
	case FieldChannels:
		return string(in.Channels)
	case FieldScale:
		return scaleText(in.Scale)
	case FieldMean:
		return models.Numbers(in.Mean)
	case FieldStd:
		return models.Numbers(in.Std)
	case FieldActivation:
		return string(net.Output.Kind())
	case FieldThreshold:
		return percent(net.Output.Level())
	case FieldUnit:
		return net.Output.Unit
	case FieldPositive:
		if net.TwoSided() && len(net.Labels) > 0 {
			return net.Labels[0]
		}
	}
	return ""
}

// percent writes a threshold.
func percent(share float64) string { return strconv.FormatFloat(100*share, 'g', 4, 64) + " %" }

// The factors by which pixels of 0..255 usually become numbers.
const (
	UnitScale = "1/255"
	ByteScale = "1"
)

// scaleText writes a factor.
func scaleText(scale float32) string {
	if (models.Input{Scale: scale}).UnitScale() {
		return UnitScale
	}
	return strconv.FormatFloat(float64(scale), 'g', -1, 32)
}

// saidText is a field's text where a sidecar says something of it.
func saidText(s *weights.Sidecar, f Field) (text string, said bool) {
	in := s.Input
	switch f {
	case FieldWidth:
		return strconv.Itoa(in.Width), in.Width != 0
	case FieldHeight:
		return strconv.Itoa(in.Height), in.Height != 0
	case FieldFit:
		return string(in.Fit), in.Fit != ""
	case FieldResize:
		return strconv.Itoa(in.Resize), in.Resize != 0
	case FieldFilter:
		return string(in.Filter), in.Filter != ""
	case FieldChannels:
		return string(in.Channels), in.Channels != ""
	case FieldScale:
		return scaleText(in.Scale), in.Scale != 0
	case FieldMean:
		return models.Numbers(in.Mean), in.Mean != nil
	case FieldStd:
		return models.Numbers(in.Std), in.Std != nil
	case FieldActivation:
		return string(s.Output.Activation), s.Output.Activation != ""
	case FieldThreshold:
		return percent(s.Output.Threshold), s.Output.Threshold != 0
	case FieldUnit:
		return s.Output.Unit, s.Output.Unit != ""
	case FieldPositive:
		return s.Positive, s.Positive != ""
	}
	return "", false
}
