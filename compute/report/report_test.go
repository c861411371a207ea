package report_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"io/fs"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gaze/compute/cam"
	"gaze/compute/evaluation"
	"gaze/compute/report"
)

// sample is a run over pictures that were made up.
type sample struct {
	run      report.Run
	figures  evaluation.Figures
	pictures []report.Picture
}

// names are hostile on purpose: what a name holds must never be taken for markup, script
// or a part of an address.
var names = []string{`</script><script>document.title="hacked"</script>`, `<img src=x onerror=document.title="hacked">`, "a%2e#?&'\".jpg", "\u2028线\u202e", "bad\xffutf8.jpg"}

// newSample makes n pictures of these classes, each in the folder of its class. The maps
// of class 2 lie at the bottom right.
func newSample(n int) sample {
	random := rand.New(rand.NewPCG(1, 2))
	labels := []string{"backpack", "bike", "calculator", "desk lamp", "<b>mug</b>", "phone"}
	s := sample{run: report.Run{
		Title: `photos <b>& more</b>`, Labels: labels,
		Settings: []report.Setting{{Name: "network", Value: "everyday"}, {Name: "layer", Value: "layer4"}, {Name: "method", Value: "gradcam"}, {Name: "device", Value: "CPU, AVX2"}, {Name: "Anything", Value: "<i>else</i>"}},
		Notices:  []report.Notice{{Key: "notice.strange", Values: map[string]string{"names": "holiday, <u>misc</u>"}}, {Text: "Guessed: the mean."}},
	}}
	e := evaluation.New()
	for i := range n {
		truth := i % len(labels)
		p := report.Picture{File: fmt.Sprintf("%s/%04d.jpg", labels[truth], i), Thumb: fmt.Sprintf("%s/%04d.jpg.layer4.gradcam.thumb.jpg", labels[truth], i), Took: time.Duration(20+random.IntN(60)) * time.Millisecond}
		if i < len(names) {
			p.File = "hostile/" + names[i]
			p.Thumb = "hostile/" + names[i] + ".layer4.gradcam.thumb.jpg"
		}
		if i%97 == 50 {
			p.Failure, p.Thumb = "The file is cut off after <b>1200</b> bytes.", ""
			p.Verdict = e.Add(evaluation.Picture{Truth: []int{truth}})
			s.pictures = append(s.pictures, p)
			continue
		}
		scores := make([]float64, len(labels))
		for k := range scores {
			scores[k] = random.NormFloat64() * 1.3
		}
		scores[truth] += 2.5
		if truth == 1 {
			scores[5] += 1.2
		}
		p.Top, p.Truth = softmax(scores), []int{truth}
		m := cam.Map{Height: 7, Width: 7, Values: make([]float32, 49)}
		cx, cy := 3+random.NormFloat64()*0.7, 3+random.NormFloat64()*0.7
		if truth == 2 || i%83 == 7 {
			cx, cy = 6, 6
		}
		for k := range m.Values {
			dx, dy := float64(k%7)-cx, float64(k/7)-cy
			m.Values[k] = float32(math.Exp(-(dx*dx+dy*dy)/3) - 0.05)
		}
		p.Verdict = e.Add(evaluation.Picture{Truth: p.Truth, Top: p.Top, Map: m, Explained: p.Top[0].Class})
		s.pictures = append(s.pictures, p)
	}
	s.figures = e.Figures()
	return s
}

func softmax(scores []float64) []evaluation.Score {
	var sum float64
	for _, v := range scores {
		sum += math.Exp(v)
	}
	var list []evaluation.Score
	for i, v := range scores {
		list = append(list, evaluation.Score{Class: i, Probability: math.Exp(v) / sum})
	}
	slices.SortFunc(list, func(a, b evaluation.Score) int { return int(math.Copysign(1, b.Probability-a.Probability)) })
	return list[:5]
}

// all are the sample's pictures.
func (s sample) all() iter.Seq2[report.Picture, error] {
	return func(yield func(report.Picture, error) bool) {
		for _, p := range s.pictures {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// into writes the files of a report into a folder.
func into(dir string) report.Put {
	return func(name string, write func(io.Writer) error) error {
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%s lies outside", name)
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
}

// written writes a sample's report with thumbnails into a folder.
func written(t testing.TB, s sample) string {
	t.Helper()
	dir := t.TempDir()
	if err := report.Write(t.Context(), into(dir), s.run, s.figures, s.all()); err != nil {
		t.Fatal(err)
	}
	var thumbs [12][]byte
	for i := range thumbs {
		thumbs[i] = thumbnail(t, i)
	}
	for i, p := range s.pictures {
		if p.Thumb == "" {
			continue
		}
		// Slashes in hostile names make folders.
		path := filepath.Join(dir, filepath.FromSlash(p.Thumb))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, thumbs[i%len(thumbs)], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func thumbnail(t testing.TB, seed int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 160, 120))
	for y := range 120 {
		for x := range 160 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x + 20*seed), uint8(2*y + 10*seed), uint8(255 - x), 255})
		}
	}
	var out strings.Builder
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return []byte(out.String())
}

func TestFiles(t *testing.T) {
	s := newSample(1100)
	dir := written(t, s)
	for _, name := range []string{"report.html", "report-data/figures.js", "report-data/pictures.js", "report-data/details-0000.js", "report-data/details-0002.js"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "report.html" {
			continue
		}
		// What JavaScript reads is JSON in a call.
		call := regexp.MustCompile(`(?s)^gazeReport\("([a-z0-9-]+)", (.*)\)\n$`).FindSubmatch(data)
		if call == nil || "report-data/"+string(call[1])+".js" != name || !json.Valid(call[2]) {
			t.Errorf("%s does not hand over a value", name)
		}
		if strings.ContainsAny(string(data), "<>\u2028") {
			t.Errorf("%s has signs that could end a script", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "report-data/details-0003.js")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("1100 pictures have four files of details: %v", err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(page), "<b>") || !strings.Contains(string(page), "photos &lt;b&gt;&amp; more&lt;/b&gt;") {
		t.Error("the title is markup")
	}
	// SVG's namespace is a name; nothing is loaded from there.
	if rest := strings.ReplaceAll(string(page), "http://www.w3.org/2000/svg", ""); regexp.MustCompile(`https?:|//[a-z]+\.`).MatchString(rest) {
		t.Error("the page refers to the network")
	}
	if strings.Contains(string(page), "{{") {
		t.Error("a place of the page was not filled")
	}
}

// The same run gives the same bytes.
func TestSameBytes(t *testing.T) {
	s := newSample(600)
	a, b := written(t, s), written(t, s)
	for _, name := range []string{"report.html", "report-data/figures.js", "report-data/pictures.js", "report-data/details-0001.js"} {
		x, errX := os.ReadFile(filepath.Join(a, name))
		y, errY := os.ReadFile(filepath.Join(b, name))
		if errX != nil || errY != nil || string(x) != string(y) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestNothingToReport(t *testing.T) {
	dir := t.TempDir()
	none := func(func(report.Picture, error) bool) {}
	if err := report.Write(t.Context(), into(dir), report.Run{}, evaluation.New().Figures(), none); err != nil {
		t.Fatal(err)
	}
}

func TestErrorsEndTheReport(t *testing.T) {
	s := newSample(20)
	broken := errors.New("broken")
	full := func(name string, _ func(io.Writer) error) error {
		return fmt.Errorf("%s: %w", name, broken)
	}
	if err := report.Write(t.Context(), full, s.run, s.figures, s.all()); !errors.Is(err, broken) {
		t.Errorf("a full disk gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := report.Write(ctx, into(t.TempDir()), s.run, s.figures, s.all()); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled report gives %v", err)
	}
	fewer := sample{pictures: s.pictures[:5]}
	dir := t.TempDir()
	if err := report.Write(t.Context(), into(dir), s.run, s.figures, fewer.all()); err == nil {
		t.Error("figures of other pictures are reported")
	}
	if _, err := os.Stat(filepath.Join(dir, report.File)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a page stands beside half of its data")
	}
}

// All languages have the same words with the same places for values, and the page asks for
// no others.
func TestWords(t *testing.T) {
	place := regexp.MustCompile(`\{\w+\}`)
	languages, err := filepath.Glob("translations/*.json")
	if err != nil || len(languages) < 2 {
		t.Fatal(languages, err)
	}
	read := func(name string) map[string]string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return words
	}
	en := read("translations/en.json")
	for _, name := range languages {
		words := read(name)
		for key, text := range en {
			a, b := place.FindAllString(text, -1), place.FindAllString(words[key], -1)
			slices.Sort(a)
			slices.Sort(b)
			if words[key] == "" || !slices.Equal(a, b) {
				t.Errorf("%s, %s: %q and %q", name, key, text, words[key])
			}
		}
		if len(en) != len(words) {
			t.Errorf("%d words in English and %d in %s", len(en), len(words), name)
		}
	}
	scripts, err := filepath.Glob("page/*.js")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, name := range scripts {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\bsay(?:\(|: )"([a-z0-9.]*[a-z0-9])"`).FindAllStringSubmatch(string(data), -1) {
			if _, ok := en[m[1]]; !ok {
				t.Errorf("%s says %q, which there is no text for", name, m[1])
			}
		}
	}
}
