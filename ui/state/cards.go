package state

import (
	"context"
	"image"
	"path/filepath"
	"strings"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

// makeCards makes the maps of a comparison, a card each.
func makeCards(ctx context.Context, photo *Photo, e Engine, axis Axis, r Recipe) (*Base, []Card, error) {
	if _, err := r.Check(e.Network()); err != nil {
		return nil, nil, err
	}
	input, frame, err := tensorOf(photo, e)
	if err != nil {
		return nil, nil, err
	}
	cards, err := map[Axis]func(context.Context, Engine, Recipe, *tensor.Dense) ([]Card, error){
		ByMethod: methodCards, ByLayer: layerCards, ByClass: classCards,
	}[axis](ctx, e, r, input)
	if err != nil {
		return nil, nil, err
	}
	return newBase(photo.Full, frame), cards, nil
}

// methodCards explains one run by all methods that need no other.
func methodCards(ctx context.Context, e Engine, r Recipe, input *tensor.Dense) ([]Card, error) {
	pass, err := e.Run(ctx, r, input)
	if err != nil {
		return nil, err
	}
	var cards []Card
	for _, m := range r.Methods {
		one := r
		one.Methods = []cam.Method{m}
		x, err := pass.Explain(ctx, one, func(Progress) {})
		if err != nil {
			return nil, err
		}
		cards = append(cards, Card{Explanation: x})
	}
	return cards, nil
}

// layerCards explains the layers where something new has been computed, in one
// run.
func layerCards(ctx context.Context, e Engine, r Recipe, input *tensor.Dense) ([]Card, error) {
	list, err := e.Explain(ctx, r, input)
	cards := make([]Card, len(list))
	for i, x := range list {
		cards[i].Explanation = x
	}
	return cards, err
}

// classCards explains the most probable classes, with a run for each.
func classCards(ctx context.Context, e Engine, r Recipe, input *tensor.Dense) ([]Card, error) {
	explain := func(r Recipe) (Card, error) {
		pass, err := e.Run(ctx, r, input)
		if err != nil {
			return Card{}, err
		}
		x, err := pass.Explain(ctx, r, func(Progress) {})
		return Card{Explanation: x}, err
	}
	best, err := explain(r)
	if err != nil {
		return nil, err
	}
	cards := []Card{best}
	for _, score := range best.Top[1:] {
		r.Class = score.Index
		c, err := explain(r)
		if err != nil {
			return nil, err
		}
		cards = append(cards, c)
	}
	return cards, nil
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
	}[x.Axis]
	g := heat.Grid{
		Original: x.Photo.Full, Frame: x.Base.frame, Colormap: x.choice.Colours(), Opacity: x.choice.Opacity(),
		Title: strings.Join(append([]string{filepath.Base(x.Photo.Path)}, w.common...), " · "),
	}
	for _, i := range x.Order {
		c := x.Cards[i]
		cell := heat.Cell{Name: w.cell(c), Map: c.Map}
		for _, f := range c.Figures {
			cell.Lines = append(cell.Lines, f.Metric.Title+" "+Hundredths(f.Value))
		}
		g.Cells = append(g.Cells, cell)
	}
	return func() image.Image { return heat.GridSheet(g) }, SheetName(x.Photo.Path, w.layer, w.kind)
}
