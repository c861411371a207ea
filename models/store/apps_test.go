package store_test

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/labels"
	"gaze/models/store"
)

// keepApp puts weights of keras/MobileNetV3Small into dir.
func keepApp(t *testing.T, dir, name string) string {
	t.Helper()
	f, err := os.Open("../keras/apps/testdata/published.h5.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	write(t, path, string(data))
	return path
}

// TestOpenKerasApplications opens weights without a model: what was downloaded by the
// network's name, and the user's own by their path, which tell the network by their
// shapes.
func TestOpenKerasApplications(t *testing.T) {
	dir := t.TempDir()
	keepApp(t, dir, "weights_mobilenet_v3_small_224_1.0_float.h5")
	mine := keepApp(t, t.TempDir(), "mine.h5")
	for _, r := range []struct {
		ref, name string
		opt       store.Options
		size      int
		guessed   bool
	}{
		{"keras/MobileNetV3Small", "keras/MobileNetV3Small", store.Options{}, 224, false},
		{"Keras/mobilenetv3small", "keras/MobileNetV3Small", store.Options{}, 224, false},
		{mine, "mine", store.Options{}, 224, true},
		{"keras/MobileNetV3Small", "keras/MobileNetV3Small", store.Options{Weights: mine, Input: models.Preprocessing{Height: 160, Width: 160}}, 160, true},
	} {
		net, err := store.New(dir).Open(r.ref, r.opt)
		if err != nil {
			t.Fatal(err)
		}
		guessed := slices.ContainsFunc(net.Guesses, func(g models.Guess) bool { return g.Of == models.AspectMean })
		if net.Name != r.name || net.Architecture != "keras/MobileNetV3Small" || net.Input.Height != r.size || guessed != r.guessed || !slices.Equal(net.Labels, labels.ImageNet()) {
			t.Errorf("%s: %s (%s) for %v, %d labels, guesses %v", r.ref, net.Name, net.Architecture, net.Input, len(net.Labels), net.Guesses)
		}
	}
	list, err := store.New(dir).List()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if ready := e.Name == "keras/MobileNetV3Small"; strings.HasPrefix(e.Name, "keras/") && (e.Ready != ready || e.Published == nil) {
			t.Errorf("%+v", e)
		}
	}
	var missing *store.MissingError
	if _, err = store.New(dir).Open("ResNet50V2", store.Options{}); !errors.As(err, &missing) || missing.Published.Network != "keras/ResNet50V2" {
		t.Errorf("ResNet50V2 by its name alone: %v", err)
	}
	if _, err = store.New(dir).Open("ResNet50", store.Options{}); err == nil || !strings.Contains(err.Error(), "that of Keras is keras/ResNet50") {
		t.Errorf("a name that torchvision has too: %v", err)
	}
	if _, err = store.New(dir).Open("keras/ResNet51", store.Options{}); err == nil || errors.As(err, &missing) {
		t.Errorf("a network that there is not: %v", err)
	}
}
