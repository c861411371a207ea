package words

import (
	"strings"

	"fyne.io/fyne/v2/lang"

	"gaze/compute"
	"gaze/models"
)

// Recipe says in a line what is made of pictures: "everyday · layer4 · Grad-CAM",
// and after it what is not as it is in the beginning.
func Recipe(net *models.Network, r compute.Recipe) string {
	var methods []string
	for _, m := range r.Methods {
		methods = append(methods, m.Title)
	}
	words := []string{net.Name, strings.Join(r.Layers, " + "), strings.Join(methods, ", ")}
	if r.Class != compute.TopClass {
		words = append(words, Label(net, r.Class))
	}
	if k := r.Target.Kind; k != "" && k != compute.TargetLogit {
		text := Target(k)
		for _, c := range r.Target.Others {
			text += ", " + Label(net, c)
		}
		words = append(words, text)
	}
	if r.Smoothing != "" {
		words = append(words, Smoothing(r.Smoothing))
	}
	if r.Fusion != "" {
		words = append(words, Fusion(r.Fusion))
	}
	if r.Signed {
		words = append(words, lang.L("signed"))
	}
	if r.Compat {
		words = append(words, lang.L("As in pytorch-grad-cam"))
	}
	return strings.Join(words, " · ")
}

// Target names a kind of target.
func Target(k compute.TargetKind) string {
	switch k {
	case compute.TargetLogit, "":
		return lang.L("logit of the class")
	case compute.TargetSum:
		return lang.L("sum with other classes")
	case compute.TargetContrast:
		return lang.L("contrast to another class")
	case compute.TargetProbability:
		return lang.L("probability of the class")
	case compute.TargetReST:
		return "ReST"
	case compute.TargetAgainst:
		return lang.L("what speaks against the class")
	}
	return string(k)
}

// Smoothing names a way to smooth, empty for none.
func Smoothing(s compute.Smoothing) string {
	switch s {
	case "":
		return lang.L("None")
	case compute.SmoothAugment:
		return lang.L("mean of changed pictures")
	case compute.SmoothEigen:
		return lang.L("first component")
	case compute.SmoothNoise:
		return lang.L("mean of noisy pictures")
	}
	return string(s)
}

// Fusion names a way to fuse, empty for none.
func Fusion(f compute.Fusion) string {
	switch f {
	case "":
		return lang.L("None")
	case compute.FuseMean:
		return lang.L("mean of layers")
	case compute.FuseMax:
		return lang.L("largest of layers")
	}
	return string(f)
}
