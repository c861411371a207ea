package weights

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/nlpodyssey/gopickle/types"

	"gaze/models"
)

// What a checkpoint states besides the parameters lies beside them or a level
// below, in a dictionary or an object of settings.

// settings are the keys of such dictionaries.
var settings = []string{
	"hyper_parameters", "hparams", "config", "cfg", "meta", "dataset_meta", "args", "train_args", "model_config", "pretrained_cfg", "default_cfg", "dls",
}

// labelKeys are the keys under which programs keep the classes' names, the
// surest first: of indices by names and names by indices, then of lists.
var labelKeys = []string{
	"class_to_idx", "idx_to_class", "id2label", "label2id", "classes", "class_names", "CLASSES", "names", "idx2label", "class_labels",
	"categories", "label_names", "vocab", "labels",
}

// stated lists the values under a key on the way to the network and in the
// settings there, the nearest to the network first.
func stated(dicts []any, key string) []any {
	var values []any
	for _, d := range slices.Backward(dicts) {
		list := fields(d)
		for _, e := range list {
			if e.Key == key {
				values = append(values, e.Value)
			}
		}
		for _, e := range list {
			if name, ok := e.Key.(string); ok && slices.Contains(settings, name) {
				for _, inner := range fields(e.Value) {
					if inner.Key == key {
						values = append(values, inner.Value)
					}
				}
			}
		}
	}
	return values
}

// fields are a dictionary's entries or an object's attributes.
func fields(value any) []types.DictEntry {
	if o, ok := value.(*object); ok {
		return slices.Concat(o.attributes(), o.items)
	}
	list, _ := entries(value)
	return list
}

// findArchitecture finds the name that timm's and torchvision's training programs
// keep of the architecture.
func findArchitecture(dicts []any) string {
	for _, key := range []string{"arch", "architecture", "model_name", "model"} {
		for _, value := range stated(dicts, key) {
			if name, ok := value.(string); ok && len(name) <= longestLabel {
				return name
			}
		}
	}
	return ""
}

// findLabels finds the classes' names, in the order of their indices.
func findLabels(dicts []any) []string {
	for _, key := range labelKeys {
		for _, value := range stated(dicts, key) {
			if names := asLabels(value, 0); names != nil {
				return names
			}
		}
	}
	return nil
}

// asLabels reads names from a list, from a dictionary of indices by names or
// the reverse, or from an object that keeps a list of items.
func asLabels(value any, depth int) []string {
	const deepest = 2
	switch v := value.(type) {
	case *types.List:
		return asNames(*v)
	case *types.Tuple:
		return asNames(*v)
	case *object:
		for _, key := range []string{"items", "categories", "vocab"} {
			if items := v.attribute(key); items != nil && depth < deepest {
				if names := asLabels(items, depth+1); names != nil {
					return names
				}
			}
		}
		return indexed(v.items)
	}
	list, _ := entries(value)
	return indexed(list)
}

// longestLabel bounds a name's bytes, mostLabels the number of names.
const (
	longestLabel = 200
	mostLabels   = 1 << 16
)

func asNames(items []any) []string {
	if len(items) < 2 || len(items) > mostLabels {
		return nil
	}
	names := make([]string, 0, len(items))
	for _, item := range items {
		name, ok := item.(string)
		if !ok || len(name) > longestLabel {
			return nil
		}
		names = append(names, name)
	}
	return names
}

// indexed reads names by indices or indices by names. The indices must be 0, 1
// and so on.
func indexed(list []types.DictEntry) []string {
	if len(list) < 2 || len(list) > mostLabels {
		return nil
	}
	names := make([]string, len(list))
	for _, e := range list {
		i, isIndex := asIndex(e.Key)
		name, isName := e.Value.(string)
		if !isIndex || !isName {
			i, isIndex = asIndex(e.Value)
			name, isName = e.Key.(string)
		}
		if !isIndex || !isName || i >= len(names) || names[i] != "" || name == "" || len(name) > longestLabel {
			return nil
		}
		names[i] = name
	}
	return names
}

func asIndex(value any) (int, bool) {
	switch v := value.(type) {
	case int:
		return v, v >= 0
	case string:
		if len(v) > 9 {
			return 0, false
		}
		i, err := strconv.Atoi(v)
		return i, err == nil && i >= 0
	}
	return 0, false
}

// findPreprocessing finds what a checkpoint says of the pictures, in the words
// of timm, Ultralytics and those that training scripts use.
func findPreprocessing(dicts []any) Preprocessing {
	var p Preprocessing
	p.Size = cmp.Or(findSize(dicts, "input_size"), findSize(dicts, "img_size"), findSize(dicts, "image_size"), findSize(dicts, "imgsz"))
	mean, std := findChannels(dicts, "mean"), findChannels(dicts, "std")
	if mean != nil && std != nil && len(mean) == len(std) {
		p.Mean, p.Std = mean, std
	}
	for _, value := range stated(dicts, "crop_pct") {
		if list, ok := asNumbers(value); ok && len(list) == 1 && list[0] > 0.1 && list[0] <= 1 {
			p.Crop = list[0]
			break
		}
	}
	for _, value := range stated(dicts, "interpolation") {
		if text, ok := value.(string); ok && p.Filter == "" && slices.Contains(models.Filters(), models.Filter(text)) {
			p.Filter = models.Filter(text)
		}
	}
	return p
}

// findSize finds the side of a square input.
func findSize(dicts []any, key string) int {
	const smallest, largest = 8, 4096
	for _, value := range stated(dicts, key) {
		list, ok := asNumbers(value)
		if !ok || len(list) > 3 {
			continue
		}
		side := list[len(list)-1]
		if len(list) > 1 && list[len(list)-2] != side || side < smallest || side > largest || side != float64(int(side)) {
			continue
		}
		return int(side)
	}
	return 0
}

// findChannels finds a number for each channel, of pixels from 0 to 1.
func findChannels(dicts []any, key string) []float32 {
	const most = 16
	for _, value := range stated(dicts, key) {
		list, ok := asNumbers(value)
		if !ok || len(list) > most {
			continue
		}
		numbers := make([]float32, len(list))
		for i, n := range list {
			numbers[i] = float32(n)
		}
		if !slices.ContainsFunc(list, func(n float64) bool { return !(n >= 0 && n <= 1) }) {
			return numbers
		}
	}
	return nil
}
