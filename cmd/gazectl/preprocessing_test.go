package main

import (
	"encoding/csv"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// place copies a network of testdata into a new folder, with a sidecar if it is not empty,
// and returns its path.
func place(t *testing.T, name, sidecar string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if sidecar != "" {
		write(t, filepath.Join(dir, "net.json"), []byte(sidecar))
	}
	return write(t, filepath.Join(dir, "net.onnx"), data)
}

// grey writes a picture of one grey.
func grey(t *testing.T, path string, size int, value uint8) string {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, size, size))
	for i := range img.Pix {
		img.Pix[i] = value
	}
	return save(t, path, img)
}

func save(t *testing.T, path string, img image.Image) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return path
}

// guesses are those of the first result, by what they are of.
func guesses(t *testing.T, o outcome) map[string]string {
	t.Helper()
	list := parse[answer](t, o)
	if len(list) == 0 {
		t.Fatalf("no result: %s", o.stderr)
	}
	of := make(map[string]string)
	for _, g := range list[0].Guesses {
		of[string(g.Of)] = g.String()
	}
	return of
}

// A network of which nothing is said may be one of BGR from 0 to 255 for all that Gaze
// knows: every output says what was guessed.
func TestNothingSaidIsTold(t *testing.T) {
	net := place(t, "plain", "")
	photo := draw(t, filepath.Join(t.TempDir(), "in", "a.png"), 40, 30)
	o := gazectl(t, "explain", "--model", net, photo, "--json")
	want := []string{"activation", "channels", "crop", "mean", "resize", "scale", "std"}
	got := guesses(t, o)
	if !slices.Equal(slices.Sorted(maps.Keys(got)), want) || got["mean"] != "a mean of 0.485 0.456 0.406 (ImageNet's)" || got["channels"] != "RGB" {
		t.Errorf("JSON has the guesses %v", got)
	}
	const told = "Guessed, because nothing says it: a short side of 14 before the crop, cut from the centre, RGB, pixels from 0 to 1, a mean of 0.485"
	if strings.Count(o.stderr, told) != 1 {
		t.Errorf("standard error does not say %q once: %s", told, o.stderr)
	}
	out := filepath.Join(t.TempDir(), "out")
	if o := gazectl(t, "analyze", "--model", net, filepath.Dir(photo), "--out", out); o.status != 0 {
		t.Fatal(o.stderr)
	}
	rows := resultRows(t, out)
	if got := rows[0]["guesses"]; !strings.Contains(got, "channels: RGB; scale: pixels from 0 to 1 (ImageNet's)") {
		t.Errorf("results.csv has the guesses %q", got)
	}
	// Nothing is guessed of what is said.
	said := gazectl(t, "explain", "--model", net, photo, "--json", "--preprocess", "caffe", "--resize", "12", "--activation", "softmax")
	if list := parse[answer](t, said); len(list[0].Guesses) != 0 || strings.Contains(said.stderr, "Guessed") || len(list[0].Warnings) != 0 {
		t.Errorf("guesses %v, warnings %v, told %q", list[0].Guesses, list[0].Warnings, said.stderr)
	}
}

// resultRows reads results.csv.
func resultRows(t *testing.T, dir string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "results.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, r := range records[1:] {
		row := make(map[string]string)
		for i, name := range records[0] {
			row[name] = r[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// Each part of a sidecar stands alone, and what it does not say stays as it was.
func TestPartsOfASidecar(t *testing.T) {
	photo := draw(t, filepath.Join(t.TempDir(), "a.png"), 40, 30)
	const bytes = "pixels times 1 (the network scales pixels itself)"
	for _, c := range []struct {
		name, sidecar string
		want          map[string]string
		label         string
	}{
		{"selfscaling", ``, map[string]string{"scale": bytes}, "class "},
		{"selfscaling", `{"input":{"size":12}}`, map[string]string{"scale": bytes}, "class "},
		{"selfscaling", `{"labels":["cup","mug"]}`, map[string]string{"scale": bytes}, ""},
		{"selfscaling", `{"input":{"crop":"none"}}`, map[string]string{"scale": bytes, "crop": "", "resize": ""}, "class "},
		{"plain", `{"input":{"channels":"BGR"}}`, map[string]string{"channels": "", "mean": "a mean of 0.406 0.456 0.485 (ImageNet's)"}, "class "},
		{"plain", `{"input":{"scale":1,"mean":[104,117,123]}}`, map[string]string{"mean": "", "scale": "", "std": "a standard deviation of 1 1 1 (nothing goes with that scale)"}, "class "},
		{"plain", `{"activation":"sigmoid"}`, map[string]string{"activation": "", "channels": "RGB"}, "class "},
	} {
		o := gazectl(t, "explain", "--model", place(t, c.name, c.sidecar), photo, "--json")
		if o.status != 0 {
			t.Errorf("%s: %s", c.sidecar, o.stderr)
			continue
		}
		got := guesses(t, o)
		for of, want := range c.want {
			if got[of] != want {
				t.Errorf("%s: the guess of %s is %q, not %q", c.sidecar, of, got[of], want)
			}
		}
		if label := parse[answer](t, o)[0].Class.Label; strings.HasPrefix(label, "class ") != (c.label != "") {
			t.Errorf("%s: the class is %q", c.sidecar, label)
		}
	}
	for sidecar, says := range map[string]string{
		`{"mean":[0.5,0.5,0.5]}`:        `the place of "mean" is inside "input"`,
		`{"input":{"labels":["a"]}}`:    `the place of "labels" is beside "input"`,
		`{"input":{"chanels":"bgr"}}`:   `is it "channels"?`,
		`{"input":{"mean":[0.5,0.5]}}`:  "the mean has 2 numbers for 3 channels",
		`{"input":{"size":12,"std":0}}`: "std of channel 0 is 0",
	} {
		if o := gazectl(t, "explain", "--model", place(t, "plain", sidecar), photo); o.status != exitUsage || !strings.Contains(o.stderr, says) || !strings.Contains(o.stderr, "net.json") {
			t.Errorf("%s: status %d, %q does not say %q", sidecar, o.status, o.stderr, says)
		}
	}
	told := gazectl(t, "explain", "--model", place(t, "plain", `{"licence":"MIT","$schema":"x"}`), photo)
	if told.status != 0 || !strings.Contains(told.stderr, "net.json has keys that mean nothing to Gaze and change nothing: licence.") {
		t.Errorf("an unknown key: status %d, %s", told.status, told.stderr)
	}
}

// Numbers that contradict each other are warned about wherever a map is shown.
func TestContradictionsAreWarnedAbout(t *testing.T) {
	photo := draw(t, filepath.Join(t.TempDir(), "in", "a.png"), 40, 30)
	for _, c := range []struct {
		name    string
		sidecar string
		flags   []string
		says    string
	}{
		{"selfscaling", `{"input":{"scale":0.00392156862745098,"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}}`, nil, "brings pixels of 0 to 255 into range itself, and gets numbers from -2.118 to 2.64"},
		{"plain", `{"input":{"scale":1,"mean":[0.485,0.456,0.406]}}`, nil, "A mean of 0.485 0.456 0.406 is one of pixels from 0 to 1, and these go up to 255"},
		{"plain", `{"input":{"mean":[104,117,123]}}`, nil, "A mean of 104 117 123 is above every pixel, which is at most 1 here"},
		{"plain", `{"input":{"std":58}}`, nil, "all pictures look the same"},
		{"plain", ``, []string{"--scale", "255", "--mean", "0.485", "--std", "0.229"}, "is one of pixels from 0 to 1"},
		{"plain", ``, []string{"--preprocess", "none", "--activation", "sigmoid"}, "is larger than trained networks give"},
	} {
		net := place(t, c.name, c.sidecar)
		o := gazectl(t, append([]string{"explain", "--model", net, photo, "--json"}, c.flags...)...)
		warnings := strings.Join(parse[answer](t, o)[0].Warnings, " ")
		if !strings.Contains(warnings, c.says) || strings.Count(o.stderr, c.says) != 1 {
			t.Errorf("%s %v: %q and %q do not say %q", c.sidecar, c.flags, warnings, o.stderr, c.says)
		}
		out := t.TempDir()
		if o := gazectl(t, append([]string{"analyze", "--model", net, filepath.Dir(photo), "--out", out}, c.flags...)...); o.status != 0 || strings.Count(o.stderr, c.says) != 1 {
			t.Errorf("analyze: status %d, %q does not say %q once", o.status, o.stderr, c.says)
		}
		if got := resultRows(t, out)[0]["warnings"]; !strings.Contains(got, c.says) {
			t.Errorf("%s %v: results.csv has the warnings %q", c.sidecar, c.flags, got)
		}
	}
}

// A network that answers all pictures alike may see something else than its user thinks.
func TestSameAnswerToAll(t *testing.T) {
	net := place(t, "plain", "")
	alike, various := t.TempDir(), t.TempDir()
	for i := range 9 {
		grey(t, filepath.Join(alike, fmt.Sprintf("%d.png", i)), 20, 100)
		grey(t, filepath.Join(various, fmt.Sprintf("%d.png", i)), 20, uint8(28*i))
	}
	const says = "The first 8 pictures all have the answer class "
	o := gazectl(t, "explain", "--model", net, alike, "--json")
	list := parse[answer](t, o)
	if strings.Count(o.stderr, says) != 1 || len(list) != 9 || len(list[6].Warnings) != 0 || len(list[7].Warnings) != 1 || len(list[8].Warnings) != 1 {
		t.Errorf("told %q", o.stderr)
	}
	if o := gazectl(t, "explain", "--model", net, various); strings.Contains(o.stderr, says) {
		t.Errorf("of pictures that differ: %q", o.stderr)
	}
	out := t.TempDir()
	if o := gazectl(t, "analyze", "--model", net, alike, "--out", out); strings.Count(o.stderr, says) != 1 {
		t.Errorf("analyze tells %q", o.stderr)
	}
	for _, row := range resultRows(t, out) {
		if !strings.Contains(row["warnings"], says) {
			t.Errorf("the row of %s has the warnings %q", row["path"], row["warnings"])
		}
	}
	if o := gazectl(t, "analyze", "--model", net, alike, "--out", out, "--resume"); strings.Contains(o.stdout, "9 by an earlier run") == false {
		t.Errorf("the same again: %s", o.stdout)
	}
	// With another preprocessing nothing may be taken over.
	if o := gazectl(t, "analyze", "--model", net, alike, "--out", out, "--resume", "--preprocess", "unit"); strings.Contains(o.stdout, "earlier run") {
		t.Errorf("with another preprocessing: %s", o.stdout)
	}
}

// What the network sees, before mean and deviation: 20x10 pixels are cut to the middle
// 10x10 and enlarged. BGR is shown in the picture's own colours.
func TestSeeShowsWhatTheNetworkSees(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 24, 12))
	for y := range 12 {
		for x := range 24 {
			c := color.NRGBA{200, 100, 50, 255}
			if x < 6 || x >= 18 {
				c = color.NRGBA{0, 0, 255, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	dir := t.TempDir()
	photo := save(t, filepath.Join(dir, "a.png"), img)
	net := place(t, "plain", "")
	for _, flags := range [][]string{{"--preprocess", "imagenet"}, {"--preprocess", "caffe"}} {
		out := filepath.Join(dir, "seen", flags[1])
		o := gazectl(t, append([]string{"see", photo, "--model", net, "--resize", "12", "--out", out}, flags...)...)
		if o.status != 0 || strings.Count(o.stdout, "\n") != 1 || !strings.Contains(o.stdout, "12x12 from the centre of a short side of 12") {
			t.Errorf("status %d, %q, %s", o.status, o.stdout, o.stderr)
		}
		got := open(t, filepath.Join(out, "a.png.input.png"))
		if got.Bounds().Size() != image.Pt(12, 12) {
			t.Fatalf("the picture is %v", got.Bounds())
		}
		for _, at := range []image.Point{{0, 0}, {11, 11}} {
			if c := color.NRGBAModel.Convert(got.At(at.X, at.Y)); c != (color.NRGBA{200, 100, 50, 255}) {
				t.Errorf("%v: %v is %v", flags, at, c)
			}
		}
	}
	// From 50 to 200 less the means of red and blue: 200 - 123.68 and 50 - 103.939.
	list := parse[seen](t, gazectl(t, "see", photo, "--model", net, "--resize", "12", "--preprocess", "caffe", "--out", dir, "--json"))
	if len(list) != 1 || fmt.Sprintf("%.3f %.3f", list[0].Min, list[0].Max) != "-53.939 76.320" || len(list[0].Input) != 1 {
		t.Errorf("printed is %+v", list)
	}
	// explain writes the same.
	saved := filepath.Join(dir, "saved")
	r := parse[answer](t, gazectl(t, "explain", photo, "--model", net, "--resize", "12", "--save-input", saved, "--json"))[0]
	if r.Input != filepath.Join(saved, "a.png.input.png") || open(t, r.Input).Bounds().Size() != image.Pt(12, 12) {
		t.Errorf("explain wrote %q", r.Input)
	}
	bad := write(t, filepath.Join(dir, "bad.jpg"), []byte("x"))
	if o := gazectl(t, "see", bad, photo, "--out", dir); o.status != exitFailed || !strings.Contains(o.stderr, "bad.jpg: not an image") || strings.Count(o.stdout, "\n") != 1 {
		t.Errorf("with a bad file: %+v", o)
	}
}

func open(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Where each channel is a file of its own, any of them stands for the picture, and a
// folder has each picture once.
func TestChannelsFromFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "in")
	for _, name := range []string{"a", "b"} {
		for i, band := range []string{"02", "03", "04"} {
			grey(t, filepath.Join(dir, name+"_B"+band+".png"), 12, uint8(60*i+20))
		}
	}
	grey(t, filepath.Join(dir, "preview.png"), 12, 0)
	net, pattern := place(t, "plain", ""), "*_B{04,03,02}.png"
	out := filepath.Join(dir, "..", "out")
	one := parse[seen](t, gazectl(t, "see", filepath.Join(dir, "b_B03.png"), "--model", net, "--channels", pattern, "--out", out, "--json"))
	var pixels []uint8
	for _, file := range one[0].Input[1:] {
		pixels = append(pixels, color.GrayModel.Convert(open(t, file).At(5, 5)).(color.Gray).Y)
	}
	if !slices.Equal(pixels, []uint8{140, 80, 20}) {
		t.Errorf("the channels of %v are %v", one[0].Input, pixels)
	}
	list := parse[answer](t, gazectl(t, "explain", dir, "--model", net, "--channels", pattern, "--json"))
	if len(list) != 2 || filepath.Base(list[0].Path) != "a_B02.png" || filepath.Base(list[1].Path) != "b_B02.png" {
		t.Errorf("explained are %+v", list)
	}
	// The same colours in one picture give the same answer: 140, 80, 20.
	img := image.NewNRGBA(image.Rect(0, 0, 12, 12))
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []uint8{140, 80, 20, 255})
	}
	whole := parse[answer](t, gazectl(t, "explain", save(t, filepath.Join(dir, "..", "whole.png"), img), "--model", net, "--json"))
	if whole[0].Class.Logit != list[0].Class.Logit || !slices.Equal(whole[0].Map.Values, list[0].Map.Values) {
		t.Errorf("the whole picture has %v, the stack %v", whole[0].Class, list[0].Class)
	}
	if o := gazectl(t, "analyze", dir, "--model", net, "--channels", pattern, "--out", out); o.status != 0 || !strings.Contains(o.stdout, "2 of 2") {
		t.Errorf("a folder: %+v", o)
	}
	for says, args := range map[string][]string{
		"preview.png: its name does not fit the pattern *_B{04,03,02}.png": {"explain", filepath.Join(dir, "preview.png"), "--channels", pattern},
		"a_B05.png: does not exist":                                        {"explain", filepath.Join(dir, "a_B02.png"), "--channels", "*_B{02,03,05}.png"},
		"no file in this folder fits the pattern *_C{1..3}.png":            {"explain", dir, "--channels", "*_C{1..3}.png"},
		"the stack *_B{02,03}.png has 2 channels, and the network tak":     {"explain", dir, "--channels", "*_B{02,03}.png"},
	} {
		if o := gazectl(t, append(args, "--model", net)...); o.status == 0 || !strings.Contains(o.stderr, says) {
			t.Errorf("%v: status %d, %q does not say %q", args, o.status, o.stderr, says)
		}
	}
}

// Four bands from four files give the logits that onnxruntime has for them, and each is
// shown as a picture of its own. testdata/four.onnx takes four channels.
func TestFourBands(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "in")
	for band, value := range map[string]uint8{"02": 20, "03": 80, "04": 140, "08": 200} {
		grey(t, filepath.Join(dir, "tile_B"+band+".png"), 12, value)
	}
	net, out := place(t, "four", `{"input":{"stack":"*_B{02,03,04,08}.png","scale":0.00392156862745098,"mean":0,"std":1,"crop":"none"}}`), filepath.Join(dir, "..", "out")
	photo := filepath.Join(dir, "tile_B04.png")
	r := parse[answer](t, gazectl(t, "explain", "--model", net, photo, "--json"))[0]
	want := map[int]float64{0: 0.3642365, 1: 0.407937, 2: -0.13916272}
	for _, s := range r.Top {
		if d := float64(s.Logit) - want[s.Index]; d > 1e-5 || d < -1e-5 {
			t.Errorf("the logit of class %d is %v, not %v", s.Index, s.Logit, want[s.Index])
		}
	}
	if len(r.Guesses) != 1 || r.Guesses[0].Of != "activation" {
		t.Errorf("the guesses are %v", r.Guesses)
	}
	list := parse[seen](t, gazectl(t, "see", "--model", net, photo, "--out", out, "--json"))
	if len(list[0].Input) != 5 {
		t.Fatalf("written are %v", list[0].Input)
	}
	for i, value := range []uint8{20, 80, 140, 200} {
		if got := color.GrayModel.Convert(open(t, list[0].Input[i+1]).At(3, 3)).(color.Gray).Y; got != value {
			t.Errorf("band %d shows %d, not %d", i, got, value)
		}
	}
	// Without the pattern, a picture's colours and its alpha are the four channels.
	if r := parse[answer](t, gazectl(t, "explain", "--model", place(t, "four", ""), photo, "--json"))[0]; !strings.Contains(fmt.Sprint(r.Guesses), "RGBA") {
		t.Errorf("the guesses are %v", r.Guesses)
	}
}
