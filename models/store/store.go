// Package store finds networks: the built-in one, and those of the zoo with
// weights from a file.
package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/labels"
	"gaze/models/onnx"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// Entry is a network that can be asked for by name.
type Entry struct {
	Name string `json:"name"`
	// Ready says that Open needs nothing else; where not, Needs says what.
	Ready bool   `json:"ready"`
	Needs string `json:"needs,omitempty"`
	// About says in a few words what the network is.
	About string `json:"about"`
}

// List lists the networks that can be asked for by name, those that are ready
// first.
func List() []Entry {
	list := []Entry{{Name: builtin.Name, Ready: true, About: "built in: 117 everyday things"}}
	for _, name := range zoo.Names() {
		if name != builtin.Name {
			list = append(list, Entry{Name: name, Needs: "weights from a file", About: "architecture as in torchvision"})
		}
	}
	return list
}

// Options say more about the network to open.
type Options struct {
	// Weights is a .safetensors file to be used with a named architecture.
	Weights string
}

// Open loads a network. ref is a name from List ("builtin" means the built-in
// network, as does ""), an .onnx file, or a .safetensors file, whose
// architecture is then found from its sidecar, its name or its parameters. A
// sidecar beside the file overrides preprocessing and labels.
func Open(ref string, opt Options) (*models.Network, error) {
	path := opt.Weights
	if path == "" && isFile(ref) {
		ref, path = "", ref
	}
	if path == "" {
		return openNamed(ref)
	}
	side, err := weights.FindSidecar(path)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(filepath.Ext(path), ".onnx") {
		return openONNX(ref, path, side)
	}
	set, err := weights.Read(path)
	if err != nil {
		return nil, err
	}
	arch := architecture(ref, path, side)
	if arch == "" {
		if arch, err = zoo.Detect(set); err != nil {
			return nil, fmt.Errorf("opening %s: %w", path, err)
		}
	}
	net, err := zoo.Load(arch, set)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	net.Name = stem(path)
	if ref != "" {
		net.Name = arch
	}
	net.Source = filepath.Base(path)
	if err := describe(net, side, path); err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return net, nil
}

// openONNX loads the network in an ONNX file, which has its own structure.
func openONNX(ref, path string, side *weights.Sidecar) (*models.Network, error) {
	if ref != "" {
		return nil, fmt.Errorf("opening %s: an ONNX file is a whole network; it does not go with the name %q", path, ref)
	}
	var in *models.Input
	if side != nil {
		in = &side.Input
	}
	net, err := onnx.Read(path, in)
	if err != nil {
		return nil, err
	}
	if err := describe(net, side, path); err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	if side == nil && len(net.Labels) > 0 {
		net.Notes = append(net.Notes, fmt.Sprintf("The labels are a guess: %d classes are taken for ImageNet's.", len(net.Labels)))
	}
	return net, nil
}

func openNamed(name string) (*models.Network, error) {
	switch {
	case name == "" || name == "builtin" || name == builtin.Name:
		return builtin.Network()
	case slices.Contains(zoo.Names(), name):
		return nil, fmt.Errorf("opening %s: its weights are not here; give them with --weights FILE.safetensors", name)
	}
	var known []string
	for _, e := range List() {
		known = append(known, e.Name)
	}
	return nil, fmt.Errorf("no network and no file is called %q; known are %s", name, strings.Join(known, ", "))
}

// architecture decides what structure a weights file has: what was asked for,
// else what the sidecar says, else the file's name if a network is called so.
func architecture(ref, path string, side *weights.Sidecar) string {
	switch {
	case ref == "builtin":
		return builtin.Name
	case ref != "":
		return ref
	case side != nil && side.Architecture != "":
		return side.Architecture
	case slices.Contains(zoo.Names(), stem(path)):
		return stem(path)
	}
	return ""
}

// describe applies the sidecar's preprocessing, labels and text to net.
func describe(net *models.Network, side *weights.Sidecar, path string) error {
	if side == nil {
		if net.Classes() == len(labels.ImageNet()) {
			net.Labels = labels.ImageNet()
		}
		return nil
	}
	if side.Input.Height != net.Input.Height || side.Input.Width != net.Input.Width {
		resized, err := net.Resized(side.Input)
		if err != nil {
			return err
		}
		*net = *resized
	}
	net.Input = side.Input
	if side.Source != "" {
		net.Source = side.Source
	}
	if side.Labels == "" {
		return nil
	}
	names, err := labels.Load(side.Labels, filepath.Dir(path))
	if err != nil {
		return err
	}
	if len(names) != net.Classes() {
		return fmt.Errorf("%s has %d labels for %d classes", side.Labels, len(names), net.Classes())
	}
	net.Labels = names
	return nil
}

func stem(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// isFile reports whether ref means a file rather than a name: it looks like
// one, or there is one.
func isFile(ref string) bool {
	if ref == "" {
		return false
	}
	if strings.ContainsAny(ref, `/\`) || slices.Contains([]string{".safetensors", ".onnx", ".pth", ".pt"}, strings.ToLower(filepath.Ext(ref))) {
		return true
	}
	info, err := os.Stat(ref)
	return err == nil && info.Mode().IsRegular()
}
