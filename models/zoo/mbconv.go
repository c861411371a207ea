package zoo

import (
	"strconv"

	"gaze/models"
)

// mbConv is the block of MobileNet V3 and EfficientNet: a 1x1 convolution to
// wide channels (left out if the input has as many), a depthwise convolution,
// squeeze and excitation (left out if squeeze is 0), and a 1x1 convolution to
// out channels.
type mbConv struct {
	kernel, stride, wide, out, squeeze int
	// act follows the convolutions, inner and gate are the activations of the
	// squeeze and excitation.
	act, inner, gate models.Kind
}

// mbConv appends the parts of a block, which are called name.0, name.1 and so
// on. The shortcut is left to the caller.
func (b *builder) mbConv(name, in string, c mbConv) string {
	x, part := in, 0
	next := func() string {
		part++
		return name + "." + strconv.Itoa(part-1)
	}
	if c.wide != b.channels(in) {
		x = b.normAct(next(), c.act, x, c.wide, 1, same(1, 1))
	}
	x = b.normAct(next(), c.act, x, c.wide, c.wide, same(c.kernel, c.stride))
	if c.squeeze > 0 {
		x = b.squeezeExcitation(next(), x, c.squeeze, c.inner, c.gate)
	}
	return b.normAct(next(), "", x, c.out, 1, same(1, 1))
}

// squeezeExcitation scales each channel by a factor in 0..1 that follows from
// the means of all: Hu et al., Squeeze-and-Excitation Networks,
// arXiv:1709.01507. The product, a function call in torchvision, is called
// name.mul.
func (b *builder) squeezeExcitation(name, in string, squeeze int, act, gate models.Kind) string {
	x := b.plain(name+".avgpool", models.GlobalAvgPool, in)
	x = b.conv(name+".fc1", x, squeeze, window{1, 1, 0}, true)
	x = b.plain(name+".activation", act, x)
	x = b.conv(name+".fc2", x, b.channels(in), window{1, 1, 0}, true)
	l := models.Layer{Name: name + ".scale_activation", Kind: gate, Inputs: []string{x}}
	if gate == models.HardSigmoid {
		l.Attr.Alpha, l.Attr.Beta = 1.0/6, 0.5
	}
	return b.plain(name+".mul", models.Mul, in, b.append(l))
}
