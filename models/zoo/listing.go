package zoo

import (
	"errors"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"gaze/models/weights"
)

// listing is the list of a file's parameters.
type listing struct {
	*weights.Contents
	index   map[string]int
	modules map[string]weights.Module
	// strange is a module that kept the parameters from an architecture which they
	// fit.
	strange string
	// zeros are the numbers that all parameters share while nothing is read.
	zeros []float32
}

func newListing(c *weights.Contents) *listing {
	file := &listing{Contents: c, index: make(map[string]int, len(c.Params)), modules: make(map[string]weights.Module, len(c.Modules))}
	for i, p := range c.Params {
		file.index[p.Name] = i
	}
	for _, m := range c.Modules {
		file.modules[m.Name] = m
	}
	return file
}

// blank is a tensor of that shape. All share their numbers, because nothing will
// be computed with them.
func (file *listing) blank(shape []int) *tensor.Dense {
	n := tensor.Shape(shape).TotalSize()
	if n > len(file.zeros) {
		file.zeros = make([]float32, n)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(file.zeros[:n:n]))
}

// way is how names of torchvision are found in a file.
type way struct {
	// naming has the names of another program; the zero value leaves torchvision's.
	naming naming
	// prefix stands before all names.
	prefix string
	// order is set where the parameters are matched by order and shape, from start
	// on; flip is set where the two ways of a block come in the other order.
	order, flip bool
	start       int
}

// naming is how another program than torchvision calls the parameters of an
// architecture.
type naming struct {
	// rename makes its name of torchvision's; nil keeps the names.
	rename func(name string) string
	// join names the parameters that lie one after the other in one of torchvision's; none
	// where it is one in the file, too. nil where that holds for all.
	join func(name string) []string
	// layerEpsilon is that of its layer normalisations; 0 where it is torchvision's.
	layerEpsilon float64
	// epsilon is that of its batch normalisations; 0 where it is torchvision's.
	epsilon float64
	// tensorFlow is set where its convolutions pad as TensorFlow does.
	tensorFlow bool
	// timm is set where timm has another network with the same names, whose own
	// name begins with tf_: it pads as TensorFlow does, and has its epsilon.
	timm bool
}

// asTensorFlow reports whether a checkpoint names one of timm's networks that pad
// as TensorFlow does.
func asTensorFlow(architecture string) bool { return strings.HasPrefix(architecture, "tf_") }

// named lists the ways in which an architecture's names may be in a file: for
// each program's names, all prefixes before the first one.
func (file *listing) named(a architecture) []way {
	first := a.probe
	if first == "" {
		first = firstParam(a)
	}
	var ways []way
	for _, n := range append([]naming{{}}, a.namings...) {
		if n.timm && asTensorFlow(file.Architecture) {
			n.epsilon, n.tensorFlow = 1e-3, true
		}
		name := first
		if n.rename != nil {
			name = n.rename(first)
		}
		for _, p := range file.Params {
			if prefix, ok := strings.CutSuffix(p.Name, name); ok && (prefix == "" || strings.HasSuffix(prefix, ".")) {
				ways = append(ways, way{naming: n, prefix: prefix})
			}
		}
	}
	// Copies that the training averages come last.
	slices.SortStableFunc(ways, func(a, b way) int {
		switch one, two := average(a.prefix), average(b.prefix); {
		case one == two:
			return 0
		case one:
			return 1
		}
		return -1
	})
	return ways
}

// average reports whether a prefix is that of a copy of a network that follows
// the trained one.
func average(prefix string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(prefix), func(r rune) bool { return r == '.' || r == '_' }), func(part string) bool {
		return part == "ema" || part == "teacher" || part == "momentum" || part == "target"
	})
}

// ordered lists the places in a file where an architecture's parameters may
// begin, by the shape of the first one.
func (file *listing) ordered(a architecture) []way {
	const most = 4
	var n naming
	if strings.HasPrefix(a.name, "efficientnet_b") && slices.ContainsFunc(file.Params, func(p weights.Param) bool { return strings.Contains(p.Name, ".depthwise_conv.conv.") }) {
		// mmpretrain's pads as TensorFlow does.
		n = naming{epsilon: 1e-3, tensorFlow: true}
	}
	var ways []way
	for i, p := range file.Params {
		if len(p.Shape) == 4 && (i == 0 || len(file.Params[i-1].Shape) < 4) {
			ways = append(ways, way{order: true, start: i, naming: n}, way{order: true, start: i, naming: n, flip: true})
		}
		if len(ways) >= 2*most {
			break
		}
	}
	return ways
}

// firstParam is the name of the first parameter that an architecture asks for.
func firstParam(a architecture) string {
	src := &firstName{}
	b := newBuilder(a, src)
	b.first = true
	a.build(b)
	return src.name
}

// errFirst ends a build once the name of its first parameter is known.
var errFirst = errors.New("the first parameter is known")

// firstName is a source that keeps the first name and gives nothing.
type firstName struct{ name string }

func (f *firstName) Param(name string, _ ...int) (*tensor.Dense, error) {
	if f.name == "" {
		f.name = name
	}
	return nil, errFirst
}
