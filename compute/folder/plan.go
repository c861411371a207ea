package folder

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gaze/compute"
	"gaze/compute/output"
)

// task is one picture's part of a run.
type task struct {
	Entry
	// settings are what the files depend on besides the columns of the table.
	settings string
	// files has for each map the path that its files have, without the extensions.
	files []string
	// rows are the picture's lines in the table once it is done, one a map.
	rows []row
	err  error
}

// plan makes the tasks, without what an earlier run wrote, and gives those
// that need not run their rows.
func (j Job) plan(entries []Entry, book *ledger) ([]*task, error) {
	written := j.written(book)
	taken := make(output.Names)
	former := make(map[string]row)
	for _, r := range book.former {
		for _, file := range r.files() {
			former[file] = r
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
		for _, m := range j.Recipe.Maps() {
			t.files = append(t.files, j.file(taken, e.Rel, m))
		}
		if j.Resume {
			t.rows = j.resumed(t, former)
		}
		for _, file := range t.files {
			for _, w := range j.Writers {
				name := file + w.Extension()
				if e.Err == nil && !book.own[name] && book.exists(name) {
					foreign = append(foreign, book.path(name))
				}
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
// pictures: listed files, and whatever lies in Out, unless the pictures'
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

// file is the path of the files of a map in the folder of results, with slashes
// and without an extension: the picture's, then layer and method. The picture's
// extension stays, so that a.jpg and a.png do not meet.
func (j Job) file(taken output.Names, rel string, m compute.Outcome) string {
	dir, picture := path.Split(rel)
	method := m.Method.Name
	if how := j.Recipe.Refinements(); how != "" {
		method += "-" + how
	}
	return taken.Take(" (%d)", func(again string) string {
		return dir + output.MapFile{Picture: picture, Again: again, Layer: m.Layer, Method: method}.Name("")
	})
}

// settings describes the file and the job as far as the table's other columns
// do not.
func (j Job) settings(e Entry) string {
	class := "top"
	if j.Recipe.Class != compute.TopClass {
		class = strconv.Itoa(j.Recipe.Class)
	}
	s := fmt.Sprintf("class=%s colormap=%s opacity=%g", class, j.Style.Colormap, j.Style.Opacity)
	if how := j.Recipe.Refinements(); how != "" {
		s += " refined=" + how
	}
	if info, err := os.Stat(e.Path); err == nil {
		s += fmt.Sprintf(" bytes=%d modified=%s", info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
	}
	return s
}

// resumed returns the rows of an earlier run that t would write again, or nil
// if there is one that it would not.
func (j Job) resumed(t *task, former map[string]row) []row {
	var rows []row
	for i, m := range j.Recipe.Maps() {
		for _, w := range j.Writers {
			r, ok := former[t.files[i]+w.Extension()]
			same := r[colPath] == t.Path && r[colModel] == j.Explainer.Network().Name &&
				r[colLayer] == m.Layer && r[colMethod] == m.Method.Name && r.madeWith() == t.settings
			if !ok || !same || t.Err != nil {
				return nil
			}
			if !slices.Contains(rows, r) {
				rows = append(rows, r)
			}
		}
	}
	return rows
}
