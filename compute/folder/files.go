package folder

import (
	"slices"
	"strings"
)

// writersMark begins the end of a row's settings that lists the extensions of the
// row's files, the one in the column sheet first. A row with one file has no list,
// so the table of a single writer stays as it always was.
const writersMark = " writers="

// refinedMark begins the part of a row's settings that says what was done beside
// the plain map.
const refinedMark = " refined="

// files are the paths of the files of a row, which other functions ask to tell the
// program's own files from others. A failed row has none.
func (r row) files() []string {
	if r[colStatus] != statusOK {
		return nil
	}
	stem, extensions := r.parts()
	for i, e := range extensions {
		extensions[i] = stem + e
	}
	return extensions
}

// parts are what the row's files have in common, and what follows it in each.
func (r row) parts() (stem string, extensions []string) {
	_, list, several := strings.Cut(r[colSettings], writersMark)
	extensions = strings.Split(list, ",")
	stem, fits := strings.CutSuffix(r[colSheet], extensions[0])
	if !several || !fits {
		return r[colSheet], []string{""}
	}
	return stem, extensions
}

// setFiles lists the row's files, at least one.
func (r *row) setFiles(stem string, extensions []string) {
	r[colSheet] = stem + extensions[0]
	r[colSettings] = r.madeWith()
	if len(extensions) > 1 {
		r[colSettings] += writersMark + strings.Join(extensions, ",")
	}
}

// keepFiles leaves the files that keep accepts in the row. It reports false if
// there is none.
func (r *row) keepFiles(keep func(file string) bool) bool {
	stem, extensions := r.parts()
	extensions = slices.DeleteFunc(extensions, func(e string) bool { return !keep(stem + e) })
	if len(extensions) == 0 {
		return false
	}
	r.setFiles(stem, extensions)
	return true
}

// madeWith is what [Job.settings] returned for the row's files.
func (r row) madeWith() string {
	settings, _, _ := strings.Cut(r[colSettings], writersMark)
	return settings
}

// refined says what was done beside the plain map, as the name of the row's files
// does; empty for nothing.
func (r row) refined() string {
	_, rest, _ := strings.Cut(r[colSettings], refinedMark)
	how, _, _ := strings.Cut(rest, " ")
	return how
}
