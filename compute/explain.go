package compute

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"path/filepath"
	"time"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/compute/picture"
	"gaze/models"
)

// This file is a picture's way from its path to the sheet: a file becomes a
// [Subject], the [Explainer] runs the network on it and makes an [Explanation] of
// each map, and that is drawn beside the picture.

// Subject is a picture as a network gets it.
type Subject struct {
	// Path is what the picture is called in messages and results.
	Path string
	// Name is what sheets call it; the last part of Path unless it is set.
	Name string
	// Image is the upright picture, and Frame the part of it that the network sees.
	Image image.Image
	Frame image.Rectangle
	// Input is the preprocessed picture, 1 x channels x H x W. It must not be changed: the
	// explainer reuses the forward pass of a tensor that it knows.
	Input *tensor.Dense
	// Notices are what a reader of the picture has to know of its file.
	Notices []picture.Notice
}

// OpenSubject reads the picture at path for a network with that input. Where each
// channel is a file of its own, path is that of any of them. Errors of a file are a
// [picture.Error].
func OpenSubject(ctx context.Context, path string, in models.Input, opt picture.Options) (*Subject, error) {
	if in.Stack != "" {
		input, shown, frame, notices, err := picture.Stack(ctx, path, in, opt)
		if err != nil {
			return nil, err
		}
		return &Subject{Path: path, Image: shown, Frame: frame, Input: input, Notices: notices}, nil
	}
	opt.Strips = true
	p, err := picture.Open(ctx, path, opt)
	if err != nil {
		return nil, err
	}
	return PictureSubject(p, in)
}

// PictureSubject preprocesses a picture that was read before, in its full depth and by
// its window.
func PictureSubject(p *picture.Picture, in models.Input) (*Subject, error) {
	input, frame, err := p.Tensor(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Path, err)
	}
	return &Subject{Path: p.Path, Image: p.View(), Frame: frame, Input: input, Notices: p.Notices}, nil
}

// NewSubject preprocesses an upright picture of 8 bits.
func NewSubject(path string, img *image.NRGBA, in models.Input) (*Subject, error) {
	input, frame, err := picture.Tensor(img, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Subject{Path: path, Image: img, Frame: frame, Input: input}, nil
}

// TensorSubject is a picture that is preprocessed already, 1 x channels x H x W; its
// pixels are computed back.
func TensorSubject(path string, input *tensor.Dense, in models.Input) (*Subject, error) {
	img, err := picture.ToRGB(input, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Subject{Path: path, Image: img, Frame: img.Rect, Input: input}, nil
}

// Answer is what came of a subject.
type Answer struct {
	// Outcomes has one for each map that the recipe asks for: layer by layer, in
	// each by all methods, or where layers are fused one for each method.
	Outcomes []Outcome
	// Forward is the time that the network took to the logits, for all pictures
	// that were run at once, and 0 where a former pass was reused; Elapsed is the
	// whole, maps included, but not the wait for other runs.
	Forward, Elapsed time.Duration
	// Network is Elapsed without the maps that were made after the subject's run.
	Network time.Duration
}

// Outcome is one map that a recipe asks for, or why there is none.
type Outcome struct {
	// Layer is that of the map; where layers are fused all of them, as in "a + b".
	Layer       string
	Method      cam.Method
	Explanation *Explanation
	Err         error
}

// Explain makes the recipe's maps of subjects, which are run at once, in less time
// and memory than [Explainer.Run] takes where the recipe allows it. A map that
// cannot be made is an outcome with its error and costs no other map. The error is
// the context's or one that all maps meet.
func (x *Explainer) Explain(ctx context.Context, r Recipe, subjects ...*Subject) ([]Answer, error) {
	r, err := r.Check(x.Network())
	if err != nil {
		return nil, err
	}
	return x.explain(ctx, r, x.ask(r, subjects))
}

func (x *Explainer) explain(ctx context.Context, r Recipe, asked []question) ([]Answer, error) {
	if how := x.shortcut(r); how != nil {
		return how(ctx, r, asked)
	}
	passes, err := x.run(ctx, r, asked)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(passes))
	for i, pass := range passes {
		begin := time.Now()
		answers[i] = Answer{Outcomes: pass.Outcomes(ctx, r), Forward: pass.Forward, Network: pass.Elapsed}
		answers[i].Elapsed = pass.Elapsed + time.Since(begin)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// Comparison is what a sheet shows of the map beside the subject that it explains.
func (e *Explanation) Comparison(s *Subject, style heat.Style) heat.Comparison {
	return heat.Comparison{
		Original: s.Image, Frame: s.Frame, Map: e.Map, Colormap: style.Colormap, Opacity: style.Opacity,
		Caption: e.Caption(cmp.Or(s.Name, filepath.Base(s.Path))),
	}
}

// Sheet draws the comparison sheet: picture, map and overlay side by side, and
// below them all that has to be said of the map.
func (e *Explanation) Sheet(s *Subject, style heat.Style) *image.NRGBA {
	return heat.Sheet(e.Comparison(s, style))
}
