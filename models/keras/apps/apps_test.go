package apps_test

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
	"gaze/models/keras"
	"gaze/models/keras/apps"
	"gaze/models/labels"
	"gaze/models/zoo"
)

func TestNamesMeanKerasNetworks(t *testing.T) {
	for ref, want := range map[string]string{
		"keras/Xception": "keras/Xception",
		"Keras/xception": "keras/Xception",
		"keras/ResNet50": "keras/ResNet50",
		"ResNet50V2":     "keras/ResNet50V2",
		"mobilenet":      "keras/MobileNet",
		// The zoo has networks of these names.
		"Xception": "", "ResNet50": "", "EfficientNetB0": "", "efficientnet_b0": "", "MobileNetV2": "", "VGG16": "",
		"": "", "keras/": "", "keras/resnet34": "", "keras": "",
	} {
		if got, ok := apps.Find(ref); got != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", ref, got, want)
		}
	}
}

// TestPixelsAreKeras: what becomes of a pixel of red 10, green 100 and blue 200, as
// preprocess_input() of keras.applications computes it.
func TestPixelsAreKeras(t *testing.T) {
	for name, want := range map[string][]float64{
		"ResNet50":         {96.061, -16.779, -113.68},
		"Xception":         {-0.92156863, -0.21568627, 0.56862745},
		"DenseNet121":      {-1.94665640, -0.28501401, 1.68139434},
		"EfficientNetV2S":  {-0.921875, -0.21875, 0.5625},
		"MobileNetV3Small": {-0.92156863, -0.21568627, 0.56862745},
		"ConvNeXtTiny":     {-1.94665640, -0.28501401, 1.68139434},
	} {
		net, err := apps.Build(apps.Prefix+name, &ones{})
		if err != nil {
			t.Fatal(err)
		}
		in := net.Input
		if in.Fit != models.FitStretch || in.Filter != models.FilterNearest {
			t.Errorf("%s: %v is not what load_img does", name, in)
		}
		for c, letter := range in.Channels {
			pixel := map[rune]float64{'R': 10, 'G': 100, 'B': 200}[letter]
			got := (pixel*float64(in.Scale) - float64(in.Mean[c])) / float64(in.Std[c])
			if d := got - want[c]; d > 1e-4 || d < -1e-4 {
				t.Errorf("%s: %c %g becomes %g, want %g", name, letter, pixel, got, want[c])
			}
		}
		if !slices.Equal(net.Labels, labels.ImageNet()) || len(net.Remarks()) != 0 || net.Output.Kind() != models.ActivationSoftmax {
			t.Errorf("%s: %d labels, %s, remarks %q", name, len(net.Labels), net.Output.Kind(), net.Remarks())
		}
	}
}

func TestCatalogue(t *testing.T) {
	for _, p := range apps.Catalogue() {
		lengths := map[zoo.Algorithm]int{zoo.MD5: 32, zoo.SHA256: 64}
		if p.Digest.Algorithm == "" && p.Network != "keras/MobileNet" && p.Network != "keras/MobileNetV2" {
			t.Errorf("%s has no digest", p.Network)
		}
		if d := p.Digest; len(d.Hex) != lengths[d.Algorithm] || strings.Trim(d.Hex, "0123456789abcdef") != "" {
			t.Errorf("%s: %q is no digest", p.Network, d)
		}
		if !strings.HasPrefix(p.URL, "https://storage.googleapis.com/") || !strings.HasSuffix(p.File(), ".h5") || p.Size < 8<<20 || p.Licence == "" {
			t.Errorf("%+v", p)
		}
	}
	if len(apps.Catalogue()) != len(apps.Names()) {
		t.Errorf("weights of %d networks of %d", len(apps.Catalogue()), len(apps.Names()))
	}
}

// TestPublishedFilesAreReadInOrder reads weights that are called otherwise than the
// layers, as in old published files. Array number i is full of (i % 97 + 1) / 97.
func TestPublishedFilesAreReadInOrder(t *testing.T) {
	path := unpacked(t, "published.h5.gz")
	name, err := apps.Detect(path)
	if err != nil || name != "keras/MobileNetV3Small" {
		t.Fatalf("the file has the weights of %q, error %v", name, err)
	}
	net, err := apps.Read(name, path, keras.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if net.Name != name || net.Architecture != name || net.Source != filepath.Base(path) || net.Classes() != 1000 {
		t.Errorf("%s, architecture %s, from %s, %d classes", net.Name, net.Architecture, net.Source, net.Classes())
	}
	// The first two layers and the last two, counted in the list of the file.
	for _, p := range []struct {
		layer, param string
		array        int
	}{
		{"conv", "weight", 0},
		{"conv_bn", "weight", 1},
		{"conv_bn", "bias", 2},
		{"conv_bn", "running_mean", 3},
		{"conv_bn", "running_var", 4},
		{"conv_2", "weight", 206},
		{"conv_2", "bias", 207},
		{"logits", "weight", 208},
		{"logits", "bias", 209},
	} {
		l, ok := net.Layer(p.layer)
		if !ok || l.Params[p.param] == nil {
			t.Fatalf("layer %s has no %s", p.layer, p.param)
		}
		values := l.Params[p.param].Data().([]float32)
		if want := float32(p.array%97+1) / 97; values[0] != want || values[len(values)-1] != want {
			t.Errorf("%s of %s is %g to %g, want %g", p.param, p.layer, values[0], values[len(values)-1], want)
		}
	}
}

func TestWeightsWithoutClassifier(t *testing.T) {
	_, err := apps.Detect(unpacked(t, "headless.h5.gz"))
	var headless *apps.HeadlessError
	if !errors.As(err, &headless) || headless.Network != "keras/MobileNetV3Small" {
		t.Errorf("error %v", err)
	}
	_, err = apps.Detect("../testdata/func_k2_h5.h5")
	var unknown *apps.UnknownError
	if !errors.As(err, &unknown) {
		t.Errorf("error %v", err)
	}
}

// unpacked unpacks a file of testdata.
func unpacked(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
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
	path := filepath.Join(t.TempDir(), strings.TrimSuffix(name, ".gz"))
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDefaultLayers: the layer that Keras' own example of Grad-CAM and most articles
// take of each network.
func TestDefaultLayers(t *testing.T) {
	for name, want := range map[string]string{
		"Xception":         "block14_sepconv2_act",
		"ResNet50":         "conv5_block3_out",
		"ResNet50V2":       "post_relu",
		"InceptionV3":      "mixed10",
		"MobileNetV2":      "out_relu",
		"MobileNetV3Small": "activation_17",
		"DenseNet121":      "relu",
		"NASNetMobile":     "activation_187",
		"EfficientNetB0":   "top_activation",
		"ConvNeXtTiny":     "add_17",
	} {
		net, err := apps.Build(apps.Prefix+name, &ones{})
		if err != nil {
			t.Fatal(err)
		}
		if got := net.DefaultLayer(); got != want {
			t.Errorf("%s: %s is explained by default, not %s", name, got, want)
		}
	}
}
