package ui

import (
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"gaze/compute/output/golden"
	"gaze/ui/state/statetest"
)

// TestProgramInARealWindow does the main job with the real program, network and
// mouse: open a folder, click a picture, choose a layer, slide the opacity,
// save the comparison.
func TestProgramInARealWindow(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the real window is tested under Xvfb, on Linux")
	}
	display := newScreen(t)
	binary := buildProgram(t)
	photos := t.TempDir()
	golden.WritePNG(t, filepath.Join(photos, "first.png"), statetest.Drawing(320, 240, 1))
	golden.WritePNG(t, filepath.Join(photos, "second.png"), marked(320, 240))
	if err := os.WriteFile(filepath.Join(photos, "third.jpg"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}

	// The same window in the test tells where things are.
	plan := newScene(t, "en", theme.VariantLight)
	plan.session.Library.Open([]string{photos})
	plan.loop.Until(t, "the plan of the window", func() bool { return plan.session.View.Map != nil })

	p := display.start(t, binary, photos)
	p.waitForTitle("first.png — everyday · layer4 · Grad-CAM — ")

	gallery := image.Rect(0, 0, int(panelOf[*list](plan).object.Size().Width), 800)
	var thumbnail fyne.Position
	p.wait("thumbnail of the second picture", func() bool {
		screen, err := p.capture()
		if err != nil {
			return false
		}
		var found bool
		thumbnail, found = findMark(screen, gallery)
		return found
	})
	p.click(thumbnail)
	p.waitForTitle("second.png — everyday · layer4 · Grad-CAM — ")

	p.click(plan.centre(panelOf[*layerPanel](plan).picker))
	p.do("type", "--delay", "30", "layer3.1.conv2")
	p.do("key", "Return")
	p.waitForTitle("second.png — everyday · layer3.1.conv2 · Grad-CAM — ")

	// All the way to the left the map is not seen any more.
	slider := panelOf[*drawingPanel](plan).opacity
	at, size := plan.position(slider), slider.Size()
	share := func(x float32) fyne.Position { return at.Add(fyne.NewPos(size.Width*x, size.Height/2)) }
	before, err := p.capture()
	if err != nil {
		t.Fatal(err)
	}
	p.drag(share(0.6), share(0.1))
	p.wait("change of the map", func() bool {
		after, err := p.capture()
		return err == nil && !same(before, after, plan.rectangle(plan.picture(t)))
	})

	p.click(plan.centre(panelOf[*toolbar](plan).save))
	// The name ends in the class that is explained. The dialog may take a moment to
	// come; Enter does nothing before.
	var sheets []string
	p.wait("saved comparison", func() bool {
		p.do("key", "Return")
		sheets, err = filepath.Glob(filepath.Join(photos, "second.layer3.1.conv2.gradcam.?*.png"))
		return err == nil && len(sheets) == 1
	})
	checkSheet(t, readPNG(t, sheets[0]))

	p.do("key", "ctrl+q")
	if err := <-p.ended; err != nil {
		t.Errorf("the program ended with %v", err)
	}
	p.ended <- nil
	for _, bad := range []string{"panic", "Fyne call thread"} {
		if strings.Contains(p.output.String(), bad) {
			t.Errorf("the program said:\n%s", p.output)
		}
	}
}

// TestProgramBeginsWithTheSamples starts the real program with nothing to open.
func TestProgramBeginsWithTheSamples(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the real window is tested under Xvfb, on Linux")
	}
	display := newScreen(t)
	p := display.start(t, buildProgram(t))
	opened := time.Now()
	p.waitForTitle("laptop-mug.jpg — everyday · layer4 · Grad-CAM — ")
	t.Logf("the first sample was explained %v after the window had opened", time.Since(opened).Round(10*time.Millisecond))
	p.do("key", "Down")
	p.waitForTitle("keyboard-mug.jpg — everyday · layer4 · Grad-CAM — ")
}

// buildProgram builds the application with the tags of this test.
func buildProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gaze")
	args := []string{"build", "-o", path}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-tags" {
				args = append(args, "-tags", s.Value)
			}
		}
	}
	if out, err := exec.Command("go", append(args, "gaze/cmd/gaze")...).CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	return path
}

// mark is a colour that is nowhere else in the window.
var mark = color.NRGBA{0xff, 0x00, 0xff, 0xff}

// marked is a drawing with a large square of the mark's colour.
func marked(w, h int) image.Image {
	img := statetest.Drawing(w, h, 0).(*image.NRGBA)
	for y := h / 4; y < h*3/4; y++ {
		for x := w / 8; x < w/8+h/2; x++ {
			img.SetNRGBA(x, y, mark)
		}
	}
	return img
}

// findMark returns the middle of what has the mark's colour in a rectangle.
func findMark(img image.Image, in image.Rectangle) (fyne.Position, bool) {
	var box image.Rectangle
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if color.NRGBAModel.Convert(img.At(x, y)) == color.Color(mark) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return fyne.NewPos(float32(box.Min.X+box.Max.X)/2, float32(box.Min.Y+box.Max.Y)/2), !box.Empty()
}

func (s *scene) position(o fyne.CanvasObject) fyne.Position {
	return s.app.Driver().AbsolutePositionForObject(o)
}

func (s *scene) centre(o fyne.CanvasObject) fyne.Position {
	return s.position(o).Add(fyne.NewPos(o.Size().Width/2, o.Size().Height/2))
}

func (s *scene) rectangle(o fyne.CanvasObject) image.Rectangle {
	at, size := s.position(o), o.Size()
	return image.Rect(int(at.X), int(at.Y), int(at.X+size.Width), int(at.Y+size.Height))
}

func same(a, b image.Image, in image.Rectangle) bool {
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

// checkSheet checks that a comparison sheet has three panels of one size: the
// picture, its map, and, at opacity 0, the picture again.
func checkSheet(t *testing.T, sheet image.Image) {
	t.Helper()
	middle, found := findMark(sheet, sheet.Bounds())
	if !found {
		t.Fatal("the picture is not on the sheet")
	}
	y := int(middle.Y)
	panels := runs(sheet, y)
	if len(panels) != 3 {
		t.Fatalf("the sheet has %d panels: %v", len(panels), panels)
	}
	width := panels[0][1] - panels[0][0]
	mapped := 0
	for x := range width {
		original, heat, overlay := sheet.At(panels[0][0]+x, y), sheet.At(panels[1][0]+x, y), sheet.At(panels[2][0]+x, y)
		if original != overlay {
			t.Fatalf("at opacity 0 pixel %d of the overlay is %v, of the picture %v", x, overlay, original)
		}
		if heat != original {
			mapped++
		}
	}
	if mapped < width/2 {
		t.Errorf("only %d of %d pixels of the map differ from the picture", mapped, width)
	}
}

// runs returns the intervals of a row that have not the colour of the corner.
func runs(img image.Image, y int) (list [][2]int) {
	paper := img.At(img.Bounds().Min.X, img.Bounds().Min.Y)
	begin := -1
	for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
		inside := img.At(x, y) != paper
		if inside && begin < 0 {
			begin = x
		}
		if !inside && begin >= 0 {
			list = append(list, [2]int{begin, x})
			begin = -1
		}
	}
	return list
}
