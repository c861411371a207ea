package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"

	"gaze/compute"
	"gaze/models"
)

// end brings the place up to date with what the run has done: the file of records, the
// table, what finishers make, and the manifest. Then the journal is no longer needed.
// Only a run that was not cut short is finished.
func (r *run) end(ctx context.Context, cut bool) error {
	others, err := r.settle()
	if err != nil {
		return err
	}
	if r.Table && r.Shard.Of == 0 {
		if err := r.put("table")(ResultsFile, func(w io.Writer) error { return writeTable(w, r.all(others)) }); err != nil {
			return err
		}
	}
	for _, f := range r.Finishers {
		if cut || r.Shard.Of > 0 {
			break
		}
		if err := f.Finish(ctx, r.records(), r.put(f.Name())); err != nil {
			return err
		}
	}
	if err := r.manifest(others); err != nil {
		return err
	}
	return r.book.forget()
}

// settle writes the file of records, those of other runs first, and returns where
// these are. The run's own are then in it, too, and no longer in the journal.
func (r *run) settle() ([]span, error) {
	leftovers, err := r.leftovers()
	if err != nil {
		return nil, err
	}
	common, err := r.common()
	if err != nil {
		return nil, err
	}
	var others, own []span
	var at int64
	err = r.put("records")(RecordsFile, func(w io.Writer) error {
		write := func(rec Record) (span, error) {
			line, err := encode(rec)
			if err == nil {
				_, err = w.Write(line)
			}
			here := span{offset: at, size: int32(len(line))}
			at += int64(len(line))
			return here, err
		}
		for rec, err := range leftovers {
			if err != nil {
				return err
			}
			here, err := write(rec)
			if err != nil {
				return err
			}
			others = append(others, here)
		}
		for rec, err := range r.records() {
			if err != nil {
				return err
			}
			rec.Common = nil
			if rec.Status != StatusFailed {
				rec.Common = common
			}
			here, err := write(rec)
			if err != nil {
				return err
			}
			own = append(own, here)
		}
		// Some systems cannot replace a file that is open.
		if r.book.records != nil {
			err := r.book.records.Close()
			r.book.records = nil
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if r.book.records, err = r.book.place.Open(RecordsFile); err != nil {
		return nil, fmt.Errorf("folder for results: %w", err)
	}
	for _, t := range r.tasks {
		if t.record.size > 0 {
			t.record, own = own[0], own[1:]
		}
	}
	return others, nil
}

// leftovers are the records of other runs as far as they are still true.
func (r *run) leftovers() (iter.Seq2[Record, error], error) {
	mine := make(map[int]*task)
	tasks := make(map[string]*task)
	for _, t := range r.tasks {
		if t.record.size > 0 {
			tasks[t.Path] = t
		}
	}
	for i, f := range r.book.former {
		if t := tasks[f.path]; t != nil {
			mine[i] = t
		}
	}
	written := make(map[string]bool)
	if len(r.book.owner)+len(r.book.orphans) > 0 {
		for rec, err := range r.records() {
			if err != nil {
				return nil, err
			}
			for _, m := range rec.Maps {
				for _, f := range m.Files {
					delete(r.book.orphans, string(f.Name))
					if _, former := r.book.owner[string(f.Name)]; former {
						written[string(f.Name)] = true
					}
				}
			}
		}
	}
	return func(yield func(Record, error) bool) {
		for i := range r.book.former {
			tried := make(map[mapKey]bool)
			if t := mine[i]; t != nil && t.replaces == r.book.former[i].identity {
				continue
			} else if t != nil {
				for k, m := range r.Recipe.Maps() {
					if t.done || !slices.Contains(t.todo, k) {
						tried[r.key(m)] = true
					}
				}
			}
			rec, valid, err := r.book.leftover(i, tried, func(name string) bool { return written[name] })
			if err == nil && !valid {
				continue
			}
			if !yield(rec, err) {
				return
			}
		}
	}, nil
}

// records gives the records of the run's pictures in their order, those that an
// earlier run made among them.
func (r *run) records() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, t := range r.tasks {
			if t.record.size == 0 {
				continue
			}
			rec, err := r.book.load(t.record)
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// all gives the records of other runs and then those of this one.
func (r *run) all(others []span) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, at := range others {
			rec, err := r.book.load(at)
			if !yield(rec, err) || err != nil {
				return
			}
		}
		r.records()(yield)
	}
}

// common is what the run's pictures raise together, in their order, so that a run in
// parts says what a run in one piece does.
func (r *run) common() ([]string, error) {
	var watch compute.Watch
	for rec, err := range r.records() {
		if err != nil {
			return nil, err
		}
		if rec.Status != StatusFailed {
			watch.See(&compute.Explanation{Top: rec.Top})
		}
		if watch.Decided() {
			break
		}
	}
	r.doubts = watch.Doubts()
	return texts(r.doubts), nil
}

func texts(doubts []models.Doubt) []string {
	var list []string
	for _, d := range doubts {
		list = append(list, d.String())
	}
	return list
}

// put writes a file of the whole run.
func (r *run) put(kind string) Put {
	return func(name string, write func(io.Writer) error) error {
		if err := r.announce([]Name{Name(name)}); err != nil {
			return err
		}
		overwrite := r.book.owns(name) || name == RecordsFile || name == ResultsFile
		var d *digester
		err := r.book.place.Put(name, overwrite, func(w io.Writer) error {
			d = newDigester(w)
			return write(d)
		})
		if err == nil {
			r.book.whole[name] = d.file(kind, name)
		}
		return err
	}
}

// manifest writes the manifest, with files that earlier runs made of whole runs and
// that are still there.
func (r *run) manifest(others []span) error {
	maps.DeleteFunc(r.book.whole, func(name string, _ File) bool { return name != ManifestFile && !r.book.exists(name) })
	if err := r.announce([]Name{ManifestFile}); err != nil {
		return err
	}
	return r.book.place.Put(ManifestFile, r.book.owns(ManifestFile), func(w io.Writer) error {
		return writeManifest(w, r.book.whole, r.all(others))
	})
}

// forget drops the journal, but for files of killed runs that are in no record: what
// this run announced and did not write may be somebody else's by now.
func (l *ledger) forget() error {
	maps.DeleteFunc(l.orphans, func(name string, _ bool) bool {
		_, whole := l.whole[name]
		return whole || name == ManifestFile || !l.exists(name)
	})
	l.log.Close()
	l.log = nil
	if err := l.place.Remove(journalFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder for results: %w", err)
	}
	if len(l.orphans) == 0 {
		return nil
	}
	log, err := l.place.Append(journalFile)
	if err != nil {
		return fmt.Errorf("folder for results: %w", err)
	}
	l.log = log
	var names []Name
	for _, name := range slices.Sorted(maps.Keys(l.orphans)) {
		names = append(names, Name(name))
	}
	return l.announce(names)
}
