package report_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"iter"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/evaluation/truth"
	"gaze/compute/folder"
	"gaze/compute/heat"
	"gaze/compute/report"
	"gaze/models"
)

var finishLabels = []string{"backpack", "mug"}

// record is what a run knows of a picture: the probability of class 1, and a map.
func record(file string, mug float32, values ...float32) folder.Record {
	scores := []compute.Score{{Index: 0, Label: "backpack", Probability: 1 - mug}, {Index: 1, Label: "mug", Probability: mug}}
	if mug > 0.5 {
		scores[0], scores[1] = scores[1], scores[0]
	}
	return folder.Record{
		Path: folder.Name("photos/" + file), File: folder.Name(file), Status: folder.StatusOK, Network: "tiny", Device: "cpu", Width: 40, Height: 20, Frame: [4]int{10, 0, 30, 20}, Top: scores,
		Maps: []folder.MapRecord{{
			Layer: "conv", Method: "gradcam", Status: folder.StatusOK, Class: scores[0], Grid: folder.Grid{Map: cam.Map{Height: 1, Width: 2, Values: values}},
			Files:   []folder.File{{Kind: "thumb", Name: folder.Name(file + ".conv.gradcam.thumb.jpg")}, {Kind: "sheet", Name: folder.Name(file + ".conv.gradcam.png")}},
			Seconds: folder.Seconds{Total: 0.25},
		}},
	}
}

func finishRecords() []folder.Record {
	broken := folder.Record{File: "mug/broken.jpg", Status: folder.StatusFailed, Error: "it is cut off"}
	guessing := record("holiday/e.jpg", 0.9, 1, 0)
	guessing.Guesses = []models.Assumption{{Value: "mean 0.5"}}
	guessing.Common = []string{"All logits are large."}
	return []folder.Record{record("back_pack/a.jpg", 0.1, 1, 0), record("back_pack/b.jpg", 0.75, 0, 1), record("mug/c.jpg", 0.6, 1, 1), broken, guessing}
}

func given(list []folder.Record) iter.Seq2[folder.Record, error] {
	return func(yield func(folder.Record, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// data reads what a report hands to its page.
func data(t *testing.T, dir, name string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, report.Data, name+".js"))
	if err != nil {
		t.Fatal(err)
	}
	_, value, _ := strings.Cut(strings.TrimSuffix(string(text), ")\n"), ", ")
	var read map[string]any
	if err := json.Unmarshal([]byte(value), &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// The true classes come from the folders, and what the records tell is told.
func TestFinish(t *testing.T) {
	dir := t.TempDir()
	page := &report.Page{Run: report.Run{Title: "photos", Labels: finishLabels, Settings: []report.Setting{{Name: "version", Value: "1"}}}, Root: "photos"}
	if err := page.Finish(t.Context(), given(finishRecords()), folder.Put(into(dir))); err != nil {
		t.Fatal(err)
	}
	f := page.Figures
	if f.Pictures != 5 || f.Judged != 3 || math.Abs(f.Top1-2.0/3) > 1e-9 {
		t.Errorf("%d pictures, %d judged, %v right", f.Pictures, f.Judged, f.Top1)
	}
	if page.Folders == nil || len(page.Folders.Named) != 2 || len(page.Folders.Strange) != 1 {
		t.Errorf("folders %+v", page.Folders)
	}
	figures := data(t, dir, "figures")
	settings := fmt.Sprint(figures["settings"])
	for _, want := range []string{"version", "Name:network Value:tiny", "Name:layer Value:conv", "Name:method Value:gradcam", "Name:device Value:cpu", "Name:guesses Value:mean 0.5"} {
		if !strings.Contains(settings, want) {
			t.Errorf("the settings lack %s: %s", want, settings)
		}
	}
	want := []any{
		map[string]any{"key": "notice.folders", "values": map[string]any{"n": "2"}},
		map[string]any{"key": "notice.strange", "values": map[string]any{"names": "holiday"}},
		map[string]any{"text": "All logits are large."},
	}
	if !reflect.DeepEqual(figures["notices"], want) {
		t.Errorf("notices %v, want %v", figures["notices"], want)
	}
	if got := fmt.Sprint(figures["failures"]); got != "[map[picture:3 reason:it is cut off]]" {
		t.Errorf("failures %s", got)
	}
	pictures := data(t, dir, "pictures")
	for name, want := range map[string]string{
		"name": "[a.jpg b.jpg c.jpg broken.jpg e.jpg]", "folders": "[back_pack mug holiday]", "folder": "[0 0 1 1 2]",
		"truth": "[0 0 1 1 -1]", "guess": "[0 1 1 -1 1]", "state": "[2 3 2 0 1]", "margin": "[8000 5000 2000 -1 8000]",
		"suffix": ".conv.gradcam.thumb.jpg", "thumbs": "map[3:]", "took": "[250 250 250 0 250]",
	} {
		if got := fmt.Sprint(pictures[name]); got != want {
			t.Errorf("%s %s, want %s", name, got, want)
		}
	}
	if len(page.Run.Notices) != 0 || len(page.Run.Settings) != 1 {
		t.Error("a report changes what it was told")
	}
}

// A table goes before the folders, and boxes are compared with the maps. A file of boxes
// that cannot be read is told at its picture.
func TestFinishWithTruth(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	classes := truth.NewClasses(finishLabels)
	table, err := truth.Read(write("truth.csv", "back_pack,mug\nnobody.jpg,0\n"), classes)
	if err != nil {
		t.Fatal(err)
	}
	// The left half of what the network sees is the object.
	write("a.txt", "0 0.375 0.5 0.25 1\n")
	write("b.txt", "0 0.375 0.5 0.25 1\n")
	write("c.txt", "zero\n")
	places, err := truth.OpenBoxes(dir, classes)
	if err != nil {
		t.Fatal(err)
	}
	page := &report.Page{Run: report.Run{Labels: finishLabels}, Judge: report.Judge{Truth: table, Places: places}}
	if err := page.Finish(t.Context(), given(finishRecords()), folder.Put(into(dir))); err != nil {
		t.Fatal(err)
	}
	// Of two pictures one is taken for a mug.
	if f := page.Figures; f.Judged != 2 || f.Top1 != 0.5 {
		t.Errorf("%d judged, %v right", f.Judged, f.Top1)
	}
	if l := page.Figures.Location; l == nil || l.Pictures != 2 || l.Pointing != 0.5 || math.Abs(l.Inside-0.5) > 1e-3 {
		t.Errorf("location %+v", l)
	}
	if got := fmt.Sprint(data(t, dir, "figures")["notices"]); !strings.Contains(got, "notice.unused") || !strings.Contains(got, "nobody.jpg") {
		t.Errorf("notices %s", got)
	}
	details, err := os.ReadFile(filepath.Join(dir, report.Data, "details-0000.js"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(details), "c.txt: line 1") {
		t.Errorf("the broken boxes are not told: %s", details)
	}
}

func TestNoTruth(t *testing.T) {
	page := &report.Page{Run: report.Run{Labels: finishLabels}, NoTruth: true}
	if err := page.Finish(t.Context(), given(finishRecords()), folder.Put(into(t.TempDir()))); err != nil {
		t.Fatal(err)
	}
	if page.Figures.Judged != 0 {
		t.Errorf("%d pictures are judged though nobody wants it", page.Figures.Judged)
	}
}

// A broken record ends the report with its error.
func TestBrokenRecord(t *testing.T) {
	broken := errors.New("line 7 is no record")
	records := func(yield func(folder.Record, error) bool) {
		_ = yield(record("mug/a.jpg", 0.9, 1, 0), nil) && yield(folder.Record{}, broken)
	}
	page := &report.Page{Run: report.Run{Labels: finishLabels}}
	if err := page.Finish(t.Context(), records, folder.Put(into(t.TempDir()))); !errors.Is(err, broken) {
		t.Errorf("a broken record gives %v", err)
	}
}

// The thumbnail has the map where the network saw it, and the picture elsewhere.
func TestThumbs(t *testing.T) {
	style, err := heat.NewStyle("turbo", 0.5)
	if err != nil {
		t.Fatal(err)
	}
	subject, e := thumbSubject()
	var out strings.Builder
	if err := (report.Thumbs{Style: style}).Write(&out, subject, e); err != nil {
		t.Fatal(err)
	}
	img := decoded(t, out.String())
	if got := img.Bounds().Size(); got.X != 200 || got.Y != 100 {
		t.Fatalf("a picture of 400x200 has a thumbnail of %v", got)
	}
	// Outside of the frame the picture is white.
	if r, g, b, _ := img.At(10, 50).RGBA(); min(r, g, b) < 0xf000 {
		t.Errorf("outside of what the network saw the colour is %v", img.At(10, 50))
	}
	// turbo ends in a dark red; half of it and half white is reddish.
	if r, _, b, _ := img.At(60, 50).RGBA(); r < b+0x3000 {
		t.Errorf("where the map is warm the colour is %v", img.At(60, 50))
	}
}

// thumbSubject is a white picture of which the network sees the middle, and a map that is
// warm on the left.
func thumbSubject() (*compute.Subject, *compute.Explanation) {
	img := image.NewNRGBA(image.Rect(0, 0, 400, 200))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	return &compute.Subject{Image: img, Frame: image.Rect(100, 0, 300, 200)}, &compute.Explanation{Map: cam.Map{Height: 1, Width: 2, Values: []float32{1, 0}}}
}

func decoded(t *testing.T, text string) image.Image {
	t.Helper()
	img, err := jpeg.Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
