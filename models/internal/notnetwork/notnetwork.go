// Package notnetwork recognises files that hold no network of the format that
// their name promises: what a clone or a download has left in the place of the
// file, and files of other programs. The first bytes tell them apart.
package notnetwork

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// HeadBytes is the number of first bytes that tell all kinds apart. Fewer do
// where the file has no more.
const HeadBytes = 1024

// Kind is what a file is instead of a network.
type Kind string

// The kinds of files that hold no network at all.
const (
	Empty      Kind = "empty file"
	Zeros      Kind = "file of zeros"
	LFSPointer Kind = "Git LFS pointer"
	WebPage    Kind = "web page"
	XML        Kind = "XML file"
	JSON       Kind = "JSON file"
	Text       Kind = "text"
	Picture    Kind = "picture"
	PDF        Kind = "PDF document"
	Archive    Kind = "packed archive"
	Program    Kind = "program"
)

// The kinds of files that hold a network or its parameters, each in a format of
// its own.
const (
	PyTorch     Kind = "PyTorch file"
	Pickle      Kind = "Python pickle"
	Safetensors Kind = "safetensors file"
	HDF5        Kind = "HDF5 file"
	Keras       Kind = "Keras file"
	TFLite      Kind = "TensorFlow Lite file"
	GGUF        Kind = "GGUF file"
	NumPy       Kind = "NumPy array"
	Zip         Kind = "ZIP archive"
)

// Error says what a file is instead of what it should be, and what to do.
type Error struct {
	Kind Kind
	// Line is the first line of a Text.
	Line string
}

// Error is one sentence without the file's name, which the caller adds.
func (e *Error) Error() string {
	switch e.Kind {
	case Empty:
		return "the file is empty; fetch it again"
	case Zeros:
		return "the file begins with nothing but zeros, as a download that was broken off; fetch it again"
	case LFSPointer:
		return "this is a Git LFS pointer, which stands for the file; run git lfs pull in its folder to fetch the file itself"
	case WebPage:
		return "this is a web page, which was saved in place of the file; download the file itself, logged in if the site asks for it"
	case Text:
		return fmt.Sprintf("this is a text that begins with %q, not a network; fetch the file again", e.Line)
	case Archive, Zip:
		return fmt.Sprintf("this is a %s; unpack it, and open the network in it", e.Kind)
	case PyTorch, Pickle:
		return fmt.Sprintf("this is a %s; name it .pth to have its parameters read", e.Kind)
	case Safetensors:
		return fmt.Sprintf("this is a %s; name it .safetensors to have its parameters read", e.Kind)
	case HDF5, Keras:
		return fmt.Sprintf("this is a %s; name it .keras or .h5 to have the network in it read", e.Kind)
	case TFLite:
		return fmt.Sprintf("this is a %s; make an ONNX file of it with tf2onnx", e.Kind)
	}
	article := "a"
	if e.Kind == XML {
		article = "an"
	}
	return fmt.Sprintf("this is %s %s, not a network", article, e.Kind)
}

// beginning is a row of the table of first bytes: a file with these bytes at
// that place is of that kind.
type beginning struct {
	at    int
	bytes string
	kind  Kind
}

// strangers are the files that hold no network.
var strangers = []beginning{
	{0, "version https://git-lfs.github.com/", LFSPointer},
	{0, "version https://hawser.github.com/", LFSPointer},
	{0, "\x89PNG\r\n\x1a\n", Picture},
	{0, "\xff\xd8\xff", Picture},
	{0, "GIF8", Picture},
	{8, "WEBPVP8", Picture},
	{0, "II*\x00", Picture},
	{0, "MM\x00*", Picture},
	{0, "II+\x00", Picture},
	{0, "MM\x00+", Picture},
	{4, "ftyp", Picture},
	{0, "\x00\x00\x00\x0cJXL ", Picture},
	{0, "\xff\x0a", Picture},
	{0, "\x00\x00\x00\x0cjP  ", Picture},
	{128, "DICM", Picture},
	{0, "%PDF-", PDF},
	{0, "\x1f\x8b\x08", Archive},
	{0, "7z\xbc\xaf\x27\x1c", Archive},
	{0, "Rar!\x1a\x07", Archive},
	{0, "\xfd7zXZ\x00", Archive},
	{0, "\x28\xb5\x2f\xfd", Archive},
	{0, "BZh", Archive},
	{257, "ustar", Archive},
	{0, "\x7fELF", Program},
	{0, "MZ\x90\x00", Program},
}

// formats are the files of other formats.
var formats = []beginning{
	{0, "\x89HDF\r\n\x1a\n", HDF5},
	{4, "TFL3", TFLite},
	{0, "GGUF", GGUF},
	{0, "\x93NUMPY", NumPy},
	{0, "\x80\x02", Pickle},
	{0, "\x80\x03", Pickle},
	{0, "\x80\x04\x95", Pickle},
	{0, "\x80\x05\x95", Pickle},
}

func (b beginning) fits(head []byte) bool {
	return len(head) >= b.at && bytes.HasPrefix(head[b.at:], []byte(b.bytes))
}

// Check returns an [*Error] if a file that begins with head holds no network of
// any format. head has the first [HeadBytes] bytes, or all where there are
// fewer.
func Check(head []byte) error {
	if len(head) == 0 {
		return &Error{Kind: Empty}
	}
	for _, b := range strangers {
		if b.fits(head) {
			return &Error{Kind: b.kind}
		}
	}
	if len(head) >= 64 && len(bytes.Trim(head, "\x00")) == 0 {
		return &Error{Kind: Zeros}
	}
	if !readable(head) {
		return nil
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff"))
	lower := strings.ToLower(text)
	switch {
	case strings.HasPrefix(lower, "<!doctype html"), strings.HasPrefix(lower, "<html"),
		strings.HasPrefix(lower, "<") && strings.Contains(lower, "<html"):
		return &Error{Kind: WebPage}
	case strings.HasPrefix(lower, "<"):
		return &Error{Kind: XML}
	case strings.HasPrefix(lower, "{"), strings.HasPrefix(lower, "["):
		return &Error{Kind: JSON}
	}
	line, _, _ := strings.Cut(text, "\n")
	if letters := []rune(strings.TrimSpace(line)); len(letters) > mostLine {
		line = string(letters[:mostLine]) + "…"
	}
	return &Error{Kind: Text, Line: strings.TrimSpace(line)}
}

// mostLine bounds the letters of a text's first line in an error.
const mostLine = 60

// Other returns an [*Error] if a file that begins with head is of a known format
// that is not ONNX's.
func Other(head []byte) error {
	for _, b := range formats {
		if b.fits(head) {
			return &Error{Kind: b.kind}
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return &Error{Kind: zipKind(head)}
	case len(head) > 9 && head[8] == '{' && (head[9] == '"' || head[9] == ' ' || head[9] == '}') && head[7] == 0 && head[6] == 0 && head[5] == 0:
		// Safetensors begins with the length of its JSON in eight bytes.
		return &Error{Kind: Safetensors}
	}
	return nil
}

// zipKind tells by the names of its first entries what wrote a ZIP archive.
func zipKind(head []byte) Kind {
	for _, w := range []struct {
		name string
		kind Kind
	}{
		{"/data.pkl", PyTorch},
		{"/constants.pkl", PyTorch},
		{"/.format_version", PyTorch},
		{"/.data/", PyTorch},
		{"/archive_format", PyTorch},
		{"metadata.json", Keras},
		{"model.weights.h5", Keras},
	} {
		if bytes.Contains(head, []byte(w.name)) {
			return w.kind
		}
	}
	return Zip
}

// readable reports whether bytes are text: UTF-8 without control characters.
// The last letter may be cut off.
func readable(head []byte) bool {
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		switch {
		case r == utf8.RuneError && size == 1:
			return !utf8.FullRune(head)
		case unicode.IsControl(r) && !unicode.IsSpace(r):
			return false
		}
		head = head[size:]
	}
	return true
}
