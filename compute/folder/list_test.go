package folder

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"gaze/compute/picture"
)

func TestFromList(t *testing.T) {
	root, other := files(t, "b.png", "a/c.dat", "a/with space.png", "a/line\nend.png"), files(t, "d.png")
	far := filepath.Join(other, "d.png")
	rooted := strings.TrimLeft(filepath.ToSlash(far[len(filepath.VolumeName(far)):]), "/")
	for name, c := range map[string]struct {
		text string
		rels []string
		bad  map[string]picture.Reason
	}{
		"lines":                 {"b.png\na/c.dat\n", []string{"b.png", "a/c.dat"}, nil},
		"the order stays":       {"a/with space.png\nb.png", []string{"a/with space.png", "b.png"}, nil},
		"Windows":               {"\ufeffb.png\r\n\r\na/c.dat\r\n", []string{"b.png", "a/c.dat"}, nil},
		"zero bytes":            {"a/line\nend.png\x00b.png\x00", []string{"a/line\nend.png", "b.png"}, nil},
		"twice":                 {"b.png\n./b.png\n" + filepath.Join(root, "b.png"), []string{"b.png"}, nil},
		"elsewhere":             {far, []string{rooted}, nil},
		"none":                  {"\n\n", nil, nil},
		"missing, and a folder": {"no.png\na\n", []string{"no.png", "a"}, map[string]picture.Reason{"no.png": picture.NotFound, "a": picture.Directory}},
	} {
		entries, err := FromList(t.Context(), strings.NewReader(c.text), root)
		if err != nil || !slices.Equal(rels(entries), c.rels) {
			t.Errorf("%s: %q, %v; want %q", name, rels(entries), err, c.rels)
		}
		for _, e := range entries {
			var bad *picture.Error
			reason, want := errors.As(e.Err, &bad), c.bad[e.Rel]
			if _, is := c.bad[e.Rel]; reason != is || reason && bad.Reason != want {
				t.Errorf("%s: %s has %v", name, e.Rel, e.Err)
			}
		}
	}
	broken := errors.New("broken")
	if _, err := FromList(t.Context(), iotest.ErrReader(broken), root); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FromList(ctx, strings.NewReader("b.png"), root); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
