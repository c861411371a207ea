package heat

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
