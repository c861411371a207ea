package output_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gaze/compute/output"
)

func TestFileName(t *testing.T) {
	for s, want := range map[string]string{
		"layer4":         "layer4",
		"/layer4/Conv:0": "_layer4_Conv_0",
		"a/b\\c:d.png":   "a_b_c_d.png",
		"..":             "_",
		" .hidden. ":     "hidden",
		"tab\tand\x00":   "tab_and_",
		"猫 cat":          "猫 cat",
		"\xff":           "_",
	} {
		if got := output.FileName(s, 80); got != want {
			t.Errorf("%q: %q, not %q", s, got, want)
		}
	}
}

func TestLongFileNamesStayDifferent(t *testing.T) {
	seen := make(map[string]bool)
	for _, end := range []string{"a", "b", "图"} {
		name := output.FileName(strings.Repeat("长", 40)+end, 80)
		if len(name) > 80 || len(name) < 77 || !utf8.ValidString(name) || !strings.HasPrefix(name, strings.Repeat("长", 23)) || seen[name] {
			t.Errorf("%d bytes: %q", len(name), name)
		}
		seen[name] = true
	}
}

func TestTheLongestMapFileHasRoomForItsPicture(t *testing.T) {
	long := strings.Repeat("long", 50)
	for _, picture := range []string{"a", "sixteen-byte.png", long, strings.Repeat("长", 100)} {
		for _, again := range []string{"", " (12345)"} {
			f := output.MapFile{Picture: picture, Again: again, Layer: long, Method: long, Target: long}
			name := f.Name(".safetensors")
			if len(name) > output.MaxName || !strings.HasSuffix(name, ".safetensors") || !strings.Contains(name, again+".long") {
				t.Errorf("%d bytes: %q", len(name), name)
			}
			if len(picture) <= 16 && !strings.HasPrefix(name, picture+again) {
				t.Errorf("%q does not begin with the picture %q", name, picture)
			}
			f.Layer += "another"
			if f.Name(".safetensors") == name {
				t.Errorf("two layers have the name %q", name)
			}
		}
	}
}

// The picture's name is cut before any other part is.
func TestPartsOfAMapFileStayWholeWhereTheyFit(t *testing.T) {
	part := strings.Repeat("p", 80)
	name := output.MapFile{Picture: strings.Repeat("long", 50), Layer: part, Method: part}.Name(".png")
	if len(name) != output.MaxName || !strings.HasSuffix(name, "."+part+"."+part+".png") {
		t.Errorf("%d bytes: %q", len(name), name)
	}
}

func FuzzMapFile(f *testing.F) {
	long := strings.Repeat("长", 80)
	f.Add("a.png", "", "layer4", "gradcam", "coffee mug")
	f.Add(long, " (2)", long, long, long)
	f.Add("", "", "/", "..", "\xff")
	f.Fuzz(func(t *testing.T, picture, again, layer, method, target string) {
		if len(again) > 32 {
			again = again[:32]
		}
		name := output.MapFile{Picture: picture, Again: again, Layer: layer, Method: method, Target: target}.Name(".png")
		if len(name) > output.MaxName || !strings.HasSuffix(name, ".png") || name == again+".png" {
			t.Errorf("%d bytes: %q", len(name), name)
		}
	})
}
