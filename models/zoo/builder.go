package zoo

import (
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
	err      error
}

// epsilon of torchvision's batch normalisation.
const epsilon = 1e-5

func (b *builder) append(l models.Layer) string {
	if b.err == nil {
		b.err = b.net.Append(l)
	}
	return l.Name
}

// param asks the source for a parameter of a layer. Where it has none, a blank
// one takes its place, so that the remaining problems are found too.
func (b *builder) param(layer, name string, shape ...int) *tensor.Dense {
	t, err := b.src.Param(layer+"."+name, shape...)
	if err == nil {
		return t
	}
	b.problems = append(b.problems, err.Error())
	blank := append([]int(nil), shape...)
	for i, side := range blank {
		blank[i] = max(side, 1)
	}
	return tensor.New(tensor.WithShape(blank...), tensor.Of(tensor.Float32))
}

// window is a square kernel's geometry.
type window struct{ kernel, stride, pad int }

func (w window) attr() models.Attr {
	return models.Attr{
		Kernel: [2]int{w.kernel, w.kernel}, Stride: [2]int{w.stride, w.stride}, Dilation: [2]int{1, 1},
		Pad: [4]int{w.pad, w.pad, w.pad, w.pad},
	}
}

// conv appends a convolution to out channels; -1 leaves their number to the
// weights.
func (b *builder) conv(name, in string, out int, w window, bias bool) string {
	attr := w.attr()
	attr.Groups = 1
	params := map[string]*tensor.Dense{"weight": b.param(name, "weight", out, b.channels(in), w.kernel, w.kernel)}
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
	return b.append(models.Layer{Name: name, Kind: models.BatchNorm, Inputs: []string{in}, Attr: models.Attr{Epsilon: epsilon}, Params: params})
}

func (b *builder) maxPool(name, in string, w window, ceil bool) string {
	attr := w.attr()
	attr.Ceil = ceil
	return b.append(models.Layer{Name: name, Kind: models.MaxPool, Inputs: []string{in}, Attr: attr})
}

// linear appends the layer that gives the logits.
func (b *builder) linear(name, in string) string {
	params := map[string]*tensor.Dense{"weight": b.param(name, "weight", -1, b.channels(in))}
	params["bias"] = b.param(name, "bias", params["weight"].Shape()[0])
	return b.append(models.Layer{Name: name, Kind: models.Linear, Inputs: []string{in}, Params: params})
}

// plain appends a layer without parameters or numbers.
func (b *builder) plain(name string, kind models.Kind, in ...string) string {
	return b.append(models.Layer{Name: name, Kind: kind, Inputs: in})
}

// channels is the length of axis 1 of the layer called name.
func (b *builder) channels(name string) int {
	if name == models.InputName {
		return 3
	}
	if l, ok := b.net.Layer(name); ok {
		return l.Shape[1]
	}
	return 1
}
