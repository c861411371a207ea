package state

import (
	"fmt"
	"slices"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
)

// errNoLayer is the reason why a network without spatial layers shows no map.
var errNoLayer = &NoLayerError{}

// NoLayerError tells that a network has no layer that a map can be made of.
type NoLayerError struct{}

func (*NoLayerError) Error() string { return "no layer of the network has an extent in space" }

// checked is a recipe completed for a network.
func checked(r compute.Recipe, net *models.Network) (compute.Recipe, error) {
	if len(r.Layers) == 0 || r.Layers[0] == "" {
		return r, errNoLayer
	}
	return r.Check(net)
}

// runOf names what of a recipe a run of the network depends on.
func runOf(r compute.Recipe) string {
	return fmt.Sprintf("%q %d %s %v", r.Layers, r.Class, r.Target.Kind, r.Target.Others)
}

// repeats reports whether making a recipe's maps runs the network again.
func repeats(r compute.Recipe) bool {
	return r.Smoothing.Runs() > 0 || slices.ContainsFunc(r.Methods, func(m cam.Method) bool { return m.Cost.Runs() })
}

// extraOf names what of a recipe its maps depend on besides a run.
func extraOf(r compute.Recipe) string {
	var names []string
	for _, m := range r.Methods {
		name := m.Name
		if m.Query != nil {
			name += m.Query.Suffix()
		}
		names = append(names, name)
	}
	return fmt.Sprintf("%q %s %s %v", names, r.Smoothing, r.Fusion, r.Compat)
}
