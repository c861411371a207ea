package heat_test

import (
	"image/color"
	"math"
	"testing"

	"gaze/compute/heat"
)

func TestTurboIsTheDefault(t *testing.T) {
	if got := heat.Colormaps()[0].Name; got != "turbo" {
		t.Errorf("first colour map is %s, want turbo", got)
	}
	turbo := mustColormap(t, "turbo")
	for _, c := range []heat.Colormap{{}, mustColormap(t, "")} {
		if got, want := c.At(0.3), turbo.At(0.3); got != want {
			t.Errorf("default at 0.3 is %v, want turbo's %v", got, want)
		}
		if c.String() != "turbo" {
			t.Errorf("default is called %q, want turbo", c)
		}
	}
}

func TestColormapsAreFoundByName(t *testing.T) {
	for _, name := range []string{"turbo", "Viridis", "INFERNO", "magma", "jet", "grey", "gray"} {
		if _, err := heat.ByName(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := heat.ByName("rainbow"); err == nil {
		t.Error("a colour map called rainbow was found")
	}
}

func TestColoursOfKnownValues(t *testing.T) {
	rgb := func(r, g, b uint8) color.NRGBA { return color.NRGBA{r, g, b, 255} }
	for _, c := range []struct {
		name  string
		value float64
		want  color.NRGBA
	}{
		{"grey", 0, rgb(0, 0, 0)},
		{"grey", 0.5, rgb(128, 128, 128)},
		{"grey", 1, rgb(255, 255, 255)},
		{"grey", -3, rgb(0, 0, 0)},
		{"grey", 7, rgb(255, 255, 255)},
		{"grey", math.NaN(), rgb(0, 0, 0)},
		{"grey", math.Inf(1), rgb(255, 255, 255)},
		{"jet", 0, rgb(0, 0, 128)},
		{"jet", 1, rgb(128, 0, 0)},
		{"jet", 0.2, rgb(0, 77, 255)},
		{"viridis", 0, rgb(0x44, 0x01, 0x54)},
		{"inferno", 0, rgb(0, 0, 4)},
		{"magma", 1, rgb(0xfc, 0xfd, 0xbf)},
	} {
		if got := mustColormap(t, c.name).At(c.value); got != c.want {
			t.Errorf("%s at %v is %v, want %v", c.name, c.value, got, c.want)
		}
	}
}
