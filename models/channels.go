package models

import (
	"fmt"
	"strings"
)

// Channels says what the channels of a network's input are, with a letter for
// each, in order: R, G and B for a picture's colours, L for its grey, A for its
// alpha. Grey is L = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded as in PIL.
type Channels string

// The usual channels.
const (
	RGB       Channels = "RGB"
	BGR       Channels = "BGR"
	Gray      Channels = "L"
	GrayAlpha Channels = "LA"
	RGBA      Channels = "RGBA"
)

// maxChannels bounds how many channels an input has: more than cameras with
// hundreds of bands give.
const maxChannels = 1024

// ChannelsFor is the rule by which a picture's colours become n channels, at least
// one, where nothing says it: grey, grey and alpha, RGB, RGBA, and for more the
// three colours again and again.
func ChannelsFor(n int) Channels {
	switch n {
	case 1:
		return Gray
	case 2:
		return GrayAlpha
	case 4:
		return RGBA
	}
	return Channels(strings.Repeat(string(RGB), n/3+1)[:n])
}

// ParseChannels reads channels as users write them, in any case: letters, or "gray"
// or "grey".
func ParseChannels(text string) (Channels, error) {
	c := Channels(strings.ToUpper(text))
	if c == "GRAY" || c == "GREY" {
		c = Gray
	}
	return c, c.validate()
}

// Has reports whether one of the channels is that of a letter.
func (c Channels) Has(letter Channels) bool { return strings.Contains(string(c), string(letter)) }

// Colours is how many of red, green and blue are among the channels.
func (c Channels) Colours() int {
	n := 0
	for _, letter := range []Channels{"R", "G", "B"} {
		if c.Has(letter) {
			n++
		}
	}
	return n
}

// Coloured reports whether red, green or blue is among the channels.
func (c Channels) Coloured() bool { return c.Colours() > 0 }

func (c Channels) validate() error {
	if c == "" || len(c) > maxChannels {
		return fmt.Errorf("%d channels are not between 1 and %d", len(c), maxChannels)
	}
	if strings.Trim(string(c), "RGBLA") != "" {
		return fmt.Errorf("channels %q are not made of the letters R, G, B, L (grey) and A (alpha)", string(c))
	}
	return nil
}

// String is the letters, or "grey" for the one grey channel.
func (c Channels) String() string {
	if c == Gray {
		return "grey"
	}
	return string(c)
}
