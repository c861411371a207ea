package store

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"gaze/models"
	"gaze/models/keras"
	"gaze/models/keras/apps"
	"gaze/models/weights"
)

// isApp reports whether ref is the name of a network of keras.applications, with the
// prefix that tells it from all others.
func isApp(ref string) bool {
	_, ok := apps.Find(ref)
	return ok && strings.ContainsRune(ref, '/')
}

// appOf finds the network of keras.applications that is asked for, that the sidecar
// names, or whose weights a file without a model has; "" where it is none.
func appOf(arch, path string, side *weights.Sidecar) (string, error) {
	if arch == "" && side != nil {
		arch = side.Architecture
	}
	if name, ok := apps.Find(arch); ok || arch != "" || !slices.Contains(keras.Extensions(), extension(path)) {
		return name, nil
	}
	bare, err := keras.Bare(path)
	if err != nil || !bare {
		return "", err
	}
	name, err := apps.Detect(path)
	var headless *apps.HeadlessError
	if err != nil && !errors.As(err, &headless) {
		// What is wrong with the file, its reader tells.
		return "", nil
	}
	return name, err
}

// readApp makes a network of keras.applications with the weights of a file. It has
// its own name only if it was asked for by that.
func (s *Store) readApp(app string, named bool, path string, side *weights.Sidecar, opt Options) (*models.Network, error) {
	said := opt.Input
	if side != nil && said.Height == 0 {
		said.Height, said.Width = side.Input.Height, side.Input.Width
	}
	scaled := said.SaysNumbers() || opt.Preset != "" || side != nil && side.Input.SaysNumbers()
	net, err := apps.Read(app, path, keras.Options{Height: said.Height, Width: said.Width, Bytes: scaled})
	if err != nil {
		return nil, err
	}
	if !named {
		net.Name = stem(path)
	}
	net.Source = filepath.Base(path)
	if !s.isPublished(net.Source) {
		net.Labels = nil
		net.Guess("as for "+app+"'s published weights", models.PixelAspects()...)
	}
	return net, nil
}
