package compute

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/models"
)

// TopClass as a recipe's class asks for the most probable one of each picture.
const TopClass = -1

// AllLayers as a recipe's only layer asks for all that can be explained.
const AllLayers = "all"

// Recipe says which maps to make of a picture, and how. [Recipe.Check] completes it
// for a network.
type Recipe struct {
	// Layers to explain, by the names that users may use; none means the network's
	// default layer.
	Layers []string
	// Methods to explain them by; none means Grad-CAM.
	Methods []cam.Method
	// Class is the index of the class to explain, or TopClass.
	Class int
	// Target is what is explained of the class.
	Target Target
	// Smoothing makes the maps less noisy, empty for not at all.
	Smoothing Smoothing
	// Fusion makes one map of all layers, empty for one map a layer.
	Fusion Fusion
	// Signed maps show what speaks against the class, too.
	Signed bool
	// Compat gives maps as pytorch-grad-cam does, from 0 to 1 at the input's size.
	Compat bool
}

// Check returns the recipe completed for a network, with the layers' own names, or
// what makes it unusable. Whatever takes a recipe takes it checked.
func (r Recipe) Check(net *models.Network) (Recipe, error) {
	if len(r.Methods) == 0 {
		r.Methods = cam.Methods()[:1]
	}
	layers, err := findLayers(net, r.Layers)
	if err != nil {
		return r, err
	}
	r.Layers = layers
	if r.Class != TopClass {
		if err := checkClass(net, r.Class); err != nil {
			return r, err
		}
	}
	if err := r.Target.check(net, r.Class); err != nil {
		return r, fmt.Errorf("network %s: %w", net.Name, err)
	}
	smoothing, known := r.Smoothing.row()
	switch {
	case r.Smoothing != "" && !known:
		return r, fmt.Errorf("no smoothing is called %q", r.Smoothing)
	case r.Fusion != "" && !slices.Contains(Fusions(), r.Fusion):
		return r, fmt.Errorf("no fusion is called %q", r.Fusion)
	case r.Fusion != "" && len(r.Layers) < 2:
		return r, ErrFuseOne
	case r.Signed && (r.Fusion != "" || smoothing.scaled || r.Compat):
		return r, ErrSigned
	}
	return r, nil
}

var (
	// ErrFuseOne is why a recipe with one layer cannot be fused.
	ErrFuseOne = errors.New("fusing makes one map of several layers: name more than one")
	// ErrSigned is why a recipe cannot have signed maps.
	ErrSigned = errors.New("signed maps are raw; what is fused, augmented or as in pytorch-grad-cam has no negative values")
)

// checkClass reports a class that a network does not have.
func checkClass(net *models.Network, class int) error {
	if class < 0 || class >= net.Classes() {
		return fmt.Errorf("network %s: class %d is not between 0 and %d", net.Name, class, net.Classes()-1)
	}
	return nil
}

// findLayers finds the layers that a user means, of which there must be a map.
func findLayers(net *models.Network, names []string) ([]string, error) {
	switch {
	case len(names) == 0:
		names = []string{models.LastLayer}
	case len(names) == 1 && names[0] == AllLayers:
		return net.Explainable(), nil
	}
	found := make([]string, len(names))
	for i, name := range names {
		layer, err := net.Resolve(name)
		if _, exact := net.Layer(name); exact {
			// Also where a layer is called "last".
			layer, err = name, nil
		}
		if err != nil {
			return nil, err
		}
		if l, _ := net.Layer(layer); !l.Spatial() {
			layers := net.Explainable()
			slices.Reverse(layers)
			return nil, &LayerError{Network: net.Name, Layer: layer, Kind: l.Kind, Others: layers}
		}
		if slices.Contains(found[:i], layer) {
			return nil, fmt.Errorf("layer %s is asked for twice", layer)
		}
		found[i] = layer
	}
	return found, nil
}

// LayerError tells of a layer without a spatial extent, of which there is no map.
type LayerError struct {
	Network, Layer string
	Kind           models.Kind
	// Others are the layers that can be explained, those nearest to the logits first.
	Others []string
}

func (e *LayerError) Error() string {
	const most = 8
	text := strings.Join(e.Others[:min(most, len(e.Others))], ", ")
	if n := len(e.Others) - most; n > 0 {
		text += fmt.Sprintf(", and %d more", n)
	}
	return fmt.Sprintf("layer %s (%s) of network %s has no extent in space, so there is no map of it; try %s", e.Layer, e.Kind, e.Network, text)
}

// groups are the layers of which one map each is made.
func (r Recipe) groups() [][]string {
	if r.Fusion != "" {
		return [][]string{r.Layers}
	}
	return slices.Collect(slices.Chunk(r.Layers, 1))
}

// Maps are the outcomes that the recipe asks for, in their order, with layer and
// method only.
func (r Recipe) Maps() []Outcome {
	var list []Outcome
	for _, layers := range r.groups() {
		for _, m := range r.Methods {
			list = append(list, Outcome{Layer: strings.Join(layers, fusedLayers), Method: m})
		}
	}
	return list
}

// Baseline is the recipe for the map of [cam.RandomCAM] of each layer, or of the
// fused ones, beside which the recipe's maps are measured.
func (r Recipe) Baseline() Recipe {
	r.Methods, r.Smoothing, r.Compat = []cam.Method{cam.RandomCAM()}, "", false
	return r
}

// raw reports whether maps are left as the methods make them.
func (r Recipe) raw() bool { return r.Fusion == "" && r.Smoothing == "" && !r.Compat }

// Style is how the recipe's maps are drawn: signed ones in colours that have zero
// in the middle.
func (r Recipe) Style(s heat.Style) heat.Style {
	if r.Signed && !s.Colormap.Diverging {
		s.Colormap = heat.Signed()
	}
	return s
}

// Refinements says in a few words, for the name of a file or a table, what is done
// beside the plain map of a class's logit; empty for nothing: "contrast-eigen".
func (r Recipe) Refinements() string {
	var words []string
	if r.Target.Kind != "" && r.Target.Kind != TargetLogit {
		words = append(words, string(r.Target.Kind))
		for _, c := range r.Target.Others {
			words = append(words, fmt.Sprint(c))
		}
	}
	for _, how := range []string{string(r.Smoothing), string(r.Fusion)} {
		if how != "" {
			words = append(words, how)
		}
	}
	if r.Compat {
		words = append(words, "compat")
	}
	return strings.Join(words, "-")
}
