package state

import (
	"errors"
	"fmt"
	"slices"

	"gaze/compute/cam"
	"gaze/compute/engine"
	"gaze/models"
)

// Recipe says which maps of a picture are to be made.
type Recipe struct {
	Layers  []string
	Methods []cam.Method
	// Class is the index of the class to explain, or engine.TopClass.
	Class     int
	Target    engine.Target
	Smoothing engine.Smoothing
	// Fusion makes one map of all layers.
	Fusion engine.Fusion
	// Signed shows what speaks against the class, too.
	Signed bool
	// Compat gives maps as pytorch-grad-cam does.
	Compat bool
}

// errNoLayer is the reason why a network without spatial layers shows no map.
var errNoLayer = &NoLayerError{}

// NoLayerError tells that a network has no layer that a map can be made of.
type NoLayerError struct{}

func (*NoLayerError) Error() string { return "no layer of the network has an extent in space" }

// Check reports what of the recipe does not go together.
func (r Recipe) Check(net *models.Network) (Recipe, error) {
	switch {
	case len(r.Layers) == 0 || r.Layers[0] == "":
		return r, errNoLayer
	case r.Target.Kind == engine.TargetSum && len(r.Target.Others) == 0:
		return r, errors.New("a sum is of several classes")
	case len(r.Target.Others) > 0 && r.Target.Kind != engine.TargetSum && r.Target.Kind != engine.TargetContrast:
		return r, fmt.Errorf("further classes go with a sum or a contrast, not with %s", r.Target.Kind)
	case r.Fusion != "" && len(r.Layers) < 2:
		return r, errors.New("fusing makes one map of several layers")
	case r.Signed && (r.Fusion != "" || r.Smoothing == engine.SmoothAugment || r.Compat):
		return r, errors.New("a signed map is raw; what is fused, augmented or as in pytorch-grad-cam has no negative values")
	}
	for _, name := range r.Layers {
		if l, ok := net.Layer(name); !ok || !l.Spatial() {
			return r, fmt.Errorf("network %s has no layer %q with an extent in space", net.Name, name)
		}
	}
	return r, nil
}

// run names what of the recipe a run of the network depends on.
func (r Recipe) run() string {
	return fmt.Sprintf("%q %d %s %v", r.Layers, r.Class, r.Target.Kind, r.Target.Others)
}

// repeats reports whether making the maps runs the network again.
func (r Recipe) repeats() bool {
	return r.Smoothing == engine.SmoothAugment || r.Smoothing == engine.SmoothNoise ||
		slices.ContainsFunc(r.Methods, func(m cam.Method) bool { return m.Cost.Runs() })
}

// extra names what of the recipe its maps depend on besides a run.
func (r Recipe) extra() string {
	var names []string
	for _, m := range r.Methods {
		names = append(names, m.Name)
	}
	return fmt.Sprintf("%q %s %s %v", names, r.Smoothing, r.Fusion, r.Compat)
}
