package weights

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The keys of a sidecar, and those of its "input".
var (
	outerKeys = []string{"activation", "architecture", "input", "labels", "layer", "name", "notes", "positive", "source", "threshold", "unit"}
	inputKeys = []string{"channels", "crop", "interpolation", "layout", "mean", "resize", "scale", "size", "stack", "std"}
)

// otherWords are what other programs call what a sidecar has.
var otherWords = map[string]string{
	"means": "mean", "stds": "std", "stdev": "std", "deviation": "std", "normalize": "mean", "normalization": "mean",
	"rescale": "scale", "image_size": "size", "img_size": "size", "input_size": "size", "imgsz": "size", "filter": "interpolation",
	"channel_order": "channels", "classes": "labels", "class_names": "labels", "names": "labels", "id2label": "labels", "default_layer": "layer",
}

// checkKeys refuses keys that are misplaced or misspelt, because what they say would
// be lost, and returns the others that mean nothing. Inside of "input" no key may be
// without a meaning. Keys that begin with _ or $ are anybody's.
func checkKeys(object map[string]json.RawMessage, inside bool) (unknown []string, err error) {
	here, there := outerKeys, inputKeys
	where := ` inside "input"`
	if inside {
		here, there, where = inputKeys, outerKeys, ` beside "input", not inside`
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		switch {
		case strings.HasPrefix(key, "_"), strings.HasPrefix(key, "$"), slices.Contains(here, key):
		case slices.Contains(there, key):
			return nil, fmt.Errorf("the place of %q is%s", key, where)
		case meant(key, here) != "":
			return nil, fmt.Errorf("%q is no key: is it %q?", key, meant(key, here))
		case meant(key, there) != "":
			return nil, fmt.Errorf("%q is no key: is it %q, whose place is%s?", key, meant(key, there), where)
		case inside:
			return nil, fmt.Errorf("%q is no key of input, which has %s", key, strings.Join(here, ", "))
		default:
			unknown = append(unknown, key)
		}
	}
	return unknown, nil
}

// meant is the key that a misspelt one stands for, if it is near enough to one.
func meant(key string, known []string) string {
	key = strings.ToLower(key)
	if word, ok := otherWords[key]; ok && slices.Contains(known, word) {
		return word
	}
	if len(key) > 2*len("interpolation") {
		return ""
	}
	most := 1
	if len(key) >= 6 {
		most = 2
	}
	for _, k := range known {
		if len(key) > 2 && edits(key, k) <= most {
			return k
		}
	}
	return ""
}

// edits is how many bytes have to be put in, left out or changed to make b of a
// (Levenshtein's distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
