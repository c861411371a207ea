package truth

import (
	"path"
	"slices"
	"strings"
)

// Source tells what a picture shows. Its file is relative to the folder that is
// analysed, with slashes.
type Source interface {
	// Classes of a picture; none where they are not known.
	Classes(file string) []int
}

// Folders are the true classes of pictures by the names of their folders.
type Folders struct {
	root string
	// Named maps each folder that stands for a class to it, by the path of the folder;
	// "." is the folder that is analysed itself.
	Named map[string]int
	// Strange are the folders with pictures that stand for no class, and Ambiguous those
	// whose names mean several.
	Strange, Ambiguous []string
}

// FromFolders looks for the classes that the folders of files are called after: of each
// file the closest folder above it whose name is a class's. root is what the folder that
// is analysed is called.
//
// If no folder has a class's name, and all innermost folders are called like the index
// of a class, they are taken for that.
func FromFolders(c *Classes, root string, files []string) *Folders {
	f := &Folders{root: root, Named: make(map[string]int)}
	var folders []string
	for _, file := range files {
		folders = append(folders, path.Dir(file))
	}
	slices.Sort(folders)
	folders = slices.Compact(folders)
	f.match(c, folders)
	if len(f.Named) == 0 {
		f.number(c, folders)
	}
	return f
}

// match finds folders that have classes' names.
func (f *Folders) match(c *Classes, folders []string) {
	for _, folder := range folders {
		found, ambiguous := false, false
		for dir := folder; !found; dir = path.Dir(dir) {
			switch classes := c.ByName(f.name(dir)); len(classes) {
			case 0:
			case 1:
				f.Named[dir], found = classes[0], true
			default:
				ambiguous = true
			}
			if dir == "." || dir == "/" || ambiguous {
				break
			}
		}
		switch {
		case ambiguous:
			f.Ambiguous = append(f.Ambiguous, folder)
		case !found:
			f.Strange = append(f.Strange, folder)
		}
	}
}

// number takes the names of all folders for indices, if they are all such.
func (f *Folders) number(c *Classes, folders []string) {
	named := make(map[string]int)
	for _, folder := range folders {
		i, ok := c.ByNumber(f.name(folder))
		if !ok {
			return
		}
		named[folder] = i
	}
	if len(named) > 0 {
		f.Named, f.Strange, f.Ambiguous = named, nil, nil
	}
}

// name of a folder.
func (f *Folders) name(folder string) string {
	if folder == "." {
		return f.root
	}
	return path.Base(folder)
}

// Classes implements [Source].
func (f *Folders) Classes(file string) []int {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if class, ok := f.Named[dir]; ok && !slices.Contains(f.Ambiguous, path.Dir(file)) {
			return []int{class}
		}
		if dir == "." || dir == "/" || strings.HasPrefix(dir, "..") {
			return nil
		}
	}
}
