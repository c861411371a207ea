package state

import (
	"context"
	"image"
	"path/filepath"
	"slices"
	"strings"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/compute/output"
)

// makeCards makes the maps of a comparison, a card each.
func makeCards(ctx context.Context, photo *Photo, e Explainer, axis Axis, r compute.Recipe) (m making) {
	if r, m.err = checked(r, e.Network()); m.err != nil {
		return m
	}
	if m.subject, m.err = subjectOf(ctx, photo, e); m.err != nil {
		return m
	}
	if axis == ByClass {
		m.err = m.explainClasses(ctx, e, r)
	} else {
		m.err = m.explain(ctx, e, r)
	}
	m.base = newBase(photo.Full, m.subject.Frame)
	return m
}

// explain makes a recipe's maps in one run. One that cannot be made costs no other.
func (m *making) explain(ctx context.Context, e Explainer, r compute.Recipe) error {
	answers, err := e.Explain(ctx, r, m.subject)
	if err != nil {
		return err
	}
	for _, o := range answers[0].Outcomes {
		if o.Err != nil {
			m.failed = append(m.failed, o)
		} else {
			m.cards = append(m.cards, Card{Explanation: o.Explanation, Net: e.Network()})
		}
	}
	if len(m.cards) == 0 {
		return m.failed[0].Err
	}
	return nil
}

// explainClasses explains the most probable classes, with a run for each. The
// other classes of the target are left out: no target has a class twice.
func (m *making) explainClasses(ctx context.Context, e Explainer, r compute.Recipe) error {
	top, err := m.topClasses(ctx, e, r)
	if err != nil {
		return err
	}
	for _, score := range top {
		if slices.Contains(r.Target.Others, score.Index) {
			continue
		}
		r.Class = score.Index
		if err := m.explain(ctx, e, r); err != nil {
			return err
		}
	}
	return nil
}

// topClasses are the most probable classes that are still to be explained. Where
// the target has other classes, the first one may be among them. So only a map of
// the plain logit can tell which classes there are.
func (m *making) topClasses(ctx context.Context, e Explainer, r compute.Recipe) ([]compute.Score, error) {
	if len(r.Target.Others) == 0 {
		if err := m.explain(ctx, e, r); err != nil {
			return nil, err
		}
		return m.cards[0].Top[1:], nil
	}
	plain := compute.Recipe{Layers: r.Layers[:1], Methods: []cam.Method{cam.GradCAM()}, Class: compute.TopClass}
	answers, err := e.Explain(ctx, plain, m.subject)
	if err != nil {
		return nil, err
	}
	o := answers[0].Outcomes[0]
	if o.Err != nil {
		return nil, o.Err
	}
	return o.Explanation.Top, nil
}

// Sheet returns what draws all cards as one picture, to be called on any
// goroutine, and a name for its file. There have to be cards.
func (x *Comparison) Sheet() (draw func() image.Image, name string) {
	first := x.Cards[0]
	type words struct {
		kind, layer string
		common      []string
		cell        func(Card) string
	}
	w := map[Axis]words{
		ByMethod: {"methods", first.Layer, []string{first.Class.Label, first.Network, first.Layer}, func(c Card) string { return c.Method.Title }},
		ByLayer:  {"layers", "", []string{first.Class.Label, first.Network, first.Method.Title}, func(c Card) string { return c.Layer }},
		ByClass:  {"classes", first.Layer, []string{first.Network, first.Layer, first.Method.Title}, func(c Card) string { return c.Class.Label }},
		ByHead:   {"heads", first.Layer, []string{first.Network, first.Layer}, func(c Card) string { return c.Method.Title }},
	}[x.Axis]
	g := heat.Grid{
		Original: x.Photo.Full, Frame: x.subject.Frame, Colormap: x.choice.Colours(), Opacity: x.choice.Opacity(),
		Title: strings.Join(append([]string{filepath.Base(x.Photo.Path)}, w.common...), " · "),
	}
	g.Notices = first.Guessed()
	for _, i := range x.Order {
		c := x.Cards[i]
		cell := heat.Cell{Name: w.cell(c), Map: c.Map}
		for _, f := range c.Figures {
			cell.Lines = append(cell.Lines, f.Metric.Title+" "+Hundredths(f.Value))
		}
		g.Cells = append(g.Cells, cell)
	}
	return func() image.Image { return heat.GridSheet(g) }, output.MapFile{Picture: stem(x.Photo.Path), Layer: w.layer, Method: w.kind}.Name(".png")
}
