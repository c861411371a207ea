package folder

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
)

// ManifestFile is the name of the file in Job.Out that is written last. It lists all
// other files of the runs with their digests: first those of whole runs, then those of
// single maps.
const ManifestFile = "manifest.json"

// manifestMark begins every manifest.
const manifestMark = `{"format":"gaze results","version":1,"run":[`

// readManifest learns which files are of whole runs.
func (l *ledger) readManifest() error {
	file, err := l.place.Open(ManifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	in := bufio.NewReader(io.NewSectionReader(file, 0, 1<<62))
	mark := make([]byte, len(manifestMark))
	if _, err := io.ReadFull(in, mark); err != nil || string(mark) != manifestMark {
		return errNoRecord
	}
	files := json.NewDecoder(io.MultiReader(strings.NewReader("["), in))
	if _, err := files.Token(); err != nil {
		return errNoRecord
	}
	for files.More() {
		var f File
		if err := files.Decode(&f); err != nil {
			return errNoRecord
		}
		l.whole[string(f.Name)] = f
	}
	l.whole[ManifestFile] = File{Kind: "manifest", Name: ManifestFile}
	return nil
}

// writeManifest lists the files of records and those of whole runs.
func writeManifest(w io.Writer, whole map[string]File, records iter.Seq2[Record, error]) error {
	first := true
	list := func(f File) error {
		line, err := json.Marshal(f)
		if err == nil {
			separator := ",\n"
			if first {
				separator = "\n"
			}
			first = false
			_, err = fmt.Fprintf(w, "%s%s", separator, line)
		}
		return err
	}
	if _, err := io.WriteString(w, manifestMark); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(whole)) {
		if name == ManifestFile {
			continue
		}
		if err := list(whole[name]); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(w, "\n],\"maps\":["); err != nil {
		return err
	}
	first = true
	for r, err := range records {
		if err != nil {
			return err
		}
		for _, m := range r.Maps {
			for _, f := range m.Files {
				if err := list(f); err != nil {
					return err
				}
			}
		}
	}
	_, err := io.WriteString(w, "\n]}\n")
	return err
}

// digester counts and digests what is written through it.
type digester struct {
	to    io.Writer
	bytes int64
	sum   hash.Hash
}

func newDigester(to io.Writer) *digester { return &digester{to: to, sum: sha256.New()} }

func (d *digester) Write(p []byte) (int, error) {
	n, err := d.to.Write(p)
	d.bytes += int64(n)
	d.sum.Write(p[:n])
	return n, err
}

func (d *digester) file(kind, name string) File {
	return File{Kind: kind, Name: Name(name), Bytes: d.bytes, SHA256: hex.EncodeToString(d.sum.Sum(nil))}
}
