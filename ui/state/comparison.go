package state

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"

	"github.com/disintegration/imaging"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/models"
)

// Axis is what the maps of a comparison differ in.
type Axis int

// The axes.
const (
	ByMethod Axis = iota
	ByLayer
	ByClass
	ByHead
)

// Comparison is several maps of the picture looked at. They are made only while
// the user looks at them.
type Comparison struct {
	Axis Axis
	// Photo is the picture compared, Base a small copy of it to lay small maps
	// over; both are nil while there is none.
	Photo *Photo
	Base  *Base
	Cards []Card
	// Failed are the maps that could not be made, with the reasons.
	Failed []compute.Outcome
	// Order has the cards as they are listed, Selected is the one shown large: both
	// are indices into Cards.
	Order    []int
	Selected int
	// Sort is the metric that orders the cards, best first; its zero value
	// leaves them as they were made.
	Sort faith.Metric
	// Working is set while maps are made. Measuring is how far their measuring is,
	// nil while nothing is measured.
	Working   bool
	Measuring *Progress
	// Err says why there are no maps, or no figures.
	Err error

	*events
	view     *View
	networks *Networks
	choice   *Choice
	// active is set while the user looks.
	active bool
	// key says what the cards were made for, or are being made for.
	key     comparisonKey
	subject *compute.Subject
	making  latest[making]
	figures latest[measurement]
}

// comparisonKey says which maps are compared. What the axis varies is left out.
type comparisonKey struct {
	photo     *Photo
	explainer Explainer
	axis      Axis
	recipe    string
}

// Card is one map of a comparison.
type Card struct {
	*compute.Explanation
	// Net is the network that was explained.
	Net *models.Network
	// Figures say how faithful the map is, in the order of [Metrics]; nil until
	// that was measured.
	Figures []faith.Figure
}

// Figure is what a metric says of the card, NaN where that is not known.
func (c Card) Figure(metric string) float64 {
	for _, f := range c.Figures {
		if f.Metric.Name == metric {
			return f.Value
		}
	}
	return math.NaN()
}

// making is the answer to a request for maps.
type making struct {
	subject *compute.Subject
	base    *Base
	cards   []Card
	failed  []compute.Outcome
	err     error
}

func newComparison(e *events, v *View, n *Networks, c *Choice) *Comparison {
	x := &Comparison{events: e, view: v, networks: n, choice: c}
	x.making = latest[making]{post: e.post, receive: x.receive}
	x.figures = latest[measurement]{post: e.post, receive: x.measured}
	return x
}

// look says whether the user looks at the comparison.
func (x *Comparison) look(active bool) {
	x.active = active
	x.refresh()
}

// Axes lists what maps can differ in: heads only where the network has any.
func (x *Comparison) Axes() []Axis {
	if x.choice.Heads() == 0 {
		return []Axis{ByMethod, ByLayer, ByClass}
	}
	return []Axis{ByMethod, ByLayer, ByClass, ByHead}
}

// SetAxis compares maps that differ in something else.
func (x *Comparison) SetAxis(a Axis) {
	if a != x.Axis {
		x.Axis = a
		x.refresh()
	}
}

// SetSort orders the cards by a metric, or with its zero value as they were
// made. What has no figure comes last.
func (x *Comparison) SetSort(m faith.Metric) {
	x.Sort = m
	x.Order = x.Order[:0]
	for i := range x.Cards {
		x.Order = append(x.Order, i)
	}
	slices.SortStableFunc(x.Order, func(i, j int) int {
		v, w := x.Cards[i].Figure(m.Name), x.Cards[j].Figure(m.Name)
		switch {
		case math.IsNaN(v) && math.IsNaN(w):
			return 0
		case math.IsNaN(v):
			return 1
		case math.IsNaN(w):
			return -1
		case m.Higher:
			return cmp.Compare(w, v)
		}
		return cmp.Compare(v, w)
	})
	x.tell(ChangedComparison)
}

// Select shows card i large.
func (x *Comparison) Select(i int) {
	if i >= 0 && i < len(x.Cards) && i != x.Selected {
		x.Selected = i
		x.tell(ChangedCard)
	}
}

// Card is the one shown large, and whether there is one.
func (x *Comparison) Card() (Card, bool) {
	if x.Selected >= len(x.Cards) {
		return Card{}, false
	}
	return x.Cards[x.Selected], true
}

// ValueAt returns the raw value of the map shown large at a pixel of the
// picture, and whether the network saw that pixel.
func (x *Comparison) ValueAt(column, row int) (float32, bool) {
	c, ok := x.Card()
	if !ok {
		return 0, false
	}
	return valueAt(c.Explanation, x.subject.Frame, column, row)
}

// UseCard chooses the method, layer and class of the card shown large.
func (x *Comparison) UseCard() {
	c, ok := x.Card()
	if !ok {
		return
	}
	layer, class := x.choice.Layer(), x.choice.Class()
	switch x.Axis {
	case ByLayer:
		layer = c.Layer
	case ByClass:
		class = c.Class.Index
	}
	x.choice.Use(layer, c.Method, class)
}

// recipe is what all maps of the comparison have in common, with the axis's
// variety in it as far as it is known without a run.
func (x *Comparison) recipe() compute.Recipe {
	r := x.choice.Recipe()
	switch x.Axis {
	case ByMethod:
		r.Methods = cam.OneRun()
	case ByLayer:
		r.Layers, r.Fusion = x.networks.Explainer.Network().Milestones(), ""
		// What runs the network again would do so for each of them.
		if r.Smoothing.Runs() > 0 {
			r.Smoothing = ""
		}
		if repeats(r) || r.Methods[0].NeedsHead {
			r.Methods = []cam.Method{cam.GradCAM()}
		}
	case ByClass:
		r.Class = compute.TopClass
	case ByHead:
		q := x.choice.Query()
		q.Head = cam.AnyHead
		r.Methods = []cam.Method{cam.RawAttention(q)}
		for q.Head = range x.choice.Heads() {
			r.Methods = append(r.Methods, cam.RawAttention(q))
		}
	}
	return r
}

// refresh makes the maps unless they are there or nobody looks.
func (x *Comparison) refresh() {
	if !x.active {
		return
	}
	photo, e := x.view.Photo, x.networks.Explainer
	if photo == nil || e == nil || x.choice.Layer() == "" {
		x.making.drop()
		x.figures.drop()
		x.key, x.Photo, x.Base, x.Cards, x.Failed, x.Order, x.Selected = comparisonKey{}, nil, nil, nil, nil, nil, 0
		x.Working, x.Measuring, x.Err = false, nil, nil
		x.tell(ChangedComparison)
		return
	}
	if x.Axis == ByHead && x.choice.Heads() == 0 {
		x.Axis = ByMethod
	}
	r, axis := x.recipe(), x.Axis
	key := comparisonKey{photo, e, axis, runOf(r) + extraOf(r)}
	if key == x.key {
		return
	}
	x.figures.drop()
	x.key, x.Working, x.Measuring, x.Err = key, true, nil, nil
	x.tell(ChangedComparison)
	x.making.submit(key, func(ctx context.Context, answer func(making)) {
		answer(makeCards(ctx, photo, e, axis, r))
	})
}

func (x *Comparison) receive(m making) {
	x.subject, x.Base, x.Cards, x.Failed, x.Err = m.subject, m.base, m.cards, m.failed, m.err
	if x.Photo = nil; x.Base != nil {
		x.Photo = x.key.photo
	}
	x.Working, x.Selected = false, 0
	x.judge()
	for i, c := range x.Cards {
		if x.chosen(c) {
			x.Selected = i
		}
	}
	x.SetSort(x.Sort)
}

// chosen reports whether the card is of what is chosen.
func (x *Comparison) chosen(c Card) bool {
	switch x.Axis {
	case ByLayer:
		return c.Layer == x.choice.Layer() && c.Method.Is(x.choice.Method())
	case ByClass:
		return x.view.Map != nil && c.Class.Index == x.view.Map.Class.Index
	case ByHead:
		q := c.Method.Query
		return c.Method.Is(x.choice.Method()) && q != nil && *q == x.choice.Query()
	}
	return c.Method.Is(x.choice.Method())
}

// Base is the picture made small, with the part of it that the network saw.
type Base struct {
	// Small is the picture as large as a card, Frame the network's part of it.
	Small *image.NRGBA
	Frame image.Rectangle
	// Large is the size in which the map shown large is drawn, LargeFrame the
	// network's part of it.
	Large, LargeFrame image.Rectangle
}

// The longest sides of a base's pictures in pixels: of a card, sharp on screens
// with two pixels a unit, and of the one shown large.
const (
	smallSide = 400
	largeSide = 1200
)

func newBase(full *image.NRGBA, frame image.Rectangle) *Base {
	large, largeFrame := reduced(full, frame, largeSide)
	b := &Base{Large: large.Rect, LargeFrame: largeFrame}
	b.Small, b.Frame = reduced(large, largeFrame, smallSide)
	return b
}

// reduced makes a picture and a rectangle in it smaller where a side is longer
// than side.
func reduced(img *image.NRGBA, part image.Rectangle, side int) (*image.NRGBA, image.Rectangle) {
	by := float64(side) / float64(max(img.Rect.Dx(), img.Rect.Dy()))
	if by >= 1 {
		return img, part
	}
	of := func(n int) int { return int(math.Round(float64(n) * by)) }
	small := imaging.Resize(img, max(1, of(img.Rect.Dx())), max(1, of(img.Rect.Dy())), imaging.Box)
	return small, image.Rect(of(part.Min.X), of(part.Min.Y), of(part.Max.X), of(part.Max.Y)).Intersect(small.Rect)
}
