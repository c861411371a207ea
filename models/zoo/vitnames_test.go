package zoo_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models/weights"
	"gaze/models/zoo"
)

// TestMatricesOfTheirOwn writes a network as Hugging Face's Transformers do, with
// matrices of their own for queries, keys and values, and reads it back.
func TestMatricesOfTheirOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("large networks")
	}
	for _, r := range []struct {
		arch   string
		joined string
		names  []string
		rename func(name string) string
		// some of the names, as Transformers write them.
		some []string
	}{
		{
			"vit_tiny_patch16_224", ".attn.qkv.",
			[]string{".attention.attention.query.", ".attention.attention.key.", ".attention.attention.value."},
			strings.NewReplacer("cls_token", "vit.embeddings.cls_token", "pos_embed", "vit.embeddings.position_embeddings", "patch_embed.proj", "vit.embeddings.patch_embeddings.projection",
				"blocks.", "vit.encoder.layer.", "norm1", "layernorm_before", "norm2", "layernorm_after", "attn.proj", "attention.output.dense", "mlp.fc1", "intermediate.dense", "mlp.fc2", "output.dense",
				"norm.", "vit.layernorm.", "head.", "classifier.").Replace,
			[]string{"vit.encoder.layer.11.attention.attention.key.bias", "vit.layernorm.weight", "vit.encoder.layer.0.layernorm_after.bias"},
		},
		{
			"swin_t", ".attn.qkv.",
			[]string{".attention.self.query.", ".attention.self.key.", ".attention.self.value."},
			strings.NewReplacer("features.0.0.", "swin.embeddings.patch_embeddings.projection.", "features.0.2.", "swin.embeddings.norm.",
				"features.1.", "swin.encoder.layers.0.blocks.", "features.3.", "swin.encoder.layers.1.blocks.", "features.5.", "swin.encoder.layers.2.blocks.", "features.7.", "swin.encoder.layers.3.blocks.",
				"features.2.", "swin.encoder.layers.0.downsample.", "features.4.", "swin.encoder.layers.1.downsample.", "features.6.", "swin.encoder.layers.2.downsample.",
				"norm1", "layernorm_before", "norm2", "layernorm_after", "attn.proj", "attention.output.dense", "attn.relative", "attention.self.relative", "mlp.0", "intermediate.dense", "mlp.3", "output.dense",
				"head.", "classifier.").Replace,
			[]string{"swin.encoder.layers.2.blocks.5.attention.self.value.weight", "swin.encoder.layers.0.downsample.reduction.weight", "swin.embeddings.norm.bias"},
		},
	} {
		src := &collector{Source: weights.Formula{Classes: 5}, set: &weights.Set{Tensors: make(map[string]*tensor.Dense)}}
		want, err := zoo.Build(r.arch, src)
		if err != nil {
			t.Fatal(err)
		}
		theirs := &weights.Set{Tensors: make(map[string]*tensor.Dense)}
		for name, p := range src.set.Tensors {
			values, shape := p.Data().([]float32), slices.Clone([]int(p.Shape()))
			before, after, ok := strings.Cut(name, r.joined)
			if !ok {
				name = r.rename(name)
				if r.arch == "swin_t" && name == "norm."+last(name) {
					name = "swin.layernorm." + last(name)
				}
				theirs.Tensors[name] = p
				continue
			}
			shape[0] /= 3
			for i, part := range r.names {
				n := len(values) / 3
				theirs.Tensors[r.rename(before)+part+after] = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values[i*n:][:n:n]))
			}
		}
		for _, name := range r.some {
			if theirs.Tensors[name] == nil {
				t.Errorf("%s: no %s among %q", r.arch, name, slices.Sorted(maps.Keys(theirs.Tensors))[:20])
			}
		}
		m, err := zoo.Find(theirs.Contents())
		if err != nil {
			t.Fatal(err)
		}
		net, err := m.Build(theirs)
		if err != nil || m.Architecture != r.arch {
			t.Fatalf("%s: %s, %v", r.arch, m.Architecture, err)
		}
		for i, l := range net.Layers {
			for name, p := range l.Params {
				if !slices.Equal(p.Data().([]float32), want.Layers[i].Params[name].Data().([]float32)) {
					t.Errorf("%s: the %s of %s is another", r.arch, name, l.Name)
				}
			}
		}
	}
}

// last is the last part of a name.
func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
