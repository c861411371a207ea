package compute_test

import (
	"testing"

	"gaze/compute"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// BenchmarkExplain times Grad-CAM at the default layer of a new picture, and
// of the same picture for another class.
func BenchmarkExplain(b *testing.B) {
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
		pictures := []compute.Request{{Input: a, Class: 1}, {Input: a.ShallowClone(), Class: 1}}
		classes := []compute.Request{{Input: a, Class: 1}, {Input: a, Class: 2}}
		for label, requests := range map[string][]compute.Request{"picture": pictures, "class": classes} {
			b.Run(name+"/"+label, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if _, err := engine.Run(b.Context(), requests[i%2]); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
