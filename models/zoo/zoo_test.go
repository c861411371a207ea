package zoo_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models/weights"
	"gaze/models/zoo"
)

// blank gives parameters of the right shape that share their numbers, where
// only sizes matter.
type blank struct {
	classes int
	zeros   []float32
}

func (b *blank) Param(_ string, shape ...int) (*tensor.Dense, error) {
	sides := tensor.Shape(slices.Clone(shape))
	for i, side := range sides {
		if side < 0 {
			sides[i] = b.classes
		}
	}
	if n := sides.TotalSize(); n > len(b.zeros) {
		b.zeros = make([]float32, n)
	}
	return tensor.New(tensor.WithShape(sides...), tensor.WithBacking(b.zeros[:sides.TotalSize()])), nil
}

// TestNetworksAreTorchvisions compares sizes with those PyTorch reports.
func TestNetworksAreTorchvisions(t *testing.T) {
	rows := []struct {
		name         string
		parameters   int
		macs         int64
		defaultLayer string
		shape        tensor.Shape
	}{
		{"alexnet", 61100840, 714188480, "features.11", tensor.Shape{1, 256, 13, 13}},
		{"vgg11", 132863336, 7609090048, "features.19", tensor.Shape{1, 512, 14, 14}},
		{"vgg11_bn", 132868840, 7609090048, "features.27", tensor.Shape{1, 512, 14, 14}},
		{"vgg13", 133047848, 11308466176, "features.23", tensor.Shape{1, 512, 14, 14}},
		{"vgg13_bn", 133053736, 11308466176, "features.33", tensor.Shape{1, 512, 14, 14}},
		{"vgg16", 138357544, 15470264320, "features.29", tensor.Shape{1, 512, 14, 14}},
		{"vgg16_bn", 138365992, 15470264320, "features.42", tensor.Shape{1, 512, 14, 14}},
		{"vgg19", 143667240, 19632062464, "features.35", tensor.Shape{1, 512, 14, 14}},
		{"vgg19_bn", 143678248, 19632062464, "features.51", tensor.Shape{1, 512, 14, 14}},
		{"resnet18", 11689512, 1814073344, "layer4", tensor.Shape{1, 512, 7, 7}},
		{"resnet34", 21797672, 3663761408, "layer4", tensor.Shape{1, 512, 7, 7}},
		{"resnet50", 25557032, 4089184256, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"resnet101", 44549160, 7801405440, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"resnet152", 60192808, 11513626624, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"resnext50_32x4d", 25028904, 4230479872, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"resnext101_32x8d", 88791336, 16414015488, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"wide_resnet50_2", 68883240, 11398021120, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"wide_resnet101_2", 126886696, 22753050624, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"everyday", 2132872, 367195648, "layer4", tensor.Shape{1, 192, 11, 11}},
		{"squeezenet1_0", 1248424, 818924576, "features.12", tensor.Shape{1, 512, 13, 13}},
		{"squeezenet1_1", 1235496, 349151936, "features.12", tensor.Shape{1, 512, 13, 13}},
		{"densenet121", 7978856, 2834161664, "features.norm5.relu", tensor.Shape{1, 1024, 7, 7}},
		{"densenet161", 28681000, 7727907072, "features.norm5.relu", tensor.Shape{1, 2208, 7, 7}},
		{"densenet169", 14149480, 3359843328, "features.norm5.relu", tensor.Shape{1, 1664, 7, 7}},
		{"densenet201", 20013928, 4291365888, "features.norm5.relu", tensor.Shape{1, 1920, 7, 7}},
		{"mobilenet_v2", 3504872, 300774272, "features.18", tensor.Shape{1, 1280, 7, 7}},
	}
	var names []string
	for _, r := range rows {
		names = append(names, r.name)
		t.Run(r.name, func(t *testing.T) {
			net, err := zoo.Build(r.name, &blank{classes: 1000})
			if err != nil {
				t.Fatal(err)
			}
			var macs int64
			for _, row := range net.Summary() {
				macs += row.MACs
			}
			if net.Parameters() != r.parameters || macs != r.macs {
				t.Errorf("%d parameters and %d multiply-adds, not %d and %d", net.Parameters(), macs, r.parameters, r.macs)
			}
			l, ok := net.Layer(net.DefaultLayer())
			if !ok || l.Name != r.defaultLayer || !l.Shape.Eq(r.shape) {
				t.Errorf("the default layer is %s of %v, not %s of %v", l.Name, l.Shape, r.defaultLayer, r.shape)
			}
			if net.Classes() != 1000 {
				t.Errorf("%d classes", net.Classes())
			}
		})
	}
	if !slices.Equal(zoo.Names(), names) {
		t.Errorf("the zoo has %v, tested are %v", zoo.Names(), names)
	}
}

// blankSet is a set of weights for arch, as a file would give it.
func blankSet(t *testing.T, arch string, classes int) *weights.Set {
	t.Helper()
	net, err := zoo.Build(arch, &blank{classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	set := &weights.Set{Tensors: make(map[string]*tensor.Dense)}
	for _, l := range net.Layers {
		for name, p := range l.Params {
			set.Tensors[l.Name+"."+name] = p
		}
	}
	return set
}

func TestLoadTakesAnyNumberOfClasses(t *testing.T) {
	for _, arch := range zoo.Names() {
		set := blankSet(t, arch, 31)
		set.Tensors["bn1.num_batches_tracked"] = tensor.New(tensor.WithShape(1), tensor.Of(tensor.Float32))
		net, err := zoo.Load(arch, set)
		if err != nil {
			t.Errorf("%s: %v", arch, err)
		} else if net.Classes() != 31 {
			t.Errorf("%s has %d classes", arch, net.Classes())
		}
		if found, err := zoo.Detect(set); err != nil || found != arch {
			t.Errorf("the weights of %s were taken for %q, %v", arch, found, err)
		}
	}
}

func TestLoadListsWhatDoesNotFit(t *testing.T) {
	set := blankSet(t, "resnet18", 10)
	delete(set.Tensors, "conv1.weight")
	delete(set.Tensors, "layer4.1.bn2.running_var")
	set.Tensors["fc.bias"] = weights.FormulaTensor("fc.bias", 11)
	set.Tensors["head.weight"] = weights.FormulaTensor("head.weight", 2, 2)
	_, err := zoo.Load("resnet18", set)
	var bad *zoo.ParamError
	if !errors.As(err, &bad) {
		t.Fatalf("loaded with %v", err)
	}
	want := []string{
		"conv1.weight is missing", "layer4.1.bn2.running_var is missing",
		"fc.bias has shape [11], not [10]", "head.weight is not expected",
	}
	if !slices.Equal(bad.Problems, want) {
		t.Errorf("problems are %q, not %q", bad.Problems, want)
	}
	for _, p := range want {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%q does not say %q", err, p)
		}
	}
	if _, err := zoo.Detect(set); err == nil {
		t.Error("weights that fit nothing were recognised")
	}
}

func TestBuildNamesTheNetworksThereAre(t *testing.T) {
	_, err := zoo.Build("resnet19", weights.Formula{Classes: 10})
	if err == nil || !strings.Contains(err.Error(), "resnet19") || !strings.Contains(err.Error(), "resnet18") {
		t.Errorf("an unknown network: %v", err)
	}
}
