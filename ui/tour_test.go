package ui

import (
	"context"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/folder"
	"gaze/compute/output/golden"
	"gaze/models"
	"gaze/ui/state/statetest"
)

// TestProgramShowsAllThatItOpens opens every menu item, dialog and tab of the
// real program in every language, and looks for its words on the screen. The
// languages are walked through at the same time, each in a process of its own,
// because Fyne has one application and one language a process.
func TestProgramShowsAllThatItOpens(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the real window is tested under Xvfb, on Linux")
	}
	const name = "GAZE_TEST_PROGRAM"
	binary := os.Getenv(name)
	walk := binary != ""
	if !walk {
		newScreen(t) // skips the test where there can be none
		binary = buildProgram(t)
	}
	for _, language := range Languages() {
		t.Run(language, func(t *testing.T) {
			if walk {
				walkThrough(t, binary, language)
				return
			}
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^TestProgramShowsAllThatItOpens$/^"+language+"$")
			cmd.Env = append(os.Environ(), name+"="+binary)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()+" ") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func walkThrough(t *testing.T, binary, language string) {
	// The program and its plan find the same networks: the built-in one.
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	v := newTour(t, newScreen(t), binary, language)
	v.buttons()
	v.tabs()
	v.modelCard()
	v.description()
	v.publishedWeights()
	v.takenName()
	v.failure()
	v.report()
	v.menu()
	v.leave()
}

// nowhere is a place in the window where there is nothing to point at.
var nowhere = fyne.NewPos(1278, 798)

// tour is a walk through the program and, at the same time, through the same
// window in the test, its plan. What is done to one is done to the other, and
// what the plan then says has to be on the screen.
type tour struct {
	*program
	plan   *scene
	photos string
	// words are what the translations say of no picture, file or number: the
	// same in the program and in its plan.
	words map[string]bool
	// expected is the plan's picture when a part of it was last looked for.
	expected *image.NRGBA
}

func newTour(t *testing.T, display *screen, binary, language string) *tour {
	t.Helper()
	v := &tour{photos: t.TempDir(), words: map[string]bool{}}
	for _, code := range Languages() {
		for _, message := range messages(t, code) {
			v.words[text(message)] = true
		}
	}
	for i, name := range []string{"first.png", "second.png"} {
		golden.WritePNG(t, filepath.Join(v.photos, name), statetest.Drawing(320, 240, i))
	}
	analyse := func(_ context.Context, _ *models.Network, job folder.Job, pictures []folder.Entry, _ func(folder.Progress)) (folder.Report, error) {
		return folder.Report{Done: len(pictures), Total: len(pictures), Results: filepath.Join(job.Out, "results.csv")}, nil
	}
	v.plan = newScene(t, language, theme.VariantLight, analysing(analyse))
	t.Cleanup(func() {
		if t.Failed() && v.expected != nil {
			golden.WritePNG(t, filepath.Join("testdata", "failed", t.Name()+"-plan.png"), v.expected)
		}
	})
	v.plan.session.Library.Open([]string{v.photos})
	v.plan.untilShown(t)
	v.program = display.start(t, binary, "--lang", language, v.photos)
	v.waitForTitle(v.plan.window.Title())
	v.seesWords(v.plan.window.Content())
	return v
}

// buttons presses every button of the window.
func (v *tour) buttons() {
	dialogs := 0
	for _, b := range visible[*fynewidget.Button](v.plan.window.Content()) {
		if b.object.Disabled() || b.object == v.plan.bar().more {
			continue
		}
		v.clickButton(b.object)
		if v.plan.top() != nil {
			v.seesDialog()
			v.closeDialogs()
			dialogs++
		}
	}
	if dialogs < 5 {
		v.t.Errorf("only %d of the window's buttons open a dialog", dialogs)
	}
}

func (v *tour) tabs() {
	items := panelOf[*stage](v.plan).tabs.Items
	for i := range items {
		// The last that is opened is the one that was open before.
		item := items[len(items)-1-i]
		v.click(area(v.plan.find(item.Text)))
		if panelOf[*stage](v.plan).tabs.Selected() != item {
			v.t.Fatalf("the plan does not show the tab %q", item.Text)
		}
		v.seesWords(item.Content)
	}
}

func (v *tour) modelCard() {
	v.clickButton(panelOf[*networkPanel](v.plan).more)
	v.seesDialog()
	facts := v.plan.top()
	v.clickButton(visible[*fynewidget.Button](facts)[0].object)
	if v.plan.top() == facts {
		v.t.Fatal("the plan does not open the model card")
	}
	v.seesDialog()
	v.closeDialogs()
}

// description opens the editor of what the network takes and gives.
func (v *tour) description() {
	v.clickButton(panelOf[*networkPanel](v.plan).more)
	v.seesDialog()
	facts := v.plan.top()
	v.clickButton(visible[*fynewidget.Button](facts)[1].object)
	if v.plan.top() == facts || v.plan.editor == nil {
		v.t.Fatal("the plan does not open the editor")
	}
	v.plan.described(v.t)
	v.seesDialog()
	v.closeDialogs()
	if v.plan.editor != nil {
		v.t.Fatal("the plan's editor is still there")
	}
}

func (v *tour) publishedWeights() {
	v.focus(panelOf[*networkPanel](v.plan).picker)
	v.key(fyne.KeyReturn)
	v.write("resnet50")
	v.key(fyne.KeyReturn)
	v.seesDialog()
	v.closeDialogs()
}

func (v *tour) takenName() {
	const name = "taken.png"
	taken := filepath.Join(v.photos, name)
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		v.t.Fatal(err)
	}
	v.saveTo(v.photos, name)
	v.closeDialogs()
	if data, err := os.ReadFile(taken); err != nil || string(data) != "mine" {
		v.t.Errorf("the file is now %q, %v", data, err)
	}
}

func (v *tour) failure() {
	v.saveTo(os.DevNull, "map.png")
	v.closeDialogs()
}

// saveTo saves the comparison under a name and sees the dialog that this leads to.
func (v *tour) saveTo(dir, name string) {
	v.clickButton(v.plan.bar().save)
	v.seesDialog()
	form := v.plan.top()
	for i, text := range []string{name, dir} {
		entry := visible[*field](form)[i].object
		v.focus(entry)
		entry.TypedShortcut(&fyne.ShortcutSelectAll{})
		v.do("key", "ctrl+a")
		v.write(text)
	}
	v.key(fyne.KeyReturn)
	v.plan.loop.Until(v.t, "the answer to saving in "+dir, func() bool { return v.plan.top() != nil && v.plan.top() != form })
	v.seesDialog()
}

func (v *tour) report() {
	v.clickButton(v.plan.bar().analyse)
	v.seesDialog()
	form := v.plan.top()
	v.focus(visible[*field](form)[0].object)
	v.key(fyne.KeyReturn)
	v.plan.loop.Until(v.t, "the report", func() bool { return v.plan.top() != nil && v.plan.top() != form })
	v.seesDialog()
	v.closeDialogs()
}

// menu opens every item of the menu.
func (v *tour) menu() {
	paths := menuPaths(v.plan.bar().menu())
	own := slices.IndexFunc(paths, func(path []int) bool { return menuItem(v.plan.bar().menu(), path).Checked })
	language := v.plan.language
	for _, path := range paths {
		v.choose(path)
		if v.plan.language != language {
			v.choose(paths[own])
		}
	}
}

// choose chooses an item of the menu. What is no dialog shows in the window.
func (v *tour) choose(path []int) {
	v.t.Helper()
	v.clickButton(v.plan.bar().more)
	labels := menuLabels(v.plan.bar().menu(), path)
	for i, label := range labels {
		item := v.plan.find(label)
		v.sees(item)
		if i == len(labels)-1 {
			v.click(area(item))
		} else {
			v.pointAt(area(item))
			test.MoveMouse(v.plan.window.Canvas(), middle(area(item)))
		}
	}
	if v.plan.top() != nil {
		v.seesDialog()
		v.closeDialogs()
		return
	}
	v.plan.untilShown(v.t)
	v.waitForTitle(v.plan.window.Title())
	v.seesWords(v.plan.window.Content())
}

// leave ends the program, which must have said nothing.
func (v *tour) leave() {
	v.do("key", "ctrl+q")
	if err := <-v.ended; err != nil {
		v.t.Errorf("the program ended with %v", err)
	}
	v.ended <- nil
	if said := v.output.String(); strings.Contains(said, "panic") || strings.Contains(said, "Fyne call thread") {
		v.t.Errorf("the program said:\n%s", said)
	}
}

// seesDialog sees the title and the words of the dialog in front.
func (v *tour) seesDialog() {
	v.t.Helper()
	top := v.plan.top()
	if top == nil {
		v.fail("the plan shows no dialog")
	}
	name := title(top)
	if name == "" {
		v.fail("a dialog has no title")
	}
	v.sees(v.plan.find(name))
	v.seesWords(top)
}

// closeDialogs leaves all dialogs with Escape.
func (v *tour) closeDialogs() {
	v.t.Helper()
	for top := v.plan.top(); top != nil; top = v.plan.top() {
		name := v.plan.find(title(top))
		there := v.plan.draw().SubImage(area(name))
		v.key(fyne.KeyEscape)
		if v.plan.top() == top {
			v.fail("Escape does not leave the dialog " + name.object.Text)
		}
		v.wait("end of the dialog "+name.object.Text, func() bool { return !v.showing(there, blurred) })
	}
}

// seesWords sees what the translations say in a part of the plan.
func (v *tour) seesWords(part fyne.CanvasObject) {
	v.t.Helper()
	var words []placed[*canvas.Text]
	for _, text := range visible[*canvas.Text](part) {
		if v.words[text.object.Text] {
			words = append(words, text)
		}
	}
	if len(words) == 0 {
		v.fail("the plan says nothing")
	}
	v.sees(words...)
}

// sees waits until texts of the plan are on the screen.
func (v *tour) sees(texts ...placed[*canvas.Text]) {
	v.t.Helper()
	v.expected = v.plan.draw()
	for _, text := range texts {
		part := v.expected.SubImage(area(text))
		v.wait("text "+text.object.Text, func() bool { return v.showing(part, blurred) })
	}
}

// blurred is how much what is behind a dialog shines through it.
const blurred = 30

// area is where a text is drawn.
func area(text placed[*canvas.Text]) image.Rectangle {
	at, room, size := text.at, text.object.Size(), text.object.MinSize()
	switch text.object.Alignment {
	case fyne.TextAlignCenter:
		at.X += (room.Width - size.Width) / 2
	case fyne.TextAlignTrailing:
		at.X += room.Width - size.Width
	}
	return image.Rect(int(at.X), int(at.Y), int(at.X+size.Width), int(at.Y+size.Height))
}

// showing reports whether a part of the plan's picture is on the screen, give or
// take a tolerance. Graphics processors draw what has its place between pixels a
// pixel aside.
func (v *tour) showing(part image.Image, tolerance uint8) bool {
	captured, err := v.capture()
	if err != nil {
		return false
	}
	screen := captured.(*image.NRGBA)
	for _, y := range []int{0, 1, -1} {
		for _, x := range []int{0, 1, -1} {
			moved := &image.NRGBA{Pix: screen.Pix, Stride: screen.Stride, Rect: screen.Rect.Add(image.Pt(x, y))}
			if within(part, moved.SubImage(part.Bounds()), tolerance) {
				return true
			}
		}
	}
	return false
}

// pointAt moves the mouse to something that lights up under it, and waits for
// that: Fyne takes notice of the mouse once a frame, and of clicks at once.
func (v *tour) pointAt(what image.Rectangle) {
	v.t.Helper()
	const faint = 6
	v.expected = v.plan.draw()
	dark := v.expected.SubImage(what)
	v.moveAtOnceTo(nowhere)
	v.wait("rest of what is to be clicked", func() bool { return v.showing(dark, faint) })
	v.moveAtOnceTo(middle(what))
	v.wait("light on what is to be clicked", func() bool { return !v.showing(dark, faint) })
}

func (v *tour) click(what image.Rectangle) {
	v.t.Helper()
	v.pointAt(what)
	test.TapCanvas(v.plan.window.Canvas(), middle(what))
	v.rest()
	v.do("click", "1")
}

func (v *tour) clickButton(b *fynewidget.Button) {
	v.t.Helper()
	for _, text := range visible[*canvas.Text](b) {
		if text.object.Text != "" {
			v.click(area(text))
			return
		}
	}
	v.click(v.plan.rectangle(visible[*canvas.Image](b)[0].object))
}

func middle(r image.Rectangle) fyne.Position {
	return fyne.NewPos(float32(r.Min.X+r.Max.X)/2, float32(r.Min.Y+r.Max.Y)/2)
}

// focus leads the keyboard to something in the way that needs no mouse.
func (v *tour) focus(on fyne.Focusable) {
	v.t.Helper()
	window := v.plan.window.Canvas()
	for range 100 {
		if window.Focused() == on {
			return
		}
		window.FocusNext()
		v.do("key", "Tab")
	}
	v.fail("the keyboard does not get there")
}

func (v *tour) write(text string) {
	v.t.Helper()
	test.Type(v.plan.window.Canvas().Focused(), text)
	v.do("type", "--delay", "30", text)
}

func (v *tour) key(name fyne.KeyName) {
	v.t.Helper()
	window := v.plan.window.Canvas()
	if focused := window.Focused(); focused != nil {
		focused.TypedKey(&fyne.KeyEvent{Name: name})
	} else {
		window.OnTypedKey()(&fyne.KeyEvent{Name: name})
	}
	v.rest()
	v.do("key", string(name))
}

// rest has the plan do what is left to do. Nothing else than a refresh moves a
// dialog to the middle that got another size once it was shown.
func (v *tour) rest() {
	v.plan.drain(50 * time.Millisecond)
	if top := v.plan.top(); top != nil {
		top.Refresh()
	}
}

// find returns a text that is in front.
func (s *scene) find(text string) placed[*canvas.Text] {
	root := s.top()
	if root == nil {
		root = s.window.Content()
	}
	for _, found := range visible[*canvas.Text](root) {
		if found.object.Text == text {
			return found
		}
	}
	panic("the plan does not say " + text)
}
