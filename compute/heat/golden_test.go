package heat_test

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"testing"

	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/compute/output/golden"
)

// scene is a drawn photograph: a sky, a lawn and a red ball. It is made of
// integers, which are the same on every processor.
func scene(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	cx, cy, r := 62*width/100, 55*height/100, max(1, min(width, height)/5)
	for y := range height {
		c := color.NRGBA{uint8(150 + 80*y/height), uint8(190 + 40*y/height), 240, 255}
		if 5*y > 3*height {
			c = color.NRGBA{uint8(70 + 60*y/height), uint8(110 + 60*y/height), 60, 255}
		}
		for x := range width {
			img.SetNRGBA(x, y, c)
			if d := (x-cx)*(x-cx) + (y-cy)*(y-cy); d < r*r {
				img.SetNRGBA(x, y, color.NRGBA{uint8(225 - 90*d/(r*r)), uint8(60 - 30*d/(r*r)), uint8(50 - 20*d/(r*r)), 255})
			}
		}
	}
	return img
}

// hill is a map with one summit of the given height over a valley below zero.
// Rounding makes it, too, the same everywhere.
func hill(height, width int, summit float64) cam.Map {
	m := cam.Map{Height: height, Width: width, Values: make([]float32, height*width)}
	for i := range m.Values {
		x, y := (float64(i%width)+0.5)/float64(width), (float64(i/width)+0.5)/float64(height)
		d := (x-0.68)*(x-0.68) + (y-0.55)*(y-0.55)
		m.Values[i] = float32(math.Round(256*summit*(1.2*math.Exp(-d/0.04)-0.2)) / 256)
	}
	return m
}

func centred(width, height int) image.Rectangle {
	side := min(width, height)
	return image.Rect(0, 0, side, side).Add(image.Pt((width-side)/2, (height-side)/2))
}

func comparison(width, height int) heat.Comparison {
	return heat.Comparison{
		Original: scene(width, height),
		Frame:    centred(width, height),
		Map:      hill(13, 13, 2.1),
		Opacity:  0.5,
		Caption: heat.Caption{
			File: "playground.jpg", Network: "squeezenet1_1", Layer: "features.12", Method: "Grad-CAM",
			Class: "soccer ball", Probability: 0.9341, Logit: 21.37,
		},
	}
}

func TestSheetLooksAsItShould(t *testing.T) {
	landscape := comparison(1200, 800)

	portrait := comparison(450, 800)
	portrait.Colormap = mustColormap(t, "viridis")
	portrait.Caption.Class = "great white shark, white shark, man-eater, man-eating shark, Carcharodon carcharias"
	portrait.Caption.File = "a very long name of a photograph that somebody once took on a beach (copy 2 of 17).jpeg"
	portrait.Caption.Layer = "layer4.2.downsample.with.a.name.that.no.column.is.wide.enough.to.hold.conv3"
	portrait.Caption.Notices = []string{
		"Grad-CAM and HiResCAM are the same map at this layer, because only global average pooling and one linear layer follow.",
		"The picture is smaller than the network's input.",
	}

	tiny := comparison(7, 5)
	tiny.Map = cam.Map{Height: 1, Width: 2, Values: []float32{0.25, 1}}
	tiny.Frame = tiny.Original.Bounds()

	empty := comparison(640, 480)
	empty.Map = hill(13, 13, -0.4)
	for i, v := range empty.Map.Values {
		empty.Map.Values[i] = min(v, -0.001)
	}
	empty.Caption.Notices = []string{"The map is empty: nothing at this layer speaks for the class."}

	number := comparison(320, 240)
	number.Caption.Class, number.Caption.Probability, number.Caption.Logit, number.Caption.Unit = "higher", nan, 63.25, "years"
	number.Caption.Notices = []string{"Guessed: pictures of 224x224, RGB, pixels from 0 to 1, a mean of 0.485 0.456 0.406, a standard deviation of 0.229 0.224 0.225."}

	for name, c := range map[string]heat.Comparison{
		"sheet-landscape": landscape, "sheet-portrait": portrait, "sheet-tiny": tiny, "sheet-empty": empty, "sheet-number": number,
	} {
		t.Run(name, func(t *testing.T) { golden.Image(t, name, heat.Sheet(c)) })
	}
}

func TestGridLooksAsItShould(t *testing.T) {
	c := comparison(600, 400)
	g := heat.Grid{Original: c.Original, Frame: c.Frame, Title: "mug.jpg · coffee mug · squeezenet1_1 · features.12", Colormap: c.Colormap, Opacity: 0.5}
	for i, name := range []string{"Grad-CAM", "HiResCAM", "LayerCAM", "Random-CAM"} {
		g.Cells = append(g.Cells, heat.Cell{Name: name, Map: hill(13, 13, float64(i)-0.5), Lines: []string{"Deletion 0.111", "Insertion 0.678"}})
	}
	golden.Image(t, "grid", heat.GridSheet(g))
}

func TestOverlayLooksAsItShould(t *testing.T) {
	c := comparison(300, 200)
	golden.Image(t, "blend", heat.Blend(c.Original, c.Frame, c.Map, c.Colormap, 0.5))
	golden.Image(t, "overlay", heat.Overlay(c.Original.Bounds(), c.Frame, c.Map, c.Colormap))
}

func TestColormapsLookAsTheyShould(t *testing.T) {
	const height = 24
	maps := heat.Colormaps()
	img := image.NewNRGBA(image.Rect(0, 0, 256, height*len(maps)))
	for i, c := range maps {
		for x := range 256 {
			at := image.Rect(x, height*i, x+1, height*(i+1))
			draw.Draw(img, at, image.NewUniform(c.At(float64(x)/255)), image.Point{}, draw.Src)
		}
	}
	golden.Image(t, "colormaps", img)
}

func mustColormap(t *testing.T, name string) heat.Colormap {
	t.Helper()
	c, err := heat.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
