package state

import (
	"context"
	"image"
	"path/filepath"

	"gaze/compute/heat"
	"gaze/compute/output"
)

// View is what is shown of the picture looked at.
type View struct {
	// Photo is the picture, nil with a PhotoError that says why it is not shown.
	Photo      *Photo
	PhotoError error
	// Map is its map, nil with a MapError that says why there is none.
	Map      *Map
	MapError error
	// Working is set while the picture is read or its map made.
	Working bool
	// Running is how far the chosen method is with running the network again,
	// zero for methods that do not.
	Running Progress
	// Pointer is the pixel under the mouse, or nil.
	Pointer *Pointer
	// Message says what was done last, until something else is shown.
	Message string

	*events
	library  *Library
	networks *Networks
	choice   *Choice
	// shown is called when the picture and its map are there, or cannot be had.
	shown func()

	pipeline pipeline
	wishes   latest[fulfilment]
}

// Pointer is a pixel of the picture under the mouse.
type Pointer struct {
	X, Y int
	// Value is the raw map's, unless the network did not see the pixel.
	Value float32
	Seen  bool
}

// fulfilment is what has come of a wish so far.
type fulfilment struct {
	photo      *Photo
	photoError error
	m          *Map
	mapError   error
	running    Progress
	// done is set when no more will come.
	done bool
}

func newView(e *events, l *Library, n *Networks, c *Choice, prepare func(image.Image) image.Image) *View {
	v := &View{events: e, library: l, networks: n, choice: c, pipeline: pipeline{prepare: prepare}}
	v.wishes = latest[fulfilment]{post: e.post, receive: v.receive}
	return v
}

// refresh asks for the view of what is chosen now.
func (v *View) refresh() {
	current, ok := v.library.Current()
	if !ok {
		v.shown()
		return
	}
	w := wish{path: current.Path, explainer: v.networks.Explainer, recipe: v.choice.Recipe(), colours: v.choice.Colours()}
	v.Working, v.Running, v.Message = true, Progress{}, ""
	v.tell(ChangedWork | ChangedMessage)
	v.wishes.submit(w.key(), func(ctx context.Context, answer func(fulfilment)) {
		var f fulfilment
		f.photo, f.photoError = v.pipeline.read(ctx, w.path)
		if f.photo != nil && w.explainer != nil {
			answer(f)
			var news pace
			f.m, f.mapError = v.pipeline.explain(ctx, f.photo, w, func(p Progress) {
				if news.due() {
					f.running = p
					answer(f)
				}
			})
		}
		f.done = true
		answer(f)
	})
}

// receive shows a fulfilment. Until it is done, a map of the same picture stays.
func (v *View) receive(f fulfilment) {
	if f.photo == nil || f.photo != v.Photo {
		v.Photo, v.PhotoError = f.photo, f.photoError
		v.Map, v.MapError = nil, nil
		v.tell(ChangedPhoto | ChangedMap)
	}
	if f.done {
		v.Map, v.MapError = f.m, f.mapError
		v.judge()
		v.Working, v.Running = false, Progress{}
		v.tell(ChangedMap | ChangedWork)
		v.shown()
	} else if f.running != v.Running {
		v.Running = f.running
		v.tell(ChangedWork)
	}
}

// clear shows nothing.
func (v *View) clear() {
	v.wishes.drop()
	v.Photo, v.PhotoError, v.Map, v.MapError, v.Pointer = nil, nil, nil, nil, nil
	v.Working, v.Running = false, Progress{}
	v.tell(ChangedPhoto | ChangedMap | ChangedWork | ChangedPointer)
}

// Say tells what was done.
func (v *View) Say(message string) {
	v.Message = message
	v.tell(ChangedMessage)
}

// Point says which pixel is under the mouse, nil for none.
func (v *View) Point(p *Pointer) {
	v.Pointer = p
	v.tell(ChangedPointer)
}

// Sheet returns what draws the picture, its map and the overlay side by side, to
// be called on any goroutine, and a name for its file. There has to be a map.
func (v *View) Sheet() (draw func() image.Image, name string) {
	m, style := v.Map, heat.Style{Colormap: v.Map.Colours, Opacity: v.choice.Opacity()}
	return func() image.Image { return m.Sheet(m.subject, style) }, m.FileName(stem(m.Path), ".png")
}

// MaxName bounds the name of a sheet's file in bytes, with room for what the user
// adds below the 255 of common file systems.
const MaxName = output.MaxName

// stem is the name of the file at path without what tells its format.
func stem(path string) string {
	base := filepath.Base(path)
	return base[:len(base)-len(filepath.Ext(base))]
}
