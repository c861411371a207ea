package folder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/heat"
)

// Job says how pictures are to be explained, and where the results go.
type Job struct {
	Explainer Explainer
	// Layers to explain; none means the network's default layer.
	Layers []string
	Method cam.Method
	// Class is the index of the class to explain in every picture, or
	// compute.TopClass for the most probable one in each.
	Class int
	// Colormap and Opacity (0..1) of the sheets.
	Colormap heat.Colormap
	Opacity  float64
	// Out is the folder for sheets and the table, made if need be. It may lie
	// in the folder that is analysed: what lies in it is not analysed.
	Out string
	// Jobs is how many pictures are decoded ahead of the network, and how many
	// sheets are drawn behind it, at the same time; 0 means 2, and with an
	// Explainer that leaves the cores free, which one of batches does, one for
	// each core up to 8. No more than 2*Jobs+1 pictures and those that the
	// network is run on are in memory at once.
	Jobs int
	// Resume skips the pictures whose sheets are there and were made from the
	// same file with the same settings.
	Resume bool
	// Each, which may be nil, is called with every picture that this run did,
	// in the order they are done and never twice at the same time. Its error
	// stops the run.
	Each func(Result) error
}

// Result is what a run found of one picture.
type Result struct {
	Entry
	// Explanations and the paths of their Sheets, one for each of the job's
	// layers; none with Failure.
	Explanations []*compute.Explanation
	Sheets       []string
	// Failure is why the picture could not be explained, or nil.
	Failure error
	// Decode and Network are the times that each took, Network the picture's
	// share where several were run at once; Total has those of drawing and
	// writing the sheets as well.
	Decode, Network, Total time.Duration
}

// Report is what a run did. Pictures that a cancelled run did not get to are
// in none of its numbers but Total.
type Report struct {
	// Done pictures of Total; Failed and Resumed are among the done: those
	// that could not be explained, and those an earlier run had explained.
	Done, Failed, Resumed, Total int
	// Failures are the failed pictures in their order.
	Failures []Failure
	// Results is the path of the table.
	Results string
	Elapsed time.Duration
}

// Failure is a picture that could not be explained, and why.
type Failure struct {
	Path string
	Err  error
}

// Run explains the pictures in their order and writes into Job.Out a
// sheet for each picture and layer, in folders like the pictures', and the
// table [ResultsFile] with a row for each of them.
//
// A picture that fails gets its row and does not stop the others. Sheets of an
// earlier run, which are those in the table, are replaced; if a sheet would
// take the place of any other file, Run refuses before it writes anything.
// It stops at once when a sheet cannot be written. However it ends, also by
// ctx, whose error it then returns, the table lists what there is and the
// Report counts what was done.
//
// progress, which may be nil, is called once at the beginning and after each
// picture, never twice at the same time.
func (j Job) Run(ctx context.Context, entries []Entry, progress func(Progress)) (Report, error) {
	if err := j.complete(); err != nil {
		return Report{}, err
	}
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	book, err := openLedger(j.Out)
	if err != nil {
		return Report{}, err
	}
	tasks, err := j.plan(entries, book)
	if err != nil {
		return Report{}, err
	}
	if err := book.begin(); err != nil {
		return Report{}, err
	}

	r := newRun(j, book, tasks, progress)
	err = r.pictures(ctx)
	rows := r.rows()
	tableErr := book.write(rows)
	book.end(rows, tableErr == nil)
	if err != nil && tableErr != nil {
		// A full disk fails both, and the first says it.
		return r.report(), fmt.Errorf("%w; %s could not be brought up to date", err, book.path(ResultsFile))
	}
	return r.report(), errors.Join(err, tableErr)
}

// complete fills in defaults and reports what no picture could be explained
// with.
func (j *Job) complete() error {
	net := j.Explainer.Network()
	if len(j.Layers) == 0 {
		j.Layers = []string{net.DefaultLayer()}
	}
	for i, name := range j.Layers {
		l, ok := net.Layer(name)
		switch {
		case !ok:
			return fmt.Errorf("network %s has no layer %q", net.Name, name)
		case !l.Spatial():
			return fmt.Errorf("network %s: layer %s has no extent in space, there is no map of it", net.Name, name)
		case slices.Contains(j.Layers[:i], name):
			return fmt.Errorf("layer %s is asked for twice", name)
		}
	}
	if j.Class != compute.TopClass && (j.Class < 0 || j.Class >= net.Classes()) {
		return fmt.Errorf("network %s: class %d is not between 0 and %d", net.Name, j.Class, net.Classes()-1)
	}
	if j.Out == "" {
		return errors.New("no folder for the results is given")
	}
	if j.Jobs < 1 {
		j.Jobs = 2
		if j.Explainer.Batch() > 1 {
			j.Jobs = max(2, min(runtime.GOMAXPROCS(0), 8))
		}
	}
	return nil
}

// task is one picture's part of a run.
type task struct {
	Entry
	// settings are what the sheets depend on besides the columns of the table.
	settings string
	// sheets has a path for each of the job's layers.
	sheets []string
	// rows are the picture's lines in the table once it is done, one a layer.
	rows []row
	err  error
}

// plan makes the tasks, without what an earlier run wrote, and gives those
// that need not run their rows.
func (j Job) plan(entries []Entry, book *ledger) ([]*task, error) {
	written := j.written(book)
	taken := make(names)
	former := make(map[string]row)
	for _, r := range book.former {
		if r[colStatus] == statusOK {
			former[r[colSheet]] = r
		}
	}
	var tasks []*task
	var foreign []string
	for _, e := range entries {
		if written(e) {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(e.Rel)) {
			e.Rel = filepath.Base(e.Path)
		}
		t := &task{Entry: e, settings: j.settings(e)}
		for _, layer := range j.Layers {
			t.sheets = append(t.sheets, taken.sheet(e.Rel, layer, j.Method.Name))
		}
		if j.Resume {
			t.rows = j.resumed(t, former)
		}
		for _, sheet := range t.sheets {
			if e.Err == nil && !book.own[sheet] && book.exists(sheet) {
				foreign = append(foreign, book.path(sheet))
			}
		}
		tasks = append(tasks, t)
	}
	if len(foreign) > 0 {
		more := ""
		if n := len(foreign) - 1; n > 0 {
			more = fmt.Sprintf(" and %d more like it", n)
		}
		return nil, fmt.Errorf("%s exists%s and %s does not list it: nothing was written; move it away or choose another folder for the results", foreign[0], more, ResultsFile)
	}
	return tasks, nil
}

// written returns a function that tells the results of earlier runs from
// pictures: listed sheets, and whatever lies in Out, unless the pictures'
// folder is Out itself or in it.
func (j Job) written(book *ledger) func(Entry) bool {
	out := resolved(j.Out)
	return func(e Entry) bool {
		rel, inside := within(out, resolved(e.Path))
		if !inside {
			return false
		}
		if book.own[filepath.ToSlash(rel)] {
			return true
		}
		root := strings.TrimSuffix(e.Path, filepath.FromSlash(e.Rel))
		if root == "" {
			root = "."
		}
		_, rooted := within(out, resolved(root))
		return !rooted
	}
}

// resolved is the absolute path that links in name lead to, as far as it can
// be told.
func resolved(name string) string {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	return name
}

// within reports whether name is dir or in it, and its path there.
func within(dir, name string) (rel string, inside bool) {
	rel, err := filepath.Rel(dir, name)
	return rel, err == nil && filepath.IsLocal(rel)
}

// settings describes the file and the job as far as the table's other columns
// do not.
func (j Job) settings(e Entry) string {
	class := "top"
	if j.Class != compute.TopClass {
		class = strconv.Itoa(j.Class)
	}
	s := fmt.Sprintf("class=%s colormap=%s opacity=%g", class, j.Colormap, j.Opacity)
	if info, err := os.Stat(e.Path); err == nil {
		s += fmt.Sprintf(" bytes=%d modified=%s", info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
	}
	return s
}

// resumed returns the rows of an earlier run that t would write again, or nil
// if there is one that it would not.
func (j Job) resumed(t *task, former map[string]row) []row {
	var rows []row
	for i, sheet := range t.sheets {
		r, ok := former[sheet]
		same := r[colPath] == t.Path && r[colModel] == j.Explainer.Network().Name &&
			r[colLayer] == j.Layers[i] && r[colMethod] == j.Method.Name && r[colSettings] == t.settings
		if !ok || !same || t.Err != nil {
			return nil
		}
		rows = append(rows, r)
	}
	return rows
}
