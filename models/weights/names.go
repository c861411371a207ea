package weights

import (
	"regexp"
	"strings"

	"gorgonia.org/tensor"
)

// oldDenseNet matches the parameters of DenseNet's published files, which
// torchvision renames while it loads them.
var oldDenseNet = regexp.MustCompile(`^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.(?:weight|bias|running_mean|running_var))$`)

// plainName removes from a parameter's name what training adds to it:
// DataParallel's "module", torch.compile's "_orig_mod", and a leading "model"
// from a program that kept the network in a field.
func plainName(name string) string {
	parts := strings.Split(name, ".")
	plain := parts[:0]
	for i, part := range parts {
		wrapper := part == "module" || part == "_orig_mod" || part == "model" && len(plain) == 0
		if !wrapper || i == len(parts)-1 {
			plain = append(plain, part)
		}
	}
	return oldDenseNet.ReplaceAllString(strings.Join(plain, "."), "$1$2")
}

// plainNames renames parameters to their plain names, unless two would get the
// same one.
func plainNames(tensors map[string]*tensor.Dense) map[string]*tensor.Dense {
	renamed := make(map[string]*tensor.Dense, len(tensors))
	for name, t := range tensors {
		renamed[plainName(name)] = t
	}
	if len(renamed) < len(tensors) {
		return tensors
	}
	return renamed
}
