// Package store finds networks: the built-in one, those of the zoo with
// published weights, which it downloads, and the user's own files.
//
// Weights are kept in a folder. Files there with the names of published files
// are downloads. All others are the user's own; each is known by its name
// without the extension, and resnet50.pth takes the place of the published
// weights of resnet50.
package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adrg/xdg"

	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/keras"
	"gaze/models/keras/apps"
	"gaze/models/onnx"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// DirVariable is the environment variable that names the folder of weights.
const DirVariable = "GAZE_MODELS"

// Store is a folder of weights.
type Store struct {
	dir       string
	catalogue []zoo.Published
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
	return &Store{dir: dir, catalogue: append(zoo.Catalogue(), apps.Catalogue()...)}
}

// Dir is the folder.
func (s *Store) Dir() string { return s.dir }

// Open loads a network. ref is a name from List, an .onnx or Keras file, or a file of
// weights; "builtin" means the built-in network, and so does "" unless the
// options name weights. Where a network and a file have the same name, ref
// means the network. The architecture of a file of weights is found from its
// sidecar, its name or its parameters.
//
// A sidecar beside the file and the options add what the file does not state.
// Gaze guesses what is still missing and lists the guesses in the network. The
// error for a network that could be downloaded is a [MissingError].
func (s *Store) Open(ref string, opt Options) (*models.Network, error) {
	arch, path, err := s.locate(ref, opt.Weights)
	if err != nil {
		return nil, err
	}
	if path == "" {
		net, err := builtin.Network()
		if err != nil {
			return nil, err
		}
		if err := errors.Join(opt.ofONNX(), s.describe(net, "", opt.Described, opt)); err != nil {
			return nil, fmt.Errorf("opening the built-in network: %w", err)
		}
		return net, nil
	}
	return s.open(arch, path, opt)
}

// locate finds the file that ref means and, where ref is an architecture's
// name, the architecture. The path is empty for the built-in network.
func (s *Store) locate(ref, weights string) (arch, path string, err error) {
	own := ref == "builtin" || ref == builtin.Name
	switch {
	case weights != "" && own:
		return builtin.Name, weights, nil
	case weights != "":
		return ref, weights, nil
	case own || ref == "":
		return "", "", nil
	case isApp(ref):
		arch, _ = apps.Find(ref)
		path, err = s.find(arch)
		return arch, path, err
	case strings.ContainsRune(ref, '/') || strings.ContainsRune(ref, filepath.Separator):
		return "", ref, nil
	}
	path, err = s.find(ref)
	var missing *MissingError
	if name, ok := apps.Find(ref); err != nil && !errors.As(err, &missing) && ok {
		path, err = s.find(name)
		return name, path, err
	}
	if err != nil && !errors.As(err, &missing) && isFile(ref) {
		return "", ref, nil
	}
	if err == nil && slices.Contains(zoo.Names(), ref) && !isWhole(path) {
		arch = ref
	}
	return arch, path, err
}

// open loads a network with the weights in a file. An empty arch leaves it to
// the file which network that is.
func (s *Store) open(arch, path string, opt Options) (*models.Network, error) {
	side, err := s.findSidecar(path)
	if err != nil {
		return nil, err
	}
	side = opt.Described.Over(side)
	var net *models.Network
	app, err := appOf(arch, path, side)
	switch {
	case err != nil:
		err = fmt.Errorf("opening %s: %w", path, err)
	case app != "":
		net, err = s.readApp(app, arch != "", path, side, opt)
	case isWhole(path):
		net, err = readWhole(path, side, opt)
		if err == nil && arch != "" {
			err = fmt.Errorf("opening %s: the file is a whole network; it does not go with the name %q", path, arch)
		}
	default:
		net, err = s.readWeights(arch, path, side)
	}
	if err != nil {
		return nil, err
	}
	if extension(path) != ".onnx" {
		err = opt.ofONNX()
	}
	if err == nil {
		err = s.describe(net, path, side, opt)
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return net, nil
}

// findSidecar reads the sidecar beside a file, else what Hugging Face's Transformers say
// there of pictures; nil if there is neither. Beside weights of Keras, the file of that
// name may be the model's configuration.
func (s *Store) findSidecar(path string) (*weights.Sidecar, error) {
	if slices.Contains(keras.Extensions(), extension(path)) && keras.Configures(weights.SidecarPath(path)) {
		return nil, nil
	}
	side, err := weights.FindSidecar(path)
	if side != nil || err != nil || s.isPublished(filepath.Base(path)) || extension(path) != ".onnx" && isWhole(path) {
		return side, err
	}
	side, err = weights.FindProcessor(path)
	if side != nil && extension(path) == ".onnx" {
		// An ONNX file states its size where it has one.
		side.Input.Height, side.Input.Width, side.Input.Resize = 0, 0, 0
	}
	return side, err
}

// extension is that of a file, in small letters.
func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }

// isWhole reports whether a file has the extension of those that hold a network, not
// only its weights.
func isWhole(path string) bool {
	return extension(path) == ".onnx" || slices.Contains(keras.Extensions(), extension(path)) || keras.IsSavedModel(path)
}

// readWhole reads a network from a file that holds all of it. Its layers are made for
// the input's size, so the size must be known first.
func readWhole(path string, side *weights.Sidecar, opt Options) (*models.Network, error) {
	said := opt.Input
	if side != nil && said.Height == 0 {
		said.Height, said.Width = side.Input.Height, side.Input.Width
	}
	if extension(path) == ".onnx" {
		return onnx.Read(path, onnx.Options{Height: said.Height, Width: said.Width, Inputs: opt.Inputs, Output: opt.Output})
	}
	scaled := said.SaysNumbers() || opt.Preset != "" || side != nil && side.Input.SaysNumbers()
	return keras.Read(path, keras.Options{Height: said.Height, Width: said.Width, Bytes: scaled})
}

// readWeights makes a network of the zoo with the weights of a file. What the file
// holds is matched with the architectures before its numbers are read.
func (s *Store) readWeights(ref, path string, side *weights.Sidecar) (*models.Network, error) {
	file, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var match *zoo.Match
	if arch := architecture(ref, path, side); arch != "" {
		match, err = zoo.Fit(arch, &file.Contents)
	} else {
		match, err = zoo.Find(&file.Contents)
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	set, err := file.Load(match.Params()...)
	if err != nil {
		return nil, err
	}
	net, err := match.Build(set)
	if err == nil {
		if net.Name = stem(path); ref != "" {
			net.Name = match.Architecture
		}
		net.Source = filepath.Base(path)
		s.complete(net, match, file)
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return net, nil
}

// complete adds to a network of the zoo what its file says, and guesses the rest.
func (s *Store) complete(net *models.Network, match *zoo.Match, file *weights.File) {
	published := s.isPublished(net.Source)
	if !published {
		net.GuessActivation()
	}
	if net.Named(len(file.Labels)) {
		net.SetTrainingLabels(file.Labels)
	}
	if !published {
		said := match.Says(net)
		guessed := slices.DeleteFunc(models.PixelAspects(), func(a models.Aspect) bool { return slices.Contains(said, a) })
		net.Guess("as for "+match.Architecture+"'s published weights", guessed...)
	}
}

// describe adds to a network what its file does not state. side may be nil; path is
// empty for the built-in network.
func (s *Store) describe(net *models.Network, path string, side *weights.Sidecar, opt Options) error {
	if side != nil {
		if side.Source != "" {
			net.Source = side.Source
		}
		for _, text := range side.Notes {
			net.Notes = append(net.Notes, models.NewNote(models.NoteText, text))
		}
		net.Notes = append(net.Notes, side.Remarks...)
		if len(side.Unknown) > 0 {
			net.Notes = append(net.Notes, models.NewNote(models.NoteKeys, side.File, strings.Join(side.Unknown, ", ")))
		}
	}
	if err := opt.preprocess(net, side); err != nil {
		return err
	}
	if err := opt.means(net, side); err != nil {
		return err
	}
	if err := s.name(net, path, side, opt); err != nil {
		return err
	}
	if side != nil && side.Layer != "" {
		if err := net.Choose(side.Layer); err != nil {
			return fmt.Errorf("sidecar %s: layer: %w", side.File, err)
		}
	}
	return nil
}

// architecture decides which structure the weights in a file have: the one
// asked for, else the one in the sidecar, else the one that the file is named
// after. It is empty if none of them tells.
func architecture(ref, path string, side *weights.Sidecar) string {
	switch {
	case ref != "":
		return ref
	case side != nil && side.Architecture != "":
		return side.Architecture
	case slices.Contains(zoo.Names(), stem(path)):
		return stem(path)
	}
	return ""
}

func stem(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// isFile reports whether ref, which is no network's name, is a file or looks
// like the name of one.
func isFile(ref string) bool {
	if slices.Contains(Extensions(), strings.ToLower(filepath.Ext(ref))) {
		return true
	}
	info, err := os.Stat(ref)
	return err == nil && info.Mode().IsRegular()
}
