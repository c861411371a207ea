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
		{"googlenet", 6624904, 1498376192, "inception5b", tensor.Shape{1, 1024, 7, 7}},
		{"inception_v3", 23834568, 5713216096, "Mixed_7c", tensor.Shape{1, 2048, 8, 8}},
		{"resnet18", 11689512, 1814073344, "layer4", tensor.Shape{1, 512, 7, 7}},
		{"resnet34", 21797672, 3663761408, "layer4", tensor.Shape{1, 512, 7, 7}},
		{"resnet50", 25557032, 4089184256, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"resnet101", 44549160, 7801405440, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"resnet152", 60192808, 11513626624, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"resnext50_32x4d", 25028904, 4230479872, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"resnext101_32x8d", 88791336, 16414015488, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"resnext101_64x4d", 83455272, 15460270080, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"wide_resnet50_2", 68883240, 11398021120, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"wide_resnet101_2", 126886696, 22753050624, "layer4", tensor.Shape{1, 2048, 7, 7}},
		{"everyday", 2428296, 389252096, "layer4", tensor.Shape{1, 192, 11, 11}},
		{"squeezenet1_0", 1248424, 818924576, "features.12", tensor.Shape{1, 512, 13, 13}},
		{"squeezenet1_1", 1235496, 349151936, "features.12", tensor.Shape{1, 512, 13, 13}},
		{"densenet121", 7978856, 2834161664, "features.norm5.relu", tensor.Shape{1, 1024, 7, 7}},
		{"densenet161", 28681000, 7727907072, "features.norm5.relu", tensor.Shape{1, 2208, 7, 7}},
		{"densenet169", 14149480, 3359843328, "features.norm5.relu", tensor.Shape{1, 1664, 7, 7}},
		{"densenet201", 20013928, 4291365888, "features.norm5.relu", tensor.Shape{1, 1920, 7, 7}},
		{"xception", 22855952, 8357403496, "act4", tensor.Shape{1, 2048, 10, 10}},
		{"mobilenet_v2", 3504872, 300774272, "features.18", tensor.Shape{1, 1280, 7, 7}},
		{"mobilenet_v3_small", 2542856, 56510400, "features.12", tensor.Shape{1, 576, 7, 7}},
		{"mobilenet_v3_large", 5483032, 216589760, "features.16", tensor.Shape{1, 960, 7, 7}},
		{"shufflenet_v2_x0_5", 1366792, 40476448, "conv5", tensor.Shape{1, 1024, 7, 7}},
		{"shufflenet_v2_x1_0", 2278604, 144907992, "conv5", tensor.Shape{1, 1024, 7, 7}},
		{"shufflenet_v2_x1_5", 3503624, 295759392, "conv5", tensor.Shape{1, 1024, 7, 7}},
		{"shufflenet_v2_x2_0", 7393996, 583253464, "conv5", tensor.Shape{1, 2048, 7, 7}},
		{"mnasnet0_5", 2218512, 104455968, "layers.16", tensor.Shape{1, 1280, 7, 7}},
		{"mnasnet0_75", 3170208, 215493104, "layers.16", tensor.Shape{1, 1280, 7, 7}},
		{"mnasnet1_0", 4383312, 314415872, "layers.16", tensor.Shape{1, 1280, 7, 7}},
		{"mnasnet1_3", 6282256, 526362432, "layers.16", tensor.Shape{1, 1280, 7, 7}},
		{"efficientnet_b0", 5288548, 385814752, "features.8", tensor.Shape{1, 1280, 7, 7}},
		{"efficientnet_b1", 7794184, 686802832, "features.8", tensor.Shape{1, 1280, 8, 8}},
		{"efficientnet_b2", 9109994, 1087529456, "features.8", tensor.Shape{1, 1408, 9, 9}},
		{"efficientnet_b3", 12233232, 1827141392, "features.8", tensor.Shape{1, 1536, 10, 10}},
		{"efficientnet_b4", 19341616, 4393771024, "features.8", tensor.Shape{1, 1792, 12, 12}},
		{"efficientnet_b5", 30389784, 10266384752, "features.8", tensor.Shape{1, 2048, 15, 15}},
		{"efficientnet_b6", 43040704, 19067593536, "features.8", tensor.Shape{1, 2304, 17, 17}},
		{"efficientnet_b7", 66347960, 37745884192, "features.8", tensor.Shape{1, 2560, 19, 19}},
		{"efficientnet_v2_s", 21458488, 8365617152, "features.7", tensor.Shape{1, 1280, 12, 12}},
		{"regnet_x_400mf", 5495976, 413812608, "trunk_output.block4", tensor.Shape{1, 400, 7, 7}},
		{"regnet_x_800mf", 7259656, 799699712, "trunk_output.block4", tensor.Shape{1, 672, 7, 7}},
		{"regnet_x_1_6gf", 9190136, 1602849792, "trunk_output.block4", tensor.Shape{1, 912, 7, 7}},
		{"regnet_x_3_2gf", 15296552, 3176621952, "trunk_output.block4", tensor.Shape{1, 1008, 7, 7}},
		{"regnet_y_400mf", 4344144, 401842848, "trunk_output.block4", tensor.Shape{1, 440, 7, 7}},
		{"regnet_y_800mf", 6432512, 833856256, "trunk_output.block4", tensor.Shape{1, 784, 7, 7}},
		{"regnet_y_1_6gf", 11202430, 1612076160, "trunk_output.block4", tensor.Shape{1, 888, 7, 7}},
		{"regnet_y_3_2gf", 19436338, 3176482752, "trunk_output.block4", tensor.Shape{1, 1512, 7, 7}},
		{"convnext_tiny", 28589128, 4455531264, "features.7", tensor.Shape{1, 768, 7, 7}},
		{"convnext_small", 50223688, 8683712256, "features.7", tensor.Shape{1, 768, 7, 7}},
		{"convnext_base", 88591464, 15354729472, "features.7", tensor.Shape{1, 1024, 7, 7}},
		{"vit_b_16", 86567656, 17563828224, "encoder.layers.encoder_layer_11.ln_1", tensor.Shape{1, 768, 197, 1}},
		{"vit_b_32", 88224232, 4409186304, "encoder.layers.encoder_layer_11.ln_1", tensor.Shape{1, 768, 50, 1}},
		{"vit_l_16", 304326632, 61554712576, "encoder.layers.encoder_layer_23.ln_1", tensor.Shape{1, 1024, 197, 1}},
		{"vit_l_32", 306535400, 15377539072, "encoder.layers.encoder_layer_23.ln_1", tensor.Shape{1, 1024, 50, 1}},
		{"vit_tiny_patch16_224", 5717416, 1253683200, "blocks.11.norm1", tensor.Shape{1, 192, 197, 1}},
		{"vit_small_patch16_224", 22050664, 4598882304, "blocks.11.norm1", tensor.Shape{1, 384, 197, 1}},
		{"vit_base_patch16_224", 86567656, 17563828224, "blocks.11.norm1", tensor.Shape{1, 768, 197, 1}},
		{"deit_tiny_patch16_224", 5717416, 1253683200, "blocks.11.norm1", tensor.Shape{1, 192, 197, 1}},
		{"deit_small_patch16_224", 22050664, 4598882304, "blocks.11.norm1", tensor.Shape{1, 384, 197, 1}},
		{"deit_base_patch16_224", 86567656, 17563828224, "blocks.11.norm1", tensor.Shape{1, 768, 197, 1}},
		{"deit_tiny_distilled_patch16_224", 5910800, 1261003776, "blocks.11.norm1", tensor.Shape{1, 192, 198, 1}},
		{"deit_small_distilled_patch16_224", 22436432, 4624140288, "blocks.11.norm1", tensor.Shape{1, 384, 198, 1}},
		{"deit_base_distilled_patch16_224", 87338192, 17656811520, "blocks.11.norm1", tensor.Shape{1, 768, 198, 1}},
		{"swin_t", 28288354, 4490566656, "norm", tensor.Shape{1, 768, 7, 7}},
		{"swin_s", 49606258, 8740875264, "norm", tensor.Shape{1, 768, 7, 7}},
		{"swin_b", 87768224, 15430946816, "norm", tensor.Shape{1, 1024, 7, 7}},
		{"swin_v2_t", 28351570, 5921028096, "norm", tensor.Shape{1, 768, 8, 8}},
		{"swin_v2_s", 49737442, 11507841024, "norm", tensor.Shape{1, 768, 8, 8}},
		{"swin_v2_b", 87930848, 20276289536, "norm", tensor.Shape{1, 1024, 8, 8}},
		{"maxvit_t", 30919624, 5558046720, "blocks.3", tensor.Shape{1, 512, 7, 7}},
		{"yolov8n-cls", 2719288, 202586112, "model.9.conv", tensor.Shape{1, 1280, 7, 7}},
		{"yolov8s-cls", 6361736, 763553792, "model.9.conv", tensor.Shape{1, 1280, 7, 7}},
		{"yolov8m-cls", 17053336, 2551224320, "model.9.conv", tensor.Shape{1, 1280, 7, 7}},
		{"yolov8l-cls", 37480744, 6047287296, "model.9.conv", tensor.Shape{1, 1280, 7, 7}},
		{"yolov8x-cls", 57422840, 9421322240, "model.9.conv", tensor.Shape{1, 1280, 7, 7}},
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
			if err := net.Input.Validate(); err != nil {
				t.Error(err)
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
	src := &collector{Source: &blank{classes: classes}, set: &weights.Set{Tensors: make(map[string]*tensor.Dense)}}
	if _, err := zoo.Build(arch, src); err != nil {
		t.Fatal(err)
	}
	return src.set
}

// collector keeps the parameters that its source gives.
type collector struct {
	zoo.Source
	set *weights.Set
}

func (c *collector) Param(name string, shape ...int) (*tensor.Dense, error) {
	p, err := c.Source.Param(name, shape...)
	c.set.Tensors[name] = p
	return p, err
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
		if found, err := zoo.Detect(set); err != nil || found != strings.Replace(arch, "deit", "vit", 1) && found != arch {
			t.Errorf("the weights of %s were taken for %q, %v", arch, found, err)
		}
	}
}

// TestLoadLeavesTrainingHeadsOut loads files as torchvision publishes them,
// with the auxiliary heads, and one with a head that nobody knows.
func TestLoadLeavesTrainingHeadsOut(t *testing.T) {
	rows := []struct {
		arch  string
		heads []string
	}{
		{"googlenet", []string{"aux1.conv.bn.running_var", "aux1.fc1.weight", "aux2.fc2.bias"}},
		{"inception_v3", []string{"AuxLogits.conv0.conv.weight", "AuxLogits.fc.bias"}},
	}
	for _, r := range rows {
		set := blankSet(t, r.arch, 1000)
		for _, name := range r.heads {
			set.Tensors[name] = weights.FormulaTensor(name, 3)
		}
		if _, err := zoo.Load(r.arch, set); err != nil {
			t.Errorf("%s with %v: %v", r.arch, r.heads, err)
		}
		if found, err := zoo.Detect(set); err != nil || found != r.arch {
			t.Errorf("%s with %v was taken for %q, %v", r.arch, r.heads, found, err)
		}
		set.Tensors["aux3.fc.weight"] = weights.FormulaTensor("aux3.fc.weight", 3)
		_, err := zoo.Load(r.arch, set)
		var bad *zoo.ParamError
		if !errors.As(err, &bad) || !slices.Equal(bad.Problems, []string{"aux3.fc.weight is not expected"}) {
			t.Errorf("%s with a strange head: %v", r.arch, err)
		}
	}
	// A prefix is allowed to its own network only.
	set := blankSet(t, "resnet18", 10)
	set.Tensors["aux1.fc1.weight"] = weights.FormulaTensor("aux1.fc1.weight", 3)
	if _, err := zoo.Load("resnet18", set); err == nil {
		t.Error("resnet18 was loaded with an auxiliary head")
	}
}

// TestLayerScaleKeepsTheSetsShape loads one set twice: the network takes a
// parameter of C x 1 x 1 for one of C, and the set must not notice.
func TestLayerScaleKeepsTheSetsShape(t *testing.T) {
	set := blankSet(t, "convnext_tiny", 10)
	const name = "features.1.0.layer_scale"
	set.Tensors[name] = weights.FormulaTensor(name, 96, 1, 1)
	for range 2 {
		net, err := zoo.Load("convnext_tiny", set)
		if err != nil {
			t.Fatal(err)
		}
		l, ok := net.Layer(name)
		if !ok || !l.Params["weight"].Shape().Eq(tensor.Shape{96}) {
			t.Fatalf("%s has the parameters %v", name, l.Params)
		}
		if got, want := l.Params["weight"].Data().([]float32), set.Tensors[name].Data().([]float32); !slices.Equal(got, want) {
			t.Errorf("the scales are %v, not %v", got, want)
		}
	}
	if s := set.Tensors[name].Shape(); !s.Eq(tensor.Shape{96, 1, 1}) {
		t.Errorf("the set now has the shape %v", s)
	}
}

func TestInputsAreThePublishedOnes(t *testing.T) {
	rows := []struct {
		name         string
		size, resize int
		mean, std    float32
	}{
		{"alexnet", 224, 256, 0.485, 0.229},
		{"googlenet", 224, 256, 0.5, 0.5},
		{"inception_v3", 299, 342, 0.5, 0.5},
		{"xception", 299, 333, 0.5, 0.5},
		{"mnasnet1_3", 224, 232, 0.485, 0.229},
		{"shufflenet_v2_x1_0", 224, 256, 0.485, 0.229},
		{"efficientnet_b1", 240, 256, 0.485, 0.229},
		{"efficientnet_b7", 600, 600, 0.485, 0.229},
		{"efficientnet_v2_s", 384, 384, 0.485, 0.229},
		{"regnet_y_400mf", 224, 256, 0.485, 0.229},
		{"convnext_tiny", 224, 236, 0.485, 0.229},
	}
	for _, r := range rows {
		net, err := zoo.Build(r.name, &blank{classes: 10})
		if err != nil {
			t.Fatal(err)
		}
		in := net.Input
		if in.Height != r.size || in.Width != r.size || in.Resize != r.resize || in.Mean[0] != r.mean || in.Std[0] != r.std {
			t.Errorf("%s takes %+v", r.name, in)
		}
	}
}

func BenchmarkDetect(b *testing.B) {
	src := &collector{Source: &blank{classes: 1000}, set: &weights.Set{Tensors: make(map[string]*tensor.Dense)}}
	if _, err := zoo.Build("convnext_base", src); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := zoo.Detect(src.set); err != nil {
			b.Fatal(err)
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
