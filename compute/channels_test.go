package compute_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/engine"
	"gaze/models"
)

// Networks of any number of channels agree with the definitions of their layers, one
// picture at a time and several, and every method that runs the network again can show
// it their pictures.
func TestNetworksOfOtherChannels(t *testing.T) {
	for _, channels := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(channels), func(t *testing.T) {
			s := newSketch(t, 3, 4)
			s.net.Input = s.net.Input.WithChannels(models.ChannelsFor(channels))
			net := s.conv("x", channels, 5, 3, 1, 1).do("relu", models.ReLU).conv("y", 5, 4, 3, 1, 1).do("relu2", models.ReLU).head(4).net
			x := open(t, net)
			random := rand.New(rand.NewPCG(12, 13))
			var reqs []request
			var plain []*plainNet
			for range 2 {
				v, exact := make([]float32, net.Input.Shape().TotalSize()), make([]float64, net.Input.Shape().TotalSize())
				for i := range v {
					v[i] = 2*random.Float32() - 1
					exact[i] = float64(v[i])
				}
				reqs = append(reqs, request{Input: dense(v, net.Input.Shape()...), Layers: []string{"relu"}, Class: 1})
				plain = append(plain, newPlain(t, net, exact))
			}
			batch, err := runBatch(t.Context(), x, reqs)
			if err != nil {
				t.Fatal(err)
			}
			single, err := run(t.Context(), x, reqs[1])
			if err != nil {
				t.Fatal(err)
			}
			for i, pass := range append(batch, single) {
				of := plain[min(i, 1)]
				agrees(t, "logits", pass.Logits, of.values[net.Logits().Name])
				agrees(t, "relu", pass.Layers[0].Activation, of.values["relu"])
			}
			// The picture's evidence is the picture times the gradient by it.
			evidence, err := x.Engine().Evidence(t.Context(), engine.Request{Input: reqs[1].Input, Seed: func(logits []float32) ([]float32, error) {
				return []float32{0, 1, 0}, nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			want := plain[1].gradient(t, models.InputName, 1)
			for i, v := range plain[1].values[models.InputName] {
				want[i] *= v
			}
			agrees(t, "the picture's evidence", evidence[0].Values, want)
			for _, m := range cam.Methods() {
				if !m.Cost.Runs() || m.NeedsTokens || m.Name == "refinecam" {
					continue
				}
				e, err := single.Explain(t.Context(), "relu", m)
				if err != nil {
					t.Fatal(err)
				}
				if lo, hi, _ := e.Map.Range(); !(hi > lo) {
					t.Errorf("%s: the map is from %v to %v", m.Title, lo, hi)
				}
			}
			for _, smoothing := range compute.Smoothings() {
				if _, err := single.Smooth(t.Context(), "relu", cam.GradCAM(), smoothing); err != nil {
					t.Errorf("%s: %v", smoothing, err)
				}
			}
		})
	}
}
