package main

import (
	"fmt"
	"strconv"
	"strings"

	"gaze/models"
)

// findClass finds a class by its index, its whole name, or the beginning of
// its name if no other begins so; upper and lower case are the same. Where
// that is not one class, the error lists the candidates.
func findClass(net *models.Network, wanted string) (int, error) {
	if strings.TrimSpace(wanted) == "" {
		return 0, fmt.Errorf("class %q is empty; give a name or an index between 0 and %d", wanted, net.Classes()-1)
	}
	if i, err := strconv.Atoi(wanted); err == nil {
		if i < 0 || i >= net.Classes() {
			return 0, fmt.Errorf("class %d is not between 0 and %d", i, net.Classes()-1)
		}
		return i, nil
	}
	if len(net.Labels) == 0 && !net.TwoSided() {
		return 0, fmt.Errorf("network %s has no class names; give an index between 0 and %d", net.Name, net.Classes()-1)
	}
	fold := strings.ToLower(strings.TrimSpace(wanted))
	for _, matches := range []func(label string) bool{
		func(label string) bool { return label == fold },
		func(label string) bool { return strings.HasPrefix(label, fold) },
	} {
		switch found := classes(net, matches); len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return 0, fmt.Errorf("class %q may be %s", wanted, candidates(net, found))
		}
	}
	found := classes(net, func(label string) bool { return strings.Contains(label, fold) })
	if len(found) == 0 {
		return 0, fmt.Errorf("network %s knows no class %q", net.Name, wanted)
	}
	return 0, fmt.Errorf("no class is called %q; perhaps %s", wanted, candidates(net, found))
}

func classes(net *models.Network, matches func(label string) bool) []int {
	var found []int
	for i := range net.Classes() {
		if matches(strings.ToLower(net.Label(i))) {
			found = append(found, i)
		}
	}
	return found
}

func candidates(net *models.Network, found []int) string {
	names := make([]string, len(found))
	for i, class := range found {
		names[i] = fmt.Sprintf("%s (%d)", net.Label(class), class)
	}
	return enumerate(names)
}
