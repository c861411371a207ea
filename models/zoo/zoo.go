// Package zoo holds the architectures that Gaze knows, one file for each
// family. Modules and parameters have torchvision's names, so that layers are
// called what papers and notebooks call them.
package zoo

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"gaze/models"
	"gaze/models/weights"
)

// Source provides the parameters of an architecture. -1 in a shape accepts any
// length: the number of classes depends on the weights.
type Source interface {
	Param(name string, shape ...int) (*tensor.Dense, error)
}

// architecture is one row of a family's table.
type architecture struct {
	name  string
	input models.Input
	// training has prefixes of parameters that a file may contain besides those
	// of the network: heads that are used in training only.
	training []string
	// probe is a parameter that every variant of the architecture has; empty for the
	// first one.
	probe string
	// namings are other programs' names of the parameters.
	namings []naming
	// published describes the published weights; nil if there are none.
	published *Published
	build     func(*builder)
}

// halfInput is a square input of size pixels, cut from a picture whose short
// side is resize pixels, with values from -1 to 1: mean and standard deviation
// are 0.5. Networks trained with TensorFlow or Keras expect it.
func halfInput(size, resize int) models.Input {
	in := models.ImageNetInput(size, resize)
	in.Mean = []float32{0.5, 0.5, 0.5}
	in.Std = []float32{0.5, 0.5, 0.5}
	return in
}

// family is a group of architectures that share their builder.
type family struct {
	name    string
	members []architecture
}

// families lists the families, each in a file of its own in this package. Where
// weights fit several architectures, the first one counts.
func families() []family {
	return []family{
		{"AlexNet", alexNets()},
		{"VGG", vggs()},
		{"GoogLeNet", googLeNets()},
		{"Inception v3", inceptionV3s()},
		{"ResNet, ResNeXt, Wide ResNet", resNets()},
		{"SqueezeNet", squeezeNets()},
		{"DenseNet", denseNets()},
		{"Xception", xceptions()},
		{"MobileNet v2", mobileNetV2s()},
		{"MobileNet v3", mobileNetV3s()},
		{"ShuffleNet v2", shuffleNets()},
		{"MNASNet", mnasNets()},
		{"EfficientNet", efficientNets()},
		{"RegNet", regNets()},
		{"ConvNeXt", convNeXts()},
		{"ViT, DeiT", vits()},
		{"Swin Transformer", swins()},
		{"MaxViT", maxvits()},
		{"YOLOv8", yolos()},
	}
}

func architectures() []architecture {
	var list []architecture
	for _, f := range families() {
		list = append(list, f.members...)
	}
	return list
}

// Family is a group of architectures from one paper or a few.
type Family struct {
	// Name is the family's name in papers, Networks are the names of its
	// architectures.
	Name     string
	Networks []string
}

// Families lists the architectures by family, in the order of [Names].
func Families() []Family {
	var list []Family
	for _, f := range families() {
		named := Family{Name: f.name}
		for _, a := range f.members {
			named.Networks = append(named.Networks, a.name)
		}
		list = append(list, named)
	}
	return list
}

// Names lists the architectures.
func Names() []string {
	var names []string
	for _, a := range architectures() {
		names = append(names, a.name)
	}
	return names
}

// Build makes the network called arch with parameters from src. One error lists
// all parameters that are missing or have the wrong shape.
func Build(arch string, src Source) (*models.Network, error) {
	a, err := find(arch)
	if err != nil {
		return nil, err
	}
	return a.network(src)
}

func (a architecture) network(src Source) (*models.Network, error) {
	b := newBuilder(a, src)
	a.build(b)
	if b.err != nil {
		return nil, b.err
	}
	if problems := slices.Concat(b.problems, b.headProblems); len(problems) > 0 {
		return nil, &ParamError{Architecture: a.name, Problems: problems}
	}
	return b.net, nil
}

func newBuilder(a architecture, src Source) *builder {
	return &builder{net: &models.Network{Name: a.name, Architecture: a.name, Input: a.input}, src: src, epsilon: 1e-5}
}

// Load makes the network called arch from a set of weights. Where they do not
// fit, one error lists all parameters that are missing, have the wrong shape, or
// are not part of the network. Parameters of heads that are used in training only
// are ignored.
func Load(arch string, set *weights.Set) (*models.Network, error) {
	m, err := Fit(arch, set.Contents())
	if err != nil {
		return nil, err
	}
	return m.Build(set)
}

// Detect finds the architecture that a set of weights fits: see [Find].
func Detect(set *weights.Set) (string, error) {
	m, err := Find(set.Contents())
	if err != nil {
		return "", err
	}
	return m.Architecture, nil
}

// ParamError lists the parameters that do not fit an architecture.
type ParamError struct {
	Architecture string
	// Problems has a line for each parameter, starting with its name.
	Problems []string
}

// Error lists the first problems and counts the rest.
func (e *ParamError) Error() string {
	return fmt.Sprintf("the weights do not fit %s: %s", e.Architecture, first(e.Problems))
}

func find(name string) (architecture, error) {
	for _, a := range architectures() {
		if a.name == name {
			return a, nil
		}
	}
	return architecture{}, fmt.Errorf("no network is called %q; known are %s", name, strings.Join(Names(), ", "))
}
