package labels

import (
	"path/filepath"
	"strings"
)

// besideNames are what training programs call the lists that they write beside a
// network.
var besideNames = []string{
	"labels.txt", "classes.txt", "class_names.txt", "class_indices.json", "class_to_idx.json", "idx_to_class.json", "id2label.json", configFile,
}

// configFile is Hugging Face's, which has labels among much else.
const configFile = "config.json"

// Beside looks for labels beside the network in the file at path: NAME.labels.txt, and
// the usual names. It returns the first list whose length fits and its file's name, or
// nil. Files that hold no labels are passed over.
func Beside(path string, fits func(count int) bool) (list []string, file string) {
	base := filepath.Base(path)
	own := strings.TrimSuffix(base, filepath.Ext(base)) + ".labels.txt"
	for _, name := range append([]string{own}, besideNames...) {
		if list, err := Read(filepath.Join(filepath.Dir(path), name)); err == nil && fits(len(list)) {
			return list, name
		}
	}
	return nil, ""
}
