package compute_test

import (
	"slices"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// BenchmarkExplain times Grad-CAM at the default layer of a new picture, and
// of the same picture for another class, alone and by a pass.
func BenchmarkExplain(b *testing.B) {
	m := cam.Methods()[0]
	for _, name := range []string{"everyday", "squeezenet1_1", "resnet18"} {
		net, err := zoo.Build(name, weights.Formula{Classes: 1000})
		if err != nil {
			b.Fatal(err)
		}
		engine, err := compute.Open(net, compute.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer engine.Close()
		a := weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width)
		pass, err := run(b.Context(), engine, request{Input: a, Class: compute.TopClass})
		if err != nil {
			b.Fatal(err)
		}
		first, second := pass.Top[0].Index, pass.Top[1].Index
		pictures := []request{{Input: a, Class: first}, {Input: a.ShallowClone(), Class: first}}
		classes := []request{{Input: a, Class: first}, {Input: a, Class: second}}
		for label, requests := range map[string][]request{"picture": pictures, "class": classes} {
			alone := func(req []request) error {
				_, err := explainEach(b.Context(), engine, req, m)
				return err
			}
			byPass := func(req []request) error {
				pass, err := run(b.Context(), engine, req[0])
				if err == nil {
					_, err = pass.Explain(b.Context(), pass.Layers[0].Name, m)
				}
				return err
			}
			for how, explain := range map[string]func([]request) error{"alone": alone, "by a pass": byPass} {
				b.Run(name+"/"+label+"/"+how, func(b *testing.B) {
					if err := explain(requests[1:]); err != nil {
						b.Fatal(err)
					}
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						if err := explain(requests[i%2:][:1]); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// BenchmarkAllLayers explains the layers of a network in one pass, and in turn
// runs the network forward alone; "ratio" is the first's median time by the
// second's.
func BenchmarkAllLayers(b *testing.B) {
	net, err := zoo.Build("resnet50", weights.Formula{Classes: 1000})
	if err != nil {
		b.Fatal(err)
	}
	e, err := compute.Open(net, compute.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	picture := weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width)
	for name, layers := range map[string][]string{"every": net.Explainable(), "milestones": net.Milestones()} {
		b.Run(name, func(b *testing.B) {
			var all, alone []float64
			lap := func() {
				begin := time.Now()
				// A tensor of its own is another picture.
				if _, err := explainEach(b.Context(), e, []request{{Input: picture.ShallowClone(), Layers: layers}}, cam.Methods()[0]); err != nil {
					b.Fatal(err)
				}
				all = append(all, time.Since(begin).Seconds())
				begin = time.Now()
				if _, err := logits(b.Context(), e, []*tensor.Dense{picture.ShallowClone()}); err != nil {
					b.Fatal(err)
				}
				alone = append(alone, time.Since(begin).Seconds())
			}
			lap()
			all, alone = nil, nil
			for b.Loop() {
				lap()
			}
			slices.Sort(all)
			slices.Sort(alone)
			b.ReportMetric(all[len(all)/2]/alone[len(alone)/2], "ratio")
			b.ReportMetric(float64(len(layers)), "layers")
		})
	}
}
