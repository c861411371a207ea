package faith_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/compute/picture"
	"gaze/models"
	"gaze/models/store"
)

// shared is the folder of published weights and photographs; it is not part of
// the project.
const shared = "../../../shared"

// TestPhotographs measures three methods and Random-CAM over photographs with the
// published SqueezeNet 1.1, at its default layer and for the class it finds; -v
// prints the table. GAZE_FAITH=all takes all fifty photographs, as in
// docs/faith.md, instead of every tenth; that needs a -timeout of half an hour.
func TestPhotographs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	net := squeezeNet(t)
	engine := open(t, net)
	methods := []string{"hirescam", "layercam", "gradcam", "randomcam"}
	var metrics []faith.Metric
	for _, m := range faith.Metrics() {
		if !m.NeedsBox {
			metrics = append(metrics, m)
		}
	}
	all := os.Getenv("GAZE_FAITH") == "all"
	figures := make([][][]faith.Figure, len(methods)-1)
	for i, path := range photographs(t) {
		if i%10 != 0 && !all {
			continue
		}
		got := measurePhotograph(t, engine, path, methods, metrics, faith.Options{})
		for k := range figures {
			figures[k] = append(figures[k], got[k])
		}
	}
	summaries := make([][]faith.Summary, len(figures))
	for i := range figures {
		var err error
		if summaries[i], err = faith.Summarize(figures[i]); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d photographs: mean ± standard error, and by how many standard errors the method leads\n%s", len(figures[0]), table(methods, summaries))
	for i, name := range methods[:2] {
		for _, s := range summaries[i] {
			// In one photograph of four does the probability rise: too few of a few.
			if rare := s.Metric.Name == "increase" || s.Metric.Name == "gain"; rare && !all {
				continue
			}
			if !(s.Lead.Mean > 0) {
				t.Errorf("%s: %s is %.3f, Random-CAM's %.3f", name, s.Metric.Title, s.Value.Mean, s.Random.Mean)
			}
		}
	}
}

// TestRandomCAMKnowsNothing: over fifty photographs its insertion and deletion
// are the same, within three standard errors; it draws other weights on
// processors that round differently.
func TestRandomCAMKnowsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	engine := open(t, squeezeNet(t))
	var figures [][]faith.Figure
	for _, path := range photographs(t) {
		got := measurePhotograph(t, engine, path, []string{"randomcam"}, metrics(t, "gap", "gap-blur"), faith.Options{Steps: 14})
		figures = append(figures, got[0])
	}
	summaries, err := faith.Summarize(figures)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range summaries {
		t.Logf("%s: %.4f ± %.4f over %d photographs", s.Metric.Title, s.Value.Mean, standardError(s.Value), s.Value.N)
		if !(math.Abs(s.Value.Mean) < 3*standardError(s.Value)) {
			t.Errorf("%s is not zero", s.Metric.Title)
		}
	}
}

// measurePhotograph measures the maps of methods; the last of several is the
// random one that stands beside the others.
func measurePhotograph(t *testing.T, engine *compute.Explainer, path string, methods []string, metrics []faith.Metric, opt faith.Options) [][]faith.Figure {
	t.Helper()
	pass, input := run(t, engine, path)
	in := engine.Network().Input
	maps := make([]cam.Map, len(methods))
	for i, name := range methods {
		maps[i] = explain(t, pass, name, in)
	}
	s := faith.Subject{
		Picture: input.Data().([]float32), Height: in.Height, Width: in.Width,
		Class: pass.Class.Index, Maps: maps,
	}
	if last := len(maps) - 1; last > 0 {
		s.Maps, s.Random = maps[:last], maps[last]
	}
	got, err := faith.Measure(t.Context(), engine.Scorer(8), s, metrics, opt)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestTrainedNetworkFailsWithoutItsWeights shows what the sanity check finds in
// one photograph: HiResCAM loses its map with the classifier's weights,
// Random-CAM, which does not look at the classifier, keeps it.
func TestTrainedNetworkFailsWithoutItsWeights(t *testing.T) {
	net := squeezeNet(t)
	_, input := run(t, open(t, net), photographs(t)[0])
	class := -1
	stages, err := faith.Sanity(t.Context(), net, func(ctx context.Context, net *models.Network) (maps []cam.Map, random cam.Map, err error) {
		engine := open(t, net)
		passes, err := engine.Run(ctx, compute.Recipe{Layers: []string{"features.12"}, Class: class}, &compute.Subject{Input: input})
		if err != nil {
			return nil, random, err
		}
		pass := passes[0]
		class = pass.Class.Index
		return []cam.Map{explain(t, pass, "hirescam", net.Input)}, explain(t, pass, "randomcam", net.Input), nil
	}, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stages {
		t.Logf("down to %-28s %3.0f %% of the layers: HiResCAM rank %5.2f SSIM %.2f, Random-CAM rank %5.2f SSIM %.2f",
			s.Layer, 100*s.Share, s.Maps[0].Rank, s.Maps[0].SSIM, s.Random.Rank, s.Random.SSIM)
	}
	if first := stages[0]; first.Random != (faith.Similarity{Rank: 1, SSIM: 1}) && !(first.Random.SSIM > 1-1e-9) {
		t.Errorf("without the classifier's weights Random-CAM's map is not what it was: %+v", first.Random)
	}
	for _, s := range stages {
		if !(s.Maps[0].Rank < 0.8 && s.Maps[0].SSIM < 0.8) {
			t.Errorf("randomised down to %s HiResCAM still has its map: %+v", s.Layer, s.Maps[0])
		}
	}
}

func squeezeNet(t *testing.T) *models.Network {
	t.Helper()
	path := filepath.Join(shared, "weights", "squeezenet1_1.safetensors")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the published weights are not here: %v", err)
	}
	net, err := store.New("").Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func open(t *testing.T, net *models.Network) *compute.Explainer {
	t.Helper()
	engine, err := compute.Open(net, compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return engine
}

// photographs are the thirty of ImageNet and two of each Office-31 class from
// the shop's catalogue.
func photographs(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(shared, "photos", "imagenet", "*.JPEG"))
	if err != nil {
		t.Fatal(err)
	}
	classes, err := filepath.Glob(filepath.Join(shared, "photos", "office31", "amazon", "images", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range classes {
		of, err := filepath.Glob(filepath.Join(class, "*"))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, of[:min(2, len(of))]...)
	}
	if len(paths) < 50 {
		t.Skipf("%d of 50 photographs are here", len(paths))
	}
	return paths
}

func run(t *testing.T, engine *compute.Explainer, path string) (*compute.Pass, *tensor.Dense) {
	t.Helper()
	p, err := picture.Open(t.Context(), path, picture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	input, _, err := picture.Tensor(p.Image, engine.Network().Input)
	if err != nil {
		t.Fatal(err)
	}
	passes, err := engine.Run(t.Context(), compute.Recipe{Class: compute.TopClass}, &compute.Subject{Input: input})
	if err != nil {
		t.Fatal(err)
	}
	pass := passes[0]
	return pass, input
}

// explain makes a map of the pass's layer at the input's size.
func explain(t *testing.T, pass *compute.Pass, method string, in models.Input) cam.Map {
	t.Helper()
	m, err := cam.ByName(method)
	if err != nil {
		t.Fatal(err)
	}
	ex, err := pass.Explain(t.Context(), pass.Layers[0].Name, m)
	if err != nil {
		t.Fatal(err)
	}
	return heat.Resize(ex.Map, in.Height, in.Width)
}

// table is summaries as Markdown: a line a metric, a column a method, the last
// of which is Random-CAM.
func table(methods []string, summaries [][]faith.Summary) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| metric | better | %s |\n|---|---|%s\n", strings.Join(methods, " | "), strings.Repeat("---|", len(methods)))
	for j, first := range summaries[0] {
		better := "less"
		if first.Metric.Higher {
			better = "more"
		}
		fmt.Fprintf(&b, "| `%s` | %s |", first.Metric.Name, better)
		for _, s := range summaries {
			v, lead := s[j].Value, s[j].Lead
			fmt.Fprintf(&b, " %.3f ± %.3f (%+.1f) |", v.Mean, standardError(v), lead.Mean/standardError(lead))
		}
		fmt.Fprintf(&b, " %.3f ± %.3f |\n", first.Random.Mean, standardError(first.Random))
	}
	return b.String()
}

// standardError is the standard deviation of the mean.
func standardError(s faith.Sample) float64 { return s.Spread / math.Sqrt(float64(s.N)) }
