package folder_test

import (
	"errors"
	"slices"
	"testing"

	"gaze/compute/folder"
	"gaze/models"
)

// Each picture is listed once, under its first channel that is there; what is no channel
// is left out, and what cannot be read stays.
func TestStacked(t *testing.T) {
	s, err := models.ParseStack("*_B{02,03}.png")
	if err != nil {
		t.Fatal(err)
	}
	bad := errors.New("bad")
	var got []string
	for _, e := range folder.Stacked([]folder.Entry{
		{Path: "in/a_B02.png"},
		{Path: "in/a_B03.png"},
		{Path: "in/a_preview.png"},
		{Path: "in/b_B03.png"},
		{Path: "in/sub/a_B02.png"},
		{Path: "in/c", Err: bad},
		{Path: "in/sub/a_B03.png"},
	}, s) {
		got = append(got, e.Path)
	}
	if want := []string{"in/a_B02.png", "in/b_B03.png", "in/sub/a_B02.png", "in/c"}; !slices.Equal(got, want) {
		t.Errorf("listed are %q, not %q", got, want)
	}
}
