package picture

import (
	"context"
	"fmt"
	"image"
	"slices"

	"gorgonia.org/tensor"

	"gaze/models"
)

// Stack makes a network's input of several files that hold a channel each: those of
// the picture that the file at path is a channel of, by the pattern in.Stack. Each
// channel is the grey of its file, in its full depth. It returns the input as [Tensor] does, what to
// show of the picture (three channels as red, green and blue, any other number of them
// as their mean), and the files' notices, each once.
//
// Errors of files are an [*Error]. All files must have the same size.
func Stack(ctx context.Context, path string, in models.Input, opt Options) (x *tensor.Dense, shown *image.NRGBA, seen image.Rectangle, notices []Notice, err error) {
	fail := func(err error) (*tensor.Dense, *image.NRGBA, image.Rectangle, []Notice, error) {
		return nil, nil, image.Rectangle{}, nil, err
	}
	pattern, err := models.ParseStack(in.Stack)
	if err != nil {
		return fail(err)
	}
	if err := in.Validate(); err != nil {
		return fail(fmt.Errorf("make a network input: %w", err))
	}
	members, ok := pattern.Members(path)
	switch {
	case !ok:
		return fail(fmt.Errorf("%s: its name does not fit the pattern %s of a channel's file", path, pattern))
	case len(members) != in.Count():
		return fail(fmt.Errorf("%s: the pattern %s has %d channels, and the network takes %d", path, pattern, len(members), in.Count()))
	}
	values := make([]float32, in.Count()*in.Area())
	var sums []uint32
	for c, member := range members {
		// One file at a time: a hundred bands need not be in memory together.
		p, err := Open(ctx, member, opt)
		if err != nil {
			return fail(err)
		}
		for _, n := range p.Notices {
			if !slices.Contains(notices, n) {
				notices = append(notices, n)
			}
		}
		size := p.Image.Rect.Size()
		if c == 0 {
			shown, sums = image.NewNRGBA(p.Image.Rect), make([]uint32, size.X*size.Y)
		} else if first := shown.Rect.Size(); size != first {
			return fail(fmt.Errorf("%s: it is %dx%d, and %s is %dx%d: the files of a picture's channels must have one size", member, size.X, size.Y, members[0], first.X, first.Y))
		}
		grey := greyOf(p.Image)
		w, h, crop := placement(size, in)
		plane := values[c*in.Area() : (c+1)*in.Area()]
		if p.Deep != nil {
			normalise(plane, newResizer(size, in).resize(p.rows(false).channel('L')), in, c)
		} else {
			show(plane, resample(rowsOf(grey), filterOf(in), w, h, crop), 0, levels(in, c))
		}
		seen = frame(size, w, h, crop)
		if len(members) == len(models.RGB) {
			for i := range sums {
				shown.Pix[4*i+c] = grey.Pix[4*i]
			}
			continue
		}
		for i := range sums {
			sums[i] += uint32(grey.Pix[4*i])
		}
	}
	for i, sum := range sums {
		if len(members) != len(models.RGB) {
			mean := uint8(sum / uint32(len(members)))
			shown.Pix[4*i], shown.Pix[4*i+1], shown.Pix[4*i+2] = mean, mean, mean
		}
		shown.Pix[4*i+3] = 255
	}
	return tensor.New(tensor.WithShape(in.Shape()...), tensor.WithBacking(values)), shown, seen, notices, nil
}
