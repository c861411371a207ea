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
	// settings are what the files depend on besides the network, the layer and the
	// method.
	settings string
	// files has for each map the path that its files have, without the extensions.
	files []string
	// todo are the maps to make, by their place among those of the recipe: without
	// those that an earlier run made.
	todo []int
	// replaces is the identity of an earlier run's record that this one's takes the place
	// of with all its maps; empty where maps are compared one by one.
	replaces string
	// record is where the picture's record is, that of an earlier run until this one is
	// done with the picture; its size is 0 where there is none.
	record span
	done   bool
	// partial is set where some map failed and another is there.
	partial bool
	err     error
}

// plan makes the tasks, without what an earlier run wrote.
func (j Job) plan(entries []Entry, book *ledger) ([]*task, error) {
	written := j.written(book)
	taken := make(output.Names)
	var tasks []*task
	var foreign []string
	if j.Table && book.exists(ResultsFile) && !book.owns(ResultsFile) {
		foreign = append(foreign, book.place.Path(ResultsFile))
	}
	entries = slices.DeleteFunc(slices.Clone(entries), written)
	mine, err := j.own(entries)
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		if !filepath.IsLocal(filepath.FromSlash(e.Rel)) {
			e.Rel = filepath.Base(e.Path)
		}
		t := &task{Entry: e, settings: j.settings(e)}
		for _, m := range j.Recipe.Maps() {
			t.files = append(t.files, j.file(taken, e.Rel, m))
		}
		// Files are called as those of a run in one piece.
		if mine != nil && !mine[i] {
			continue
		}
		if err := j.resume(t, book); err != nil {
			return nil, err
		}
		for _, file := range t.files {
			for _, w := range j.Writers {
				name := file + w.Extension()
				if e.Err == nil && !book.owns(name) && book.exists(name) {
					foreign = append(foreign, book.place.Path(name))
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
		return nil, fmt.Errorf("%s exists%s and no earlier run lists it: nothing was written; move it away or choose another folder for the results", foreign[0], more)
	}
	return tasks, nil
}

// own tells which entries are those of the job's shard; nil for all.
func (j Job) own(entries []Entry) ([]bool, error) {
	if j.Shard.Of == 0 {
		return nil, nil
	}
	out := resolved(j.Out)
	for _, e := range entries {
		if _, inside := within(out, resolved(e.Path)); inside && j.Out != "" {
			return nil, fmt.Errorf("%s is in the folder of the results, where shards cannot tell it from what the others write; choose another folder", e.Path)
		}
	}
	return j.share(entries)
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
		if book.owns(filepath.ToSlash(rel)) {
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
		s += " refined=" + how
	}
	if info, err := os.Stat(e.Path); err == nil {
		s += fmt.Sprintf(" bytes=%d modified=%s", info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
	}
	net := j.Explainer.Network()
	return s + fmt.Sprintf(" input=%q output=%q", net.Input, net.Output.Describe())
}

// resume finds out which maps earlier runs made as t would make them.
func (j Job) resume(t *task, book *ledger) error {
	var former []Record
	var at []span
	if j.Resume && t.Err == nil {
		at = book.find(t.Path, j.identity(t))
	}
	for _, where := range at {
		r, err := book.load(where)
		if err != nil {
			return err
		}
		former = append(former, r)
	}
	maps := j.Recipe.Maps()
	for i, m := range maps {
		if _, ok := j.carried(former, m, t.files[i], book); !ok {
			t.todo = append(t.todo, i)
		}
	}
	// The latest record is the picture's if it has these maps and no other.
	if len(t.todo) == 0 && slices.EqualFunc(maps, former[0].Maps, func(m compute.Outcome, f MapRecord) bool { return j.key(m) == f.key() }) {
		t.record = at[0]
	}
	return nil
}

// key tells the maps of the recipe apart.
func (j Job) key(m compute.Outcome) mapKey {
	return mapKey{m.Layer, m.Method.Name, j.Recipe.Refinements()}
}

func (j Job) identity(t *task) string { return identity(j.Explainer.Network().Name, t.settings) }

// carried returns a map that an earlier run made, from the first record that has it.
func (j Job) carried(former []Record, m compute.Outcome, stem string, book *ledger) (MapRecord, bool) {
	for _, r := range former {
		if f := r.find(j.key(m)); f != nil && f.Status == StatusOK && f.Error == "" && j.kept(*f, stem, book) {
			return *f, true
		}
	}
	return MapRecord{}, false
}

// carry notes the maps of earlier runs that are this run's too, where they lie in
// several records or among others.
func (j Job) carry(t *task, book *ledger) error {
	maps := j.Recipe.Maps()
	if t.record.size > 0 || len(t.todo) == len(maps) {
		return nil
	}
	var former []Record
	for _, at := range book.find(t.Path, j.identity(t)) {
		r, err := book.load(at)
		if err != nil {
			return err
		}
		former = append(former, r)
	}
	rec := former[0]
	rec.Maps, rec.Error = nil, ""
	for i, m := range maps {
		if f, ok := j.carried(former, m, t.files[i], book); ok && !slices.Contains(t.todo, i) {
			rec.Maps = append(rec.Maps, f)
		}
	}
	rec.judge()
	at, err := book.add(rec)
	t.record = at
	return err
}

// kept reports whether all files of a map are there as this run would write them.
func (j Job) kept(m MapRecord, stem string, book *ledger) bool {
	for _, w := range j.Writers {
		f, ok := m.file(w.Name())
		if !ok || string(f.Name) != stem+w.Extension() || f.Settings != settingsOf(w) {
			return false
		}
		if size, there := book.place.Size(string(f.Name)); !there || size != f.Bytes {
			return false
		}
	}
	return true
}

// settingsOf is what the files of a writer depend on, if it says so.
func settingsOf(w Writer) string {
	if s, ok := w.(interface{ Settings() string }); ok {
		return s.Settings()
	}
	return ""
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
