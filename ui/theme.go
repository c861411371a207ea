package ui

import (
	_ "embed"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The characters that the window says and Fyne's own fonts lack: those of the
// Chinese translation, and signs such as the minus sign. With them the window
// looks the same whatever fonts the machine has. fonts/subset.py makes them.
var (
	//go:embed fonts/NotoSansCJKsc-Regular.otf
	chineseRegular []byte
	//go:embed fonts/NotoSansCJKsc-Bold.otf
	chineseBold []byte
)

// look is Fyne's theme, a little denser, and with remarks that can be read:
// Fyne draws what has low importance in the faint grey of what is disabled.
type look struct {
	fyne.Theme
	regular, bold fyne.Resource
}

func newLook() fyne.Theme {
	return &look{
		Theme:   theme.DefaultTheme(),
		regular: fyne.NewStaticResource("NotoSansCJKsc-Regular.otf", chineseRegular),
		bold:    fyne.NewStaticResource("NotoSansCJKsc-Bold.otf", chineseBold),
	}
}

// Font returns a font of little else than Chinese: Fyne takes what it lacks from
// its own fonts, and after that, for names of files and classes, from the system's.
func (l *look) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Monospace, style.Symbol, style.Italic:
		return l.Theme.Font(style)
	case style.Bold:
		return l.bold
	}
	return l.regular
}

func (l *look) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	dark := variant == theme.VariantDark
	switch {
	case name == theme.ColorNameDisabled && dark:
		return color.NRGBA{0x9a, 0x9a, 0xa2, 0xff}
	case name == theme.ColorNameDisabled:
		return color.NRGBA{0x76, 0x76, 0x7e, 0xff}
	case name == theme.ColorNameWarning && dark:
		return color.NRGBA{0xff, 0xc1, 0x5e, 0xff}
	case name == theme.ColorNameWarning:
		// Fyne's orange cannot be read on white.
		return color.NRGBA{0x96, 0x58, 0x00, 0xff}
	case name == theme.ColorNameShadow && !dark:
		return color.NRGBA{A: 0x1c}
	}
	return l.Theme.Color(name, variant)
}

func (l *look) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return 13
	case theme.SizeNameInnerPadding:
		return 6
	}
	return l.Theme.Size(name)
}
