package state

import (
	"context"

	"gaze/compute"
	"gaze/models"
	"gaze/models/store"
	"gaze/models/weights"
)

// Source says where a network comes from: its name in the store or a weights
// file, and for a named architecture the weights file to use with it. The zero
// value is the network that is part of the program.
type Source struct {
	Ref, Weights string
}

// Opener loads a network, as its file and what is said of it describe it, and
// prepares it to be run.
type Opener func(from Source, said weights.Sidecar) (Explainer, error)

// OpenExplainer is the opener of the program.
func OpenExplainer(from Source, said weights.Sidecar) (Explainer, error) {
	net, err := store.New("").Open(from.Ref, store.Options{Weights: from.Weights, Described: &said})
	if err != nil {
		return nil, err
	}
	e, err := compute.Open(net, compute.Options{})
	if err != nil {
		return nil, err
	}
	return explainer{e}, nil
}

// Shelf is what the state needs of a store.Store.
type Shelf interface {
	Dir() string
	List() ([]store.Entry, error)
	Get(ctx context.Context, name string, report func(store.Progress)) error
}

// Networks has the network in use and those there are.
type Networks struct {
	// Explainer runs the network in use, nil while there is none.
	Explainer Explainer
	// Source says where the explainer's network is from: the one in the settings
	// unless that could not be opened.
	Source Source
	// Said is what the user says of that network beside its file.
	Said weights.Sidecar
	// Opening is the network being opened, or nil.
	Opening *Source
	// Known are the networks that can be asked for by name, nil until they have
	// been looked for.
	Known []store.Entry

	*events
	settings *Settings
	open     Opener
	shelf    Shelf
	// net is the explainer's network, with another threshold if the user has set one.
	net *models.Network
	// used is called when another network is in use, before anyone else is told, and
	// judged when it has another threshold.
	used, judged func()
	say          func(string)

	loads    latest[load]
	listings latest[listing]
	edits    latest[described]
}

// load is the answer to a request for a network.
type load struct {
	explainer Explainer
	from      Source
	said      weights.Sidecar
	// misfit is why the network could not be opened as it was described once.
	misfit error
	// remember is set where the next window is to begin with the network.
	remember bool
	err      error
}

type listing struct {
	entries []store.Entry
	err     error
}

func newNetworks(e *events, s *Settings, open Opener, shelf Shelf) *Networks {
	n := &Networks{events: e, settings: s, open: open, shelf: shelf}
	n.loads = latest[load]{post: e.post, receive: n.receive, discard: func(l load) {
		if l.explainer != nil {
			// Closing waits for the run in progress.
			go l.explainer.Close()
		}
	}}
	n.edits = latest[described]{post: e.post, discard: func(d described) {
		if d.own {
			go d.explainer.Close()
		}
	}}
	n.listings = latest[listing]{post: e.post, receive: func(l listing) {
		n.Known = l.entries
		n.tell(ChangedNetwork)
		if l.err != nil {
			n.say(l.err.Error())
		}
	}}
	return n
}

// Network is the network in use, nil while there is none.
func (n *Networks) Network() *models.Network { return n.net }

// Dir is the folder that downloaded weights go to.
func (n *Networks) Dir() string { return n.shelf.Dir() }

// Look finds out which networks there are.
func (n *Networks) Look() {
	n.listings.submit(nil, func(_ context.Context, answer func(listing)) {
		list, err := n.shelf.List()
		answer(listing{list, err})
	})
}

// Open changes to another network. One that cannot be opened leaves the former
// in use; if there is none, the built-in network takes its place.
func (n *Networks) Open(from Source) { n.load(from, n.said(from), true) }

func (n *Networks) load(from Source, said weights.Sidecar, remember bool) {
	n.Opening = &from
	n.tell(ChangedNetwork)
	n.loads.submit(&from, func(_ context.Context, answer func(load)) {
		l := load{from: from, said: said, remember: remember}
		l.explainer, l.err = n.open(from, said)
		if l.err != nil && !said.Empty() {
			// The file may be another one by now.
			if e, err := n.open(from, weights.Sidecar{}); err == nil {
				l.explainer, l.said, l.err, l.misfit = e, weights.Sidecar{}, nil, l.err
			}
		}
		answer(l)
	})
}

func (n *Networks) receive(l load) {
	n.Opening = nil
	if l.err != nil {
		n.tell(ChangedNetwork)
		n.failed(l.err)
		if n.Explainer == nil && l.from != (Source{}) {
			// The user asked for another one, which may be back the next time.
			n.load(Source{}, n.said(Source{}), false)
		}
		return
	}
	if l.remember {
		n.settings.Network = l.from
	}
	former := n.Explainer
	n.Explainer, n.Source, n.net, n.Said = l.explainer, l.from, l.explainer.Network(), l.said
	if l.misfit != nil {
		n.forget()
		n.failed(&DescriptionError{l.from, l.misfit})
	}
	n.used()
	if former != nil {
		// Closing waits for the run in progress.
		go former.Close()
	}
}
