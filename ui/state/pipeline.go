package state

import (
	"context"
	"image"
	"os"
	"time"

	"gaze/compute"
	"gaze/compute/heat"
	"gaze/compute/picture"
	"gaze/models"
)

// Photo is a picture ready to be shown.
type Photo struct {
	Path string
	// Full is the upright picture, Shown the same prepared to be shown.
	Full  *image.NRGBA
	Shown image.Image

	file *picture.Picture
	// size and modified are the file's when it was read.
	size     int64
	modified time.Time
}

// Map is a map of a picture ready to be shown.
type Map struct {
	*compute.Explanation
	// Net is the network that was explained.
	Net *models.Network
	// Path is the picture's.
	Path    string
	Colours heat.Colormap
	// Frame is the part of the picture that the network saw, in its pixels.
	Frame image.Rectangle
	// Overlay is the coloured map in the picture's proportions.
	Overlay image.Image
	// Took is the time that the network needed.
	Took time.Duration

	subject   *compute.Subject
	explainer Explainer
}

// ValueAt returns the raw map's value at a pixel of the picture, and whether the
// network saw that pixel.
func (m *Map) ValueAt(x, y int) (float32, bool) { return valueAt(m.Explanation, m.Frame, x, y) }

func valueAt(e *compute.Explanation, frame image.Rectangle, x, y int) (float32, bool) {
	if !image.Pt(x, y).In(frame) {
		return 0, false
	}
	column := (x - frame.Min.X) * e.Map.Width / frame.Dx()
	row := (y - frame.Min.Y) * e.Map.Height / frame.Dy()
	return e.Map.Values[row*e.Map.Width+column], true
}

// wish says what the user wants to see: a map of a picture, or without an explainer
// only the picture.
type wish struct {
	path      string
	explainer Explainer
	recipe    compute.Recipe
	colours   heat.Colormap
}

// key says which wishes can wait for one another's work: those that need the
// same run of the network. What runs the network again for its map is given up
// for any other.
func (w wish) key() any {
	key := struct {
		path       string
		explainer  Explainer
		run, extra string
	}{path: w.path, explainer: w.explainer, run: runOf(w.recipe)}
	if repeats(w.recipe) {
		key.extra = extraOf(w.recipe)
	}
	return key
}

// pipeline fulfils wishes, one after the other. It keeps the last product of
// every stage (picture, input, pass, map), so that a wish costs only the stages
// that it changes: other colours never make the map again, another method never
// repeats the run that it begins with, and another class or layer never reads the
// picture again.
type pipeline struct {
	// prepare makes a picture ready to be shown, see Options.
	prepare func(image.Image) image.Image

	photo *Photo

	input struct {
		photo     *Photo
		explainer Explainer
		subject   *compute.Subject
	}
	pass struct {
		run     string
		subject *compute.Subject
		Pass
	}
	// made is the pass's last map, nil while there is none.
	made struct {
		extra       string
		explanation *compute.Explanation
	}
}

// read returns the picture at path, again from its file if that has changed. A
// file that is gone does not take away the picture that is at hand.
func (l *pipeline) read(ctx context.Context, path string) (*Photo, error) {
	next := &Photo{Path: path}
	info, err := os.Stat(path)
	if err == nil {
		next.size, next.modified = info.Size(), info.ModTime()
	}
	if l.photo != nil && l.photo.Path == path && (err != nil || l.photo.size == next.size && l.photo.modified.Equal(next.modified)) {
		return l.photo, nil
	}
	p, err := picture.Open(ctx, path, picture.Options{})
	if err != nil {
		return nil, err
	}
	next.file, next.Full, next.Shown = p, p.Image, l.prepare(p.Image)
	l.photo = next
	return next, nil
}

// explain makes the wish's map of p.
func (l *pipeline) explain(ctx context.Context, p *Photo, w wish, progress func(Progress)) (*Map, error) {
	r, err := checked(w.recipe, w.explainer.Network())
	if err != nil {
		return nil, err
	}
	if in := &l.input; in.photo != p || in.explainer != w.explainer {
		subject, err := subjectOf(ctx, p, w.explainer)
		if err != nil {
			return nil, err
		}
		in.photo, in.explainer, in.subject = p, w.explainer, subject
	}
	subject := l.input.subject
	if run := runOf(r); l.pass.run != run || l.pass.subject != subject {
		pass, err := w.explainer.Run(ctx, r, subject)
		if err != nil {
			return nil, err
		}
		l.pass.run, l.pass.subject, l.pass.Pass = run, subject, pass
		l.made.explanation = nil
	}
	if extra := extraOf(r); l.made.explanation == nil || l.made.extra != extra {
		o := l.pass.Outcomes(ctx, r, progress)[0]
		if o.Err != nil {
			return nil, o.Err
		}
		l.made.extra, l.made.explanation = extra, o.Explanation
	}
	m := &Map{Explanation: l.made.explanation, Net: w.explainer.Network(), Path: p.Path, Colours: w.colours, Frame: subject.Frame, Took: l.pass.Took(), subject: subject, explainer: w.explainer}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.Overlay = l.prepare(heat.Overlay(p.Full.Rect, m.Frame, m.Explanation.Map, w.colours))
	return m, nil
}

// subjectOf is a picture as the explainer's network gets it: with the files of its other
// channels where each is in one.
func subjectOf(ctx context.Context, p *Photo, e Explainer) (*compute.Subject, error) {
	in := e.Network().Input
	if in.Stack != "" {
		return compute.OpenSubject(ctx, p.Path, in, picture.Options{})
	}
	return compute.PictureSubject(p.file, in)
}
