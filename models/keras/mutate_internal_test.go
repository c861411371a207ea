package keras

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"gaze/models/hdf5"
)

// FuzzSettings reads models whose settings and connections were changed at random,
// which a change of bytes hardly ever does: most of those are no JSON.
func FuzzSettings(f *testing.F) {
	names := []string{"adapted_k3.keras", "pre_caffe_k3.keras", "func_k2.keras", "transfer_k213.keras", "gray2d_k3.keras", "convnext_k3.keras", "ops_k3.keras", "blocks_k3.keras", "efficient_k3.keras", "first_k3.keras"}
	for i := range uint64(200) {
		f.Add(i)
	}
	var sources []*archive
	for _, name := range names {
		data := file(f, name)
		a, err := openArchive(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			f.Fatal(err)
		}
		sources = append(sources, a)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := sources[r.IntN(len(sources))]
		var config any
		if err := json.Unmarshal(a.config, &config); err != nil {
			t.Fatal(err)
		}
		for range 1 + r.IntN(3) {
			config = mutated(config, r)
		}
		changed, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		h, err := hdf5.Open(a.weights, a.size)
		if err != nil {
			t.Fatal(err)
		}
		s := &source{config: changed, training: changed, version: a.version, weights: h, root: h.Root(), byPath: true, size: a.size}
		net, err := s.network(Options{Name: "changed"})
		if err != nil {
			return
		}
		for _, l := range net.Layers {
			for _, side := range l.Shape {
				if side < 1 {
					t.Errorf("layer %s has the shape %v", l.Name, l.Shape)
				}
			}
		}
	})
}

// mutated is a value of JSON with something in it changed.
func mutated(v any, r *rand.Rand) any {
	switch v := v.(type) {
	case jsonObject:
		keys := sortedKeys(v)
		if len(keys) == 0 {
			return v
		}
		key := keys[r.IntN(len(keys))]
		// Most of a file is below these.
		for _, deeper := range []string{"config", "layers", "inbound_nodes"} {
			if _, ok := v[deeper]; ok && r.IntN(3) > 0 {
				key = deeper
			}
		}
		if r.IntN(12) == 0 {
			delete(v, key)
			return v
		}
		v[key] = mutated(v[key], r)
		return v
	case []any:
		if len(v) == 0 {
			return v
		}
		i, j := r.IntN(len(v)), r.IntN(len(v))
		switch r.IntN(10) {
		case 0:
			v[i], v[j] = v[j], v[i]
			return v
		case 1:
			return append(v[:i:i], v[i+1:]...)
		case 2:
			return append(v, v[i])
		}
		v[i] = mutated(v[i], r)
		return v
	case float64:
		return []any{0.0, -1.0, 1.0, 2.0, 3.0, 1e9, v + 1, v * 2, 0.5, nil, "text"}[r.IntN(11)]
	case string:
		return []any{"", "same", "channels_first", "softmax", "input", nil, []any{v, 0.0, 0.0}, "Flatten", "Reshape", "Concatenate", "Add"}[r.IntN(11)]
	case bool:
		return !v
	}
	return []any{1.0, []any{1.0, 2.0}, "relu", jsonObject{}}[r.IntN(4)]
}
