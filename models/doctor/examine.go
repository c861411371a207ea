package doctor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gaze/models"
	"gaze/models/internal/notnetwork"
	"gaze/models/internal/regular"
	"gaze/models/store"
)

// file is what is examined, and what was found of it so far.
type file struct {
	path string
	size int64
	head []byte
	// net is the network that was read, or err why there is none.
	net *models.Network
	err error
}

// examiner is a row of the table of formats.
type examiner struct {
	// fits reports whether the file is of this format.
	fits func(f *file) bool
	// examine says what the file is and adds what it says of itself and what cannot be
	// read of it. It may run after the network was read, or could not be.
	examine func(f *file, r *Report)
	// opens is set where the store reads such files.
	opens bool
}

// examiners is the table of formats, each in a file of its own. The first that fits
// counts.
func examiners() []examiner {
	return []examiner{strangers(), onnxFiles(), kerasFiles(), weightFiles(), foreignFiles()}
}

// Examine says what the file at path is and what Gaze makes of it with the options.
// The error is that of a file that cannot be opened at all.
func Examine(path string, opt store.Options) (Report, error) {
	r := Report{Path: path}
	info, err := os.Stat(path)
	if err != nil {
		return r, fmt.Errorf("examining: %w", err)
	}
	if info.IsDir() {
		examineFolder(path, &r)
		return r, nil
	}
	f := &file{path: path}
	if err := f.open(); err != nil {
		return r, err
	}
	for _, e := range examiners() {
		if !e.fits(f) {
			continue
		}
		if e.opens {
			f.net, f.err = store.New("").Open(asPath(path), opt)
		}
		e.examine(f, &r)
		break
	}
	r.Readable = f.net != nil
	if f.net != nil {
		r.put(understood(f.net))
		r.put(remarks(f.net))
		r.put(guessed(f.net))
	}
	r.put(next(f))
	return r, nil
}

// asPath makes sure that the store takes a name for a file and not for a network.
func asPath(path string) string {
	if strings.ContainsRune(path, filepath.Separator) {
		return path
	}
	return "." + string(filepath.Separator) + path
}

// open reads the first bytes.
func (f *file) open() error {
	in, size, err := regular.Open(f.path)
	if err != nil {
		return fmt.Errorf("examining: %w", err)
	}
	defer in.Close()
	f.size = size
	f.head = make([]byte, min(size, notnetwork.HeadBytes))
	if _, err := in.ReadAt(f.head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("examining %s: %w", f.path, err)
	}
	return nil
}

func (f *file) extension() string { return strings.ToLower(filepath.Ext(f.path)) }

// next says what to do.
func next(f *file) Section {
	s := Section{Heading: say("What to do")}
	switch {
	case f.net != nil && f.net.DefaultLayer() != "":
		s.add(Phrase{}, say("See what the network sees: gazectl see --model {path} PICTURE --out DIR", "path", quoted(f.path)))
		s.add(Phrase{}, say("Explain pictures: gazectl explain --model {path} PICTURE --out DIR", "path", quoted(f.path)))
	case f.net != nil:
		s.add(Phrase{}, say("Export the network from a layer before its pictures become lists of numbers; docs/export.md tells how."))
	}
	return s
}

// quoted is a path as a shell takes it.
func quoted(path string) string {
	if strings.ContainsAny(path, " '\"$&()*;<>?[]\\`{|}~#!\t") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// bytesOf writes a file's size.
func bytesOf(n int64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}
