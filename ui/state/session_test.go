package state_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/folder"
	"gaze/compute/output/golden"
	"gaze/compute/picture"
	"gaze/models"
	"gaze/models/weights"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
)

// desk is a session with everything a test asks about it.
type desk struct {
	*state.Session
	loop     statetest.Loop
	failures []error
	// changed, if not nil, is told what is new.
	changed func(state.Change)
}

// newDesk returns a session with the options given and a loop.
func newDesk(t *testing.T, o state.Options) *desk {
	t.Helper()
	d := &desk{loop: statetest.NewLoop()}
	o.Settings, o.Post = state.Defaults(), d.loop.Post
	d.Session = state.New(o)
	d.Observe(func(c state.Change) {
		if d.changed != nil {
			d.changed(c)
		}
	}, func(err error) { d.failures = append(d.failures, err) })
	t.Cleanup(func() {
		d.Close(func() {})
		d.Wait()
	})
	return d
}

// deskOf returns a session whose networks come from open.
func deskOf(t *testing.T, open state.Opener) *desk {
	t.Helper()
	return newDesk(t, state.Options{Open: open})
}

// deskWith returns a session that uses e.
func deskWith(t *testing.T, e state.Explainer) *desk {
	t.Helper()
	return deskFor(t, e, nil)
}

// deskFor returns a session that uses e, and analyses by analyse.
func deskFor(t *testing.T, e state.Explainer, analyse state.Analyser) *desk {
	t.Helper()
	d := newDesk(t, state.Options{Open: func(state.Source, weights.Sidecar) (state.Explainer, error) { return e, nil }, Analyse: analyse})
	d.Networks.Open(state.Source{})
	d.loop.Until(t, "the network", func() bool { return d.Networks.Explainer != nil })
	return d
}

// show opens paths and waits for the first picture's map.
func (d *desk) show(t *testing.T, paths ...string) {
	t.Helper()
	d.Library.Open(paths)
	d.loop.Until(t, "the first view", func() bool { return d.View.Map != nil })
}

// settle waits until nothing is computed any more.
func (d *desk) settle(t *testing.T) {
	t.Helper()
	d.loop.Until(t, "an end of the work", func() bool { return !d.View.Working && !d.Library.Finding && d.Networks.Opening == nil })
}

// look selects picture i of the list.
func (d *desk) look(i int) { d.Library.Select(d.Library.Pictures()[i]) }

func TestOpeningAFolderShowsItsFirstPicture(t *testing.T) {
	dir, paths := statetest.PicturesIn(t, "img10.png", "img2.png")
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)

	if len(d.Library.Pictures()) != 2 || d.Library.Index() != 0 {
		t.Errorf("%d pictures, at %d; want 2, at 0", len(d.Library.Pictures()), d.Library.Index())
	}
	if d.View.Map.Path != paths[1] {
		t.Errorf("shows %s; img2 comes before img10", d.View.Map.Path)
	}
	if req := e.Runs()[0]; req.Layers[0] != "relu" || req.Class != compute.TopClass {
		t.Errorf("asked for layer %v and class %d; want the default layer and the best class", req.Layers, req.Class)
	}
	if d.Library.Place != dir || d.Settings.Place != dir {
		t.Errorf("the place is %q, remembered as %q; want %q", d.Library.Place, d.Settings.Place, dir)
	}
}

func TestNewestWishCancelsTheOneAtWork(t *testing.T) {
	_, paths := statetest.PicturesIn(t, "a.png", "b.png", "c.png")
	begun := make(chan struct{})
	cancelled, released := make(chan struct{}), make(chan struct{})
	first := true
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	e.OnRun = func(ctx context.Context, _ statetest.Run) error {
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
	d.Library.Open(paths)
	d.loop.Until(t, "the first run", func() bool {
		select {
		case <-begun:
			return true
		default:
			return false
		}
	})
	d.look(1)
	d.look(2)
	<-cancelled
	close(released)
	d.settle(t)

	if d.View.Map == nil || d.View.Map.Path != paths[2] {
		t.Fatalf("shows %v; want the newest wish, %s", d.View.Map, paths[2])
	}
	if n := len(e.Runs()); n != 2 {
		t.Errorf("the network ran %d times; the wish in the middle was never to be worked on", n)
	}
	if d.View.MapError != nil {
		t.Errorf("being superseded is told as an error: %v", d.View.MapError)
	}
}

func TestMethodAndColoursDoNotRunTheNetwork(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)
	before := d.View.Map

	d.Choice.SetMethod("hirescam")
	d.settle(t)
	if d.View.Map.Explanation.Method.Name != "hirescam" || d.View.Map.Overlay == before.Overlay {
		t.Error("another method is not shown")
	}
	d.Choice.SetColours("viridis")
	d.settle(t)
	if d.View.Map.Colours.Name != "viridis" {
		t.Error("other colours are not shown")
	}
	d.Choice.SetOpacity(0.25)
	if n := len(e.Runs()); n != 1 {
		t.Errorf("the network ran %d times, not once", n)
	}
	if d.View.Working {
		t.Error("opacity starts work")
	}
}

// Making some maps runs the network for minutes. Drawing one anew does not.
func TestColoursMakeNoMapAgain(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)
	var made atomic.Int32
	e.OnExplain = func(context.Context, cam.Method) error {
		made.Add(1)
		return nil
	}
	for i, change := range []func(){
		func() { d.Choice.SetMethod("scorecam") },
		func() { d.Choice.Refine(state.Refinements{Smoothing: compute.SmoothNoise}) },
		func() { d.Choice.SetClass(3) },
		func() { d.Choice.SetLayer("conv") },
	} {
		change()
		d.settle(t)
		for _, colours := range []string{"viridis", "magma"} {
			before := d.View.Map
			d.Choice.SetColours(colours)
			d.settle(t)
			if d.View.Map.Colours.Name != colours || d.View.Map.Overlay == before.Overlay {
				t.Errorf("the map is not drawn in %s", colours)
			}
			d.Choice.SetOpacity(0.25)
			d.settle(t)
		}
		if n := int(made.Load()); n != i+1 {
			t.Fatalf("%d maps were made for %d wishes", n, i+1)
		}
	}
	if m := d.View.Map; m.Method.Name != "scorecam" || m.Smoothing != compute.SmoothNoise || m.Class.Index != 3 || m.Layer != "conv" {
		t.Errorf("shows %+v", m.Explanation)
	}
}

func TestClassAndLayerReuseTheInput(t *testing.T) {
	dir, paths := statetest.PicturesIn(t, "a.png")
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)
	// What is shown needs its file no longer.
	if err := os.Remove(paths[0]); err != nil {
		t.Fatal(err)
	}

	d.Choice.SetClass(5)
	d.settle(t)
	if got := d.View.Map.Explanation.Class.Label; got != "hat" {
		t.Errorf("explains %q, not the class chosen", got)
	}
	d.Choice.SetLayer("conv")
	d.settle(t)
	if got := d.View.Map.Explanation.Layer; got != "conv" {
		t.Errorf("explains layer %q, not the one chosen", got)
	}
	runs := e.Runs()
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
	dir, _ := statetest.PicturesIn(t, "a.png", "b.png")
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
	d.show(t, dir)
	d.Choice.SetClass(4)
	d.look(1)
	d.settle(t)
	if got := d.View.Map.Explanation.Class.Label; got != "cup" {
		t.Errorf("explains %q; want the class chosen before", got)
	}
	d.Choice.SetClass(compute.TopClass)
	d.settle(t)
	if got := d.View.Map.Explanation.Class.Label; got != "cat" {
		t.Errorf("explains %q; want the best class", got)
	}
}

func TestUnreadablePictureLeavesTheOthers(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "b.png")
	if err := os.WriteFile(filepath.Join(dir, "a.png"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
	d.Library.Open([]string{dir})
	d.loop.Until(t, "an answer", func() bool { return d.View.PhotoError != nil })

	var e *picture.Error
	if !errors.As(d.View.PhotoError, &e) || e.Reason != picture.Empty {
		t.Errorf("the reason is %v; want an empty file", d.View.PhotoError)
	}
	if d.View.Photo != nil || d.View.Map != nil || d.View.Working {
		t.Error("something else is shown, or still worked on")
	}
	d.look(1)
	d.loop.Until(t, "the other picture", func() bool { return d.View.Map != nil })
	if d.View.PhotoError != nil {
		t.Errorf("the reason stays: %v", d.View.PhotoError)
	}
}

func TestFailingRunShowsThePictureWithoutAMap(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	broken := errors.New("out of memory")
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny"), OnRun: func(context.Context, statetest.Run) error { return broken }})
	d.Library.Open([]string{dir})
	d.loop.Until(t, "an answer", func() bool { return d.View.MapError != nil })
	if !errors.Is(d.View.MapError, broken) || d.View.Photo == nil || d.View.Map != nil || d.View.Working {
		t.Errorf("photo %v, view %v, error %v", d.View.Photo, d.View.Map, d.View.MapError)
	}
}

func TestMissingFolderLeavesTheList(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
	d.show(t, dir)
	d.Library.Open([]string{filepath.Join(dir, "nowhere")})
	d.loop.Until(t, "an answer", func() bool { return len(d.failures) > 0 })
	if len(d.Library.Pictures()) != 1 || d.View.Map == nil || d.Library.Finding {
		t.Error("the list before is gone")
	}
}

func TestNetworkThatCannotBeOpenedLeavesTheFormer(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	good := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	broken := errors.New("not a weights file")
	d := deskOf(t, func(from state.Source, _ weights.Sidecar) (state.Explainer, error) {
		if from.Ref == "broken" {
			return nil, broken
		}
		return good, nil
	})
	d.Networks.Open(state.Source{Ref: "good"})
	d.loop.Until(t, "the network", func() bool { return d.Networks.Explainer != nil })
	d.show(t, dir)

	d.Networks.Open(state.Source{Ref: "broken"})
	d.settle(t)
	if len(d.failures) != 1 || !errors.Is(d.failures[0], broken) {
		t.Errorf("told %v; want why", d.failures)
	}
	if d.Networks.Explainer != state.Explainer(good) || d.Settings.Network.Ref != "good" || d.View.Map == nil {
		t.Error("the former network is not in use")
	}
}

func TestBuiltInNetworkReplacesAFirstOneThatCannotBeOpened(t *testing.T) {
	builtin := &statetest.Explainer{Net: statetest.TinyNetwork(t, "built-in")}
	d := deskOf(t, func(from state.Source, _ weights.Sidecar) (state.Explainer, error) {
		if from != (state.Source{}) {
			return nil, errors.New("no such file")
		}
		return builtin, nil
	})
	remembered := state.Source{Ref: "mine.safetensors"}
	d.Settings.Network = remembered
	d.Networks.Open(state.Source{Ref: "gone.safetensors"})
	d.loop.Until(t, "a network", func() bool { return d.Networks.Explainer != nil })
	if len(d.failures) != 1 {
		t.Errorf("told %v; want why", d.failures)
	}
	if d.Networks.Source != (state.Source{}) || d.Settings.Network != remembered {
		t.Errorf("uses %v and remembers %v; want the built-in one and %v", d.Networks.Source, d.Settings.Network, remembered)
	}
}

func TestChangedFileIsReadAgain(t *testing.T) {
	dir, paths := statetest.PicturesIn(t, "a.png")
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
	d.show(t, dir)
	golden.WritePNG(t, paths[0], statetest.Drawing(128, 80, 1))
	d.Library.Open([]string{dir})
	d.settle(t)
	if got := d.View.Photo.Full.Rect.Dx(); got != 128 {
		t.Errorf("shows a picture %d pixels wide; the file's is 128", got)
	}
}

func TestLateResultsLeaveTheNewerRequestAlone(t *testing.T) {
	first, _ := statetest.PicturesIn(t, "a.png")
	second, _ := statetest.PicturesIn(t, "b.png", "c.png")
	d := deskOf(t, func(from state.Source, _ weights.Sidecar) (state.Explainer, error) {
		return &statetest.Explainer{Net: statetest.TinyNetwork(t, from.Ref)}, nil
	})
	// posted waits for a result that is not looked at yet.
	posted := func() func() { return <-d.loop }

	d.Library.Open([]string{first})
	late := posted()
	d.Library.Open([]string{second})
	late()
	if !d.Library.Finding || len(d.Library.Pictures()) != 0 {
		t.Errorf("finding: %v, %d pictures; want the newer search to go on", d.Library.Finding, len(d.Library.Pictures()))
	}
	d.settle(t)
	if len(d.Library.Pictures()) != 2 {
		t.Errorf("%d pictures; want the 2 of the newer search", len(d.Library.Pictures()))
	}

	d.Networks.Open(state.Source{Ref: "one"})
	late = posted()
	d.Networks.Open(state.Source{Ref: "two"})
	late()
	if d.Networks.Opening == nil || d.Networks.Explainer != nil {
		t.Error("the older network is taken")
	}
	d.settle(t)
	if got := d.Networks.Explainer.Network().Name; got != "two" {
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
		e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
		d := newDesk(t, state.Options{Open: func(state.Source, weights.Sidecar) (state.Explainer, error) { return e, nil }, Layer: c.layer})
		d.Networks.Open(state.Source{})
		d.loop.Until(t, "the network", func() bool { return d.Networks.Explainer != nil })
		if d.Choice.Layer() != c.want || len(d.failures) != c.failures {
			t.Errorf("asked for %q: shows %q, told %v", c.layer, d.Choice.Layer(), d.failures)
		}
	}
}

func TestAnotherNetworkTakesOver(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	explainers := map[string]*statetest.Explainer{
		"one": {Net: statetest.TinyNetwork(t, "one")},
		"two": {Net: statetest.TinyNetwork(t, "two")},
	}
	d := deskOf(t, func(from state.Source, _ weights.Sidecar) (state.Explainer, error) { return explainers[from.Ref], nil })
	d.Networks.Open(state.Source{Ref: "one"})
	d.show(t, dir)
	d.Choice.SetLayer("conv")
	d.Choice.SetClass(3)
	d.Networks.Open(state.Source{Ref: "two"})
	d.loop.Until(t, "the other network's view", func() bool { return d.View.Map != nil && d.View.Map.Explanation.Network == "two" })

	if got := d.View.Map.Explanation; got.Layer != "relu" || got.Class.Label != "cat" {
		t.Errorf("begins with layer %s and class %s; want the defaults", got.Layer, got.Class.Label)
	}
	d.Networks.Open(state.Source{Ref: "one"})
	d.loop.Until(t, "the first network's view", func() bool { return d.View.Map != nil && d.View.Map.Explanation.Network == "one" })
	if got := d.View.Map.Explanation.Layer; got != "conv" {
		t.Errorf("the layer chosen for the network is forgotten: %s", got)
	}
}

func TestNewestNetworkWins(t *testing.T) {
	slow := &statetest.Explainer{Net: statetest.TinyNetwork(t, "slow")}
	fast := &statetest.Explainer{Net: statetest.TinyNetwork(t, "fast")}
	begun, finish := make(chan struct{}), make(chan struct{})
	d := deskOf(t, func(from state.Source, _ weights.Sidecar) (state.Explainer, error) {
		if from.Ref == "slow" {
			close(begun)
			<-finish
			return slow, nil
		}
		return fast, nil
	})
	d.Networks.Open(state.Source{Ref: "slow"})
	<-begun
	d.Networks.Open(state.Source{Ref: "fast"})
	close(finish)
	d.settle(t)
	if d.Networks.Explainer.Network().Name != "fast" {
		t.Errorf("uses %s", d.Networks.Explainer.Network().Name)
	}
	d.loop.Until(t, "the superseded explainer to be closed", slow.Closed)
}

func TestPictureIsShownBeforeTheNetworkIsOpen(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	d := deskOf(t, nil)
	d.Library.Open([]string{dir})
	d.loop.Until(t, "the picture", func() bool { return d.View.Photo != nil && !d.View.Working })
	if d.View.Map != nil || d.View.MapError != nil {
		t.Error("there is a map, or a reason for none, without a network")
	}
}

func TestValueAtReadsTheMapWhereTheNetworkLooked(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
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
		if got, seen := d.View.Map.ValueAt(c.x, c.y); got != c.want || seen != c.seen {
			t.Errorf("at (%d, %d): %v, %v; want %v, %v", c.x, c.y, got, seen, c.want, c.seen)
		}
	}
}

func TestSuggestedNameSaysWhatIsShown(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "my.mug.png")
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
	d.show(t, dir)
	const want = "my.mug.relu.gradcam.cat.png"
	if _, got := d.View.Sheet(); got != want {
		t.Errorf("suggests %q; want %q", got, want)
	}
	d.View.Map.Path = filepath.Join(dir, strings.Repeat("图", 82)+".png")
	if _, got := d.View.Sheet(); len(got) > state.MaxName || !utf8.ValidString(got) || !strings.HasSuffix(got, ".relu.gradcam.cat.png") {
		t.Errorf("for a long name suggests the %d bytes %q", len(got), got)
	}
}

func TestClosingWaitsForWhatIsWritten(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	var written bool
	analyse := func(ctx context.Context, _ *models.Network, _ folder.Job, _ []folder.Entry, _ func(folder.Progress)) (folder.Report, error) {
		<-ctx.Done()
		written = true
		return folder.Report{}, ctx.Err()
	}
	d := deskFor(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}, analyse)
	d.show(t, dir)
	d.Jobs.Analyse("results", func(folder.Report, error) {})
	closed := false
	d.Close(func() { closed = true })
	d.loop.Until(t, "the end", func() bool { return closed })
	if !written {
		t.Error("closed before the analysis had ended")
	}
}

func TestAnalysisTellsItsProgressAndCanBeCancelled(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png", "b.png")
	analyse := func(ctx context.Context, net *models.Network, job folder.Job, pictures []folder.Entry, progress func(folder.Progress)) (folder.Report, error) {
		if net.Name != "tiny" || job.Recipe.Layers[0] != "conv" || job.Out != "results" || len(pictures) != 2 {
			t.Errorf("network %s, job %+v, %d pictures", net.Name, job, len(pictures))
		}
		progress(folder.Progress{Done: 1, Total: 2})
		<-ctx.Done()
		return folder.Report{Done: 1, Total: 2}, ctx.Err()
	}
	d := deskFor(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}, analyse)
	d.show(t, dir)
	d.Choice.SetLayer("conv")
	var report *folder.Report
	var failure error
	d.Jobs.Analyse("results", func(r folder.Report, err error) { report, failure = &r, err })
	d.loop.Until(t, "progress", func() bool { return d.Jobs.Analysis != nil && d.Jobs.Analysis.Share() == 0.5 })
	d.Jobs.CancelAnalysis()
	d.loop.Until(t, "the report", func() bool { return report != nil })
	if report.Done != 1 || !errors.Is(failure, context.Canceled) || d.Jobs.Analysis != nil {
		t.Errorf("report %+v, error %v, analysis %v", report, failure, d.Jobs.Analysis)
	}
}

// A method that runs the network for minutes is given up when another is chosen;
// the run that both begin with is kept.
func TestAnotherMethodEndsOneThatRunsTheNetwork(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)
	began, ended := make(chan bool), make(chan error, 1)
	e.OnExplain = func(ctx context.Context, m cam.Method) error {
		if m.Name != "scorecam" {
			return nil
		}
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
	d.Choice.SetMethod("scorecam")
	<-began
	runs := len(e.Runs())
	d.Choice.SetMethod("hirescam")
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	d.loop.Until(t, "HiResCAM", func() bool { return d.View.Map != nil && d.View.Map.Method.Name == "hirescam" })
	if n := len(e.Runs()); n != runs {
		t.Errorf("the network ran %d times for another method", n-runs)
	}
}
