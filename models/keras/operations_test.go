package keras_test

import (
	"testing"

	"gaze/compute"
	"gaze/compute/picture"
	"gaze/models/keras"
)

// TestOperationsWithoutModules: a whole .h5 file of Keras 3 does not say which of its
// layers are operations on tensors, such as x + 3. The outputs are what Keras computes:
// see testdata/operations.py.
func TestOperationsWithoutModules(t *testing.T) {
	net, err := keras.Read("testdata/operations_k3_h5.h5", keras.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pixels := make([]uint8, 8*8*3)
	for i := range pixels {
		pixels[i] = uint8(i)
	}
	input, err := picture.FromRGB(pixels, net.Input)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := compute.Open(net, compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	passes, err := engine.Run(t.Context(), compute.Recipe{Layers: []string{"last"}}, &compute.Subject{Input: input})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "logits", passes[0].Logits, []float32{-0.02004408, 0.4214611, 0.07455848})
}
