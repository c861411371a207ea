package zoo

import (
	"fmt"
	"slices"
	"strings"

	"gaze/models"
	"gaze/models/weights"
)

// structure makes a head of the modules that were pickled with the file, which
// say what stands between the layers that have parameters. known is false where
// there are no modules, or where they are not in a row: the parts of a module of
// the user's own may be called in any order. A module that could compute anything is
// remembered as strange.
func (r *reader) structure(chain []group) (parts []part, known bool) {
	modules := r.src.file.modules
	if len(modules) == 0 {
		return nil, false
	}
	row := r.row(chain[0].path)
	if row == nil {
		if _, ok := modules[chain[0].path]; ok && len(chain) == 1 {
			return append(r.pool(), r.layer(chain[0])), true
		}
		return nil, false
	}
	at := 0
	flat := false
	for i, m := range row {
		if at < len(chain) && m.Name == chain[at].path {
			if !flat {
				parts = append(parts, r.pool()...)
				flat = true
			}
			parts = append(parts, r.layer(chain[at]))
			at++
			continue
		}
		class := last(m.Class)
		if at == len(chain) && i == len(row)-1 && r.end(class) {
			continue
		}
		kind, attr, ok := activation(m)
		switch {
		case idle(class):
		case !flat && pools(class):
			// Which one it is follows from how many numbers come out of it.
		case !ok:
			r.src.file.strange = fmt.Sprintf("the module %s, a %s", m.Name, class)
			return nil, false
		default:
			// Before the first layer with parameters, it is one of the maps.
			parts = append(parts, part{name: r.name(r.short(m.Name)), kind: kind, attr: attr})
		}
	}
	return parts, at == len(chain)
}

// row lists the modules that are called one after the other from the end of the
// body on, up to the network's end, for the place of the head's first layer.
func (r *reader) row(path string) []weights.Module {
	modules := r.src.file.modules
	sequence := func(name string) bool {
		class := last(modules[name].Class)
		return class == "Sequential" || class == "LinBnDrop"
	}
	outer := path
	for outer != "" && sequence(parent(outer)) {
		outer = parent(outer)
	}
	if outer == path {
		return nil
	}
	body := make(map[string]bool)
	for name, i := range r.src.names {
		if !slices.ContainsFunc(r.own, func(l models.Layer) bool { return strings.HasPrefix(name, l.Name+".") }) {
			for p := parent(r.src.file.Params[i].Name); ; p = parent(p) {
				body[p] = true
				if p == "" {
					break
				}
			}
		}
	}
	var row []weights.Module
	for _, m := range r.src.file.Modules {
		under := m.Name != outer && (outer == "" || strings.HasPrefix(m.Name, outer+"."))
		if !under || !sequence(parent(m.Name)) {
			continue
		}
		switch {
		case body[m.Name], body[parent(m.Name)] && parent(m.Name) != outer && !strings.HasPrefix(path, parent(m.Name)+"."):
			// A part of the body, or one of a row that has the body.
			row = row[:0]
		case !sequence(m.Name):
			row = append(row, m)
		}
	}
	return r.withoutEnd(row)
}

// withoutEnd leaves out what a row begins with of the body itself: the activation
// and the pooling that end it.
func (r *reader) withoutEnd(row []weights.Module) []weights.Module {
	layers := r.b.net.Layers[:r.b.bodyLayers]
	first := len(layers)
	for first > 0 && len(layers[first-1].Params) == 0 {
		first--
	}
	for _, l := range layers[first:] {
		if len(row) == 0 {
			break
		}
		kind, _, _ := activation(row[0])
		if kind != "" && l.Kind == kind || l.Kind == models.MaxPool && last(row[0].Class) == "MaxPool2d" {
			row = row[1:]
		}
	}
	return row
}

// short is a module's name without what stands before all names.
func (r *reader) short(name string) string {
	if short, ok := strings.CutPrefix(name, r.src.way.prefix); ok && short != "" {
		return short
	}
	return name
}

// end takes an activation off the network's end.
func (r *reader) end(class string) bool {
	switch class {
	case "Softmax", "LogSoftmax":
		r.head.activation = models.ActivationSoftmax
	case "Sigmoid", "Hardsigmoid":
		r.head.activation = models.ActivationSigmoid
	default:
		return false
	}
	r.head.left = class
	return true
}

// idle reports whether a module does nothing at inference.
func idle(class string) bool {
	return strings.HasPrefix(class, "Dropout") || class == "AlphaDropout" || class == "Identity" || class == "Flatten"
}

// pools reports whether a module pools maps to a few pixels.
func pools(class string) bool {
	return class == "AdaptiveAvgPool2d" || class == "AdaptiveConcatPool2d" || class == "SelectAdaptivePool2d"
}

// activation is the layer of an activation function of PyTorch.
func activation(m weights.Module) (models.Kind, models.Attr, bool) {
	number := func(name string, other float64) float64 {
		if v := m.Options[name]; len(v) == 1 {
			return v[0]
		}
		return other
	}
	switch last(m.Class) {
	case "ReLU":
		return models.ReLU, models.Attr{}, true
	case "ReLU6":
		return models.ReLU6, models.Attr{}, true
	case "LeakyReLU":
		return models.LeakyReLU, models.Attr{Alpha: number("negative_slope", 0.01)}, true
	case "ELU":
		return models.ELU, models.Attr{Alpha: number("alpha", 1)}, true
	case "SiLU", "Swish", "MemoryEfficientSwish":
		return models.SiLU, models.Attr{}, true
	case "Hardswish":
		return models.HardSwish, models.Attr{}, true
	case "Hardsigmoid":
		return models.HardSigmoid, models.Attr{Alpha: 1.0 / 6, Beta: 0.5}, true
	case "GELU":
		if number("approximate", 0) != 0 {
			return models.GELUTanh, models.Attr{}, true
		}
		return models.GELU, models.Attr{}, true
	case "Sigmoid":
		return models.Sigmoid, models.Attr{}, true
	case "Tanh":
		return models.Tanh, models.Attr{}, true
	}
	return "", models.Attr{}, false
}

// strange is a module of the body, where the network was pickled whole, that is an
// activation which the architecture's layers do not have: the parameters do not
// tell of it.
func (m *mapped) strange(body []models.Layer) string {
	prefix := m.commonPrefix()
	holds := make(map[string]bool)
	for _, l := range body {
		if i, ok := m.names[l.Name+".weight"]; ok {
			holds[parent(m.file.Params[i].Name)] = true
		}
	}
	modules := m.file.Modules
	for len(modules) > 0 && !holds[modules[len(modules)-1].Name] {
		modules = modules[:len(modules)-1]
	}
	for _, module := range modules {
		kind, _, ok := activation(module)
		if !ok || !strings.HasPrefix(module.Name, prefix) {
			continue
		}
		// What stands behind the body or in the head may be anything.
		if !m.amongBody(module.Name, body) {
			continue
		}
		if !slices.ContainsFunc(body, func(l models.Layer) bool { return l.Kind == kind }) {
			return fmt.Sprintf("the module %s, a %s", module.Name, last(module.Class))
		}
	}
	return ""
}

// amongBody reports whether a module lies in a module that has parameters of the
// body, but is not the whole network.
func (m *mapped) amongBody(name string, body []models.Layer) bool {
	prefix := parent(name)
	whole := strings.TrimSuffix(m.commonPrefix(), ".")
	for _, l := range body {
		for param := range l.Params {
			i, ok := m.names[l.Name+"."+param]
			if !ok {
				continue
			}
			file := m.file.Params[i].Name
			if prefix == whole && parent(parent(file)) == whole || prefix != whole && strings.HasPrefix(file, prefix+".") {
				return true
			}
		}
	}
	return false
}

// outside takes an activation at the end from a module that stands beside the
// network, such as in a row of the network and a Sigmoid.
func (m *mapped) outside(net *models.Network) {
	prefix := m.commonPrefix()
	if prefix == "" {
		return
	}
	r := reader{head: &head{}}
	for _, module := range m.file.Modules {
		if module.Name == "" || strings.HasPrefix(module.Name+".", prefix) || strings.HasPrefix(prefix, module.Name+".") || !r.end(last(module.Class)) {
			continue
		}
		net.SetActivation(r.head.activation)
		if last(m.file.modules[parent(module.Name)].Class) != "Sequential" {
			net.Guess("of the module "+module.Name, models.AspectActivation)
			return
		}
		net.Notes = append(net.Notes, models.NewNote(models.NoteActivation, r.head.left))
		return
	}
}
