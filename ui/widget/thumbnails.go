package widget

import (
	"container/list"
	"context"
	"image"
	"runtime"

	"fyne.io/fyne/v2"
	"golang.org/x/image/draw"
)

const (
	thumbPixels    = 160 // longer side at most, enough for screens with two device pixels per unit
	thumbsKept     = 400 // at up to 100 KiB each
	mostThumbLoads = 4   // at once
)

// thumbnails loads thumbnails in the background and keeps those used last. Its methods belong to the UI goroutine.
type thumbnails struct {
	onUI    func(func())                 // runs a function on the UI goroutine
	loaded  func(path string, err error) // told the end of a request that was not cancelled
	slots   chan struct{}                // holds one token per running load
	pending map[string]*thumbRequest     // by path
	kept    map[string]*list.Element     // by path
	order   *list.List                   // of *keptThumb, last used first
	limit   int
	round   int // counts the calls of forget
}

type thumbRequest struct {
	cancel context.CancelFunc
	round  int
}

type keptThumb struct {
	path  string
	image *image.RGBA
}

func newThumbnails(loaded func(path string, err error)) *thumbnails {
	return &thumbnails{
		onUI:    fyne.Do,
		loaded:  loaded,
		slots:   make(chan struct{}, min(max(runtime.NumCPU()/2, 2), mostThumbLoads)),
		pending: map[string]*thumbRequest{},
		kept:    map[string]*list.Element{},
		order:   list.New(),
		limit:   thumbsKept,
	}
}

// get returns the thumbnail of path if it is at hand, or nil.
func (t *thumbnails) get(path string) *image.RGBA {
	e, ok := t.kept[path]
	if !ok {
		return nil
	}
	t.order.MoveToFront(e)
	return e.Value.(*keptThumb).image
}

// request begins to load the thumbnail of path, unless that has begun already.
func (t *thumbnails) request(path string, load func(ctx context.Context, path string) (image.Image, error)) {
	if t.pending[path] != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &thumbRequest{cancel, t.round}
	t.pending[path] = r
	go func() {
		defer cancel()
		select {
		case t.slots <- struct{}{}:
			defer func() { <-t.slots }()
		case <-ctx.Done():
			return
		}
		if ctx.Err() != nil {
			return
		}
		img, err := load(ctx, path)
		var small *image.RGBA
		if err == nil {
			small = thumbnail(img)
		}
		t.onUI(func() { t.finish(path, r, small, err) })
	}()
}

func (t *thumbnails) finish(path string, r *thumbRequest, img *image.RGBA, err error) {
	if img != nil && r.round == t.round {
		// Also when it was cancelled too late: the work is done.
		t.add(path, img)
	}
	if t.pending[path] == r {
		delete(t.pending, path)
		t.loaded(path, err)
	}
}

// keep cancels the requests for the paths that are not wanted any more.
func (t *thumbnails) keep(wanted func(path string) bool) {
	for path, r := range t.pending {
		if !wanted(path) {
			r.cancel()
			delete(t.pending, path)
		}
	}
}

// forget cancels all requests and drops all thumbnails.
func (t *thumbnails) forget() {
	t.keep(func(string) bool { return false })
	clear(t.kept)
	t.order.Init()
	t.round++
}

func (t *thumbnails) add(path string, img *image.RGBA) {
	if e, ok := t.kept[path]; ok {
		e.Value.(*keptThumb).image = img
		t.order.MoveToFront(e)
		return
	}
	t.kept[path] = t.order.PushFront(&keptThumb{path, img})
	if t.order.Len() > t.limit {
		oldest := t.order.Remove(t.order.Back()).(*keptThumb)
		delete(t.kept, oldest.path)
	}
}

// thumbnail returns img reduced to a thumbnail, nil for an image without pixels.
func thumbnail(img image.Image) *image.RGBA {
	if img == nil || img.Bounds().Empty() {
		return nil
	}
	longer := func(img *image.RGBA) int { return max(img.Rect.Dx(), img.Rect.Dy()) }
	whole := wholeRGBA(img)
	// Halving reads a large picture many times faster than a good filter, which then has little left to do.
	for longer(whole) > 4*thumbPixels {
		whole = halve(whole)
	}
	if longer(whole) <= thumbPixels {
		return whole
	}
	w, h := whole.Rect.Dx()*thumbPixels/longer(whole), whole.Rect.Dy()*thumbPixels/longer(whole)
	small := image.NewRGBA(image.Rect(0, 0, max(w, 1), max(h, 1)))
	draw.CatmullRom.Scale(small, small.Rect, whole, whole.Rect, draw.Src, nil)
	return small
}
