package widget

import (
	"context"
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// GalleryItem is one picture of a [Gallery].
type GalleryItem struct {
	Path string // what Load is called with, unique in the gallery
	Name string // what is shown
}

// Gallery lists pictures, thousands if need be, as thumbnails with names. Thumbnails are loaded in the background when their rows come
// into view, a bounded number is kept, and what was scrolled away before its turn is cancelled. A click and the arrow keys select.
type Gallery struct {
	fynewidget.BaseWidget

	// Load reads the picture at path, reduced or not, on a goroutine of its own, several at once. It should return early when ctx
	// is cancelled. The text of an error is shown as the reason why there is no picture. Set it before the first SetItems.
	Load func(ctx context.Context, path string) (image.Image, error)
	// OnSelected is told the index of the entry that was selected, failed or not.
	OnSelected func(index int)

	items    []GalleryItem
	index    map[string]int // of a path in items
	failed   map[int]string // the reason by index
	selected int
	quiet    bool // while the program selects without telling

	list   *galleryList
	shown  map[int]*galleryRow // by index
	thumbs *thumbnails
}

// NewGallery returns an empty gallery.
func NewGallery(load func(ctx context.Context, path string) (image.Image, error), onSelected func(index int)) *Gallery {
	g := &Gallery{
		Load:       load,
		OnSelected: onSelected,
		failed:     map[int]string{},
		selected:   -1,
		shown:      map[int]*galleryRow{},
	}
	g.thumbs = newThumbnails(g.loaded)
	g.list = newGalleryList(g)
	g.ExtendBaseWidget(g)
	return g
}

// SetItems replaces the entries and forgets which had failed and all thumbnails, since a file may have changed under its path. The
// selection is kept if the selected path remains; otherwise nothing is selected.
func (g *Gallery) SetItems(items []GalleryItem) {
	selected := ""
	if g.selected >= 0 {
		selected = g.items[g.selected].Path
	}
	g.thumbs.forget()
	clear(g.failed)
	clear(g.shown)
	g.items = items
	g.index = make(map[string]int, len(items))
	for i, item := range items {
		g.index[item.Path] = i
	}

	g.quiet = true
	g.list.UnselectAll()
	g.selected = -1
	if i, ok := g.index[selected]; ok {
		g.list.Highlight(i)
		g.list.Select(i)
	} else {
		g.list.ScrollToOffset(0)
	}
	g.quiet = false
	g.list.Refresh()
}

// Select selects entry i, brings it into view and calls OnSelected, unless it is selected already. -1 selects none, without a call.
func (g *Gallery) Select(i int) {
	switch {
	case i < 0:
		g.list.UnselectAll()
		g.selected = -1
	case i < len(g.items):
		// The highlight is where Fyne's list goes on with the keyboard.
		g.list.Highlight(i)
		g.list.Select(i)
	}
}

// Selected returns the index of the selected entry, or -1.
func (g *Gallery) Selected() int { return g.selected }

// SetFailed marks entry i with a badge and shows the reason under its name; "" removes both. An index out of range is ignored.
func (g *Gallery) SetFailed(i int, reason string) {
	if i < 0 || i >= len(g.items) {
		return
	}
	failed := g.failed[i] != ""
	if reason == "" {
		delete(g.failed, i)
	} else {
		g.failed[i] = reason
	}
	g.show(i)
	if failed && reason == "" && g.shown[i] != nil {
		g.request(i)
	}
}

// Stop cancels all loading, for the end of the window. Rows that come into view afterwards are loaded again.
func (g *Gallery) Stop() { g.thumbs.keep(func(string) bool { return false }) }

// CreateRenderer implements [fyne.Widget].
func (g *Gallery) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(g.list) }

// update makes row show entry i, and is called by the list for every row that comes into view.
func (g *Gallery) update(i int, row *galleryRow) {
	if i >= len(g.items) {
		return
	}
	for old, r := range g.shown {
		if r == row {
			delete(g.shown, old)
		}
	}
	g.shown[i] = row
	g.show(i)

	first, last := g.list.visible()
	g.thumbs.keep(func(path string) bool { return first <= g.index[path] && g.index[path] <= last })
	g.request(i)
}

// request begins to load the thumbnail of entry i, unless it is at hand or the picture failed.
func (g *Gallery) request(i int) {
	if path := g.items[i].Path; g.Load != nil && g.thumbs.get(path) == nil && g.failed[i] == "" {
		g.thumbs.request(path, g.Load)
	}
}

// show brings the row of entry i, if it has one, up to date.
func (g *Gallery) show(i int) {
	if row := g.shown[i]; row != nil {
		row.set(galleryEntry{name: g.items[i].Name, reason: g.failed[i], thumb: g.thumbs.get(g.items[i].Path)})
	}
}

// loaded is called when the thumbnail of path has come, or failed to.
func (g *Gallery) loaded(path string, err error) {
	i, ok := g.index[path]
	if !ok {
		return
	}
	if err != nil {
		g.failed[i] = err.Error()
	}
	g.show(i)
}

// galleryList is Fyne's list with arrow keys that select.
type galleryList struct {
	fynewidget.List
	gallery *Gallery
}

func newGalleryList(g *Gallery) *galleryList {
	l := &galleryList{gallery: g}
	l.HideSeparators = true
	l.Length = func() int { return len(g.items) }
	l.CreateItem = func() fyne.CanvasObject { return newGalleryRow() }
	l.UpdateItem = func(i int, o fyne.CanvasObject) { g.update(i, o.(*galleryRow)) }
	l.OnSelected = func(i int) {
		g.selected = i
		if g.OnSelected != nil && !g.quiet {
			g.OnSelected(i)
		}
	}
	l.ExtendBaseWidget(l)
	return l
}

// pitch is the distance from one row to the next.
func (l *galleryList) pitch() float32 {
	return newGalleryRow().MinSize().Height + l.Theme().Size(theme.SizeNamePadding)
}

// visible returns the indices of the first and the last row in view.
func (l *galleryList) visible() (first, last int) {
	pitch, top := l.pitch(), l.GetScrollOffset()
	return int(top / pitch), int((top + l.Size().Height) / pitch)
}

// TypedKey implements [fyne.Focusable].
func (l *galleryList) TypedKey(e *fyne.KeyEvent) {
	g := l.gallery
	page := max(int(l.Size().Height/l.pitch()), 1)
	to := g.selected
	switch e.Name {
	case fyne.KeyUp, fyne.KeyLeft:
		to--
	case fyne.KeyDown, fyne.KeyRight:
		to++
	case fyne.KeyPageUp:
		to -= page
	case fyne.KeyPageDown:
		to += page
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = len(g.items) - 1
	default:
		l.List.TypedKey(e)
		return
	}
	if len(g.items) > 0 {
		g.Select(min(max(to, 0), len(g.items)-1))
	}
}
