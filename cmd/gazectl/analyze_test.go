package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/folder"
)

// results reads results.csv: for each row the cells by their column's name.
func results(t *testing.T, out string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(out, folder.ResultsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, cell := range r {
			row[records[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

// photographs fills a folder with pictures, one of them bad.
func photographs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "mug", "img2.png"), 40, 30)
	draw(t, filepath.Join(dir, "mug", "img10.png"), 30, 40)
	write(t, filepath.Join(dir, "mug", "img3.jpg"), nil)
	draw(t, filepath.Join(dir, "bike", "img2.png"), 64, 64)
	return dir
}

func TestAnalyzeWritesSheetsAndATable(t *testing.T) {
	dir, out := photographs(t), filepath.Join(t.TempDir(), "results")
	o := gazectl(t, "analyze", dir, "--out", out, "--model", "builtin", "--layer", "layer3", "--layer", "layer4", "--method", "hirescam", "--class", "mug", "--jobs", "3")
	if o.status != 1 {
		t.Errorf("status %d, want 1 for the empty file: %s", o.status, o.stderr)
	}
	bad := filepath.Join(dir, "mug", "img3.jpg")
	if want := "gazectl: " + bad + ": empty file\ngazectl: no class of the network is called like the folders bike; it is not known what their pictures show. --truth FILE says it\n"; o.stderr != want {
		t.Errorf("standard error %q, want %q", o.stderr, want)
	}
	if !strings.Contains(o.stdout, "3 of 4 pictures explained, 1 failed") || !strings.Contains(o.stdout, filepath.Join(out, "results.csv")) {
		t.Errorf("summary %q", o.stdout)
	}
	var paths []string
	for _, row := range results(t, out) {
		rel, err := filepath.Rel(dir, row["path"])
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, filepath.ToSlash(rel))
		if row["path"] == bad {
			if row["status"] != "failed" || !strings.Contains(row["reason"], "empty file") {
				t.Errorf("the bad file's row: %v", row)
			}
			continue
		}
		if row["status"] != "ok" || row["class_label"] != "mug" || row["method"] != "hirescam" {
			t.Errorf("row %v", row)
		}
		f, err := os.Open(filepath.Join(out, row["sheet"]))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jpeg.Decode(f); err != nil {
			t.Errorf("%s: %v", row["sheet"], err)
		}
		f.Close()
	}
	want := []string{"bike/img2.png", "bike/img2.png", "mug/img2.png", "mug/img2.png", "mug/img3.jpg", "mug/img3.jpg", "mug/img10.png", "mug/img10.png"}
	if !slices.Equal(paths, want) {
		t.Errorf("rows %v, want %v", paths, want)
	}
}

func TestAnalyzePrintsAndSavesMaps(t *testing.T) {
	dir, out, raw := photographs(t), t.TempDir(), t.TempDir()
	o := gazectl(t, "analyze", dir, "--out", out, "--raw", raw, "--json", "--layer", "layer3", "--jobs", "3")
	if o.status != 1 {
		t.Errorf("status %d: %s", o.status, o.stderr)
	}
	same := map[string]answer{}
	for _, a := range parse[answer](t, gazectl(t, "explain", dir, "--json", "--layer", "layer3")) {
		same[a.Path] = a
	}
	list := parse[answer](t, o)
	files := map[string]bool{}
	for _, a := range list {
		want := same[a.Path]
		if a.Error != want.Error || a.Class != want.Class || !slices.Equal(a.Map.Values, want.Map.Values) {
			t.Errorf("%s: %v %q, but explain says %v %q", a.Path, a.Class, a.Error, want.Class, want.Error)
		}
		if a.Error != "" {
			continue
		}
		if s := a.Seconds; !(s.Decode > 0 && s.Network > 0 && s.Total >= s.Decode+s.Network) {
			t.Errorf("seconds %+v", s)
		}
		if _, err := os.Stat(a.Sheet); err != nil {
			t.Error(err)
		}
		wantNPY(t, a.Raw, a.Map)
		files[a.Raw] = true
	}
	if len(list) != len(same) || len(files) != 3 {
		t.Errorf("%d results and %d maps of 4 pictures, 3 of them good", len(list), len(files))
	}
}

func TestAnalyzeResumes(t *testing.T) {
	dir, out := photographs(t), t.TempDir()
	gazectl(t, "analyze", dir, "--out", out)
	o := gazectl(t, "analyze", dir, "--out", out, "--resume")
	if o.status != 1 || !strings.Contains(o.stdout, "3 of 4 pictures explained (3 by an earlier run), 1 failed") {
		t.Errorf("status %d, summary %q", o.status, o.stdout)
	}
}

func TestAnalyzeOfAnEmptyFolder(t *testing.T) {
	dir := t.TempDir()
	if o := gazectl(t, "analyze", dir, "--out", t.TempDir()); o.status != 2 || !strings.Contains(o.stderr, dir+": no pictures in this folder") {
		t.Errorf("%+v", o)
	}
}

// TestInterruptedAnalyzeKeepsWhatIsFinished presses Ctrl-C after the first
// sheet.
func TestInterruptedAnalyzeKeepsWhatIsFinished(t *testing.T) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "results")
	for _, name := range strings.Split("abcdefghijklmnopqrst", "") {
		draw(t, filepath.Join(dir, name+".png"), 40, 30)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	finished := make(chan int)
	go func() { finished <- run(ctx, []string{"analyze", dir, "--out", out, "--jobs", "1"}, &stdout, &stderr) }()
	status := -1
	for status < 0 {
		select {
		case status = <-finished:
		default:
			if sheets, _ := filepath.Glob(filepath.Join(out, "*.jpg")); len(sheets) > 0 {
				cancel()
				status = <-finished
			}
		}
	}
	cancel()
	if status != 130 {
		t.Fatalf("status %d, want 130: %s", status, stderr.String())
	}
	rows := results(t, out)
	if len(rows) == 0 || len(rows) == 20 {
		t.Errorf("%d of 20 pictures are in the table of an interrupted run", len(rows))
	}
	for _, row := range rows {
		if _, err := os.Stat(filepath.Join(out, row["sheet"])); row["status"] != "ok" || err != nil {
			t.Errorf("row %v, sheet: %v", row, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(out, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A picture with one of its maps is explained, and the missing map is told.
func TestAnalyzeCountsPicturesWithMapsMissing(t *testing.T) {
	dir, out := photographs(t), t.TempDir()
	for _, again := range [][]string{nil, {"--resume"}} {
		o := gazectl(t, append([]string{"analyze", dir, "--out", out, "--layer", "layer3", "--method", "gradcam,cam"}, again...)...)
		if o.status != 1 || !strings.Contains(o.stdout, "3 of 4 pictures explained, 3 of them with maps missing, 1 failed") {
			t.Errorf("%v: status %d, summary %q", again, o.status, o.stdout)
		}
	}
}

// A map with numbers that JSON does not know fails alone, and is said and counted.
func TestAnalyzeTellsOfMapsThatAreNotFinite(t *testing.T) {
	nan, good := cam.Map{Height: 1, Width: 2, Values: []float32{1, float32(math.NaN())}}, cam.Map{Height: 1, Width: 2, Values: []float32{1, 2}}
	recipe := compute.Recipe{Layers: []string{"layer4"}, Methods: []cam.Method{cam.GradCAM(), cam.RandomCAM()}}
	made := func(m cam.Method, raw cam.Map) compute.Outcome {
		return compute.Outcome{Layer: "layer4", Method: m, Explanation: &compute.Explanation{Layer: "layer4", Method: m, Map: raw}}
	}
	var stdout, stderr bytes.Buffer
	io := newStreams(&stdout, &stderr)
	a := &analysis{task: &task{recipe: recipe}, json: true, rep: newReporter(io, true), failed: make(map[string][]failure)}
	entry := folder.Entry{Path: "a.png"}
	err := a.take(folder.Result{Entry: entry, Sheets: []string{"1.png", "2.png"}, Outcomes: []compute.Outcome{
		made(cam.GradCAM(), nan), made(cam.RandomCAM(), good),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.finish(io, []folder.Entry{entry}, folder.Report{Done: 1, Total: 1, Results: "results.csv"}, nil); !errors.Is(err, errPictures) {
		t.Errorf("it ends with %v", err)
	}
	const why = "the map of layer layer4 holds numbers that are not finite"
	if got, want := stderr.String(), "gazectl: a.png, gradcam: "+why+"\n"; got != want {
		t.Errorf("standard error %q, want %q", got, want)
	}
	list := parse[answer](t, outcome{stdout: stdout.String()})
	if len(list) != 2 || list[0].Error != why || list[0].Method != "gradcam" || list[1].Error != "" || list[1].Method != "randomcam" {
		t.Errorf("%+v", list)
	}
}
