package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// CreateRenderer implements [fyne.Widget].
func (p *Picture) CreateRenderer() fyne.WidgetRenderer {
	r := &pictureRenderer{picture: p}
	for _, in := range p.panes {
		r.objects = append(r.objects, in.objects()...)
	}
	r.objects = append(r.objects, p.busy, p.message)
	r.applyTheme()
	return r
}

type pictureRenderer struct {
	picture *Picture
	objects []fyne.CanvasObject
}

// smallestPane is the size below which a pane is of no use.
var smallestPane = fyne.NewSize(120, 90)

// titleHeight is the room above each pane.
func (r *pictureRenderer) titleHeight() (height float32) {
	for _, in := range r.picture.panes {
		if in.title.Text != "" || len(r.picture.panes) > 1 {
			height = max(height, in.title.MinSize().Height)
		}
	}
	return height
}

func (r *pictureRenderer) MinSize() fyne.Size {
	pad := r.picture.Theme().Size(theme.SizeNamePadding)
	n := float32(len(r.picture.panes))
	return fyne.NewSize(n*smallestPane.Width+(n-1)*pad, smallestPane.Height+r.titleHeight())
}

func (r *pictureRenderer) Layout(size fyne.Size) {
	p := r.picture
	pad, title := p.Theme().Size(theme.SizeNamePadding), r.titleHeight()

	n := float32(len(p.panes))
	cell := fyne.NewSize((size.Width-(n-1)*pad)/n, size.Height)
	step := fyne.NewPos(cell.Width+pad, 0)
	if size.Height > size.Width {
		cell = fyne.NewSize(size.Width, (size.Height-(n-1)*pad)/n)
		step = fyne.NewPos(0, cell.Height+pad)
	}
	p.viewport.resize(fyne.NewSize(max(cell.Width, 0), max(cell.Height-title, 0)))

	busy, corner := p.busy.MinSize(), fyne.Position{}
	for i, in := range p.panes {
		room := float32(0)
		if i == len(p.panes)-1 {
			room = busy.Width + pad
			p.busy.Resize(busy)
			p.busy.Move(corner.AddXY(cell.Width-room, max(title-busy.Height, 0)/2))
		}
		in.layout(corner, p.viewport.pane, title, room)
		corner = corner.Add(step)
	}

	// Lines longer than about seventy letters are hard to read.
	width := min(size.Width, 35*p.Theme().Size(theme.SizeNameText))
	p.message.Resize(fyne.NewSize(width, p.message.MinSize().Height))
	height := p.message.MinSize().Height
	p.message.Resize(fyne.NewSize(width, height))
	p.message.Move(fyne.NewPos((size.Width-width)/2, (size.Height-height)/2))

	p.viewportChanged()
}

func (r *pictureRenderer) Refresh() {
	r.applyTheme()
	r.Layout(r.picture.Size())
	for _, o := range r.objects {
		o.Refresh()
	}
}

func (r *pictureRenderer) applyTheme() {
	p := r.picture
	th, variant := p.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	for _, in := range p.panes {
		in.frame.FillColor = th.Color(theme.ColorNameInputBackground, variant)
		in.focus.FillColor = color.Transparent
		if p.focused {
			in.focus.FillColor = th.Color(theme.ColorNamePrimary, variant)
		}
	}
}

func (r *pictureRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *pictureRenderer) Destroy() { r.picture.busy.Stop() }
