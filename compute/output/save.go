package output

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// SavePNG writes img as a PNG file as [Save] does.
func SavePNG(path string, img image.Image, overwrite bool) error {
	return Save(path, overwrite, func(w io.Writer) error { return EncodePNG(w, img) })
}

// EncodePNG writes img as PNG.
func EncodePNG(w io.Writer, img image.Image) error {
	// Photographs shrink by a few percent more at the default level, for five
	// times the work.
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	return enc.Encode(w, img)
}

// Save writes a file by calling write. The file appears at path whole or not at
// all. Unless overwrite is set, an existing file stays as it is and the error is an
// [fs.ErrExist]; if several programs save the file at the same time, one of them
// succeeds. Every error names the file. The directory must exist.
func Save(path string, overwrite bool, write func(io.Writer) error) error {
	return save(path, temporary(filepath.Dir(path), ""), overwrite, write)
}

// temporary names a new file in a folder.
func temporary(folder, run string) string {
	return filepath.Join(folder, fmt.Sprintf(".gaze-%s%016x.tmp", run, rand.Uint64()))
}

// save is [Save] by way of the file temp, which has to lie beside path, so that
// renaming stays within one file system.
func save(path, temp string, overwrite bool, write func(io.Writer) error) error {
	if !overwrite {
		// Only spares the work; publishing checks again.
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("save %s: %w", path, fs.ErrExist)
		}
	}
	if err := writeTemp(temp, write); err != nil {
		return fmt.Errorf("save %s: %w", path, reason(err))
	}
	// After a rename there is nothing left to remove.
	defer os.Remove(temp)

	publish := os.Rename
	if !overwrite {
		publish = publishNew
	}
	if err := publish(temp, path); err != nil {
		return fmt.Errorf("save %s: %w", path, reason(err))
	}
	return nil
}

// writeTemp writes a new file.
func writeTemp(name string, write func(io.Writer) error) error {
	// Not os.CreateTemp: its files are closed to others whatever the umask.
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	buf := bufio.NewWriterSize(f, 1<<16)
	err = write(buf)
	if err == nil {
		err = buf.Flush()
	}
	if err == nil {
		// Without it a crash can leave an empty file under the final name.
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(name)
	}
	return err
}

// publishNew gives the file temp the name path unless that is taken.
func publishNew(temp, path string) error {
	err := os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return claim(temp, path)
}

// claim is publishNew for file systems without hard links, such as FAT: it
// takes the name with an empty file and renames temp over that.
func claim(temp, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Close(), os.Rename(temp, path)); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}

// reason drops what an error of package os says about paths: the caller names
// the file that the user asked for, not the temporary one.
func reason(err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		return pathErr.Err
	case errors.As(err, &linkErr):
		return linkErr.Err
	}
	return err
}
