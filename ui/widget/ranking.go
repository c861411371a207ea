package widget

import (
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// RankingItem is one row of a [Ranking].
type RankingItem struct {
	Name  string
	Share float64 // length of the bar, from 0 to 1; NaN for none
	Text  string  // the share in words, such as "93 %"
	Limit float64 // where a line crosses the bar, from 0 to 1; 0 for nowhere
	Check bool    // whether a check mark stands before the name
}

// Ranking shows a few named shares as rows with a thin bar each, in the order given. A tap chooses a row; the chosen one is marked. Where
// bars have a limit, the names leave room for check marks.
type Ranking struct {
	fynewidget.BaseWidget

	// OnChosen is told the row that was tapped, even if it is the chosen one already.
	OnChosen func(row int)

	rows *fyne.Container
}

// NewRanking returns an empty ranking.
func NewRanking(onChosen func(row int)) *Ranking {
	r := &Ranking{OnChosen: onChosen, rows: container.New(layout.NewCustomPaddedVBoxLayout(0))}
	r.ExtendBaseWidget(r)
	return r
}

// SetItems replaces the rows; none is chosen then.
func (r *Ranking) SetItems(items []RankingItem) {
	r.rows.RemoveAll()
	limits := slices.ContainsFunc(items, func(item RankingItem) bool { return item.Limit > 0 })
	for i, item := range items {
		r.rows.Add(newRankingRow(item, limits, func() {
			r.SetChosen(i)
			if r.OnChosen != nil {
				r.OnChosen(i)
			}
		}))
	}
	r.Refresh()
}

// SetChosen marks a row; -1 or a row out of range marks none.
func (r *Ranking) SetChosen(row int) {
	for i, o := range r.rows.Objects {
		rr := o.(*rankingRow)
		rr.chosen = i == row
		rr.Refresh()
	}
}

// CreateRenderer implements [fyne.Widget].
func (r *Ranking) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(r.rows) }

// rankingRow is one tappable row.
type rankingRow struct {
	fynewidget.BaseWidget
	share, limit    float64
	indented        bool
	tapped          func()
	chosen, hovered bool

	ground, track, bar, mark *canvas.Rectangle
	name, text               *line
	check                    *fynewidget.Icon
}

var (
	_ fyne.Tappable     = (*rankingRow)(nil)
	_ desktop.Hoverable = (*rankingRow)(nil)
)

const (
	rankingBarHeight  = 3
	rankingMarkHeight = 9
	rankingMarkWidth  = 2
	rankingCheckSize  = 14
	rankingMinWidth   = 120
)

func newRankingRow(item RankingItem, indented bool, tapped func()) *rankingRow {
	r := &rankingRow{
		share:    item.Share,
		limit:    min(max(item.Limit, 0), 1),
		indented: indented,
		tapped:   tapped,
		ground:   canvas.NewRectangle(nil),
		track:    canvas.NewRectangle(nil),
		bar:      canvas.NewRectangle(nil),
		mark:     canvas.NewRectangle(nil),
		name:     newLine(theme.SizeNameText, fyne.TextAlignLeading),
		text:     newLine(theme.SizeNameText, fyne.TextAlignTrailing),
		check:    fynewidget.NewIcon(theme.NewPrimaryThemedResource(theme.ConfirmIcon())),
	}
	bare := math.IsNaN(item.Share)
	r.track.Hidden, r.bar.Hidden, r.mark.Hidden, r.check.Hidden = bare, bare, bare || item.Limit <= 0, !item.Check
	r.name.set(item.Name, theme.ColorNameForeground)
	r.text.set(item.Text, theme.ColorNameForeground)
	r.ExtendBaseWidget(r)
	return r
}

// Tapped implements [fyne.Tappable].
func (r *rankingRow) Tapped(*fyne.PointEvent) { r.tapped() }

// MouseIn implements [desktop.Hoverable].
func (r *rankingRow) MouseIn(*desktop.MouseEvent) {
	r.hovered = true
	r.Refresh()
}

// MouseMoved implements [desktop.Hoverable].
func (r *rankingRow) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (r *rankingRow) MouseOut() {
	r.hovered = false
	r.Refresh()
}

// CreateRenderer implements [fyne.Widget].
func (r *rankingRow) CreateRenderer() fyne.WidgetRenderer {
	renderer := &rankingRowRenderer{r}
	renderer.applyTheme()
	return renderer
}

type rankingRowRenderer struct{ row *rankingRow }

func (r *rankingRowRenderer) MinSize() fyne.Size {
	inner := r.row.Theme().Size(theme.SizeNameInnerPadding)
	return fyne.NewSize(rankingMinWidth, r.row.name.MinSize().Height-inner/2+rankingBarHeight)
}

func (r *rankingRowRenderer) Layout(size fyne.Size) {
	row := r.row
	inner := row.Theme().Size(theme.SizeNameInnerPadding)
	height, share := row.name.MinSize().Height, row.text.width()
	row.ground.Resize(size)
	// The lines bring their own padding; half of it is enough above, and the bar stands in that below.
	indent := float32(0)
	if row.indented {
		indent = rankingCheckSize + inner/2
	}
	row.check.Move(fyne.NewPos(inner, (height-inner-rankingCheckSize)/2))
	row.check.Resize(fyne.NewSquareSize(rankingCheckSize))
	y := -inner / 2
	if row.track.Hidden {
		y += rankingBarHeight
	}
	row.name.Move(fyne.NewPos(indent, y))
	row.name.Resize(fyne.NewSize(max(size.Width-share+inner-indent, 0), height))
	row.text.Move(fyne.NewPos(size.Width-share, y))
	row.text.Resize(fyne.NewSize(share, height))

	width := max(size.Width-2*inner, 0)
	y = size.Height - inner/2 - rankingBarHeight
	row.track.Move(fyne.NewPos(inner, y))
	row.track.Resize(fyne.NewSize(width, rankingBarHeight))
	row.bar.Move(fyne.NewPos(inner, y))
	row.bar.Resize(fyne.NewSize(width*float32(min(max(row.share, 0), 1)), rankingBarHeight))
	row.mark.Move(fyne.NewPos(inner+width*float32(row.limit)-rankingMarkWidth/2, y-(rankingMarkHeight-rankingBarHeight)/2))
	row.mark.Resize(fyne.NewSize(rankingMarkWidth, rankingMarkHeight))
}

func (r *rankingRowRenderer) Refresh() {
	r.applyTheme()
	r.Layout(r.row.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *rankingRowRenderer) applyTheme() {
	row := r.row
	th, variant := row.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	row.ground.CornerRadius = th.Size(theme.SizeNameSelectionRadius)
	row.ground.Hidden = !row.chosen && !row.hovered
	row.ground.FillColor = th.Color(theme.ColorNameHover, variant)
	row.name.bold(row.chosen)
	if row.chosen {
		row.ground.FillColor = th.Color(theme.ColorNameSelection, variant)
	}
	row.track.FillColor = th.Color(theme.ColorNameInputBackground, variant)
	row.bar.FillColor = th.Color(theme.ColorNamePrimary, variant)
	row.mark.FillColor = th.Color(theme.ColorNameForeground, variant)
	row.track.CornerRadius, row.bar.CornerRadius = rankingBarHeight/2., rankingBarHeight/2.
}

func (r *rankingRowRenderer) Objects() []fyne.CanvasObject {
	row := r.row
	return []fyne.CanvasObject{row.ground, row.track, row.bar, row.mark, row.check, row.name, row.text}
}

func (r *rankingRowRenderer) Destroy() {}
