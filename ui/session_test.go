package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/folder"
	"gaze/compute/picture"
	"gaze/models"
)

// desk is a session with everything a test asks about it.
type desk struct {
	*session
	loop     loop
	failures []error
}

// newDesk returns a session whose networks come from open.
func newDesk(t *testing.T, open opener) *desk {
	t.Helper()
	d := &desk{loop: newLoop()}
	d.session = newSession(open, nil, defaults(), d.loop.post)
	d.failed = func(err error) { d.failures = append(d.failures, err) }
	t.Cleanup(func() {
		d.loads.close()
		d.finds.close()
		d.looks.close()
	})
	return d
}

// deskWith returns a session that uses e.
func deskWith(t *testing.T, e engine) *desk {
	t.Helper()
	d := newDesk(t, func(source) (engine, error) { return e, nil })
	d.openNetwork(source{})
	d.loop.until(t, "the network", func() bool { return d.engine != nil })
	return d
}

// show opens paths and waits for the first picture's map.
func (d *desk) show(t *testing.T, paths ...string) {
	t.Helper()
	d.openPaths(paths)
	d.loop.until(t, "the first view", func() bool { return d.view != nil })
}

// settle waits until nothing is computed any more.
func (d *desk) settle(t *testing.T) {
	t.Helper()
	d.loop.until(t, "an end of the work", func() bool { return !d.working && !d.finding && d.opening == nil })
}

func TestOpeningAFolderShowsItsFirstPicture(t *testing.T) {
	dir, paths := picturesIn(t, "img10.png", "img2.png")
	e := &fakeEngine{net: tinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)

	if len(d.pictures) != 2 || d.current != 0 {
		t.Errorf("%d pictures, at %d; want 2, at 0", len(d.pictures), d.current)
	}
	if d.view.path != paths[1] {
		t.Errorf("shows %s; img2 comes before img10", d.view.path)
	}
	if req := e.runs()[0]; req.Layers[0] != "relu" || req.Class != compute.TopClass {
		t.Errorf("asked for layer %v and class %d; want the default layer and the best class", req.Layers, req.Class)
	}
	if d.place != dir || d.settings.Place != dir {
		t.Errorf("the place is %q, remembered as %q; want %q", d.place, d.settings.Place, dir)
	}
}

func TestNewestWishCancelsTheOneAtWork(t *testing.T) {
	_, paths := picturesIn(t, "a.png", "b.png", "c.png")
	begun := make(chan struct{})
	cancelled, released := make(chan struct{}), make(chan struct{})
	first := true
	e := &fakeEngine{net: tinyNetwork(t, "tiny")}
	e.run = func(ctx context.Context, _ compute.Request) error {
		if !first {
			return nil
		}
		first = false
		close(begun)
		<-ctx.Done()
		close(cancelled)
		// Until both wishes are there, or the one in the middle could begin.
		<-released
		return ctx.Err()
	}
	d := deskWith(t, e)
	d.openPaths(paths)
	d.loop.until(t, "the first run", func() bool {
		select {
		case <-begun:
			return true
		default:
			return false
		}
	})
	d.selectPicture(1)
	d.selectPicture(2)
	<-cancelled
	close(released)
	d.settle(t)

	if d.view == nil || d.view.path != paths[2] {
		t.Fatalf("shows %v; want the newest wish, %s", d.view, paths[2])
	}
	if n := len(e.runs()); n != 2 {
		t.Errorf("the network ran %d times; the wish in the middle was never to be worked on", n)
	}
	if d.viewError != nil {
		t.Errorf("being superseded is told as an error: %v", d.viewError)
	}
}

func TestMethodAndColoursDoNotRunTheNetwork(t *testing.T) {
	dir, _ := picturesIn(t, "a.png")
	e := &fakeEngine{net: tinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)
	before := d.view

	d.selectMethod("hirescam")
	d.settle(t)
	if d.view.explanation.Method.Name != "hirescam" || d.view.overlay == before.overlay {
		t.Error("another method is not shown")
	}
	d.selectColours("viridis")
	d.settle(t)
	if d.view.colours.Name != "viridis" {
		t.Error("other colours are not shown")
	}
	d.setOpacity(0.25)
	if n := len(e.runs()); n != 1 {
		t.Errorf("the network ran %d times, not once", n)
	}
	if d.working {
		t.Error("opacity starts work")
	}
}

func TestClassAndLayerReuseTheInput(t *testing.T) {
	dir, paths := picturesIn(t, "a.png")
	e := &fakeEngine{net: tinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)
	// What is shown needs its file no longer.
	if err := os.Remove(paths[0]); err != nil {
		t.Fatal(err)
	}

	d.selectClass(5)
	d.settle(t)
	if got := d.view.explanation.Class.Label; got != "hat" {
		t.Errorf("explains %q, not the class chosen", got)
	}
	d.selectLayer("conv")
	d.settle(t)
	if got := d.view.explanation.Layer; got != "conv" {
		t.Errorf("explains layer %q, not the one chosen", got)
	}
	runs := e.runs()
	if len(runs) != 3 {
		t.Fatalf("the network was asked %d times; want 3", len(runs))
	}
	for _, r := range runs[1:] {
		if r.Input != runs[0].Input {
			t.Error("another class or layer has an input of its own")
		}
		if r.Class != 5 {
			t.Errorf("asked for class %d; want 5", r.Class)
		}
	}
}

func TestChosenClassStaysForOtherPictures(t *testing.T) {
	dir, _ := picturesIn(t, "a.png", "b.png")
	d := deskWith(t, &fakeEngine{net: tinyNetwork(t, "tiny")})
	d.show(t, dir)
	d.selectClass(4)
	d.selectPicture(1)
	d.settle(t)
	if got := d.view.explanation.Class.Label; got != "cup" {
		t.Errorf("explains %q; want the class chosen before", got)
	}
	d.selectClass(compute.TopClass)
	d.settle(t)
	if got := d.view.explanation.Class.Label; got != "cat" {
		t.Errorf("explains %q; want the best class", got)
	}
}

func TestUnreadablePictureLeavesTheOthers(t *testing.T) {
	dir, _ := picturesIn(t, "b.png")
	if err := os.WriteFile(filepath.Join(dir, "a.png"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := deskWith(t, &fakeEngine{net: tinyNetwork(t, "tiny")})
	d.openPaths([]string{dir})
	d.loop.until(t, "an answer", func() bool { return d.photoError != nil })

	var e *picture.Error
	if !errors.As(d.photoError, &e) || e.Reason != picture.Empty {
		t.Errorf("the reason is %v; want an empty file", d.photoError)
	}
	if d.photo != nil || d.view != nil || d.working {
		t.Error("something else is shown, or still worked on")
	}
	d.selectPicture(1)
	d.loop.until(t, "the other picture", func() bool { return d.view != nil })
	if d.photoError != nil {
		t.Errorf("the reason stays: %v", d.photoError)
	}
}

func TestFailingRunShowsThePictureWithoutAMap(t *testing.T) {
	dir, _ := picturesIn(t, "a.png")
	broken := errors.New("out of memory")
	d := deskWith(t, &fakeEngine{net: tinyNetwork(t, "tiny"), run: func(context.Context, compute.Request) error { return broken }})
	d.openPaths([]string{dir})
	d.loop.until(t, "an answer", func() bool { return d.viewError != nil })
	if !errors.Is(d.viewError, broken) || d.photo == nil || d.view != nil || d.working {
		t.Errorf("photo %v, view %v, error %v", d.photo, d.view, d.viewError)
	}
}

func TestMissingFolderLeavesTheList(t *testing.T) {
	dir, _ := picturesIn(t, "a.png")
	d := deskWith(t, &fakeEngine{net: tinyNetwork(t, "tiny")})
	d.show(t, dir)
	d.openPaths([]string{filepath.Join(dir, "nowhere")})
	d.loop.until(t, "an answer", func() bool { return len(d.failures) > 0 })
	if len(d.pictures) != 1 || d.view == nil || d.finding {
		t.Error("the list before is gone")
	}
}

func TestNetworkThatCannotBeOpenedLeavesTheFormer(t *testing.T) {
	dir, _ := picturesIn(t, "a.png")
	good := &fakeEngine{net: tinyNetwork(t, "tiny")}
	broken := errors.New("not a weights file")
	d := newDesk(t, func(from source) (engine, error) {
		if from.Ref == "broken" {
			return nil, broken
		}
		return good, nil
	})
	d.openNetwork(source{Ref: "good"})
	d.loop.until(t, "the network", func() bool { return d.engine != nil })
	d.show(t, dir)

	d.openNetwork(source{Ref: "broken"})
	d.settle(t)
	if len(d.failures) != 1 || !errors.Is(d.failures[0], broken) {
		t.Errorf("told %v; want why", d.failures)
	}
	if d.engine != engine(good) || d.settings.Network.Ref != "good" || d.view == nil {
		t.Error("the former network is not in use")
	}
}

func TestBuiltInNetworkReplacesAFirstOneThatCannotBeOpened(t *testing.T) {
	builtin := &fakeEngine{net: tinyNetwork(t, "built-in")}
	d := newDesk(t, func(from source) (engine, error) {
		if from != (source{}) {
			return nil, errors.New("no such file")
		}
		return builtin, nil
	})
	remembered := source{Ref: "mine.safetensors"}
	d.settings.Network = remembered
	d.openNetwork(source{Ref: "gone.safetensors"})
	d.loop.until(t, "a network", func() bool { return d.engine != nil })
	if len(d.failures) != 1 {
		t.Errorf("told %v; want why", d.failures)
	}
	if d.network != (source{}) || d.settings.Network != remembered {
		t.Errorf("uses %v and remembers %v; want the built-in one and %v", d.network, d.settings.Network, remembered)
	}
}

func TestChangedFileIsReadAgain(t *testing.T) {
	dir, paths := picturesIn(t, "a.png")
	d := deskWith(t, &fakeEngine{net: tinyNetwork(t, "tiny")})
	d.show(t, dir)
	writePNG(t, paths[0], drawing(128, 80, 1))
	d.openPaths([]string{dir})
	d.settle(t)
	if got := d.photo.full.Rect.Dx(); got != 128 {
		t.Errorf("shows a picture %d pixels wide; the file's is 128", got)
	}
}

func TestLateResultsLeaveTheNewerRequestAlone(t *testing.T) {
	first, _ := picturesIn(t, "a.png")
	second, _ := picturesIn(t, "b.png", "c.png")
	d := newDesk(t, func(from source) (engine, error) {
		return &fakeEngine{net: tinyNetwork(t, from.Ref)}, nil
	})
	// posted waits for a result that is not looked at yet.
	posted := func() func() { return <-d.loop }

	d.openPaths([]string{first})
	late := posted()
	d.openPaths([]string{second})
	late()
	if !d.finding || len(d.pictures) != 0 {
		t.Errorf("finding: %v, %d pictures; want the newer search to go on", d.finding, len(d.pictures))
	}
	d.settle(t)
	if len(d.pictures) != 2 {
		t.Errorf("%d pictures; want the 2 of the newer search", len(d.pictures))
	}

	d.openNetwork(source{Ref: "one"})
	late = posted()
	d.openNetwork(source{Ref: "two"})
	late()
	if d.opening == nil || d.engine != nil {
		t.Error("the older network is taken")
	}
	d.settle(t)
	if got := d.engine.Network().Name; got != "two" {
		t.Errorf("uses %q; want the newer one", got)
	}
}

func TestLayerToBeginWith(t *testing.T) {
	for _, c := range []struct {
		layer, want string
		failures    int
	}{
		{"", "relu", 0},
		{"conv", "conv", 0},
		{"fc", "relu", 1},
		{"nowhere", "relu", 1},
	} {
		e := &fakeEngine{net: tinyNetwork(t, "tiny")}
		d := newDesk(t, func(source) (engine, error) { return e, nil })
		d.firstLayer = c.layer
		d.openNetwork(source{})
		d.loop.until(t, "the network", func() bool { return d.engine != nil })
		if d.layer() != c.want || len(d.failures) != c.failures {
			t.Errorf("asked for %q: shows %q, told %v", c.layer, d.layer(), d.failures)
		}
	}
}

func TestAnotherNetworkTakesOver(t *testing.T) {
	dir, _ := picturesIn(t, "a.png")
	engines := map[string]*fakeEngine{
		"one": {net: tinyNetwork(t, "one")},
		"two": {net: tinyNetwork(t, "two")},
	}
	d := newDesk(t, func(from source) (engine, error) { return engines[from.Ref], nil })
	d.openNetwork(source{Ref: "one"})
	d.show(t, dir)
	d.selectLayer("conv")
	d.selectClass(3)
	d.openNetwork(source{Ref: "two"})
	d.loop.until(t, "the other network's view", func() bool { return d.view != nil && d.view.explanation.Network == "two" })

	if got := d.view.explanation; got.Layer != "relu" || got.Class.Label != "cat" {
		t.Errorf("begins with layer %s and class %s; want the defaults", got.Layer, got.Class.Label)
	}
	d.openNetwork(source{Ref: "one"})
	d.loop.until(t, "the first network's view", func() bool { return d.view != nil && d.view.explanation.Network == "one" })
	if got := d.view.explanation.Layer; got != "conv" {
		t.Errorf("the layer chosen for the network is forgotten: %s", got)
	}
}

func TestNewestNetworkWins(t *testing.T) {
	slow := &fakeEngine{net: tinyNetwork(t, "slow")}
	fast := &fakeEngine{net: tinyNetwork(t, "fast")}
	begun, finish := make(chan struct{}), make(chan struct{})
	d := newDesk(t, func(from source) (engine, error) {
		if from.Ref == "slow" {
			close(begun)
			<-finish
			return slow, nil
		}
		return fast, nil
	})
	d.openNetwork(source{Ref: "slow"})
	<-begun
	d.openNetwork(source{Ref: "fast"})
	close(finish)
	d.settle(t)
	if d.engine.Network().Name != "fast" {
		t.Errorf("uses %s", d.engine.Network().Name)
	}
	d.loop.until(t, "the superseded engine to be closed", func() bool {
		slow.mu.Lock()
		defer slow.mu.Unlock()
		return slow.closed
	})
}

func TestPictureIsShownBeforeTheNetworkIsOpen(t *testing.T) {
	dir, _ := picturesIn(t, "a.png")
	d := newDesk(t, nil)
	d.openPaths([]string{dir})
	d.loop.until(t, "the picture", func() bool { return d.photo != nil && !d.working })
	if d.view != nil || d.viewError != nil {
		t.Error("there is a map, or a reason for none, without a network")
	}
}

func TestValueAtReadsTheMapWhereTheNetworkLooked(t *testing.T) {
	dir, _ := picturesIn(t, "a.png")
	d := deskWith(t, &fakeEngine{net: tinyNetwork(t, "tiny")})
	d.show(t, dir)
	// The picture is 96x64 and the network sees the 64x64 in its middle with
	// a map of 4x4, whose value in column x of row y is x*y - 1.
	for _, c := range []struct {
		x, y int
		want float32
		seen bool
	}{
		{16, 0, -1, true},
		{79, 63, 8, true},
		{16 + 2*16, 1 * 16, 1, true},
		{15, 0, 0, false},
		{80, 0, 0, false},
		{40, 64, 0, false},
		{40, -1, 0, false},
	} {
		if got, seen := d.valueAt(c.x, c.y); got != c.want || seen != c.seen {
			t.Errorf("at (%d, %d): %v, %v; want %v, %v", c.x, c.y, got, seen, c.want, c.seen)
		}
	}
}

func TestSuggestedNameSaysWhatIsShown(t *testing.T) {
	dir, _ := picturesIn(t, "my.mug.png")
	d := deskWith(t, &fakeEngine{net: tinyNetwork(t, "tiny")})
	d.show(t, dir)
	const want = "my.mug.relu.gradcam.png"
	if _, got := d.sheet(); got != want {
		t.Errorf("suggests %q; want %q", got, want)
	}
	d.view.path = filepath.Join(dir, strings.Repeat("图", 82)+".png")
	if _, got := d.sheet(); len(got) > maxName || !utf8.ValidString(got) || !strings.HasSuffix(got, ".relu.gradcam.png") {
		t.Errorf("for a long name suggests the %d bytes %q", len(got), got)
	}
}

func TestClosingWaitsForWhatIsWritten(t *testing.T) {
	dir, _ := picturesIn(t, "a.png")
	d := deskWith(t, &fakeEngine{net: tinyNetwork(t, "tiny")})
	d.show(t, dir)
	var written bool
	d.analyser = func(ctx context.Context, _ *models.Network, _ folder.Job, _ []folder.Entry, _ func(folder.Progress)) (folder.Report, error) {
		<-ctx.Done()
		written = true
		return folder.Report{}, ctx.Err()
	}
	d.analyse("results", func(folder.Report, error) {})
	closed := false
	d.close(func() { closed = true })
	d.loop.until(t, "the end", func() bool { return closed })
	if !written {
		t.Error("closed before the analysis had ended")
	}
}

func TestAnalysisTellsItsProgressAndCanBeCancelled(t *testing.T) {
	dir, _ := picturesIn(t, "a.png", "b.png")
	d := deskWith(t, &fakeEngine{net: tinyNetwork(t, "tiny")})
	d.show(t, dir)
	d.selectLayer("conv")
	d.analyser = func(ctx context.Context, net *models.Network, job folder.Job, pictures []folder.Entry, progress func(folder.Progress)) (folder.Report, error) {
		if net.Name != "tiny" || job.Layers[0] != "conv" || job.Out != "results" || len(pictures) != 2 {
			t.Errorf("network %s, job %+v, %d pictures", net.Name, job, len(pictures))
		}
		progress(folder.Progress{Done: 1, Total: 2})
		<-ctx.Done()
		return folder.Report{Done: 1, Total: 2}, ctx.Err()
	}
	var report *folder.Report
	var failure error
	d.analyse("results", func(r folder.Report, err error) { report, failure = &r, err })
	d.loop.until(t, "progress", func() bool { return d.analysis != nil && d.analysis.share() == 0.5 })
	d.cancelAnalysis()
	d.loop.until(t, "the report", func() bool { return report != nil })
	if report.Done != 1 || !errors.Is(failure, context.Canceled) || d.analysis != nil {
		t.Errorf("report %+v, error %v, analysis %v", report, failure, d.analysis)
	}
}

// A method that runs the network for minutes is given up when another is chosen;
// the run that both begin with is kept.
func TestAnotherMethodEndsOneThatRunsTheNetwork(t *testing.T) {
	dir, _ := picturesIn(t, "a.png")
	e := &fakeEngine{net: tinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)
	began, ended := make(chan bool), make(chan error, 1)
	e.explain = func(ctx context.Context, m cam.Method) error {
		if m.Name != "scorecam" {
			return nil
		}
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
	d.selectMethod("scorecam")
	<-began
	runs := len(e.runs())
	d.selectMethod("hirescam")
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	d.loop.until(t, "HiResCAM", func() bool { return d.view != nil && d.view.method.Name == "hirescam" })
	if n := len(e.runs()); n != runs {
		t.Errorf("the network ran %d times for another method", n-runs)
	}
}
