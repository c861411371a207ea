package state

import (
	"context"
	"slices"

	"gaze/compute/folder"
)

// Library has the pictures to choose from and the one looked at. Which of the
// pictures found are listed, and in which order, is decided in [Library.arrange]
// alone; everything else names a picture by its entry.
type Library struct {
	// Place is the folder that the pictures are from, "" for those that are part
	// of the program.
	Place string
	// Finding is set while folders are searched.
	Finding bool

	*events
	settings *Settings
	// replaced is called when there are other pictures, selected when another one
	// is looked at.
	replaced, selected func()

	found  []folder.Entry
	listed []folder.Entry
	// current is the path of the picture looked at, or "".
	current  string
	searches latest[search]
}

// search is the answer to a request for pictures.
type search struct {
	finding
	err error
}

func newLibrary(e *events, s *Settings) *Library {
	l := &Library{events: e, settings: s}
	l.searches = latest[search]{post: e.post, receive: l.receive}
	return l
}

// Pictures lists the pictures in the order in which they are shown.
func (l *Library) Pictures() []folder.Entry { return l.listed }

// arrange makes the list from what was found: all of it, as it was found.
func (l *Library) arrange() { l.listed = l.found }

// Current is the picture looked at, and whether there is one.
func (l *Library) Current() (folder.Entry, bool) {
	if i := l.Index(); i >= 0 {
		return l.listed[i], true
	}
	return folder.Entry{}, false
}

// Index is where in the list the picture looked at stands, or -1.
func (l *Library) Index() int {
	if l.current == "" {
		return -1
	}
	return slices.IndexFunc(l.listed, func(e folder.Entry) bool { return e.Path == l.current })
}

// Select looks at a picture of the list.
func (l *Library) Select(e folder.Entry) {
	if e.Path == l.current || !slices.ContainsFunc(l.listed, func(there folder.Entry) bool { return there.Path == e.Path }) {
		return
	}
	l.current = e.Path
	l.tell(ChangedCurrent)
	l.selected()
}

// Step looks at the picture that is so many further down the list than the
// current one, as far as the list goes.
func (l *Library) Step(by int) {
	if n := len(l.listed); n > 0 {
		l.Select(l.listed[min(max(l.Index()+by, 0), n-1)])
	}
}

// Open shows the pictures at paths and in the folders among them.
func (l *Library) Open(paths []string) {
	if len(paths) > 0 {
		l.search(func(ctx context.Context) (finding, error) { return find(ctx, paths) })
	}
}

// OpenSamples shows the pictures that are part of the program.
func (l *Library) OpenSamples() {
	l.search(func(ctx context.Context) (finding, error) {
		list, err := unpackSamples(ctx)
		return finding{pictures: list}, err
	})
}

// search shows the pictures that find finds.
func (l *Library) search(find func(context.Context) (finding, error)) {
	l.Finding = true
	l.tell(ChangedSearch)
	l.searches.submit(&find, func(ctx context.Context, answer func(search)) {
		f, err := find(ctx)
		answer(search{f, err})
	})
}

func (l *Library) receive(s search) {
	l.Finding = false
	l.tell(ChangedSearch)
	if s.err != nil {
		l.failed(s.err)
		return
	}
	l.found, l.Place, l.current = s.pictures, s.place, ""
	if s.place != "" {
		l.settings.Place = s.place
	}
	l.arrange()
	l.replaced()
	l.tell(ChangedPictures | ChangedCurrent)
	if len(l.listed) > 0 {
		l.Select(l.listed[0])
	} else {
		l.selected()
	}
}
