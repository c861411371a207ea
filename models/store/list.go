package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/maruel/natural"

	"gaze/models/builtin"
	"gaze/models/keras"
	"gaze/models/keras/apps"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// Entry is a network that can be asked for by name.
type Entry struct {
	Name string `json:"name"`
	// Ready reports whether Open needs nothing else. Needs tells what it needs
	// otherwise.
	Ready bool   `json:"ready"`
	Needs string `json:"needs,omitempty"`
	// About describes the network in a few words.
	About string `json:"about"`
	// Path is the file with the weights. It is empty if they are built in or not
	// on this machine.
	Path string `json:"path,omitempty"`
	// Bytes is the size of the weights, or about the size of their download.
	Bytes int64 `json:"bytes,omitempty"`
	// Published describes the published weights. It is nil for the built-in
	// network and for the user's own.
	Published *zoo.Published `json:"published,omitempty"`
}

// Extensions are the extensions of files that are taken for networks or
// weights. Of several files with the same name, the one whose extension comes
// first counts.
func Extensions() []string {
	// Too many other files are called .bin.
	list := slices.DeleteFunc(weights.Extensions(), func(ext string) bool { return ext == ".bin" })
	return append(append(list, ".onnx"), keras.Extensions()...)
}

// List lists the networks that can be asked for by name: the built-in one,
// those with weights on this machine, and those that can be downloaded. The
// error reports a folder that cannot be read and files that cannot be asked for
// by their names; the list has all the others even then.
func (s *Store) List() ([]Entry, error) {
	own, err := s.own()
	ready := []Entry{{Name: builtin.Name, Ready: true, About: "built in: 117 everyday things"}}
	var missing []Entry
	for _, name := range slices.Concat(zoo.Names(), apps.Names()) {
		if name == builtin.Name {
			continue
		}
		e := Entry{Name: name, About: "the user's own weights"}
		if p := s.published(name); p != nil {
			e.Published, e.Bytes = p, p.Size
			e.About = "ImageNet-1k"
			if p.Top1 > 0 {
				e.About = fmt.Sprintf("ImageNet-1k, top-1 %.1f %%", p.Top1)
			}
		}
		switch path, bytes := s.weights(name, own); {
		case path != "":
			e.Ready, e.Path, e.Bytes = true, path, bytes
			ready = append(ready, e)
		case e.Published != nil:
			e.Needs = "a download of " + Megabytes(e.Bytes)
			missing = append(missing, e)
		default:
			e.Needs, e.About = "weights from a file", "architecture as in torchvision"
			missing = append(missing, e)
		}
	}
	for _, f := range own {
		switch {
		case f.name == builtin.Name || f.name == "builtin":
			err = errors.Join(err, fmt.Errorf("%s has the name of the built-in network: rename it, or open it as a file", f.path))
		case !slices.Contains(zoo.Names(), f.name):
			ready = append(ready, Entry{Name: f.name, Ready: true, About: "the user's own: " + filepath.Base(f.path), Path: f.path, Bytes: f.bytes})
		}
	}
	return append(ready, missing...), err
}

// Megabytes formats a size: "44.7 MB".
func Megabytes(bytes int64) string {
	if mb := float64(bytes) / 1e6; mb < 100 {
		return fmt.Sprintf("%.1f MB", mb)
	}
	return fmt.Sprintf("%.0f MB", float64(bytes)/1e6)
}

// file is one of the user's own.
type file struct {
	name, path string
	bytes      int64
}

// own lists the user's own files in the store's folder by name.
func (s *Store) own() ([]file, error) {
	entries, err := os.ReadDir(s.dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for networks: %w", err)
	}
	var list []file
	for _, ext := range Extensions() {
		for _, e := range entries {
			name := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))
			if !strings.EqualFold(filepath.Ext(e.Name()), ext) || strings.HasPrefix(e.Name(), ".") || s.isPublished(e.Name()) ||
				slices.ContainsFunc(list, func(f file) bool { return f.name == name }) {
				continue
			}
			// Through links: weights are large and often kept elsewhere.
			path := filepath.Join(s.dir, e.Name())
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				list = append(list, file{name, path, info.Size()})
			}
		}
	}
	slices.SortFunc(list, func(a, b file) int {
		switch {
		case natural.Less(a.name, b.name):
			return -1
		case natural.Less(b.name, a.name):
			return 1
		}
		return 0
	})
	return list, err
}

// weights finds the file with the weights of a network of the zoo. The user's
// own file goes before a download. The path is empty if there is neither.
func (s *Store) weights(network string, own []file) (path string, bytes int64) {
	for _, f := range own {
		if f.name == network {
			return f.path, f.bytes
		}
	}
	if p := s.published(network); p != nil {
		path := filepath.Join(s.dir, p.File())
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, info.Size()
		}
	}
	return "", 0
}

// find returns the file of the network called name.
func (s *Store) find(name string) (string, error) {
	own, err := s.own()
	if err != nil {
		return "", err
	}
	if path, _ := s.weights(name, own); path != "" {
		return path, nil
	}
	for _, f := range own {
		if f.name == name {
			return f.path, nil
		}
	}
	if p := s.published(name); p != nil {
		return "", &MissingError{*p}
	}
	if slices.Contains(zoo.Names(), name) {
		return "", fmt.Errorf("opening %s: its weights are not here, and none are published; give them with --weights FILE", name)
	}
	if app, ok := apps.Find(apps.Prefix + name); ok {
		return "", fmt.Errorf("no network and no file is called %q; that of Keras is %s, and torchvision's networks have names in small letters", name, app)
	}
	list, _ := s.List() // own has read the folder, and other files' names are not what is asked for
	var known []string
	for _, e := range list {
		known = append(known, e.Name)
	}
	return "", fmt.Errorf("no network and no file is called %q; known are %s", name, strings.Join(known, ", "))
}

// MissingError is the error for a network whose weights could be downloaded.
type MissingError struct{ Published zoo.Published }

// Error states the size and how to get the weights.
func (e *MissingError) Error() string {
	return fmt.Sprintf("opening %s: its weights are not here; gazectl models get %s downloads them (%s), or give a file with --weights",
		e.Published.Network, e.Published.Network, Megabytes(e.Published.Size))
}

// published finds the published weights of a network, which may be one of Keras
// without its prefix; nil if there are none.
func (s *Store) published(network string) *zoo.Published {
	if name, ok := apps.Find(network); ok {
		network = name
	}
	for i := range s.catalogue {
		if s.catalogue[i].Network == network {
			return &s.catalogue[i]
		}
	}
	return nil
}

func (s *Store) isPublished(file string) bool {
	return slices.ContainsFunc(s.catalogue, func(p zoo.Published) bool { return p.File() == file })
}
