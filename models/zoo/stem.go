package zoo

import (
	"math"
	"strings"

	"gaze/models"
)

// stem is the window of the first convolution: own, unless the file has a 3x3
// kernel there. Networks for small pictures, such as CIFAR's of 32x32 pixels, have
// it with a stride of 1 and without the pooling after it, which is called pool.
func (b *builder) stem(name string, own window, pool string) (w window, small bool) {
	if b.file == nil || own.kernel <= 3 {
		return own, false
	}
	s := b.file.shape(name + ".weight")
	if len(s) != 4 || s[2] != 3 || s[3] != 3 {
		return own, false
	}
	w, small = same(3, 1), true
	if class := b.file.class(pool); class != "" {
		small = class == "Identity" || class == "Sequential"
	} else {
		b.net.Guess("of the 3x3 kernel of "+name, models.AspectStem)
	}
	const side = 32
	if stride, ok := asPair(b.file.options(name)["stride"], 1); small && !b.sized && (!ok || stride[0] == 1) {
		b.net.Input.Height, b.net.Input.Width, b.net.Input.Resize = side, side, side
	}
	return w, small
}

// input makes the picture's channels those that the first convolution reads.
func (b *builder) input(conv string) {
	if b.file == nil {
		return
	}
	if s := b.file.shape(conv + ".weight"); len(s) == 4 && s[1] != b.net.Input.Count() && s[1] > 0 && s[1] <= maxInputs {
		b.net.Input = b.net.Input.WithChannels(models.ChannelsFor(s[1]))
	}
}

// maxInputs bounds the channels of a picture that a file of weights may ask for.
const maxInputs = 512

// geometry changes a convolution to what the file says of it.
func (b *builder) geometry(name, in string, attr *models.Attr) {
	if b.file == nil {
		return
	}
	o := b.file.options(name)
	for _, v := range []struct {
		key string
		to  *[2]int
	}{{"stride", &attr.Stride}, {"dilation", &attr.Dilation}} {
		if pair, ok := asPair(o[v.key], 1); ok {
			*v.to = pair
		}
	}
	if pad, ok := asPair(o["padding"], 0); ok {
		attr.Pad = [4]int{pad[0], pad[1], pad[0], pad[1]}
	}
	if b.file.tensorFlow() || strings.HasSuffix(b.file.class(name), "2dSame") {
		b.padSame(in, attr)
	}
}

// asPair reads one whole number or two, each at least least.
func asPair(list []float64, least int) ([2]int, bool) {
	const most = 1 << 10
	for _, n := range list {
		if !(n >= float64(least) && n <= most) || n != math.Trunc(n) {
			return [2]int{}, false
		}
	}
	switch len(list) {
	case 1:
		return [2]int{int(list[0]), int(list[0])}, true
	case 2:
		return [2]int{int(list[0]), int(list[1])}, true
	}
	return [2]int{}, false
}

// padSame pads as TensorFlow does: the output has as many pixels as the input
// divided by the stride, rounded up, and an odd row or column is added at the end.
// How much that is depends on the input's size.
func (b *builder) padSame(in string, attr *models.Attr) {
	height, width := b.net.Input.Height, b.net.Input.Width
	if l, ok := b.net.Layer(in); ok {
		height, width = l.Plane()
	}
	for axis, side := range [2]int{height, width} {
		out := int(math.Ceil(float64(side) / float64(attr.Stride[axis])))
		total := max(0, (out-1)*attr.Stride[axis]+(attr.Kernel[axis]-1)*attr.Dilation[axis]+1-side)
		attr.Pad[axis], attr.Pad[axis+2] = total/2, total-total/2
	}
	b.net.FixedSize = true
}
