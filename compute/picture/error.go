package picture

import (
	"errors"
	"fmt"
	"io/fs"
)

// Reason is why a picture could not be read. The values are stable, so that a
// user interface can translate them.
type Reason string

// The reasons, with the fields of [Error] that each of them sets.
const (
	NotFound      Reason = "not-found"       // there is no such file
	Permission    Reason = "permission"      // the user may not read it
	Directory     Reason = "directory"       // it is a directory
	NotRegular    Reason = "not-regular"     // a device, a pipe, a socket
	Unreadable    Reason = "unreadable"      // the system could not read it: Err
	Empty         Reason = "empty"           // no bytes
	FileTooLarge  Reason = "file-too-large"  // Size bytes, more than Limit
	TooManyPixels Reason = "too-many-pixels" // Width x Height, more than Limit
	NotImage      Reason = "not-image"       // none of the known formats
	Truncated     Reason = "truncated"       // ends too early: Format, Size
	Damaged       Reason = "damaged"         // the decoder gave up: Format, Err
	Unsupported   Reason = "unsupported"     // a variant that no decoder reads: Format, Kind, Tag
)

// Error says why the picture at Path could not be read.
type Error struct {
	Path   string
	Reason Reason
	// Format is one of [Formats], or "jp2" or "heic", which cannot be read (HEIC with a
	// build tag only); empty where
	// the content was not recognised.
	Format string
	// Kind is the variant of Format that is not read, by its usual name, such as "LERC",
	// or empty where the decoder does not tell.
	Kind string
	// Tag is the build tag with which Gaze reads the kind, or empty.
	Tag string
	// Size of the file in bytes.
	Size int64
	// Width and Height in pixels, as the file's header has them.
	Width, Height int
	// Limit that was passed, in bytes or pixels.
	Limit int64
	// Err is what the system or the decoder said, or nil.
	Err error
}

// Error names the file and the reason, and what the decoder said if that adds to
// the reason.
func (e *Error) Error() string {
	s := e.Path + ": " + e.Text()
	if e.Err != nil && e.Reason == Damaged {
		s += " (" + e.Err.Error() + ")"
	}
	return s
}

// Text is the reason in English, a few words without the path: "cut off after
// 12 kB".
func (e *Error) Text() string {
	switch e.Reason {
	case NotFound:
		return "does not exist"
	case Permission:
		return "permission denied"
	case Directory:
		return "is a directory"
	case NotRegular:
		return "is not a regular file"
	case Unreadable:
		return "cannot be read: " + bare(e.Err)
	case Empty:
		return "empty file"
	case FileTooLarge:
		return fmt.Sprintf("%s, more than the limit of %s", byteSize(e.Size), byteSize(e.Limit))
	case TooManyPixels:
		return fmt.Sprintf("%dx%d pixels, more than the limit of %s", e.Width, e.Height, count(e.Limit))
	case NotImage:
		return "not an image"
	case Truncated:
		return "cut off after " + byteSize(e.Size)
	case Damaged:
		return "damaged " + e.Format
	case Unsupported:
		if e.Tag != "" {
			return fmt.Sprintf("a kind of %s that cannot be read: %s; convert it to png or jpeg, or build Gaze with -tags %s", e.Format, e.Kind, e.Tag)
		}
		if e.Kind != "" {
			return fmt.Sprintf("a kind of %s that cannot be read: %s; convert it to png or jpeg", e.Format, e.Kind)
		}
		return "a kind of " + e.Format + " that cannot be read"
	}
	return string(e.Reason)
}

// Unwrap gives the system's or the decoder's error.
func (e *Error) Unwrap() error { return e.Err }

// bare is err without the path that *fs.PathError repeats.
func bare(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return fmt.Sprint(err)
}

// byteSize writes a size in decimal units, as file managers do.
func byteSize(n int64) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%.4g MB", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%d kB", n/1000)
	case n == 1:
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

func count(n int64) string {
	if n >= 1_000_000 {
		return fmt.Sprintf("%.4g million", float64(n)/1e6)
	}
	return fmt.Sprint(n)
}
