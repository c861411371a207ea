package zoo_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// ordered remembers what an architecture asks for, in order.
type ordered struct {
	blank
	params []weights.Param
}

func (o *ordered) Param(name string, shape ...int) (*tensor.Dense, error) {
	t, err := o.blank.Param(name, shape...)
	o.params = append(o.params, weights.Param{Name: name, Shape: t.Shape()})
	return t, err
}

// stateDict are the parameters of an architecture for five classes, in the order
// of a state dict.
func stateDict(t *testing.T, arch string) []weights.Param {
	t.Helper()
	src := &ordered{blank: blank{classes: 5}}
	if _, err := zoo.Build(arch, src); err != nil {
		t.Fatal(err)
	}
	return src.params
}

// body leaves out parameters whose names begin with one of the prefixes.
func body(params []weights.Param, prefixes ...string) []weights.Param {
	return slices.DeleteFunc(slices.Clone(params), func(p weights.Param) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(p.Name, prefix) })
	})
}

func linear(name string, in, out int) []weights.Param {
	return []weights.Param{{Name: name + ".weight", Shape: []int{out, in}}, {Name: name + ".bias", Shape: []int{out}}}
}

func norm(name string, n int) []weights.Param {
	var list []weights.Param
	for _, p := range []string{"weight", "bias", "running_mean", "running_var"} {
		list = append(list, weights.Param{Name: name + "." + p, Shape: []int{n}})
	}
	return list
}

// renamed puts other names in the place of all.
func renamed(params []weights.Param, name func(string) string) []weights.Param {
	list := slices.Clone(params)
	for i := range list {
		list[i].Name = name(list[i].Name)
	}
	return list
}

func under(prefix string) func(string) string {
	return func(name string) string { return prefix + name }
}

// numbered gives the modules numbers in the place of names, as a row of the parts
// of a network does.
func numbered(params []weights.Param) []weights.Param {
	numbers := make(map[string]int)
	return renamed(params, func(name string) string {
		at := strings.LastIndexByte(name, '.')
		if _, ok := numbers[name[:at]]; !ok {
			numbers[name[:at]] = len(numbers)
		}
		return "0." + strconv.Itoa(numbers[name[:at]]) + name[at:]
	})
}

// opened is the network that a file's parameters make.
func opened(t *testing.T, c *weights.Contents) (*zoo.Match, *models.Network) {
	t.Helper()
	m, err := zoo.Find(c)
	if err != nil {
		t.Fatal(err)
	}
	net, err := m.Build(&blank{classes: 5})
	if err != nil {
		t.Fatal(err)
	}
	return m, net
}

// headOf lists the layers after the one called last, each with its kind.
func headOf(net *models.Network, last string) []string {
	var list []string
	for i := len(net.Layers) - 1; i >= 0 && net.Layers[i].Name != last; i-- {
		list = append(list, net.Layers[i].Name+" "+string(net.Layers[i].Kind))
	}
	slices.Reverse(list)
	return list
}

// whys are the reasons for the guesses of an aspect.
func whys(net *models.Network, of models.Aspect) []string {
	var list []string
	for _, g := range net.Guesses {
		if g.Of == of {
			list = append(list, g.Why)
		}
	}
	return list
}

// TestHeadsThatReplaceTheOwn finds what stands after a known body, from the names
// and shapes of its parameters.
func TestHeadsThatReplaceTheOwn(t *testing.T) {
	resnet := body(stateDict(t, "resnet18"), "fc.")
	mobile := body(stateDict(t, "mobilenet_v2"), "classifier.")
	vgg := stateDict(t, "vgg11")
	mobile3 := body(stateDict(t, "mobilenet_v3_small"), "classifier.3")
	withoutBias := func(list []weights.Param) []weights.Param { return list[:1] }
	rows := []struct {
		name string
		body []weights.Param
		last string
		head [][]weights.Param
		want []string
		why  string
	}{
		{
			"a dropout before", resnet, "layer4",
			[][]weights.Param{linear("fc.1", 512, 5)},
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "fc.1 Linear"},
			"",
		},
		{
			"two linear layers", resnet, "layer4",
			[][]weights.Param{linear("fc.0", 512, 64), linear("fc.3", 64, 5)},
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "fc.0 Linear", "fc.1 ReLU", "fc.3 Linear"},
			"a ReLU after fc.0",
		},
		{
			"two linear layers, one after the other", resnet, "layer4",
			[][]weights.Param{linear("fc.0", 512, 64), linear("fc.1", 64, 5)},
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "fc.0 Linear", "fc.1 Linear"},
			"",
		},
		{
			"names", resnet, "layer4",
			[][]weights.Param{linear("fc.fc1", 512, 64), linear("fc.output", 64, 5)},
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "fc.fc1 Linear", "fc.fc1.relu ReLU", "fc.output Linear"},
			"a ReLU after fc.fc1",
		},
		{
			"a normalisation right after", resnet, "layer4",
			[][]weights.Param{linear("fc.0", 512, 64), norm("fc.1", 64), linear("fc.4", 64, 5)},
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "fc.0 Linear", "fc.1 BatchNorm", "fc.2 ReLU", "fc.4 Linear"},
			"a ReLU after fc.1",
		},
		{
			"another module", resnet, "layer4",
			[][]weights.Param{linear("head", 512, 5)},
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "head Linear"},
			"",
		},
		{
			"a linear layer for the whole classifier", mobile, "features.18",
			[][]weights.Param{linear("classifier", 1280, 5)},
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "classifier Linear"},
			"",
		},
		{
			"a row in a row", mobile, "features.18",
			[][]weights.Param{linear("classifier.1.0", 1280, 64), linear("classifier.1.3", 64, 5)},
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "classifier.1.0 Linear", "classifier.1.1 ReLU", "classifier.1.3 Linear"},
			"a ReLU after classifier.1.0",
		},
		{
			"the own first layers kept", mobile3, "features.12",
			[][]weights.Param{linear("classifier.3.1", 1024, 5)},
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "classifier.0 Linear", "classifier.1 HardSwish", "classifier.3.1 Linear"},
			"",
		},
		{
			"maps of 7x7", body(vgg, "classifier."), "features.20",
			[][]weights.Param{linear("classifier.fc1", 25088, 64), linear("classifier.fc2", 64, 5)},
			[]string{"avgpool AdaptiveAvgPool", "flatten Flatten", "classifier.fc1 Linear", "classifier.fc1.relu ReLU", "classifier.fc2 Linear"},
			"a ReLU after classifier.fc1",
		},
		{
			"means of maps of 7x7", body(vgg, "classifier."), "features.20",
			[][]weights.Param{linear("classifier", 512, 5)},
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "classifier Linear"},
			"",
		},
		{"fastai's", resnet, "layer4", [][]weights.Param{
			norm("1.2", 1024), withoutBias(linear("1.4", 1024, 64)), norm("1.6", 64), withoutBias(linear("1.8", 64, 5)),
		}, []string{
			"avgpool.mp GlobalMaxPool", "avgpool.ap GlobalAvgPool", "avgpool Concat", "flatten Flatten",
			"1.2 BatchNorm", "1.4 Linear", "1.5 ReLU", "1.6 BatchNorm", "1.8 Linear",
		}, "a ReLU after 1.4"},
	}
	for _, r := range rows {
		c := &weights.Contents{Params: slices.Concat(append([][]weights.Param{r.body}, r.head...)...), Ordered: true}
		_, net := opened(t, c)
		if got := headOf(net, r.last); !slices.Equal(got, r.want) {
			t.Errorf("%s: %q, not %q", r.name, got, r.want)
		}
		var want []string
		if r.why != "" {
			want = []string{r.why}
		}
		if got := whys(net, models.AspectHead); !slices.Equal(got, want) {
			t.Errorf("%s: guessed %q, not %q", r.name, got, want)
		}
	}
}

// TestHeadsOfKnownModules takes from the modules what the parameters do not say.
func TestHeadsOfKnownModules(t *testing.T) {
	params := slices.Concat(body(stateDict(t, "resnet18"), "fc."), linear("fc.0", 512, 64), linear("fc.3", 64, 5))
	modules := []weights.Module{
		{Name: "", Class: "torchvision.models.resnet.ResNet"},
		{Name: "relu", Class: "torch.nn.modules.activation.ReLU"},
		{Name: "layer4.1.bn2", Class: "torch.nn.modules.batchnorm.BatchNorm2d"},
		{Name: "fc", Class: "torch.nn.modules.container.Sequential"},
		{Name: "fc.0", Class: "torch.nn.modules.linear.Linear"},
		{Name: "fc.1", Class: "torch.nn.modules.activation.LeakyReLU", Options: map[string][]float64{"negative_slope": {0.3}}},
		{Name: "fc.2", Class: "torch.nn.modules.dropout.Dropout"},
		{Name: "fc.3", Class: "torch.nn.modules.linear.Linear"},
		{Name: "fc.4", Class: "torch.nn.modules.activation.LogSoftmax"},
	}
	_, net := opened(t, &weights.Contents{Params: params, Ordered: true, Modules: modules})
	if got, want := headOf(net, "layer4"), []string{"avgpool GlobalAvgPool", "flatten Flatten", "fc.0 Linear", "fc.1 LeakyReLU", "fc.3 Linear"}; !slices.Equal(got, want) {
		t.Errorf("the head is %q", got)
	}
	if l, _ := net.Layer("fc.1"); l.Attr.Alpha != 0.3 {
		t.Errorf("the slope is %v", l.Attr.Alpha)
	}
	if len(net.Guesses) != 0 || net.Output.Activation != models.ActivationSoftmax {
		t.Errorf("guessed %v, the activation %q", net.Guesses, net.Output.Activation)
	}
	if len(net.Notes) != 1 || net.Notes[0].Kind != models.NoteActivation || net.Notes[0].Of[0] != "LogSoftmax" {
		t.Errorf("notes are %v", net.Notes)
	}
	// A module in the head that could compute anything.
	modules[5].Class = "own.Gate"
	_, err := zoo.Find(&weights.Contents{Params: params, Ordered: true, Modules: modules})
	if err == nil || !strings.Contains(err.Error(), "fc.1, a Gate") {
		t.Errorf("an unknown module: %v", err)
	}
	modules[5].Class = "torch.nn.modules.activation.LeakyReLU"
	// An activation in the body that the architecture does not have.
	modules[1].Class = "torch.nn.modules.activation.GELU"
	_, err = zoo.Find(&weights.Contents{Params: params, Ordered: true, Modules: modules})
	if err == nil || !strings.Contains(err.Error(), "relu, a GELU") {
		t.Errorf("another activation: %v", err)
	}
}

// TestModulesSayTheGeometry takes strides, paddings and epsilons from the modules.
func TestModulesSayTheGeometry(t *testing.T) {
	modules := []weights.Module{
		{Name: "layer2.0.conv1", Class: "Conv2d", Options: map[string][]float64{"stride": {1, 1}, "dilation": {2, 2}, "padding": {2, 2}}},
		{Name: "layer2.0.downsample.0", Class: "Conv2d", Options: map[string][]float64{"stride": {1, 1}}},
		{Name: "bn1", Class: "BatchNorm2d", Options: map[string][]float64{"eps": {0.25}}},
		// What no convolution can have is ignored.
		{Name: "layer3.0.conv1", Class: "Conv2d", Options: map[string][]float64{"stride": {0, -1}}},
	}
	_, net := opened(t, &weights.Contents{Params: stateDict(t, "resnet18"), Ordered: true, Modules: modules})
	conv, _ := net.Layer("layer2.0.conv1")
	if conv.Attr.Stride != [2]int{1, 1} || conv.Attr.Dilation != [2]int{2, 2} || conv.Attr.Pad != [4]int{2, 2, 2, 2} || conv.Shape[2] != 56 {
		t.Errorf("the convolution has %+v and makes %v", conv.Attr, conv.Shape)
	}
	if bn, _ := net.Layer("bn1"); bn.Attr.Epsilon != 0.25 {
		t.Errorf("epsilon is %v", bn.Attr.Epsilon)
	}
	if l, _ := net.Layer("layer3.0.conv1"); l.Attr.Stride != [2]int{2, 2} {
		t.Errorf("a stride of %v", l.Attr.Stride)
	}
}

// TestNamesBehindAnyPrefix finds an architecture whatever its names begin with,
// and by order and shape where the names are others.
func TestNamesBehindAnyPrefix(t *testing.T) {
	params := stateDict(t, "resnet18")
	backbone := renamed(body(params, "fc."), under("backbone."))
	metric := []weights.Param{{Name: "criterion.weight", Shape: []int{5}}, {Name: "train_acc.total", Shape: []int{1}}}
	dense := body(stateDict(t, "densenet121"), "classifier.")
	rows := []struct {
		name   string
		arch   string
		params []weights.Param
		notes  []models.NoteKind
	}{
		{"as it is", "resnet18", params, nil},
		{"one", "resnet18", renamed(params, under("net.inner.")), nil},
		{"two", "resnet18", slices.Concat(backbone, linear("head.fc", 512, 5)), nil},
		{"beside", "resnet18", slices.Concat(metric, renamed(params, under("model."))), []models.NoteKind{models.NoteBeside}},
		{"copies", "resnet18", slices.Concat(renamed(params, under("ema.")), renamed(params, under("student."))), []models.NoteKind{models.NoteCopy}},
		{"numbers", "resnet18", numbered(params), []models.NoteKind{models.NoteByOrder}},
		{"numbers and a head", "densenet121", slices.Concat(numbered(dense), linear("1", 1024, 5)), []models.NoteKind{models.NoteByOrder}},
		{"numbers of RegNet", "regnet_y_400mf", numbered(stateDict(t, "regnet_y_400mf")), []models.NoteKind{models.NoteByOrder}},
	}
	for _, r := range rows {
		m, net := opened(t, &weights.Contents{Params: r.params, Ordered: true})
		var notes []models.NoteKind
		for _, n := range net.Notes {
			notes = append(notes, n.Kind)
		}
		if m.Architecture != r.arch || net.Classes() != 5 || !slices.Equal(notes, r.notes) {
			t.Errorf("%s: %s with %d classes, notes %v", r.name, m.Architecture, net.Classes(), net.Notes)
		}
		if len(m.Params()) != len(params) && r.arch == "resnet18" {
			t.Errorf("%s: %d parameters are read", r.name, len(m.Params()))
		}
	}
	// Without an order, numbers tell nothing.
	if m, err := zoo.Find(&weights.Contents{Params: numbered(params)}); err == nil {
		t.Errorf("numbers without an order were taken for %s", m.Architecture)
	}
	// The trained copy is the one that is read.
	m, _ := opened(t, &weights.Contents{Params: rows[4].params})
	if !strings.HasPrefix(m.Params()[0], "student.") {
		t.Errorf("read is %s", m.Params()[0])
	}
}

// TestFirstConvolutionSaysTheInput takes channels and the stem from its shape.
func TestFirstConvolutionSaysTheInput(t *testing.T) {
	first := func(shape ...int) *weights.Contents {
		params := stateDict(t, "resnet18")
		params[0].Shape = shape
		return &weights.Contents{Params: params, Ordered: true}
	}
	for channels, want := range map[int]models.Channels{1: models.Gray, 2: models.GrayAlpha, 4: models.RGBA, 5: "RGBRG"} {
		_, net := opened(t, first(64, channels, 7, 7))
		if in := net.Input; in.Channels != want || len(in.Mean) != channels || in.Height != 224 {
			t.Errorf("%d channels: %v", channels, in)
		}
	}
	_, net := opened(t, first(64, 3, 3, 3))
	conv, _ := net.Layer("conv1")
	if _, pools := net.Layer("maxpool"); pools || conv.Attr.Stride != [2]int{1, 1} || net.Input.Height != 32 || len(whys(net, models.AspectStem)) != 1 {
		t.Errorf("a 3x3 stem: stride %v, a pooling %v, %v, guessed %v", conv.Attr.Stride, pools, net.Input, net.Guesses)
	}
	// What the file says of the pictures counts.
	c := first(64, 1, 3, 3)
	c.Input = weights.Preprocessing{Size: 64, Crop: 0.5, Mean: []float32{0.25}, Std: []float32{0.125}}
	m, net := opened(t, c)
	if in := net.Input; in.Height != 64 || in.Resize != 128 || in.Mean[0] != 0.25 || in.Std[0] != 0.125 {
		t.Errorf("the file's input became %v", in)
	}
	want := []models.Aspect{models.AspectSize, models.AspectResize, models.AspectCrop, models.AspectScale, models.AspectMean, models.AspectStd}
	if said := m.Says(net); !slices.Equal(said, want) {
		t.Errorf("the file says %v", said)
	}
}

// TestVariantsOfResNet takes timm's deep stem, means in the shortcuts and squeeze
// and excitation from the names.
func TestVariantsOfResNet(t *testing.T) {
	var params []weights.Param
	conv := func(name string, out, in, side int) {
		params = append(params, weights.Param{Name: name + ".weight", Shape: []int{out, in, side, side}})
	}
	conv("conv1.0", 32, 3, 3)
	params = append(params, norm("conv1.1", 32)...)
	conv("conv1.3", 32, 32, 3)
	params = append(params, norm("conv1.4", 32)...)
	conv("conv1.6", 64, 32, 3)
	for _, p := range body(stateDict(t, "resnet18"), "conv1.") {
		p.Name = strings.Replace(strings.Replace(p.Name, "downsample.1", "downsample.2", 1), "downsample.0", "downsample.1", 1)
		params = append(params, p)
		if p.Name == "layer1.0.bn2.running_var" {
			conv("layer1.0.se.fc1", 4, 64, 1)
			params = append(params, weights.Param{Name: "layer1.0.se.fc1.bias", Shape: []int{4}})
			conv("layer1.0.se.fc2", 64, 4, 1)
			params = append(params, weights.Param{Name: "layer1.0.se.fc2.bias", Shape: []int{64}})
		}
	}
	_, net := opened(t, &weights.Contents{Params: params})
	for _, l := range []struct {
		name string
		kind models.Kind
		side int
	}{{"conv1.6", models.Conv, 112}, {"layer2.0.downsample.0", models.AvgPool, 28}, {"layer2.0.downsample.1", models.Conv, 28}, {"layer1.0.se.mul", models.Mul, 56}} {
		if got, ok := net.Layer(l.name); !ok || got.Kind != l.kind || got.Shape[2] != l.side {
			t.Errorf("%s is a %s of %v", l.name, got.Kind, got.Shape)
		}
	}
}

func TestFindSaysWhatIsNearest(t *testing.T) {
	params := stateDict(t, "resnet18")
	rows := []struct {
		name   string
		params []weights.Param
		says   []string
	}{
		{
			"a layer more", slices.Concat(params, []weights.Param{{Name: "layer5.0.conv1.weight", Shape: []int{512, 512, 3, 3}}}),
			[]string{"nearest is resnet18", "102 of 103", "layer5.0.conv1.weight is not expected"},
		},
		{"another shape", slices.Concat(params[:1], norm("bn1", 65), params[5:]), []string{"nearest is resnet18", "bn1.bias has shape [65], not [64]"}},
		{"a transformer", slices.Concat([]weights.Param{{Name: "cls_token", Shape: []int{1, 1, 192}}}, linear("blocks.0.attn.qkv", 192, 576)), []string{"attention layers (cls_token)"}},
		{"a network of one's own", linear("layers.0", 7, 9), []string{"layers.0.weight, layers.0.bias"}},
		{"two heads", slices.Concat(body(params, "fc."), linear("age", 512, 1), linear("sex", 512, 2)), []string{"nearest is resnet18", "age.weight is not expected", "sex.weight is not expected"}},
	}
	for _, r := range rows {
		_, err := zoo.Find(&weights.Contents{Params: r.params, Ordered: true})
		var unknown *zoo.UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		for _, text := range append(r.says, weights.Export) {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %q does not say %q", r.name, err, text)
			}
		}
		if len(err.Error()) > 1200 || strings.Contains(err.Error(), "densenet201") {
			t.Errorf("%s: %q", r.name, err)
		}
	}
}

// TestRowOfModules reads a network that is one row of modules: what ends the body
// is no part of the head, and an activation that was put there is.
func TestRowOfModules(t *testing.T) {
	params := renamed(body(stateDict(t, "vgg11"), "classifier."), func(name string) string { return strings.TrimPrefix(name, "features.") })
	row := func(classes ...string) []weights.Module {
		list := []weights.Module{{Name: "", Class: "Sequential"}}
		for i, class := range classes {
			list = append(list, weights.Module{Name: strconv.Itoa(18 + i), Class: class})
		}
		return list
	}
	rows := []struct {
		modules []weights.Module
		linear  string
		want    []string
	}{
		{
			row("Conv2d", "ReLU", "MaxPool2d", "AdaptiveAvgPool2d", "Flatten", "Linear", "Sigmoid"), "23",
			[]string{"avgpool GlobalAvgPool", "flatten Flatten", "23 Linear"},
		},
		{
			row("Conv2d", "ReLU", "MaxPool2d", "Tanh", "AdaptiveAvgPool2d", "Flatten", "Linear", "Sigmoid"), "24",
			[]string{"21 Tanh", "avgpool GlobalAvgPool", "flatten Flatten", "24 Linear"},
		},
	}
	for _, r := range rows {
		_, net := opened(t, &weights.Contents{Params: slices.Concat(params, linear(r.linear, 512, 5)), Ordered: true, Modules: r.modules})
		if got := headOf(net, "features.20"); !slices.Equal(got, r.want) {
			t.Errorf("the head is %q, not %q", got, r.want)
		}
		if net.Output.Activation != models.ActivationSigmoid || len(net.Guesses) != 0 {
			t.Errorf("the activation is %q, guessed are %v", net.Output.Activation, net.Guesses)
		}
	}
	// A pooling that the body does not end with.
	_, err := zoo.Find(&weights.Contents{Params: slices.Concat(params, linear("23", 512, 5)), Ordered: true, Modules: row("Conv2d", "ReLU", "MaxPool2d", "AdaptiveMaxPool2d", "Flatten", "Linear")})
	if err == nil || !strings.Contains(err.Error(), "21, a AdaptiveMaxPool2d") {
		t.Errorf("another pooling: %v", err)
	}
}
