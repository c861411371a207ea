package zoo

import (
	"slices"

	"gorgonia.org/tensor"

	"gaze/models"
)

// builder appends layers to a network. Each method returns the new layer's
// name, to be the next one's input. Problems with parameters are collected;
// the first structural error ends the work silently and is reported by Build.
type builder struct {
	net      *models.Network
	src      Source
	problems []string
	// first ends the work at the first problem.
	first bool
	err   error
	zeros []float32
	// ended has what nothing gives, by the number of axes.
	ended []*tensor.Dense
	// epsilon of every batch normalisation; 1e-5 unless a network's build says
	// otherwise.
	epsilon float64
	// file is what is known of the parameters' file; nil for parameters from
	// elsewhere.
	file fileFacts
	// other is the head that the file has in the place of the architecture's own;
	// nil for the own one.
	other *head
	// flip is set where the file has a block's two ways in the other order.
	flip bool
	// body is the layer that the classifier reads, bodyLayers the number of layers
	// up to there, and pool the side to which the architecture's own head pools.
	body       string
	bodyLayers int
	pool       int
	// sized is set where the input's size is known.
	sized bool
	// headProblems are those with the parameters of the own head.
	headProblems []string
}

// fileFacts is what a source knows of the file that its parameters come from.
// Names are torchvision's.
type fileFacts interface {
	// shape of a parameter; nil where it is not known.
	shape(name string) []int
	// options are the numbers that the module of a layer was made with, class is
	// its class; both are empty where the file does not tell.
	options(layer string) map[string][]float64
	class(layer string) string
	// taken reports whether the parameters are those of a body that was taken out
	// of its network, so that functions which the network calls are not.
	taken() bool
	// epsilon of the batch normalisations by the naming scheme; 0 for the
	// architecture's own.
	epsilon() float64
	// layerEpsilon is that of the layer normalisations by the naming scheme, or 0.
	layerEpsilon() float64
	// tensorFlow is set where the naming scheme is of networks that pad as
	// TensorFlow does.
	tensorFlow() bool
}

func (b *builder) append(l models.Layer) string {
	if b.err == nil {
		b.err = b.net.Append(l)
	}
	return l.Name
}

// param asks the source for a parameter of a layer. A missing one is replaced
// by a blank one, so that the remaining problems are found too.
func (b *builder) param(layer, name string, shape ...int) *tensor.Dense {
	return b.given(layer+"."+name, shape)
}

// given asks the source for a parameter by its whole name.
func (b *builder) given(name string, shape []int) *tensor.Dense {
	if b.err != nil {
		return b.nothing(len(shape))
	}
	t, err := b.src.Param(name, shape...)
	if err == nil {
		return t
	}
	if b.body != "" {
		b.headProblems = append(b.headProblems, err.Error())
		return b.blank(shape)
	}
	b.problems = append(b.problems, err.Error())
	if b.first {
		b.err = err
	}
	return b.blank(shape)
}

// nothing is a tensor of so many axes, for layers that are not appended any more.
func (b *builder) nothing(axes int) *tensor.Dense {
	for len(b.ended) <= axes {
		b.ended = append(b.ended, b.blank(slices.Repeat([]int{1}, len(b.ended))))
	}
	return b.ended[axes]
}

// blank is a tensor of that shape, 1 standing for -1. All share their numbers,
// because nothing will be computed with them.
func (b *builder) blank(shape []int) *tensor.Dense {
	sides := make([]int, len(shape))
	for i, side := range shape {
		sides[i] = max(side, 1)
	}
	if n := tensor.Shape(sides).TotalSize(); n > len(b.zeros) {
		b.zeros = make([]float32, n)
	}
	return tensor.New(tensor.WithShape(sides...), tensor.WithBacking(b.zeros[:tensor.Shape(sides).TotalSize()]))
}

// window is a square kernel's geometry.
type window struct{ kernel, stride, pad int }

// same is the window of an odd kernel padded so that stride 1 keeps the sides.
func same(kernel, stride int) window { return window{kernel, stride, kernel / 2} }

func (w window) attr() models.Attr {
	return models.Attr{
		Kernel: [2]int{w.kernel, w.kernel}, Stride: [2]int{w.stride, w.stride}, Dilation: [2]int{1, 1},
		Pad: [4]int{w.pad, w.pad, w.pad, w.pad},
	}
}

// conv appends a convolution with out output channels; -1 takes their number
// from the weights.
func (b *builder) conv(name, in string, out int, w window, bias bool) string {
	return b.groupConv(name, in, out, 1, w, bias)
}

func (b *builder) groupConv(name, in string, out, groups int, w window, bias bool) string {
	attr := w.attr()
	attr.Groups = groups
	return b.attrConv(name, in, out, attr, bias)
}

// attrConv appends a convolution of any geometry.
func (b *builder) attrConv(name, in string, out int, attr models.Attr, bias bool) string {
	if in == models.InputName {
		b.input(name)
	}
	params := map[string]*tensor.Dense{
		"weight": b.param(name, "weight", out, b.channels(in)/attr.Groups, attr.Kernel[0], attr.Kernel[1]),
	}
	b.geometry(name, in, &attr)
	if bias {
		params["bias"] = b.param(name, "bias", params["weight"].Shape()[0])
	}
	return b.append(models.Layer{Name: name, Kind: models.Conv, Inputs: []string{in}, Attr: attr, Params: params})
}

func (b *builder) batchNorm(name, in string) string {
	params := make(map[string]*tensor.Dense, 4)
	for _, p := range []string{"weight", "bias", "running_mean", "running_var"} {
		params[p] = b.param(name, p, b.channels(in))
	}
	return b.append(models.Layer{Name: name, Kind: models.BatchNorm, Inputs: []string{in}, Attr: models.Attr{Epsilon: b.normEpsilon(name, b.epsilon)}, Params: params})
}

func (b *builder) maxPool(name, in string, w window, ceil bool) string {
	attr := w.attr()
	attr.Ceil = ceil
	return b.append(models.Layer{Name: name, Kind: models.MaxPool, Inputs: []string{in}, Attr: attr})
}

// linear appends a linear layer with out outputs; -1 takes their number from
// the weights.
func (b *builder) linear(name, in string, out int) string {
	params := map[string]*tensor.Dense{"weight": b.param(name, "weight", out, b.channels(in))}
	params["bias"] = b.param(name, "bias", params["weight"].Shape()[0])
	return b.append(models.Layer{Name: name, Kind: models.Linear, Inputs: []string{in}, Params: params})
}

// adaptiveAvgPool appends a pooling to size x size.
func (b *builder) adaptiveAvgPool(name, in string, size int) string {
	return b.append(models.Layer{Name: name, Kind: models.AdaptiveAvgPool, Inputs: []string{in}, Attr: models.Attr{Output: [2]int{size, size}}})
}

func (b *builder) avgPool(name, in string, w window) string {
	return b.append(models.Layer{Name: name, Kind: models.AvgPool, Inputs: []string{in}, Attr: w.attr()})
}

// shapeOf is the shape that a parameter has in the file; nil where the file does
// not have that name, or is not known.
func (b *builder) shapeOf(name string) []int {
	if b.file == nil || b.file.taken() {
		return nil
	}
	return b.file.shape(name)
}

// normEpsilon is a normalisation's epsilon: what the file says, else what its
// naming scheme means, else own.
func (b *builder) normEpsilon(name string, own float64) float64 {
	if b.file == nil {
		return own
	}
	if eps := b.file.options(name)["eps"]; len(eps) == 1 && eps[0] >= 0 {
		return eps[0]
	}
	if eps := b.file.epsilon(); eps > 0 {
		return eps
	}
	return own
}

// classifier appends what turns the feature maps x into logits: own, or the head
// that the file has in its place. own pools the maps to a side of pool.
func (b *builder) classifier(x string, pool int, own func(x string)) {
	if b.err != nil {
		return
	}
	b.body, b.bodyLayers, b.pool = x, len(b.net.Layers), pool
	if b.other != nil {
		b.other.build(b, x)
		return
	}
	own(x)
}

// beside appends two ways that begin at the same layer and returns their ends.
// They are made in this order unless the file has them the other way round.
func (b *builder) beside(one, two func() string) (string, string) {
	if b.flip {
		end := two()
		return one(), end
	}
	end := one()
	return end, two()
}

// head appends the layers that turn feature maps into logits in most networks:
// global average, flatten, and a linear layer called name.
func (b *builder) head(name, in string) {
	b.classifier(in, 1, func(x string) {
		x = b.plain("avgpool", models.GlobalAvgPool, x)
		x = b.plain("flatten", models.Flatten, x)
		b.linear(name, x, -1)
	})
}

// convNorm appends a convolution without bias, its batch normalisation and, if
// act is not empty, an activation.
func (b *builder) convNorm(conv, norm, act string, kind models.Kind, in string, out, groups int, w window) string {
	x := b.groupConv(conv, in, out, groups, w, false)
	x = b.batchNorm(norm, x)
	if act != "" {
		x = b.plain(act, kind, x)
	}
	return x
}

// normAct is torchvision's Conv2dNormActivation: convNorm with the parts called
// 0, 1 and 2, the last one absent where act is empty.
func (b *builder) normAct(name string, act models.Kind, in string, out, groups int, w window) string {
	third := name + ".2"
	if act == "" {
		third = ""
	}
	return b.convNorm(name+".0", name+".1", third, act, in, out, groups, w)
}

// residual ends the block called name. Its output is x plus the block's input
// in, or x alone where the block changes the shape.
func (b *builder) residual(name, in, x string, stride int) string {
	if stride == 1 && b.channels(in) == b.channels(x) {
		return b.plain(name, models.Add, x, in)
	}
	return b.plain(name, models.Sequential, x)
}

// plain appends a layer without parameters or numbers.
func (b *builder) plain(name string, kind models.Kind, in ...string) string {
	return b.append(models.Layer{Name: name, Kind: kind, Inputs: in})
}

// channels counts the channels of the layer called name.
func (b *builder) channels(name string) int {
	if name == models.InputName {
		return b.net.Input.Count()
	}
	l, ok := b.net.Layer(name)
	switch {
	case !ok:
		return 1
	case l.ChannelsLast:
		return l.Shape[len(l.Shape)-1]
	}
	return l.Shape[1]
}

// divisible rounds value to the nearest multiple of divisor, as MobileNets and
// their successors round numbers of channels. Halfway cases are rounded up. The
// result is at least divisor and at least nine tenths of value.
func divisible(value float64, divisor int) int {
	n := max(divisor, int(value+float64(divisor)/2)/divisor*divisor)
	if float64(n) < 0.9*value {
		n += divisor
	}
	return n
}
