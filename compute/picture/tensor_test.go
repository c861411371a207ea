package picture_test

import (
	"image"
	"image/color"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute/picture"
	"gaze/models"
)

// levels is an input of w x h that leaves pixel values as they are.
func levels(w, h int, fit models.Fit, resize int) models.Input {
	return models.Input{Width: w, Height: h, Fit: fit, Resize: resize, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}}
}

// row is a grey picture of one row.
func row(values ...uint8) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, len(values), 1))
	for x, v := range values {
		img.Set(x, 0, color.Gray{v})
	}
	return img
}

// TestCubicResizingIsPILs compares with what PIL's resize makes of the same rows
// with its BICUBIC.
func TestCubicResizingIsPILs(t *testing.T) {
	for _, c := range []struct{ from, to []uint8 }{
		{[]uint8{0, 70, 140, 210}, []uint8{41, 169}},
		{[]uint8{0, 0, 0, 80, 0, 0}, []uint8{0, 34, 10}},
		{[]uint8{0, 100}, []uint8{0, 21, 79, 109}},
		{[]uint8{3, 1, 4, 1, 5}, []uint8{3, 1, 4, 1, 5}},
		{[]uint8{0, 255, 0, 255}, []uint8{0, 87, 251, 128, 4, 168, 255}},
		{[]uint8{10, 200, 30, 250, 90, 0, 255}, []uint8{95, 139, 115}},
	} {
		in := levels(len(c.to), 1, models.FitStretch, 0)
		in.Filter = models.FilterBicubic
		x, _, err := picture.Tensor(row(c.from...), in)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.to {
			if got := x.Data().([]float32)[i]; got != float32(want) {
				t.Errorf("%v became %v at %d, want %v", c.from, got, i, c.to)
			}
		}
	}
}

// TestNearestIsPILs compares with what PIL's resize makes of the same rows with its
// NEAREST. In the last two rows, the centre of output 149 is at 1, and the sum of
// steps that PIL makes comes to less.
func TestNearestIsPILs(t *testing.T) {
	for _, c := range []struct {
		from int
		to   map[int]int
		of   int
	}{
		{4, map[int]int{0: 1, 1: 3}, 2},
		{2, map[int]int{0: 0, 1: 0, 2: 1, 3: 1}, 4},
		{10, map[int]int{0: 0, 1: 2, 2: 3, 3: 5, 4: 6, 5: 7, 6: 9}, 7},
		{37, map[int]int{0: 1, 1: 4, 2: 7, 3: 9, 4: 12, 5: 15, 6: 18, 7: 21, 8: 24, 9: 27, 10: 29, 11: 32, 12: 35}, 13},
		{1, map[int]int{0: 0, 1: 0, 2: 0}, 3},
		{2, map[int]int{148: 0, 149: 0, 150: 1, 298: 1}, 299},
		{4, map[int]int{148: 1, 149: 1, 150: 2, 298: 3}, 299},
	} {
		from := make([]uint8, c.from)
		for i := range from {
			from[i] = uint8(i)
		}
		in := levels(c.of, 1, models.FitStretch, 0)
		in.Filter = models.FilterNearest
		x, _, err := picture.Tensor(row(from...), in)
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range c.to {
			if got := x.Data().([]float32)[at]; got != float32(want) {
				t.Errorf("%d pixels became %d: pixel %d is pixel %v, want %d", c.from, c.of, at, got, want)
			}
		}
	}
}

// TestResizingIsPILs: weights computed by hand from the triangle filter.
func TestResizingIsPILs(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to []uint8
	}{
		// Halved: the triangle is two outputs wide and cut off at the ends,
		// which leaves 3/7, 3/7, 1/7.
		{"halved", []uint8{0, 70, 140, 210}, []uint8{50, 160}},
		// Inside, it is 1/8, 3/8, 3/8, 1/8.
		{"halved inside", []uint8{0, 0, 0, 80, 0, 0}, []uint8{0, 30, 11}},
		// Doubled: 3/4 of the nearer sample, 1/4 of the farther.
		{"doubled", []uint8{0, 100}, []uint8{0, 25, 75, 100}},
		{"as it is", []uint8{3, 1, 4, 1, 5}, []uint8{3, 1, 4, 1, 5}},
		{"a half rounds up", []uint8{0, 2}, []uint8{0, 1, 2, 2}},
		{"one pixel spreads", []uint8{9}, []uint8{9, 9, 9}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, seen, err := picture.Tensor(row(c.from...), levels(len(c.to), 1, models.FitStretch, 0))
			if err != nil {
				t.Fatal(err)
			}
			got := make([]uint8, len(c.to))
			for i := range got {
				got[i] = uint8(x.Data().([]float32)[i])
			}
			if !slices.Equal(got, c.to) {
				t.Errorf("%v became %v, want %v", c.from, got, c.to)
			}
			if seen != image.Rect(0, 0, len(c.from), 1) {
				t.Errorf("seen %v, want all", seen)
			}
		})
	}
}

// TestCropIsTorchvisions checks what is seen of pictures of several sizes.
func TestCropIsTorchvisions(t *testing.T) {
	for _, c := range []struct {
		size   image.Point
		in     models.Input
		seen   image.Rectangle
		reason string
	}{
		{image.Pt(256, 256), levels(224, 224, models.FitCrop, 256), image.Rect(16, 16, 240, 240), "nothing to resize"},
		{image.Pt(512, 1024), levels(224, 224, models.FitCrop, 256), image.Rect(32, 288, 480, 736), "halved"},
		{image.Pt(259, 256), levels(224, 224, models.FitCrop, 256), image.Rect(18, 16, 242, 240), "35/2 rounds to the even 18"},
		{image.Pt(257, 256), levels(224, 224, models.FitCrop, 256), image.Rect(16, 16, 240, 240), "33/2 rounds to the even 16"},
		{image.Pt(3, 5), levels(3, 3, models.FitCrop, 3), image.Rect(0, 1, 3, 4), "smallest"},
		{image.Pt(10, 4), levels(6, 2, models.FitStretch, 0), image.Rect(0, 0, 10, 4), "stretched: all of it"},
	} {
		x, seen, err := picture.Tensor(image.NewNRGBA(image.Rectangle{Max: c.size}), c.in)
		if err != nil {
			t.Fatal(err)
		}
		if seen != c.seen {
			t.Errorf("%v: seen %v, want %v (%s)", c.size, seen, c.seen, c.reason)
		}
		if s := x.Shape(); !s.Eq([]int{1, 3, c.in.Height, c.in.Width}) {
			t.Errorf("%v: shape %v", c.size, s)
		}
	}
}

// TestTensorCutsTheMiddle: the crop holds the pixels of the rectangle that is
// reported.
func TestTensorCutsTheMiddle(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 7, 4))
	for i := range 7 * 4 {
		img.Set(i%7, i/7, color.NRGBA{uint8(i), uint8(i + 100), uint8(i + 200), 255})
	}
	x, seen, err := picture.Tensor(img, levels(2, 2, models.FitCrop, 4))
	if err != nil {
		t.Fatal(err)
	}
	// 5/2 columns are left: two on the left, as the half rounds to even.
	if seen != image.Rect(2, 1, 4, 3) {
		t.Errorf("seen %v", seen)
	}
	want := []float32{9, 10, 16, 17, 109, 110, 116, 117, 209, 210, 216, 217}
	if got := x.Data().([]float32); !slices.Equal(got, want) {
		t.Errorf("values %v, want %v", got, want)
	}
}

func TestTensorOfAnExtremePanorama(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 100_000, 1))
	if _, seen, err := picture.Tensor(img, models.ImageNetInput(224, 256)); err != nil || seen != image.Rect(50_000, 0, 50_000, 1) {
		t.Errorf("seen %v, error %v", seen, err)
	}
}

func TestFromRGBNormalises(t *testing.T) {
	in := models.Input{
		Width: 2, Height: 1, Channels: models.RGB, Scale: 0.5,
		Mean: []float32{1, 2, 3}, Std: []float32{1, 2, 4},
	}
	pixels := []uint8{2, 4, 6, 12, 14, 16}
	for _, c := range []struct {
		channels models.Channels
		want     []float32
	}{
		{models.RGB, []float32{0, 5, 0, 2.5, 0, 1.25}},
		{models.BGR, []float32{2, 7, 0, 2.5, -0.5, 0.75}},
	} {
		in.Channels = c.channels
		x, err := picture.FromRGB(pixels, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.Data().([]float32); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.channels, got, c.want)
		}
	}
	if _, err := picture.FromRGB(pixels[1:], in); err == nil {
		t.Error("a byte is missing and nobody says so")
	}
}

func TestTensorRefusesNonsense(t *testing.T) {
	if _, _, err := picture.Tensor(row(1), models.Input{}); err == nil {
		t.Error("no error for an input of no size")
	}
	if _, _, err := picture.Tensor(image.NewNRGBA(image.Rectangle{}), models.ImageNetInput(224, 256)); err == nil {
		t.Error("no error for a picture of no size")
	}
}

// TestToRGBUndoesFromRGB: an input gives back the pixels it was made of.
func TestToRGBUndoesFromRGB(t *testing.T) {
	in := models.ImageNetInput(16, 16)
	pixels := make([]uint8, 3*16*16)
	for i := range pixels {
		pixels[i] = uint8(i)
	}
	for _, in.Channels = range []models.Channels{models.RGB, models.BGR} {
		x, err := picture.FromRGB(pixels, in)
		if err != nil {
			t.Fatal(err)
		}
		img, err := picture.ToRGB(x, in)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 16 * 16 {
			p := pixels[3*i:]
			if got := img.NRGBAAt(i%16, i/16); got != (color.NRGBA{p[0], p[1], p[2], 255}) {
				t.Fatalf("%s: pixel %d is %v, was %v", in.Channels, i, got, p[:3])
			}
		}
	}
}

func TestToRGBTakesAnyNumbers(t *testing.T) {
	nan := float32(math.NaN())
	x := tensor.New(tensor.WithShape(1, 3, 1, 1), tensor.WithBacking([]float32{-5, nan, 1e30}))
	img, err := picture.ToRGB(x, levels(1, 1, models.FitStretch, 0))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.NRGBAAt(0, 0); got != (color.NRGBA{0, 0, 255, 255}) {
		t.Errorf("pixel %v", got)
	}
	if _, err := picture.ToRGB(x, models.ImageNetInput(2, 2)); err == nil {
		t.Error("no error for a tensor of another shape")
	}
}

// patterned is the picture of which PIL made the numbers below.
func patterned() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 7, 5))
	for y := range 5 {
		for x := range 7 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x*37 + y*11), uint8(x*y*29 + 40), uint8(200 - x*13 + y*31), 255})
		}
	}
	return img
}

// Each channel is what PIL's convert and resize make of the picture: grey is taken
// before it is resized. Numbers of PIL 13.0.
func TestChannelsArePILs(t *testing.T) {
	type planes map[models.Channels][]float32
	linear := planes{
		"L": {58, 84, 116, 142, 68, 137, 138, 164, 74, 104, 163, 160},
		"R": {24, 82, 150, 208, 41, 99, 167, 225, 58, 116, 184, 166},
		"G": {46, 66, 89, 108, 70, 145, 108, 129, 88, 107, 161, 154},
		"B": {206, 186, 162, 142, 124, 194, 211, 191, 48, 59, 113, 170},
		"A": slices.Repeat([]float32{255}, 12),
	}
	cubic := planes{
		"L": {56, 83, 115, 143, 64, 145, 139, 169, 73, 104, 164, 159},
		"R": {19, 81, 149, 211, 37, 99, 167, 234, 55, 117, 191, 165},
		"G": {44, 63, 88, 110, 66, 157, 108, 131, 88, 107, 162, 154},
		"B": {214, 190, 160, 138, 119, 204, 223, 193, 40, 54, 112, 173},
		"A": slices.Repeat([]float32{255}, 12),
	}
	for _, channels := range []models.Channels{models.Gray, models.GrayAlpha, models.RGB, models.BGR, models.RGBA, "G", models.ChannelsFor(5)} {
		for _, bicubic := range []bool{false, true} {
			in := levels(4, 3, models.FitStretch, 0).WithChannels(channels)
			in.Filter = map[bool]models.Filter{false: models.FilterBilinear, true: models.FilterBicubic}[bicubic]
			want := linear
			if bicubic {
				want = cubic
			}
			x, _, err := picture.Tensor(patterned(), in)
			if err != nil {
				t.Fatal(err)
			}
			if !x.Shape().Eq(tensor.Shape{1, len(channels), 3, 4}) {
				t.Fatalf("%s: the shape is %v", channels, x.Shape())
			}
			for c := range channels {
				if got := x.Data().([]float32)[12*c : 12*c+12]; !slices.Equal(got, want[channels[c:c+1]]) {
					t.Errorf("%s, bicubic %v: channel %d is %v, not %v", channels, bicubic, c, got, want[channels[c:c+1]])
				}
			}
		}
	}
}

// Mean and deviation belong to the channels in their order: the first pixel of R, G, B
// and grey of the numbers above.
func TestNumbersOfEachChannel(t *testing.T) {
	in := levels(4, 3, models.FitStretch, 0).WithChannels("BLA")
	in.Mean, in.Std = []float32{6, 8, 55}, []float32{2, 5, 100}
	x, _, err := picture.Tensor(patterned(), in)
	if err != nil {
		t.Fatal(err)
	}
	values := x.Data().([]float32)
	for c, want := range []float32{100, 10, 2} {
		if values[12*c] != want {
			t.Errorf("channel %d begins with %v, not %v", c, values[12*c], want)
		}
	}
}

func TestChannelIsThePixelsOfOne(t *testing.T) {
	in := models.ImageNetInput(4, 4).WithChannels(models.GrayAlpha)
	in.Width, in.Height, in.Fit = 4, 3, models.FitStretch
	x, _, err := picture.Tensor(patterned(), in)
	if err != nil {
		t.Fatal(err)
	}
	grey, err := picture.Channel(x, in, 0)
	if err != nil || !slices.Equal(grey.Pix, []uint8{58, 84, 116, 142, 68, 137, 138, 164, 74, 104, 163, 160}) {
		t.Errorf("grey is %v, %v", grey, err)
	}
	alpha, err := picture.Channel(x, in, 1)
	if err != nil || slices.Min(alpha.Pix) != 255 {
		t.Errorf("alpha is %v, %v", alpha, err)
	}
	for _, c := range []int{-1, 2} {
		if _, err := picture.Channel(x, in, c); err == nil {
			t.Errorf("channel %d of two", c)
		}
	}
}
