package widget

import (
	"bytes"
	"image"
	"reflect"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"github.com/google/go-cmp/cmp"
)

func newShownPicture() *Picture {
	c := NewPicturePair("Original", "Grad-CAM")
	c.SetPicture(landscape(640, 480))
	c.SetOverlay(spot(14))
	c.SetOpacity(0.6)
	return c
}

func hover(c *Picture, p fyne.Position) {
	c.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: p}})
}

func TestPictureLooks(t *testing.T) {
	wide, tall := fyne.NewSize(640, 300), fyne.NewSize(360, 560)
	tests := []struct {
		name  string
		size  fyne.Size
		build func() *Picture
		act   func(c *Picture, cv fyne.Canvas)
	}{
		{"empty", wide, func() *Picture { return NewPicturePair("Original", "Grad-CAM") }, nil},
		{"overlay", wide, newShownPicture, nil},
		{"stacked", tall, newShownPicture, nil},
		{"cursor", wide, newShownPicture, func(c *Picture, _ fyne.Canvas) { hover(c, fyne.NewPos(215, 110)) }},
		{"zoomed", wide, newShownPicture, func(c *Picture, _ fyne.Canvas) {
			c.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(215, 110)}, Scrolled: fyne.NewDelta(0, 60)})
		}},
		{"pixels", wide, newShownPicture, func(c *Picture, _ fyne.Canvas) {
			c.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(215, 240)}, Scrolled: fyne.NewDelta(0, 120)})
		}},
		{"focused", wide, newShownPicture, func(c *Picture, cv fyne.Canvas) { cv.Focus(c) }},
		{"single", fyne.NewSize(320, 240), func() *Picture {
			p := NewPicture()
			p.SetPicture(landscape(640, 480))
			p.SetOverlay(spot(14))
			p.SetOpacity(0.6)
			return p
		}, func(p *Picture, cv fyne.Canvas) {
			cv.Focus(p)
			hover(p, fyne.NewPos(160, 90))
		}},
		{"message", wide, newShownPicture, func(c *Picture, _ fyne.Canvas) {
			c.SetMessage("Open a folder of photographs, or drop one here, to see where the network looks in each of them.")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { looks(t, "picture/"+tt.name, tt.size, tt.build, tt.act) })
	}
}

// onScreen shows a comparison of a picture of 400 by 300 pixels in panes of 200 by 200 units, and returns the corners of the panes.
func onScreen(t *testing.T) (c *Picture, left, right fyne.Position) {
	t.Helper()
	test.NewTempApp(t)
	c = NewPicturePair("Original", "Grad-CAM")
	c.SetPicture(landscape(400, 300))
	c.SetOverlay(spot(14))
	w := test.NewTempWindow(t, c)
	w.SetPadded(false)
	pad, title := theme.Padding(), c.panes[0].title.MinSize().Height
	w.Resize(fyne.NewSize(400+pad, 200+title))
	if c.viewport.pane != fyne.NewSize(200, 200) {
		t.Fatalf("the panes are %v", c.viewport.pane)
	}
	return c, fyne.NewPos(0, title), fyne.NewPos(200+pad, title)
}

func scroll(c *Picture, at fyne.Position, dy float32) {
	c.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: at}, Scrolled: fyne.NewDelta(0, dy)})
}

func drag(c *Picture, at fyne.Position, dx, dy float32) {
	c.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at}, Dragged: fyne.NewDelta(dx, dy)})
}

func TestPictureTap(t *testing.T) {
	c, left, right := onScreen(t)
	tap := func(at fyne.Position) { c.Tapped(&fyne.PointEvent{Position: at}) }
	tap(left.AddXY(10, 30)) // nobody wants to know
	var got []image.Point
	c.OnTap = func(x, y int) { got = append(got, image.Pt(x, y)) }
	tap(left.AddXY(0, 25))
	tap(right.AddXY(199.9, 25))
	tap(left.AddXY(202, 100))  // between the panes
	tap(right.AddXY(100, 176)) // below the picture
	if want := []image.Point{{}, {X: 399}}; !slices.Equal(got, want) {
		t.Errorf("told are %v", got)
	}
}

func TestPictureHover(t *testing.T) {
	c, left, right := onScreen(t)
	type report struct {
		X, Y   int
		Inside bool
	}
	var got []report
	c.OnHover = func(x, y int, inside bool) { got = append(got, report{x, y, inside}) }

	// The picture fills the 200 by 150 units from (0, 25) of a pane: a unit is two pixels.
	for _, p := range []fyne.Position{
		left.AddXY(0, 25),        // the first pixel
		left.AddXY(0.4, 25.4),    // still the first: not told again
		left.AddXY(199.9, 174.9), // the last
		left.AddXY(202, 100),     // between the panes
		left.AddXY(100, -5),      // the title: still outside
		right.AddXY(0, 25),       // the first again, in the other pane
		right.AddXY(100, 175),    // the band below
		right.AddXY(199.9, 25),
	} {
		hover(c, p)
	}
	c.SetOverlay(nil)
	c.SetPicture(landscape(400, 300))
	c.MouseOut()
	c.MouseOut()
	want := []report{
		{0, 0, true},
		{399, 299, true},
		{0, 0, false},
		{0, 0, true},
		{0, 0, false},
		{399, 0, true},
		{399, 0, true}, // the overlay was replaced
		{399, 0, true}, // the picture was replaced
		{0, 0, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("OnHover (-want +got):\n%s", diff)
	}
}

func TestPictureMarksThePointInBothPanes(t *testing.T) {
	c, left, right := onScreen(t)
	hover(c, right.AddXY(50, 60))
	for name, p := range map[string]*pane{"left": c.panes[0], "right": c.panes[1]} {
		corner := map[*pane]fyne.Position{c.panes[0]: left, c.panes[1]: right}[p]
		for _, ring := range p.ring {
			middle := p.clip.Position().Add(ring.Position()).AddXY(ring.Size().Width/2, ring.Size().Height/2)
			if !ring.Visible() || middle != corner.AddXY(50, 60) {
				t.Errorf("%s: ring at %v, visible %v", name, middle.Subtract(corner), ring.Visible())
			}
		}
	}
	if c.Cursor() != desktop.CrosshairCursor {
		t.Error("the cursor is no crosshair over the picture")
	}
	c.MouseOut()
	if c.panes[0].ring[0].Visible() || c.panes[1].ring[1].Visible() {
		t.Error("the point is marked without a mouse")
	}
}

func TestPictureZoomsAboutTheCursorInBothPanes(t *testing.T) {
	for _, pane := range []string{"left", "right"} {
		t.Run(pane, func(t *testing.T) {
			c, corner, right := onScreen(t)
			if pane == "right" {
				corner = right
			}
			at := corner.AddXY(60, 100)
			hover(c, at)
			before := c.pixel
			for range 10 {
				scroll(c, at, 10)
				if c.pixel != before {
					t.Fatalf("at zoom %v the pixel under the cursor is %v, was %v", c.viewport.zoom, c.pixel, before)
				}
			}
			if c.viewport.zoom < 5 {
				t.Errorf("ten notches zoom to %v only", c.viewport.zoom)
			}
			assertLinked(t, c)
		})
	}
}

// assertLinked fails unless both panes show the same picture in the same place, and the overlay over it.
func assertLinked(t *testing.T, c *Picture) {
	t.Helper()
	l, r := c.panes[0], c.panes[1]
	if l.picture.Image != r.picture.Image {
		t.Error("the panes hold different images")
	}
	if l.picture.Position() != r.picture.Position() || l.picture.Size() != r.picture.Size() || l.clip.Size() != r.clip.Size() {
		t.Errorf("left at %v %v, right at %v %v", l.picture.Position(), l.picture.Size(), r.picture.Position(), r.picture.Size())
	}
	if l.heat.Visible() {
		t.Error("there is an overlay on the left")
	}
}

func TestPictureDrag(t *testing.T) {
	c, left, _ := onScreen(t)
	scroll(c, left.AddXY(100, 100), 60)
	at := left.AddXY(100, 100)
	hover(c, at)
	before := c.pixel
	drag(c, at.AddXY(30, -20), 30, -20)
	if c.pixel != before {
		t.Errorf("the pixel %v under the hand became %v", before, c.pixel)
	}
	assertLinked(t, c)
	c.DoubleTapped(nil)
	if c.viewport.zoom != 1 || c.viewport.bounds() != (box{0, 25, 200, 150}) {
		t.Errorf("after a double tap: zoom %v, picture at %v", c.viewport.zoom, c.viewport.bounds())
	}
}

func TestPictureKeys(t *testing.T) {
	c, left, _ := onScreen(t)
	c.MouseDown(nil)
	if fyne.CurrentApp().Driver().CanvasForObject(c).Focused() != fyne.Focusable(c) {
		t.Error("a press does not take the keyboard")
	}
	test.Type(c, "+++=")
	if want := keyZoom * keyZoom * keyZoom * keyZoom; c.viewport.zoom != want {
		t.Errorf("zoom %v, want %v", c.viewport.zoom, want)
	}
	if x, y := c.viewport.at(fyne.NewPos(100, 100)); x != 200 || y != 150 {
		t.Errorf("the middle is (%v, %v)", x, y)
	}
	b := c.viewport.bounds()
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if got := c.viewport.bounds(); got.x != b.x-keyPan || got.y != b.y-keyPan {
		t.Errorf("moved from %v to %v", b, got)
	}
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	if got := c.viewport.bounds(); got != b {
		t.Errorf("moved back to %v, was %v", got, b)
	}

	hover(c, left.AddXY(30, 120))
	pixel := c.pixel
	test.Type(c, "+-_-")
	if c.pixel != pixel {
		t.Errorf("the keys zoomed away from %v under the mouse to %v", pixel, c.pixel)
	}
	test.Type(c, "0")
	if c.viewport.zoom != 1 {
		t.Errorf("zoom %v after 0", c.viewport.zoom)
	}
}

func TestPicturePassesOnTheKeysItHasNoUseFor(t *testing.T) {
	c, left, _ := onScreen(t)
	var passed []fyne.KeyName
	c.OnKey = func(e *fyne.KeyEvent) { passed = append(passed, e.Name) }
	keys := []fyne.KeyName{fyne.KeyLeft, fyne.KeyDown, fyne.KeyHome, fyne.KeyPageDown}
	press := func() {
		passed = nil
		for _, key := range keys {
			c.TypedKey(&fyne.KeyEvent{Name: key})
		}
	}
	press()
	if diff := cmp.Diff(keys, passed); diff != "" {
		t.Errorf("with the whole picture in view (-want +got):\n%s", diff)
	}
	scroll(c, left.AddXY(100, 100), 50)
	press()
	if diff := cmp.Diff(keys[2:], passed); diff != "" {
		t.Errorf("zoomed (-want +got):\n%s", diff)
	}
}

func TestPictureOpacityChangesOnlyTranslucency(t *testing.T) {
	c, _, _ := onScreen(t)
	before := *c.panes[1].heat
	pixels := bytes.Clone(c.heat.image.Pix)
	for o, want := range map[float64]float64{0: 1, 0.25: 0.75, 1: 0, -3: 1, 7: 0} {
		c.SetOpacity(o)
		after := *c.panes[1].heat
		if after.Translucency != want {
			t.Errorf("opacity %v: translucency %v, want %v", o, after.Translucency, want)
		}
		after.Translucency = before.Translucency
		if !reflect.DeepEqual(before, after) {
			t.Errorf("opacity %v changed more of the image than its translucency", o)
		}
	}
	if !bytes.Equal(pixels, c.heat.image.Pix) {
		t.Error("the pixels of the overlay changed")
	}
}

func TestPicturePixelsAreSharpWhenZoomedFar(t *testing.T) {
	c, left, _ := onScreen(t)
	if c.panes[0].picture.ScaleMode != canvas.ImageScaleFastest {
		t.Error("the whole picture is not interpolated")
	}
	scroll(c, left.AddXY(100, 100), 120)
	if c.panes[0].picture.ScaleMode != canvas.ImageScalePixels {
		t.Errorf("pixels of %v units are interpolated", c.viewport.scale())
	}
	if c.panes[1].heat.ScaleMode != canvas.ImageScaleFastest {
		t.Error("the overlay is not interpolated")
	}
}

func TestPictureAndMessage(t *testing.T) {
	c, left, _ := onScreen(t)
	hover(c, left.AddXY(100, 100))
	var inside []bool
	c.OnHover = func(_, _ int, in bool) { inside = append(inside, in) }

	c.SetMessage("broken.jpg: unexpected EOF")
	if !c.message.Visible() || c.panes[0].clip.Visible() || c.panes[1].title.Visible() {
		t.Error("the message is not shown instead of the pictures")
	}
	c.SetMessage("")
	if c.message.Visible() || !c.panes[0].clip.Visible() || !c.panes[1].title.Visible() {
		t.Error("the pictures did not come back")
	}
	c.SetMessage("again")
	scroll(c, left.AddXY(100, 100), 50)
	c.SetPicture(image.NewGray(image.Rect(0, 0, 10, 10)))
	if c.message.Visible() || c.panes[1].heat.Visible() || !c.panes[1].picture.Visible() || c.viewport.zoom != 1 {
		t.Error("a new picture is not shown whole and alone")
	}
	c.SetPicture(nil)
	if c.panes[0].picture.Visible() || c.panes[1].picture.Visible() {
		t.Error("the picture was not removed")
	}
	if diff := cmp.Diff([]bool{false, true, false, true, false}, inside); diff != "" {
		t.Errorf("OnHover (-want +got):\n%s", diff)
	}
}

func TestOnePaneShowsThePictureUnderItsOverlay(t *testing.T) {
	test.NewTempApp(t)
	p := NewPicture()
	p.SetPicture(landscape(400, 300))
	p.SetOverlay(spot(14))
	w := test.NewTempWindow(t, p)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(200, 200))
	if p.viewport.pane != fyne.NewSize(200, 200) {
		t.Errorf("the pane is %v; a pane without a title has all the room", p.viewport.pane)
	}
	if in := p.panes[0]; !in.picture.Visible() || !in.heat.Visible() {
		t.Error("the picture and its overlay are not shown over each other")
	}
	scroll(p, fyne.NewPos(60, 100), 50)
	in := p.panes[0]
	if p.viewport.zoom <= 1 || in.picture.Size().Width <= 200 || in.heat.Size().Width <= 200 {
		t.Errorf("zoomed by %v: the picture is %v, the overlay %v", p.viewport.zoom, in.picture.Size(), in.heat.Size())
	}
	cv := fyne.CurrentApp().Driver().CanvasForObject(p)
	if cv.Focus(p); in.focus.Position().Y != 0 || !in.focus.Visible() {
		t.Errorf("the line that says where the keyboard is stands at %v", in.focus.Position())
	}
}

func TestPictureBusyKeepsThePictures(t *testing.T) {
	c, _, _ := onScreen(t)
	c.SetBusy(true)
	if !c.busy.Visible() || !c.panes[1].picture.Visible() || !c.panes[1].heat.Visible() {
		t.Error("busy is not shown beside the pictures")
	}
	c.SetBusy(false)
	if c.busy.Visible() {
		t.Error("busy is still shown")
	}
}

func TestPictureStacksWhereTall(t *testing.T) {
	c, _, _ := onScreen(t)
	c.Resize(fyne.NewSize(200, 600))
	l, r := c.panes[0].frame.Position(), c.panes[1].frame.Position()
	if l.X != r.X || r.Y < l.Y+c.viewport.pane.Height {
		t.Errorf("panes at %v and %v", l, r)
	}
	if r.Y+c.viewport.pane.Height > 600 {
		t.Errorf("the lower pane ends at %v", r.Y+c.viewport.pane.Height)
	}
}

func TestMinSizesFitASmallWindow(t *testing.T) {
	test.NewTempApp(t)
	column, window := fyne.NewSize(250, 200), fyne.NewSize(520, 400)
	tests := []struct {
		name string
		w    fyne.Widget
		most fyne.Size
	}{
		{"Picture", newShownPicture(), window},
		{"Gallery", NewGallery(nil, nil), column},
		{"Picker", newLayerPicker(), column},
		{"LabeledSlider", newOpacitySlider(), column},
		{"Ranking", newMugRanking(), column},
		{"ColorBar", newThermalBar(), column},
	}
	for _, tt := range tests {
		if got := tt.w.MinSize(); got.Width > tt.most.Width || got.Height > tt.most.Height {
			t.Errorf("%s needs %v", tt.name, got)
		}
	}
}
