package state_test

import (
	"path/filepath"
	"testing"

	"gaze/compute/folder"
	"gaze/ui/state/statetest"
)

func TestSelectionIsAPictureNotAPlaceInTheList(t *testing.T) {
	dir, paths := statetest.PicturesIn(t, "a.png", "b.png", "c.png")
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
	d.show(t, dir)
	d.Library.Select(folder.Entry{Path: paths[1]})
	if e, ok := d.Library.Current(); !ok || e.Path != paths[1] || d.Library.Index() != 1 {
		t.Errorf("looks at %v, picture %d", e, d.Library.Index())
	}
	d.Library.Select(folder.Entry{Path: filepath.Join(dir, "other.png")})
	if d.Library.Index() != 1 {
		t.Error("a picture that is not in the list is selected")
	}
}

func TestStepsStayWithinTheList(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png", "b.png", "c.png")
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
	d.Library.Step(1) // nothing to step through
	d.show(t, dir)
	for _, c := range []struct{ by, want int }{{1, 1}, {1, 2}, {1, 2}, {-1, 1}, {-9, 0}, {9, 2}} {
		if d.Library.Step(c.by); d.Library.Index() != c.want {
			t.Errorf("%+d leads to picture %d, want %d", c.by, d.Library.Index(), c.want)
		}
	}
}
