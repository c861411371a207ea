package compute_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
	"gaze/models/weights"
)

// formulaNet is the network of testdata/heads.py, with the parameters of the formula.
type formulaNet struct {
	t   *testing.T
	net *models.Network
}

func newFormulaNet(t *testing.T, name string, channels models.Channels, a models.Activation) formulaNet {
	in := models.Input{Height: 12, Width: 12, Resize: 12, Fit: models.FitStretch, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}}
	n := formulaNet{t, &models.Network{Name: name, Input: in.WithChannels(channels), Output: models.Output{Activation: a}}}
	n.conv("conv1", len(channels), 4, 1)
	n.add("bn1", models.BatchNorm, models.Attr{Epsilon: 1e-5}, 4, "weight", "bias", "running_mean", "running_var")
	n.add("relu1", models.ReLU, models.Attr{}, 0)
	n.conv("conv2", 4, 6, 2)
	n.add("relu2", models.ReLU, models.Attr{}, 0)
	n.add("flatten", models.Flatten, models.Attr{}, 0)
	return n
}

// add appends a layer with vectors of parameters.
func (n formulaNet) add(name string, kind models.Kind, a models.Attr, length int, vectors ...string) {
	n.t.Helper()
	params := make(map[string]*tensor.Dense)
	for _, v := range vectors {
		params[v] = weights.FormulaTensor(name+"."+v, length)
	}
	n.append(models.Layer{Name: name, Kind: kind, Attr: a, Params: params})
}

func (n formulaNet) conv(name string, from, to, stride int) {
	n.t.Helper()
	n.append(models.Layer{
		Name: name, Kind: models.Conv,
		Attr:   models.Attr{Kernel: [2]int{3, 3}, Stride: [2]int{stride, stride}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}, Groups: 1},
		Params: map[string]*tensor.Dense{"weight": weights.FormulaTensor(name+".weight", to, from, 3, 3), "bias": weights.FormulaTensor(name+".bias", to)},
	})
}

func (n formulaNet) linear(name string, from, to int) {
	n.t.Helper()
	n.append(models.Layer{
		Name: name, Kind: models.Linear,
		Params: map[string]*tensor.Dense{"weight": weights.FormulaTensor(name+".weight", to, from), "bias": weights.FormulaTensor(name+".bias", to)},
	})
}

func (n formulaNet) batchNorm(name string, length int) {
	n.t.Helper()
	n.add(name, models.BatchNorm, models.Attr{Epsilon: 1e-5}, length, "weight", "bias", "running_mean", "running_var")
}

// append adds a layer behind the last one.
func (n formulaNet) append(l models.Layer) {
	n.t.Helper()
	l.Inputs = []string{models.InputName}
	if len(n.net.Layers) > 0 {
		l.Inputs[0] = n.net.Logits().Name
	}
	if err := n.net.Append(l); err != nil {
		n.t.Fatal(err)
	}
}

// TestHeadsAgainstPyTorch compares the logits of a network of one channel, of one with
// a single sigmoid and of one with a head of several layers, and their maps for all
// classes, with what PyTorch computes: see testdata/heads.py. Behind the sigmoids that
// is Grad-CAM of logits, probabilities and ReST, ShapleyCAM with its second derivatives,
// Finer-CAM, and Ablation-CAM, which runs what follows the layer.
func TestHeadsAgainstPyTorch(t *testing.T) {
	const numbers = 6 * 6 * 6
	set, err := weights.Read(filepath.Join("testdata", "heads.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	values := func(name string) []float32 {
		if set.Tensors[name] == nil {
			t.Fatalf("heads.safetensors has no %s", name)
		}
		return set.Tensors[name].Data().([]float32)
	}
	gray := newFormulaNet(t, "gray", models.Gray, models.ActivationSoftmax)
	gray.linear("head.0", numbers, 3)
	binary := newFormulaNet(t, "binary", models.RGB, models.ActivationSigmoid)
	binary.linear("head.0", numbers, 1)
	deep := newFormulaNet(t, "deep", models.RGB, models.ActivationSigmoid)
	deep.linear("head.0", numbers, 8)
	deep.batchNorm("head.1", 8)
	deep.add("head.2", models.ReLU, models.Attr{}, 0)
	deep.add("head.3", models.Dropout, models.Attr{}, 0)
	deep.linear("head.4", 8, 5)
	deep.batchNorm("head.5", 5)
	deep.linear("head.6", 5, 3)
	for _, n := range []formulaNet{gray, binary, deep} {
		name := n.net.Name
		t.Run(name, func(t *testing.T) {
			x := open(t, n.net)
			input := weights.FormulaTensor("input", 1, n.net.Input.Count(), 12, 12)
			compared := 0
			for _, key := range set.Names() {
				part := strings.Split(key, "/")
				if part[0] != name || part[1] == "logits" {
					continue
				}
				method, err := cam.ByName(part[1])
				if err != nil {
					t.Fatal(err)
				}
				class, err := strconv.Atoi(part[3])
				if err != nil {
					t.Fatal(err)
				}
				layer, kind := part[2], compute.TargetKind(part[4])
				if method.Name == "shapleycam" {
					// Its target is ReST, whatever the pass's.
					kind = compute.TargetLogit
				}
				pass, err := run(t.Context(), x, request{Input: input, Layers: []string{layer}, Class: class, Target: compute.Target{Kind: kind}})
				if err != nil {
					t.Fatal(err)
				}
				e, err := pass.Explain(t.Context(), layer, method)
				if err != nil {
					t.Fatal(err)
				}
				nearer(t, tolerance, key, e.Map.Values, values(key))
				if method.MeanGradient {
					// The device makes the map itself on the way back.
					alone := mapOf(t, x, input, compute.Recipe{Layers: []string{layer}, Methods: []cam.Method{method}, Class: class, Target: compute.Target{Kind: kind}})
					nearer(t, tolerance, key+" without a pass", alone.Map.Values, values(key))
				}
				near(t, "logits", pass.Logits[:n.net.Outputs()], values(name+"/logits"))
				compared++
			}
			// Two layers, by six maps for each class.
			if want := 2 * 6 * n.net.Classes(); compared != want {
				t.Errorf("%d maps were compared, not %d", compared, want)
			}
		})
	}
}
