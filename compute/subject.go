package compute

import (
	"context"
	"fmt"
	"image"

	"gorgonia.org/tensor"

	"gaze/compute/picture"
	"gaze/models"
)

// Subject is a picture as a network gets it.
type Subject struct {
	// Path is what the picture is called in messages and results.
	Path string
	// Name is what sheets call it; the last part of Path unless it is set.
	Name string
	// Image is the upright picture, and Frame the part of it that the network sees.
	Image *image.NRGBA
	Frame image.Rectangle
	// Input is the preprocessed picture, 1 x 3 x H x W. It must not be changed: the
	// explainer reuses the forward pass of a tensor that it knows.
	Input *tensor.Dense
}

// OpenSubject reads the picture at path for a network with that input. Errors of
// the file are a [picture.Error].
func OpenSubject(ctx context.Context, path string, in models.Input) (*Subject, error) {
	p, err := picture.Open(ctx, path, picture.Limits{})
	if err != nil {
		return nil, err
	}
	return NewSubject(path, p.Image, in)
}

// NewSubject preprocesses an upright picture that was read before.
func NewSubject(path string, img *image.NRGBA, in models.Input) (*Subject, error) {
	input, frame, err := picture.Tensor(img, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Subject{Path: path, Image: img, Frame: frame, Input: input}, nil
}

// TensorSubject is a picture that is preprocessed already, 1 x 3 x H x W; its
// pixels are computed back.
func TensorSubject(path string, input *tensor.Dense, in models.Input) (*Subject, error) {
	img, err := picture.ToRGB(input, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Subject{Path: path, Image: img, Frame: img.Rect, Input: input}, nil
}
