// Package regular opens files that are files: reading a pipe or a device, which
// may lie under any name, could wait or go on for ever.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Open opens the file at path for reading and tells its size in bytes. Errors
// name the file; what is no file is not opened.
func Open(path string) (f *os.File, size int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if err := Check(info); err != nil {
		return nil, 0, fmt.Errorf("%s %w", path, err)
	}
	if f, err = os.Open(path); err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// Check reports what else than a file something is.
func Check(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("is a folder, not a file")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("is a pipe, not a file")
	}
	return errors.New("is a device, not a file")
}

// Read reads the file at path, which may have most bytes. Errors name the file.
func Read(path string, most int64) ([]byte, error) {
	f, size, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > most {
		return nil, fmt.Errorf("%s has %d bytes; at most %d are read", path, size, most)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%s became shorter while it was read: %w", path, err)
	}
	return data, nil
}
