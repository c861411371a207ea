package zoo_test

import (
	"strings"
	"testing"

	"gaze/models/zoo"
)

func TestCatalogue(t *testing.T) {
	seen := make(map[string]bool)
	for _, p := range zoo.Catalogue() {
		if seen[p.Network] {
			t.Errorf("%s is there twice", p.Network)
		}
		seen[p.Network] = true
		if d := p.Digest; d.Algorithm != zoo.SHA256 || len(d.Hex) < 8 || strings.Trim(d.Hex, "0123456789abcdef") != "" {
			t.Errorf("%s: %q is no digest", p.Network, d)
		}
		if !strings.HasPrefix(p.URL, "https://") || p.Size < 4<<20 || p.Slack < 1 || p.Top1 < 50 || p.Top1 > 90 || p.Licence == "" {
			t.Errorf("%+v", p)
		}
	}
	// One is part of the program, and the files of YOLOv8 and of timm's own ViT have no
	// digest in their names.
	for _, name := range zoo.Names() {
		if !seen[name] && name != "everyday" && !strings.HasPrefix(name, "yolo") && !(strings.HasPrefix(name, "vit_") && strings.HasSuffix(name, "_224")) {
			t.Errorf("no weights are published for %s", name)
		}
	}
}
