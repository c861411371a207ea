package folder

import (
	"encoding/csv"
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

	compute "gaze/compute/engine"
	"gaze/compute/heat"
)

// ResultsFile is the name of the table in Job.Out.
const ResultsFile = "results.csv"

// journalFile lists sheets that the table may lack: should the program be
// killed, they are still known to be its own.
const journalFile = ".results.unfinished"

// Statuses of a row.
const (
	statusOK     = "ok"
	statusFailed = "failed"
)

// row is one line of the table: a picture and one of the layers.
type row [numColumns]string

// column is an index into a row.
type column int

const (
	colPath column = iota
	colStatus
	colReason
	colModel
	colLayer
	colMethod
	colDevice
	colClass
	colLabel
	colLogit
	colProbability
	// colTop is the first of five labels, each with its probability after it.
	colTop
	colHeight = colTop + 10 + iota - 12
	colWidth
	colMin
	colMax
	colSum
	colSheet
	colDecode
	colNetwork
	colTotal
	colSettings
	numColumns
)

var header = row{
	"path", "status", "reason", "model", "layer", "method", "device",
	"class_index", "class_label", "logit", "probability",
	"top1_label", "top1_probability", "top2_label", "top2_probability", "top3_label", "top3_probability",
	"top4_label", "top4_probability", "top5_label", "top5_probability",
	"map_height", "map_width", "map_min", "map_max", "map_sum",
	"sheet", "seconds_decode", "seconds_network", "seconds_total", "settings",
}

// textual reports whether a column's cells come from outside: names and
// messages, not numbers.
func (c column) textual() bool {
	switch {
	case c >= colTop && c < colHeight:
		return (c-colTop)%2 == 0
	case c == colStatus:
		return false
	}
	return c <= colDevice || c == colLabel || c == colSheet || c == colSettings
}

// explain fills the columns about the network's answer.
func (r *row) explain(x *compute.Explanation) {
	r[colLayer], r[colMethod], r[colDevice] = x.Layer, x.Method.Name, x.Device
	r[colClass], r[colLabel] = strconv.Itoa(x.Class.Index), x.Class.Label
	r[colLogit], r[colProbability] = float(x.Class.Logit), float(x.Class.Probability)
	for i, s := range x.Top[:min(5, len(x.Top))] {
		r[colTop+column(2*i)], r[colTop+column(2*i)+1] = s.Label, float(s.Probability)
	}
	r[colHeight], r[colWidth] = strconv.Itoa(x.Map.Height), strconv.Itoa(x.Map.Width)
	lo, hi, sum := x.Map.Range()
	r[colMin], r[colMax] = float(float32(lo)), float(float32(hi))
	r[colSum] = strconv.FormatFloat(sum, 'g', -1, 64)
}

// float writes the shortest decimal that reads back as v.
func float(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }

// risky are the first characters that make spreadsheets run a cell's text as a
// formula, and the apostrophe, which is how they mark text.
const risky = "=+-@\t\r'"

// disarm makes text safe to open in a spreadsheet; arm undoes it.
func disarm(s string) string {
	if s != "" && strings.ContainsRune(risky, rune(s[0])) {
		return "'" + s
	}
	return s
}

func arm(s string) string { return strings.TrimPrefix(s, "'") }

// writeTable writes the table.
func writeTable(w io.Writer, rows []row) error {
	out := csv.NewWriter(w)
	if err := out.Write(header[:]); err != nil {
		return err
	}
	for _, r := range rows {
		for c := range r {
			if column(c).textual() {
				r[c] = disarm(r[c])
			}
		}
		if err := out.Write(r[:]); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// readTable reads what writeTable wrote.
func readTable(in io.Reader) ([]row, error) {
	records := csv.NewReader(in)
	records.FieldsPerRecord = int(numColumns)
	first, err := records.Read()
	if err != nil || !slices.Equal(first, header[:]) {
		return nil, errors.New("it was not written by this version of the program")
	}
	var rows []row
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		r := row(record)
		for c := range r {
			if column(c).textual() {
				r[c] = arm(r[c])
			}
		}
		rows = append(rows, r)
	}
}

// ledger knows which files in a folder of results are a former run's, and
// keeps the table.
type ledger struct {
	dir string
	// former are the table's rows about sheets that still exist, and failures.
	former []row
	own    map[string]bool
	// orphans are the journal's sheets, which no row may know of.
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
		if sheet, err := strconv.Unquote(strings.TrimSpace(line)); err == nil {
			l.own[sheet], l.orphans[sheet] = true, true
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

// end forgets the journal's sheets, but for those of killed runs that are in
// no row, if the table with these new rows was written.
func (l *ledger) end(rows []row, written bool) {
	l.journal.Close()
	if !written {
		return
	}
	for _, r := range l.merged(rows) {
		delete(l.orphans, r[colSheet])
	}
	maps.DeleteFunc(l.orphans, func(sheet string, _ bool) bool { return !l.exists(sheet) })
	name := l.journal.Name()
	if len(l.orphans) == 0 {
		os.Remove(name)
		return
	}
	// What this run announced and did not write may be somebody else's by now.
	// If the shorter journal cannot be saved, the longer one stays.
	_ = heat.Save(name, true, func(w io.Writer) error {
		for _, sheet := range slices.Sorted(maps.Keys(l.orphans)) {
			if _, err := fmt.Fprintln(w, strconv.Quote(sheet)); err != nil {
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
		if r[colStatus] == statusOK {
			if !l.exists(r[colSheet]) {
				continue
			}
			l.own[r[colSheet]] = true
		}
		l.former = append(l.former, r)
	}
	return nil
}

// path of a file in the folder, given with slashes.
func (l *ledger) path(name string) string { return filepath.Join(l.dir, filepath.FromSlash(name)) }

// exists reports whether anything has the name of a sheet; a name that leads
// out of the folder has nothing.
func (l *ledger) exists(sheet string) bool {
	if !filepath.IsLocal(filepath.FromSlash(sheet)) {
		return false
	}
	_, err := os.Lstat(l.path(sheet))
	return err == nil
}

// announce notes that a sheet is about to be written.
func (l *ledger) announce(sheet string) error {
	if _, err := l.journal.WriteString(strconv.Quote(sheet) + "\n"); err != nil {
		return fmt.Errorf("folder for results: %w", err)
	}
	return nil
}

// merged returns the former rows that are still true, then the new ones. A
// sheet that was not written anew keeps its row; an old failure is of no
// interest once the map was tried again.
func (l *ledger) merged(rows []row) []row {
	type key struct{ path, layer, method string }
	keyOf := func(r row) key { return key{r[colPath], r[colLayer], r[colMethod]} }
	tried, written := make(map[key]bool), make(map[string]bool)
	for _, r := range rows {
		tried[keyOf(r)] = true
		if r[colStatus] == statusOK {
			written[r[colSheet]] = true
		}
	}
	var all []row
	for _, r := range l.former {
		obsolete := written[r[colSheet]]
		if r[colStatus] == statusFailed {
			obsolete = tried[keyOf(r)]
		}
		if !obsolete {
			all = append(all, r)
		}
	}
	return append(all, rows...)
}

// write writes the table of the former and the new rows.
func (l *ledger) write(rows []row) error {
	all := l.merged(rows)
	return heat.Save(l.path(ResultsFile), true, func(w io.Writer) error { return writeTable(w, all) })
}
