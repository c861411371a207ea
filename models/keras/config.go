package keras

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// model is the configuration of a Keras model: a chain of layers or a graph.
type model struct {
	name   string
	layers []*layer
	// sequential is set where each layer reads the one before it. Otherwise the
	// layers' calls say what they read, and inputs and outputs are those of the
	// model.
	sequential      bool
	inputs, outputs []tensorRef
	// shape is the input's without the batch, where the model itself states it; -1
	// for a side that is left open.
	shape []int
}

// layer is the configuration of a layer, of an operation on tensors, or of a
// model within a model.
type layer struct {
	name  string
	class string
	// operation is set for an operation on tensors, such as x + y, which has the
	// classes of layers but is none.
	operation bool
	// own is set for a class that is not Keras' but the author's.
	own    bool
	config settings
	calls  []call
	// model is set where the layer is a model.
	model *model
	// first is the number that the file gives to the first call.
	first int
	// built is the input's shape that the layer was built for, without the batch.
	built []int
}

// keraslike are the Python modules that are Keras' own.
var keraslike = regexp.MustCompile(`^(keras|tf_keras|tensorflow)(\.|$)`)

// jsonObject is an object in JSON.
type jsonObject = map[string]any

// maxModels bounds how deep models may be within models.
const maxModels = 64

// parseModel reads what model.to_json() writes.
func parseModel(data []byte) (*model, error) {
	var top jsonObject
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("the configuration of the model is no JSON: %w", err)
	}
	if !isModel(text(top["class_name"])) {
		return nil, notFunctional(text(top["class_name"]))
	}
	return modelOf(top, 0)
}

// isModel reports whether a class is one of Keras' own models, which are made of
// layers in the file.
func isModel(class string) bool {
	return class == "Sequential" || class == "Functional" || class == "Model"
}

// notFunctional is the error for a model that is a class of its author's own.
func notFunctional(class string) error {
	if class == "" {
		return errors.New("it is no configuration of a Keras model: it has no class_name")
	}
	return fmt.Errorf("the model is of the class %s, whose layers are in a Python program and not in the file; "+
		"build it from Keras' own layers as a Sequential or Functional model, or export it to ONNX", class)
}

// modelOf reads the configuration of a model that is so deep in others.
func modelOf(of jsonObject, depth int) (*model, error) {
	if depth > maxModels {
		return nil, fmt.Errorf("models are nested more than %d deep", maxModels)
	}
	m := &model{name: text(of["name"]), sequential: text(of["class_name"]) == "Sequential"}
	var list []any
	switch config := of["config"].(type) {
	case []any: // Sequential before Keras 2.2.3
		list = config
	case jsonObject:
		s := settings(config)
		if name := text(config["name"]); name != "" {
			m.name = name
		}
		list, _ = config["layers"].([]any)
		for _, key := range []string{"batch_input_shape", "build_input_shape", "batch_shape"} {
			if m.shape == nil {
				m.shape = s.shape(key)
			}
		}
		var err error
		if m.inputs, err = refsOf(config["input_layers"]); err != nil {
			return nil, fmt.Errorf("the inputs of model %s: %w", m.name, err)
		}
		if m.outputs, err = refsOf(config["output_layers"]); err != nil {
			return nil, fmt.Errorf("the outputs of model %s: %w", m.name, err)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("model %s has no layers", m.name)
	}
	seen := make(map[string]bool)
	for _, item := range list {
		l, err := layerOf(item, depth)
		if err != nil {
			return nil, err
		}
		if seen[l.name] {
			return nil, fmt.Errorf("model %s has two layers called %q", m.name, l.name)
		}
		seen[l.name] = true
		m.layers = append(m.layers, l)
	}
	m.countCalls()
	return m, nil
}

// layerOf reads the configuration of a layer.
func layerOf(item any, depth int) (*layer, error) {
	of, ok := item.(jsonObject)
	if !ok {
		return nil, errors.New("a layer of the model is no object in the configuration")
	}
	l := &layer{class: text(of["class_name"]), name: text(of["name"])}
	config, _ := of["config"].(jsonObject)
	l.config = config
	if name := text(config["name"]); name != "" {
		l.name = name
	}
	if l.name == "" {
		return nil, fmt.Errorf("a layer of class %s has no name", l.class)
	}
	module := text(of["module"])
	l.operation = strings.HasPrefix(module, "keras.src.ops.") || strings.HasPrefix(module, "keras.ops.") ||
		l.class == "TFOpLambda" || l.class == "SlicingOpLambda" || l.class == graphOperation
	l.own = strings.Contains(l.class, ">") || module != "" && !keraslike.MatchString(module)
	// What the author has registered is their own, whatever it is called.
	if registered := text(of["registered_name"]); strings.Contains(registered, ">") {
		l.class, l.own = registered, true
	}
	l.built = settings(of).object("build_config").shape("input_shape")
	// keras.applications registers one of its layers as authors do.
	if l.class == "Custom>CustomScaleLayer" {
		l.class, l.own = "CustomScaleLayer", false
	}
	var err error
	if isModel(l.class) {
		if l.model, err = modelOf(of, depth+1); err != nil {
			return nil, err
		}
		l.name = l.model.name
	}
	if l.calls, err = callsOf(of["inbound_nodes"]); err != nil {
		return nil, fmt.Errorf("layer %s: %w", l.name, err)
	}
	if module == "" && !l.own {
		l.operation = l.operation || l.isOperation()
	}
	return l, nil
}

// countCalls finds for each layer which number the file gives to its first call.
// A model within a model was called once when it was made, and that call is not in
// the file.
func (m *model) countCalls() {
	lowest, highest := make(map[string]int), make(map[string]int)
	see := func(r tensorRef) {
		if low, ok := lowest[r.layer]; !ok || r.call < low {
			lowest[r.layer] = r.call
		}
		highest[r.layer] = max(highest[r.layer], r.call)
	}
	for _, l := range m.layers {
		for _, c := range l.calls {
			c.each(see)
		}
	}
	for _, r := range m.outputs {
		see(r)
	}
	for _, l := range m.layers {
		if highest[l.name] >= max(len(l.calls), 1) {
			l.first = lowest[l.name]
		}
	}
}

// text is v if it is a text, or "".
func text(v any) string {
	s, _ := v.(string)
	return s
}
