package folder

import (
	"io/fs"
	"slices"

	"gaze/compute/output"
)

// Results is a folder with files that an earlier run wrote.
type Results struct {
	// Dir is the folder, and Files is the number of its files that look like pictures.
	Dir   string
	Files int
}

// leaveOut marks the files of earlier runs in a folder as seen, so that they are not
// taken for pictures. Whoever analyses pictures in that folder can: only what a run
// lists is left out.
func (f *finder) leaveOut(dir string, children []fs.DirEntry) {
	if !slices.ContainsFunc(children, func(c fs.DirEntry) bool { return c.Name() == RecordsFile || c.Name() == journalFile }) {
		return
	}
	l := newLedger(output.NewDir(dir))
	// What cannot be read lists nothing.
	_ = l.readManifest()
	for _, name := range []string{RecordsFile, journalFile} {
		if file, err := l.read(name, true); err == nil && file != nil {
			file.Close()
		}
	}
	found := Results{Dir: dir}
	for name := range l.files() {
		if !looksLikePicture(name) {
			continue
		}
		if key := l.place.Path(name); l.exists(name) && !f.mark(key) {
			found.Files++
		}
	}
	if found.Files > 0 {
		f.results = append(f.results, found)
	}
}

// files are all that earlier runs list.
func (l *ledger) files() map[string]bool {
	all := make(map[string]bool)
	for name := range l.owner {
		all[name] = true
	}
	for name := range l.whole {
		all[name] = true
	}
	for name := range l.orphans {
		all[name] = true
	}
	return all
}
