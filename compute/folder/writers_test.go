package folder

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/compute"
)

// stub is a writer of files with the extension ext.
type stub struct {
	ext  string
	data []byte
	// fails is why it cannot write, or nil.
	fails error
}

func (s stub) Name() string { return "stub" }

func (s stub) Extension() string { return s.ext }

func (s stub) Write(w io.Writer, _ *compute.Subject, _ *compute.Explanation) error {
	if _, err := w.Write(s.data); err != nil {
		return err
	}
	return s.fails
}

// holds checks what is in the folder out beside the table, which has to list each
// of these files once.
func holds(t *testing.T, out string, want ...string) {
	t.Helper()
	var listed []string
	for _, r := range readRecords(t, out) {
		for _, m := range r.Maps {
			for _, f := range m.Files {
				listed = append(listed, string(f.Name))
			}
		}
	}
	slices.Sort(listed)
	if !slices.Equal(listed, want) {
		t.Errorf("the table lists  %q\nwant %q", listed, want)
	}
	if got := slices.DeleteFunc(tree(t, out), func(n string) bool { return n == ResultsFile }); !slices.Equal(got, want) {
		t.Errorf("the folder holds %q\nwant %q", got, want)
	}
}

func TestAWriterThatIsNewWritesForPicturesThatWereDone(t *testing.T) {
	root := photos(t, "a.png")
	j, f := newJob(t, t.TempDir())
	j.Resume = true
	mustRun(t, j, find(t, root))
	both := []string{"a.png.first.gradcam.csv", "a.png.first.gradcam.png"}

	j.Writers = []Writer{Sheets{Drawing{Style: j.Style}}, Numbers{}}
	if report := mustRun(t, j, find(t, root)); report.Resumed != 0 || f.runs != 2 {
		t.Errorf("report is %+v after %d runs, want the picture run again", report, f.runs)
	}
	holds(t, j.Out, both...)

	for name, writers := range map[string][]Writer{
		"both": j.Writers, "in another order": {Numbers{}, Sheets{Drawing{Style: j.Style}}}, "the first": j.Writers[:1], "the second": j.Writers[1:],
	} {
		j.Writers = writers
		if report := mustRun(t, j, find(t, root)); report.Resumed != 1 || f.runs != 2 {
			t.Errorf("%s: report is %+v after %d runs, want the picture resumed", name, report, f.runs)
		}
		holds(t, j.Out, both...)
	}

	if err := os.Remove(filepath.Join(j.Out, both[0])); err != nil {
		t.Fatal(err)
	}
	j.Writers = []Writer{Sheets{Drawing{Style: j.Style}}, Numbers{}}
	if report := mustRun(t, j, find(t, root)); report.Resumed != 0 {
		t.Errorf("report is %+v, want the lost file made again", report)
	}
	holds(t, j.Out, both...)
}

func TestAFileOfOneWriterWrittenAnewLeavesTheOtherItsRow(t *testing.T) {
	root := photos(t, "a.png")
	j, _ := newJob(t, t.TempDir())
	j.Writers = []Writer{Sheets{Drawing{Style: j.Style}}, Numbers{}}
	mustRun(t, j, find(t, root))
	j.Writers, j.Recipe.Class = j.Writers[:1], 1
	mustRun(t, j, find(t, root))
	holds(t, j.Out, "a.png.first.gradcam.csv", "a.png.first.gradcam.png")
	for _, r := range readResults(t, j.Out) {
		want := "class=1 "
		if strings.HasSuffix(r[colSheet], ".csv") {
			want = "class=top "
		}
		if !strings.HasPrefix(r[colSettings], want) {
			t.Errorf("%s was made with %q, want %q", r[colSheet], r[colSettings], want)
		}
	}
}

func TestUsersFileWithASecondWritersNameStays(t *testing.T) {
	root := photos(t, "a.png")
	j, f := newJob(t, t.TempDir())
	mustRun(t, j, find(t, root))
	theirs := filepath.Join(j.Out, "a.png.first.gradcam.csv")
	write(t, theirs, []byte("precious"))
	j.Writers = []Writer{Sheets{Drawing{Style: j.Style}}, Numbers{}}
	for _, j.Resume = range []bool{false, true} {
		if _, err := j.Run(t.Context(), find(t, root), nil); err == nil || !strings.Contains(err.Error(), theirs) || f.runs > 1 {
			t.Errorf("error is %v after %d runs, want one about %s before the second", err, f.runs, theirs)
		}
	}
	if data, err := os.ReadFile(theirs); err != nil || string(data) != "precious" {
		t.Errorf("the file holds %q, %v", data, err)
	}
}

func TestUsersFileThatAppearsUnderASecondWritersNameStays(t *testing.T) {
	root := photos(t, "a.png")
	j, f := newJob(t, t.TempDir())
	mustRun(t, j, find(t, root))
	theirs := filepath.Join(j.Out, "a.png.first.gradcam.csv")
	f.before = func(int) error { return os.WriteFile(theirs, []byte("precious"), 0o666) }
	j.Writers = []Writer{Sheets{Drawing{Style: j.Style}}, Numbers{}}
	if report := mustRun(t, j, find(t, root)); report.Failed != 1 || !errors.Is(report.Failures[0].Err, fs.ErrExist) {
		t.Errorf("report is %+v, want the picture failed", report)
	}
	if data, err := os.ReadFile(theirs); err != nil || string(data) != "precious" {
		t.Errorf("the file holds %q, %v", data, err)
	}
}

func TestFilesBeforeAWriterThatFailsAreListed(t *testing.T) {
	root := photos(t, "a.png")
	j, _ := newJob(t, t.TempDir())
	full := errors.New("disk full")
	j.Resume, j.Writers = true, []Writer{Sheets{Drawing{Style: j.Style}}, stub{ext: ".csv", fails: full}}
	if _, err := j.Run(t.Context(), find(t, root), nil); !errors.Is(err, full) {
		t.Fatalf("error is %v, want the writer's", err)
	}
	holds(t, j.Out, "a.png.first.gradcam.png")
	if got := cells(table(t, j.Out), colStatus); !slices.Equal(got, []string{statusOK, statusFailed}) {
		t.Errorf("statuses are %q, want the file's and the failure's", got)
	}

	j.Writers[1] = Numbers{}
	if report := mustRun(t, j, find(t, root)); report.Failed != 0 || report.Resumed != 0 {
		t.Errorf("report is %+v, want the picture done", report)
	}
	holds(t, j.Out, "a.png.first.gradcam.csv", "a.png.first.gradcam.png")
	if got := cells(table(t, j.Out), colStatus); !slices.Equal(got, []string{statusOK}) {
		t.Errorf("statuses are %q, want one row", got)
	}
}

func TestFilesOfAKilledRunWithTwoWriters(t *testing.T) {
	root, out := photos(t, "1.png", "2.png"), t.TempDir()
	var journal bytes.Buffer
	for _, name := range []string{"1.png.first.gradcam.png", "1.png.first.gradcam.csv", "2.png.first.gradcam.png", "2.png.first.gradcam.csv"} {
		journal.WriteString(`{"writes":["` + name + `"]}` + "\n")
		write(t, filepath.Join(out, name), []byte("whole or not, nobody knows"))
	}
	write(t, filepath.Join(out, journalFile), journal.Bytes())
	j, f := newJob(t, out)
	j.Jobs, j.Writers, j.Resume = 1, []Writer{Sheets{Drawing{Style: j.Style}}, Numbers{}}, true
	ctx, cancel := context.WithCancel(t.Context())
	f.before = func(run int) error {
		if run == 2 {
			cancel()
		}
		return nil
	}
	if _, err := j.Run(ctx, find(t, root), nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v, want context.Canceled", err)
	}
	data, err := os.ReadFile(filepath.Join(out, journalFile))
	if want := `{"writes":["2.png.first.gradcam.csv","2.png.first.gradcam.png"]}` + "\n"; err != nil || string(data) != want {
		t.Errorf("the journal holds %q, %v; want the files that no row lists", data, err)
	}
	f.before = nil
	mustRun(t, j, find(t, root))
	holds(t, out, "1.png.first.gradcam.csv", "1.png.first.gradcam.png", "2.png.first.gradcam.csv", "2.png.first.gradcam.png")
}

// The second writer's files are pictures, and the results lie among the pictures.
func TestResultsOfASecondWriterAreNotAnalysed(t *testing.T) {
	root := photos(t, "a.png", "sub/b.png")
	j, _ := newJob(t, root)
	j.Writers = []Writer{Numbers{}, stub{ext: ".map.png", data: photo}}
	for run := range 3 {
		if report := mustRun(t, j, find(t, root)); report.Total != 2 {
			t.Errorf("run %d: %d pictures, want 2", run, report.Total)
		}
	}
}

func TestWritersNeedExtensionsOfTheirOwn(t *testing.T) {
	for _, extensions := range [][]string{{""}, {".png", ".png"}, {".a,b"}, {".a b"}, {"/a"}} {
		j, f := newJob(t, t.TempDir())
		for _, e := range extensions {
			j.Writers = append(j.Writers, stub{ext: e})
		}
		if _, err := j.Run(t.Context(), find(t, photos(t, "a.png")), nil); err == nil || f.runs > 0 {
			t.Errorf("%q: error is %v after %d runs, want one before the first", extensions, err, f.runs)
		}
	}
}
