package onnx

import (
	"errors"
	"io"
)

// windowBytes is the length of a window's buffer, where the file has as many.
const windowBytes = 1 << 16

// window reads a file through a buffer: a graph has many small fields.
type window struct {
	r      io.ReaderAt
	buffer []byte
	// at is the place in the file of the buffer's first byte.
	at int64
}

// newWindow makes a window on a file of size bytes.
func newWindow(r io.ReaderAt, size int64) *window {
	return &window{r: r, buffer: make([]byte, 0, min(size, windowBytes))}
}

// read fills into with what begins at byte at of the file.
func (w *window) read(into []byte, at int64) error {
	if at < w.at || at+int64(len(into)) > w.at+int64(len(w.buffer)) {
		if len(into) > cap(w.buffer)/4 {
			return readAll(w.r, into, at)
		}
		n, err := w.r.ReadAt(w.buffer[:cap(w.buffer)], at)
		if w.at, w.buffer = at, w.buffer[:n]; n < len(into) {
			return shorter(err)
		}
	}
	copy(into, w.buffer[at-w.at:])
	return nil
}

// readAll fills into with what begins at byte at of r.
func readAll(r io.ReaderAt, into []byte, at int64) error {
	if n, err := r.ReadAt(into, at); n < len(into) {
		return shorter(err)
	}
	return nil
}

// shorter is the error of reading what was there when the file was opened.
func shorter(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file became shorter while it was read")
	}
	return err
}

// sectionReader reads a part of a file through its window.
type sectionReader struct {
	file *window
	section
}

// Read implements [io.Reader].
func (r *sectionReader) Read(p []byte) (int, error) {
	if r.length == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), r.length)
	if err := r.file.read(p[:n], r.at); err != nil {
		return 0, err
	}
	r.at, r.length = r.at+n, r.length-n
	return int(n), nil
}
