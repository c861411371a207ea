// Package state is what the window shows and does, without any widget.
//
// Everything in it belongs to one goroutine, the window's: who shows the state
// reads its fields there, calls its methods there, and is told there what has
// changed. A method that sets something returns nothing: a [Change] tells what has
// come of it. Other goroutines do what takes time, and hand their results back
// through Options.Post.
package state

import (
	"image"

	"gaze/models/store"
)

// Session is the state of one window. The fields of its parts are to be read;
// their methods change them.
type Session struct {
	Settings Settings

	Library    *Library
	Networks   *Networks
	Choice     *Choice
	View       *View
	Comparison *Comparison
	Jobs       *Jobs

	// Editor changes what is said of the network in use, nil while nobody does.
	Editor *Editor

	// Mode is the way in which the user looks.
	Mode Mode

	*events
}

// Mode names a way of looking at the picture.
type Mode string

// The modes that the state knows of: that of the beginning, and the one whose
// maps are made only while it is looked at.
const (
	SideBySide Mode = "side by side"
	Compare    Mode = "compare"
)

// Options are what a session begins with.
type Options struct {
	Settings Settings
	// Layer is the layer to begin with in the first network, if not empty.
	Layer string
	// Open and Analyse do the work; OpenExplainer and AnalysePictures unless given.
	Open    Opener
	Analyse Analyser
	// Shelf has the networks there are; the user's store unless given.
	Shelf Shelf
	// Post calls a function on the goroutine that owns the state.
	Post func(func())
	// Prepare, if given, makes a picture ready to be shown, on any goroutine.
	Prepare func(image.Image) image.Image
}

// New returns a session that shows nothing yet.
func New(o Options) *Session {
	if o.Open == nil {
		o.Open = OpenExplainer
	}
	if o.Analyse == nil {
		o.Analyse = AnalysePictures
	}
	if o.Shelf == nil {
		o.Shelf = store.New("")
	}
	if o.Prepare == nil {
		o.Prepare = func(img image.Image) image.Image { return img }
	}
	e := &events{post: o.Post, changed: func(Change) {}, failed: func(error) {}}
	s := &Session{Settings: o.Settings, Mode: SideBySide, events: e}
	s.Library = newLibrary(e, &s.Settings)
	s.Networks = newNetworks(e, &s.Settings, o.Open, o.Shelf)
	s.Choice = newChoice(e, &s.Settings)
	s.Choice.firstLayer = o.Layer
	s.View = newView(e, s.Library, s.Networks, s.Choice, o.Prepare)
	s.Comparison = newComparison(e, s.View, s.Networks, s.Choice)
	s.Jobs = newJobs(e, o.Analyse, s.Library, s.Networks, s.Choice)

	// What follows from what.
	s.Library.replaced, s.Library.selected = s.View.clear, s.View.refresh
	s.Networks.say = s.View.Say
	s.Networks.used = func() {
		if s.Editor != nil {
			// It is another network's.
			s.Editor.Cancel()
		}
		s.Choice.begin(s.Networks.Network())
		e.tell(ChangedNetwork | ChangedChoice)
		s.View.refresh()
	}
	s.Networks.judged = func() {
		s.View.judge()
		c := ChangedThreshold
		if s.Comparison.judge() {
			c |= ChangedComparison
		}
		e.tell(c)
	}
	s.Choice.chosen = s.View.refresh
	s.View.shown = s.Comparison.refresh
	return s
}

// Observe has changed told what is new and failed what could not be done, both
// on the goroutine that owns the state.
func (s *Session) Observe(changed func(Change), failed func(error)) {
	s.changed, s.failed = changed, failed
}

// Edit begins to change what is said of the network in use.
func (s *Session) Edit() {
	if s.Editor != nil || s.Networks.Explainer == nil {
		return
	}
	s.Editor = newEditor(s.events, s.Networks, s.View.Photo, func() {
		s.Editor = nil
		s.tell(ChangedEditor)
	})
	s.Editor.preview()
	s.tell(ChangedEditor)
}

// SetMode looks in another way.
func (s *Session) SetMode(m Mode) {
	if m == s.Mode {
		return
	}
	s.Mode = m
	s.Comparison.look(m == Compare)
	s.tell(ChangedMode)
}

// Close ends all work and calls done when nothing is being written any more.
func (s *Session) Close(done func()) {
	if s.Editor != nil {
		s.Editor.Cancel()
	}
	for _, w := range s.workers() {
		w.close()
	}
	s.Jobs.close(done)
}

// Wait returns when no work is in progress, after Close without any to come.
func (s *Session) Wait() {
	for _, w := range s.workers() {
		w.wait()
	}
}

// worker is any latest.
type worker interface {
	close()
	wait()
}

func (s *Session) workers() []worker {
	return []worker{
		&s.Library.searches, &s.Networks.loads, &s.Networks.listings, &s.Networks.edits,
		&s.View.wishes, &s.Comparison.making, &s.Comparison.figures,
	}
}
