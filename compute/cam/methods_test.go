package cam_test

import (
	"testing"

	"gaze/compute/cam"
)

func TestMethodsDescribeThemselves(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range cam.Methods() {
		if m.Name == "" || m.Title == "" || m.Paper == "" || m.Cost == "" {
			t.Errorf("%+v is not described", m)
		}
		if seen[m.Name] {
			t.Errorf("two methods are called %s", m.Name)
		}
		seen[m.Name] = true
		if !m.Cost.Runs() && !m.NeedsHead && m.NeedsGradient == m.ClassAgnostic {
			t.Errorf("%s: a map can depend on the class through the gradient only", m.Title)
		}
	}
}

func TestByName(t *testing.T) {
	for _, m := range cam.Methods() {
		for _, spelling := range []string{m.Name, m.Title} {
			if found, err := cam.ByName(spelling); err != nil || found.Name != m.Name {
				t.Errorf("ByName(%q) is %q, %v", spelling, found.Name, err)
			}
		}
	}
	for spelling, want := range map[string]string{
		"GRAD-CAM":              "gradcam",
		"grad cam":              "gradcam",
		"Grad_CAM++":            "gradcam++",
		"gradcampp":             "gradcam++",
		"Grad-CAM plus plus":    "gradcam++",
		"GradCAMPlusPlus":       "gradcam++",
		"GradCAMElementWise":    "gradcamelementwise",
		"Grad-CAM element wise": "gradcamelementwise",
		"KPCA_CAM":              "kpcacam",
		"Seg-Eigen-CAM":         "segeigencam",
		"Eigen Grad CAM":        "eigengradcam",
	} {
		if found, err := cam.ByName(spelling); err != nil || found.Name != want {
			t.Errorf("ByName(%q) is %q, %v; not %q", spelling, found.Name, err, want)
		}
	}
	for _, unknown := range []string{"grand-cam", "", "cam+", "gradcam+"} {
		if found, err := cam.ByName(unknown); err == nil {
			t.Errorf("ByName(%q) is %q", unknown, found.Name)
		}
	}
}
