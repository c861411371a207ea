package ui

import (
	"context"
	"fmt"
	"image"
	"os"
	"time"

	"gorgonia.org/tensor"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/compute/picture"
	"gaze/ui/widget"
)

// wish says what the user wants to see.
type wish struct {
	passKey
	method  cam.Method
	colours heat.Colormap
	// progress is told how far a method is that runs the network again.
	progress func(done, total int)
}

// work is what of a wish takes time: a wish with the same can wait for it. A
// method that runs the network again is given up for any other.
func (w wish) work() any {
	key := struct {
		passKey
		method string
	}{passKey: w.passKey}
	if w.method.Cost.Runs() {
		key.method = w.method.Name
	}
	return key
}

// passKey names one run of a network. Without an engine it only asks for the
// picture.
type passKey struct {
	path   string
	engine engine
	layer  string
	class  int
}

// photo is a picture ready to be shown.
type photo struct {
	path string
	// size and modified are the file's when it was read.
	size     int64
	modified time.Time

	full *image.NRGBA
	// shown is full with what a widget.Picture needs besides.
	shown image.Image
}

// view is what came of a wish.
type view struct {
	path        string
	explanation *compute.Explanation
	method      cam.Method
	colours     heat.Colormap
	// seen is the part of the picture the network saw, in its pixels.
	seen image.Rectangle
	// overlay is the coloured map in the picture's proportions.
	overlay image.Image
	took    time.Duration
}

// bench is where wishes are worked on, one after the other. It keeps the last
// product of every stage (picture, input, pass, map), so that a wish costs only
// the stages that it changes: other colours or another method never run the
// network, another class or layer never reads the picture again.
type bench struct {
	photo *photo

	input struct {
		photo  *photo
		engine engine
		tensor *tensor.Dense
		seen   image.Rectangle
	}
	pass struct {
		key   passKey
		input *tensor.Dense
		pass
	}
}

// read returns the picture at path, again from its file if that has changed. A
// file that is gone does not take away the picture that is at hand.
func (b *bench) read(ctx context.Context, path string) (*photo, error) {
	next := &photo{path: path}
	info, err := os.Stat(path)
	if err == nil {
		next.size, next.modified = info.Size(), info.ModTime()
	}
	if b.photo != nil && b.photo.path == path && (err != nil || b.photo.size == next.size && b.photo.modified.Equal(next.modified)) {
		return b.photo, nil
	}
	p, err := picture.Open(ctx, path, picture.Limits{})
	if err != nil {
		return nil, err
	}
	next.full, next.shown = p.Image, widget.Prepare(p.Image)
	b.photo = next
	return next, nil
}

// look makes the wish's view of p.
func (b *bench) look(ctx context.Context, p *photo, w wish) (*view, error) {
	if in := &b.input; in.photo != p || in.engine != w.engine {
		t, seen, err := tensorOf(p, w.engine)
		if err != nil {
			return nil, err
		}
		in.photo, in.engine, in.tensor, in.seen = p, w.engine, t, seen
	}
	if b.pass.key != w.passKey || b.pass.input != b.input.tensor {
		run, err := w.engine.Run(ctx, compute.Request{Input: b.input.tensor, Layers: []string{w.layer}, Class: w.class})
		if err != nil {
			return nil, err
		}
		b.pass.key, b.pass.input, b.pass.pass = w.passKey, b.input.tensor, run
	}
	b.pass.Report(w.progress)
	e, err := b.pass.Explain(ctx, w.layer, w.method)
	if err != nil {
		return nil, err
	}
	v := &view{path: p.path, explanation: e, method: w.method, colours: w.colours, seen: b.input.seen, took: b.pass.Took()}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v.overlay = widget.Prepare(heat.Overlay(p.full.Rect, v.seen, e.Map, w.colours))
	return v, nil
}

// tensorOf is what the engine's network is shown of a picture, and the part of
// the picture that this is.
func tensorOf(p *photo, e engine) (*tensor.Dense, image.Rectangle, error) {
	t, seen, err := picture.Tensor(p.full, e.Network().Input)
	if err != nil {
		return nil, seen, fmt.Errorf("%s: %w", p.path, err)
	}
	return t, seen, nil
}
