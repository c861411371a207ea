package models_test

import (
	"strings"
	"testing"

	"gaze/models"
)

func TestResolve(t *testing.T) {
	n := &models.Network{Name: "nested", Input: models.ImageNetInput(8, 8), Aliases: map[string]string{"Relu_1": "layer4.1.relu"}}
	for _, l := range []models.Layer{
		{Name: "features.0", Kind: models.ReLU, Inputs: []string{"input"}},
		{Name: "features.1", Kind: models.ReLU, Inputs: []string{"features.0"}},
		{Name: "layer4.1.conv", Kind: models.Conv, Inputs: []string{"features.1"}, Attr: attr(3, 1, 1, 1), Params: params(map[string][]int{"weight": {4, 3, 3, 3}})},
		{Name: "layer4.1.relu", Kind: models.ReLU, Inputs: []string{"layer4.1.conv"}},
		{Name: "/stage/stage.0/conv/Relu_output_0", Kind: models.ReLU, Inputs: []string{"layer4.1.conv"}},
		{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"layer4.1.relu"}},
		{Name: "flatten", Kind: models.Flatten, Inputs: []string{"pool"}},
		{Name: "fc", Kind: models.Linear, Inputs: []string{"flatten"}, Params: params(map[string][]int{"weight": {5, 4}})},
	} {
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"last":       "layer4.1.relu",
		"layer4":     "layer4.1.relu",
		"layer4.1":   "layer4.1.relu",
		"features":   "features.1",
		"features.0": "features.0",
		"Relu_1":     "layer4.1.relu",
		"fc":         "fc",
		"stage.0":    "/stage/stage.0/conv/Relu_output_0",
		"/stage":     "/stage/stage.0/conv/Relu_output_0",
	} {
		if got, err := n.Resolve(name); err != nil || got != want {
			t.Errorf("%q resolves to %q (%v), not %q", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"CONV":  `network nested has no layer "CONV"; try /stage/stage.0/conv/Relu_output_0, layer4.1.conv`,
		"":      `"" names no layer of network nested; try /stage`,
		"//":    `"//" names no layer`,
		"block": "try /stage/stage.0/conv/Relu_output_0, layer4.1.relu, layer4.1.conv, features.1, features.0",
	} {
		if _, err := n.Resolve(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v does not say %q", name, err, want)
		}
	}
}

func TestResolveInPaths(t *testing.T) {
	n := &models.Network{Name: "exported", Input: models.ImageNetInput(8, 8)}
	before := models.InputName
	for _, name := range []string{
		"/conv1/Conv_output_0", "/relu/Relu_output_0",
		"/layer4/layer4.0/conv1/Conv_output_0", "/layer4/layer4.0/relu/Relu_output_0", "/layer4/layer4.0/only/Relu_output_0",
		"/layer4/layer4.1/conv1/Conv_output_0", "/layer4/layer4.1/relu/Relu_output_0",
		"/features/features.1/conv/conv.0/conv.0.1/Clip_output_0",
	} {
		if err := n.Append(models.Layer{Name: name, Kind: models.ReLU, Inputs: []string{before}}); err != nil {
			t.Fatal(err)
		}
		before = name
	}
	for name, want := range map[string]string{
		"conv1":               "/conv1/Conv_output_0",
		"relu":                "/relu/Relu_output_0",
		"layer4":              "/layer4/layer4.1/relu/Relu_output_0",
		"layer4.0":            "/layer4/layer4.0/only/Relu_output_0",
		"layer4.1.conv1":      "/layer4/layer4.1/conv1/Conv_output_0",
		"/layer4/layer4.1":    "/layer4/layer4.1/relu/Relu_output_0",
		"layer4.1/relu":       "/layer4/layer4.1/relu/Relu_output_0",
		"features.1.conv.0.1": "/features/features.1/conv/conv.0/conv.0.1/Clip_output_0",
		"only":                "/layer4/layer4.0/only/Relu_output_0",
	} {
		if got, err := n.Resolve(name); err != nil || got != want {
			t.Errorf("%q resolves to %q (%v), not %q", name, got, err, want)
		}
	}
	// Below the stem, the name belongs to no module in particular.
	n.Layers = n.Layers[1:]
	_, err := n.Resolve("conv1")
	if want := `"conv1" could be any of 2 modules of network exported: /layer4/layer4.1/conv1, /layer4/layer4.0/conv1`; err == nil || err.Error() != want {
		t.Errorf("an ambiguous name: %v", err)
	}
}

func TestChannelsLastBetweenPermutes(t *testing.T) {
	n := &models.Network{Name: "block", Input: models.ImageNetInput(8, 8)}
	n.Input.Width = 6
	for _, l := range []models.Layer{
		{Name: "last", Kind: models.Permute, Inputs: []string{"input"}},
		{Name: "norm", Kind: models.LayerNorm, Inputs: []string{"last"}, Params: params(map[string][]int{"weight": {3}, "bias": {3}})},
		{Name: "wide", Kind: models.Linear, Inputs: []string{"norm"}, Params: params(map[string][]int{"weight": {7, 3}})},
		{Name: "gelu", Kind: models.GELU, Inputs: []string{"wide"}},
		{Name: "first", Kind: models.Permute, Inputs: []string{"gelu"}},
	} {
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string][]int{"last": {1, 8, 6, 3}, "norm": {1, 8, 6, 3}, "wide": {1, 8, 6, 7}, "gelu": {1, 8, 6, 7}, "first": {1, 7, 8, 6}} {
		l, _ := n.Layer(name)
		if height, width := l.Plane(); !l.Shape.Eq(want) || height != 8 || width != 6 {
			t.Errorf("%s has shape %v and a plane of %dx%d", name, l.Shape, height, width)
		}
	}
	wrong := models.Layer{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"gelu"}}
	if err := n.Append(wrong); err == nil || !strings.Contains(err.Error(), "channels as the last axis") {
		t.Errorf("pooling with the channels last: %v", err)
	}
}
