// Package output is about the files that leave the program: how they are called,
// and that each is there whole or not at all.
package output

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FileName makes s fit to be a part of a file's name on every system: without
// separators, control characters and what Windows forbids, and with at most
// most bytes, which is at least 16. Of a longer text the beginning is kept and
// a digest of the whole, so that two of them get two names.
func FileName(s string, most int) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || !unicode.IsPrint(r) || r == utf8.RuneError {
			return '_'
		}
		return r
	}, s)
	// Names that begin with a dot are hidden, those that end so cannot be
	// opened on Windows.
	if name = strings.Trim(name, ". "); name == "" {
		return "_"
	}
	if len(name) <= most {
		return name
	}
	h := fnv.New32a()
	h.Write([]byte(s))
	digest := fmt.Sprintf("~%08x", h.Sum32())
	n := most - len(digest)
	for n > 0 && !utf8.RuneStart(name[n]) {
		n--
	}
	return name[:n] + digest
}

// The longest name of a file in bytes, with room below the 255 of common file
// systems for what a user adds, and the longest part of it that is no picture's.
const (
	MaxName = 240
	maxPart = 80
)

// MapFile names the file of a map: "mug.jpg.layer4.gradcam.coffee-mug.png". Parts
// that are empty are left out.
type MapFile struct {
	// Picture is what the picture is called; Again is put behind it where several
	// are called so.
	Picture, Again string
	// Layer of the map, Method that it was made by, with what was done to it, and
	// Target that it is of.
	Layer, Method, Target string
}

// Name is the file's name with the extension, such as ".png".
func (f MapFile) Name(extension string) string {
	var tail string
	for _, part := range []string{f.Layer, f.Method, strings.ReplaceAll(f.Target, " ", "-")} {
		if part != "" {
			tail += "." + FileName(part, maxPart)
		}
	}
	tail += extension
	return FileName(f.Picture, MaxName-len(tail)) + f.Again + tail
}

// Names gives each file of a run a name of its own. Names that differ in case only
// are the same to some file systems, and so here.
type Names map[string]bool

// Take returns the first name that is not taken, and takes it: name(""), or the
// name with the number of the attempt in the form given, such as " (%d)".
func (n Names) Take(form string, name func(again string) string) string {
	taken := name("")
	for i := 2; !n.Claim(taken); i++ {
		taken = name(fmt.Sprintf(form, i))
	}
	return taken
}

// Claim takes a name, or reports that it is taken.
func (n Names) Claim(name string) bool {
	key := strings.ToLower(name)
	if n[key] {
		return false
	}
	n[key] = true
	return true
}
