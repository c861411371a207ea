package zoo

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// asked is a source that remembers the names that it was asked for.
type asked struct {
	listing
	names []string
}

func (a *asked) Param(name string, shape ...int) (*tensor.Dense, error) {
	a.names = append(a.names, name)
	sides := slices.Clone(shape)
	for i := range sides {
		sides[i] = max(sides[i], 1)
	}
	return a.blank(sides), nil
}

// namesOf are the names of an architecture's parameters.
func namesOf(t *testing.T, arch string) (architecture, []string) {
	t.Helper()
	a, err := find(arch)
	if err != nil {
		t.Fatal(err)
	}
	src := &asked{}
	if _, err := a.network(src); err != nil {
		t.Fatal(err)
	}
	return a, src.names
}

// TestTimmsNames compares the names that an architecture's parameters have in
// timm with those that timm says. An architecture without a naming has torchvision's.
func TestTimmsNames(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "timm.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tested := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var arch, theirs string
		var count int
		var hash uint64
		if _, err := fmt.Sscanf(lines.Text(), "%s %s %d %x", &arch, &theirs, &count, &hash); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		tested++
		a, names := namesOf(t, arch)
		fits := false
		for _, n := range append([]naming{{}}, a.namings...) {
			renamed := slices.Clone(names)
			for i := range renamed {
				if n.rename != nil {
					renamed[i] = n.rename(renamed[i])
				}
			}
			slices.Sort(renamed)
			h := fnv.New64a()
			for _, name := range renamed {
				h.Write([]byte(name + "\n"))
			}
			fits = fits || len(renamed) == count && h.Sum64() == hash
		}
		if !fits {
			t.Errorf("no naming of %s has the %d names of timm's %s", arch, count, theirs)
		}
	}
	if tested < 15 {
		t.Errorf("%d networks were tested", tested)
	}
}

// TestOtherNames compares single names with those in files of other programs.
func TestOtherNames(t *testing.T) {
	rows := []struct{ arch, ours, theirs string }{
		{"resnet18", "layer2.0.downsample.1.running_var", "layer2.0.shortcut.1.running_var"},
		{"resnet18", "fc.bias", "linear.bias"},
		{"resnet50", "conv1.weight", "resnet.embedder.embedder.convolution.weight"},
		{"resnet50", "bn1.running_mean", "resnet.embedder.embedder.normalization.running_mean"},
		{"resnet50", "layer3.5.conv3.weight", "resnet.encoder.stages.2.layers.5.layer.2.convolution.weight"},
		{"resnet50", "layer1.0.bn2.bias", "resnet.encoder.stages.0.layers.0.layer.1.normalization.bias"},
		{"resnet50", "layer4.0.downsample.0.weight", "resnet.encoder.stages.3.layers.0.shortcut.convolution.weight"},
		{"resnet50", "fc.weight", "classifier.1.weight"},
		{"regnet_y_400mf", "trunk_output.block3.block3-2.f.se.fc2.bias", "regnet.encoder.stages.2.layers.2.layer.2.attention.2.bias"},
		{"regnet_y_400mf", "trunk_output.block3.block3-2.f.c.0.weight", "regnet.encoder.stages.2.layers.2.layer.3.convolution.weight"},
		{"regnet_x_400mf", "trunk_output.block1.block1-0.f.c.1.weight", "regnet.encoder.stages.0.layers.0.layer.2.normalization.weight"},
		{"regnet_x_400mf", "trunk_output.block1.block1-0.proj.1.bias", "regnet.encoder.stages.0.layers.0.shortcut.normalization.bias"},
		{"convnext_tiny", "features.0.0.weight", "downsample_layers.0.0.weight"},
		{"convnext_tiny", "features.2.1.bias", "downsample_layers.1.1.bias"},
		{"convnext_tiny", "features.5.8.layer_scale", "stages.2.8.gamma"},
		{"convnext_tiny", "classifier.2.weight", "head.weight"},
		{"convnext_tiny", "features.5.8.block.3.weight", "backbone.stages.2.8.pointwise_conv1.weight"},
		{"convnext_tiny", "classifier.0.bias", "backbone.norm3.bias"},
		{"convnext_tiny", "features.0.1.bias", "convnext.embeddings.layernorm.bias"},
		{"convnext_tiny", "features.7.0.block.5.bias", "convnext.encoder.stages.3.layers.0.pwconv2.bias"},
		{"convnext_tiny", "features.4.0.weight", "convnext.encoder.stages.2.downsampling_layer.0.weight"},
		{"efficientnet_b0", "features.1.0.block.0.0.weight", "_blocks.0._depthwise_conv.weight"},
		{"efficientnet_b0", "features.2.1.block.3.1.bias", "_blocks.2._bn2.bias"},
		{"efficientnet_b0", "features.2.1.block.2.fc1.weight", "_blocks.2._se_reduce.weight"},
		{"efficientnet_b0", "features.7.0.block.0.0.weight", "_blocks.15._expand_conv.weight"},
		{"efficientnet_b0", "features.8.1.weight", "_bn1.weight"},
		{"efficientnet_b0", "features.0.1.weight", "efficientnet.embeddings.batchnorm.weight"},
		{"efficientnet_b0", "features.3.1.block.1.1.bias", "efficientnet.encoder.blocks.4.depthwise_conv.depthwise_norm.bias"},
		{"efficientnet_b0", "features.1.0.block.2.0.weight", "efficientnet.encoder.blocks.0.projection.project_conv.weight"},
		{"efficientnet_b0", "features.2.0.block.2.fc2.bias", "efficientnet.encoder.blocks.1.squeeze_excite.expand.bias"},
		{"mobilenet_v2", "features.0.0.weight", "mobilenet_v2.conv_stem.first_conv.convolution.weight"},
		{"mobilenet_v2", "features.1.conv.0.1.bias", "mobilenet_v2.conv_stem.conv_3x3.normalization.bias"},
		{"mobilenet_v2", "features.1.conv.1.weight", "mobilenet_v2.conv_stem.reduce_1x1.convolution.weight"},
		{"mobilenet_v2", "features.1.conv.2.weight", "mobilenet_v2.conv_stem.reduce_1x1.normalization.weight"},
		{"mobilenet_v2", "features.2.conv.0.0.weight", "mobilenet_v2.layer.0.expand_1x1.convolution.weight"},
		{"mobilenet_v2", "features.17.conv.2.weight", "mobilenet_v2.layer.15.reduce_1x1.convolution.weight"},
		{"mobilenet_v2", "features.17.conv.3.running_var", "mobilenet_v2.layer.15.reduce_1x1.normalization.running_var"},
		{"mobilenet_v2", "features.18.1.weight", "mobilenet_v2.conv_1x1.normalization.weight"},
		{"efficientnet_b0", "classifier.1.bias", "_fc.bias"},
		{"yolov8n-cls", "model.2.m.0.cv1.bn.weight", "2.m.0.cv1.bn.weight"},
	}
	for _, r := range rows {
		a, names := namesOf(t, r.arch)
		if !slices.Contains(names, r.ours) {
			t.Errorf("%s has no %s", r.arch, r.ours)
			continue
		}
		var all []string
		for _, n := range a.namings {
			all = append(all, n.rename(r.ours))
		}
		if !slices.Contains(all, r.theirs) {
			t.Errorf("%s's %s is called %v, not %s", r.arch, r.ours, all, r.theirs)
		}
	}
}
