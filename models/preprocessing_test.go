package models_test

import (
	"slices"
	"strings"
	"testing"

	"gaze/models"
)

// What is said is laid over what is known; the rest stays, and stays a guess.
func TestPreprocess(t *testing.T) {
	const unit = float32(1.0 / 255)
	type want struct {
		in      string
		guesses []models.Aspect
	}
	all := models.PixelAspects()
	for _, c := range []struct {
		name string
		said []models.Preprocessing
		want want
	}{
		{"nothing", nil, want{"8x8 from the centre of a short side of 9, bilinear, RGB, mean 0.485 0.456 0.406, std 0.229 0.224 0.225", all}},
		{"a size", []models.Preprocessing{{Height: 14, Width: 7}}, want{
			"7x14 from the centre of a short side of 16, bilinear, RGB, mean 0.485 0.456 0.406, std 0.229 0.224 0.225", all[1:],
		}},
		{"stretched", []models.Preprocessing{{Fit: models.FitStretch, Filter: models.FilterBicubic}}, want{
			"8x8 stretched, bicubic, RGB, mean 0.485 0.456 0.406, std 0.229 0.224 0.225",
			[]models.Aspect{models.AspectSize, models.AspectChannels, models.AspectScale, models.AspectMean, models.AspectStd},
		}},
		{"an order", []models.Preprocessing{{Channels: models.BGR}}, want{
			"8x8 from the centre of a short side of 9, bilinear, BGR, mean 0.406 0.456 0.485, std 0.225 0.224 0.229",
			slices.DeleteFunc(slices.Clone(all), func(a models.Aspect) bool { return a == models.AspectChannels }),
		}},
		// Guessed numbers belong to pixels of another range.
		{"a scale", []models.Preprocessing{{Scale: 1}}, want{
			"8x8 from the centre of a short side of 9, bilinear, RGB, mean 0 0 0, std 1 1 1, of values times 1",
			[]models.Aspect{models.AspectSize, models.AspectResize, models.AspectCrop, models.AspectChannels, models.AspectMean, models.AspectStd},
		}},
		{"a scale and a mean", []models.Preprocessing{{Scale: 1, Mean: []float32{128}}}, want{
			"8x8 from the centre of a short side of 9, bilinear, RGB, mean 128 128 128, std 1 1 1, of values times 1",
			[]models.Aspect{models.AspectSize, models.AspectResize, models.AspectCrop, models.AspectChannels, models.AspectStd},
		}},
		// 51/255 = 0.2: a deviation that was said keeps its meaning.
		{"a mean in other units", []models.Preprocessing{{Scale: 1, Mean: []float32{51}, Std: []float32{51}}, {Scale: unit, Mean: []float32{0.5}}}, want{
			"8x8 from the centre of a short side of 9, bilinear, RGB, mean 0.5 0.5 0.5, std 0.2 0.2 0.2",
			[]models.Aspect{models.AspectSize, models.AspectResize, models.AspectCrop, models.AspectChannels},
		}},
		{"a stack", []models.Preprocessing{{Stack: "*_{r,g,b}.png"}}, want{
			"8x8 from the centre of a short side of 9, bilinear, 3 channels from files *_{r,g,b}.png, mean 0.485 0.456 0.406, std 0.229 0.224 0.225",
			slices.DeleteFunc(slices.Clone(all), func(a models.Aspect) bool { return a == models.AspectChannels }),
		}},
	} {
		n := &models.Network{Name: "net", Input: models.ImageNetInput(8, 9)}
		n.Guess("", all...)
		if err := n.Preprocess(c.said...); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var guesses []models.Aspect
		for _, g := range n.Guesses {
			guesses = append(guesses, g.Of)
		}
		if n.Input.String() != c.want.in || !slices.Equal(guesses, c.want.guesses) {
			t.Errorf("%s: %s with guesses of %v, not %s of %v", c.name, n.Input, guesses, c.want.in, c.want.guesses)
		}
	}
	n := &models.Network{Name: "net", Input: models.ImageNetInput(8, 9)}
	before := n.Input
	for says, p := range map[string]models.Preprocessing{
		"the mean has 2 numbers for 3 channels (RGB)":          {Mean: []float32{1, 2}},
		`channels "L" are 1, and the network takes 3 (RGB)`:    {Channels: models.Gray},
		"has 4 channels, and the network takes 3":              {Stack: "*_{1..4}.png"},
		"input size 5000x5000 is not between 1 and":            {Height: 5000, Width: 5000},
		"short side 4 cannot hold the input of 8x8":            {Resize: 4},
		"std of channel 0 is 0, not a number above 0":          {Std: []float32{0}},
		"has a range {3..1} that does not go from a number to": {Stack: "{3..1}.png"},
	} {
		if err := n.Preprocess(models.Preprocessing{Scale: 1}, p); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v does not say %q", p, err, says)
		}
		if !n.Input.Equal(before) {
			t.Fatalf("a refused preprocessing changed the input to %v", n.Input)
		}
	}
}

// What a pixel of 0 and of 255 becomes in the first channel, by the definition of each
// preprocessing.
func TestPresets(t *testing.T) {
	for name, want := range map[string]struct {
		channels    models.Channels
		dark, white float64
	}{
		"imagenet":  {models.RGB, -2.1179, 2.2489},
		"unit":      {models.RGB, 0, 1},
		"symmetric": {models.RGB, -1, 1},
		"caffe":     {models.BGR, -103.939, 151.061},
		"none":      {models.RGB, 0, 255},
	} {
		n := &models.Network{Name: "net", Input: models.ImageNetInput(8, 9)}
		p, err := models.Preset(name, n.Input)
		if err == nil {
			err = n.Preprocess(p)
		}
		if err != nil {
			t.Fatal(err)
		}
		in := n.Input
		dark := float64(-in.Mean[0] / in.Std[0])
		white := float64((255*in.Scale - in.Mean[0]) / in.Std[0])
		if in.Channels != want.channels || !near(dark, want.dark) || !near(white, want.white) {
			t.Errorf("%s: %v from %v to %v, not %v from %v to %v", name, in.Channels, dark, white, want.channels, want.dark, want.white)
		}
		if d := in.Doubts(); len(d) > 0 {
			t.Errorf("%s is doubted: %v", name, d)
		}
	}
	if len(models.Presets()) != 5 {
		t.Errorf("the presets are %v", models.Presets())
	}
	if _, err := models.Preset("tensorflow", models.ImageNetInput(8, 9)); err == nil {
		t.Error("a preset of an unknown name")
	}
	grey := models.ImageNetInput(8, 9).WithChannels(models.Gray)
	p, err := models.Preset("imagenet", grey)
	if err != nil || len(p.Mean) != 1 || p.Channels != "" {
		t.Errorf("for one channel: %+v, %v", p, err)
	}
}

func near(a, b float64) bool { return a-b < 1e-3 && b-a < 1e-3 }

func TestDoubts(t *testing.T) {
	input := func(scale, mean, std float32) models.Input {
		in := models.ImageNetInput(8, 9)
		in.Scale, in.Mean, in.Std = scale, []float32{mean, mean, mean}, []float32{std, std, std}
		return in
	}
	const unit = 1.0 / 255
	for _, c := range []struct {
		in   models.Input
		want []models.DoubtKind
	}{
		{models.ImageNetInput(8, 9), nil},
		{input(unit, 0.5, 0.5), nil},
		{input(1, 0, 1), nil},
		{input(1, 128, 127), nil},
		{input(1, 0, 255), nil},
		{input(2*unit, 1, 1), nil},
		{input(unit, 103.939, 1), []models.DoubtKind{models.DoubtMeanAbove}},
		{input(unit, 127.5, 127.5), []models.DoubtKind{models.DoubtMeanAbove, models.DoubtFlat}},
		{input(1, 0.485, 1), []models.DoubtKind{models.DoubtMeanOfFractions}},
		{input(1, 0.485, 0.229), []models.DoubtKind{models.DoubtMeanOfFractions, models.DoubtWide}},
		{input(unit, 0, 58), []models.DoubtKind{models.DoubtFlat}},
		{input(1, 104, 0.225), []models.DoubtKind{models.DoubtWide}},
	} {
		var got []models.DoubtKind
		for _, d := range c.in.Doubts() {
			got = append(got, d.Kind)
			if strings.Contains(d.String(), "%!") || !strings.HasSuffix(d.String(), "?") {
				t.Errorf("%s is said as %q", d.Kind, d)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v is doubted as %v, not %v", c.in, got, c.want)
		}
	}
	n := network(t, 3, models.Output{})
	if d := n.LogitDoubts([]float32{50, -200, 0}); len(d) > 0 {
		t.Errorf("logits to 50 are doubted: %v", d)
	}
	if d := n.LogitDoubts([]float32{1, 123.456, 0}); len(d) != 1 || !strings.Contains(d[0].String(), "123.5") {
		t.Errorf("a logit of 123.5: %v", d)
	}
	n.SetActivation(models.ActivationNone)
	if d := n.LogitDoubts([]float32{1, 1234, 0}); len(d) > 0 {
		t.Errorf("a number is doubted: %v", d)
	}
}

func TestStack(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          []string
	}{
		{"*_B{02,03}.tif", "in/a_B03.tif", []string{"in/a_B02.tif", "in/a_B03.tif"}},
		{"*_B{02,03}.tif", "in/a_b_B02.tif", []string{"in/a_b_B02.tif", "in/a_b_B03.tif"}},
		{"*_B{02,03}.tif", "in/a_B04.tif", nil},
		{"*_B{02,03}.tif", "in/a_B02.png", nil},
		{"*_{1..3}.png", "x_2.png", []string{"x_1.png", "x_2.png", "x_3.png"}},
		{"{09..11}-*.png", "10-x.png", []string{"09-x.png", "10-x.png", "11-x.png"}},
		{"{red, green}.png", "d/green.png", []string{"d/red.png", "d/green.png"}},
		{"{red,green}.png", "d/a_green.png", nil},
		{"ch{1,11}_*.png", "ch11_a.png", []string{"ch1_a.png", "ch11_a.png"}},
	} {
		s, err := models.ParseStack(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := s.Members(c.path)
		if !slices.Equal(got, c.want) || ok != (c.want != nil) {
			t.Errorf("%s of %s: %q, not %q", c.path, c.pattern, got, c.want)
		}
		if !strings.Contains(c.pattern, "..") && len(s.Channels()) != 2 {
			t.Errorf("%s has the channels %q", c.pattern, s.Channels())
		}
	}
	for _, bad := range []string{"", "*.png", "{a,b", "a}b{", "{a}{b}", "*{*}.png", "**{a,b}", "{a,,b}", "{a,a}", "{1..x}", "{5..2}", "{-1..2}", "{1..99999}", "dir/{a,b}", "{}"} {
		if s, err := models.ParseStack(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, s)
		}
	}
}

func FuzzParseStack(f *testing.F) {
	f.Add("*_B{02,03}.tif", "a_B02.tif")
	f.Add("{1..12}-*", "3-x")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		s, err := models.ParseStack(pattern)
		if err != nil {
			return
		}
		members, ok := s.Members(path)
		if ok && len(members) != len(s.Channels()) {
			t.Errorf("%d files of %d channels", len(members), len(s.Channels()))
		}
	})
}

func TestSetOutput(t *testing.T) {
	for _, c := range []struct {
		outputs int
		said    models.Output
		want    models.Output
		says    string
	}{
		{1, models.Output{}, models.Output{Activation: "sigmoid"}, ""},
		{1, models.Output{Unit: "years"}, models.Output{Activation: "none", Unit: "years"}, ""},
		{1, models.Output{Threshold: 0.3}, models.Output{Activation: "sigmoid", Threshold: 0.3}, ""},
		{1, models.Output{Activation: "softmax"}, models.Output{}, "a softmax over one output is always 1"},
		{3, models.Output{Activation: "sigmoid", Threshold: 0.2}, models.Output{Activation: "sigmoid", Threshold: 0.2}, ""},
		{3, models.Output{Threshold: 0.2}, models.Output{}, "goes with the activation sigmoid, and this one is softmax"},
		{3, models.Output{Activation: "sigmoid", Unit: "m"}, models.Output{}, `the unit "m" goes with the activation none`},
		{3, models.Output{Activation: "relu"}, models.Output{}, `activation "relu"`},
		{3, models.Output{Activation: "sigmoid", Threshold: 2}, models.Output{}, "threshold 2"},
	} {
		n := network(t, c.outputs, models.Output{})
		n.GuessActivation()
		err := n.SetOutput(c.said)
		switch {
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%+v of %d: %v does not say %q", c.said, c.outputs, err, c.says)
		case c.says == "" && (err != nil || n.Output != c.want):
			t.Errorf("%+v of %d: %+v, %v, not %+v", c.said, c.outputs, n.Output, err, c.want)
		case c.says == "" && (len(n.Guesses) == 0) != (c.said.Activation != "" || c.said.Unit != ""):
			t.Errorf("%+v of %d leaves the guesses %v", c.said, c.outputs, n.Guesses)
		}
	}
}

func TestSetPositive(t *testing.T) {
	sigmoid := models.Output{Activation: models.ActivationSigmoid}
	for _, c := range []struct {
		labels   []string
		positive string
		want     [2]string
		says     string
	}{
		{nil, "tumour", [2]string{"tumour", "not tumour"}, ""},
		{[]string{"cat", "dog"}, "cat", [2]string{"cat", "dog"}, ""},
		{[]string{"cat", "dog"}, "Dog", [2]string{"dog", "cat"}, ""},
		{[]string{"cat", "dog"}, "fish", [2]string{}, `"fish" of a high output is none of the labels cat, dog`},
	} {
		n := network(t, 1, sigmoid)
		n.Labels = c.labels
		err := n.SetPositive(c.positive)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v: %v does not say %q", c.labels, err, c.says)
			}
			continue
		}
		if got := [2]string{n.Label(0), n.Label(1)}; err != nil || got != c.want {
			t.Errorf("%v with %q: %q, %v", c.labels, c.positive, got, err)
		}
	}
	if err := network(t, 3, sigmoid).SetPositive("cat"); err == nil {
		t.Error("three outputs have a label of a high one")
	}
}

// The chosen layer is the default; how far RefineCAM looks follows from the structure.
func TestChoose(t *testing.T) {
	n := &models.Network{Name: "n", Input: models.ImageNetInput(8, 8)}
	for _, l := range []models.Layer{
		{Name: "first", Kind: models.ReLU, Inputs: []string{models.InputName}},
		{Name: "pool", Kind: models.MaxPool, Inputs: []string{"first"}, Attr: models.Attr{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}}},
		{Name: "last", Kind: models.ReLU, Inputs: []string{"pool"}},
		{Name: "mean", Kind: models.GlobalAvgPool, Inputs: []string{"last"}},
	} {
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	n.Guess("", models.AspectLayer)
	later := n.LaterResolutions("first")
	if n.DefaultLayer() != "last" || len(later) != 1 {
		t.Fatalf("the default is %s, and %v follows", n.DefaultLayer(), later)
	}
	if err := n.Choose("first"); err != nil || n.DefaultLayer() != "first" || len(n.Guesses) != 0 {
		t.Errorf("the default is %s, %v, guesses %v", n.DefaultLayer(), err, n.Guesses)
	}
	if again := n.LaterResolutions("first"); !slices.Equal(again, later) {
		t.Errorf("%v follows, not %v", again, later)
	}
	for _, bad := range []string{"mean", "fourth"} {
		if err := n.Choose(bad); err == nil {
			t.Errorf("%s was chosen", bad)
		}
	}
}

// TestSaidFilterTakesTheOthersPlace: a filter that is said takes the place of the one
// that was there.
func TestSaidFilterTakesTheOthersPlace(t *testing.T) {
	for said, want := range map[models.Filter]models.Filter{
		"": models.FilterNearest, models.FilterBilinear: models.FilterBilinear, models.FilterBicubic: models.FilterBicubic,
	} {
		in := models.ImageNetInput(8, 8)
		in.Filter = models.FilterNearest
		n := &models.Network{Name: "tiny", Input: in}
		if err := n.Append(models.Layer{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{models.InputName}}); err != nil {
			t.Fatal(err)
		}
		if err := n.Preprocess(models.Preprocessing{Filter: said}); err != nil {
			t.Fatal(err)
		}
		if n.Input.Filter != want {
			t.Errorf("with %q, the filter is %q", said, n.Input.Filter)
		}
	}
}
