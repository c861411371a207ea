// Package store finds networks: the built-in one, those of the zoo with weights
// that were published, which it downloads, and a user's own files.
//
// Weights are kept in a folder. A file there whose name is not a published
// one's is the user's own, and is known by its name without the extension; as
// resnet50.pth it stands for the published weights of resnet50.
package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adrg/xdg"

	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/labels"
	"gaze/models/onnx"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// DirVariable is the environment variable that names the folder of weights.
const DirVariable = "GAZE_MODELS"

// Store is a folder of weights.
type Store struct {
	dir       string
	catalogue []Published
}

// New is the store in dir, which need not exist yet. An empty dir means the
// folder that GAZE_MODELS names, or else gaze/models in the user's data
// directory.
func New(dir string) *Store {
	if dir == "" {
		dir = os.Getenv(DirVariable)
	}
	if dir == "" {
		dir = filepath.Join(xdg.DataHome, "gaze", "models")
	}
	return &Store{dir: dir, catalogue: catalogue()}
}

// Dir is the folder.
func (s *Store) Dir() string { return s.dir }

// Open loads a network. ref is a name from List ("builtin" means the built-in
// network, as does ""), an .onnx file, or a file of weights, whose
// architecture is then found from its sidecar, its name or its parameters. A
// sidecar beside the file overrides preprocessing and labels. The error for a
// network that could be downloaded is a [MissingError].
func (s *Store) Open(ref string, opt Options) (*models.Network, error) {
	path := opt.Weights
	switch {
	case path != "":
	case isFile(ref):
		ref, path = "", ref
	case ref == "" || ref == "builtin" || ref == builtin.Name:
		net, err := builtin.Network()
		if err != nil {
			return nil, err
		}
		return opt.apply(net)
	default:
		found, err := s.find(ref)
		if err != nil {
			return nil, err
		}
		if path = found; !slices.Contains(zoo.Names(), ref) || isONNX(path) {
			ref = ""
		}
	}
	net, err := open(ref, path)
	if err != nil {
		return nil, err
	}
	if net, err = opt.apply(net); err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return net, nil
}

// open loads the network called ref, or whatever it is if that is empty, with
// the weights in a file.
func open(ref, path string) (*models.Network, error) {
	side, err := weights.FindSidecar(path)
	if err != nil {
		return nil, err
	}
	if isONNX(path) {
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

func isONNX(path string) bool { return strings.EqualFold(filepath.Ext(path), ".onnx") }

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
	return name(net, names, side.Labels)
}

// name gives the classes their names, which are from a file.
func name(net *models.Network, names []string, file string) error {
	if len(names) != net.Classes() {
		return fmt.Errorf("%s has %d labels for %d classes", file, len(names), net.Classes())
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
