package ui

import (
	"context"
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"sync"
	"time"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/folder"
	"gaze/compute/heat"
	"gaze/models/store"
)

// change says what of the session's state is new.
type change uint

const (
	changedList      change = 1 << iota // the pictures
	changedCurrent                      // which of them is looked at
	changedNetwork                      // the network, or which one is being opened
	changedChoice                       // layer, class, method, colours
	changedPhoto                        // the picture shown, or why there is none
	changedView                         // the map shown, or why there is none
	changedWork                         // whether something is being computed
	changedOpacity                      // how opaque the map is
	changedMessage                      // what was done last
	changedAnalysis                     // the analysis of the pictures
	changedDownload                     // the weights on their way
	changedBoard                        // the maps compared, or their order
	changedCard                         // which of them is shown large
	changedMeasuring                    // how far their measuring is
)

// session is what the window shows and does, without any widget. Everything in
// it belongs to the window's goroutine; what takes time is done on others,
// which hand their results back through post.
type session struct {
	open     opener
	analyser analyser
	shelf    shelf
	post     func(func())
	changed  func(change)
	// failed is told of what could not be done and leaves all as it was.
	failed func(error)

	// shelved are the networks that can be asked for by name, as far as they
	// have been looked for.
	shelved []store.Entry

	settings settings
	// firstLayer is the layer to begin with in the first network, or "".
	firstLayer string

	// place is the folder that the pictures are from, "" for those that are part
	// of the program.
	place    string
	pictures []folder.Entry
	// current is an index into pictures, or -1.
	current int

	engine engine
	// network says where the engine's network is from: the one in the settings
	// unless that could not be opened.
	network source
	// opening is the network being opened, or nil.
	opening *source
	class   int

	photo *photo
	// photoError says why the current picture is not shown, viewError why
	// there is no map of it.
	photoError error
	view       *view
	viewError  error
	// finding is set while folders are searched, working while the current
	// picture is read or looked at.
	finding, working bool
	// running is how far the chosen method is with running the network again,
	// empty for methods that do not.
	running measuring

	// message says what was done last, until something else is shown.
	message string
	// analysis and download are those in progress, or nil.
	analysis *analysis
	download *download

	// board compares several maps of the current picture.
	board board

	// turn counts wishes, search the folders looked for and load the networks
	// asked for: a result of an older one comes too late.
	turn, search, load int

	looks   queue
	answers mailbox
	bench   bench
	boards  queue
	loads   queue
	finds   queue
	shelves queue

	// writes counts what is writing files.
	writes sync.WaitGroup
}

func newSession(open opener, analyse analyser, s settings, post func(func())) *session {
	return &session{
		open: open, analyser: analyse, shelf: store.New(""), post: post, settings: s,
		changed: func(change) {}, failed: func(error) {},
		current: -1, class: compute.TopClass,
	}
}

// close ends all work and calls done when nothing is being written any more.
func (s *session) close(done func()) {
	s.finds.drop()
	s.shelves.drop()
	s.loads.drop()
	s.looks.drop()
	s.boards.drop()
	s.cancelAnalysis()
	s.cancelDownload()
	go func() {
		s.writes.Wait()
		s.post(done)
	}()
}

// lookAtShelf finds out which networks there are.
func (s *session) lookAtShelf() {
	shelf := s.shelf
	s.shelves.submit(shelf, func(context.Context) {
		list, err := shelf.List()
		s.post(func() {
			s.shelved = list
			s.changed(changedNetwork)
			if err != nil {
				s.say(err.Error())
			}
		})
	})
}

// method returns the chosen method.
func (s *session) method() cam.Method {
	m, err := cam.ByName(s.settings.Method)
	if err != nil {
		m = cam.Methods()[0]
	}
	return m
}

// colours returns the chosen colour map.
func (s *session) colours() heat.Colormap {
	c, err := heat.ByName(s.settings.Colours)
	if err != nil {
		c = heat.Colormaps()[0]
	}
	return c
}

// layer returns the chosen layer of the network in use.
func (s *session) layer() string {
	if s.engine == nil {
		return ""
	}
	net := s.engine.Network()
	name := s.settings.Layers[net.Name]
	if l, ok := net.Layer(name); ok && l.Spatial() {
		return name
	}
	return net.DefaultLayer()
}

// openNetwork changes to another network. One that cannot be opened leaves the
// former in use; if there is none, the built-in network takes its place.
func (s *session) openNetwork(from source) { s.openSource(from, true) }

// openSource changes to another network, which the next window begins with if
// it is to be remembered.
func (s *session) openSource(from source, remember bool) {
	s.load++
	load := s.load
	s.opening = &from
	s.changed(changedNetwork)
	s.loads.submit(&from, func(ctx context.Context) {
		e, err := s.open(from)
		superseded := ctx.Err() != nil
		s.post(func() {
			if superseded || load != s.load {
				if e != nil {
					go e.Close()
				}
				return
			}
			s.opening = nil
			if err != nil {
				s.changed(changedNetwork)
				s.failed(err)
				if s.engine == nil && from != (source{}) {
					// The user asked for another one, which may be back the
					// next time.
					s.openSource(source{}, false)
				}
				return
			}
			if remember {
				s.settings.Network = from
			}
			s.use(e, from)
		})
	})
}

func (s *session) use(e engine, from source) {
	former := s.engine
	s.engine, s.network, s.class = e, from, compute.TopClass
	s.beginAt(s.firstLayer)
	s.firstLayer = ""
	s.changed(changedNetwork | changedChoice)
	s.refresh()
	if former != nil {
		// Closing waits for the run in progress.
		go former.Close()
	}
}

// beginAt chooses a layer or module that was asked for by name, if any was.
func (s *session) beginAt(layer string) {
	if layer == "" {
		return
	}
	net := s.engine.Network()
	name, err := net.Resolve(layer)
	if l, _ := net.Layer(name); err != nil || !l.Spatial() {
		s.failed(&layerError{Network: net.Name, Layer: layer, Shown: s.layer()})
		return
	}
	s.settings.Layers[net.Name] = name
}

// layerError tells of a layer asked for by name that cannot be explained.
type layerError struct {
	Network, Layer string
	// Shown is the layer shown in its place, or "".
	Shown string
}

func (e *layerError) Error() string {
	text := fmt.Sprintf("network %s has no layer %q with an extent in space", e.Network, e.Layer)
	if e.Shown != "" {
		text += "; " + e.Shown + " is shown"
	}
	return text
}

// openPaths shows the pictures at paths and in the folders among them.
func (s *session) openPaths(paths []string) {
	if len(paths) == 0 {
		return
	}
	s.look(func(ctx context.Context) (finding, error) { return find(ctx, paths) })
}

// look shows the pictures that find finds.
func (s *session) look(find func(context.Context) (finding, error)) {
	s.search++
	search := s.search
	s.finding = true
	s.changed(changedWork)
	s.finds.submit(&find, func(ctx context.Context) {
		f, err := find(ctx)
		if ctx.Err() != nil {
			return
		}
		s.post(func() {
			if search != s.search {
				return
			}
			s.finding = false
			s.changed(changedWork)
			if err != nil {
				s.failed(err)
				return
			}
			s.list(f)
		})
	})
}

func (s *session) list(f finding) {
	s.pictures, s.place, s.current = f.pictures, f.place, -1
	s.photo, s.photoError, s.view, s.viewError = nil, nil, nil, nil
	s.turn++
	if f.place != "" {
		s.settings.Place = f.place
	}
	s.working = false
	s.changed(changedList | changedCurrent | changedPhoto | changedView | changedWork)
	if len(f.pictures) > 0 {
		s.selectPicture(0)
	} else {
		s.looks.drop()
		s.refreshBoard()
	}
}

// selectPicture looks at picture i of the list.
func (s *session) selectPicture(i int) {
	if i < 0 || i >= len(s.pictures) || i == s.current {
		return
	}
	s.current = i
	s.changed(changedCurrent)
	s.refresh()
}

func (s *session) selectLayer(name string) {
	if name != s.layer() {
		s.settings.Layers[s.engine.Network().Name] = name
		s.chosen()
	}
}

func (s *session) selectMethod(name string) {
	if name != s.settings.Method {
		s.settings.Method = name
		s.chosen()
	}
}

func (s *session) selectColours(name string) {
	if name != s.settings.Colours {
		s.settings.Colours = name
		s.chosen()
	}
}

// selectClass explains class i, or with compute.TopClass each picture's best.
func (s *session) selectClass(i int) {
	if i != s.class {
		s.class = i
		s.chosen()
	}
}

// setOpacity needs no new view: whoever shows the map blends it.
func (s *session) setOpacity(o float64) {
	s.settings.Opacity = o
	s.changed(changedOpacity)
}

// say tells what was done.
func (s *session) say(message string) {
	s.message = message
	s.changed(changedMessage)
}

func (s *session) chosen() {
	s.changed(changedChoice)
	s.refresh()
}

// path returns the path of the current picture, or "".
func (s *session) path() string {
	if s.current < 0 {
		return ""
	}
	return s.pictures[s.current].Path
}

// refresh asks for the view of what is chosen now.
func (s *session) refresh() {
	if s.current < 0 {
		return
	}
	w := wish{
		passKey: passKey{path: s.path(), engine: s.engine, layer: s.layer(), class: s.class},
		method:  s.method(), colours: s.colours(),
	}
	s.turn++
	turn := s.turn
	told := time.Time{}
	w.progress = func(done, total int) {
		if time.Since(told) < progressEvery {
			return
		}
		told = time.Now()
		s.post(func() {
			if turn == s.turn && s.working {
				s.running = measuring{done, total}
				s.changed(changedWork)
			}
		})
	}
	s.working, s.running, s.message = true, measuring{}, ""
	s.changed(changedWork | changedMessage)
	answer := func(o outcome) {
		s.answers.put(s.post, func() {
			if turn == s.turn {
				s.take(o)
			}
		})
	}
	s.looks.submit(w.work(), func(ctx context.Context) {
		var o outcome
		o.photo, o.photoError = s.bench.read(ctx, w.path)
		if o.photo == nil || w.engine == nil {
			o.done = true
			answer(o)
			return
		}
		answer(o)
		if w.layer == "" {
			o.viewError = errNoLayer
		} else {
			o.view, o.viewError = s.bench.look(ctx, o.photo, w)
		}
		o.done = true
		answer(o)
	})
}

// outcome is what has come of a wish so far.
type outcome struct {
	photo                 *photo
	view                  *view
	photoError, viewError error
	// done is set when no more will come.
	done bool
}

// errNoLayer is the reason why a network without spatial layers shows no map.
var errNoLayer = errors.New("no layer of the network has an extent in space")

// take shows an outcome. Until it is done, a map of the same picture stays.
func (s *session) take(o outcome) {
	if o.photo == nil || o.photo != s.photo {
		s.photo, s.photoError = o.photo, o.photoError
		s.view, s.viewError = nil, nil
		s.changed(changedPhoto | changedView)
	}
	if o.done {
		s.view, s.viewError = o.view, o.viewError
		s.working, s.running = false, measuring{}
		s.changed(changedView | changedWork)
		s.refreshBoard()
	}
}

// valueAt returns the raw map's value at a pixel of the picture, and whether
// the network saw that pixel.
func (s *session) valueAt(x, y int) (float32, bool) {
	if s.view == nil {
		return 0, false
	}
	seen, m := s.view.seen, s.view.explanation.Map
	if x < seen.Min.X || x >= seen.Max.X || y < seen.Min.Y || y >= seen.Max.Y {
		return 0, false
	}
	column := (x - seen.Min.X) * m.Width / seen.Dx()
	row := (y - seen.Min.Y) * m.Height / seen.Dy()
	return m.Values[row*m.Width+column], true
}

// canSave reports whether there is a comparison to be saved.
func (s *session) canSave() bool {
	if s.board.shown {
		return len(s.board.cards) > 0
	}
	return s.view != nil
}

// suggestedName is the file name under which a comparison of the picture at
// path, with a layer, method or the like, is saved unless the user has a better
// one.
func suggestedName(path, layer, kind string) string {
	base := filepath.Base(path)
	base = base[:len(base)-len(filepath.Ext(base))]
	tail := "." + kind + ".png"
	if layer != "" {
		tail = "." + heat.FileName(layer, maxName/2) + tail
	}
	return heat.FileName(base, maxName-len(tail)) + tail
}

// maxName bounds a suggested file name in bytes, with room for what the user
// adds below the 255 of common file systems.
const maxName = 240

// sheet returns what draws the comparison shown, to be called on any
// goroutine, and a name for its file.
func (s *session) sheet() (draw func() image.Image, name string) {
	if s.board.shown {
		draw, kind := s.boardSheet()
		layer := s.board.cards[0].Layer
		if s.board.axis == byLayer {
			layer = ""
		}
		return draw, suggestedName(s.board.key.photo.path, layer, kind)
	}
	v, o := s.view, s.settings.Opacity
	e := v.explanation
	c := heat.Comparison{
		Original: s.photo.full, Frame: v.seen, Map: e.Map, Colormap: v.colours, Opacity: o,
		Caption: e.Caption(filepath.Base(v.path)),
	}
	return func() image.Image { return heat.Sheet(c) }, suggestedName(v.path, e.Layer, v.method.Name)
}
