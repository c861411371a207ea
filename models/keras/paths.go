package keras

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gaze/models/hdf5"
)

// folder is a group of a file in the format of Keras 3, whose names may hold several
// steps of a path at once: on Windows, Keras 2.12 and 2.13 wrote them with
// backslashes.
type folder struct {
	folders map[string]*folder
	arrays  map[string]*hdf5.Dataset
	// layer is the name of the layer whose arrays these are, where the file has it.
	layer string
}

func newFolder() *folder {
	return &folder{folders: make(map[string]*folder), arrays: make(map[string]*hdf5.Dataset)}
}

// maxFolders bounds how deep folders may be; a model within a model takes two.
const maxFolders = 2*maxModels + 8

// readFolder reads what is in a group, but not the numbers.
func readFolder(g *hdf5.Group, into *folder, depth int, m *memory) error {
	if depth > maxFolders {
		return fmt.Errorf("%s is nested more than %d deep", g.Path(), maxFolders)
	}
	if name, ok, err := g.Attribute("name"); err != nil {
		return err
	} else if ok && len(name.Texts) == 1 {
		into.layer = name.Texts[0]
	}
	for _, name := range g.Names() {
		if depth == 0 && strings.HasPrefix(name, "optimizer") {
			continue
		}
		o, err := g.Open(name)
		if err != nil {
			return err
		}
		path := strings.ReplaceAll(name, `\`, "/")
		if err := m.spend(1+strings.Count(path, "/"), perFolder); err != nil {
			return err
		}
		steps := strings.Split(path, "/")
		at := into
		if o.Dataset != nil {
			at = at.make(steps[:len(steps)-1])
			at.arrays[steps[len(steps)-1]] = o.Dataset
			continue
		}
		if err := readFolder(o.Group, at.make(steps), depth+1, m); err != nil {
			return err
		}
	}
	return nil
}

// make is the folder that a path leads to, which is made where it is missing.
func (f *folder) make(path []string) *folder {
	for _, step := range path {
		next := f.folders[step]
		if next == nil {
			next = newFolder()
			f.folders[step] = next
		}
		f = next
	}
	return f
}

// containers are the names of the folder that has a model's layers: that of Keras
// 2.14 and later, and that of 2.12 and 2.13.
var containers = []string{"layers", "_layer_checkpoint_dependencies"}

// pathArrays finds each layer's arrays in the format of .keras and .weights.h5
// files: a folder for each layer, called after its class and a number, with the
// arrays in vars/0, vars/1 and so on.
func pathArrays(m *model, root *hdf5.Group, memory *memory) (arrays, error) {
	top := newFolder()
	if err := readFolder(root, top, 0, memory); err != nil {
		return nil, err
	}
	all := make(arrays)
	return all, all.find(m, top)
}

// find finds the arrays of a model's layers in its folder.
func (a arrays) find(m *model, of *folder) error {
	var layers *folder
	for _, name := range containers {
		if layers == nil {
			layers = of.folders[name]
		}
	}
	if layers == nil {
		layers = newFolder()
	}
	byLayer := make(map[string]*folder)
	for _, f := range layers.folders {
		if vars := f.folders["vars"]; vars != nil && vars.layer != "" {
			byLayer[vars.layer] = f
		}
	}
	seen := make(map[string]int)
	for _, l := range m.layers {
		if !l.weighted() {
			continue
		}
		class := snake(l.class)
		if class == "model" {
			class = "functional"
		}
		own := byLayer[l.name]
		if len(byLayer) == 0 {
			own = layers.nth(class, seen[class])
			seen[class]++
		}
		if own == nil {
			return fmt.Errorf("the weights do not fit the model: the file has none for layer %s (%s)", l.name, l.class)
		}
		var err error
		if l.model != nil {
			err = a.find(l.model, own)
		} else {
			err = a.put(l, own.numbered())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nth is the folder number n of those that are called after a class and have
// arrays.
func (f *folder) nth(class string, n int) *folder {
	numbers := make(map[int]*folder)
	for name, sub := range f.folders {
		number := 0
		if name != class {
			rest, ok := strings.CutPrefix(name, class+"_")
			i, err := strconv.Atoi(rest)
			if !ok || err != nil || i < 1 {
				continue
			}
			number = i
		}
		if sub.filled() {
			numbers[number] = sub
		}
	}
	order := make([]int, 0, len(numbers))
	for i := range numbers {
		order = append(order, i)
	}
	slices.Sort(order)
	if n >= len(order) {
		return nil
	}
	return numbers[order[n]]
}

// filled reports whether there are arrays in vars here or further in, but those of
// random numbers.
func (f *folder) filled() bool {
	for name, sub := range f.folders {
		if name == "vars" && len(sub.arrays) > 0 || name != "seed_generator" && sub.filled() {
			return true
		}
	}
	return false
}

// numbered lists the arrays of a layer in order.
func (f *folder) numbered() []stored {
	vars := f.folders["vars"]
	if vars == nil {
		return nil
	}
	var list []stored
	for {
		d, ok := vars.arrays[strconv.Itoa(len(list))]
		if !ok {
			return list
		}
		list = append(list, d)
	}
}

var (
	noWord   = regexp.MustCompile(`\W+`)
	newWord  = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	nextWord = regexp.MustCompile(`([a-z])([A-Z])`)
)

// snake writes a class as Keras names folders after it: "separable_conv2d",
// "p_re_lu" (to_snake_case in keras/src/utils/naming.py).
func snake(class string) string {
	class = noWord.ReplaceAllString(class, "")
	class = newWord.ReplaceAllString(class, "${1}_$2")
	return strings.ToLower(nextWord.ReplaceAllString(class, "${1}_$2"))
}
