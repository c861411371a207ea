package ui

import (
	"cmp"
	"context"
	"image"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/disintegration/imaging"
	"gorgonia.org/tensor"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
)

// axis is what the maps on the board differ in.
type axis int

const (
	byMethod axis = iota
	byLayer
	byClass
)

// board is the comparison of several maps of one picture.
type board struct {
	// shown is set while the user looks at the board; only then are its maps
	// made.
	shown bool
	axis  axis
	// key says what the cards were made for, or are being made for.
	key boardKey
	// base is the picture that the cards' maps are laid over, nil while there is
	// none.
	base  *baseplate
	seen  image.Rectangle // the part of the picture that the network saw
	cards []card
	// order has the cards as they are listed, selected the one shown large: both
	// are indices into cards.
	order    []int
	selected int
	// sort is the metric that orders the cards, best first; its zero value
	// leaves them as they were made.
	sort faith.Metric
	// working is set while maps are made, measuring while they are measured.
	working   bool
	measuring *measuring
	err       error
}

// boardKey says of which maps a board consists. What its axis varies is left
// out.
type boardKey struct {
	photo  *photo
	engine engine
	axis   axis
	layer  string
	method string
	class  int
}

// card is one map on the board.
type card struct {
	*compute.Explanation
	// figures say how faithful the map is, in the order of boardMetrics; nil
	// until that was measured.
	figures []faith.Figure
}

// measuring tells how far the measuring of the cards is.
type measuring struct{ done, total int }

func (m measuring) share() float64 { return float64(m.done) / float64(max(1, m.total)) }

// boardMetrics are what maps are measured by: the metrics of gazectl compare.
func boardMetrics() []faith.Metric {
	var list []faith.Metric
	for _, m := range faith.Metrics() {
		if slices.Contains([]string{"gap", "road", "drop"}, m.Name) {
			list = append(list, m)
		}
	}
	return list
}

// baseplate is the picture in two sizes, with the part that the network saw.
type baseplate struct {
	small, large         *image.NRGBA
	smallSeen, largeSeen image.Rectangle
}

// The longest sides of a baseplate's pictures in pixels: of a card, sharp on
// screens with two pixels a unit, and of the one shown large.
const (
	smallSide = 400
	largeSide = 1200
)

func newBaseplate(full *image.NRGBA, seen image.Rectangle) *baseplate {
	b := &baseplate{}
	b.large, b.largeSeen = reduced(full, seen, largeSide)
	b.small, b.smallSeen = reduced(b.large, b.largeSeen, smallSide)
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

// showBoard says whether the user looks at the board.
func (s *session) showBoard(shown bool) {
	s.board.shown = shown
	s.refreshBoard()
	s.changed(changedBoard)
}

func (s *session) selectAxis(a axis) {
	if a != s.board.axis {
		s.board.axis = a
		s.refreshBoard()
	}
}

// sortBoard orders the cards by a metric, or with its zero value as they were
// made. What has no figure comes last.
func (s *session) sortBoard(m faith.Metric) {
	b := &s.board
	b.sort = m
	b.order = b.order[:0]
	for i := range b.cards {
		b.order = append(b.order, i)
	}
	slices.SortStableFunc(b.order, func(i, j int) int {
		v, w := b.cards[i].figure(m.Name), b.cards[j].figure(m.Name)
		switch {
		case math.IsNaN(v) || math.IsNaN(w):
			return cmp.Compare(btoi(math.IsNaN(v)), btoi(math.IsNaN(w)))
		case m.Higher:
			return cmp.Compare(w, v)
		}
		return cmp.Compare(v, w)
	})
	s.changed(changedBoard)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// figure is what a metric says of the card, NaN where that is not known.
func (c card) figure(metric string) float64 {
	for _, f := range c.figures {
		if f.Metric.Name == metric {
			return f.Value
		}
	}
	return math.NaN()
}

// selectCard shows card i large.
func (s *session) selectCard(i int) {
	if i >= 0 && i < len(s.board.cards) && i != s.board.selected {
		s.board.selected = i
		s.changed(changedCard)
	}
}

// useCard chooses the method, layer and class of the card shown large.
func (s *session) useCard() {
	b := &s.board
	if b.selected >= len(b.cards) {
		return
	}
	e := b.cards[b.selected].Explanation
	s.settings.Method = e.Method.Name
	s.settings.Layers[s.engine.Network().Name] = e.Layer
	if b.axis == byClass {
		s.class = e.Class.Index
	}
	s.chosen()
}

// boardWish is the key of the board that is wanted now.
func (s *session) boardWish() boardKey {
	k := boardKey{photo: s.photo, engine: s.engine, axis: s.board.axis, layer: s.layer(), method: s.method().Name, class: s.class}
	switch k.axis {
	case byMethod:
		k.method = ""
	case byLayer:
		k.layer = ""
	case byClass:
		k.class = compute.TopClass
	}
	return k
}

// refreshBoard makes the maps of the board unless they are there or nobody
// looks.
func (s *session) refreshBoard() {
	b := &s.board
	if !b.shown {
		return
	}
	k := s.boardWish()
	if k.photo == nil || k.engine == nil || s.layer() == "" {
		s.boards.drop()
		*b = board{shown: true, axis: b.axis, sort: b.sort}
		s.changed(changedBoard)
		return
	}
	if k == b.key {
		return
	}
	b.key, b.working, b.measuring, b.err = k, true, nil, nil
	s.changed(changedBoard)
	s.boards.submit(k, func(ctx context.Context) {
		base, seen, cards, err := makeCards(ctx, k)
		superseded := ctx.Err() != nil
		s.post(func() {
			if k != b.key || superseded {
				return
			}
			b.base, b.seen, b.cards, b.err = base, seen, cards, err
			b.working, b.selected = false, 0
			for i, c := range cards {
				if c.Method.Name == s.method().Name && c.Layer == s.layer() && (b.axis != byClass || s.view != nil && c.Class.Index == s.view.explanation.Class.Index) {
					b.selected = i
				}
			}
			s.sortBoard(b.sort)
		})
	})
}

// makeCards makes the maps that a board is to have.
func makeCards(ctx context.Context, k boardKey) (*baseplate, image.Rectangle, []card, error) {
	input, seen, err := tensorOf(k.photo, k.engine)
	if err != nil {
		return nil, seen, nil, err
	}
	cards, err := explainCards(ctx, k, input)
	if err != nil {
		return nil, seen, nil, err
	}
	return newBaseplate(k.photo.full, seen), seen, cards, nil
}

// explainCards runs the network, once if the cards are of one class, and
// explains what it saw.
func explainCards(ctx context.Context, k boardKey, input *tensor.Dense) ([]card, error) {
	method, err := cam.ByName(k.method)
	if err != nil && k.axis != byMethod {
		return nil, err
	}
	req := compute.Request{Input: input, Layers: []string{k.layer}, Class: k.class}
	if k.axis == byLayer {
		return layerCards(ctx, k, req, method)
	}
	run, err := k.engine.Run(ctx, req)
	if err != nil {
		return nil, err
	}
	var cards []card
	add := func(p pass, layer string, m cam.Method) error {
		e, err := p.Explain(ctx, layer, m)
		if err == nil {
			cards = append(cards, card{Explanation: e})
		}
		return err
	}
	switch k.axis {
	case byMethod:
		for _, m := range cam.OneRun() {
			if err := add(run, k.layer, m); err != nil {
				return nil, err
			}
		}
	case byClass:
		if err := add(run, k.layer, method); err != nil {
			return nil, err
		}
		for _, score := range cards[0].Top[1:] {
			req.Class = score.Index
			if run, err = k.engine.Run(ctx, req); err != nil {
				return nil, err
			}
			if err := add(run, k.layer, method); err != nil {
				return nil, err
			}
		}
	}
	return cards, nil
}

// layerCards explains the layers where something new has been computed, by a
// method that does not have to run the network for each of them.
func layerCards(ctx context.Context, k boardKey, req compute.Request, m cam.Method) ([]card, error) {
	if m.Cost.Runs() || m.NeedsHead {
		m = cam.Methods()[0]
	}
	req.Layers = k.engine.Network().Milestones()
	list, err := k.engine.ExplainLayers(ctx, req, m)
	cards := make([]card, len(list))
	for i, e := range list {
		cards[i].Explanation = e
	}
	return cards, err
}

// measureBoard asks the network how faithful each card's map is.
func (s *session) measureBoard() {
	b := &s.board
	if b.working || b.measuring != nil || len(b.cards) == 0 {
		return
	}
	k, cards := b.key, b.cards
	b.measuring = &measuring{}
	s.changed(changedBoard)
	told := time.Time{}
	s.boards.submit(b.measuring, func(ctx context.Context) {
		figures, err := measureCards(ctx, k, cards, func(done, total int) {
			if time.Since(told) < progressEvery && done < total {
				return
			}
			told = time.Now()
			s.post(func() {
				if k == b.key && b.measuring != nil {
					*b.measuring = measuring{done, total}
					s.changed(changedMeasuring)
				}
			})
		})
		cancelled := ctx.Err() != nil
		s.post(func() {
			if k != b.key {
				return
			}
			b.measuring = nil
			switch {
			case err == nil:
				for i := range b.cards {
					b.cards[i].figures = figures[i]
				}
			case !cancelled:
				b.err = err
			}
			s.sortBoard(b.sort)
		})
	})
}

// cancelMeasuring leaves the cards without figures.
func (s *session) cancelMeasuring() {
	if s.board.measuring != nil {
		s.boards.drop()
	}
}

// measureCards returns the figures of each card. Maps of one class are measured
// together, because they share pictures.
func measureCards(ctx context.Context, k boardKey, cards []card, progress func(done, total int)) ([][]faith.Figure, error) {
	input, _, err := tensorOf(k.photo, k.engine)
	if err != nil {
		return nil, err
	}
	in := k.engine.Network().Input
	classes := make(map[int][]int)
	for i, c := range cards {
		classes[c.Class.Index] = append(classes[c.Class.Index], i)
	}
	metrics, opt := boardMetrics(), faith.Options{Batch: compute.PicturesAtOnce}
	total, before := 0, 0
	for _, members := range classes {
		total += faith.Runs(metrics, len(members), in.Height, in.Width, opt)
	}
	opt.Progress = func(done, _ int) { progress(before+done, total) }
	figures := make([][]faith.Figure, len(cards))
	scorer := k.engine.Scorer(compute.PicturesAtOnce)
	for class, members := range classes {
		subject := faith.Subject{Picture: input.Data().([]float32), Height: in.Height, Width: in.Width, Class: class}
		for _, i := range members {
			subject.Maps = append(subject.Maps, heat.Resize(cards[i].Map, in.Height, in.Width))
		}
		of, err := faith.Measure(ctx, scorer, subject, metrics, opt)
		if err != nil {
			return nil, err
		}
		for j, i := range members {
			figures[i] = of[j]
		}
		before += faith.Runs(metrics, len(members), in.Height, in.Width, opt)
	}
	return figures, nil
}

// boardSheet returns what draws all cards as one picture, and the name of its
// file without what the picture is called.
func (s *session) boardSheet() (draw func() image.Image, name string) {
	b := &s.board
	e := b.cards[0].Explanation
	common := map[axis][]string{
		byMethod: {e.Class.Label, e.Network, e.Layer},
		byLayer:  {e.Class.Label, e.Network, e.Method.Title},
		byClass:  {e.Network, e.Layer, e.Method.Title},
	}[b.axis]
	g := heat.Grid{
		Original: b.key.photo.full, Frame: b.seen, Colormap: s.colours(), Opacity: s.settings.Opacity,
		Title: strings.Join(append([]string{filepath.Base(b.key.photo.path)}, common...), " · "),
	}
	for _, i := range b.order {
		c := b.cards[i]
		cell := heat.Cell{Name: map[axis]string{byMethod: c.Method.Title, byLayer: c.Layer, byClass: c.Class.Label}[b.axis], Map: c.Map}
		for _, f := range c.figures {
			cell.Lines = append(cell.Lines, f.Metric.Title+" "+hundredths(f.Value))
		}
		g.Cells = append(g.Cells, cell)
	}
	return func() image.Image { return heat.GridSheet(g) }, map[axis]string{byMethod: "methods", byLayer: "layers", byClass: "classes"}[b.axis]
}
