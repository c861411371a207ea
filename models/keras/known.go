package keras

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"gorgonia.org/tensor"

	"gaze/models"
	"gaze/models/hdf5"
	"gaze/models/internal/regular"
)

// Architecture is the configuration of a model that is known without a file, such
// as those of keras.applications.
type Architecture struct {
	// Config is what model.to_json() of Keras 3 gives.
	Config []byte
	// Arrays are the shapes of the arrays that a file of weights has for each layer
	// with weights, in the file's order.
	Arrays [][]tensor.Shape
}

// Bare reports whether the file at path has weights and no model, and none beside it.
func Bare(path string) (bool, error) {
	file, size, err := regular.Open(path)
	if err != nil {
		return false, fmt.Errorf("reading network: %w", err)
	}
	defer file.Close()
	head := make([]byte, min(8, size))
	if _, err := file.ReadAt(head, 0); err != nil || !hdf5.Is(head) {
		return false, nil
	}
	f, err := hdf5.Open(file, size)
	if err != nil {
		return false, fmt.Errorf("reading network from %s: %w", path, err)
	}
	if f.Root().Has("model_weights") {
		return false, nil
	}
	for _, name := range namesBeside(path) {
		if Configures(filepath.Join(filepath.Dir(path), name)) {
			return false, nil
		}
	}
	return true, nil
}

// ReadWeights reads the network of that architecture with the weights in the file
// at path, which save_weights() wrote. In a file that lists the layers, they are known
// by their places in the list, whatever they are called there.
func ReadWeights(path string, a Architecture, opt Options) (*models.Network, error) {
	file, size, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading network: %w", err)
	}
	defer file.Close()
	net, err := decodeWeights(file, size, a, opt)
	if err != nil {
		return nil, fmt.Errorf("reading weights from %s: %w", path, err)
	}
	net.Source = filepath.Base(path)
	return net, nil
}

func decodeWeights(r io.ReaderAt, size int64, a Architecture, opt Options) (*models.Network, error) {
	root, err := weightsRoot(r, size)
	if err != nil {
		return nil, err
	}
	names, err := texts(root, "layer_names")
	if err != nil {
		return nil, err
	}
	s := &source{config: a.Config, version: knownVersion, root: root, byPlace: true, byPath: len(names) == 0, size: size + int64(len(a.Config))}
	return s.network(opt)
}

// knownVersion is the version of Keras that wrote the configurations.
const knownVersion = "3"

// weightsRoot opens the group that has the groups of the layers.
func weightsRoot(r io.ReaderAt, size int64) (*hdf5.Group, error) {
	f, err := hdf5.Open(r, size)
	if err != nil {
		return nil, err
	}
	if root := f.Root(); root.Has("model_weights") {
		return root.Group("model_weights")
	}
	return f.Root(), nil
}

// WeightShapes lists the shapes of the arrays in a file of weights: for each layer
// that has any, in the file's order. Files that have the layers in another way than
// a list are an error.
func WeightShapes(path string) ([][]tensor.Shape, error) {
	file, size, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading network: %w", err)
	}
	defer file.Close()
	all, err := weightShapes(file, size)
	if err != nil {
		return nil, fmt.Errorf("reading weights from %s: %w", path, err)
	}
	return all, nil
}

func weightShapes(r io.ReaderAt, size int64) ([][]tensor.Shape, error) {
	root, err := weightsRoot(r, size)
	if err != nil {
		return nil, err
	}
	groups, err := filledGroups(root)
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 {
		return nil, errors.New("it has no list of layers with weights")
	}
	var all [][]tensor.Shape
	for _, g := range groups {
		list, err := listed(g)
		if err != nil {
			return nil, err
		}
		shapes := make([]tensor.Shape, len(list))
		for i, d := range list {
			shapes[i] = d.Shape()
		}
		all = append(all, shapes)
	}
	return all, nil
}

// Source makes the parameters of a network without a file.
type Source interface {
	// Param makes the parameter of that name and shape, in Keras' order of axes.
	Param(name string, shape ...int) (*tensor.Dense, error)
}

// Build makes the network of that architecture with parameters from src. They are
// called by the layer's name and Keras' name of the weight, "conv1_conv.kernel",
// but "depthwise_kernel" and "layer_scale" where these tell more than "kernel" and
// "gamma".
func Build(a Architecture, src Source, opt Options) (*models.Network, error) {
	size := int64(len(a.Config))
	for _, shapes := range a.Arrays {
		for _, s := range shapes {
			n := int64(1)
			for _, side := range s {
				n *= int64(side)
			}
			size += 4 * n
		}
	}
	s := &source{config: a.Config, version: knownVersion, size: size}
	s.made = func(m *model) (arrays, error) { return makeArrays(m, a.Arrays, src) }
	net, err := s.network(opt)
	if err != nil {
		return nil, fmt.Errorf("making network %s: %w", opt.Name, err)
	}
	return net, nil
}

// makeArrays gives each layer arrays of the shapes that a file would have.
func makeArrays(m *model, shapes [][]tensor.Shape, src Source) (arrays, error) {
	all := make(arrays)
	at := 0
	for _, l := range m.layers {
		if !l.weighted() {
			continue
		}
		if at == len(shapes) {
			return nil, fmt.Errorf("weights of %d layers are known, and the model has more", at)
		}
		var list []stored
		for _, s := range shapes[at] {
			list = append(list, &parameter{src: src, shape: s})
		}
		at++
		put := all.put
		if l.model != nil {
			put = all.deal
		}
		if err := put(l, list); err != nil {
			return nil, err
		}
	}
	for l, kept := range all {
		for name, a := range kept {
			a.(*parameter).name = l.name + "." + l.fullName(name)
		}
	}
	return all, nil
}

// fullName is the name of a variable that tells what it is for.
func (l *layer) fullName(variable string) string {
	switch {
	case l.class == "DepthwiseConv2D" && variable == "kernel":
		return "depthwise_kernel"
	case l.class == "LayerScale":
		return "layer_scale"
	}
	return variable
}

// parameter is an array that is made when it is asked for.
type parameter struct {
	src   Source
	name  string
	shape tensor.Shape
}

func (p *parameter) Shape() []int { return p.shape }

func (p *parameter) Floats() ([]float32, error) {
	t, err := p.src.Param(p.name, p.shape...)
	if err != nil {
		return nil, err
	}
	values, ok := t.Data().([]float32)
	if !ok {
		return nil, fmt.Errorf("parameter %s is of %v, not float32", p.name, t.Dtype())
	}
	return values, nil
}
