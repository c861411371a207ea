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
	"gaze/compute/cam"
	"gaze/compute/output"
)

// task is one picture's part of a run.
type task struct {
	Entry
	// settings are what the files depend on besides the columns of the table.
	settings string
	// files has for each map the path that its files have, without the extensions.
	files []string
	// todo are the maps to make, by their place among those of the recipe: without
	// those that an earlier run made.
	todo []int
	// rows has for each map its lines in the table: those of an earlier run, and
	// those of this run once the picture is done.
	rows [][]row
	err  error
}

// partial reports whether some map of a failed picture was made.
func (t *task) partial() bool {
	return t.err != nil && slices.ContainsFunc(slices.Concat(t.rows...), func(r row) bool { return r[colStatus] == statusOK })
}

// plan makes the tasks, without what an earlier run wrote, and gives the maps
// that need not be made their rows.
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
		for i, m := range j.Recipe.Maps() {
			t.files = append(t.files, j.file(taken, e.Rel, m))
			var rows []row
			if j.Resume {
				rows = j.resumed(t, i, m, former)
			}
			if rows == nil {
				t.todo = append(t.todo, i)
			}
			t.rows = append(t.rows, rows)
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
	if how := j.Picture.String(); how != "" {
		s += " " + how
	}
	if how := j.Recipe.Refinements(); how != "" {
		s += refinedMark + how
	}
	if info, err := os.Stat(e.Path); err == nil {
		s += fmt.Sprintf(" bytes=%d modified=%s", info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
	}
	net := j.Explainer.Network()
	return s + fmt.Sprintf(" input=%q output=%q", net.Input, net.Output.Describe())
}

// resumed returns the rows of an earlier run that t would write again for its map
// i, or nil if there is a file of which it has none.
func (j Job) resumed(t *task, i int, m compute.Outcome, former map[string]row) []row {
	var rows []row
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
	return rows
}

// recipe makes the maps of todo, and no more than it has to beside them: they need
// not be the same methods at each layer.
func (j Job) recipe(todo []int) compute.Recipe {
	all, r := j.Recipe.Maps(), j.Recipe
	asked := func(is func(compute.Outcome) bool) bool {
		return slices.ContainsFunc(todo, func(i int) bool { return is(all[i]) })
	}
	r.Methods = slices.DeleteFunc(slices.Clone(r.Methods), func(m cam.Method) bool {
		return !asked(func(o compute.Outcome) bool { return o.Method.Name == m.Name })
	})
	// A fused map needs all layers.
	if r.Fusion == "" {
		r.Layers = slices.DeleteFunc(slices.Clone(r.Layers), func(layer string) bool {
			return !asked(func(o compute.Outcome) bool { return o.Layer == layer })
		})
	}
	return r
}

// pick returns of the outcomes of recipe(todo) those of todo.
func (j Job) pick(todo []int, outcomes []compute.Outcome) ([]compute.Outcome, error) {
	made, all := j.recipe(todo).Maps(), j.Recipe.Maps()
	if len(outcomes) != len(made) {
		return nil, fmt.Errorf("the network made %d maps of %d", len(outcomes), len(made))
	}
	var picked []compute.Outcome
	for _, i := range todo {
		k := slices.IndexFunc(made, func(o compute.Outcome) bool { return o.Layer == all[i].Layer && o.Method.Name == all[i].Method.Name })
		picked = append(picked, outcomes[k])
	}
	return picked, nil
}
