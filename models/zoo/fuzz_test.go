package zoo_test

import (
	"slices"
	"strings"
	"testing"

	"gaze/models/weights"
	"gaze/models/zoo"
)

// FuzzFind changes the list of a network's parameters in any way. Whatever it is
// taken for, the parameters that the network needs are in the list, once each.
func FuzzFind(f *testing.F) {
	f.Add([]byte{}, "fc.0", "torch.nn.modules.container.Sequential")
	f.Add([]byte{0, 0, 1, 1, 4, 9, 2, 100, 7}, "net.fc.weight", "torch.nn.modules.activation.ReLU")
	f.Add([]byte{3, 101, 5, 3, 100, 5, 5, 0, 1}, "0.1.weight", "torch.nn.modules.linear.Linear")
	f.Fuzz(func(t *testing.T, changes []byte, name, class string) {
		params := stateDict(t, "squeezenet1_1")
		if len(changes)%2 == 1 {
			params = stateDict(t, "resnet18")
		}
		for len(changes) >= 3 && len(params) > 0 {
			i, n := int(changes[1])%len(params), int(changes[2])
			switch changes[0] % 6 {
			case 0:
				params[i].Shape = slices.Clone(params[i].Shape)
				params[i].Shape[n%len(params[i].Shape)] = n + 1
			case 1:
				params[i].Name = name
			case 2:
				params = slices.Delete(params, i, i+1)
			case 3:
				params = append(params, weights.Param{Name: name + ".weight", Shape: []int{n + 1, 512}})
			case 4:
				params[i].Name = name + params[i].Name
			case 5:
				params = renamed(params, func(old string) string { return name + "." + strings.TrimPrefix(old, "features.") })
			}
			changes = changes[3:]
		}
		modules := []weights.Module{{Name: "", Class: class}, {Name: name, Class: class, Options: map[string][]float64{"stride": {1e9}, "eps": {-1}}}}
		m, err := zoo.Find(&weights.Contents{Params: params, Ordered: true, Modules: modules})
		if err != nil {
			return
		}
		needed := m.Params()
		for _, p := range needed {
			if !slices.ContainsFunc(params, func(have weights.Param) bool { return have.Name == p }) {
				t.Errorf("%s is not in the list", p)
			}
		}
		if len(slices.Compact(slices.Clone(needed))) != len(needed) {
			t.Errorf("a parameter is needed twice: %v", needed)
		}
		if _, err := m.Build(&blank{classes: 5}); err != nil {
			t.Errorf("what was found cannot be built: %v", err)
		}
	})
}
