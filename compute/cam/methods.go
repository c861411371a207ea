package cam

import (
	"fmt"
	"slices"
	"strings"
)

// Methods lists all methods in the order in which they are worth trying: those
// that explain a class, those that show what stands out at the layer, the random
// baseline, and then those that run the network again.
func Methods() []Method {
	return []Method{
		gradCAM, hiResCAM,
		layerCAM, gradCAMPlusPlus, xGradCAM, gradCAMElementWise,
		eigenGradCAM, segEigenCAM, eigenCAM, kpcaCAM, fem,
		randomCAM,
		classCAM, shapleyCAM, finerCAM, refineCAM, smoothGradCAMPlusPlus, fullGrad,
		rollout, gradientRollout, leGrad, rawAttention, reciproCAM, vitReciproCAM,
		ablationCAM, fasterScoreCAM, scoreCAM, isCAM, ssCAM,
	}
}

// GradCAM is the best-known method, and the default.
func GradCAM() Method { return gradCAM }

// RandomCAM is the baseline: other methods are measured beside it.
func RandomCAM() Method { return randomCAM }

// OneRun lists the methods whose maps can all be made from one run of the network,
// for any layer, in the order of Methods.
func OneRun() []Method {
	return slices.DeleteFunc(Methods(), func(m Method) bool { return m.Cost.Runs() || m.NeedsHead })
}

// ByName finds a method by its Name or Title. Case, hyphens, underscores and
// spaces do not matter, and "++" may be written "pp" or "plusplus".
func ByName(name string) (Method, error) {
	var known []string
	for _, m := range Methods() {
		if fold(name) == fold(m.Name) || fold(name) == fold(m.Title) {
			return m, nil
		}
		known = append(known, m.Name)
	}
	return Method{}, fmt.Errorf("no method is called %q; known are %s", name, strings.Join(known, ", "))
}

// fold maps all spellings of a method's name to one.
func fold(name string) string {
	name = strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
	for _, suffix := range []string{"plusplus", "pp"} {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			return base + "++"
		}
	}
	return name
}
