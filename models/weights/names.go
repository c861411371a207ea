package weights

import (
	"regexp"
	"slices"
	"strings"
)

// oldDenseNet matches the parameters of DenseNet's published files, which
// torchvision renames while it loads them.
var oldDenseNet = regexp.MustCompile(`^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.(?:weight|bias|running_mean|running_var))$`)

// plainName removes from a parameter's name what training adds to it:
// DataParallel's "module", torch.compile's "_orig_mod", and if model is set, a
// leading "model" from a program that kept the network in a field.
func plainName(name string, model bool) string {
	parts := strings.Split(name, ".")
	plain := parts[:0]
	for i, part := range parts {
		wrapper := part == "module" || part == "_orig_mod" || model && part == "model" && len(plain) == 0
		if !wrapper || i == len(parts)-1 {
			plain = append(plain, part)
		}
	}
	return oldDenseNet.ReplaceAllString(strings.Join(plain, "."), "$1$2")
}

// plainNames gives parameters and modules their plain names, unless two would get the
// same one. A leading "model" stays where only some of the names have it: what
// lies outside is no part of the network, and the prefix tells.
func plainNames(c *Contents) {
	params := c.Params
	names := make([]string, len(params))
	seen := make(map[string]bool, len(params))
	shared := !slices.ContainsFunc(params, func(p Param) bool { return !inModel(p.Name) })
	for i, p := range params {
		names[i] = plainName(p.Name, shared)
		if seen[names[i]] {
			return
		}
		seen[names[i]] = true
	}
	for i := range params {
		params[i].Name = names[i]
	}
	for i, m := range c.Modules {
		// A module's path is what stands before its parameters' names.
		c.Modules[i].Name = strings.TrimSuffix(strings.TrimSuffix(plainName(m.Name+"._", shared), "_"), ".")
	}
}

// inModel reports whether the first part of a name that no wrapper put there is
// "model".
func inModel(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if part != "module" && part != "_orig_mod" {
			return part == "model"
		}
	}
	return false
}
