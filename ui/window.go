// Package ui is the window of Gaze.
//
// A [Window] arranges panels around a state.Session, which holds the state and
// does the work. A panel shows what the session holds and tells it what the user
// wants; the ways of looking in package mode do the same within the stage.
// Everything here belongs to Fyne's goroutine.
package ui

import (
	"errors"
	"image"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/cam"
	"gaze/ui/mode"
	"gaze/ui/state"
	"gaze/ui/translations"
	"gaze/ui/widget"
)

// Options say what a window begins with. Empty fields leave it to what the
// last window was left with.
type Options struct {
	// Model is a network's name or its weights file; Weights is the file with
	// the weights of a named network.
	Model, Weights string
	// Layer and Method choose what is shown first.
	Layer, Method string
	// Language is a code from [Languages].
	Language string
	// Paths are pictures and folders to open; without any, the sample pictures
	// are shown.
	Paths []string
	// Version is what the window says of the program's version.
	Version string
}

// panel is a part of the window. It shows the session's state and tells it what
// the user wants.
type panel interface {
	Object() fyne.CanvasObject
	// Update shows what is new of the session.
	Update(c state.Change)
}

// stopper is a panel that has work in progress of its own.
type stopper interface{ Stop() }

// place is where in the window a panel stands.
type place int

const (
	atTop place = iota
	atLeft
	inMiddle
	atRight // one below the other
	atBottom
)

// part is a panel of the window, not made yet.
type part struct {
	at   place
	make func(*Window) panel
}

// design says what a window is made of.
type design struct {
	parts     []part
	modes     []mode.New
	catalogue translations.Catalogue
}

// standard is the design of the program's window.
func standard() design {
	return design{
		parts: []part{
			{atTop, newToolbar},
			{atLeft, newList},
			{inMiddle, newStage},
			{atRight, newNetworkPanel},
			{atRight, newLayerPanel},
			{atRight, newMethodPanel},
			{atRight, newAttentionPanel},
			{atRight, newDrawingPanel},
			{atRight, newClassPanel},
			{atRight, newRefinementsPanel},
			{atBottom, newStatus},
		},
		modes:     []mode.New{mode.NewSideBySide, mode.NewCompare},
		catalogue: translations.Own(),
	}
}

// Languages lists the codes of the window's languages.
func Languages() []string { return translations.Own().Codes() }

// Window is the main window of Gaze.
type Window struct {
	app     fyne.App
	window  fyne.Window
	session *state.Session
	options Options
	design  design
	// language is the code of the language the window speaks.
	language string

	modes  []mode.Mode
	panels []panel
	// editor is the dialog that changes what is said of the network, nil while there is
	// none.
	editor *inputEditor
	// column holds the panels at the right.
	column *fyne.Container
}

// New makes the window; [Window.ShowAndRun] shows it. The network is opened in
// the background.
func New(app fyne.App, opts Options) *Window {
	app.Settings().SetTheme(newLook())
	w := newWindow(app, opts, state.Options{}, standard())
	if len(opts.Paths) == 0 {
		w.session.Library.OpenSamples()
	}
	return w
}

// newWindow makes a window of a design. with says how its session works.
func newWindow(app fyne.App, opts Options, with state.Options, d design) *Window {
	with.Settings = state.Load(app.Preferences(), d.catalogue.Codes())
	with.Layer, with.Post, with.Prepare = opts.Layer, fyne.Do, func(img image.Image) image.Image { return widget.Prepare(img) }
	method, methodErr := cam.ByName(opts.Method)
	if opts.Method != "" && methodErr == nil {
		with.Settings.Method = method.Name
	}
	w := &Window{app: app, options: opts, design: d, window: app.NewWindow(programName), session: state.New(with)}
	w.session.Observe(w.update, w.showFailure)
	w.speak(opts.Language)
	w.window.SetMaster()
	w.window.Resize(fyne.NewSize(with.Settings.Width, with.Settings.Height))
	w.window.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { w.session.Library.Open(paths(uris)) })
	w.window.SetCloseIntercept(w.close)
	w.addShortcuts()

	if opts.Method != "" && methodErr != nil {
		w.showFailure(state.NewMethodError(opts.Method))
	}
	from := with.Settings.Network
	if opts.Model != "" || opts.Weights != "" {
		from = state.Source{Ref: opts.Model, Weights: opts.Weights}
	}
	w.session.Networks.Look()
	w.session.Networks.Open(from)
	w.session.Library.Open(opts.Paths)
	return w
}

// programName is the program's name in the title and where it speaks of
// itself. It is the same in every language.
const programName = "Gaze"

// ErrNoDisplay is the reason why there is no window.
var ErrNoDisplay = errors.New("no window can be opened: there is no display, or it has no OpenGL")

// ShowAndRun shows the window and returns when it is closed, or with
// [ErrNoDisplay].
func (w *Window) ShowAndRun() (err error) {
	running := false
	w.app.Lifecycle().SetOnStarted(func() { running = true })
	defer func() {
		// Fyne panics where it finds no display.
		if !running && recover() != nil {
			err = ErrNoDisplay
		}
	}()
	w.window.ShowAndRun()
	return nil
}

// speak changes the window's language; "" is the one stored, or the system's.
func (w *Window) speak(language string) {
	if language == "" {
		language = w.session.Settings.Language
	}
	var err error
	if w.language, err = w.design.catalogue.Speak(language); err != nil {
		fyne.LogError("Changing the language", err)
	}
	w.build()
}

// build makes all widgets and shows the session's state in them.
func (w *Window) build() {
	w.stop()
	w.modes, w.panels, w.column = nil, nil, container.NewVBox()
	for _, make := range w.design.modes {
		w.modes = append(w.modes, make(w.session, w.typedKey))
	}
	at := map[place]*fyne.Container{atRight: w.column}
	for _, side := range []place{atTop, atLeft, inMiddle, atBottom} {
		at[side] = container.NewStack()
	}
	for _, part := range w.design.parts {
		p := part.make(w)
		w.panels = append(w.panels, p)
		at[part.at].Add(p.Object())
	}
	right := container.New(fixedWidth(controlsWidth), container.NewVScroll(container.NewPadded(w.column)))
	body := container.NewHSplit(at[atLeft], container.NewBorder(nil, nil, nil, right, at[inMiddle]))
	body.SetOffset(0.17)
	w.window.SetContent(container.NewBorder(
		container.NewVBox(at[atTop], fynewidget.NewSeparator()),
		container.NewVBox(fynewidget.NewSeparator(), at[atBottom]),
		nil, nil, body,
	))
	w.update(state.Everything)
}

// modeIndex is the place of the session's mode in the list of modes.
func (w *Window) modeIndex() int {
	return max(0, slices.IndexFunc(w.modes, func(m mode.Mode) bool { return m.Name() == w.session.Mode }))
}

// mode is the way in which the user looks.
func (w *Window) mode() mode.Mode { return w.modes[w.modeIndex()] }

// update shows what is new of the session.
func (w *Window) update(c state.Change) {
	for _, p := range w.panels {
		p.Update(c)
	}
	if c&state.ChangedEditor != 0 {
		w.updateEditor()
	}
	if c&(state.ChangedPhoto|state.ChangedMap|state.ChangedPictures) != 0 {
		w.window.SetTitle(w.title())
	}
	if c&(state.ChangedPictures|state.ChangedNetwork|state.ChangedChoice) != 0 {
		w.remember()
	}
}

// remember keeps the settings for the next window.
func (w *Window) remember() { w.session.Settings.Store(w.app.Preferences()) }

// title names what the window shows: "mug.jpg — everyday · layer4 · Grad-CAM —
// Gaze".
func (w *Window) title() string {
	s := w.session
	var parts []string
	current, looking := s.Library.Current()
	switch {
	case s.View.Map != nil:
		m := s.View.Map
		parts = []string{filepath.Base(m.Path), strings.Join([]string{m.Network, m.Layer, m.Method.Title}, " · ")}
	case s.View.Photo != nil:
		parts = []string{filepath.Base(s.View.Photo.Path)}
	case looking && s.View.PhotoError != nil:
		parts = []string{filepath.Base(current.Path)}
	}
	return strings.Join(append(parts, programName), " — ")
}

func (w *Window) close() {
	size := w.window.Canvas().Size()
	w.session.Settings.Width, w.session.Settings.Height = size.Width, size.Height
	w.remember()
	w.stop()
	w.session.Close(w.window.Close)
}

// stop ends what panels are doing.
func (w *Window) stop() {
	for _, p := range w.panels {
		if p, ok := p.(stopper); ok {
			p.Stop()
		}
	}
}

func paths(uris []fyne.URI) []string {
	list := make([]string, len(uris))
	for i, u := range uris {
		list[i] = filepath.FromSlash(u.Path())
	}
	return list
}
