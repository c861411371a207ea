package apps_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models/keras/apps"
)

// ones are parameters that nobody will compute with.
type ones struct{ numbers []float32 }

func (z *ones) Param(_ string, shape ...int) (*tensor.Dense, error) {
	n := tensor.Shape(shape).TotalSize()
	if n > len(z.numbers) {
		z.numbers = slices.Repeat([]float32{1}, n)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(z.numbers[:n])), nil
}

// summaries reads what model.summary() of Keras says of each network, a line a layer:
// name, class, shape, parameters.
func summaries(t *testing.T) map[string][]string {
	t.Helper()
	f, err := os.Open("testdata/summaries.txt.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]string)
	name := ""
	for s := bufio.NewScanner(z); s.Scan(); {
		if line, ok := strings.CutPrefix(s.Text(), "\t"); ok {
			all[name] = append(all[name], line)
			continue
		}
		name = s.Text()
	}
	return all
}

// TestNetworksAreKeras compares the summary of each network with that of Keras: the
// layers in order, their classes, the shapes of their outputs and their numbers of
// parameters.
func TestNetworksAreKeras(t *testing.T) {
	want := summaries(t)
	if len(want) != len(apps.Names()) {
		t.Errorf("there are %d networks, and Keras' summaries of %d", len(apps.Names()), len(want))
	}
	for _, name := range apps.Names() {
		t.Run(name, func(t *testing.T) {
			if keras := want[strings.TrimPrefix(name, apps.Prefix)]; testing.Short() && len(keras) > 250 {
				t.Skip("a large network")
			}
			net, err := apps.Build(name, &ones{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range net.Summary() {
				if r.Depth == 0 {
					shape := strings.ReplaceAll(strings.Trim(fmt.Sprint(r.Shape), "[]"), " ", "x")
					got = append(got, fmt.Sprintf("%s\t%s\t%s\t%d", r.Name, r.Kind, shape, r.Params))
				}
			}
			keras := want[strings.TrimPrefix(name, apps.Prefix)]
			for i := range max(len(got), len(keras)) {
				g, k := at(got, i), at(keras, i)
				if g != k {
					t.Fatalf("layer %d is %q, in Keras %q", i, g, k)
				}
			}
		})
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}
