package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// usualSide is the input's height and width where neither the file nor the user
// states them.
const usualSide = 224

// usualAxes is the number of axes of a picture: batch, channels, rows and columns.
const usualAxes = 4

// openInputs makes the values of the graph's inputs that the output needs: one is
// the picture, and the others have the numbers that the user gives or that are
// usual for their names.
func (b *builder) openInputs(output string, opt Options, said map[string]string) error {
	if err := b.giveInputs(opt.Inputs); err != nil {
		return err
	}
	var open []*onnxpb.ValueInfoProto
	needed := b.ancestors(output)
	for _, v := range b.inputs() {
		if _, made := b.makers[v.Name]; made {
			return fmt.Errorf("two things make the value %q", v.Name)
		}
		if needed[v.Name] && b.values[v.Name] == nil {
			open = append(open, v)
		}
	}
	if len(open) == 0 {
		// What is wrong with the output is found by reading it.
		open = slices.DeleteFunc(b.inputs(), func(v *onnxpb.ValueInfoProto) bool { return b.values[v.Name] != nil })
	}
	picture, err := pictureAmong(open)
	if err != nil {
		return err
	}
	for _, v := range open {
		if v != picture {
			if err := b.assume(v); err != nil {
				return err
			}
		}
	}
	return b.openPicture(picture, opt, said)
}

// inputs are the graph's inputs besides parameters, which old files list as
// inputs too.
func (b *builder) inputs() []*onnxpb.ValueInfoProto {
	var list []*onnxpb.ValueInfoProto
	for _, v := range b.graph.Input {
		if _, given := b.initializers[v.Name]; !given {
			list = append(list, v)
		}
	}
	return list
}

// ancestors are the values that the value called name is made of, and itself.
func (b *builder) ancestors(name string) map[string]bool {
	of := map[string]bool{name: true}
	for i := len(b.graph.Node) - 1; i >= 0; i-- {
		p := b.graph.Node[i]
		if !slices.ContainsFunc(p.Output, func(name string) bool { return name != "" && of[name] }) {
			continue
		}
		for _, in := range reads(p) {
			of[in] = true
		}
	}
	return of
}

// pictureAmong returns the input that takes the picture: the one with most axes,
// and of those with one or two that with most numbers.
func pictureAmong(inputs []*onnxpb.ValueInfoProto) (*onnxpb.ValueInfoProto, error) {
	axes := func(v *onnxpb.ValueInfoProto) int {
		t := v.GetType().GetTensorType()
		if t != nil && t.Shape == nil {
			return usualAxes
		}
		return len(t.GetShape().GetDim())
	}
	size := func(v *onnxpb.ValueInfoProto) int {
		n := 1
		for _, d := range v.GetType().GetTensorType().GetShape().GetDim() {
			n = clamp(int64(n) * max(int64(clamp(d.GetDimValue())), 1))
		}
		return n
	}
	var picture *onnxpb.ValueInfoProto
	var alike []string
	for _, v := range inputs {
		switch {
		case picture == nil || axes(v) > axes(picture) || axes(v) == axes(picture) && axes(v) <= 2 && size(v) > size(picture):
			picture, alike = v, nil
			fallthrough
		case axes(v) == axes(picture):
			alike = append(alike, fmt.Sprintf("%q", v.Name))
		}
	}
	switch {
	case picture == nil:
		return nil, errors.New("it has no input that could be a picture")
	case len(alike) > 1 && axes(picture) > 2:
		return nil, fmt.Errorf("it takes %d pictures (%s), and one is all there is", len(alike), strings.Join(alike, ", "))
	}
	return picture, nil
}

// openPicture decides the picture's size and channels and makes its value.
func (b *builder) openPicture(v *onnxpb.ValueInfoProto, opt Options, said map[string]string) error {
	shape, err := openShape(v)
	if err != nil {
		return fmt.Errorf("input %q: %w", v.Name, err)
	}
	axes, err := b.arrangement(v.Name, shape)
	if err != nil {
		return fmt.Errorf("input %q %w", v.Name, err)
	}
	own := shape
	if axes.folded != nil {
		shape = axes.folded
	}
	by := [4]int{1, 1, -1, -1}
	for i, of := range axes.roles {
		by[of] = shape[i]
	}
	if axes.folded != nil && len(own) > 1 {
		by[batch] = own[0]
	}
	if by[channels] < 0 {
		by[channels] = axes.channels
	}
	if b.fileBatch = by[batch]; b.fileBatch > 1 {
		b.note(models.NoteBatch, b.fileBatch)
	}
	side, stated := saidSide(said)
	switch in := opt.Input; {
	case in != nil:
		b.net.Input = *in
	case opt.Height > 0:
		b.net.Input = usualInput(opt.Height, opt.Width)
	case stated && by[rows] < 0 && by[columns] < 0:
		b.net.Input = usualInput(side[0], side[1])
	default:
		b.guessSize(by[rows], by[columns])
	}
	if b.net.Input.Count() != by[channels] {
		b.net.Input = b.net.Input.WithChannels(models.ChannelsFor(by[channels]))
		if opt.Input != nil && by[channels] > 1 {
			b.net.Guess(fmt.Sprintf("the file takes %d channels", by[channels]), models.AspectChannels)
		}
	}
	for i, side := range map[int]int{rows: b.net.Input.Height, columns: b.net.Input.Width} {
		if by[i] < 0 {
			by[i] = side
		}
	}
	if by[rows] != b.net.Input.Height || by[columns] != b.net.Input.Width {
		b.fileSize = [2]int{by[rows], by[columns]}
		b.note(models.NoteSize, fmt.Sprintf("%dx%d", by[columns], by[rows]), fmt.Sprintf("%dx%d", b.net.Input.Width, b.net.Input.Height))
	}
	if err := b.net.Input.Validate(); err != nil {
		return err
	}
	if axes.guessed {
		b.note(models.NoteLayout, v.Name, axes)
	}
	lies := straight(b.net.Input.Shape())
	l := make(layout, len(axes.roles))
	for i, of := range axes.roles {
		l[i] = lies[of]
	}
	if axes.folded != nil {
		l = append(make(layout, len(own)-1), l.runs())
	}
	b.pixels = v.GetType().GetTensorType().GetElemType()
	b.set(v.Name, &value{layer: models.InputName, layout: l})
	return nil
}

// openShape returns the sides of an input; -1 where the file leaves one open.
func openShape(v *onnxpb.ValueInfoProto) ([]int, error) {
	t := v.GetType().GetTensorType()
	if t == nil {
		return nil, errors.New("is no tensor")
	}
	if _, ok := elementOf(t.ElemType); !ok {
		return nil, fmt.Errorf("has numbers of type %s", typeName(t.ElemType))
	}
	if t.Shape == nil {
		return slices.Repeat([]int{-1}, usualAxes), nil
	}
	sides := make([]int, len(t.Shape.Dim))
	for i, d := range t.Shape.Dim {
		sides[i] = -1
		if n := d.GetDimValue(); n > 0 {
			sides[i] = clamp(n)
		}
	}
	return sides, nil
}

// guessSize sets the input's size, of which a side is negative where the file
// leaves it open, and ImageNet's preprocessing.
func (b *builder) guessSize(height, width int) {
	if height < 0 || width < 0 {
		open := usualSide
		if known := max(height, width); known > 0 {
			open = known
		}
		if height < 0 {
			height = open
		}
		if width < 0 {
			width = open
		}
		b.net.Guess("the file leaves it open", models.AspectSize)
	}
	b.net.Input = usualInput(height, width)
}

// usualInput is ImageNet's preprocessing for pictures of that size.
func usualInput(height, width int) models.Input {
	// torchvision's evaluation crop keeps seven eighths of the short side.
	in := models.ImageNetInput(height, int(math.Round(float64(max(height, width))/0.875)))
	in.Width = width
	in.Resize = max(in.Resize, height, width)
	return in
}

// sized adds to an error that the network was read for another size than the
// file's, because that may be the reason.
func (b *builder) sized(err error) error {
	if b.fileSize == [2]int{} {
		return err
	}
	return fmt.Errorf("%w (the file is for pictures of %dx%d, not %dx%d)", err, b.fileSize[1], b.fileSize[0], b.net.Input.Width, b.net.Input.Height)
}

// note adds a note for the user.
func (b *builder) note(kind models.NoteKind, of ...any) {
	b.net.Notes = append(b.net.Notes, models.NewNote(kind, of...))
}
