package widget

import (
	"context"
	"errors"
	"fmt"
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
)

// shownGallery is a gallery in a window whose background results wait until the test, which is its UI goroutine, takes them.
type shownGallery struct {
	*Gallery
	window  fyne.Window
	results chan func()
}

func showGallery(t *testing.T, load func(context.Context, string) (image.Image, error), size fyne.Size) *shownGallery {
	t.Helper()
	test.NewTempApp(t)
	s := &shownGallery{Gallery: NewGallery(load, nil), results: make(chan func(), 1000)}
	s.thumbs.onUI = func(f func()) { s.results <- f }
	s.window = test.NewTempWindow(t, s.Gallery)
	s.window.SetPadded(false)
	s.window.Resize(size)
	return s
}

// settle takes results until no load is pending.
func (s *shownGallery) settle() {
	for len(s.thumbs.pending) > 0 {
		(<-s.results)()
	}
}

func photos(n int) []GalleryItem {
	items := make([]GalleryItem, n)
	for i := range items {
		items[i] = GalleryItem{Path: fmt.Sprintf("/photos/%d.jpg", i), Name: fmt.Sprintf("%d.jpg", i)}
	}
	return items
}

func loadLandscape(context.Context, string) (image.Image, error) { return landscape(64, 48), nil }

func TestGalleryLooks(t *testing.T) {
	build := func() *shownGallery {
		load := func(_ context.Context, path string) (image.Image, error) {
			switch path {
			case "broken":
				return nil, errors.New("broken.jpg: unexpected EOF")
			case "tall":
				return landscape(300, 600), nil
			case "wide":
				return landscape(900, 300), nil
			}
			return landscape(400, 300), nil
		}
		s := &shownGallery{Gallery: NewGallery(load, nil), results: make(chan func(), 100)}
		s.thumbs.onUI = func(f func()) { s.results <- f }
		s.SetItems([]GalleryItem{
			{"plain", "DSC_0001.jpg"},
			{"tall", "portrait of a hill with the sun, second attempt.jpg"},
			{"wide", "panorama.png"},
			{"broken", "broken.jpg"},
			{"late", "DSC_0002.jpg"},
		})
		return s
	}
	size := fyne.NewSize(230, 320)
	tests := []struct {
		name string
		act  func(s *shownGallery, cv fyne.Canvas)
	}{
		{"loading", nil},
		{"loaded", func(s *shownGallery, _ fyne.Canvas) {
			s.settle()
			s.Select(1)
			s.SetFailed(4, "out of memory at layer fire9/concat")
		}},
		{"focused", func(s *shownGallery, cv fyne.Canvas) {
			s.settle()
			cv.Focus(s.list)
			s.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { looks(t, "gallery/"+tt.name, size, build, tt.act) })
	}
}

func TestGalleryLoadsOnlyWhatIsInView(t *testing.T) {
	s := showGallery(t, loadLandscape, fyne.NewSize(200, 300))
	s.SetItems(photos(5000))
	s.settle()

	first, last := s.list.visible()
	if first != 0 || last < 3 || last > 10 {
		t.Fatalf("rows %d to %d are in view", first, last)
	}
	for i, item := range s.items[:30] {
		if loaded := s.thumbs.get(item.Path) != nil; loaded != (i <= last) {
			t.Errorf("entry %d: loaded is %v, the last in view is %d", i, loaded, last)
		}
	}
}

func TestGalleryCancelsWhatIsScrolledAway(t *testing.T) {
	begun, ended := make(chan string, 1000), make(chan string, 1000)
	load := func(ctx context.Context, path string) (image.Image, error) {
		begun <- path
		<-ctx.Done()
		ended <- path
		return nil, ctx.Err()
	}
	s := showGallery(t, load, fyne.NewSize(200, 300))
	s.SetItems(photos(5000))
	atOnce := cap(s.thumbs.slots)
	for range atOnce {
		<-begun
	}

	// All slots are taken, so that others can begin only when those above are cancelled.
	s.list.ScrollTo(4000)
	first, last := s.list.visible()
	inView := func(path string) bool { return first <= s.index[path] && s.index[path] <= last }
	all := atOnce
	for below := 0; below < atOnce; all++ {
		if inView(<-begun) {
			below++
		}
	}
	for path := range s.thumbs.pending {
		if !inView(path) {
			t.Errorf("%s is still pending, in view are %d to %d", path, first, last)
		}
	}

	s.Stop()
	if len(s.thumbs.pending) != 0 {
		t.Error("loads are pending after Stop")
	}
	for range all {
		<-ended
		(<-s.results)()
	}
	if len(s.failed) != 0 {
		t.Errorf("cancelled loads are shown as failed: %v", s.failed)
	}
}

func TestGalleryKeepsABoundedNumber(t *testing.T) {
	s := showGallery(t, loadLandscape, fyne.NewSize(200, 300))
	s.thumbs.limit = 10
	s.SetItems(photos(100))
	s.settle()
	for i := 0; i < 100; i += 4 {
		s.list.ScrollTo(i)
		s.settle()
		if n := len(s.thumbs.kept); n > 10 || n != s.thumbs.order.Len() {
			t.Fatalf("%d thumbnails are kept, %d in order", n, s.thumbs.order.Len())
		}
	}
	_, last := s.list.visible()
	if s.thumbs.get(s.items[last].Path) == nil {
		t.Error("the thumbnail in view is not kept")
	}
	if s.thumbs.get(s.items[0].Path) != nil {
		t.Error("the thumbnail used longest ago is kept")
	}
}

func TestGallerySelection(t *testing.T) {
	key := func(name fyne.KeyName) func(*shownGallery) {
		return func(s *shownGallery) { s.list.TypedKey(&fyne.KeyEvent{Name: name}) }
	}
	tests := []struct {
		name string
		act  []func(*shownGallery)
		told []int
		want int
	}{
		{"nothing", nil, nil, -1},
		{"down from none", []func(*shownGallery){key(fyne.KeyDown), key(fyne.KeyDown)}, []int{0, 1}, 1},
		{"up stops at the first", []func(*shownGallery){key(fyne.KeyDown), key(fyne.KeyUp)}, []int{0}, 0},
		{"end and home", []func(*shownGallery){key(fyne.KeyEnd), key(fyne.KeyDown), key(fyne.KeyHome)}, []int{99, 0}, 0},
		{"pages", []func(*shownGallery){key(fyne.KeyHome), key(fyne.KeyPageDown), key(fyne.KeyPageUp)}, []int{0, 5, 0}, 0},
		{"Select", []func(*shownGallery){func(s *shownGallery) { s.Select(50); s.Select(50) }}, []int{50}, 50},
		{"Select out of range", []func(*shownGallery){func(s *shownGallery) { s.Select(50); s.Select(100) }}, []int{50}, 50},
		{"Select none", []func(*shownGallery){func(s *shownGallery) { s.Select(50); s.Select(-1) }}, []int{50}, -1},
		{"click", []func(*shownGallery){func(s *shownGallery) {
			test.TapCanvas(s.window.Canvas(), fyne.NewPos(100, 2.5*s.list.pitch()))
		}, key(fyne.KeyDown)}, []int{2, 3}, 3},
		{"a failed one", []func(*shownGallery){func(s *shownGallery) { s.SetFailed(1, "broken"); s.Select(1) }}, []int{1}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := showGallery(t, loadLandscape, fyne.NewSize(200, 300))
			s.SetItems(photos(100))
			var told []int
			s.OnSelected = func(i int) { told = append(told, i) }
			for _, act := range tt.act {
				act(s)
			}
			if diff := cmp.Diff(tt.told, told); diff != "" {
				t.Errorf("OnSelected (-want +got):\n%s", diff)
			}
			if s.Selected() != tt.want {
				t.Errorf("selected %d, want %d", s.Selected(), tt.want)
			}
			s.settle()
		})
	}
}

func TestGallerySetItemsKeepsTheSelectedPath(t *testing.T) {
	s := showGallery(t, loadLandscape, fyne.NewSize(200, 800))
	s.SetItems(photos(10))
	s.settle()
	s.Select(4)
	s.SetFailed(4, "broken")
	s.OnSelected = func(i int) { t.Errorf("OnSelected(%d)", i) }

	s.SetItems(photos(10)[3:])
	if s.Selected() != 1 {
		t.Errorf("selected %d, want 1", s.Selected())
	}
	if s.failed[1] != "" {
		t.Error("the failure was kept")
	}
	// The files may have changed since.
	if got, want := len(s.thumbs.pending), 7; got != want {
		t.Errorf("%d thumbnails are loaded again, want %d", got, want)
	}
	s.settle()
	s.SetItems(photos(2))
	if s.Selected() != -1 {
		t.Errorf("selected %d although the path is gone", s.Selected())
	}
	s.SetItems(nil)
	s.SetItems(photos(3))
	s.settle()
}

func TestGalleryLoadsWhatDoesNotFailAnyMore(t *testing.T) {
	s := showGallery(t, loadLandscape, fyne.NewSize(200, 800))
	s.SetItems(photos(2))
	s.settle()
	s.thumbs.forget()
	s.SetFailed(1, "broken")
	s.SetFailed(1, "")
	s.settle()
	if s.thumbs.get(s.items[1].Path) == nil {
		t.Error("there is no thumbnail")
	}
}

func TestGalleryShowsWhyLoadingFailed(t *testing.T) {
	s := showGallery(t, func(_ context.Context, path string) (image.Image, error) {
		return nil, errors.New(path + ": not an image")
	}, fyne.NewSize(200, 300))
	s.SetItems(photos(1))
	s.settle()
	if got := s.shown[0].entry.reason; got != "/photos/0.jpg: not an image" {
		t.Errorf("the reason shown is %q", got)
	}
	s.Refresh()
	if len(s.thumbs.pending) != 0 {
		t.Error("a failed picture is loaded again")
	}
	s.SetFailed(0, "")
	if got := s.shown[0].entry.reason; got != "" {
		t.Errorf("the reason shown is still %q", got)
	}
}

func TestGalleryResultForOldItemsIsNotShown(t *testing.T) {
	release := make(chan struct{})
	s := showGallery(t, func(_ context.Context, path string) (image.Image, error) {
		<-release
		return nil, errors.New("too late")
	}, fyne.NewSize(200, 300))
	s.SetItems(photos(1))
	s.SetItems(photos(1))
	close(release)
	s.settle()
	s.SetItems([]GalleryItem{{Path: "other", Name: "other"}})
	s.settle()
	if len(s.failed) != 1 {
		t.Errorf("failed: %v", s.failed)
	}
}

func TestThumbnailSize(t *testing.T) {
	tests := []struct{ in, want image.Point }{
		{image.Pt(4000, 3000), image.Pt(160, 120)},
		{image.Pt(300, 600), image.Pt(80, 160)},
		{image.Pt(100, 20), image.Pt(100, 20)},
		{image.Pt(5000, 1), image.Pt(160, 1)},
	}
	for _, tt := range tests {
		if got := thumbnail(image.NewGray(image.Rectangle{Max: tt.in})).Rect.Size(); got != tt.want {
			t.Errorf("a picture of %v has a thumbnail of %v, want %v", tt.in, got, tt.want)
		}
	}
	if thumbnail(nil) != nil || thumbnail(&image.Gray{}) != nil {
		t.Error("an image without pixels has a thumbnail")
	}
}
