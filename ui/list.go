package ui

import (
	"context"
	"errors"
	"image"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/picture"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// thumbnailSide is how large thumbnails are read, in pixels: sharp on screens
// with two pixels a unit.
const thumbnailSide = 256

// list shows the pictures to choose from.
type list struct {
	session *state.Session
	gallery *widget.Gallery
	count   *fynewidget.Label
	object  fyne.CanvasObject
}

func newList(w *Window) panel {
	l := &list{session: w.session, count: widget.NewCaption("")}
	l.gallery = widget.NewGallery(thumbnail, func(i int) { l.session.Library.Select(l.session.Library.Pictures()[i]) })
	l.object = container.NewBorder(l.count, nil, nil, nil, l.gallery)
	return l
}

// thumbnail reads a small copy of a picture; its error is the reason alone.
func thumbnail(ctx context.Context, path string) (image.Image, error) {
	img, err := picture.Thumbnail(ctx, path, thumbnailSide)
	if err != nil {
		return nil, errors.New(words.Reason(err))
	}
	return img, nil
}

// Object implements [panel].
func (l *list) Object() fyne.CanvasObject { return l.object }

// Stop implements [stopper]: the list loads no more thumbnails.
func (l *list) Stop() { l.gallery.Stop() }

// Update implements [panel].
func (l *list) Update(c state.Change) {
	library, view := l.session.Library, l.session.View
	pictures := library.Pictures()
	if c&state.ChangedPictures != 0 {
		items := make([]widget.GalleryItem, len(pictures))
		for i, p := range pictures {
			items[i] = widget.GalleryItem{Path: p.Path, Name: filepath.Base(p.Path)}
		}
		l.gallery.Select(-1)
		l.gallery.SetItems(items)
		for i, p := range pictures {
			if p.Err != nil {
				l.gallery.SetFailed(i, words.Reason(p.Err))
			}
		}
	}
	if c&(state.ChangedPictures|state.ChangedSearch) != 0 {
		switch n := len(pictures); {
		case library.Finding:
			l.count.SetText(lang.L("Searching for pictures…"))
		case n == 0:
			l.count.SetText(lang.L("No pictures"))
		default:
			l.count.SetText(lang.N("{{.Count}} pictures", n, map[string]any{"Count": n}))
		}
	}
	i := library.Index()
	if c&state.ChangedCurrent != 0 {
		l.gallery.Select(i)
	}
	if c&state.ChangedPhoto != 0 && i >= 0 {
		switch {
		case view.PhotoError != nil:
			l.gallery.SetFailed(i, words.Reason(view.PhotoError))
		case view.Photo != nil:
			l.gallery.SetFailed(i, "")
		}
	}
}
