package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gaze/compute/output"
)

// journalFile lists files that the table may lack: should the program be
// killed, they are still known to be its own.
const journalFile = ".results.unfinished"

// ledger knows which files in a folder of results are a former run's, and
// keeps the table.
type ledger struct {
	dir string
	// former are the table's rows about files that still exist, and failures.
	former []row
	// own are the files of these rows and of the journal.
	own map[string]bool
	// orphans are the journal's files, which no row may know of.
	orphans map[string]bool
	journal *os.File
}

// openLedger reads what an earlier run left in dir, if there was one.
func openLedger(dir string) (*ledger, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("folder for results: %s is not a folder", dir)
	}
	l := &ledger{dir: dir, own: make(map[string]bool), orphans: make(map[string]bool)}
	if err := l.readFormer(); err != nil {
		return nil, fmt.Errorf("read %s: %w; move it away or choose another folder for the results", l.path(ResultsFile), err)
	}
	unfinished, err := os.ReadFile(l.path(journalFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("folder for results: %w", err)
	}
	for line := range strings.Lines(string(unfinished)) {
		// Nothing was written yet for a line that was cut short.
		if file, err := strconv.Unquote(strings.TrimSpace(line)); err == nil {
			l.own[file], l.orphans[file] = true, true
		}
	}
	return l, nil
}

// begin makes the folder, if need be, and the journal in it.
func (l *ledger) begin() error {
	if err := os.MkdirAll(l.dir, 0o777); err != nil {
		return fmt.Errorf("folder for results: %w", err)
	}
	f, err := os.OpenFile(l.path(journalFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return fmt.Errorf("folder for results: %w", err)
	}
	// Ends a line that was cut short.
	if _, err := f.WriteString("\n"); err != nil {
		f.Close()
		return fmt.Errorf("folder for results: %w", err)
	}
	l.journal = f
	return nil
}

// end forgets the journal's files, but for those of killed runs that are in
// no row, if the table with these new rows was written.
func (l *ledger) end(rows []row, written bool) {
	l.journal.Close()
	if !written {
		return
	}
	for _, r := range l.merged(rows) {
		for _, file := range r.files() {
			delete(l.orphans, file)
		}
	}
	maps.DeleteFunc(l.orphans, func(file string, _ bool) bool { return !l.exists(file) })
	name := l.journal.Name()
	if len(l.orphans) == 0 {
		os.Remove(name)
		return
	}
	// What this run announced and did not write may be somebody else's by now.
	// If the shorter journal cannot be saved, the longer one stays.
	_ = output.Save(name, true, func(w io.Writer) error {
		for _, file := range slices.Sorted(maps.Keys(l.orphans)) {
			if _, err := fmt.Fprintln(w, strconv.Quote(file)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *ledger) readFormer() error {
	f, err := os.Open(l.path(ResultsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := readTable(f)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r[colStatus] == statusOK && !r.keepFiles(l.exists) {
			continue
		}
		for _, file := range r.files() {
			l.own[file] = true
		}
		l.former = append(l.former, r)
	}
	return nil
}

// path of a file in the folder, given with slashes.
func (l *ledger) path(name string) string { return filepath.Join(l.dir, filepath.FromSlash(name)) }

// exists reports whether anything has the name of a file; a name that leads
// out of the folder has nothing.
func (l *ledger) exists(file string) bool {
	if !filepath.IsLocal(filepath.FromSlash(file)) {
		return false
	}
	_, err := os.Lstat(l.path(file))
	return err == nil
}

// announce notes that a file is about to be written.
func (l *ledger) announce(file string) error {
	if _, err := l.journal.WriteString(strconv.Quote(file) + "\n"); err != nil {
		return fmt.Errorf("folder for results: %w", err)
	}
	return nil
}

// merged returns the former rows that are still true, then the new ones. A
// file that was not written anew keeps its row; an old failure is of no
// interest once the map was tried again.
func (l *ledger) merged(rows []row) []row {
	// These tell the maps of a picture apart, as their files' names do.
	type key struct{ path, layer, method, refined string }
	keyOf := func(r row) key { return key{r[colPath], r[colLayer], r[colMethod], r.refined()} }
	tried, written := make(map[key]bool), make(map[string]bool)
	for _, r := range rows {
		tried[keyOf(r)] = true
		for _, file := range r.files() {
			written[file] = true
		}
	}
	var all []row
	for _, r := range l.former {
		if r[colStatus] == statusOK && !r.keepFiles(func(file string) bool { return !written[file] }) {
			continue
		}
		if r[colStatus] == statusFailed && tried[keyOf(r)] {
			continue
		}
		all = append(all, r)
	}
	return append(all, rows...)
}

// write writes the table of the former and the new rows.
func (l *ledger) write(rows []row) error {
	all := l.merged(rows)
	return output.Save(l.path(ResultsFile), true, func(w io.Writer) error { return writeTable(w, all) })
}
