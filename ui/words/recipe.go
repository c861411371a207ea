package words

import (
	"fyne.io/fyne/v2/lang"

	"gaze/compute/engine"
)

// Target names a kind of target.
func Target(k engine.TargetKind) string {
	switch k {
	case engine.TargetLogit, "":
		return lang.L("logit of the class")
	case engine.TargetSum:
		return lang.L("sum with other classes")
	case engine.TargetContrast:
		return lang.L("contrast to another class")
	case engine.TargetProbability:
		return lang.L("probability of the class")
	case engine.TargetReST:
		return "ReST"
	}
	return string(k)
}

// Smoothing names a way to smooth, empty for none.
func Smoothing(s engine.Smoothing) string {
	switch s {
	case "":
		return lang.L("None")
	case engine.SmoothAugment:
		return lang.L("mean of changed pictures")
	case engine.SmoothEigen:
		return lang.L("first component")
	case engine.SmoothNoise:
		return lang.L("mean of noisy pictures")
	}
	return string(s)
}

// Fusion names a way to fuse, empty for none.
func Fusion(f engine.Fusion) string {
	switch f {
	case "":
		return lang.L("None")
	case engine.FuseMean:
		return lang.L("mean of layers")
	case engine.FuseMax:
		return lang.L("largest of layers")
	}
	return string(f)
}
