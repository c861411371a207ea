package keras_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/keras"
	"gaze/models/weights"
)

// TestNames finds layers by the names that users of Keras write.
func TestNames(t *testing.T) {
	rows := []struct{ file, ask, want string }{
		{"stacked_k3.keras", "mini_base/out_relu", "mini_base/out_relu"},
		{"stacked_k3.keras", "out_relu", "mini_base/out_relu"},
		{"stacked_k3.keras", "mini_base", "mini_base/out_relu"},
		{"stacked_k3.keras", "last", "mini_base/out_relu"},
		{"transfer_k3.keras", "last", "mini_base/out_relu"},
		{"func_k2.keras", "conv1/conv", "conv1/conv"},
		{"seq_k3.keras", "predictions", "predictions"},
		{"func_k3.keras", "probs", "logits"},
		{"func_k3.keras", "last", "last_conv"},
		{"xception_k3.keras", "last", "block14_sepconv2_act"},
	}
	for _, r := range rows {
		t.Run(r.file+" "+r.ask, func(t *testing.T) {
			path := filepath.Join("testdata", r.file)
			if r.file == "func_k2.keras" {
				// Names of layers may have a slash, as in tf_keras' MobileNetV3.
				path = rewritten(t, r.file, `"stem"`, `"conv1/conv"`)
			}
			net := mustRead(t, path, keras.Options{})
			got, err := net.Resolve(r.ask)
			if err != nil || got != r.want {
				t.Errorf("%q is %q, %v, not %q", r.ask, got, err, r.want)
			}
		})
	}
}

// TestSharedLayer calls a layer without weights twice: relu(relu(x)) is relu(x).
func TestSharedLayer(t *testing.T) {
	path := changed(t, "func_k3.keras", func(c object) {
		relu := layerOf(c, "stem_act")
		relu["inbound_nodes"] = append(relu["inbound_nodes"].([]any), reads("stem_act", 0)...)
		layerOf(c, "pool")["inbound_nodes"] = reads("stem_act", 1)
	})
	net := mustRead(t, path, keras.Options{})
	if l, ok := net.Layer("stem_act#2"); !ok || !slices.Equal(l.Inputs, []string{"stem_act"}) {
		t.Errorf("the second call is %+v", l)
	}
	want, err := weights.Read(filepath.Join("testdata", "func_k3.ref.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "logits", logitsOf(t, net, numbers(t, want, "input"), 3), numbers(t, want, "logits"))
}

// reads is a call that reads what a call of a layer made.
func reads(layer string, call int) []any {
	tensor := object{"class_name": "__keras_tensor__", "config": object{"keras_history": []any{layer, call, 0}}}
	return []any{object{"args": []any{tensor}, "kwargs": object{}}}
}

// TestLoss takes from the loss what a last layer without an activation means.
func TestLoss(t *testing.T) {
	function := func(name string) any {
		return object{"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
	}
	class := func(name string, logits bool) any {
		return object{"module": "keras.losses", "class_name": name, "config": object{"from_logits": logits}}
	}
	rows := []struct {
		loss    any
		want    models.Activation
		guessed bool
	}{
		{class("SparseCategoricalCrossentropy", true), models.ActivationSoftmax, false},
		{class("BinaryCrossentropy", true), models.ActivationSigmoid, false},
		{class("SparseCategoricalCrossentropy", false), models.ActivationSoftmax, true},
		{"mse", models.ActivationNone, false},
		{function("mean_absolute_error"), models.ActivationNone, false},
		{nil, models.ActivationSoftmax, true},
	}
	for _, r := range rows {
		net := mustRead(t, changed(t, "gray_k3.keras", func(c object) { c["compile_config"] = object{"loss": r.loss} }), keras.Options{})
		guessed := slices.ContainsFunc(net.Guesses, func(g models.Guess) bool { return g.Of == models.AspectActivation })
		if net.Output.Activation != r.want || guessed != r.guessed {
			t.Errorf("with the loss %v: %s, guessed %t", r.loss, net.Output.Activation, guessed)
		}
	}
}

// TestLogSoftmax leaves the logarithm of a softmax out at the end, and refuses it
// anywhere else.
func TestLogSoftmax(t *testing.T) {
	net := mustRead(t, rewritten(t, "seq_k3.keras", `"softmax"`, `"log_softmax"`), keras.Options{})
	want, err := weights.Read(filepath.Join("testdata", "seq_k3.ref.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "logits", logitsOf(t, net, numbers(t, want, "input"), 3), numbers(t, want, "logits"))
	if net.Output.Activation != models.ActivationSoftmax {
		t.Errorf("the outputs become probabilities by %s", net.Output.Activation)
	}
	middle := changed(t, "seq_k3.keras", func(c object) { settingsOf(c, "fc")["activation"] = "log_softmax" })
	if _, err := keras.Read(middle, keras.Options{}); err == nil || !strings.Contains(err.Error(), "fc") {
		t.Errorf("in the middle: %v", err)
	}
}

// TestDoesNotFit wants files that contradict themselves refused, and says what of.
func TestDoesNotFit(t *testing.T) {
	rows := []struct {
		name   string
		file   string
		change func(object)
		says   []string
	}{
		{"a circle", "func_k3.keras", func(c object) { layerOf(c, "stem")["inbound_nodes"] = reads("sum", 0) }, []string{"depends on itself"}},
		{"a tensor of nobody", "func_k3.keras", func(c object) { layerOf(c, "stem")["inbound_nodes"] = reads("nobody", 0) }, []string{`"nobody"`}},
		{"an output that is not there", "func_k3.keras", func(c object) {
			layerOf(c, "pool")["inbound_nodes"].([]any)[0].(object)["args"].([]any)[0].(object)["config"].(object)["keras_history"] = []any{"stem_act", 0, 1}
		}, []string{"output 1", "stem_act"}},
		{"more filters than weights", "func_k3.keras", func(c object) { settingsOf(c, "stem")["kernel_size"] = []any{3, 3} }, []string{"stem", "kernel", "(5, 3, 3, 8)"}},
		{"a bias that is not there", "func_k3.keras", func(c object) { settingsOf(c, "stem")["use_bias"] = true }, []string{"stem", "1 arrays", "2"}},
		{"an activation of the author's", "func_k3.keras", func(c object) { settingsOf(c, "last_conv")["activation"] = "mine>twice" }, []string{"last_conv", "mine>twice"}},
		{"another class", "seq_k3.keras", func(c object) { c["class_name"] = "MyModel" }, []string{"MyModel", "Sequential"}},
		{"always training", "func_k3.keras", func(c object) {
			layerOf(c, "stem_bn")["inbound_nodes"].([]any)[0].(object)["kwargs"] = object{"training": true}
		}, []string{"stem_bn", "training=True"}},
		{"whole numbers", "func_k3.keras", func(c object) {
			settingsOf(c, "stem")["dtype"] = object{"class_name": "QuantizedDTypePolicy", "config": object{"mode": "int8"}}
		}, []string{"stem", "quantised (int8)"}},
		{"models without end", "func_k3.keras", doubling(40), []string{"memory"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			path := changed(t, r.file, r.change)
			_, err := keras.Read(path, keras.Options{})
			if err == nil {
				t.Fatal("was read")
			}
			for _, part := range append(r.says, path) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

// doubling nests models of which each calls the next one twice: two to the power of
// n calls.
func doubling(n int) func(object) {
	return func(c object) {
		input := func(name string) object {
			return object{"class_name": "InputLayer", "config": object{"name": name, "batch_shape": []any{nil, 40, 36, 3}}, "name": name, "inbound_nodes": []any{}}
		}
		relu := kerasLayer("ReLU", "relu", object{})
		inner := relu
		for range n {
			inner["inbound_nodes"] = append(reads("in", 0), reads(inner["config"].(object)["name"].(string), 0)...)
			inner["name"] = inner["config"].(object)["name"]
			name := inner["name"].(string)
			inner = object{"class_name": "Functional", "config": object{
				"name": name + "x", "layers": []any{input("in"), inner},
				"input_layers": []any{"in", 0, 0}, "output_layers": []any{name, 1, 0},
			}}
		}
		c["config"] = inner["config"]
	}
}

// TestWeightsByPlace takes weights in the order of the layers where the file has
// other names than the model, as some of keras.applications' files do.
func TestWeightsByPlace(t *testing.T) {
	dir := t.TempDir()
	for name, replace := range map[string]string{"weights_k2.h5": "", "weights_k2.json": `"res_a"`} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if replace != "" {
			data = bytes.ReplaceAll(data, []byte(replace), []byte(`"conv2d_9"`))
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	net := mustRead(t, filepath.Join(dir, "weights_k2.h5"), keras.Options{})
	if _, ok := net.Layer("conv2d_9"); !ok {
		t.Error("the layer has no other name")
	}
	want, err := weights.Read(filepath.Join("testdata", "weights_k2.ref.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "logits", logitsOf(t, net, numbers(t, want, "input"), 3), numbers(t, want, "logits"))
}

// TestWeightsAlone wants the way out for weights without a model.
func TestWeightsAlone(t *testing.T) {
	for _, name := range []string{"weights_k2.h5", "weights_k3.weights.h5"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		json, _, _ := strings.Cut(name, ".")
		if _, err := keras.Read(path, keras.Options{}); err == nil || !strings.Contains(err.Error(), json+".json") || !strings.Contains(err.Error(), "to_json") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheano refuses a file with mirrored kernels: adapted_k2_h5.h5 with "theano" in
// the attribute "backend" of the weights.
func TestTheano(t *testing.T) {
	_, err := keras.Read(filepath.Join("testdata", "theano.h5"), keras.Options{})
	if err == nil || !strings.Contains(err.Error(), "Theano") || !strings.Contains(err.Error(), "mirrored") {
		t.Errorf("%v", err)
	}
}

// TestCutOff wants an error wherever a file ends too soon. At the end of an HDF5
// file may be what training needs.
func TestCutOff(t *testing.T) {
	for _, name := range []string{"adapted_k3.keras", "adapted_k2_h5.h5"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		for n := 0; n < len(data)*3/4; n += 331 {
			if err := os.WriteFile(path, data[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := keras.Read(path, keras.Options{}); err == nil {
				t.Errorf("the first %d of %d bytes of %s were read", n, len(data), name)
			}
		}
	}
}
