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
