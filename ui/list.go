package ui

import (
	"context"
	"errors"
	"image"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/picture"
	"gaze/ui/widget"
)

// thumbnailSide is how large thumbnails are read, in pixels: sharp on screens
// with two pixels a unit.
const thumbnailSide = 256

// list shows the pictures to choose from.
type list struct {
	session *session
	gallery *widget.Gallery
	count   *fynewidget.Label
	object  fyne.CanvasObject
}

func newList(s *session) *list {
	l := &list{session: s, count: caption("")}
	l.gallery = widget.NewGallery(thumbnail, s.selectPicture)
	l.object = container.NewBorder(l.count, nil, nil, nil, l.gallery)
	return l
}

// thumbnail reads a small copy of a picture; its error is the reason alone.
func thumbnail(ctx context.Context, path string) (image.Image, error) {
	img, err := picture.Thumbnail(ctx, path, thumbnailSide)
	if err != nil {
		return nil, errors.New(reason(err))
	}
	return img, nil
}

// caption returns a label in the small, faint type of remarks.
func caption(text string) *fynewidget.Label {
	l := fynewidget.NewLabel(text)
	l.SizeName = theme.SizeNameCaptionText
	l.Importance = fynewidget.LowImportance
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

func (l *list) update(c change) {
	s := l.session
	if c&changedList != 0 {
		items := make([]widget.GalleryItem, len(s.pictures))
		for i, p := range s.pictures {
			items[i] = widget.GalleryItem{Path: p.Path, Name: filepath.Base(p.Path)}
		}
		l.gallery.Select(-1)
		l.gallery.SetItems(items)
		for i, p := range s.pictures {
			if p.Err != nil {
				l.gallery.SetFailed(i, reason(p.Err))
			}
		}
	}
	if c&(changedList|changedWork) != 0 {
		switch {
		case s.finding:
			l.count.SetText(lang.L("Searching for pictures…"))
		case len(s.pictures) == 0:
			l.count.SetText(lang.L("No pictures"))
		default:
			l.count.SetText(lang.N("{{.Count}} pictures", len(s.pictures), map[string]any{"Count": len(s.pictures)}))
		}
	}
	if c&changedCurrent != 0 {
		l.gallery.Select(s.current)
	}
	if c&changedPhoto != 0 && s.current >= 0 {
		switch {
		case s.photoError != nil:
			l.gallery.SetFailed(s.current, reason(s.photoError))
		case s.photo != nil:
			l.gallery.SetFailed(s.current, "")
		}
	}
}
