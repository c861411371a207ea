package models_test

import (
	"slices"
	"testing"

	"gaze/models"
)

// chain is a network of layers that each read the one before, unless they say
// otherwise, on pictures of 8x8.
func chain(t *testing.T, layers ...models.Layer) *models.Network {
	t.Helper()
	n := &models.Network{Name: "chain", Input: models.ImageNetInput(8, 8)}
	before := models.InputName
	for _, l := range layers {
		if l.Inputs == nil {
			l.Inputs = []string{before}
		}
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
		before = l.Name
	}
	return n
}

func layer(name string, kind models.Kind, inputs ...string) models.Layer {
	return models.Layer{Name: name, Kind: kind, Inputs: inputs}
}

func conv(name string, out, in, stride int) models.Layer {
	return models.Layer{Name: name, Kind: models.Conv, Attr: attr(1, stride, 0, 1), Params: params(map[string][]int{"weight": {out, in, 1, 1}})}
}

func linear(name string, out, in int) models.Layer {
	return models.Layer{Name: name, Kind: models.Linear, Params: params(map[string][]int{"weight": {out, in}})}
}

func adaptive(name string, side int) models.Layer {
	return models.Layer{Name: name, Kind: models.AdaptiveAvgPool, Attr: models.Attr{Output: [2]int{side, side}}}
}

func TestIdleLayersDoNothing(t *testing.T) {
	n := chain(
		t, conv("conv", 4, 3, 1), layer("dropout", models.Dropout), layer("identity", models.Identity), layer("block", models.Sequential),
		layer("permuted", models.Permute), layer("back", models.Permute), layer("sum of one", models.Add), layer("product of one", models.Mul),
		layer("joined alone", models.Concat), adaptive("as before", 8), adaptive("smaller", 4), layer("doubled", models.Add, "smaller", "smaller"),
		layer("relu", models.ReLU), layer("pool", models.GlobalAvgPool), layer("flatten", models.Flatten),
	)
	for name, want := range map[string]bool{
		"conv": false, "dropout": true, "identity": true, "block": true, "permuted": true, "back": true, "sum of one": true, "product of one": true,
		"joined alone": true, "as before": true, "smaller": false, "doubled": false, "relu": false, "pool": false, "flatten": false,
	} {
		if l, ok := n.Layer(name); !ok || n.Idle(l) != want {
			t.Errorf("%s does nothing: %t, not %t", name, !want, want)
		}
	}
	for name, want := range map[string]string{
		"conv": "conv", "dropout": "conv", "back": "conv", "as before": "conv", "smaller": "smaller", "doubled": "doubled",
		models.InputName: models.InputName, "no such layer": "no such layer",
	} {
		if got := n.Producer(name); got != want {
			t.Errorf("%s makes the values of %s, not %s", got, name, want)
		}
	}
	if got := chain(t, layer("dropout", models.Dropout)).Producer("dropout"); got != models.InputName {
		t.Errorf("%s makes what a Dropout of the picture hands on", got)
	}
}

func TestOnlyReader(t *testing.T) {
	n := chain(
		t, conv("conv", 4, 3, 1), layer("relu", models.ReLU), layer("sum", models.Add, "relu", "conv"), layer("square", models.Mul, "sum", "sum"),
	)
	for name, want := range map[string]string{models.InputName: "conv", "relu": "sum", "conv": "", "sum": "", "square": "", "no such layer": ""} {
		if got, ok := n.OnlyReader(name); ok != (want != "") || ok && got.Name != want {
			t.Errorf("%s alone reads %s (%t), not %q", got.Name, name, ok, want)
		}
	}
}

func TestHead(t *testing.T) {
	classifier := func(layers ...models.Layer) *models.Network {
		return chain(t, append([]models.Layer{conv("conv", 4, 3, 1), layer("relu", models.ReLU)}, layers...)...)
	}
	rows := []struct {
		name   string
		net    *models.Network
		linear string
		ok     bool
	}{
		{"pooling and a linear layer", classifier(layer("pool", models.GlobalAvgPool), layer("flatten", models.Flatten), linear("fc", 5, 4)), "fc", true},
		{"what does nothing in between", classifier(
			layer("dropout", models.Dropout), layer("block", models.Sequential), layer("pool", models.GlobalAvgPool), layer("flatten", models.Flatten),
			layer("dropped", models.Dropout), linear("fc", 5, 4), layer("logits", models.Identity),
		), "fc", true},
		{"pooling alone", classifier(layer("pool", models.GlobalAvgPool), layer("flatten", models.Flatten)), "", true},
		{"no pooling", classifier(layer("flatten", models.Flatten), linear("fc", 5, 4*64)), "", false},
		{"another pooling", classifier(layer("pool", models.GlobalMaxPool), layer("flatten", models.Flatten), linear("fc", 5, 4)), "", false},
		{"two linear layers", classifier(layer("pool", models.GlobalAvgPool), layer("flatten", models.Flatten), linear("fc1", 5, 4), linear("fc2", 5, 5)), "", false},
		{"an activation", classifier(layer("pool", models.GlobalAvgPool), layer("flatten", models.Flatten), linear("fc", 5, 4), layer("end", models.ReLU)), "", false},
		{"a second way", classifier(layer("double", models.Add, "relu", "relu"), layer("pool", models.GlobalAvgPool), layer("flatten", models.Flatten), linear("fc", 5, 4)), "", false},
		{"a dead end", classifier(layer("pool", models.GlobalAvgPool), layer("other", models.Tanh, "conv")), "", false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			l, ok := r.net.Head("relu")
			if ok != r.ok || (l != nil) != (r.linear != "") || l != nil && l.Name != r.linear {
				t.Errorf("the head is %v (%t), not %q (%t)", l, ok, r.linear, r.ok)
			}
		})
	}
	if l, ok := rows[0].net.Head("fc"); l != nil || ok {
		t.Errorf("the logits have a head: %v", l)
	}
}

func TestLaterResolutions(t *testing.T) {
	// The pooling is a second way beside the branch; both end in the sum.
	pooling := models.Layer{Name: "quarter", Kind: models.MaxPool, Inputs: []string{"half relu"}, Attr: attr(2, 2, 0, 0)}
	n := chain(
		t, conv("fine", 4, 3, 1), conv("half", 4, 4, 2), layer("half relu", models.ReLU), conv("branch", 4, 4, 2), pooling,
		layer("sum", models.Add, "branch", "quarter"), layer("pool", models.GlobalAvgPool), layer("flatten", models.Flatten), linear("fc", 5, 4),
	)
	for name, want := range map[string][]string{
		"fine":          {"half relu", "sum"},
		"half":          {"sum"},
		"branch":        nil,
		"sum":           nil,
		"fc":            nil,
		"no such layer": nil,
	} {
		if got := n.LaterResolutions(name); !slices.Equal(got, want) {
			t.Errorf("after %s come %v, not %v", name, got, want)
		}
	}
}

func TestMilestonesShowSomethingNew(t *testing.T) {
	norm := models.Layer{Name: "norm", Kind: models.BatchNorm, Params: params(map[string][]int{"weight": {4}, "bias": {4}, "running_mean": {4}, "running_var": {4}})}
	n := chain(
		t, conv("conv", 4, 3, 1), norm, layer("relu", models.ReLU), conv("wide", 8, 4, 1), layer("dropout", models.Dropout),
		conv("narrow", 4, 8, 1), layer("sum", models.Add, "narrow", "relu"), layer("block", models.Sequential), layer("pool", models.GlobalAvgPool),
	)
	// The convolution and its normalisation end in the ReLU, the sum in its block,
	// and the Dropout only hands on what it reads.
	if got, want := n.Milestones(), []string{"relu", "wide", "narrow", "block"}; !slices.Equal(got, want) {
		t.Errorf("the milestones are %v, not %v", got, want)
	}
}
