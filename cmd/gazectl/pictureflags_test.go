package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const dicoms = "../../compute/picture/testdata/dicom"

// TestPicturesAreReadAsTheFlagsSay: each flag reaches the file, and what became of it is
// told on standard error and in JSON.
func TestPicturesAreReadAsTheFlagsSay(t *testing.T) {
	clear := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for i := range 1600 {
		clear.SetNRGBA(i%40, i/40, color.NRGBA{uint8(i), 90, 30, uint8(i / 40 * 6)})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, clear); err != nil {
		t.Fatal(err)
	}
	transparent := write(t, filepath.Join(t.TempDir(), "clear.png"), b.Bytes())
	ct, p3 := filepath.Join(dicoms, "signed.dcm"), "../../compute/picture/testdata/profiles/p3.png"
	logit := func(args ...string) (float64, outcome) {
		t.Helper()
		o := gazectl(t, append([]string{"explain", "--json", "--class", "mug"}, args...)...)
		if o.status != 0 {
			t.Fatalf("%q: %s", args, o.stderr)
		}
		return parse[struct{ Class struct{ Logit float64 } }](t, o)[0].Class.Logit, o
	}
	for _, c := range []struct {
		name string
		args []string
		kind string
		says string
	}{
		{"window of the file", []string{ct}, "window", "-160 is shown as black and 239 as white"},
		{"window by level and width", []string{ct, "--window", "100/2000"}, "", ""},
		{"window by its ends", []string{ct, "--window=-900,1900"}, "", ""},
		{"full range", []string{ct, "--window", "full"}, "", ""},
		{"percentiles", []string{ct, "--window", "auto"}, "range", "is shown as black"},
		{"transparency dropped", []string{transparent}, "transparent", "as with Pillow's"},
		{"transparency on white", []string{transparent, "--alpha", "white"}, "transparent", "it was laid on white"},
		{"transparency on black", []string{transparent, "--alpha", "black"}, "transparent", "it was laid on black"},
		{"profile ignored", []string{p3}, "profile", `meant for the colour profile "Display P3"`},
		{"profile used", []string{p3, "--icc"}, "profile", "were converted"},
	} {
		_, o := logit(c.args...)
		list := parse[struct {
			Picture []struct{ Kind, Text string }
		}](t, o)
		if c.kind == "" {
			if len(list[0].Picture) != 0 || strings.Contains(o.stderr, "shown as") {
				t.Errorf("%s: it says %v and %q", c.name, list[0].Picture, o.stderr)
			}
			continue
		}
		if p := list[0].Picture; len(p) != 1 || p[0].Kind != c.kind || !strings.Contains(p[0].Text, c.says) || !strings.Contains(o.stderr, c.args[0]+": "+p[0].Text) {
			t.Errorf("%s: JSON says %v, and standard error %q", c.name, p, o.stderr)
		}
	}
	for name, pair := range map[string][2][]string{
		"windows":       {{ct}, {ct, "--window", "full"}},
		"transparency":  {{transparent}, {transparent, "--alpha", "white"}},
		"black":         {{transparent, "--alpha", "black"}, {transparent, "--alpha", "white"}},
		"profiles":      {{p3}, {p3, "--icc"}},
		"ends of a CT":  {{ct, "--window=-900,1900"}, {ct, "--window", "40/80"}},
		"levels in PNG": {{p3}, {p3, "--window", "0,100"}},
	} {
		a, _ := logit(pair[0]...)
		b, _ := logit(pair[1]...)
		if math.Abs(a-b) < 1e-3 {
			t.Errorf("%s: the logit is %g and %g", name, a, b)
		}
	}
	whole, err := os.ReadFile("../../compute/picture/testdata/kinds/cut_baseline.jpg")
	if err != nil {
		t.Fatal(err)
	}
	half := write(t, filepath.Join(t.TempDir(), "half.jpg"), whole[:len(whole)*2/3])
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{transparent, "--max-pixels", "1599"}, 1, "40x40 pixels, more than the limit of 1599"},
		{[]string{transparent, "--max-pixels", "1600"}, 0, ""},
		{[]string{half}, 0, "The file is cut off"},
		{[]string{half, "--strict"}, 1, "cut off after"},
		{[]string{ct, "--window", "wide"}, 2, `--window: window "wide" is neither auto nor full`},
		{[]string{ct, "--window", "9,1"}, 2, "must be below the second"},
		{[]string{ct, "--alpha", "pink"}, 2, `--alpha: alpha "pink" is neither white nor black nor drop`},
		{[]string{ct, "--max-pixels=-5"}, 2, "--max-pixels -5 is not above 0"},
	} {
		if o := gazectl(t, append([]string{"explain"}, c.args...)...); o.status != c.status || !strings.Contains(o.stderr, c.says) {
			t.Errorf("%q: status %d, %q", c.args, o.status, o.stderr)
		}
	}
}

// TestNothingOfAPatientIsTold: neither on the streams nor in any file that is written.
func TestNothingOfAPatientIsTold(t *testing.T) {
	dir := t.TempDir()
	for from, to := range map[string]string{"signed.dcm": "IM0001", "rgb.dcm": "rgb.dcm", "no_jpeg2000.dcm": "no.dcm", "rescaled.dcm": "cut.dcm", "frames.dcm": "frames.dcm"} {
		data, err := os.ReadFile(filepath.Join(dicoms, from))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(data, []byte("SECRETNAME")) {
			t.Fatalf("%s names no patient", from)
		}
		if to == "cut.dcm" {
			data = data[:len(data)-9]
		}
		write(t, filepath.Join(dir, to), data)
	}
	out := t.TempDir()
	for _, args := range [][]string{
		{"explain", dir, "--json", "--out", filepath.Join(out, "maps"), "--raw", filepath.Join(out, "raw")},
		{"analyze", dir, "--out", filepath.Join(out, "results")},
		{"compare", filepath.Join(dir, "IM0001"), "--methods", "gradcam,hirescam", "--metrics", "drop", "--out", filepath.Join(out, "compared")},
	} {
		o := gazectl(t, args...)
		if text := o.stdout + o.stderr; strings.Contains(text, "SECRET") || strings.Contains(text, "19010203") {
			t.Errorf("%s tells of the patient:\n%s", args[0], text)
		}
		if !strings.Contains(o.stdout+o.stderr, "IM0001") && args[0] == "explain" {
			t.Errorf("%s does not find the file without an extension:\n%s", args[0], o.stderr)
		}
	}
	files := 0
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("SECRET")) || bytes.Contains(data, []byte("19010203")) || strings.Contains(path, "SECRET") {
			t.Errorf("%s tells of the patient", path)
		}
		return err
	})
	if err != nil || files < 8 {
		t.Errorf("%d files, %v", files, err)
	}
}
