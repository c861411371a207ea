package ui

import (
	"context"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute"
	"gaze/compute/folder"
	"gaze/compute/output/golden"
	"gaze/compute/picture"
	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/weights"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
	"gaze/ui/translations"
	"gaze/ui/widget"
)

// loopApp is Fyne's test app with a goroutine for the user interface, the
// test's own: what fyne.Do is given goes to its loop.
type loopApp struct {
	fyne.App
	loop statetest.Loop
}

func (a loopApp) Driver() fyne.Driver { return loopDriver{a.App.Driver(), a.loop} }

type loopDriver struct {
	fyne.Driver
	loop statetest.Loop
}

func (d loopDriver) DoFromGoroutine(f func(), _ bool) { d.loop.Post(f) }

// fixedLook is the window's theme in one variant.
type fixedLook struct {
	fyne.Theme
	variant fyne.ThemeVariant
}

func (l *fixedLook) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return l.Theme.Color(name, l.variant)
}

// scene is a window in a test, of 1280x800 unless resized.
type scene struct {
	*Window
	loop      statetest.Loop
	explainer *statetest.Explainer
}

// newScene opens a window with a fake explainer of the built-in network. with may
// change how its session works and what it is made of.
func newScene(t *testing.T, language string, variant fyne.ThemeVariant, with ...func(*state.Options, *design)) *scene {
	t.Helper()
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{loop: statetest.NewLoop(), explainer: &statetest.Explainer{Net: net}}
	app := loopApp{test.NewTempApp(t), s.loop}
	// Fyne takes the time only when it draws, so after a long test without a
	// window what is made now would already be too old to keep.
	test.NewTempWindow(t, nil).Canvas().Capture()
	fyne.SetCurrentApp(app)
	app.Settings().SetTheme(&fixedLook{newLook(), variant})
	o := state.Options{Open: func(state.Source, weights.Sidecar) (state.Explainer, error) { return s.explainer, nil }}
	d := standard()
	for _, change := range with {
		change(&o, &d)
	}
	s.Window = newWindow(app, Options{Language: language, Version: "1.0"}, o, d)
	s.window.Resize(fyne.NewSize(1280, 800))
	t.Cleanup(func() {
		// What still runs would speak to the next test's app.
		s.stop()
		s.session.Close(func() {})
		s.session.Wait()
		s.drain(50 * time.Millisecond)
		s.window.Close()
		speak(t, "en")
	})
	s.loop.Until(t, "the network", func() bool { return s.session.Networks.Explainer != nil && s.session.Networks.Known != nil })
	return s
}

// analysing has a window analyse pictures by a function of the test's.
func analysing(analyse state.Analyser) func(*state.Options, *design) {
	return func(o *state.Options, _ *design) { o.Analyse = analyse }
}

// speak makes the window's words come in a language.
func speak(t *testing.T, code string) {
	t.Helper()
	if got, err := translations.Own().Speak(code); err != nil || got != code {
		t.Fatalf("speaks %q: %v", got, err)
	}
}

// panelOf returns a window's panel of a type.
func panelOf[P panel](s *scene) P {
	for _, p := range s.panels {
		if p, ok := p.(P); ok {
			return p
		}
	}
	panic("the window has no such panel")
}

// drawn lists what of o can be seen, o included, without laying it out.
func drawn(o fyne.CanvasObject) []fyne.CanvasObject {
	if o == nil || !o.Visible() {
		return nil
	}
	list := []fyne.CanvasObject{o}
	var children []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		children = o.Objects
	case fyne.Widget:
		children = test.WidgetRenderer(o).Objects()
	}
	for _, child := range children {
		list = append(list, drawn(child)...)
	}
	return list
}

// find returns the first visible object of a type in o that is meant, or fails.
func find[O fyne.CanvasObject](t *testing.T, o fyne.CanvasObject, meant func(O) bool) O {
	t.Helper()
	for _, child := range drawn(o) {
		if c, ok := child.(O); ok && meant(c) {
			return c
		}
	}
	var none O
	t.Fatalf("there is no %T", none)
	return none
}

// anyOf is what find is told where the first object of a type is meant.
func anyOf[O fyne.CanvasObject](O) bool { return true }

// button finds the button with a text in what the window shows.
func (s *scene) button(t *testing.T, in fyne.CanvasObject, text string) *fynewidget.Button {
	t.Helper()
	return find(t, in, func(b *fynewidget.Button) bool { return b.Text == text })
}

// picture is the picture with its map that the window shows.
func (s *scene) picture(t *testing.T) *widget.Picture {
	t.Helper()
	return find(t, s.window.Content(), anyOf[*widget.Picture])
}

// photographs draws a folder of pictures, the last of them empty.
func photographs(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "amazon", "images", "mug")
	for i, name := range []string{"mug_1.png", "mug_2.png", "mug_10.png", "pen.png"} {
		golden.WritePNG(t, filepath.Join(dir, name), statetest.Drawing(360-60*i, 240, i))
	}
	if err := os.WriteFile(filepath.Join(dir, "zero.jpg"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// show opens a folder of photographs and waits for the first one's map.
func (s *scene) show(t *testing.T) {
	t.Helper()
	s.session.Library.Open([]string{photographs(t)})
	s.loop.Until(t, "the first view", func() bool { return s.session.View.Map != nil })
}

// look selects picture i of the list.
func (s *scene) look(i int) { s.session.Library.Select(s.session.Library.Pictures()[i]) }

// golden compares the window with testdata/NAME.png, giving it time to load
// its thumbnails, and checks that it takes no font of this machine's. With
// GAZE_GOLDEN=update it writes the file instead.
func (s *scene) golden(t *testing.T, name string) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	if golden.Update() {
		golden.WritePNG(t, path, s.settled(t))
		return
	}
	want := readPNG(t, path)
	var got image.Image
	deadline := time.Now().Add(patience)
	for ok := false; !ok && time.Now().Before(deadline); {
		s.drain(50 * time.Millisecond)
		got = s.window.Canvas().Capture()
		ok = want != nil && alike(want, got)
	}
	test.AssertImageMatches(t, name+".png", got)
	fonts := carriedFonts{}
	fonts.checkTree(t, s.window.Content())
	for _, overlay := range s.window.Canvas().Overlays().List() {
		fonts.checkTree(t, overlay)
	}
}

// settled returns the window's picture once it changes no more.
func (s *scene) settled(t *testing.T) image.Image {
	t.Helper()
	var last image.Image
	for range 100 {
		s.drain(time.Second)
		got := s.window.Canvas().Capture()
		if last != nil && alike(last, got) {
			return got
		}
		last = got
	}
	t.Fatal("the window does not come to rest")
	return nil
}

// drain runs what is posted until nothing is for a while.
func (s *scene) drain(quiet time.Duration) {
	for {
		select {
		case f := <-s.loop:
			f()
		case <-time.After(quiet):
			return
		}
	}
}

func readPNG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// alike reports whether two pictures differ nowhere by more than text that is
// rendered differently may.
func alike(a, b image.Image) bool { return within(a, b, 30) }

// within reports whether two pictures differ nowhere by more than a tolerance,
// of 255.
func within(a, b image.Image, tolerance uint8) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	limit := uint32(tolerance) << 8
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			if apart(r1, r2) > limit || apart(g1, g2) > limit || apart(b1, b2) > limit {
				return false
			}
		}
	}
	return true
}

func apart(a, b uint32) uint32 { return max(a, b) - min(a, b) }

func TestWelcome(t *testing.T) {
	for _, c := range []struct {
		name, language string
		variant        fyne.ThemeVariant
	}{
		{"welcome-en-light", "en", theme.VariantLight},
		{"welcome-zh-dark", "zh", theme.VariantDark},
	} {
		t.Run(c.name, func(t *testing.T) {
			newScene(t, c.language, c.variant).golden(t, c.name)
		})
	}
}

func TestPictureBesideItsMap(t *testing.T) {
	for _, c := range []struct {
		name, language string
		variant        fyne.ThemeVariant
		size           fyne.Size
	}{
		{"picture-en-light", "en", theme.VariantLight, fyne.NewSize(1280, 800)},
		{"picture-en-dark-small", "en", theme.VariantDark, fyne.NewSize(1024, 640)},
		{"picture-zh-light", "zh", theme.VariantLight, fyne.NewSize(1280, 800)},
		{"picture-zh-dark", "zh", theme.VariantDark, fyne.NewSize(1280, 800)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, c.language, c.variant)
			s.explainer.Notices = []compute.Notice{compute.NoticeIdentical}
			s.window.Resize(c.size)
			s.show(t)
			s.golden(t, c.name)
		})
	}
}

func TestUnreadablePictureSaysWhy(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.look(4)
	s.loop.Until(t, "the reason", func() bool { return s.session.View.PhotoError != nil })
	if got, want := s.window.Title(), "zero.jpg — Gaze"; got != want {
		t.Errorf("the title is %q; want %q", got, want)
	}
	s.golden(t, "error-en-light")
}

func TestAnalysisShowsHowFarItIs(t *testing.T) {
	begun := make(chan struct{})
	analyse := func(ctx context.Context, _ *models.Network, _ folder.Job, _ []folder.Entry, progress func(folder.Progress)) (folder.Report, error) {
		progress(folder.Progress{Done: 12, Total: 96, Remaining: 83 * time.Second})
		close(begun)
		<-ctx.Done()
		return folder.Report{Done: 12, Total: 96, Results: "/results/mug-gaze/results.csv"}, ctx.Err()
	}
	s := newScene(t, "en", theme.VariantDark, analysing(analyse))
	s.show(t)
	s.session.Jobs.Analyse("/results/mug-gaze", s.showReport)
	<-begun
	s.golden(t, "analysis-en-dark")

	panelOf[*status](s).analysis.Cancel()
	s.loop.Until(t, "the end", func() bool { return s.session.Jobs.Analysis == nil })
	s.golden(t, "cancelled-en-dark")
}

func TestReportListsWhatFailed(t *testing.T) {
	s := newScene(t, "zh", theme.VariantLight)
	s.show(t)
	s.showReport(folder.Report{
		Done: 96, Failed: 2, Total: 96, Results: "/results/mug-gaze/results.csv",
		Failures: []folder.Failure{
			{Path: "/photos/zero.jpg", Err: &picture.Error{Reason: picture.Empty}},
			{Path: "/photos/huge.png", Err: &picture.Error{Reason: picture.TooManyPixels, Width: 40000, Height: 40000, Limit: 100_000_000}},
		},
	}, nil)
	s.golden(t, "report-zh-light")
}

// A picture with one of its maps is analysed, and the report says that maps are
// missing.
func TestReportCountsPicturesThatLackMaps(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	lacks := folder.Failure{Path: "/photos/mug.jpg", Err: errors.New("no map")}
	s.showReport(folder.Report{
		Done: 5, Failed: 3, Partial: 2, Total: 5, Results: "/results/mug-gaze/results.csv",
		Failures: []folder.Failure{lacks, lacks, {Path: "/photos/zero.jpg", Err: &picture.Error{Reason: picture.Empty}}},
	}, nil)
	got := texts(s.top())
	for _, want := range []string{"4 pictures analysed.", "2 pictures lack some of their maps:", "1 picture could not be analysed:"} {
		if !slices.Contains(got, want) {
			t.Errorf("the report says %q, not %q", got, want)
		}
	}
}

func TestTitleNamesWhatIsShown(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	if got, want := s.window.Title(), "Gaze"; got != want {
		t.Errorf("the title is %q; want %q", got, want)
	}
	s.show(t)
	if got, want := s.window.Title(), "mug_1.png — everyday · layer4 · Grad-CAM — Gaze"; got != want {
		t.Errorf("the title is %q; want %q", got, want)
	}
}

func TestKeysChooseAnotherPicture(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	for _, c := range []struct {
		key  fyne.KeyName
		want int
	}{
		{fyne.KeyDown, 1},
		{fyne.KeyRight, 2},
		{fyne.KeyUp, 1},
		{fyne.KeyEnd, 4},
		{fyne.KeyDown, 4},
		{fyne.KeyHome, 0},
		{fyne.KeyLeft, 0},
	} {
		s.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: c.key})
		if s.session.Library.Index() != c.want || panelOf[*list](s).gallery.Selected() != c.want {
			t.Errorf("after %s at %d, marked %d; want %d", c.key, s.session.Library.Index(), panelOf[*list](s).gallery.Selected(), c.want)
		}
	}
}

func TestEscapeLeavesDialogs(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.showFailure(errors.New("one"))
	s.showFailure(errors.New("two"))
	overlays := s.window.Canvas().Overlays()
	for range 2 {
		if overlays.Top() == nil {
			t.Fatal("there is no dialog")
		}
		s.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	}
	if overlays.Top() != nil {
		t.Error("a dialog still takes all input")
	}
}

func TestKeysChooseAnotherPictureAfterTheMouseWasUsed(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	window := s.window.Canvas()
	method := panelOf[*methodPanel](s).method
	for name, touch := range map[string]func(){
		"picture": func() { s.picture(t).MouseDown(nil) },
		"tick":    func() { test.Tap(panelOf[*classPanel](s).follow) },
		"choice": func() {
			test.Tap(method)
			test.TapCanvas(window, s.position(method).AddXY(20, method.Size().Height+50))
		},
	} {
		s.look(0)
		before := s.session.Settings.Method
		touch()
		if name == "choice" && s.session.Settings.Method == before {
			t.Error("no other method was chosen")
		}
		e := &fyne.KeyEvent{Name: fyne.KeyRight}
		if f := window.Focused(); f != nil {
			f.TypedKey(e)
		} else {
			window.OnTypedKey()(e)
		}
		if s.session.Library.Index() != 1 {
			t.Errorf("after a touch of the %s the key leads to picture %d; want 1", name, s.session.Library.Index())
		}
	}
}

func TestEnterInTheFolderFieldStartsTheAnalysis(t *testing.T) {
	started := make(chan string, 1)
	analyse := func(_ context.Context, _ *models.Network, job folder.Job, _ []folder.Entry, _ func(folder.Progress)) (folder.Report, error) {
		started <- job.Out
		return folder.Report{Results: filepath.Join(job.Out, "results.csv")}, nil
	}
	s := newScene(t, "en", theme.VariantLight, analysing(analyse))
	s.show(t)
	s.analyseFolder()
	entry := findField(s.window.Canvas().Overlays().Top())
	if entry == nil {
		t.Fatal("there is no field for the folder")
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.loop.Until(t, "the report", func() bool { return len(started) == 1 && s.session.Jobs.Analysis == nil })
	if got, want := <-started, entry.Text; got != want {
		t.Errorf("results go to %q; want %q", got, want)
	}
}

// findField returns the first field in o, or nil.
func findField(o fyne.CanvasObject) *field {
	if f, ok := o.(*field); ok {
		return f
	}
	for _, child := range test.LaidOutObjects(o) {
		if f, ok := child.(*field); ok {
			return f
		}
	}
	return nil
}

func TestReadingAPictureRemovesItsBadge(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.look(4)
	s.loop.Until(t, "the reason", func() bool { return s.session.View.PhotoError != nil })
	if !shows(panelOf[*list](s).object, "the file is empty") {
		t.Error("the gallery does not say why there is no picture")
	}
	zero := s.session.Library.Pictures()[4].Path
	golden.WritePNG(t, zero, statetest.Drawing(90, 60, 1))
	s.look(0)
	s.look(4)
	s.loop.Until(t, "the picture", func() bool { return s.session.View.Map != nil && s.session.View.Map.Path == zero })
	if shows(panelOf[*list](s).object, "the file is empty") {
		t.Error("the gallery still says that there is no picture")
	}
}

// shows reports whether a text can be seen in o.
func shows(o fyne.CanvasObject, text string) bool {
	return slices.ContainsFunc(test.LaidOutObjects(o), func(o fyne.CanvasObject) bool {
		t, ok := o.(*canvas.Text)
		return ok && t.Text == text && t.Visible()
	})
}

func TestChangingTheLanguageKeepsWhatIsShown(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.changeLanguage("zh")
	if s.session.View.Map == nil || s.session.Library.Index() != 0 || panelOf[*list](s).gallery.Selected() != 0 {
		t.Error("the picture is gone")
	}
	if got, want := panelOf[*toolbar](s).save.Text, "保存对比图"; got != want {
		t.Errorf("the button says %q; want %q", got, want)
	}
	if got := state.Load(s.app.Preferences(), Languages()).Language; got != "zh" {
		t.Errorf("remembers %q", got)
	}
}

func TestSavingNeverReplacesAFileUnasked(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	path := filepath.Join(t.TempDir(), "sheet.png")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	sheet, _ := s.mode().Sheet()
	s.save(sheet, path, false)
	s.loop.Until(t, "the question", func() bool { return s.window.Canvas().Overlays().Top() != nil })
	if data, err := os.ReadFile(path); err != nil || string(data) != "mine" {
		t.Errorf("the file is now %q, %v", data, err)
	}
	s.golden(t, "replace-en-light")

	s.save(sheet, path, true)
	s.loop.Until(t, "the word that it is done", func() bool { return s.session.View.Message != "" })
	if img := readPNG(t, path); img == nil || img.Bounds().Dx() < 3*320 {
		t.Error("the file is not a comparison sheet")
	}
}
