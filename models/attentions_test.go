package models_test

import (
	"errors"
	"slices"
	"testing"

	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

func TestAttentionOf(t *testing.T) {
	for network, rows := range map[string][][2]string{
		"deit_tiny_patch16_224": {
			{"patch_embed.proj", "blocks.0.attn.heads"},
			{"pos_drop", "blocks.0.attn.heads"},
			{"blocks.5.norm1", "blocks.5.attn.heads"},
			{"blocks.5.attn.heads", "blocks.5.attn.heads"},
			{"blocks.5.mlp.act", "blocks.5.attn.heads"},
			{"blocks.5", "blocks.5.attn.heads"},
			{"norm", "blocks.11.attn.heads"},
			{"head", "blocks.11.attn.heads"},
		},
		"vit_b_32": {
			{"encoder.layers.encoder_layer_3.ln_2", "encoder.layers.encoder_layer_3.self_attention.heads"},
			{"encoder.layers", "encoder.layers.encoder_layer_11.self_attention.heads"},
		},
		"swin_t": {
			{"features.0", "features.1.0.attn.heads"},
			{"features.3", "features.3.1.attn.heads"},
			{"features.4", "features.5.0.attn.heads"},
			{"norm", "features.7.1.attn.heads"},
		},
		"resnet18": {{"layer4", ""}},
	} {
		net := built(t, network)
		for _, r := range rows {
			l, ok := net.AttentionOf(r[0])
			if ok != (r[1] != "") || l.Name != r[1] {
				t.Errorf("%s: the attention of %s is %q", network, r[0], l.Name)
			}
		}
		if net.HidesAttention() {
			t.Errorf("%s hides attention", network)
		}
	}
}

func TestBlockHeads(t *testing.T) {
	net := built(t, "deit_tiny_distilled_patch16_224")
	with, outputs, err := net.BlockHeads()
	if err != nil {
		t.Fatal(err)
	}
	if len(outputs) != 12 || outputs[11] != net.Logits().Name || with.Logits().Name != net.Logits().Name {
		t.Fatalf("outputs %v, logits %s", outputs, with.Logits().Name)
	}
	for i, name := range outputs {
		l, ok := with.Layer(name)
		if !ok || !l.Shape.Eq(net.Logits().Shape) {
			t.Errorf("head %d is %v", i, l.Shape)
		}
	}
	// The heads share their parameters and read their block.
	begin, _ := with.Layer("blocks behind blocks.0")
	first, ok := with.Layer("norm behind blocks.0")
	own, _ := net.Layer("norm")
	if !ok || !slices.Equal(begin.Inputs, []string{"blocks.0"}) || !slices.Equal(first.Inputs, []string{begin.Name}) || first.Params["weight"] != own.Params["weight"] {
		t.Errorf("the first head reads %v and %v", begin.Inputs, first.Inputs)
	}
	if _, _, err := built(t, "resnet18").BlockHeads(); !errors.Is(err, models.ErrNoBlocks) {
		t.Errorf("a network without attention: %v", err)
	}
}

func built(t *testing.T, name string) *models.Network {
	t.Helper()
	net, err := zoo.Build(name, weights.Formula{Classes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return net
}
