package faith_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/models"
)

// fiveLayers is a network whose layers b to e have a weight each, of the values
// 0 to 99; only the layers' names and weights matter.
func fiveLayers() *models.Network {
	net := &models.Network{Name: "five"}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		l := models.Layer{Name: name}
		if name != "a" {
			values := make([]float32, 100)
			for i := range values {
				values[i] = float32(i)
			}
			l.Params = map[string]*tensor.Dense{"weight": tensor.New(tensor.WithShape(10, 10), tensor.WithBacking(values))}
		}
		net.Layers = append(net.Layers, l)
	}
	return net
}

func weight(l models.Layer) []float32 { return l.Params["weight"].Data().([]float32) }

// weightsOf are a map of a layer's weights and one that never changes, which is
// Random-CAM's too.
func weightsOf(layer int) faith.Explainer {
	constant := cam.Map{Height: 10, Width: 10, Values: weight(fiveLayers().Layers[1])}
	return func(_ context.Context, net *models.Network) (maps []cam.Map, random cam.Map, err error) {
		return []cam.Map{{Height: 10, Width: 10, Values: weight(net.Layers[layer])}, constant}, constant, nil
	}
}

func TestSanityRandomisesFromTheLogitsDown(t *testing.T) {
	net := fiveLayers()
	original := weight(fiveLayers().Layers[1])
	var seen []*models.Network
	explain := func(ctx context.Context, n *models.Network) (maps []cam.Map, random cam.Map, err error) {
		seen = append(seen, n)
		return weightsOf(3)(ctx, n)
	}
	stages, err := faith.Sanity(t.Context(), net, explain, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Of four layers with weights, counted from the last: one, two, all.
	want := []struct {
		layer string
		share float64
		gone  int
	}{{"e", 0.25, 1}, {"d", 0.5, 2}, {"b", 1, 4}}
	if len(stages) != len(want) || len(seen) != len(want)+1 || seen[0] != net {
		t.Fatalf("there are %d stages and %d networks", len(stages), len(seen))
	}
	for i, w := range want {
		if s := stages[i]; s.Layer != w.layer || s.Share != w.share {
			t.Errorf("stage %d is %s, %v", i, s.Layer, s.Share)
		}
		for k := 1; k < 5; k++ {
			got := weight(seen[i+1].Layers[k])
			if intact := slices.Equal(got, original); intact == (k > 4-w.gone) {
				t.Errorf("stage %d: weights of layer %d are intact: %v", i, k, intact)
			}
			if sorted := slices.Sorted(slices.Values(got)); !slices.Equal(sorted, original) {
				t.Errorf("stage %d: layer %d has other values", i, k)
			}
		}
	}
	for k := 1; k < 5; k++ {
		if !slices.Equal(weight(net.Layers[k]), original) {
			t.Errorf("the weights of layer %d of the network itself changed", k)
		}
	}
	intact := faith.Similarity{Rank: 1, SSIM: math.NaN()}
	for i, s := range stages {
		if s.Random.Rank != intact.Rank || s.Maps[1].Rank != intact.Rank || (i == 0) != (s.Maps[0].Rank == intact.Rank) {
			t.Errorf("stage %d: the maps are %+v like the intact ones, Random-CAM's %+v", i, s.Maps, s.Random)
		}
	}
}

func TestSanityDependsOnTheSeed(t *testing.T) {
	rank := func(stages int, seed uint64) float64 {
		t.Helper()
		list, err := faith.Sanity(t.Context(), fiveLayers(), weightsOf(2), stages, seed)
		if err != nil {
			t.Fatal(err)
		}
		return list[len(list)-1].Maps[0].Rank
	}
	if a, b := rank(1, 1), rank(1, 1); a != b {
		t.Errorf("with one seed the map is like the intact one by %v and %v", a, b)
	}
	if a, b := rank(1, 1), rank(4, 1); a != b {
		t.Errorf("on the way of other stages the map ends like the intact one by %v and %v", a, b)
	}
	if a, b := rank(1, 1), rank(1, 2); a == b {
		t.Errorf("with two seeds the map is like the intact one by %v", a)
	}
}

func TestSanityStops(t *testing.T) {
	if _, err := faith.Sanity(t.Context(), &models.Network{}, weightsOf(1), 3, 1); err == nil {
		t.Error("a network without weights can be randomised")
	}
	if _, err := faith.Sanity(t.Context(), fiveLayers(), weightsOf(1), 0, 1); err == nil {
		t.Error("a cascade can have no stages")
	}
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	explain := func(ctx context.Context, n *models.Network) (maps []cam.Map, random cam.Map, err error) {
		calls++
		cancel()
		return weightsOf(1)(ctx, n)
	}
	if _, err := faith.Sanity(ctx, fiveLayers(), explain, 3, 1); !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("after %d maps: %v", calls, err)
	}
	broken := errors.New("broken")
	failing := func(context.Context, *models.Network) (maps []cam.Map, random cam.Map, err error) {
		return nil, random, broken
	}
	if _, err := faith.Sanity(t.Context(), fiveLayers(), failing, 3, 1); !errors.Is(err, broken) {
		t.Errorf("the explainer's error became %v", err)
	}
	fewer := func(ctx context.Context, n *models.Network) (maps []cam.Map, random cam.Map, err error) {
		maps, random, err = weightsOf(1)(ctx, n)
		if !slices.IsSorted(weight(n.Layers[4])) {
			maps = maps[:1]
		}
		return maps, random, err
	}
	if _, err := faith.Sanity(t.Context(), fiveLayers(), fewer, 1, 1); err == nil {
		t.Error("a map may vanish on the way")
	}
}

func row(values ...float32) cam.Map { return cam.Map{Height: 1, Width: len(values), Values: values} }

func TestRankCorrelation(t *testing.T) {
	rows := []struct {
		what string
		a, b cam.Map
		want float64
	}{
		{"the same order", row(1, 2, 3, 4), row(-7, 0, 0.5, 100), 1},
		{"the reverse order", row(1, 2, 3), row(3, 2, 1), -1},
		{"two of four swapped: 1 - 6*2/60", row(1, 2, 3, 4), row(1, 3, 2, 4), 0.8},
		// Ranks 0, 1.5, 1.5, 3 and 0, 1, 2, 3: 4.5 / √(4.5 * 5).
		{"equal values share their rank", row(0, 5, 5, 9), row(1, 2, 3, 4), math.Sqrt(0.9)},
		{"a constant map has no order", row(2, 2, 2), row(1, 2, 3), math.NaN()},
		{"other sizes", row(1, 2, 3), row(1, 2), math.NaN()},
		{"nothing", cam.Map{}, cam.Map{}, math.NaN()},
	}
	for _, r := range rows {
		got := faith.Compare(r.a, r.b).Rank
		if !(math.Abs(got-r.want) < 1e-12) && !(math.IsNaN(got) && math.IsNaN(r.want)) {
			t.Errorf("%s: %v, not %v", r.what, got, r.want)
		}
	}
}

func TestStructuralSimilarity(t *testing.T) {
	const height, width = 14, 17
	a := cam.Map{Height: height, Width: width, Values: make([]float32, height*width)}
	b := cam.Map{Height: height, Width: width, Values: make([]float32, height*width)}
	for i := range a.Values {
		a.Values[i] = float32((i * 37) % 101)
		b.Values[i] = float32((i*53)%89) - 20
	}
	twice := cam.Map{Height: height, Width: width}
	for _, v := range a.Values {
		twice.Values = append(twice.Values, 2*v)
	}
	empty := cam.Map{Height: height, Width: width, Values: make([]float32, height*width)}

	rows := []struct {
		what string
		a, b cam.Map
		want float64
	}{
		{"a map and itself", a, a, 1},
		{"a map and twice itself look the same", a, twice, 1},
		{"two empty maps look the same", empty, empty, 1},
		{"two maps", a, b, plainSSIM(a, b)},
		{"a map and an empty one", a, empty, plainSSIM(a, empty)},
		{"smaller than the window", row(1, 2, 3), row(1, 2, 3), math.NaN()},
	}
	for _, r := range rows {
		got := faith.Compare(r.a, r.b).SSIM
		if !(math.Abs(got-r.want) < 1e-9) && !(math.IsNaN(got) && math.IsNaN(r.want)) {
			t.Errorf("%s: %v, not %v", r.what, got, r.want)
		}
	}
}

// plainSSIM computes mean, variance and covariance of every window from its 121
// values.
func plainSSIM(a, b cam.Map) float64 {
	shown := func(m cam.Map) []float64 {
		_, top, _ := m.Range()
		out := make([]float64, len(m.Values))
		for i, v := range m.Values {
			if v > 0 {
				out[i] = float64(v / float32(top))
			}
		}
		return out
	}
	x, y := shown(a), shown(b)
	var total, places float64
	for top := 0; top+11 <= a.Height; top++ {
		for left := 0; left+11 <= a.Width; left++ {
			each := func(visit func(w, x, y float64)) {
				for j := range 11 {
					for i := range 11 {
						w := math.Exp(-float64((j-5)*(j-5)+(i-5)*(i-5)) / (2 * 1.5 * 1.5))
						at := (top+j)*a.Width + left + i
						visit(w, x[at], y[at])
					}
				}
			}
			var w, mx, my, vx, vy, cov float64
			each(func(v, x, y float64) { w, mx, my = w+v, mx+v*x, my+v*y })
			mx, my = mx/w, my/w
			each(func(v, x, y float64) {
				vx, vy, cov = vx+v*(x-mx)*(x-mx)/w, vy+v*(y-my)*(y-my)/w, cov+v*(x-mx)*(y-my)/w
			})
			total += (2*mx*my + 1e-4) * (2*cov + 9e-4) / ((mx*mx + my*my + 1e-4) * (vx + vy + 9e-4))
			places++
		}
	}
	return total / places
}
