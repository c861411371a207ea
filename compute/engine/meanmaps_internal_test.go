package engine

import (
	"fmt"
	"strings"
	"testing"

	"gaze/models/weights"
	"gaze/models/zoo"
)

// Where no more than the means of a gradient is asked for, nothing is computed that
// only the gradient is made of; where it is known besides, they are taken from it.
func TestMeansDoWithoutTheGradient(t *testing.T) {
	for _, test := range []struct {
		network string
		layers  []string
		// absent must not be among the operations, present must.
		absent, present []string
	}{
		{"alexnet", []string{"features.11"}, []string{"MaxPoolGrad"}, []string{"LinearGrad (1, 256)"}},
		{"alexnet", []string{"features.11", "features.12"}, []string{"MaxPoolGrad"}, []string{"LinearGrad (1, 256)"}},
		{"alexnet", []string{"features.9", "features.11"}, nil, []string{"MaxPoolGrad", "LinearGrad (1, 9216)", "GlobalAvgPool (1, 256, 1, 1)"}},
		{"squeezenet1_1", []string{"features.12"}, []string{"ConvGrad"}, []string{"LinearGrad (1, 512)"}},
		{"resnet18", []string{"layer4"}, []string{"Spread"}, []string{"LinearGrad (1, 512)"}},
	} {
		t.Run(fmt.Sprint(test.network, test.layers), func(t *testing.T) {
			net, err := zoo.Build(test.network, weights.Formula{Classes: 10})
			if err != nil {
				t.Fatal(err)
			}
			e, err := Open(net, Options{Device: "cpu"})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			p, err := e.meanMapsProgram(test.layers, 1)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, step := range p.machine.Timings() {
				name, _, _ := strings.Cut(step.Node.Op().String(), " ")
				name, _, _ = strings.Cut(name, "{")
				all = append(all, fmt.Sprint(name, " ", step.Node.Shape()))
			}
			text := strings.Join(all, "\n")
			for _, s := range test.absent {
				if strings.Contains(text, s) {
					t.Errorf("%s is computed:\n%s", s, text)
				}
			}
			for _, s := range test.present {
				if !strings.Contains(text, s) {
					t.Errorf("%s is not computed:\n%s", s, text)
				}
			}
		})
	}
}
