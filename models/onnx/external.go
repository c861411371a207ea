package onnx

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"

	"gaze/models/internal/notnetwork"
	"gaze/models/internal/regular"
	"gaze/models/onnx/internal/onnxpb"
)

// asPointer returns an error for a file that stands for another one. Numbers may
// look like anything else.
func asPointer(head []byte) error {
	var other *notnetwork.Error
	if errors.As(notnetwork.Check(head), &other) && other.Kind == notnetwork.LFSPointer {
		return other
	}
	return nil
}

// folder is where files beside the model are looked for.
type folder struct {
	files fs.FS
	// counted are the files whose size has been added to that of the model.
	counted map[string]bool
}

// open finds the bytes of a tensor that is stored in a file of its own.
func (in *folder) open(t *onnxpb.TensorProto, bytes int, m *memory) (source, error) {
	var location string
	offset, length := int64(0), int64(bytes)
	for _, entry := range t.ExternalData {
		var err error
		switch entry.Key {
		case "location":
			location = entry.Value
		case "offset":
			offset, err = strconv.ParseInt(entry.Value, 10, 64)
		case "length":
			length, err = strconv.ParseInt(entry.Value, 10, 64)
		}
		if err != nil {
			return source{}, fmt.Errorf("its %s in another file is %q, not a number", entry.Key, entry.Value)
		}
	}
	location = path.Clean(location)
	switch {
	case in.files == nil:
		return source{}, fmt.Errorf("it is stored in another file, %q", location)
	case location == "." || !fs.ValidPath(location):
		return source{}, fmt.Errorf("it is stored in %q, which does not lie beside the model", location)
	case length != int64(bytes):
		return source{}, fmt.Errorf("it has %d bytes in %s, and a shape for %d", length, location, bytes)
	}
	// Opening a pipe would block until somebody writes to it.
	info, err := fs.Stat(in.files, location)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return source{}, fmt.Errorf("its numbers are in the file %s, which is missing; put it beside the model", location)
	case err != nil:
		return source{}, fmt.Errorf("its data: %w", err)
	}
	if err := regular.Check(info); err != nil {
		return source{}, fmt.Errorf("it is stored in %s, which %w", location, err)
	}
	f, err := in.files.Open(location)
	if err != nil {
		return source{}, fmt.Errorf("its data: %w", err)
	}
	if err := in.check(f, location, info.Size(), section{offset, length}); err != nil {
		f.Close()
		return source{}, err
	}
	if !in.counted[location] {
		in.counted[location] = true
		m.grant(info.Size())
	}
	return source{io.NewSectionReader(f.(io.ReaderAt), offset, length), f}, nil
}

// check reports what is wrong with a file of that size, of which a section is
// wanted.
func (in *folder) check(f fs.File, location string, size int64, wanted section) error {
	reader, ok := f.(io.ReaderAt)
	if !ok {
		return fmt.Errorf("it is stored in %s, which can only be read from its beginning", location)
	}
	head := make([]byte, min(size, notnetwork.HeadBytes))
	if _, err := reader.ReadAt(head, 0); err == nil || err == io.EOF {
		if err := asPointer(head); err != nil {
			return fmt.Errorf("its numbers are in %s: %w", location, err)
		}
	}
	if wanted.at < 0 || wanted.at > size || wanted.length > size-wanted.at {
		return fmt.Errorf("it is stored in bytes %d to %d of %s, which has %d", wanted.at, wanted.end(), location, size)
	}
	return nil
}
