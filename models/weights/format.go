package weights

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gaze/models/internal/regular"
)

// format is a row of the table of formats: a way to keep parameters in a file.
type format struct {
	name string
	// extensions are the endings of such files, with the dot, in lower case.
	extensions []string
	// sniff reports whether a file that begins with head is one.
	sniff func(head []byte) bool
	// decode reads a file of size bytes. Memory has to be bounded by size, whatever
	// the file says of itself.
	decode func(r io.ReaderAt, size int64) (*Set, error)
}

type formats []format

// known is the table of formats. Each has a file of its own, which holds its row
// and its decoder. docs/adding.md tells how to add one.
func known() formats {
	return formats{safetensorsFormat(), pytorchFormat()}
}

// Extensions are those of the files that [Read] reads: safetensors, and state
// dicts of PyTorch.
func Extensions() []string { return known().extensions() }

// Read reads the parameters in a file. The extension must be one of
// [Extensions]. Errors name the file.
func Read(path string) (*Set, error) { return known().read(path) }

func (list formats) extensions() []string {
	var all []string
	for _, f := range list {
		all = append(all, f.extensions...)
	}
	return all
}

func (list formats) read(path string) (*Set, error) {
	file, size, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading weights: %w", err)
	}
	defer file.Close()
	ext := strings.ToLower(filepath.Ext(path))
	i := slices.IndexFunc(list, func(f format) bool { return slices.Contains(f.extensions, ext) })
	switch {
	case ext == ".onnx":
		return nil, fmt.Errorf("reading %s: an ONNX file is a whole network, not weights for another", path)
	case i < 0:
		return nil, fmt.Errorf("reading %s: weights are read from %s files, not from %q", path, strings.Join(list.extensions(), ", "), ext)
	}
	head, err := headOf(file)
	if err != nil {
		return nil, fmt.Errorf("reading weights from %s: %w", path, err)
	}
	f := list.choose(list[i], head)
	set, err := f.decode(file, size)
	switch {
	case err != nil && f.name != list[i].name:
		return nil, fmt.Errorf("reading weights from %s, a %s file by its first bytes: %w", path, f.name, err)
	case err != nil:
		return nil, fmt.Errorf("reading weights from %s: %w", path, err)
	}
	return set, nil
}

// choose finds the format of a file that begins with head: the one that its
// extension names, unless only another one knows such a beginning.
func (list formats) choose(named format, head []byte) format {
	if named.sniff(head) {
		return named
	}
	for _, f := range list {
		if f.sniff(head) {
			return f
		}
	}
	return named
}

// headOf reads the first bytes of a file, as many as it takes to tell formats
// apart or as there are.
func headOf(r io.ReaderAt) ([]byte, error) {
	head := make([]byte, 262)
	n, err := r.ReadAt(head, 0)
	if err == io.EOF {
		err = nil
	}
	return head[:n], err
}
