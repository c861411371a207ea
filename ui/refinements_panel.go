package ui

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute"
	"gaze/models"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// refinementsPanel has the options of a recipe that are off by default. It is
// folded in the beginning.
type refinementsPanel struct {
	window *Window
	fold   *fynewidget.Accordion
	folded *fynewidget.AccordionItem

	target    *widget.Choice
	targets   []compute.TargetKind // the options of target
	aim       fyne.CanvasObject    // target with its name
	classes   *widget.Several
	smoothing *widget.Choice
	fusion    *widget.Choice
	layers    *widget.Several
	rows      []models.Row // of layers
	signed    *widget.Tick
	compat    *widget.Tick
}

func newRefinementsPanel(w *Window) panel {
	p := &refinementsPanel{window: w}
	p.target = widget.NewChoice(nil, func(string) {
		k := p.targets[p.target.SelectedIndex()]
		p.change(func(r *state.Refinements) { r.Target = retargeted(r.Target, k) })
	})
	p.classes = widget.NewSeveral(lang.L("Add a class…"), lang.L("Search all classes"), lang.L("Nothing matches"), func(chosen []int) {
		p.change(func(r *state.Refinements) { r.Target.Others = chosen })
	})
	p.smoothing = oneOf(smoothings(), words.Smoothing, func(s compute.Smoothing) {
		p.change(func(r *state.Refinements) { r.Smoothing = s })
	})
	p.fusion = oneOf(fusions(), words.Fusion, func(f compute.Fusion) {
		p.change(func(r *state.Refinements) { r.Fusion = f })
	})
	p.layers = widget.NewSeveral(lang.L("Add a layer…"), lang.L("Search layers"), lang.L("Nothing matches"), p.setLayers)
	p.signed = widget.NewTick(lang.L("Show what speaks against the class"), func(on bool) {
		p.change(func(r *state.Refinements) { r.Signed = on })
	})
	p.compat = widget.NewTick(lang.L("As in pytorch-grad-cam"), func(on bool) {
		p.change(func(r *state.Refinements) { r.Compat = on })
	})

	names := []string{lang.L("Target"), lang.L("Smoothing"), lang.L("Fusion")}
	p.aim = named(names[0], p.target, names...)
	p.folded = fynewidget.NewAccordionItem("", container.NewVBox(
		p.aim, p.classes,
		named(names[1], p.smoothing, names...),
		named(names[2], p.fusion, names...), p.layers,
		p.signed, p.compat,
	))
	p.fold = fynewidget.NewAccordion(p.folded)
	return p
}

// smoothings are the ways to smooth, none of them the first.
func smoothings() []compute.Smoothing {
	return append([]compute.Smoothing{""}, compute.Smoothings()...)
}

// fusions are the ways to fuse, none of them the first.
func fusions() []compute.Fusion { return append([]compute.Fusion{""}, compute.Fusions()...) }

// oneOf is a choice of one kind, each with its name.
func oneOf[K any](kinds []K, name func(K) string, chosen func(K)) *widget.Choice {
	var names []string
	for _, k := range kinds {
		names = append(names, name(k))
	}
	var c *widget.Choice
	c = widget.NewChoice(names, func(string) { chosen(kinds[c.SelectedIndex()]) })
	return c
}

// retargeted is a target of another kind, with as many of the other classes as
// go with it.
func retargeted(t compute.Target, k compute.TargetKind) compute.Target {
	most := 0
	switch k {
	case compute.TargetSum:
		most = len(t.Others)
	case compute.TargetContrast:
		most = min(len(t.Others), 1)
	}
	return compute.Target{Kind: k, Others: t.Others[:most]}
}

// change turns refinements on or off.
func (p *refinementsPanel) change(what func(*state.Refinements)) {
	r := p.window.session.Choice.Refinements()
	what(&r)
	p.window.session.Choice.Refine(r)
}

// setTargets offers targets to choose from.
func (p *refinementsPanel) setTargets(kinds []compute.TargetKind) {
	p.targets = kinds
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = words.Target(k)
	}
	p.target.SetOptions(names)
	widget.Show(p.aim, len(kinds) > 1)
}

func (p *refinementsPanel) setLayers(chosen []int) {
	p.change(func(r *state.Refinements) {
		r.Layers = nil
		for _, i := range chosen {
			r.Layers = append(r.Layers, p.rows[i].Name)
		}
	})
}

// Object implements [panel].
func (p *refinementsPanel) Object() fyne.CanvasObject { return p.fold }

// Update implements [panel].
func (p *refinementsPanel) Update(c state.Change) {
	if c&(state.ChangedNetwork|state.ChangedChoice) == 0 {
		return
	}
	if net := p.window.session.Networks.Network(); net != nil && c&state.ChangedNetwork != 0 {
		p.rows = layerRows(net)
		p.layers.SetItems(layerItems(p.rows))
		p.classes.SetItems(classItems(net))
		p.setTargets(state.Targets(net))
	}
	r := p.window.session.Choice.Refinements()
	p.target.SetIndex(max(0, slices.Index(p.targets, r.Target.Kind)))
	p.smoothing.SetIndex(slices.Index(smoothings(), r.Smoothing))
	p.fusion.SetIndex(slices.Index(fusions(), r.Fusion))
	p.signed.Set(r.Signed)
	p.compat.Set(r.Compat)

	p.classes.SetMost(0)
	if r.Target.Kind == compute.TargetContrast {
		p.classes.SetMost(1)
	}
	p.classes.SetChosen(r.Target.Others)
	widget.Show(p.classes, r.Target.Kind == compute.TargetSum || r.Target.Kind == compute.TargetContrast)
	var fused []int
	for _, name := range r.Layers {
		if i := slices.IndexFunc(p.rows, func(row models.Row) bool { return row.Name == name }); i >= 0 {
			fused = append(fused, i)
		}
	}
	p.layers.SetChosen(fused)
	widget.Show(p.layers, r.Fusion != "")

	p.folded.Title = lang.L("Refinements")
	if n := r.Count(); n > 0 {
		p.folded.Title += fmt.Sprintf(" (%d)", n)
	}
	p.fold.Refresh()
	p.window.column.Refresh()
}
