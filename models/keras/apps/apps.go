// Package apps has the networks of keras.applications: their architectures, which
// are built in, and where their weights are published. The weights are files of
// Keras without a configuration, so that the architecture has to be known.
//
// Networks are called as in Keras, with keras/ before: "keras/Xception". The layers
// have the names that model.summary() shows.
package apps

import (
	"strings"

	"gaze/models/zoo"
)

// Prefix is put before the names, because torchvision has networks of the same
// names with other layers.
const Prefix = "keras/"

// app is a network: a row of the table in catalogue.go.
type app struct {
	name string
	// size is the side of the square input in pixels.
	size   int
	pixels preprocessing
	// file is the address of the published weights, and digest the file's: of MD5 or
	// SHA-256, by its length.
	file, digest string
	// numbers counts the weights.
	numbers int64
	// top1 is the share of ImageNet-1k's validation pictures, in percent, whose class
	// the network names; 0 where Keras does not say it.
	top1 float64
}

// Names lists the networks.
func Names() []string {
	var names []string
	for _, a := range table() {
		names = append(names, Prefix+a.name)
	}
	return names
}

// Find returns the whole name of the network that ref means, in capitals or not.
// Without the prefix, ref means a network of Keras only where the zoo has none of
// that name.
func Find(ref string) (name string, ok bool) {
	short, prefixed := cutPrefixFold(ref, Prefix)
	a, ok := find(short)
	if !ok || !prefixed && inZoo(short) {
		return "", false
	}
	return Prefix + a.name, true
}

// find finds a network by its name with or without the prefix.
func find(name string) (app, bool) {
	name, _ = cutPrefixFold(name, Prefix)
	for _, a := range table() {
		if strings.EqualFold(a.name, name) {
			return a, true
		}
	}
	return app{}, false
}

func cutPrefixFold(s, prefix string) (after string, found bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// inZoo reports whether the zoo has a network of that name, however it is written:
// its efficientnet_b0 is Keras' EfficientNetB0.
func inZoo(name string) bool {
	for _, other := range zoo.Names() {
		if strings.EqualFold(strings.ReplaceAll(other, "_", ""), name) {
			return true
		}
	}
	return false
}
