package ui

import (
	"image"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// TestEveryMenuItemShowsSomething does all that the menu offers, as the menu
// itself lists it.
func TestEveryMenuItemShowsSomething(t *testing.T) {
	for _, language := range Languages() {
		t.Run(language, func(t *testing.T) {
			menu := newScene(t, language, theme.VariantLight).bar().menu()
			for _, path := range menuPaths(menu) {
				t.Run(strings.Join(menuLabels(menu, path), "/"), func(t *testing.T) {
					s := newScene(t, language, theme.VariantLight)
					s.show(t)
					item := menuItem(s.bar().menu(), path)
					before := texts(s.window.Content())
					item.Action()
					s.draw()
					if top := s.top(); top != nil {
						if title(top) == "" {
							t.Error("a dialog is shown that has no title")
						}
						return
					}
					s.untilShown(t)
					s.draw()
					// To choose what is chosen already changes nothing.
					if !item.Checked && slices.Equal(texts(s.window.Content()), before) {
						t.Error("the window says the same as before")
					}
				})
			}
		})
	}
}

func TestAboutNamesTheProgramAndItsVersion(t *testing.T) {
	for language, want := range map[string][]string{
		"en": {"About Gaze", "Gaze 1.0", "Shows where a convolutional network looks."},
		"zh": {"关于 Gaze", "Gaze 1.0", "显示卷积神经网络关注的位置。"},
	} {
		s := newScene(t, language, theme.VariantLight)
		// Fyne compares the icon with what it showed before when it draws again.
		for range 2 {
			s.showAbout()
			s.draw()
			top := s.top()
			if got := title(top); got != want[0] {
				t.Errorf("the title is %q; want %q", got, want[0])
			}
			for _, text := range want {
				if !slices.Contains(texts(top), text) {
					t.Errorf("the dialog does not say %q", text)
				}
			}
		}
	}
}

// untilShown waits until pictures are found and the first one's map is there.
func (s *scene) untilShown(t *testing.T) {
	t.Helper()
	s.loop.Until(t, "a picture and its map", func() bool { return !s.session.Library.Finding && s.session.View.Map != nil })
}

// bar is the window's toolbar.
func (s *scene) bar() *toolbar { return panelOf[*toolbar](s) }

// top is the dialog or menu in front, or nil.
func (s *scene) top() fyne.CanvasObject { return s.window.Canvas().Overlays().Top() }

// draw draws the window.
func (s *scene) draw() *image.NRGBA { return s.window.Canvas().Capture().(*image.NRGBA) }

// menuPaths lists the items of a menu and of the menus in it that do something,
// each by the indices that lead to it.
func menuPaths(menu *fyne.Menu) [][]int {
	var paths [][]int
	for i, item := range menu.Items {
		switch {
		case item.IsSeparator:
		case item.ChildMenu != nil:
			for _, path := range menuPaths(item.ChildMenu) {
				paths = append(paths, append([]int{i}, path...))
			}
		default:
			paths = append(paths, []int{i})
		}
	}
	return paths
}

// menuItem returns the item that a path leads to.
func menuItem(menu *fyne.Menu, path []int) *fyne.MenuItem {
	item := menu.Items[path[0]]
	if len(path) == 1 {
		return item
	}
	return menuItem(item.ChildMenu, path[1:])
}

// menuLabels are what the items on a path say.
func menuLabels(menu *fyne.Menu, path []int) []string {
	var labels []string
	for i := range path {
		labels = append(labels, menuItem(menu, path[:i+1]).Label)
	}
	return labels
}
