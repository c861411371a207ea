package folder

import (
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gaze/compute"
)

// What docs/adding.md quotes in "A writer of folder runs".
//
//quote:writer

// Numbers is the [Writer] of raw maps as tables of numbers, a line for each row of
// pixels.
type Numbers struct{}

// Name implements [Writer].
func (Numbers) Name() string { return "numbers" }

// Extension implements [Writer].
func (Numbers) Extension() string { return ".csv" }

// Write implements [Writer].
func (Numbers) Write(w io.Writer, _ *compute.Subject, e *compute.Explanation) error {
	table := csv.NewWriter(w)
	for row := range slices.Chunk(e.Map.Values, e.Map.Width) {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = float(v)
		}
		if err := table.Write(cells); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

//quote:end

func TestAddingAWriter(t *testing.T) {
	out := filepath.Join(t.TempDir(), "results")
	job, _ := newJob(t, out)
	//quote:writer-job
	job.Writers = []Writer{Sheets{Drawing{Style: job.Style}}, Numbers{}}
	//quote:end
	mustRun(t, job, find(t, photos(t, "mugs/a.png")))

	written, err := os.ReadFile(filepath.Join(out, "mugs", "a.png.first.gradcam.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != "-1,1\n" {
		t.Errorf("the table of a map of -1 and 1 holds %q", written)
	}
	want := []string{"mugs/a.png.first.gradcam.csv", "mugs/a.png.first.gradcam.png", ResultsFile}
	if got := tree(t, out); !slices.Equal(got, want) {
		t.Errorf("the run wrote %v, not %v", got, want)
	}
	if got := cells(table(t, out), colSheet); !slices.Equal(got, want[1:2]) {
		t.Errorf("the table of results lists %v, not the first writer's %v", got, want[1:2])
	}
}
