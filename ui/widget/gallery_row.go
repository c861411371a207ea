package widget

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// galleryEntry is what a row shows.
type galleryEntry struct {
	name   string
	reason string      // why the picture failed, "" if it did not
	thumb  *image.RGBA // nil until loaded
}

// galleryRow is a row of a [Gallery]: thumbnail, name, and the reason under the name of a picture that failed.
type galleryRow struct {
	fynewidget.BaseWidget
	entry galleryEntry

	thumb        *canvas.Image
	ground       *canvas.Rectangle // where there is no thumbnail
	placeholder  *fynewidget.Icon
	badgeGround  *canvas.Circle
	badge        *fynewidget.Icon
	name, reason *line
}

// The place of a thumbnail and the size of the badge in its corner, in canvas units.
var (
	thumbSize = fyne.NewSize(64, 48)
	badgeSize = fyne.NewSquareSize(18)
)

func newGalleryRow() *galleryRow {
	r := &galleryRow{
		thumb:       &canvas.Image{FillMode: canvas.ImageFillContain},
		ground:      canvas.NewRectangle(nil),
		placeholder: fynewidget.NewIcon(nil),
		badgeGround: canvas.NewCircle(nil),
		badge:       fynewidget.NewIcon(theme.NewErrorThemedResource(theme.ErrorIcon())),
		name:        newLine(theme.SizeNameText, fyne.TextAlignLeading),
		reason:      newLine(theme.SizeNameCaptionText, fyne.TextAlignLeading),
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *galleryRow) set(e galleryEntry) {
	if r.entry != e {
		r.entry = e
		r.Refresh()
	}
}

// CreateRenderer implements [fyne.Widget].
func (r *galleryRow) CreateRenderer() fyne.WidgetRenderer {
	renderer := &galleryRowRenderer{r}
	renderer.update()
	return renderer
}

type galleryRowRenderer struct{ row *galleryRow }

func (r *galleryRowRenderer) MinSize() fyne.Size {
	pad := r.row.Theme().Size(theme.SizeNamePadding)
	return thumbSize.AddWidthHeight(pad+smallestPane.Width/2, 2*pad)
}

func (r *galleryRowRenderer) Layout(size fyne.Size) {
	row := r.row
	pad := row.Theme().Size(theme.SizeNamePadding)
	inner := row.Theme().Size(theme.SizeNameInnerPadding)
	box := fyne.NewPos(pad, (size.Height-thumbSize.Height)/2)

	row.thumb.Move(box)
	row.thumb.Resize(thumbSize)
	row.ground.Move(box)
	row.ground.Resize(thumbSize)
	icon := fyne.NewSquareSize(row.Theme().Size(theme.SizeNameInlineIcon))
	row.placeholder.Resize(icon)
	row.placeholder.Move(box.AddXY((thumbSize.Width-icon.Width)/2, (thumbSize.Height-icon.Height)/2))
	row.badge.Resize(badgeSize)
	row.badge.Move(box.Add(thumbSize.Subtract(badgeSize)))
	row.badgeGround.Resize(badgeSize)
	row.badgeGround.Move(row.badge.Position())

	x, width := pad+thumbSize.Width, size.Width-pad-thumbSize.Width
	name, reason := row.name.MinSize().Height, row.reason.MinSize().Height
	row.name.Resize(fyne.NewSize(width, name))
	row.name.Move(fyne.NewPos(x, (size.Height-name)/2))
	if row.entry.reason != "" {
		// The padding that the labels bring would drive the lines apart.
		together := name + reason - 1.5*inner
		row.name.Move(fyne.NewPos(x, (size.Height-together)/2))
		row.reason.Resize(fyne.NewSize(width, reason))
		row.reason.Move(fyne.NewPos(x, (size.Height+together)/2-reason))
	}
}

func (r *galleryRowRenderer) Refresh() {
	r.update()
	r.Layout(r.row.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *galleryRowRenderer) update() {
	row := r.row
	th, variant := row.Theme(), fyne.CurrentApp().Settings().ThemeVariant()

	row.thumb.Image = nil
	if row.entry.thumb != nil {
		row.thumb.Image = row.entry.thumb
	}
	row.thumb.Hidden = row.entry.thumb == nil
	row.ground.Hidden = row.entry.thumb != nil
	row.ground.FillColor = th.Color(theme.ColorNameInputBackground, variant)
	row.ground.CornerRadius = th.Size(theme.SizeNameInputRadius)
	row.placeholder.Hidden = row.entry.thumb != nil
	row.placeholder.Resource = theme.NewDisabledResource(theme.FileImageIcon())

	failed := row.entry.reason != ""
	row.badge.Hidden, row.badgeGround.Hidden, row.reason.Hidden = !failed, !failed, !failed
	row.badgeGround.FillColor = th.Color(theme.ColorNameBackground, variant)
	row.name.set(row.entry.name, theme.ColorNameForeground)
	row.reason.set(row.entry.reason, theme.ColorNameError)
}

func (r *galleryRowRenderer) Objects() []fyne.CanvasObject {
	row := r.row
	return []fyne.CanvasObject{row.ground, row.placeholder, row.thumb, row.badgeGround, row.badge, row.name, row.reason}
}

func (r *galleryRowRenderer) Destroy() {}
