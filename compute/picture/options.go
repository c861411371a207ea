package picture

import "fmt"

// Options say how a picture is read. The zero value is what networks from PyTorch are
// trained with.
type Options struct {
	Limits
	// Window says what is black and what is white.
	Window Window
	// Alpha says what becomes of transparency.
	Alpha Alpha
	// ICC converts colours to sRGB by the file's colour profile. Without it profiles are
	// ignored, as torchvision ignores them.
	ICC bool
	// Strips leaves a picture of more than 16 million pixels as it is stored, and makes
	// its colours strip by strip when they are looked at, which takes less memory. Its
	// [Picture.Image] is nil. It has no effect on any number.
	Strips bool
}

// Alpha is what becomes of what is transparent.
type Alpha string

// The ways of dealing with transparency.
const (
	// AlphaDrop takes the colours as they are in the file, as Pillow's convert("RGB")
	// does, which the loaders of torchvision and Keras call. It is the zero value.
	AlphaDrop Alpha = ""
	// AlphaWhite and AlphaBlack lay the picture on white or on black.
	AlphaWhite Alpha = "white"
	AlphaBlack Alpha = "black"
)

// ParseAlpha reads "white", "black" or "drop"; an empty text is drop.
func ParseAlpha(text string) (Alpha, error) {
	switch text {
	case "", "drop":
		return AlphaDrop, nil
	case string(AlphaWhite), string(AlphaBlack):
		return Alpha(text), nil
	}
	return "", fmt.Errorf("alpha %q is neither white nor black nor drop", text)
}

// String is the name that [ParseAlpha] reads.
func (a Alpha) String() string {
	if a == AlphaDrop {
		return "drop"
	}
	return string(a)
}

// String says what differs from the zero value, except limits, as "window=0,255
// alpha=white icc"; it is empty for the zero value.
func (o Options) String() string {
	text := ""
	if o.Window != (Window{}) {
		text += " window=" + o.Window.String()
	}
	if o.Alpha != AlphaDrop {
		text += " alpha=" + o.Alpha.String()
	}
	if o.ICC {
		text += " icc"
	}
	if o.Strict {
		text += " strict"
	}
	if text != "" {
		text = text[1:]
	}
	return text
}
