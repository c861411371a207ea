package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// usualSide is the input's height and width where neither the file nor the user
// states them.
const usualSide = 224

// openInput finds the picture among the graph's inputs and decides its size.
func (b *builder) openInput(opt Options) error {
	var inputs []*onnxpb.ValueInfoProto
	var names []string
	for _, v := range b.graph.Input {
		if _, given := b.initializers[v.Name]; !given {
			inputs = append(inputs, v)
			names = append(names, fmt.Sprintf("%q", v.Name))
		}
	}
	if len(inputs) != 1 {
		return fmt.Errorf("it has %d inputs (%s), and one picture is all there is", len(inputs), strings.Join(names, ", "))
	}
	if _, made := b.makers[inputs[0].Name]; made {
		return fmt.Errorf("two things make the value %q", inputs[0].Name)
	}
	sides, err := pictureSides(inputs[0])
	if err != nil {
		return fmt.Errorf("input %q: %w", inputs[0].Name, err)
	}
	last := sides[1] != 3 && sides[3] == 3 || sides[1] < 0 && b.turned(inputs[0].Name)
	order := []int{batch, channels, rows, columns}
	if last {
		order = []int{batch, rows, columns, channels}
	}
	var by [4]int
	for i, of := range order {
		by[of] = sides[i]
	}
	if by[channels] >= 0 && by[channels] != 3 {
		return fmt.Errorf("input %q takes %d channels, and pictures have 3", inputs[0].Name, by[channels])
	}
	if b.fileBatch = by[batch]; b.fileBatch > 1 {
		b.note(models.NoteBatch, b.fileBatch)
	}
	switch in := opt.Input; {
	case in != nil:
		b.net.Input = *in
	case opt.Size > 0:
		b.net.Input = usualInput(opt.Size, opt.Size)
	default:
		b.guessSize(by[rows], by[columns])
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
	shape := []int(b.net.Input.Shape())
	b.set(inputs[0].Name, &value{layer: models.InputName, layout: straight(shape).transposed(order)})
	return nil
}

// pictureSides returns the four sides of an input; -1 where the file leaves one
// open.
func pictureSides(v *onnxpb.ValueInfoProto) ([4]int, error) {
	sides := [4]int{-1, -1, -1, -1}
	t := v.GetType().GetTensorType()
	if t == nil {
		return sides, errors.New("is no tensor")
	}
	if _, ok := elementOf(t.ElemType); !ok {
		return sides, fmt.Errorf("has numbers of type %s", typeName(t.ElemType))
	}
	if t.Shape == nil {
		return sides, nil
	}
	if len(t.Shape.Dim) != len(sides) {
		return sides, fmt.Errorf("has %d axes, and a picture has batch, channels, rows and columns", len(t.Shape.Dim))
	}
	for i, d := range t.Shape.Dim {
		if n := d.GetDimValue(); n > 0 {
			sides[i] = clamp(n)
		}
	}
	return sides, nil
}

// turned reports whether what reads the value first brings its channels before
// its rows and columns.
func (b *builder) turned(name string) bool {
	for _, p := range b.graph.Node {
		if len(p.Input) > 0 && p.Input[0] == name {
			order := newNode(p).ints("perm")
			return p.OpType == "Transpose" && len(order) == 4 && order[1] == 3
		}
	}
	return false
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

// guessPixels decides how pixels become numbers, by the file's metadata or else
// by what the network does first.
func (b *builder) guessPixels(file *onnxpb.ModelProto) {
	b.net.Guess("", models.AspectResize, models.AspectCrop)
	in := &b.net.Input
	said := metadata(file)
	order, known := said["Image.BitmapPixelFormat"]
	if strings.HasPrefix(order, "Bgr") {
		*in = in.WithChannels(models.BGR)
	}
	if !known {
		b.net.Guess("", models.AspectChannels)
	}
	plain := func(scale, mean, std float32) {
		in.Scale = scale
		in.Mean = slices.Repeat([]float32{mean}, in.Count())
		in.Std = slices.Repeat([]float32{std}, in.Count())
	}
	switch said["Image.NominalPixelRange"] {
	case "NominalRange_0_255":
		plain(1, 0, 1)
		return
	case "Normalized_0_1":
		plain(1.0/255, 0, 1)
		return
	case "Normalized_1_1":
		plain(1.0/255, 0.5, 0.5)
		return
	}
	why := "ImageNet's"
	switch b.ownScaling() {
	case bytes:
		plain(1, 0, 1)
		why = "the network scales pixels itself"
	case fractions:
		plain(1.0/255, 0, 1)
		why = "the network normalises pixels itself"
	default:
	}
	b.net.Guess(why, models.AspectScale, models.AspectMean, models.AspectStd)
}

func metadata(file *onnxpb.ModelProto) map[string]string {
	said := make(map[string]string)
	for _, e := range file.MetadataProps {
		said[e.Key] = e.Value
	}
	return said
}

// pixelRange is what numbers a network takes for pixels.
type pixelRange int

const (
	normalised pixelRange = iota
	fractions
	bytes
)

// ownScaling finds out which numbers a network takes for pixels from the first
// thing that it does to its input. It takes bytes if the input has that type,
// or if the network first divides by far more than pixels of 0..1 deviate or
// subtracts far more than their mean. It takes pixels of 0..1 if it scales them
// less.
func (b *builder) ownScaling() pixelRange {
	for _, v := range b.graph.Input {
		if v.GetType().GetTensorType().GetElemType() == int32(onnxpb.TensorProto_UINT8) {
			return bytes
		}
	}
	const smallest, largest = 1.0 / 16, 16
	takes := normalised
	for _, l := range b.net.Layers {
		if l.Inputs[0] != models.InputName || l.Kind != models.Scale {
			continue
		}
		takes = fractions
		if w, ok := furthest(l.Params["weight"]); ok && w < smallest {
			return bytes
		}
		if w, ok := furthest(l.Params["bias"]); ok && w > largest {
			return bytes
		}
	}
	return takes
}

// furthest is the largest magnitude among a parameter's numbers.
func furthest(p *tensor.Dense) (float64, bool) {
	if p == nil {
		return 0, false
	}
	most := 0.0
	for _, v := range p.Data().([]float32) {
		most = max(most, math.Abs(float64(v)))
	}
	return most, true
}

// note adds a note for the user.
func (b *builder) note(kind models.NoteKind, of ...any) {
	b.net.Notes = append(b.net.Notes, models.NewNote(kind, of...))
}
