package keras

import (
	"fmt"
	"slices"

	"gaze/models"
)

// usualSide is the input's height and width where neither the file nor the user
// states them.
const usualSide = 224

// shapeOfInput finds the shape of a model's input without the batch; nil where
// nothing says it.
func (m *model) shapeOfInput() []int {
	first := m.layers[0]
	if len(m.inputs) > 0 {
		for _, l := range m.layers {
			if l.name == m.inputs[0].layer {
				first = l
			}
		}
	}
	for _, key := range []string{"batch_input_shape", "batch_shape"} {
		if shape := first.config.shape(key); shape != nil && !allOpen(shape) {
			return shape
		}
	}
	if first.model != nil {
		if shape := first.model.shapeOfInput(); shape != nil {
			return shape
		}
	}
	if m.shape != nil {
		return m.shape
	}
	return first.built
}

func allOpen(shape []int) bool {
	return !slices.ContainsFunc(shape, func(side int) bool { return side >= 0 })
}

// channelsFirst reports whether the first layer that says how its tensors lie says
// that the channels come first; said is false where none does.
func (m *model) channelsFirst() (first, said bool) {
	for _, l := range m.leaves() {
		if format := l.config.text("data_format", ""); format != "" {
			return format == "channels_first", true
		}
	}
	return false, false
}

// pictureOf makes the model's input the pixels of a picture.
func (b *builder) pictureOf(m *model) (*value, error) {
	shape := slices.Clone(m.shapeOfInput())
	if shape == nil {
		shape = []int{-1, -1, -1}
	}
	if len(shape) != 2 && len(shape) != 3 {
		return nil, fmt.Errorf("its input has the shape %s, which is no picture of rows, columns and channels", shapeText(shape))
	}
	first, _ := m.channelsFirst()
	rows, columns, channels := 0, 1, 2
	if first && len(shape) == 3 {
		channels, rows, columns = 0, 1, 2
	}
	depth := 1
	if len(shape) == 3 {
		if depth = shape[channels]; depth < 0 {
			depth = 3
		}
	}
	const maxDepth = 1024
	if depth > maxDepth {
		return nil, fmt.Errorf("its input has %d channels; pictures have %d at most", depth, maxDepth)
	}
	for _, side := range []int{rows, columns} {
		switch size := b.wantedSize(side == rows); {
		case size > 0 && shape[side] >= 0 && shape[side] != size:
			b.fileSize = []int{shape[rows], shape[columns]}
			shape[side] = size
		case size > 0:
			shape[side] = size
		case shape[side] < 0:
			b.open = true
			shape[side] = max(usualSide, shape[rows], shape[columns])
			if other := max(shape[rows], shape[columns]); other > 0 {
				shape[side] = other
			}
		}
	}
	v := &value{
		layer: models.InputName, layout: planar(depth, shape[rows], shape[columns], first),
		pixels: newPixels(models.ChannelsFor(depth), shape[rows], shape[columns]),
	}
	if len(shape) == 2 {
		v.layout = straight(shape)
	}
	return v, nil
}

// wantedSize is the height, or the width, that the user wants, or 0.
func (b *builder) wantedSize(height bool) int {
	if height {
		return b.opt.Height
	}
	return b.opt.Width
}

// describeInput makes v the network's input: what the file does with pixels first
// is how they are prepared, and what it leaves open is guessed.
func (b *builder) describeInput(v *value) error {
	p := v.pixels.clone(v.pixels.name)
	height, width := p.height, p.width
	if b.fileSize != nil && !p.resize.said {
		b.note(models.NoteSize, fmt.Sprintf("%dx%d", b.fileSize[1], b.fileSize[0]), fmt.Sprintf("%dx%d", width, height))
	}
	n := len(p.channels)
	plain := models.Input{
		Height: height, Width: width, Fit: models.FitStretch, Channels: p.channels, Scale: 1,
		Mean: make([]float32, n), Std: slices.Repeat([]float32{1}, n),
	}
	in := plain
	in.Mean, in.Std = slices.Clone(plain.Mean), slices.Clone(plain.Std)
	if p.resize.said {
		in.Fit, in.Resize, in.Filter = p.resize.fit, p.resize.short, p.resize.filter
	} else {
		in.Filter = models.FilterNearest
		b.net.Guess("as Keras' load_img", models.AspectCrop)
		if b.open {
			b.net.Guess("the file leaves it open", models.AspectSize)
		}
	}
	in.Scale = 1.0 / 255
	if !p.ordered {
		b.net.Guess("", models.AspectChannels)
	}
	// Without anything that could stay in the network there is nothing to leave there.
	kept := p.scaled && b.opt.Bytes
	switch {
	case kept:
		b.net.Guess("the network scales pixels itself", models.AspectScale, models.AspectMean, models.AspectStd)
	case p.scaled:
		for c := range n {
			std := 1 / (255 * p.scale[c])
			in.Std[c], in.Mean[c] = float32(std), float32(0-p.offset[c]*std)
		}
	default:
		b.guessScaling(&in, p.ordered)
	}
	b.opened = p
	if kept || in.Validate() != nil {
		// Such as an inverted picture: a layer of the network does that.
		plain.Fit, plain.Resize, plain.Filter = in.Fit, in.Resize, in.Filter
		in = plain
		b.opened = newPixels(p.channels, height, width)
		b.opened.resize = p.resize
	}
	b.net.Input = in
	if err := in.Validate(); err != nil {
		return fmt.Errorf("reads a picture that cannot be made: %w", err)
	}
	return nil
}
