package state_test

import (
	"io/fs"
	"os"
	"testing"

	"gaze/models/builtin/samples"
	"gaze/ui/state/statetest"
)

func TestSamplesAreShownInTheirOrder(t *testing.T) {
	statetest.CacheIn(t, t.TempDir())
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
	d.Library.OpenSamples()
	d.loop.Until(t, "the first view", func() bool { return d.View.Map != nil })
	list := samples.List()
	if len(d.Library.Pictures()) != len(list) || d.Settings.Place != "" {
		t.Fatalf("%d pictures of %d samples, place %q", len(d.Library.Pictures()), len(list), d.Settings.Place)
	}
	for i, p := range d.Library.Pictures() {
		want, err := fs.ReadFile(samples.FS(), list[i].Name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(p.Path)
		if err != nil || string(got) != string(want) || p.Err != nil {
			t.Errorf("%s is not the sample %s: %v, %v", p.Path, list[i].Name, err, p.Err)
		}
	}
}
