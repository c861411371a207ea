package ui

import (
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
			for _, path := range menuPaths(newScene(t, language, theme.VariantLight).toolbar.menu()) {
				t.Run(strings.Join(path, "/"), func(t *testing.T) {
					s := newScene(t, language, theme.VariantLight)
					s.show(t)
					item := menuItem(s.toolbar.menu(), path)
					before := texts(s.window.Content())
					item.Action()
					s.draw()
					if top := s.window.Canvas().Overlays().Top(); top != nil {
						if title(top) == "" {
							t.Error("a dialog is shown that has no title")
						}
						return
					}
					// To choose what is chosen already changes nothing.
					if item.Checked {
						return
					}
					s.loop.until(t, "the change of what can be read", func() bool { return !slices.Equal(texts(s.window.Content()), before) })
					s.draw()
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
			top := s.window.Canvas().Overlays().Top()
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

// draw draws the window, for what goes wrong only then.
func (s *scene) draw() { s.window.Canvas().Capture() }

// menuPaths lists the items of a menu and of the menus in it that do something,
// each by the labels that lead to it.
func menuPaths(menu *fyne.Menu) [][]string {
	var paths [][]string
	for _, item := range menu.Items {
		switch {
		case item.IsSeparator:
		case item.ChildMenu != nil:
			for _, path := range menuPaths(item.ChildMenu) {
				paths = append(paths, append([]string{item.Label}, path...))
			}
		default:
			paths = append(paths, []string{item.Label})
		}
	}
	return paths
}

// menuItem returns the item that a path leads to.
func menuItem(menu *fyne.Menu, path []string) *fyne.MenuItem {
	i := slices.IndexFunc(menu.Items, func(item *fyne.MenuItem) bool { return item.Label == path[0] })
	if item := menu.Items[i]; len(path) == 1 {
		return item
	}
	return menuItem(menu.Items[i].ChildMenu, path[1:])
}
