package folder

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName bounds a sheet's file name in bytes, with room for what
// distinguishes it from others below the 255 of common file systems.
const maxName = 240

// names gives each sheet of a run a name of its own, by the order of the
// pictures alone. Names that differ in case only are the same to some file
// systems, and so here.
type names map[string]bool

// sheet returns the path of a sheet in the folder of results, with slashes:
// the picture's, then layer and method: "mug/a.jpg.layer4.gradcam.png". The
// picture's extension stays, so that a.jpg and a.png do not meet.
func (n names) sheet(rel, layer, method string) string {
	dir, file := path.Split(rel)
	tail := "." + plain(layer) + "." + method + ".png"
	name := dir + shorten(file, maxName-len(tail)) + tail
	for i := 2; n[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s%s (%d)%s", dir, shorten(file, maxName-len(tail)), i, tail)
	}
	n[strings.ToLower(name)] = true
	return name
}

// plain replaces what file names cannot hold everywhere; layers of ONNX files
// are called things like "/layer4/Conv:0".
func plain(layer string) string {
	layer = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, layer)
	return shorten(layer, maxName/2)
}

// shorten cuts s to at most n bytes, between runes.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
