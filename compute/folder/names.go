package folder

import (
	"fmt"
	"path"
	"strings"

	"gaze/compute/heat"
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
	tail := "." + heat.FileName(layer, maxName/2) + "." + method + ".png"
	file = heat.FileName(file, maxName-len(tail))
	name := dir + file + tail
	for i := 2; n[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s%s (%d)%s", dir, file, i, tail)
	}
	n[strings.ToLower(name)] = true
	return name
}
