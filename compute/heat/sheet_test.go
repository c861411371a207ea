package heat_test

import (
	"image"
	"slices"
	"strings"
	"testing"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

func TestSheetBoundsItsSize(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {20000, 1}, {1, 20000}, {3000, 2000}, {0, 0}} {
		c := comparison(1, 1)
		c.Original, c.Frame = image.NewNRGBA(image.Rectangle{Max: size}), image.Rectangle{Max: size}
		got := heat.Sheet(c).Rect.Size()
		if got.X < 3*320 || got.X > 3*800+300 || got.Y < 100 || got.Y > 800+600 {
			t.Errorf("a picture of %v makes a sheet of %v", size, got)
		}
	}
}

func TestSheetStandsOddInput(t *testing.T) {
	long := strings.Repeat("长", 500)
	for name, change := range map[string]func(*heat.Comparison){
		"nothing said":       func(c *heat.Comparison) { c.Caption = heat.Caption{} },
		"no map":             func(c *heat.Comparison) { c.Map = cam.Map{} },
		"no numbers":         func(c *heat.Comparison) { c.Map = row(nan, inf) },
		"not a probability":  func(c *heat.Comparison) { c.Caption.Probability, c.Caption.Logit, c.Opacity = nan, inf, float64(nan) },
		"frame outside":      func(c *heat.Comparison) { c.Frame = image.Rect(500, 500, 600, 600) },
		"frame far too big":  func(c *heat.Comparison) { c.Frame = image.Rect(-1<<20, -1<<20, 1<<20, 1<<20) },
		"bounds not at zero": func(c *heat.Comparison) { c.Original = c.Original.(*image.NRGBA).SubImage(image.Rect(10, 10, 60, 40)) },
		"not UTF-8":          func(c *heat.Comparison) { c.Caption.File = "\xff\x00\n.jpg" },
		"endless": func(c *heat.Comparison) {
			c.Caption = heat.Caption{File: long, Network: long, Layer: long, Method: long, Class: long, Notices: []string{long}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := comparison(80, 50)
			change(&c)
			if size := heat.Sheet(c).Rect.Size(); size.X < 3*320 || size.Y > 1400 {
				t.Errorf("size is %v", size)
			}
		})
	}
}

// A number is no probability of 100 %, and a sigmoid's threshold stands beside its
// probability.
func TestSheetSaysWhatTheNetworkSays(t *testing.T) {
	for _, c := range []struct {
		caption heat.Caption
		want    []string
	}{
		{heat.Caption{Probability: 0.9341, Logit: 21.37}, []string{"Probability", "93.41 %", "Logit", "21.4"}},
		{heat.Caption{Probability: 0.9341, Logit: 2.65, Threshold: 0.5}, []string{"Probability", "93.41 % (said from 50 %)", "Logit", "2.65"}},
		{heat.Caption{Probability: nan, Logit: 63.25, Unit: "years"}, []string{"Value", "63.25 years"}},
		{heat.Caption{Probability: nan, Logit: -2}, []string{"Value", "−2"}},
	} {
		if got := c.caption.Answer(); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q, not %q", c.caption, got, c.want)
		}
	}
}

func TestSheetCountsBrokenValuesInANotice(t *testing.T) {
	c := comparison(80, 50)
	before := heat.Sheet(c).Rect.Dy()
	c.Map.Values[0] = nan
	if after := heat.Sheet(c).Rect.Dy(); after <= before {
		t.Errorf("the sheet is %d pixels high with and %d without a broken value; want a notice more", after, before)
	}
}
