package state_test

import (
	"errors"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gaze/compute/output/golden"
	"gaze/models"
	"gaze/models/weights"
	"gaze/ui/state"
)

// The networks and the picture of these tests: the logits are the means of what the
// channels of (200, 100, 50) become.
var uniform = color.NRGBA{200, 100, 50, 255}

// copied is a copy of one of testdata's networks in a folder of its own.
func copied(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// deskOn returns a session that looks at a picture of one colour with the network in
// a file, run by the program's own explainer.
func deskOn(t *testing.T, network string) *desk {
	t.Helper()
	d := deskOf(t, state.OpenExplainer)
	d.Networks.Open(state.Source{Ref: network})
	d.loop.Until(t, "the network", func() bool { return d.Networks.Explainer != nil })
	img := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []uint8{uniform.R, uniform.G, uniform.B, uniform.A})
	}
	picture := filepath.Join(t.TempDir(), "uniform.png")
	golden.WritePNG(t, picture, img)
	d.show(t, picture)
	return d
}

// edit begins to edit and waits for what the network sees.
func (d *desk) edit(t *testing.T) *state.Editor {
	t.Helper()
	d.Edit()
	d.described(t)
	return d.Editor
}

// described waits until the network is described as the user says.
func (d *desk) described(t *testing.T) {
	t.Helper()
	d.loop.Until(t, "the network as it is described", func() bool { return d.Editor == nil || !d.Editor.Working })
}

// aspects are what is guessed.
func aspects(net *models.Network) []models.Aspect {
	var list []models.Aspect
	for _, g := range net.Guesses {
		list = append(list, g.Of)
	}
	return list
}

// logits are those of the editor's best classes, by their classes.
func logits(x *state.Editor) []float64 {
	list := make([]float64, len(x.Preview.Top))
	for _, s := range x.Preview.Top {
		list[s.Index] = float64(s.Logit)
	}
	return list
}

func near(t *testing.T, got []float64, want ...float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-3 {
			t.Errorf("got %v, want %v", got, want)
			return
		}
	}
}

// A network of which nothing is said is run as if it were of ImageNet's kind, and the
// user is asked to check that.
func TestNothingSaidIsGuessedAloud(t *testing.T) {
	d := deskOn(t, copied(t, "means.onnx"))
	if got := state.CautionOf(d.Networks.Network()); got != state.GuessedInput {
		t.Errorf("the caution is %v", got)
	}
	x := d.edit(t)
	near(t, logits(x), (200./255-0.485)/0.229, (100./255-0.456)/0.224, (50./255-0.406)/0.225)
	for _, f := range []state.Field{state.FieldWidth, state.FieldChannels, state.FieldMean, state.FieldStd} {
		if _, ok := x.Guessed(f); !ok {
			t.Errorf("%s is no guess", f)
		}
	}
	if got := x.Preset(); got != "imagenet" {
		t.Errorf("the usual preprocessing is %q", got)
	}
	if seen := x.Preview.Seen.At(100, 100); seen != uniform {
		t.Errorf("the network sees %v", seen)
	}
}

// What the user corrects changes the answer, and ends only its own guesses.
func TestACorrectionSilencesItself(t *testing.T) {
	d := deskOn(t, copied(t, "means.onnx"))
	x := d.edit(t)
	before := aspects(x.Net)
	x.Set(state.FieldChannels, "bgr")
	x.Set(state.FieldMean, "0,5")
	d.described(t)
	near(t, logits(x), (50./255-0.5)/0.225, (100./255-0.5)/0.224, (200./255-0.5)/0.229)
	want := slices.DeleteFunc(before, func(a models.Aspect) bool { return a == models.AspectChannels || a == models.AspectMean })
	if got := aspects(x.Net); !slices.Equal(got, want) {
		t.Errorf("guessed are still %v, want %v", got, want)
	}
	if seen := x.Preview.Seen.At(100, 100); seen != uniform {
		t.Errorf("the network sees %v", seen)
	}
	d.Editor.Cancel()
	if d.Editor != nil || d.Networks.Network().Input.Channels != models.RGB || !d.Networks.Said.Empty() {
		t.Error("what was cancelled is in use")
	}
}

// What is used is remembered for the network's file, and for no other.
func TestUsedDescriptionComesBackWithItsFile(t *testing.T) {
	file := copied(t, "means.onnx")
	d := deskOn(t, file)
	x := d.edit(t)
	x.UsePreset("caffe")
	d.described(t)
	near(t, logits(x), 50-103.939, 100-116.779, 200-123.68)
	former := d.Networks.Explainer
	x.Use()
	if d.Editor != nil || d.Networks.Explainer == former {
		t.Fatal("the description is not in use")
	}
	d.settle(t)
	if got := d.View.Map.Class.Label; got != "class 2" {
		t.Errorf("the picture is %s; red is the last of BGR", got)
	}
	if got := d.Choice.Layer(); got != "mixed" {
		t.Errorf("explains %q", got)
	}

	d.Networks.Open(state.Source{})
	d.settle(t)
	if !d.Networks.Said.Empty() {
		t.Error("another network is described by what was said of the first")
	}
	d.Networks.Open(state.Source{Ref: file})
	d.settle(t)
	if in := d.Networks.Network().Input; in.Channels != models.BGR || in.Scale != 1 {
		t.Errorf("the network came back with %v", in)
	}

	again := deskOf(t, state.OpenExplainer)
	again.Settings.Described = d.Settings.Described
	again.Networks.Open(state.Source{Ref: file})
	again.settle(t)
	if in := again.Networks.Network().Input; in.Channels != models.BGR || in.Scale != 1 {
		t.Errorf("the next window has %v", in)
	}
	y := again.edit(t)
	y.Reset()
	again.described(t)
	y.Use()
	if in := again.Networks.Network().Input; in.Channels != models.RGB || len(again.Settings.Described) != 0 {
		t.Errorf("after a reset it is %v, remembered %v", in, again.Settings.Described)
	}
}

// A file that has become another one is opened without what was said of the former.
func TestDescriptionThatNoLongerFitsIsForgotten(t *testing.T) {
	file := copied(t, "means.onnx")
	d := deskOf(t, state.OpenExplainer)
	d.Settings.Described = map[string]weights.Sidecar{file: {Names: []string{"one", "two"}}}
	d.Networks.Open(state.Source{Ref: file})
	d.settle(t)
	var misfit *state.DescriptionError
	if len(d.failures) != 1 || !errors.As(d.failures[0], &misfit) || d.Networks.Explainer == nil || len(d.Settings.Described) != 0 {
		t.Errorf("told is %v; remembered %v", d.failures, d.Settings.Described)
	}
}

// A sidecar that was saved says everything, so that the network is the same and nothing
// is guessed.
func TestSavedSidecarIsTheSameNetworkWithoutGuesses(t *testing.T) {
	for _, name := range []string{"means.onnx", "first.onnx"} {
		file := copied(t, name)
		sidecar := weights.SidecarPath(file)
		if err := os.WriteFile(sidecar, []byte(`{"source": "mine", "notes": "a note"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		d := deskOn(t, file)
		x := d.edit(t)
		x.Set(state.FieldWidth, "96")
		x.Set(state.FieldFit, string(models.FitStretch))
		x.Set(state.FieldFilter, "bicubic")
		x.Set(state.FieldScale, "1")
		if name == "first.onnx" {
			x.Set(state.FieldPositive, "red")
			x.Set(state.FieldThreshold, "30 %")
		}
		d.described(t)
		want := *x.Net
		path, write := x.Sidecar()
		if path != sidecar {
			t.Fatalf("the sidecar is %s", path)
		}
		if err := write(false); !errors.Is(err, os.ErrExist) {
			t.Errorf("a file that is there: %v", err)
		}
		if err := write(true); err != nil {
			t.Fatal(err)
		}
		x.Saved()
		d.settle(t)
		got := d.Networks.Network()
		if !got.Input.Equal(want.Input) || got.Output != want.Output || !slices.Equal(got.Labels, want.Labels) {
			t.Errorf("%s: %v, %+v, %v; was %v, %+v, %v", name, got.Input, got.Output, got.Labels, want.Input, want.Output, want.Labels)
		}
		if len(got.Guesses) > 0 || state.CautionOf(got) != state.Sure || !d.Networks.Said.Empty() || len(d.Settings.Described) != 0 {
			t.Errorf("%s: guessed is %v, said %+v", name, got.Guesses, d.Networks.Said)
		}
		if got.Source != "mine" || len(got.Notes) != 1 {
			t.Errorf("%s: lost are the source or the notes: %q, %v", name, got.Source, got.Notes)
		}
	}
}

// What cannot be meant is told at its field and runs nothing.
func TestInvalidValuesAreToldAtTheirFields(t *testing.T) {
	d := deskOn(t, copied(t, "first.onnx"))
	x := d.edit(t)
	before := x.Net
	for _, c := range []struct {
		field state.Field
		text  string
		fault state.Fault
	}{
		{state.FieldWidth, "", state.FaultNumber},
		{state.FieldWidth, "0", state.FaultRange},
		{state.FieldHeight, "5000", state.FaultRange},
		{state.FieldHeight, "1e3", state.FaultNumber},
		{state.FieldResize, "100", state.FaultShort},
		{state.FieldChannels, "gray", state.FaultCount},
		{state.FieldChannels, "xyz", state.FaultLetters},
		{state.FieldScale, "0", state.FaultRange},
		{state.FieldScale, "1/0", state.FaultNumber},
		{state.FieldMean, "0.4 0.5", state.FaultCount},
		{state.FieldMean, "much", state.FaultNumber},
		{state.FieldMean, "NaN", state.FaultNumber},
		{state.FieldStd, "0.2 0 0.2", state.FaultRange},
		{state.FieldThreshold, "0", state.FaultRange},
		{state.FieldThreshold, "100 %", state.FaultRange},
	} {
		good := x.Text(c.field)
		x.Set(c.field, c.text)
		if fault := x.Fault(c.field); fault == nil || fault.Fault != c.fault || fault.Field != c.field {
			t.Errorf("%s %q: %v, want %s", c.field, c.text, fault, c.fault)
		}
		if x.Text(c.field) != c.text || x.Ready() || x.Working {
			t.Errorf("%s %q: shows %q, ready: %v, working: %v", c.field, c.text, x.Text(c.field), x.Ready(), x.Working)
		}
		x.Use()
		if d.Editor == nil {
			t.Fatalf("%s %q is in use", c.field, c.text)
		}
		x.Set(c.field, good)
		d.described(t)
		if !x.Ready() {
			t.Fatalf("%s %q: not ready after it was taken back: %v, %v", c.field, good, x.Fault(c.field), x.Err)
		}
	}
	if !before.Input.Equal(x.Net.Input) {
		t.Errorf("the network is another one: %v, was %v", x.Net.Input, before.Input)
	}
}

// One output is two classes until it is said to be a number.
func TestOneOutputBecomesANumber(t *testing.T) {
	d := deskOn(t, copied(t, "first.onnx"))
	if _, ok := d.edit(t).Guessed(state.FieldActivation); !ok {
		t.Error("what the output means is no guess")
	}
	x := d.Editor
	x.Set(state.FieldThreshold, "0.9")
	d.described(t)
	x.Set(state.FieldActivation, string(models.ActivationNone))
	x.Set(state.FieldUnit, "mm")
	d.described(t)
	if got := x.Net.Output; got != (models.Output{Activation: models.ActivationNone, Unit: "mm"}) || x.Err != nil {
		t.Errorf("the output is %+v, %v", got, x.Err)
	}
	x.Use()
	d.settle(t)
	if !d.View.Map.Class.Measured() || d.View.Map.Class.Unit != "mm" {
		t.Errorf("the answer is %+v", d.View.Map.Class)
	}
}

// A guess that is right is confirmed, and nothing but the guess changes.
func TestConfirmedGuessesChangeNothing(t *testing.T) {
	d := deskOn(t, copied(t, "means.onnx"))
	x := d.edit(t)
	before := x.Net.Input
	for _, f := range state.Fields() {
		if _, ok := x.Guessed(f); ok {
			x.Confirm(f)
		}
	}
	d.described(t)
	if !before.Equal(x.Net.Input) || len(x.Net.Guesses) > 0 {
		t.Errorf("%v became %v; guessed is %v", before, x.Net.Input, x.Net.Guesses)
	}
}

// Of several changes in a row only the last one runs, and the explainers that are not
// used are closed.
func TestOnlyTheLastChangeIsRun(t *testing.T) {
	var opened []*countedExplainer
	d := deskOf(t, func(from state.Source, said weights.Sidecar) (state.Explainer, error) {
		e, err := state.OpenExplainer(from, said)
		c := &countedExplainer{Explainer: e, closed: make(chan bool, 1)}
		opened = append(opened, c)
		return c, err
	})
	d.Networks.Open(state.Source{Ref: copied(t, "means.onnx")})
	d.settle(t)
	x := d.edit(t)
	for _, mean := range []string{"0", "0.1", "0.2", "0.3"} {
		x.Set(state.FieldMean, mean)
	}
	d.described(t)
	if len(opened) > 2 || x.Net.Input.Mean[0] != 0.3 {
		t.Errorf("opened %d times; the mean is %v", len(opened), x.Net.Input.Mean)
	}
	x.Set(state.FieldMean, "0.4")
	d.described(t)
	<-opened[len(opened)-2].closed
	d.Editor.Cancel()
	<-opened[len(opened)-1].closed
	if len(opened[0].closed) > 0 {
		t.Error("the explainer in use was closed")
	}
}

// countedExplainer tells when it is closed.
type countedExplainer struct {
	state.Explainer
	closed chan bool
}

func (e *countedExplainer) Close() error {
	e.closed <- true
	return e.Explainer.Close()
}

func TestLabelsAreReadFromAFile(t *testing.T) {
	d := deskOn(t, copied(t, "means.onnx"))
	x := d.edit(t)
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.txt"), filepath.Join(dir, "bad.txt")
	for path, text := range map[string]string{good: "red\ngreen\nblue\n", bad: "red\ngreen\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x.ReadLabels(bad)
	var wrong *state.LabelsError
	if len(d.failures) != 1 || !errors.As(d.failures[0], &wrong) || wrong.Labels != 2 || wrong.Classes != 3 || x.Said.Names != nil {
		t.Errorf("two names of three: %v", d.failures)
	}
	x.ReadLabels(good)
	d.described(t)
	if got := x.Preview.Top[0].Label; got != "red" {
		t.Errorf("the best class is %q", got)
	}
}

func TestCautionIsTheMostUrgentOne(t *testing.T) {
	doubtful := models.ImageNetInput(8, 8)
	doubtful.Mean = []float32{104, 117, 124}
	for name, c := range map[string]struct {
		net  models.Network
		want state.Caution
	}{
		"sure":    {models.Network{Input: models.ImageNetInput(8, 8)}, state.Sure},
		"labels":  {models.Network{Input: models.ImageNetInput(8, 8), Guesses: []models.Guess{{Of: models.AspectLabels}}}, state.GuessedLabels},
		"outputs": {models.Network{Input: models.ImageNetInput(8, 8), Guesses: []models.Guess{{Of: models.AspectLabels}, {Of: models.AspectActivation}}}, state.GuessedOutputs},
		"layers":  {models.Network{Input: models.ImageNetInput(8, 8), Guesses: []models.Guess{{Of: models.AspectHead}, {Of: models.AspectActivation}}}, state.GuessedLayers},
		"input":   {models.Network{Input: models.ImageNetInput(8, 8), Guesses: []models.Guess{{Of: models.AspectMean}, {Of: models.AspectActivation}}}, state.GuessedInput},
		"doubt":   {models.Network{Input: doubtful}, state.DoubtfulInput},
	} {
		if got := state.CautionOf(&c.net); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A network whose channels are in a file each gets them by the name of one.
func TestChannelsInFilesOfTheirOwn(t *testing.T) {
	file := copied(t, "means.onnx")
	side := `{"input": {"size": 8, "crop": "none", "stack": "*_{1..3}.png", "scale": 1, "mean": 0, "std": 1}}`
	if err := os.WriteFile(weights.SidecarPath(file), []byte(side), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, name := range []string{"leaf_1.png", "leaf_2.png", "leaf_3.png"} {
		img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
		for k := range img.Pix {
			img.Pix[k] = uint8(10 * (i + 1))
			if k%4 == 3 {
				img.Pix[k] = 255
			}
		}
		golden.WritePNG(t, filepath.Join(dir, name), img)
	}
	d := deskOf(t, state.OpenExplainer)
	d.Networks.Open(state.Source{Ref: file})
	d.settle(t)
	d.show(t, filepath.Join(dir, "leaf_2.png"))
	near(t, logits(d.edit(t)), 10, 20, 30)
	if got := d.View.Map.Class.Logit; math.Abs(float64(got)-30) > 1e-3 {
		t.Errorf("the best logit is %v", got)
	}
}
