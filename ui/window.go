// Package ui is the window of Gaze.
//
// A [Window] arranges widgets around a session, which holds the state and does
// the work; the widgets show what the session holds and tell it what the user
// wants. Everything here belongs to Fyne's goroutine but what the session's
// queues do.
package ui

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/cam"
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

// Window is the main window of Gaze.
type Window struct {
	app     fyne.App
	window  fyne.Window
	session *session
	options Options
	// language is the code of the language the window speaks.
	language string

	toolbar  *toolbar
	list     *list
	stage    *stage
	controls *controls
	status   *status
}

// New makes the window; [Window.ShowAndRun] shows it. The network is opened in
// the background.
func New(app fyne.App, opts Options) *Window {
	app.Settings().SetTheme(newLook())
	w := newWindow(app, opts, openEngine, analysePictures)
	if len(opts.Paths) == 0 {
		w.session.openSamples()
	}
	return w
}

func newWindow(app fyne.App, opts Options, open opener, analyse analyser) *Window {
	s := loadSettings(app.Preferences())
	method, methodErr := cam.ByName(opts.Method)
	if opts.Method != "" && methodErr == nil {
		s.Method = method.Name
	}
	w := &Window{
		app: app, options: opts,
		window:  app.NewWindow(programName),
		session: newSession(open, analyse, s, fyne.Do),
	}
	w.session.changed = w.update
	w.session.failed = w.showFailure
	w.session.firstLayer = opts.Layer
	w.speak(opts.Language)
	w.window.SetMaster()
	w.window.Resize(s.Size)
	w.window.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { w.session.openPaths(paths(uris)) })
	w.window.SetCloseIntercept(w.close)
	w.addShortcuts()

	if opts.Method != "" && methodErr != nil {
		w.showFailure(newMethodError(opts.Method))
	}
	from := s.Network
	if opts.Model != "" || opts.Weights != "" {
		from = source{Ref: opts.Model, Weights: opts.Weights}
	}
	w.session.lookAtShelf()
	w.session.openNetwork(from)
	w.session.openPaths(opts.Paths)
	return w
}

// methodError tells of a method asked for by a name that none has.
type methodError struct {
	Name string
	// Known are the names of the methods there are.
	Known []string
}

func newMethodError(name string) *methodError {
	e := &methodError{Name: name}
	for _, m := range cam.Methods() {
		e.Known = append(e.Known, m.Name)
	}
	return e
}

func (e *methodError) Error() string {
	return fmt.Sprintf("no method is called %q; known are %s", e.Name, strings.Join(e.Known, ", "))
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
		language = w.session.settings.Language
	}
	var err error
	if w.language, err = setLanguage(language); err != nil {
		fyne.LogError("Changing the language", err)
	}
	w.build()
}

// build makes all widgets and shows the session's state in them.
func (w *Window) build() {
	if w.list != nil {
		w.list.gallery.Stop()
	}
	w.toolbar = newToolbar(w)
	w.list = newList(w.session)
	w.stage = newStage(w)
	w.controls = newControls(w)
	w.status = newStatus(w.session)
	body := container.NewHSplit(w.list.object, container.NewBorder(nil, nil, nil, w.controls.object, w.stage.object))
	body.SetOffset(0.17)
	w.window.SetContent(container.NewBorder(
		container.NewVBox(w.toolbar.object, fynewidget.NewSeparator()),
		container.NewVBox(fynewidget.NewSeparator(), w.status.object),
		nil, nil, body,
	))
	w.update(^change(0))
}

// update shows what is new of the session.
func (w *Window) update(c change) {
	w.toolbar.update(c)
	w.list.update(c)
	w.stage.update(c)
	w.controls.update(c)
	w.status.update(c)
	if c&(changedPhoto|changedView|changedList) != 0 {
		w.window.SetTitle(w.title())
	}
	if c&(changedList|changedNetwork|changedChoice) != 0 {
		w.session.settings.store(w.app.Preferences())
	}
}

// title names what the window shows: "mug.jpg — everyday · layer4 · Grad-CAM —
// Gaze".
func (w *Window) title() string {
	s := w.session
	var parts []string
	switch {
	case s.view != nil:
		e := s.view.explanation
		parts = []string{filepath.Base(s.view.path), strings.Join([]string{e.Network, e.Layer, e.Method.Title}, " · ")}
	case s.photo != nil:
		parts = []string{filepath.Base(s.photo.path)}
	case s.current >= 0 && s.photoError != nil:
		parts = []string{filepath.Base(s.path())}
	}
	return strings.Join(append(parts, programName), " — ")
}

func (w *Window) close() {
	s := &w.session.settings
	s.Size = w.window.Canvas().Size()
	s.store(w.app.Preferences())
	w.list.gallery.Stop()
	w.session.close(w.window.Close)
}

func (w *Window) addShortcuts() {
	canvas := w.window.Canvas()
	for key, do := range map[fyne.KeyName]func(){
		fyne.KeyO: func() { w.chooseFolder() },
		fyne.KeyS: func() { w.saveComparison() },
		fyne.KeyQ: func() { w.close() },
	} {
		canvas.AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) {
			// What a dialog asks comes first; leaving is always possible.
			if key == fyne.KeyQ || canvas.Overlays().Top() == nil {
				do()
			}
		})
	}
	canvas.SetOnTypedKey(w.typedKey)
}

// typedKey does what a key means that no widget has a use for: Escape leaves a
// dialog, others choose another picture.
func (w *Window) typedKey(e *fyne.KeyEvent) {
	overlays := w.window.Canvas().Overlays()
	if top := overlays.Top(); top != nil {
		if e.Name == fyne.KeyEscape {
			// A dialog that is only hidden would still take all input.
			overlays.Remove(top)
		}
		return
	}
	i, last := w.session.current, len(w.session.pictures)-1
	switch e.Name {
	case fyne.KeyUp, fyne.KeyLeft, fyne.KeyPageUp:
		i--
	case fyne.KeyDown, fyne.KeyRight, fyne.KeyPageDown:
		i++
	case fyne.KeyHome:
		i = 0
	case fyne.KeyEnd:
		i = last
	}
	w.session.selectPicture(max(0, min(i, last)))
}

// showFailure tells of what could not be done.
func (w *Window) showFailure(err error) {
	text := fynewidget.NewLabel(failure(err))
	text.Wrapping = fyne.TextWrapWord
	icon := fynewidget.NewIcon(theme.NewErrorThemedResource(theme.ErrorIcon()))
	d := dialog.NewCustom(lang.L("This did not work"), lang.L("OK"), container.NewBorder(nil, nil, icon, nil, text), w.window)
	d.Resize(fyne.NewSize(520, 180))
	d.Show()
}

// reveal shows a folder in the system's file manager.
func (w *Window) reveal(folder string) {
	if err := w.app.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(folder)}); err != nil {
		w.showFailure(err)
	}
}

func paths(uris []fyne.URI) []string {
	list := make([]string, len(uris))
	for i, u := range uris {
		list[i] = filepath.FromSlash(u.Path())
	}
	return list
}
