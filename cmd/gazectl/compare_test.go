package main

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gaze/compute/race"
)

func records(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestCompareTellsOfEveryMethodAndMetric(t *testing.T) {
	dir, out := photographs(t), t.TempDir()
	o := gazectl(t, "compare", dir, "--methods", "gradcam,eigencam", "--metrics", "insertion,drop", "--steps", "2", "--out", out)
	if o.status != 1 {
		t.Errorf("status %d, want 1 for the empty file: %s", o.status, o.stderr)
	}
	for _, want := range []string{"img3.jpg: empty file", "are the same map at this layer"} {
		if strings.Count(o.stderr, want) != 1 {
			t.Errorf("standard error does not say %q once:\n%s", want, o.stderr)
		}
	}
	lines := strings.Split(strings.TrimSpace(o.stdout), "\n")
	if len(lines) != 4 {
		t.Fatalf("the table is\n%s", o.stdout)
	}
	for i, begins := range []string{"method", "Grad-CAM ", "Eigen-CAM ", "Random-CAM "} {
		if !strings.HasPrefix(lines[i], begins) {
			t.Errorf("line %d is %q", i, lines[i])
		}
	}
	if !strings.Contains(lines[0], "insertion ↑") || !strings.Contains(lines[0], "drop ↓") || strings.Count(lines[1], "±") != 2 {
		t.Errorf("the table is\n%s", o.stdout)
	}
	// Three good pictures, two methods, two metrics, and a head.
	rows := records(t, filepath.Join(out, "compare.csv"))
	if len(rows) != 1+3*2*2 || strings.Join(rows[0], ",") != "path,class,layer,method,metric,value,random,guesses" || rows[1][2] != "layer4" {
		t.Errorf("compare.csv has %d rows: %v", len(rows), rows[0])
	}
	if rows = records(t, filepath.Join(out, "summary.csv")); len(rows) != 1+2*2 || rows[1][3] != "3" {
		t.Errorf("summary.csv is %v", rows)
	}
	if sheets, _ := filepath.Glob(filepath.Join(out, "*.layer4.compare.png")); len(sheets) != 3 {
		t.Errorf("the sheets are %v", sheets)
	}
}

func TestCompareAsJSON(t *testing.T) {
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "mug.png"), 40, 30)
	args := []string{"compare", dir, "--methods", "hirescam", "--metrics", "deletion", "--steps", "2", "--layer", "layer3", "--class", "mug", "--json"}
	first := gazectl(t, args...)
	rows := parse[map[string]any](t, first)
	if len(rows) != 1 || rows[0]["method"] != "hirescam" || rows[0]["metric"] != "deletion" || rows[0]["higher"] != false || rows[0]["n"] != 1.0 {
		t.Errorf("%v", rows)
	}
	// One picture has no spread.
	if mean, ok := rows[0]["mean"].(float64); !ok || mean <= 0 || mean > 1 || rows[0]["spread"] != nil {
		t.Errorf("mean %v, spread %v", rows[0]["mean"], rows[0]["spread"])
	}
	if again := gazectl(t, args...); again.stdout != first.stdout {
		t.Errorf("a second run says\n%s, not\n%s", again.stdout, first.stdout)
	}
}

func TestCompareRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"no such method":    {"--methods", "gradcam,sobel"},
		"asked for twice":   {"--methods", "gradcam,gradcam"},
		"beside randomcam":  {"--methods", "randomcam"},
		"at least 1":        {"--steps", "0"},
		"not between 0 and": {"--opacity", "2"},
		`no layer "nave"`:   {"--layer", "nave"},
	} {
		o := gazectl(t, append([]string{"compare", t.TempDir()}, args...)...)
		if want == "no such method" {
			want = "sobel"
		}
		if o.status != exitUsage || !strings.Contains(o.stderr, want) {
			t.Errorf("%v: status %d, %s", args, o.status, o.stderr)
		}
	}
}

// The classifier's weights matter to Grad-CAM and to no map that does not look at
// the class; without any weights left, no map stays.
func TestCompareDestroysWeights(t *testing.T) {
	photo := draw(t, filepath.Join(t.TempDir(), "mug.png"), 60, 50)
	args := []string{"compare", photo, "--methods", "gradcam,eigencam", "--metrics", "drop", "--sanity", "2"}
	o := gazectl(t, args...)
	if o.status != 0 || !strings.Contains(o.stdout, "\nfc ") || !strings.Contains(o.stdout, "\nconv1 ") {
		t.Fatalf("status %d: %s%s", o.status, o.stdout, o.stderr)
	}
	left := make(map[string]float64)
	for _, r := range parse[map[string]any](t, gazectl(t, append(args, "--json")...)) {
		if mean, ok := r["mean"].(float64); ok {
			left[r["method"].(string)+" "+r["metric"].(string)] = mean
		}
	}
	if v := left["eigencam sanity fc"]; v < 0.999 {
		t.Errorf("without its classifier, a rank correlation of %g is left of Eigen-CAM's map", v)
	}
	for _, row := range []string{"gradcam sanity fc", "gradcam sanity conv1", "eigencam sanity conv1"} {
		if v, ok := left[row]; !ok || v > 0.9 {
			t.Errorf("%s: a rank correlation of %g is left (there are %v)", row, v, left)
		}
	}
	if o := gazectl(t, "compare", photo, "--sanity=-1"); o.status != exitUsage {
		t.Errorf("a negative number of stages: status %d", o.status)
	}
}

// tableLine is the line of a printed table that begins with a name, its cells
// separated by single spaces.
func tableLine(t *testing.T, table, name string) string {
	t.Helper()
	for line := range strings.Lines(table) {
		if cells := strings.Join(strings.Fields(line), " "); strings.HasPrefix(cells, name+" ") {
			return strings.TrimPrefix(cells, name+" ")
		}
	}
	t.Fatalf("no line begins with %q:\n%s", name, table)
	return ""
}

// What Random-CAM reaches depends on the layer's resolution, so one layer's line
// says nothing of another's maps.
func TestCompareHasABaselineForEachLayer(t *testing.T) {
	photo := draw(t, filepath.Join(t.TempDir(), "mug.png"), 60, 50)
	args := []string{"compare", photo, "--methods", "cam,gradcam", "--metrics", "insertion,drop", "--steps", "4"}
	// CAM, the first column, is not defined at layer3.
	both := gazectl(t, append(args, "--layer", "layer3", "--layer", "layer4")...)
	lines := make(map[string]bool)
	for _, layer := range []string{"layer3", "layer4"} {
		alone := gazectl(t, append(args, "--layer", layer)...)
		want := tableLine(t, alone.stdout, "Random-CAM")
		if got := tableLine(t, both.stdout, "Random-CAM, "+layer); got != want {
			t.Errorf("Random-CAM at %s has %s, and %s where it is the only layer", layer, got, want)
		}
		lines[want] = true
	}
	if len(lines) != 2 {
		t.Errorf("the layers' baselines are the same, so the test tells nothing: %v", lines)
	}
	if n := strings.Count(both.stdout, "Random-CAM"); n != 2 {
		t.Errorf("%d lines of Random-CAM for two layers:\n%s", n, both.stdout)
	}
}

// The contrast to the runner-up stays the one to the intact network's runner-up,
// whatever a destroyed network would choose.
func TestCompareDestroysWeightsForOneContrast(t *testing.T) {
	race.SkipNumbers(t)
	photo := draw(t, filepath.Join(t.TempDir(), "mug.png"), 60, 50)
	top := parse[answer](t, gazectl(t, "explain", photo, "--json"))[0].Top
	args := []string{"compare", photo, "--methods", "gradcam", "--metrics", "drop", "--sanity", "3", "--json", "--target", "contrast"}
	byDefault, named := gazectl(t, args...), gazectl(t, append(args, "--other", strconv.Itoa(top[1].Index))...)
	if byDefault.status != 0 || byDefault.stdout != named.stdout {
		t.Errorf("the contrast to the runner-up gives\n%s and by its name\n%s", byDefault.stdout+byDefault.stderr, named.stdout+named.stderr)
	}
}

// sanityOf reads the summary's sanity rows: for method, layer and stage the mean
// and Random-CAM's.
func sanityOf(t *testing.T, args ...string) map[string][2]any {
	t.Helper()
	rows := make(map[string][2]any)
	for _, r := range parse[map[string]any](t, gazectl(t, append(args, "--json")...)) {
		if metric := r["metric"].(string); strings.HasPrefix(metric, "sanity ") {
			layer, _ := r["layer"].(string)
			rows[strings.Join([]string{r["method"].(string), layer, metric}, " ")] = [2]any{r["mean"], r["random"]}
		}
	}
	return rows
}

func TestCompareDestroysWeightsBesideEachLayersBaseline(t *testing.T) {
	race.SkipNumbers(t)
	photo := draw(t, filepath.Join(t.TempDir(), "mug.png"), 60, 50)
	args := []string{"compare", photo, "--methods", "gradcam", "--metrics", "drop", "--sanity", "1"}
	both := sanityOf(t, append(args, "--layer", "layer3", "--layer", "layer4")...)
	baselines := make(map[any]bool)
	for _, layer := range []string{"layer3", "layer4"} {
		alone := sanityOf(t, append(args, "--layer", layer)...)["gradcam  sanity conv1"]
		if got := both["gradcam "+layer+" sanity conv1"]; got != alone || alone[1] == nil {
			t.Errorf("%s has %v, and %v where it is the only layer", layer, got, alone)
		}
		baselines[alone[1]] = true
	}
	if len(baselines) != 2 {
		t.Errorf("the layers' baselines are the same, so the test tells nothing: %v", baselines)
	}
	o := gazectl(t, append(args, "--layer", "layer3", "--layer", "layer4")...)
	_, table, _ := strings.Cut(o.stdout, "\n\n")
	for _, column := range []string{"gradcam, layer3", "gradcam, layer4", "randomcam, layer3", "randomcam, layer4"} {
		if !strings.Contains(table, column) {
			t.Errorf("there is no column %s:\n%s", column, table)
		}
	}
}

// CAM is not defined at layer3, which says nothing of Grad-CAM.
func TestCompareDestroysWeightsThoughAMethodFails(t *testing.T) {
	race.SkipNumbers(t)
	photo := draw(t, filepath.Join(t.TempDir(), "mug.png"), 60, 50)
	args := []string{"compare", photo, "--metrics", "drop", "--sanity", "1", "--layer", "layer3", "--methods"}
	alone := sanityOf(t, append(args, "gradcam")...)
	for _, methods := range []string{"gradcam,cam", "cam,gradcam"} {
		o := gazectl(t, append(args, methods)...)
		if o.status != exitFailed || strings.Count(o.stderr, "\n") != 1 || !strings.Contains(o.stderr, "CAM: only global average pooling") {
			t.Errorf("%s: status %d, standard error\n%s", methods, o.status, o.stderr)
		}
		tableLine(t, o.stdout, "Grad-CAM")
		if line := tableLine(t, o.stdout, "conv1"); strings.Count(line, "–") != 1 {
			t.Errorf("%s: the sanity check says %q", methods, line)
		}
		if got := sanityOf(t, append(args, methods)...); !maps.Equal(got, alone) {
			t.Errorf("%s: the sanity check has %v, and without CAM %v", methods, got, alone)
		}
	}
	o := gazectl(t, append(args, "cam")...)
	if o.status != exitFailed || o.stdout != "" || !strings.Contains(o.stderr, "CAM: only global average pooling") {
		t.Errorf("CAM alone: %+v", o)
	}
}

// CAM is not defined at layer3, of which there is nothing to see then.
func TestCompareWritesNoSheetOfTheBaselineAlone(t *testing.T) {
	photo, out := draw(t, filepath.Join(t.TempDir(), "mug.png"), 60, 50), t.TempDir()
	gazectl(t, "compare", photo, "--methods", "cam", "--metrics", "drop", "--layer", "layer3", "--layer", "layer4", "--out", out)
	sheets, _ := filepath.Glob(filepath.Join(out, "*.png"))
	if len(sheets) != 1 || filepath.Base(sheets[0]) != "mug.png.layer4.compare.png" {
		t.Errorf("the sheets are %q", sheets)
	}
}

// What was guessed of a network stands in every output of compare.
func TestCompareTellsWhatWasGuessed(t *testing.T) {
	dir := t.TempDir()
	photo, out := draw(t, filepath.Join(dir, "photo.png"), 32, 32), filepath.Join(dir, "out")
	o := gazectl(t, "compare", photo, "--model", filepath.Join("..", "..", "models", "doctor", "testdata", "sigmoid.onnx"), "--methods", "gradcam", "--metrics", "drop", "--out", out, "--json")
	if o.status != exitOK || !strings.Contains(o.stdout, `"of": "mean"`) {
		t.Errorf("exit status %d, %s%s", o.status, o.stdout, o.stderr)
	}
	for _, name := range []string{"compare.csv", "summary.csv"} {
		rows := records(t, filepath.Join(out, name))
		if last := rows[1][len(rows[1])-1]; rows[0][len(rows[0])-1] != "guesses" || !strings.Contains(last, "mean: a mean of 0.485") {
			t.Errorf("%s: the last column is %q, %q", name, rows[0][len(rows[0])-1], last)
		}
	}
}
