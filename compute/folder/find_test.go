package folder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gaze/compute/picture"
)

// files makes empty files, given by slash paths, below a new folder.
func files(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, n := range names {
		write(t, filepath.Join(root, filepath.FromSlash(n)), nil)
	}
	return root
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

func find(t *testing.T, roots ...string) []Entry {
	t.Helper()
	entries, _, err := Find(t.Context(), roots...)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func rels(entries []Entry) []string {
	var list []string
	for _, e := range entries {
		list = append(list, e.Rel)
	}
	return list
}

func TestFindListsPicturesInNaturalOrder(t *testing.T) {
	root := files(t,
		"img10.jpg", "img2.JPG", "Img1.jpeg", "notes.txt", "jpg", "archive.png.zip",
		"b/x.Png", "b/x.gif", "b/x.bmp", "b/x.tif", "b/x.TIFF", "b/x.webp", "b/x.svg",
		"a10/1.png", "a9/1.png",
		".hidden.jpg", ".thumbnails/1.png", "a9/.git/1.png",
	)
	want := []string{
		"a9/1.png", "a10/1.png", "b/x.bmp", "b/x.gif", "b/x.Png", "b/x.tif", "b/x.TIFF", "b/x.webp",
		"Img1.jpeg", "img2.JPG", "img10.jpg",
	}
	entries := find(t, root)
	if got := rels(entries); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	for _, e := range entries {
		if want := filepath.Join(root, filepath.FromSlash(e.Rel)); e.Path != want || e.Err != nil {
			t.Errorf("%s: path is %s, error %v; want %s and none", e.Rel, e.Path, e.Err, want)
		}
	}
}

func TestFindTakesSeveralRootsAndFiles(t *testing.T) {
	first, second := files(t, "a.png", "sub/b.png"), files(t, "c.png", "photograph")
	got := rels(find(t, first, filepath.Join(second, "photograph"), filepath.Join(first, "sub"), second))
	if want := []string{"a.png", "sub/b.png", "photograph", "c.png"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFindTakesHiddenRoots(t *testing.T) {
	root := files(t, ".pictures/a.png")
	if got := rels(find(t, filepath.Join(root, ".pictures"))); !slices.Equal(got, []string{"a.png"}) {
		t.Errorf("got %q, want a.png", got)
	}
}

func TestFindFollowsLinksButNotInCircles(t *testing.T) {
	root, elsewhere := files(t, "a/1.png"), files(t, "2.png")
	link(t, root, filepath.Join(root, "a", "loop"))
	link(t, ".", filepath.Join(root, "self"))
	link(t, elsewhere, filepath.Join(root, "linked"))
	link(t, filepath.Join(elsewhere, "2.png"), filepath.Join(root, "3.png"))
	if got, want := rels(find(t, root)), []string{"3.png", "a/1.png", "linked/2.png"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFindListsWhatCannotBeUsedWithItsReason(t *testing.T) {
	root := files(t, "good.png", "x.png/inside.png", "locked/unseen.png")
	link(t, "nowhere", filepath.Join(root, "broken.jpg"))
	link(t, "nowhere", filepath.Join(root, "broken.txt"))
	locked := filepath.Join(root, "locked")
	if err := os.Chmod(locked, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(locked, 0o700) })

	want := map[string]picture.Reason{
		"good.png": "", "x.png": picture.Directory, "x.png/inside.png": "",
		"broken.jpg": picture.NotFound, "locked": picture.Permission,
	}
	if _, err := os.ReadDir(locked); err == nil {
		t.Log("this user may read everything: no folder is unreadable")
		delete(want, "locked")
		want["locked/unseen.png"] = ""
	}
	entries := find(t, root)
	if len(entries) != len(want) {
		t.Errorf("got %q, want %d entries", rels(entries), len(want))
	}
	for _, e := range entries {
		var reason picture.Reason
		var pe *picture.Error
		if errors.As(e.Err, &pe) {
			reason = pe.Reason
		}
		if w, ok := want[e.Rel]; !ok || reason != w {
			t.Errorf("%s: reason is %q (%v), want %q", e.Rel, reason, e.Err, w)
		}
	}
}

func TestFindReportsMissingRoots(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, _, err := Find(t.Context(), missing)
	var pe *picture.Error
	if !errors.As(err, &pe) || pe.Path != missing || pe.Reason != picture.NotFound {
		t.Errorf("error is %v, want one that %s does not exist", err, missing)
	}
}

func TestFindStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Find(ctx, files(t, "a.png")); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}

// TestFindKnowsDICOMByContent where a name says nothing.
func TestFindKnowsDICOMByContent(t *testing.T) {
	root := files(t, "a.dcm", "notes", "short.1")
	dicom := append(make([]byte, 128), "DICM and more"...)
	for _, name := range []string{"IM0001", "1.2.840.7", "readme.txt"} {
		write(t, filepath.Join(root, name), dicom)
	}
	if got, want := rels(find(t, root)), []string{"1.2.840.7", "a.dcm", "IM0001"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
