// Package labels has the names of classes.
package labels

import (
	_ "embed"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"gaze/models/internal/regular"
)

// ImageNet1k is the name by which sidecars refer to ImageNet's 1000 classes.
const ImageNet1k = "imagenet-1k"

//go:embed imagenet1k.txt
var imageNet1k string

//go:embed imagenet1k.synsets.txt
var imageNet1kSynsets string

// ImageNet returns the names of ImageNet-1k's classes in their usual order
// (sorted synset identifiers), as torchvision writes them.
func ImageNet() []string { return split(imageNet1k) }

// ImageNetSynsets returns the WordNet identifiers of ImageNet-1k's classes in the order
// of [ImageNet]: "n01440764" and so on. ImageNet's folders are called like that.
func ImageNetSynsets() []string { return split(imageNet1kSynsets) }

// maxFile bounds a label file in bytes; ImageNet's has 13 thousand.
const maxFile = 4 << 20

// Load returns the labels that a sidecar's "labels" refers to: a known list by
// name, or a file in dir, as for [Read]. The file must lie in dir.
func Load(ref, dir string) ([]string, error) {
	if ref == ImageNet1k {
		return ImageNet(), nil
	}
	if !filepath.IsLocal(ref) {
		return nil, fmt.Errorf("labels %q are neither %q nor a file beside the weights", ref, ImageNet1k)
	}
	return Read(filepath.Join(dir, ref))
}

// Read reads labels from a file: one a line, or JSON where the name ends in
// .json. Lines may be numbered from 0 ("0 mug"), as Teachable Machine writes them. The
// JSON is a list of names, or an object that gives the name of each
// index ({"0": "mug"}, or as Keras has it {"0": ["n03797390", "mug"]}) or the
// index of each name ({"mug": 0}); no index may be left out. The list or the object may
// stand under a usual key, such as "id2label".
func Read(path string) ([]string, error) {
	data, err := regular.Read(path, maxFile)
	if err != nil {
		return nil, fmt.Errorf("reading labels: %w", err)
	}
	if strings.EqualFold(filepath.Ext(path), ".json") {
		list, err := decodeJSON(data)
		if err != nil {
			return nil, fmt.Errorf("reading labels from %s: %w", path, err)
		}
		return list, nil
	}
	return withoutNumbers(split(string(data))), nil
}

// withoutNumbers takes away the numbers of lines, where all lines have theirs.
func withoutNumbers(list []string) []string {
	names := make([]string, len(list))
	for i, line := range list {
		rest, ok := strings.CutPrefix(line, strconv.Itoa(i))
		name := strings.TrimLeft(rest, " \t,:;")
		if !ok || name == rest || name == "" {
			return list
		}
		names[i] = name
	}
	return names
}

// split cuts a text into lines; an empty line in the middle stays, because its
// place is a class.
func split(text string) []string {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if text == "" {
		return nil
	}
	list := strings.Split(text, "\n")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}
