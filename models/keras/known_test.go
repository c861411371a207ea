package keras_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/models/keras"
)

// TestWeightsOfAKnownModel: weights with a configuration from elsewhere make the
// same network as with the configuration beside them. In a file that lists the
// layers, they are known by their places, whatever they are called.
func TestWeightsOfAKnownModel(t *testing.T) {
	for _, r := range []struct{ weights, config, rename string }{
		{"weights_k2.h5", "weights_k2.json", "stem"},
		{"weights_k3.weights.h5", "weights_k3.json", ""},
	} {
		t.Run(r.weights, func(t *testing.T) {
			path := filepath.Join("testdata", r.weights)
			want, err := keras.Read(path, keras.Options{})
			if err != nil {
				t.Fatal(err)
			}
			config, err := os.ReadFile(filepath.Join("testdata", r.config))
			if err != nil {
				t.Fatal(err)
			}
			text := string(config)
			if r.rename != "" {
				if !strings.Contains(text, `"`+r.rename+`"`) {
					t.Fatalf("no layer is called %s", r.rename)
				}
				text = strings.ReplaceAll(text, `"`+r.rename+`"`, `"renamed"`)
			}
			got, err := keras.ReadWeights(path, keras.Architecture{Config: []byte(text)}, keras.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Layers) != len(want.Layers) {
				t.Fatalf("%d layers, not %d", len(got.Layers), len(want.Layers))
			}
			for i, l := range want.Layers {
				if name := got.Layers[i].Name; name != l.Name && name != strings.Replace(l.Name, r.rename, "renamed", 1) {
					t.Errorf("layer %s is called %s", l.Name, name)
				}
				for name, p := range l.Params {
					if q := got.Layers[i].Params[name]; q == nil || !slices.Equal(p.Data().([]float32), q.Data().([]float32)) {
						t.Errorf("layer %s has another %s", l.Name, name)
					}
				}
			}
		})
	}
	if _, err := keras.WeightShapes("testdata/weights_k3.weights.h5"); err == nil {
		t.Error("a file without a list of layers has one")
	}
	for name, bare := range map[string]bool{"weights_k2.h5": false, "func_k2_h5.h5": false, "func_k3.keras": false} {
		if got, err := keras.Bare(filepath.Join("testdata", name)); err != nil || got != bare {
			t.Errorf("%s is bare: %v, error %v", name, got, err)
		}
	}
	alone := filepath.Join(t.TempDir(), "alone.h5")
	data, err := os.ReadFile("testdata/weights_k2.h5")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(alone, data, 0o666); err != nil {
		t.Fatal(err)
	}
	if got, err := keras.Bare(alone); err != nil || !got {
		t.Errorf("weights alone are bare: %v, error %v", got, err)
	}
}
