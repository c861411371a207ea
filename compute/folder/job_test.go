package folder

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/compute/output"
	"gaze/models"
)

var _ Explainer = (*compute.Explainer)(nil)

// fake explains every picture with the same map. It counts its runs and calls
// before, if there is one, at the beginning of each.
type fake struct {
	net   *models.Network
	batch int
	runs  int
	// shown are how many pictures each run was of.
	shown  []int
	layers [][]string
	// recipes are what each run was asked for.
	recipes []compute.Recipe
	before  func(run int) error
	// fails are the errors of methods, by name.
	fails map[string]error
}

func newFake(t *testing.T) *fake {
	t.Helper()
	net := &models.Network{Name: "fake", Labels: []string{"=mug", "cup", "猫"}, Input: models.ImageNetInput(8, 8)}
	for _, l := range []models.Layer{
		{Name: "first", Kind: models.ReLU, Inputs: []string{models.InputName}},
		{Name: "second", Kind: models.ReLU, Inputs: []string{"first"}},
		{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"second"}},
		{Name: "logits", Kind: models.Flatten, Inputs: []string{"pool"}},
	} {
		if err := net.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	return &fake{net: net, batch: 1}
}

func (f *fake) Network() *models.Network { return f.net }

func (f *fake) Batch() int { return f.batch }

func (f *fake) Explain(ctx context.Context, r compute.Recipe, subjects ...*compute.Subject) ([]compute.Answer, error) {
	f.runs++
	f.shown = append(f.shown, len(subjects))
	f.layers = append(f.layers, r.Layers)
	f.recipes = append(f.recipes, r)
	if f.before != nil {
		if err := f.before(f.runs); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	answers := make([]compute.Answer, len(subjects))
	for i := range answers {
		for _, o := range r.Maps() {
			if o.Err = f.fails[o.Method.Name]; o.Err == nil {
				o.Explanation = &compute.Explanation{
					Network: f.net.Name, Layer: o.Layer, Method: o.Method, Device: "cpu",
					Class: compute.Score{Label: f.net.Labels[0], Probability: 0.5},
					Map:   cam.Map{Height: 1, Width: 2, Values: []float32{-1, 1}},
				}
			}
			answers[i].Outcomes = append(answers[i].Outcomes, o)
		}
	}
	return answers, nil
}

// photo is a small PNG file.
var photo = func() []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 12, 9))
	for i := range img.Pix {
		if img.Pix[i] = uint8(i) | 0x80; i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	img.SetNRGBA(0, 0, color.NRGBA{1, 2, 3, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

// photos makes a folder of pictures with the given slash paths.
func photos(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, n := range names {
		write(t, filepath.Join(root, filepath.FromSlash(n)), photo)
	}
	return root
}

func newJob(t *testing.T, out string) (Job, *fake) {
	t.Helper()
	f := newFake(t)
	return Job{
		Explainer: f, Recipe: compute.Recipe{Layers: []string{"first"}, Class: compute.TopClass},
		Style: heat.Style{Opacity: 0.5}, Out: out, Writers: []Writer{Sheets{Drawing{Style: heat.Style{Opacity: 0.5}}}}, Table: true,
	}, f
}

func mustRun(t *testing.T, j Job, entries []Entry) Report {
	t.Helper()
	report, err := j.Run(t.Context(), entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// The statuses as the table has them.
const (
	statusOK     = string(StatusOK)
	statusFailed = string(StatusFailed)
)

// readResults reads the table in out.
func readResults(t *testing.T, out string) []row {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(out, ResultsFile))
	if err != nil {
		t.Fatal(err)
	}
	return parseTable(t, data)
}

// parseTable reads what writeTable wrote.
func parseTable(t *testing.T, data []byte) []row {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(records) == 0 || !slices.Equal(records[0], header[:]) {
		t.Fatalf("no table: %v, %v", records, err)
	}
	var rows []row
	for _, record := range records[1:] {
		r := row(record)
		for c := range r {
			if column(c).textual() {
				r[c] = strings.TrimPrefix(r[c], "'")
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// readRecords reads the records in out.
func readRecords(t *testing.T, out string) []Record {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(out, RecordsFile))
	if err != nil {
		t.Fatal(err)
	}
	var list []Record
	for line := range bytes.Lines(data) {
		var r Record
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// table reads the table in out and checks that it tells the truth: every
// sheet it lists is there, and no sheet is there that it does not list.
func table(t *testing.T, out string) []row {
	t.Helper()
	rows := readResults(t, out)
	var listed []string
	for _, r := range rows {
		if r[colStatus] == statusOK {
			listed = append(listed, r[colSheet])
		}
	}
	slices.Sort(listed)
	if found := slices.DeleteFunc(tree(t, out), func(n string) bool { return !strings.Contains(n, "cam.png") }); !slices.Equal(found, listed) {
		t.Errorf("the sheets are  %q\nthe table lists %q", found, listed)
	}
	return rows
}

// tree lists the files in a folder, sorted, without the records and the manifest that
// every run writes.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && name != RecordsFile && name != ManifestFile {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func cells(rows []row, c column) []string {
	var list []string
	for _, r := range rows {
		list = append(list, r[c])
	}
	return list
}

func TestRunWritesSheetsAndTable(t *testing.T) {
	root, out := photos(t, "a.jpg", "a.png", "sub/img10.png", "sub/img2.png"), filepath.Join(t.TempDir(), "new", "out")
	j, _ := newJob(t, out)
	j.Recipe.Layers = []string{"first", "second"}
	report := mustRun(t, j, find(t, root))
	if report.Done != 4 || report.Total != 4 || report.Failed != 0 || report.Results != filepath.Join(out, ResultsFile) {
		t.Errorf("report is %+v", report)
	}
	want := []string{
		"a.jpg.first.gradcam.png", "a.jpg.second.gradcam.png", "a.png.first.gradcam.png", "a.png.second.gradcam.png",
		"sub/img2.png.first.gradcam.png", "sub/img2.png.second.gradcam.png",
		"sub/img10.png.first.gradcam.png", "sub/img10.png.second.gradcam.png",
	}
	rows := table(t, out)
	if got := cells(rows, colSheet); !slices.Equal(got, want) {
		t.Errorf("sheets are %q\nwant %q", got, want)
	}
	r := rows[0]
	if r[colPath] != filepath.Join(root, "a.jpg") || r[colModel] != "fake" || r[colLayer] != "first" || r[colLabel] != "=mug" || r[colMax] != "1" {
		t.Errorf("first row is %q", r)
	}
	f, err := os.Open(filepath.Join(out, want[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Errorf("the sheet is no picture: %v", err)
	}
	if got := tree(t, out); len(got) != len(want)+1 {
		t.Errorf("the folder holds more than the sheets and the table: %q", got)
	}
}

func TestNoLayerMeansTheNetworksDefault(t *testing.T) {
	j, f := newJob(t, t.TempDir())
	j.Recipe.Layers = nil
	mustRun(t, j, find(t, photos(t, "a.png")))
	if want := f.net.DefaultLayer(); !slices.Equal(f.layers[0], []string{want}) {
		t.Errorf("explained %q, want %q", f.layers[0], want)
	}
}

func TestRunRefusesWhatNoPictureCanBeExplainedWith(t *testing.T) {
	for name, change := range map[string]func(*Job){
		"unknown layer":  func(j *Job) { j.Recipe.Layers = []string{"third"} },
		"flat layer":     func(j *Job) { j.Recipe.Layers = []string{"pool"} },
		"layer twice":    func(j *Job) { j.Recipe.Layers = []string{"first", "first"} },
		"unknown class":  func(j *Job) { j.Recipe.Class = 3 },
		"negative class": func(j *Job) { j.Recipe.Class = -2 },
		"no folder":      func(j *Job) { j.Out = "" },
	} {
		t.Run(name, func(t *testing.T) {
			j, f := newJob(t, t.TempDir())
			change(&j)
			if _, err := j.Run(t.Context(), find(t, photos(t, "a.png")), nil); err == nil || f.runs > 0 {
				t.Errorf("error is %v after %d runs, want one before the first", err, f.runs)
			}
		})
	}
}

func TestOneBadFileNeverStopsTheRest(t *testing.T) {
	root, out := photos(t, "1.png", "9.png"), t.TempDir()
	bad := map[string]string{"2.jpg": "empty", "3.png": "cut off", "4.jpg": "not an image", "5.png": "directory", "6.jpg": "exist"}
	write(t, filepath.Join(root, "2.jpg"), nil)
	write(t, filepath.Join(root, "3.png"), photo[:len(photo)/2])
	write(t, filepath.Join(root, "4.jpg"), []byte("Dear diary, today I am not a photograph."))
	if err := os.Mkdir(filepath.Join(root, "5.png"), 0o777); err != nil {
		t.Fatal(err)
	}
	link(t, "nowhere", filepath.Join(root, "6.jpg"))
	j, _ := newJob(t, out)
	report := mustRun(t, j, find(t, root))
	if report.Done != 7 || report.Failed != len(bad) || len(report.Failures) != len(bad) {
		t.Errorf("report is %+v, want 7 done and %d failed", report, len(bad))
	}
	for _, r := range table(t, out) {
		name := filepath.Base(r[colPath])
		want, isBad := bad[name]
		if isBad != (r[colStatus] == statusFailed) || !strings.Contains(r[colReason], want) || strings.Contains(r[colReason], root) {
			t.Errorf("%s: %s because %q, want a reason with %q", name, r[colStatus], r[colReason], want)
		}
	}
}

func TestFailureOfTheNetworkIsThePicturesOwn(t *testing.T) {
	j, f := newJob(t, t.TempDir())
	f.before = func(run int) error {
		if run == 2 {
			return errors.New("numbers out of range")
		}
		return nil
	}
	report := mustRun(t, j, find(t, photos(t, "1.png", "2.png", "3.png")))
	if report.Done != 3 || report.Failed != 1 || filepath.Base(report.Failures[0].Path) != "2.png" {
		t.Errorf("report is %+v, want the second of three failed", report)
	}
	if got, want := cells(table(t, j.Out), colReason), []string{"", "numbers out of range", ""}; !slices.Equal(got, want) {
		t.Errorf("reasons are %q, want %q", got, want)
	}
}

func TestPicturesAreExplainedInBatches(t *testing.T) {
	root := photos(t, "1.png", "2.png", "4.png", "5.png", "6.png", "7.png", "8.png")
	write(t, filepath.Join(root, "3.png"), nil)
	j, f := newJob(t, t.TempDir())
	f.batch, j.Recipe.Layers = 3, []string{"first", "second"}
	report := mustRun(t, j, find(t, root))
	if report.Done != 8 || report.Failed != 1 {
		t.Errorf("report is %+v, want 8 done and the empty one failed", report)
	}
	if want := []int{3, 3, 1}; !slices.Equal(f.shown, want) {
		t.Errorf("the runs were of %d pictures, want %d", f.shown, want)
	}
	rows := table(t, j.Out)
	for i, r := range rows {
		if want := filepath.Join(root, string(rune('1'+i/2))+".png"); r[colPath] != want || r[colLayer] != j.Recipe.Layers[i%2] {
			t.Errorf("row %d is of %s, %s, want %s, %s", i, r[colPath], r[colLayer], want, j.Recipe.Layers[i%2])
		}
	}
	if len(rows) != 16 {
		t.Errorf("%d rows, want 16", len(rows))
	}
}

func TestFailureOfTheNetworkIsNotTheWholeBatchs(t *testing.T) {
	j, f := newJob(t, t.TempDir())
	f.batch = 3
	f.before = func(run int) error {
		// The batch, and of its pictures the second.
		if run == 1 || run == 3 {
			return errors.New("numbers out of range")
		}
		return nil
	}
	report := mustRun(t, j, find(t, photos(t, "1.png", "2.png", "3.png", "4.png")))
	if report.Done != 4 || report.Failed != 1 || filepath.Base(report.Failures[0].Path) != "2.png" {
		t.Errorf("report is %+v, want the second of four failed", report)
	}
	if want := []int{3, 1, 1, 1, 1}; !slices.Equal(f.shown, want) {
		t.Errorf("the runs were of %d pictures, want %d", f.shown, want)
	}
}

func TestBatchThatIsCancelledIsNotDone(t *testing.T) {
	entries := find(t, photos(t, "1.png", "2.png", "3.png", "4.png", "5.png", "6.png"))
	j, f := newJob(t, t.TempDir())
	f.batch = 2
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f.before = func(run int) error {
			if run == 2 {
				cancel()
			}
			return nil
		}
		report, err := j.Run(ctx, entries, nil)
		if !errors.Is(err, context.Canceled) || report.Done != 2 || report.Failed != 0 || f.runs != 2 {
			t.Errorf("report is %+v after %d runs, %v; want the first batch done, then context.Canceled", report, f.runs, err)
		}
	})
	table(t, j.Out)
}

func TestCancelledRunLeavesATrueTableAndNoGoroutines(t *testing.T) {
	root, out := photos(t, "1.png", "2.png", "3.png", "4.png", "5.png", "6.png"), t.TempDir()
	entries := find(t, root)
	j, f := newJob(t, out)
	// The bubble does not end before all its goroutines have, and fails if one
	// never will.
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f.before = func(run int) error {
			if run == 3 {
				cancel()
			}
			return nil
		}
		report, err := j.Run(ctx, entries, nil)
		if !errors.Is(err, context.Canceled) || report.Done != 2 || report.Failed != 0 || report.Total != 6 {
			t.Errorf("report is %+v, %v; want 2 of 6 done, then context.Canceled", report, err)
		}
	})
	if rows := table(t, out); len(rows) != 2 {
		t.Errorf("the table has %d rows, want 2", len(rows))
	}

	f.before, f.runs, j.Resume = nil, 0, true
	report := mustRun(t, j, entries)
	if report.Done != 6 || report.Resumed != 2 || f.runs != 4 {
		t.Errorf("report is %+v after %d runs; want 2 resumed and 4 run", report, f.runs)
	}
	if rows := table(t, out); len(rows) != 6 || filepath.Base(rows[0][colPath]) != "1.png" {
		t.Errorf("the table has %d rows, want 6 in the pictures' order", len(rows))
	}
}

func TestCancelledBeforeItBeginsRunWritesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	j, f := newJob(t, filepath.Join(t.TempDir(), "out"))
	if _, err := j.Run(ctx, find(t, photos(t, "1.png")), nil); !errors.Is(err, context.Canceled) || f.runs != 0 {
		t.Errorf("error is %v after %d runs, want context.Canceled after none", err, f.runs)
	}
	if _, err := os.Stat(j.Out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder for results was made: %v", err)
	}
}

func TestResumeRepeatsWhatChanged(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, j *Job, root string)
		runs   int
	}{
		"nothing":         {func(*testing.T, *Job, string) {}, 0},
		"the class":       {func(_ *testing.T, j *Job, _ string) { j.Recipe.Class = 1 }, 2},
		"the opacity":     {func(_ *testing.T, j *Job, _ string) { j.Style.Opacity = 0.25 }, 2},
		"the colour map":  {func(_ *testing.T, j *Job, _ string) { j.Style.Colormap = heat.Colormaps()[1] }, 2},
		"the method":      {func(_ *testing.T, j *Job, _ string) { j.Recipe.Methods = cam.Methods()[1:2] }, 2},
		"the network":     {func(_ *testing.T, j *Job, _ string) { j.Explainer.Network().Name = "other" }, 2},
		"a further layer": {func(_ *testing.T, j *Job, _ string) { j.Recipe.Layers = []string{"first", "second"} }, 2},
		"no resuming":     {func(_ *testing.T, j *Job, _ string) { j.Resume = false }, 2},
		"one picture":     {func(t *testing.T, _ *Job, root string) { write(t, filepath.Join(root, "a.png"), append(photo, 0)) }, 1},
		"one sheet": {func(t *testing.T, j *Job, _ string) {
			if err := os.Remove(filepath.Join(j.Out, "a.png.first.gradcam.png")); err != nil {
				t.Fatal(err)
			}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			root := photos(t, "a.png", "b.png")
			j, f := newJob(t, t.TempDir())
			mustRun(t, j, find(t, root))
			f.runs, j.Resume = 0, true
			c.change(t, &j, root)
			report := mustRun(t, j, find(t, root))
			if f.runs != c.runs || report.Resumed != 2-c.runs || report.Done != 2 {
				t.Errorf("%d runs and %+v, want %d runs", f.runs, report, c.runs)
			}
			table(t, j.Out)
		})
	}
}

func TestFailedPicturesAreTriedAgain(t *testing.T) {
	root := photos(t, "a.png")
	broken := filepath.Join(root, "b.png")
	write(t, broken, nil)
	j, f := newJob(t, t.TempDir())
	j.Resume = true
	mustRun(t, j, find(t, root))
	write(t, broken, photo)
	if report := mustRun(t, j, find(t, root)); report.Failed != 0 || report.Resumed != 1 || f.runs != 2 {
		t.Errorf("report is %+v after %d runs, want the broken picture done", report, f.runs)
	}
	if got := cells(table(t, j.Out), colStatus); !slices.Equal(got, []string{statusOK, statusOK}) {
		t.Errorf("statuses are %q: the old failure is still there", got)
	}
}

func TestSheetsOfOtherRunsKeepTheirRows(t *testing.T) {
	root := photos(t, "a.png")
	j, _ := newJob(t, t.TempDir())
	mustRun(t, j, find(t, root))
	j.Recipe.Layers = []string{"second"}
	mustRun(t, j, find(t, root))
	if got := cells(table(t, j.Out), colLayer); !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("the table has layers %q, want both", got)
	}
	write(t, filepath.Join(root, "a.png"), nil)
	mustRun(t, j, find(t, root))
	if got, want := cells(table(t, j.Out), colStatus), []string{statusOK, statusOK, statusFailed}; !slices.Equal(got, want) {
		t.Errorf("statuses are %q, want %q: the sheets are still there", got, want)
	}
}

func TestForeignFilesAreNeverOverwritten(t *testing.T) {
	root := photos(t, "a.png", "b.png", "c.png")
	for name, foreign := range map[string][]string{
		"sheets": {"b.png.first.gradcam.png", "c.png.first.gradcam.png"},
		"table":  {ResultsFile},
	} {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			for _, f := range foreign {
				write(t, filepath.Join(out, f), []byte("precious"))
			}
			j, f := newJob(t, out)
			_, err := j.Run(t.Context(), find(t, root), nil)
			if err == nil || !strings.Contains(err.Error(), filepath.Join(out, foreign[0])) || f.runs > 0 {
				t.Errorf("error is %v after %d runs, want one about %s before the first", err, f.runs, foreign[0])
			}
			if got := tree(t, out); !slices.Equal(got, foreign) {
				t.Errorf("the folder holds %q, want %q", got, foreign)
			}
			if data, err := os.ReadFile(filepath.Join(out, foreign[0])); err != nil || string(data) != "precious" {
				t.Errorf("the file holds %q, %v", data, err)
			}
		})
	}
}

func TestForeignFileThatAppearsDuringTheRunStays(t *testing.T) {
	out := t.TempDir()
	j, f := newJob(t, out)
	theirs := filepath.Join(out, "2.png.first.gradcam.png")
	f.before = func(run int) error {
		if run == 1 {
			return os.WriteFile(theirs, []byte("precious"), 0o666)
		}
		return nil
	}
	report := mustRun(t, j, find(t, photos(t, "1.png", "2.png", "3.png")))
	if report.Done != 3 || report.Failed != 1 || !errors.Is(report.Failures[0].Err, fs.ErrExist) {
		t.Errorf("report is %+v, want the second picture failed", report)
	}
	if data, err := os.ReadFile(theirs); err != nil || string(data) != "precious" {
		t.Errorf("the file holds %q, %v", data, err)
	}
}

func TestSheetsOfAKilledRunAreItsOwn(t *testing.T) {
	root, out := photos(t, "a.png"), t.TempDir()
	write(t, filepath.Join(out, "a.png.first.gradcam.png"), []byte("whole or not, nobody knows"))
	write(t, filepath.Join(out, journalFile), []byte(`{"writes":["a.png.first.gradcam.png"]}`+"\n"+`{"writes":["cut sho`))
	j, f := newJob(t, out)
	j.Resume = true
	if report := mustRun(t, j, find(t, root)); report.Done != 1 || f.runs != 1 {
		t.Errorf("report is %+v after %d runs, want the picture done again", report, f.runs)
	}
	table(t, out)
	if got, want := tree(t, out), []string{"a.png.first.gradcam.png", ResultsFile}; !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestSheetsOfAKilledRunOutliveACancelledOne(t *testing.T) {
	root, out := photos(t, "1.png", "2.png", "3.png"), t.TempDir()
	orphan, theirs := "3.png.first.gradcam.png", "2.png.first.gradcam.png"
	write(t, filepath.Join(out, orphan), []byte("whole or not, nobody knows"))
	write(t, filepath.Join(out, journalFile), []byte(`{"writes":["1.png.first.gradcam.png","`+orphan+`"]}`+"\n"))
	j, f := newJob(t, out)
	j.Jobs = 1
	ctx, cancel := context.WithCancel(t.Context())
	f.before = func(run int) error {
		switch run {
		case 1:
			return os.WriteFile(filepath.Join(out, theirs), []byte("precious"), 0o666)
		case 3:
			cancel()
		}
		return nil
	}
	if _, err := j.Run(ctx, find(t, root), nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v, want context.Canceled", err)
	}
	if data, err := os.ReadFile(filepath.Join(out, journalFile)); err != nil || string(data) != `{"writes":["`+orphan+`"]}`+"\n" {
		t.Errorf("the journal holds %q, %v; want the one sheet that no row lists", data, err)
	}

	f.before = nil
	if _, err := j.Run(t.Context(), find(t, root), nil); err == nil || !strings.Contains(err.Error(), theirs) {
		t.Errorf("error is %v, want one about the foreign file", err)
	}
	if err := os.Remove(filepath.Join(out, theirs)); err != nil {
		t.Fatal(err)
	}
	if report := mustRun(t, j, find(t, root)); report.Done != 3 || report.Failed != 0 {
		t.Errorf("report is %+v, want all three pictures done", report)
	}
	table(t, out)
	if got := tree(t, out); slices.Contains(got, journalFile) {
		t.Errorf("the folder holds %q: the journal is still there", got)
	}
}

func TestJournalGoesOnAfterALineThatWasCutShort(t *testing.T) {
	out := t.TempDir()
	write(t, filepath.Join(out, journalFile), []byte(`{"writes":["cut sho`))
	book, err := openLedger(output.NewDir(out))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(book.begin(), book.announce([]Name{"a.png"})); err != nil {
		t.Fatal(err)
	}
	book.close()
	book, err = openLedger(output.NewDir(out))
	if err != nil {
		t.Fatal(err)
	}
	defer book.close()
	if !book.owns("a.png") {
		t.Error("a.png is not its own")
	}
}

func TestResultsAreNotAnalysed(t *testing.T) {
	for _, out := range []string{"results", "."} {
		root := photos(t, "a.png", "sub/b.png")
		j, f := newJob(t, filepath.Join(root, out))
		mustRun(t, j, find(t, root))
		f.runs = 0
		if report := mustRun(t, j, find(t, root)); report.Total != 2 || f.runs != 2 {
			t.Errorf("results in %q: %d of %d pictures were run again, want 2", out, f.runs, report.Total)
		}
	}
}

func TestUnlistedFilesInTheResultsAreNotAnalysed(t *testing.T) {
	root := photos(t, "a.png", "results/old.png")
	j, _ := newJob(t, filepath.Join(root, "results"))
	if report := mustRun(t, j, find(t, root)); report.Total != 1 {
		t.Errorf("%d pictures, want 1", report.Total)
	}
	if report := mustRun(t, j, find(t, filepath.Join(root, "results"))); report.Total != 1 {
		t.Errorf("pointed at the results: %d pictures, want the one that no run wrote", report.Total)
	}
}

func TestPicturesOfOneNameInTwoFoldersDoNotMeet(t *testing.T) {
	j, _ := newJob(t, t.TempDir())
	mustRun(t, j, find(t, photos(t, "a.png"), photos(t, "a.png")))
	want := []string{"a.png.first.gradcam.png", "a.png (2).first.gradcam.png"}
	if got := cells(table(t, j.Out), colSheet); !slices.Equal(got, want) {
		t.Errorf("sheets are %q, want %q", got, want)
	}
}

func TestPathsDoNotLeadOutOfTheResults(t *testing.T) {
	root, out := photos(t, "a.png"), filepath.Join(t.TempDir(), "x", "out")
	j, _ := newJob(t, out)
	mustRun(t, j, []Entry{{Path: filepath.Join(root, "a.png"), Rel: "../../a.png"}})
	if got, want := tree(t, out), []string{"a.png.first.gradcam.png", ResultsFile}; !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestUnwritableResultsStopAtOnceWithOneMessage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	for _, out := range []string{file, filepath.Join(file, "below")} {
		j, f := newJob(t, out)
		_, err := j.Run(t.Context(), find(t, photos(t, "a.png")), nil)
		if err == nil || f.runs > 0 || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error is %v after %d runs, want one line before the first", out, err, f.runs)
		}
	}
}

func TestSheetThatCannotBeWrittenStopsTheRun(t *testing.T) {
	out := t.TempDir()
	j, f := newJob(t, out)
	j.Jobs = 1
	// The second picture's folder has a file in its place.
	write(t, filepath.Join(out, "b"), nil)
	root := photos(t, "a.png", "b/1.png", "c1.png", "c2.png", "c3.png", "c4.png")
	report, err := j.Run(t.Context(), find(t, root), nil)
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), filepath.Join(out, "b")) {
		t.Errorf("error is %v, want one line about %s", err, filepath.Join(out, "b"))
	}
	if f.runs == 6 || report.Done < 2 || report.Done > f.runs || report.Failed == 0 {
		t.Errorf("%d of 6 pictures were run, report is %+v; want it to stop early", f.runs, report)
	}
	if rows := table(t, out); len(rows) != report.Done {
		t.Errorf("the table has %d rows for %d pictures", len(rows), report.Done)
	}
}

func TestProgressCountsUp(t *testing.T) {
	root := photos(t, "1.png", "2.png", "3.png")
	write(t, filepath.Join(root, "4.png"), nil)
	j, _ := newJob(t, t.TempDir())
	var seen []Progress
	if _, err := j.Run(t.Context(), find(t, root), func(p Progress) { seen = append(seen, p) }); err != nil {
		t.Fatal(err)
	}
	paths := make(map[string]bool)
	for i, p := range seen {
		paths[p.Path] = true
		if p.Done != i || p.Total != 4 {
			t.Errorf("call %d says %d of %d", i, p.Done, p.Total)
		}
	}
	last := seen[len(seen)-1]
	if len(seen) != 5 || last.Failed != 1 || last.Remaining != 0 || last.Elapsed <= 0 {
		t.Errorf("%d calls, the last %+v; want 5, the last with 1 failed and nothing remaining", len(seen), last)
	}
	if len(paths) != 5 {
		t.Errorf("paths are %q, want each picture once", slices.Collect(maps.Keys(paths)))
	}
}

func TestResumeMakesOnlyTheMapsThatAreMissing(t *testing.T) {
	root := photos(t, "a.png", "b.png", "c.png")
	j, f := newJob(t, t.TempDir())
	j.Resume, j.Recipe.Layers, j.Recipe.Methods = true, []string{"first", "second"}, cam.Methods()[:2]
	fails := j.Recipe.Methods[1].Name
	f.batch, f.fails = 3, map[string]error{fails: errors.New("never here")}
	if report := mustRun(t, j, find(t, root)); report.Failed != 3 || report.Partial != 3 {
		t.Errorf("report is %+v, want three pictures with maps missing", report)
	}
	before := table(t, j.Out)

	// Of the first picture a map of the other method is missing, too.
	if err := os.Remove(filepath.Join(j.Out, "a.png.second."+j.Recipe.Methods[0].Name+".png")); err != nil {
		t.Fatal(err)
	}
	f.shown, f.recipes = nil, nil
	report := mustRun(t, j, find(t, root))
	if report.Done != 3 || report.Failed != 3 || report.Partial != 3 || report.Resumed != 0 || len(report.Failures) != 3 {
		t.Errorf("report is %+v, want three pictures with maps missing", report)
	}
	if !slices.Equal(f.shown, []int{1, 2}) || len(f.recipes[0].Maps()) != 4 || len(f.recipes[1].Maps()) != 2 {
		t.Errorf("%d pictures were run with %+v, want the first alone, and of the others one method", f.shown, f.recipes)
	}
	after := table(t, j.Out)
	if len(after) != len(before) {
		t.Fatalf("%d rows, want %d", len(after), len(before))
	}
	for i := range after {
		for _, c := range []column{colPath, colStatus, colReason, colLayer, colMethod, colSheet} {
			if after[i][c] != before[i][c] {
				t.Errorf("row %d has %q, not %q", i, after[i], before[i])
			}
		}
		if again := i == 2 || after[i][colStatus] == statusFailed; !again && after[i] != before[i] {
			t.Errorf("row %d is %q, not as it was: %q", i, after[i], before[i])
		}
	}

	f.fails = nil
	if report := mustRun(t, j, find(t, root)); report.Failed != 0 || report.Partial != 0 {
		t.Errorf("report is %+v, want all maps", report)
	}
	f.runs = 0
	if report := mustRun(t, j, find(t, root)); report.Resumed != 3 || f.runs != 0 {
		t.Errorf("report is %+v after %d runs, want all resumed", report, f.runs)
	}
}

func TestResultHoldsTheMapsThatWereMissing(t *testing.T) {
	root := photos(t, "a.png")
	j, _ := newJob(t, t.TempDir())
	j.Resume = true
	mustRun(t, j, find(t, root))
	j.Recipe.Layers = []string{"first", "second"}
	var results []Result
	j.Each = func(r Result) error {
		results = append(results, r)
		return nil
	}
	mustRun(t, j, find(t, root))
	if len(results) != 1 || len(results[0].Outcomes) != 1 || results[0].Outcomes[0].Layer != "second" || !strings.HasSuffix(results[0].Sheets[0], "a.png.second.gradcam.png") {
		t.Errorf("results are %+v, want the second layer's map", results)
	}
}

func TestFusedMapsAreMadeOfAllLayers(t *testing.T) {
	j, f := newJob(t, t.TempDir())
	j.Resume, j.Recipe.Layers, j.Recipe.Methods, j.Recipe.Fusion = true, []string{"first", "second"}, cam.Methods()[:2], compute.Fusions()[0]
	f.fails = map[string]error{j.Recipe.Methods[1].Name: errors.New("not yet")}
	root := photos(t, "a.png")
	mustRun(t, j, find(t, root))
	f.fails = nil
	mustRun(t, j, find(t, root))
	if got := f.recipes[1]; len(got.Layers) != 2 || len(got.Methods) != 1 {
		t.Errorf("the missing map was made with %+v, want both layers and one method", got)
	}
}

func TestFailureOfARefinedMapOutlivesThePlainOne(t *testing.T) {
	root := photos(t, "a.png")
	j, f := newJob(t, t.TempDir())
	f.before = func(run int) error {
		if run == 1 {
			return errors.New("no smoothing here")
		}
		return nil
	}
	smooth := j
	smooth.Recipe.Smoothing = compute.Smoothings()[0]
	mustRun(t, smooth, find(t, root))
	mustRun(t, j, find(t, root))
	if got := cells(readResults(t, j.Out), colStatus); !slices.Equal(got, []string{statusFailed, statusOK}) {
		t.Errorf("statuses are %q, want the smoothed map's failure and the plain map", got)
	}
	// What was drawn otherwise is the same map.
	smooth.Style.Opacity = 0.25
	mustRun(t, smooth, find(t, root))
	if got := cells(readResults(t, j.Out), colStatus); !slices.Equal(got, []string{statusOK, statusOK}) {
		t.Errorf("statuses are %q: the old failure is still there", got)
	}
}

func TestReasonsOfAPictureAreToldInOneLineEachOnce(t *testing.T) {
	j, f := newJob(t, t.TempDir())
	j.Recipe.Layers, j.Recipe.Methods = []string{"first", "second"}, cam.Methods()[:3]
	blurred, empty := errors.New("blurred"), errors.New("empty")
	f.fails = map[string]error{j.Recipe.Methods[0].Name: blurred, j.Recipe.Methods[2].Name: empty}
	report := mustRun(t, j, find(t, photos(t, "a.png")))
	if len(report.Failures) != 1 {
		t.Fatalf("report is %+v, want one failure", report)
	}
	err := report.Failures[0].Err
	if got, want := err.Error(), "blurred; empty"; got != want {
		t.Errorf("the reason is %q, want %q", got, want)
	}
	if !errors.Is(err, blurred) || !errors.Is(err, empty) {
		t.Errorf("%v does not wrap both reasons", err)
	}
}
