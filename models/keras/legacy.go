package keras

import (
	"fmt"
	"strconv"
	"strings"

	"gaze/models/hdf5"
)

// legacyArrays finds each layer's arrays in the format of whole .h5 files and of
// save_weights() to .h5: a group for each layer of the model itself, which lists its
// arrays in order. All layers of a model within it share one group.
//
// With byPlace, layers are known by their places alone: the names in the published
// files of keras.applications are those of other versions.
func legacyArrays(m *model, root *hdf5.Group, byPlace bool) (arrays, error) {
	if backend, err := root.Text("backend"); err != nil {
		return nil, err
	} else if backend == "theano" {
		return nil, fmt.Errorf("the file was written with Theano, whose kernels are mirrored; load it in Keras with TensorFlow and save it again")
	}
	groups, err := matchGroups(m, root, byPlace)
	if err != nil {
		return nil, err
	}
	all := make(arrays)
	for _, l := range m.layers {
		g, ok := groups[l]
		if !ok {
			continue
		}
		list, err := listed(g)
		if err != nil {
			return nil, fmt.Errorf("the weights of layer %s: %w", l.name, err)
		}
		if l.model == nil {
			err = all.put(l, list)
		} else {
			err = all.deal(l, list)
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// matchGroups finds the group of each layer that has weights: by its name or, where
// the names in the file are not the model's, by its place among them.
func matchGroups(m *model, root *hdf5.Group, onlyPlaces bool) (map[*layer]*hdf5.Group, error) {
	byName := make(map[*layer]*hdf5.Group)
	var weighted []*layer
	var missing []string
	for _, l := range m.layers {
		if !l.weighted() {
			continue
		}
		weighted = append(weighted, l)
		g, err := below(root, l.name)
		if err != nil {
			missing = append(missing, l.name)
			continue
		}
		byName[l] = g
	}
	if len(missing) == 0 && !onlyPlaces {
		return byName, nil
	}
	groups, err := filledGroups(root)
	if err != nil {
		return nil, err
	}
	if len(groups) != len(weighted) {
		first := ""
		if len(missing) > 0 {
			first = "none for layer " + missing[0] + ", and "
		}
		return nil, fmt.Errorf("the weights do not fit the model: the file has %sweights of %d layers where the model has %d", first, len(groups), len(weighted))
	}
	byPlace := make(map[*layer]*hdf5.Group)
	for i, l := range weighted {
		byPlace[l] = groups[i]
	}
	return byPlace, nil
}

// mostArrays bounds how many arrays a file may list, because it may list the same
// ones again and again.
const mostArrays = 1 << 18

// filledGroups opens the groups of the layers that have arrays, in the file's order.
func filledGroups(root *hdf5.Group) ([]*hdf5.Group, error) {
	names, err := texts(root, "layer_names")
	if err != nil {
		return nil, err
	}
	var groups []*hdf5.Group
	total := len(names)
	for _, name := range names {
		g, err := below(root, name)
		if err != nil {
			return nil, err
		}
		weights, err := texts(g, "weight_names")
		if err != nil {
			return nil, err
		}
		if total += len(weights); total > mostArrays {
			return nil, fmt.Errorf("it lists more than %d layers and arrays of weights", mostArrays)
		}
		if len(weights) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// listed opens the arrays that a group lists, in order.
func listed(g *hdf5.Group) ([]stored, error) {
	names, err := texts(g, "weight_names")
	if err != nil {
		return nil, err
	}
	var list []stored
	for _, name := range names {
		folder, last := g, name
		if at := strings.LastIndexByte(name, '/'); at >= 0 {
			if folder, err = below(g, name[:at]); err != nil {
				return nil, err
			}
			last = name[at+1:]
		}
		d, err := folder.Dataset(last)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// deal gives the arrays of a model within the model to its layers: first all that
// are trained, then all others, each part in the order of the layers.
func (a arrays) deal(l *layer, list []stored) error {
	type place struct{ layer, variable int }
	leaves := l.model.leaves()
	var trained, others []place
	for i, leaf := range leaves {
		for j, v := range leaf.variables() {
			switch {
			case v.optional:
			case v.trained && leaf.config.flag("trainable", true):
				trained = append(trained, place{i, j})
			default:
				others = append(others, place{i, j})
			}
		}
	}
	order := append(trained, others...)
	if len(order) != len(list) {
		return fmt.Errorf("model %s has %d arrays of weights in the file and %d by its configuration", l.name, len(list), len(order))
	}
	own := make([][]stored, len(leaves))
	for i, leaf := range leaves {
		own[i] = make([]stored, len(leaf.variables()))
	}
	for i, p := range order {
		own[p.layer][p.variable] = list[i]
	}
	for i, leaf := range leaves {
		if n := len(own[i]); n > 0 && own[i][n-1] == nil {
			own[i] = own[i][:n-1]
		}
		if err := a.put(leaf, own[i]); err != nil {
			return err
		}
	}
	return nil
}

// below opens the group that a path of names leads to.
func below(g *hdf5.Group, path string) (*hdf5.Group, error) {
	var err error
	for _, name := range strings.Split(path, "/") {
		if name == "" {
			continue
		}
		if g, err = g.Group(name); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// texts reads an attribute that is a list of texts. A long one is in parts: name0,
// name1 and so on.
func texts(g *hdf5.Group, name string) ([]string, error) {
	value, ok, err := g.Attribute(name)
	if err != nil || ok {
		return value.Texts, err
	}
	var all []string
	for i := 0; ; i++ {
		value, ok, err := g.Attribute(name + strconv.Itoa(i))
		if err != nil || !ok {
			return all, err
		}
		all = append(all, value.Texts...)
	}
}
