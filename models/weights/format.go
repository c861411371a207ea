package weights

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gaze/models/internal/notnetwork"
	"gaze/models/internal/regular"
)

// format is a row of the table of formats: a way to keep parameters in a file.
type format struct {
	name string
	// extensions are the endings of such files, with the dot, in lower case.
	extensions []string
	// sniff reports whether a file that begins with head is one.
	sniff func(head []byte) bool
	// open finds out what a file of size bytes holds and reads no numbers. Memory
	// has to be bounded by size, whatever the file says of itself.
	open func(r io.ReaderAt, size int64) (*Contents, error)
}

type formats []format

// known is the table of formats. Each has a file of its own, which holds its row
// and its decoder. docs/adding.md tells how to add one.
func known() formats {
	return formats{safetensorsFormat(), pytorchFormat()}
}

// Extensions are those of the files that [Read] reads: safetensors, and what
// torch.save writes. Files with other extensions are read too where their first
// bytes are those of a known format.
func Extensions() []string { return known().extensions() }

// Read reads all parameters in a file. Errors name the file.
func Read(path string) (*Set, error) { return known().read(path) }

// File is an open file of weights. What it holds is known; its numbers are not
// read yet.
type File struct {
	Contents
	path string
	note string
	file *os.File
}

// Open finds out what a file of weights holds. The error names the file; for
// one that holds no parameters it is a [*KindError].
func Open(path string) (*File, error) { return known().openPath(path) }

// Inspect says what a file of weights holds, also where its parameters cannot be
// read. It reads no numbers.
func Inspect(path string) (*Contents, error) {
	f, err := known().look(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := f.Contents
	c.read = nil
	return &c, nil
}

// Load reads the parameters with these names, all of them where there are none.
func (f *File) Load(names ...string) (*Set, error) {
	set, err := f.Contents.load(names)
	if err != nil {
		return nil, fmt.Errorf("reading weights from %s%s: %w", f.path, f.note, err)
	}
	return set, nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

func (list formats) extensions() []string {
	var all []string
	for _, f := range list {
		all = append(all, f.extensions...)
	}
	return all
}

func (list formats) read(path string) (*Set, error) {
	f, err := list.openPath(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Load()
}

func (list formats) openPath(path string) (*File, error) {
	f, err := list.look(path)
	if err != nil {
		return nil, err
	}
	if f.refusal != nil {
		f.Close()
		return nil, fmt.Errorf("reading weights from %s%s: %w", path, f.note, f.refusal)
	}
	return f, nil
}

// look opens a file, whether its parameters can be read or not.
func (list formats) look(path string) (*File, error) {
	file, size, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading weights: %w", err)
	}
	f := &File{path: path, file: file}
	if err := f.contents(list, size); err != nil {
		file.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) contents(list formats, size int64) error {
	head, err := headOf(f.file)
	if err != nil {
		return fmt.Errorf("reading weights from %s: %w", f.path, err)
	}
	ext := strings.ToLower(filepath.Ext(f.path))
	named := slices.IndexFunc(list, func(row format) bool { return slices.Contains(row.extensions, ext) })
	row, ok := list.choose(named, head)
	switch {
	case ext == ".onnx":
		return fmt.Errorf("reading %s: an ONNX file is a whole network, not weights for another", f.path)
	case !ok:
		if err := notnetwork.Check(head); err != nil {
			return fmt.Errorf("reading %s: %w", f.path, err)
		}
		return fmt.Errorf("reading %s: weights are read from %s files, not from %q", f.path, strings.Join(list.extensions(), ", "), ext)
	case named < 0 || list[named].name != row.name:
		f.note = fmt.Sprintf(", a %s file by its first bytes", row.name)
	}
	if !row.sniff(head) {
		if err := notnetwork.Check(head); err != nil {
			return fmt.Errorf("reading weights from %s: %w", f.path, err)
		}
	}
	c, err := row.open(f.file, size)
	if err != nil {
		return fmt.Errorf("reading weights from %s%s: %w", f.path, f.note, err)
	}
	f.Contents = *c
	f.Format = row.name
	if base := filepath.Base(f.path); f.Architecture == "" && strings.HasPrefix(base, "tf_") {
		// timm's own files are called after the architecture.
		f.Architecture = base
	}
	return nil
}

// choose finds the format of a file that begins with head: the one that its
// extension names, unless only another one knows such a beginning. ok is false
// where neither the extension nor the beginning tells.
func (list formats) choose(named int, head []byte) (row format, ok bool) {
	if named >= 0 && list[named].sniff(head) {
		return list[named], true
	}
	for _, f := range list {
		if f.sniff(head) {
			return f, true
		}
	}
	if named < 0 {
		return format{}, false
	}
	return list[named], true
}

// headOf reads the first bytes of a file, as many as it takes to tell formats
// apart or as there are.
func headOf(r io.ReaderAt) ([]byte, error) {
	head := make([]byte, notnetwork.HeadBytes)
	n, err := r.ReadAt(head, 0)
	if err == io.EOF {
		err = nil
	}
	return head[:n], err
}
