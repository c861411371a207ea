// Package output names the files that the program writes, and saves each of them
// whole or not at all.
package output

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FileName turns s into a part of a file's name that every system accepts: without
// separators, control characters and characters that Windows forbids, and not longer
// than most bytes; a most below 16 counts as 16. A longer text is cut, and a digest of
// the whole text is put behind it, so that different texts get different names.
func FileName(s string, most int) string {
	most = max(most, minPart)
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
// systems for what a user adds; the longest part of it that is no picture's; and
// what each part may have in any case.
const (
	MaxName = 240
	maxPart = 80
	minPart = 16
)

// MapFile names the file of a map: "mug.jpg.layer4.gradcam.coffee-mug.png". Parts
// that are empty are left out.
type MapFile struct {
	// Picture is the picture's name. Again is put behind it where several pictures
	// have that name.
	Picture, Again string
	// Layer, Method and Target say how the map was made; Method includes what was
	// done to the map afterwards.
	Layer, Method, Target string
}

// Name is the file's name with the extension, such as ".png". If it is too long, the
// picture's name is cut first, and the other parts where that is not enough.
func (f MapFile) Name(extension string) string {
	room := MaxName - len(f.Again) - len(extension)
	most := maxPart
	tail := f.tail(most)
	for most > minPart && len(tail)+minPart > room {
		most--
		tail = f.tail(most)
	}
	return FileName(f.Picture, room-len(tail)) + f.Again + tail + extension
}

// tail is what follows the picture, with parts of at most most bytes.
func (f MapFile) tail(most int) string {
	var tail string
	for _, part := range []string{f.Layer, f.Method, strings.ReplaceAll(f.Target, " ", "-")} {
		if part != "" {
			tail += "." + FileName(part, most)
		}
	}
	return tail
}

// Names gives each file of a run its own name. Names that differ only in case are
// the same name, because they are for some file systems.
type Names map[string]bool

// Take returns the first free name, and takes it. It tries name(""), and then name of
// the number of the attempt, 2 first, in the given form, such as " (%d)".
func (n Names) Take(form string, name func(again string) string) string {
	taken := name("")
	for i := 2; !n.Claim(taken); i++ {
		taken = name(fmt.Sprintf(form, i))
	}
	return taken
}

// Claim takes a name. It reports false if the name is taken already.
func (n Names) Claim(name string) bool {
	key := strings.ToLower(name)
	if n[key] {
		return false
	}
	n[key] = true
	return true
}
