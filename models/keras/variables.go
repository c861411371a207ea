package keras

import "fmt"

// variable is an array of numbers that a layer keeps in the file.
type variable struct {
	name string
	// trained is set for weights that training changes. Where the layer itself may
	// not be trained, they count as the others.
	trained bool
	// optional is set for a variable that only some versions of Keras write.
	optional bool
}

func trained(names ...string) []variable {
	var list []variable
	for _, name := range names {
		list = append(list, variable{name: name, trained: true})
	}
	return list
}

// biased are a layer's weights with its bias, if it has one.
func biased(names ...string) func(settings) []variable {
	return func(s settings) []variable {
		if s.flag("use_bias", true) {
			return trained(append(names[:len(names):len(names)], "bias")...)
		}
		return trained(names...)
	}
}

// affine are gamma and beta, as far as a normalisation has them.
func affine(s settings) []variable {
	var list []variable
	if s.flag("scale", true) {
		list = append(list, trained("gamma")...)
	}
	if s.flag("center", true) {
		list = append(list, trained("beta")...)
	}
	return list
}

func batchNormVariables(s settings) []variable {
	return append(affine(s), variable{name: "moving_mean"}, variable{name: "moving_variance"})
}

// normalizationVariables are those of a Normalization that was adapted to data.
func normalizationVariables(s settings) []variable {
	if s["mean"] != nil {
		return nil
	}
	return []variable{{name: "mean"}, {name: "variance"}, {name: "count", optional: true}}
}

func always(names ...string) func(settings) []variable {
	return func(settings) []variable { return trained(names...) }
}

// variables lists what a layer keeps in the file, in Keras' order.
func (l *layer) variables() []variable {
	if l.operation || l.model != nil {
		return nil
	}
	if list, ok := kept[l.class]; ok {
		return list(l.config)
	}
	return nil
}

// kept has, for each class of layers that keep anything in the file, what they
// keep.
var kept = map[string]func(settings) []variable{
	"Conv2D":                 biased("kernel"),
	"Dense":                  biased("kernel"),
	"DepthwiseConv2D":        biased("kernel"),
	"SeparableConv2D":        biased("depthwise_kernel", "pointwise_kernel"),
	"BatchNormalization":     batchNormVariables,
	"SyncBatchNormalization": batchNormVariables,
	"BatchNormalizationV1":   batchNormVariables,
	"BatchNormalizationV2":   batchNormVariables,
	"LayerNormalization":     affine,
	"GroupNormalization":     affine,
	"RMSNormalization":       always("scale"),
	"Conv2DTranspose":        biased("kernel"),
	"PReLU":                  always("alpha"),
	"LayerScale":             always("gamma"),
	"Normalization":          normalizationVariables,
}

// leaves are the layers of m and of the models in it, in order.
func (m *model) leaves() []*layer {
	var all []*layer
	for _, l := range m.layers {
		if l.model != nil {
			all = append(all, l.model.leaves()...)
			continue
		}
		all = append(all, l)
	}
	return all
}

// weighted reports whether a layer, or one in it, keeps anything in the file.
func (l *layer) weighted() bool {
	if l.model == nil {
		return len(l.variables()) > 0
	}
	for _, leaf := range l.model.leaves() {
		if len(leaf.variables()) > 0 {
			return true
		}
	}
	return false
}

// stored is an array that is kept for a layer, in Keras' order of axes.
type stored interface {
	Shape() []int
	Floats() ([]float32, error)
}

// arrays has each layer's arrays by the names of its variables.
type arrays map[*layer]map[string]stored

// put gives a layer its arrays, which are in the order of its variables.
func (a arrays) put(l *layer, list []stored) error {
	wanted := l.variables()
	if len(list) < len(wanted) && len(wanted) > 0 && wanted[len(wanted)-1].optional {
		wanted = wanted[:len(wanted)-1]
	}
	if len(list) != len(wanted) {
		return fmt.Errorf("layer %s (%s) has %d arrays of weights in the file and %d by the model's configuration", l.name, l.class, len(list), len(wanted))
	}
	of := make(map[string]stored)
	for i, v := range wanted {
		of[v.name] = list[i]
	}
	a[l] = of
	return nil
}
