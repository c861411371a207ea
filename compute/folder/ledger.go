package folder

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"

	"gaze/compute/output"
)

const (
	// journalFile has a line for each picture that a run has done, until the run ends:
	// should the program be killed, nothing of it is lost. Other lines list files
	// before they are written, so that they are known to be the program's own.
	journalFile = ".results.unfinished"
	// lockFile is locked as long as a run is at work.
	lockFile = ".results.lock"
)

// syncEvery bounds what a failure of power can cost.
const syncEvery = 2 * time.Second

// ledger knows which files in a folder of results are the program's own, and what its
// runs know of each picture.
type ledger struct {
	place  Place
	unlock func()
	// former are the records of earlier runs, oldest first, and byPath their places in
	// that list.
	former []former
	byPath map[string][]int
	// owner says which of the former records lists a file.
	owner map[string]int
	// whole are the files of earlier runs that are of no single picture.
	whole map[string]File
	// orphans are files that killed runs announced and no record may list.
	orphans map[string]bool
	// dead are the killed runs, and begun the folders that they wrote into.
	dead  []string
	begun map[string]bool

	records, journal output.Source
	log              output.Log
	end              int64
	synced           time.Time
}

// former is a record of an earlier run.
type former struct {
	at       span
	path     string
	identity string
	keys     []mapKey
}

// span is where a record lies: in the journal or in the file of records.
type span struct {
	offset    int64
	size      int32
	inJournal bool
}

// head is what a ledger keeps in memory of a line.
type head struct {
	Path     Name   `json:"path"`
	Network  string `json:"network"`
	Settings string `json:"settings"`
	Maps     []struct {
		Layer   string `json:"layer"`
		Method  string `json:"method"`
		Refined string `json:"refined"`
		Files   []struct {
			Name Name `json:"name"`
		} `json:"files"`
	} `json:"maps"`
	// A journal's other lines have one of these.
	Run    string `json:"run"`
	Writes []Name `json:"writes"`
}

// identity tells what a record's maps depend on besides the picture's path.
func identity(network, settings string) string { return network + "\n" + settings }

// openLedger locks the place and reads what earlier runs left there.
func openLedger(place Place) (_ *ledger, err error) {
	if err := place.Make(); err != nil {
		return nil, fmt.Errorf("folder for results: %w", err)
	}
	l := newLedger(place)
	if l.unlock, err = place.Lock(lockFile); err != nil {
		return nil, fmt.Errorf("folder for results: %w", err)
	}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if err := l.readManifest(); err != nil {
		return nil, fmt.Errorf("read %s: %w; move it away or choose another folder for the results", place.Path(ManifestFile), err)
	}
	if l.records, err = l.read(RecordsFile, false); err != nil {
		return nil, fmt.Errorf("read %s: %w; move it away or choose another folder for the results", place.Path(RecordsFile), err)
	}
	if l.journal, err = l.read(journalFile, true); err != nil {
		return nil, fmt.Errorf("read %s: %w", place.Path(journalFile), err)
	}
	l.clean()
	return l, nil
}

func newLedger(place Place) *ledger {
	return &ledger{
		place: place, byPath: make(map[string][]int), owner: make(map[string]int), whole: make(map[string]File),
		orphans: make(map[string]bool), begun: make(map[string]bool),
	}
}

// read takes in the lines of a file and returns the file, or nil if it is not there.
func (l *ledger) read(name string, journal bool) (output.Source, error) {
	file, err := l.place.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	n, at := 0, int64(0)
	lines := bufio.NewReaderSize(io.NewSectionReader(file, 0, 1<<62), 1<<18)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				return file, nil
			}
			file.Close()
			return nil, err
		}
		n++
		if err := l.take(line, span{at, int32(len(line)), journal}); err != nil && !journal {
			file.Close()
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		at += int64(len(line))
	}
}

// errNoRecord is why a file is not one of the program's.
var errNoRecord = errors.New("it was not written by a run of this program")

// take takes in a line. A journal's last line may be cut short: nothing that depends
// on it was done yet.
func (l *ledger) take(line []byte, at span) error {
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		return errNoRecord
	}
	switch {
	case h.Run != "":
		l.dead = append(l.dead, h.Run)
	case h.Writes != nil:
		for _, name := range h.Writes {
			l.orphans[string(name)] = true
			l.begun[path.Dir(string(name))] = true
		}
	case h.Path != "" && h.Maps != nil:
		l.enter(h, at)
	default:
		return errNoRecord
	}
	return nil
}

func (l *ledger) enter(h head, at span) {
	f := former{at: at, path: string(h.Path), identity: identity(h.Network, h.Settings)}
	i := len(l.former)
	for _, m := range h.Maps {
		f.keys = append(f.keys, mapKey{m.Layer, m.Method, m.Refined})
		for _, file := range m.Files {
			l.owner[string(file.Name)] = i
			delete(l.orphans, string(file.Name))
		}
	}
	l.byPath[f.path] = append(l.byPath[f.path], i)
	l.former = append(l.former, f)
}

// clean removes what killed runs left where they had begun to write.
func (l *ledger) clean() {
	for _, run := range l.dead {
		l.place.Clean(".", run)
		for dir := range l.begun {
			l.place.Clean(dir, run)
		}
	}
}

// owns reports whether a file is an earlier run's.
func (l *ledger) owns(name string) bool {
	_, listed := l.owner[name]
	_, whole := l.whole[name]
	return listed || whole || l.orphans[name]
}

// exists reports whether anything has the name of a file.
func (l *ledger) exists(name string) bool {
	_, ok := l.place.Size(name)
	return ok
}

// find returns where the records of a picture with these settings are, the latest
// first.
func (l *ledger) find(path, identity string) []span {
	var at []span
	for _, i := range slices.Backward(l.byPath[path]) {
		if f := l.former[i]; f.identity == identity {
			at = append(at, f.at)
		}
	}
	return at
}

// load reads a record.
func (l *ledger) load(at span) (Record, error) {
	source, name := l.records, RecordsFile
	if at.inJournal {
		if source, name = l.journal, journalFile; l.log != nil {
			source = l.log
		}
	}
	line := make([]byte, at.size)
	var r Record
	_, err := source.ReadAt(line, at.offset)
	if err == nil || errors.Is(err, io.EOF) {
		err = json.Unmarshal(line, &r)
	}
	if err != nil {
		return Record{}, fmt.Errorf("read %s: %w", l.place.Path(name), err)
	}
	return r, nil
}

// begin opens the journal.
func (l *ledger) begin() error {
	var err error
	if l.journal != nil {
		l.journal.Close()
		l.journal = nil
	}
	if l.log, err = l.place.Append(journalFile); err != nil {
		return fmt.Errorf("folder for results: %w", err)
	}
	l.end, _ = l.place.Size(journalFile)
	l.synced = time.Now()
	// The empty line ends one that was cut short.
	_, err = l.append([]byte("\n"))
	if err == nil {
		err = l.note(head{Run: l.place.Run()})
	}
	return err
}

// note writes a line that is no record.
func (l *ledger) note(h head) error {
	var line any = struct {
		Run string `json:"run"`
	}{h.Run}
	if h.Run == "" {
		line = struct {
			Writes []Name `json:"writes"`
		}{h.Writes}
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = l.append(append(text, '\n'))
	return err
}

// announce notes that files are about to be written.
func (l *ledger) announce(files []Name) error {
	if len(files) == 0 {
		return nil
	}
	return l.note(head{Writes: files})
}

// add notes that a picture is done, and returns where.
func (l *ledger) add(r Record) (span, error) {
	line, err := encode(r)
	if err != nil {
		return span{}, fmt.Errorf("record of %s: %w", r.Path, err)
	}
	at := span{l.end, int32(len(line)), true}
	_, err = l.append(line)
	return at, err
}

// encode is the line of a record.
func encode(r Record) ([]byte, error) {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	err := enc.Encode(r)
	return line.Bytes(), err
}

func (l *ledger) append(line []byte) (int, error) {
	n, err := l.log.Write(line)
	l.end += int64(n)
	if err == nil && time.Since(l.synced) >= syncEvery {
		err = l.log.Sync()
		l.synced = time.Now()
	}
	if err != nil {
		return n, fmt.Errorf("folder for results: %w", err)
	}
	return n, nil
}

// close gives the folder back.
func (l *ledger) close() {
	for _, f := range []output.Source{l.records, l.journal, l.log} {
		if f != nil {
			f.Close()
		}
	}
	l.records, l.journal, l.log = nil, nil, nil
	if l.unlock != nil {
		l.unlock()
	}
}

// leftover returns what is still true of a former record once the given maps of the
// picture were made or tried again. written reports whether this run wrote a file. It
// reports false if nothing is.
func (l *ledger) leftover(i int, tried map[mapKey]bool, written func(string) bool) (Record, bool, error) {
	f := l.former[i]
	for _, k := range l.byPath[f.path] {
		if k > i {
			tried = union(tried, l.former[k].keys)
		}
	}
	r, err := l.load(f.at)
	if err != nil {
		return r, false, err
	}
	r.Maps = slices.DeleteFunc(r.Maps, func(m MapRecord) bool { return m.Status == StatusFailed && tried[m.key()] })
	for k := range r.Maps {
		m := &r.Maps[k]
		had := len(m.Files)
		m.Files = slices.DeleteFunc(m.Files, func(file File) bool {
			name := string(file.Name)
			return l.owner[name] != i || written(name) || !l.exists(name)
		})
		// A map without files of its own is a line of the table.
		if gone := had > 0 || tried[m.key()]; len(m.Files) == 0 && m.Status == StatusOK && gone {
			m.Status = ""
		}
	}
	r.Maps = slices.DeleteFunc(r.Maps, func(m MapRecord) bool { return m.Status == "" })
	return r, len(r.Maps) > 0, nil
}

func union(a map[mapKey]bool, b []mapKey) map[mapKey]bool {
	all := make(map[mapKey]bool, len(a)+len(b))
	for k := range a {
		all[k] = true
	}
	for _, k := range b {
		all[k] = true
	}
	return all
}
