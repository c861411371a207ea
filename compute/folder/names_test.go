package folder

import (
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/output"
)

// sheet is the path of a sheet of Grad-CAM's map.
func sheet(taken output.Names, rel, layer string) string {
	return Job{}.file(taken, rel, compute.Outcome{Layer: layer, Method: cam.GradCAM()}) + ".png"
}

func TestSheetNames(t *testing.T) {
	taken := make(output.Names)
	for _, c := range []struct{ rel, layer, want string }{
		{"a.jpg", "layer4", "a.jpg.layer4.gradcam.png"},
		{"a.png", "layer4", "a.png.layer4.gradcam.png"},
		{"a.jpg", "layer4", "a.jpg (2).layer4.gradcam.png"},
		{"a.jpg", "layer3", "a.jpg.layer3.gradcam.png"},
		{"A.JPG", "layer4", "A.JPG (3).layer4.gradcam.png"},
		{"mug/a.jpg", "layer4", "mug/a.jpg.layer4.gradcam.png"},
		{"b.jpg", "/layer4/Conv:0", "b.jpg._layer4_Conv_0.gradcam.png"},
		{"b.jpg", "/layer4/Conv_0", "b.jpg (2)._layer4_Conv_0.gradcam.png"},
		{"猫.jpg", "层", "猫.jpg.层.gradcam.png"},
	} {
		if got := sheet(taken, c.rel, c.layer); got != c.want {
			t.Errorf("%s, %s: got %q, want %q", c.rel, c.layer, got, c.want)
		}
	}
}

func TestLongSheetNamesAreCut(t *testing.T) {
	taken := make(output.Names)
	long := strings.Repeat("长", 84) + ".png"
	for range 12 {
		got := path.Base(sheet(taken, "sub/"+long, strings.Repeat("layer.", 60)))
		if len(got) > 255 || !utf8.ValidString(got) || !strings.HasSuffix(got, ".gradcam.png") {
			t.Errorf("name of %d bytes: %q", len(got), got)
		}
	}
	if len(taken) != 12 {
		t.Errorf("%d names for 12 sheets", len(taken))
	}
}
