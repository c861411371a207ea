// Package keras reads networks from the files of Keras 2 and 3: .keras, whole
// models in .h5, and weights in .h5 or .weights.h5 with the architecture in a JSON
// file beside them, as model.to_json() writes it.
//
// A file has the configuration of a model, a graph of layers with their settings,
// and arrays of weights. Each layer becomes layers of package models. A model within
// the model becomes its layers, called "model/layer". What a model does with the
// picture first, such as to scale pixels, becomes the network's input. Nothing of a
// file is executed: a Lambda or a class of the author's own is refused.
//
// Keras has the channels last, networks here have them first. No number is moved
// for that: the reader keeps track of where the numbers are.
package keras

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gaze/models"
	"gaze/models/hdf5"
	"gaze/models/internal/notnetwork"
	"gaze/models/internal/regular"
)

// Options describe what a file does not state.
type Options struct {
	// Name of the network; that of the file where it is empty.
	Name string
	// Height and Width are the input's. With 0, the file's own size is used.
	Height, Width int
	// Bytes leaves what the file does with the numbers of pixels in the network, which
	// then takes them from 0 to 255, where it does something with them. Otherwise that
	// becomes the network's preprocessing.
	Bytes bool
}

// Extensions are those of the files that [Read] reads.
func Extensions() []string { return []string{".keras", ".h5", ".hdf5"} }

// savedModel is the file that a folder in TensorFlow's SavedModel format has.
const savedModel = "saved_model.pb"

// IsSavedModel reports whether path is a folder in TensorFlow's SavedModel format, or
// the file that makes it one. [Read] says what to do with it.
func IsSavedModel(path string) bool {
	if filepath.Base(path) == savedModel {
		return true
	}
	info, err := os.Stat(filepath.Join(path, savedModel))
	return err == nil && info.Mode().IsRegular()
}

var errSavedModel = errors.New("it is TensorFlow's SavedModel format, which is not read; load the model in Keras and save it with model.save(\"model.keras\"), or make an ONNX file of it with tf2onnx")

// Read reads the network in the file at path. Errors name the file, and the layer
// where one is the reason. The memory that the network takes is bounded by a
// multiple of the file's size, whatever the file says of itself.
func Read(path string, opt Options) (*models.Network, error) {
	if IsSavedModel(path) {
		return nil, fmt.Errorf("reading network from %s: %w", path, errSavedModel)
	}
	file, size, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading network: %w", err)
	}
	defer file.Close()
	if opt.Name == "" {
		opt.Name = stem(path)
	}
	net, err := decode(file, size, path, opt)
	if err != nil {
		return nil, fmt.Errorf("reading network from %s: %w", path, err)
	}
	net.Source = filepath.Base(path)
	return net, nil
}

// stem is a file's name without its extensions: "mine" for "mine.weights.h5".
func stem(path string) string {
	base := filepath.Base(path)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	return strings.TrimSuffix(base, ".weights")
}

// source is what a file has: a configuration and weights.
type source struct {
	config  []byte
	version string
	// training is the JSON that says with which loss the model was trained, if any.
	training []byte
	weights  *hdf5.File
	// root of the weights, and whether each is found by its path.
	root   *hdf5.Group
	byPath bool
	size   int64
	// byPlace is set where layers are known by their places alone.
	byPlace bool
	// made has the arrays where there is no file.
	made func(m *model) (arrays, error)
}

// decode reads a network from a file of size bytes.
func decode(r io.ReaderAt, size int64, path string, opt Options) (*models.Network, error) {
	head := make([]byte, min(8, size))
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, fmt.Errorf("reading its first bytes: %w", err)
	}
	var s *source
	var err error
	switch {
	case bytes.HasPrefix(head, []byte("PK")):
		s, err = fromArchive(r, size)
	case hdf5.Is(head):
		s, err = fromHDF5(r, size, path)
	default:
		if err = notNetwork(r, size); err == nil {
			err = errors.New("it is neither a .keras file nor an HDF5 file: it begins as none of them")
		}
	}
	if err != nil {
		return nil, err
	}
	return s.network(opt)
}

// notNetwork says what a file is that is of no kind of Keras's.
func notNetwork(r io.ReaderAt, size int64) error {
	head := make([]byte, min(size, notnetwork.HeadBytes))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return fmt.Errorf("reading its first bytes: %w", err)
	}
	if err := notnetwork.Check(head); err != nil {
		return err
	}
	return notnetwork.Other(head)
}

func fromArchive(r io.ReaderAt, size int64) (*source, error) {
	a, err := openArchive(r, size)
	if err != nil {
		return nil, err
	}
	s := &source{config: a.config, version: a.version, training: a.config, byPath: true, size: size}
	if s.weights, err = hdf5.Open(a.weights, a.size); err != nil {
		return nil, fmt.Errorf("its model.weights.h5: %w", err)
	}
	s.root = s.weights.Root()
	return s, nil
}

// fromHDF5 reads a whole model, or weights with the configuration beside them.
func fromHDF5(r io.ReaderAt, size int64, path string) (*source, error) {
	f, err := hdf5.Open(r, size)
	if err != nil {
		return nil, err
	}
	root := f.Root()
	s := &source{weights: f, root: root, size: size}
	config, err := root.Text("model_config")
	if err != nil {
		return nil, err
	}
	if s.version, err = root.Text("keras_version"); err != nil {
		return nil, err
	}
	if config == "" {
		if s.config, err = beside(path); err != nil {
			return nil, err
		}
		s.size += int64(len(s.config))
	} else {
		s.config = []byte(config)
		training, err := root.Text("training_config")
		if err != nil {
			return nil, err
		}
		s.training = []byte(training)
	}
	if root.Has("model_weights") {
		if s.root, err = root.Group("model_weights"); err != nil {
			return nil, err
		}
		return s, nil
	}
	names, err := texts(root, "layer_names")
	s.byPath = len(names) == 0
	return s, err
}

// network makes the network.
func (s *source) network(opt Options) (*models.Network, error) {
	m, err := parseModel(s.config)
	if err != nil {
		return nil, err
	}
	b := &builder{
		net: &models.Network{Name: opt.Name, Architecture: "Keras", Source: "a Keras file"},
		opt: opt, version: s.generation(), memory: newMemory(s.size),
		layers: layers(), operations: operations(), dense: make(map[*layer]params),
		aliases: make(map[string]string), inner: make(map[string][]string), known: make(map[string]bool),
		done: make(map[*layer]done),
	}
	if b.net.Name == "" {
		b.net.Name = "network"
	}
	for _, l := range m.leaves() {
		b.known[l.name] = true
	}
	if err := m.single(); err != nil {
		return nil, err
	}
	picture, err := b.pictureOf(m)
	if err != nil {
		return nil, err
	}
	if err := b.readable(m, scope{}); err != nil {
		return nil, described(picture, err)
	}
	switch {
	case s.made != nil:
		b.arrays, err = s.made(m)
	case s.byPath:
		b.arrays, err = pathArrays(m, s.root, b.memory)
	default:
		b.arrays, err = legacyArrays(m, s.root, s.byPlace)
	}
	if err != nil {
		return nil, err
	}
	out, err := b.run(m, []*value{picture}, scope{})
	if err != nil {
		return nil, b.sized(err)
	}
	if err := b.finish(out[0]); err != nil {
		return nil, b.sized(err)
	}
	b.net.Parts = b.parts(m, "", 0)
	if b.net.Output.Activation == "" {
		b.trainedWith(s.training)
	}
	b.net.GuessActivation()
	return b.net, nil
}

// generation is the version of Keras that wrote the file: 2 or 3.
func (s *source) generation() int {
	version := s.version
	if version == "" {
		var said struct {
			Version string `json:"keras_version"`
		}
		if json.Unmarshal(s.config, &said) == nil {
			version = said.Version
		}
	}
	if strings.HasPrefix(version, "3") || version == "" && s.byPath {
		return 3
	}
	return 2
}

// single reports a model that has more than one input or output.
func (m *model) single() error {
	for _, part := range []struct {
		what string
		refs []tensorRef
	}{{"inputs", m.inputs}, {"outputs", m.outputs}} {
		if len(part.refs) < 2 {
			continue
		}
		var names []string
		for _, r := range part.refs {
			names = append(names, r.layer)
		}
		return fmt.Errorf("it has %d %s (%s), and a network here has one; make a model with one of them in Keras and save that", len(names), part.what, strings.Join(names, ", "))
	}
	return nil
}

// readable reports a layer of a kind that cannot be read, before anything else can
// go wrong.
func (b *builder) readable(m *model, s scope) error {
	for _, l := range m.layers {
		if l.model != nil {
			if err := b.readable(l.model, scope{prefix: s.prefix + l.name + "/"}); err != nil {
				return err
			}
			continue
		}
		if l.class == "InputLayer" {
			continue
		}
		if _, err := b.builderOf(l); err != nil {
			return b.describe(l, s.prefix+l.name, err)
		}
	}
	return nil
}

// described adds the input's shape to an error about a model whose input is hardly
// a picture.
func described(picture *value, err error) error {
	if shape := picture.shape(); len(shape) == 2 {
		return fmt.Errorf("%w (its input has the shape %s)", err, shapeText(shape))
	}
	return err
}

// sized adds to an error that the network was read for another size than the
// file's, because that may be the reason.
func (b *builder) sized(err error) error {
	if b.fileSize == nil || slices.Equal(b.fileSize, []int{b.net.Input.Height, b.net.Input.Width}) {
		return err
	}
	return fmt.Errorf("%w (the file is for pictures of %dx%d)", err, b.fileSize[1], b.fileSize[0])
}
