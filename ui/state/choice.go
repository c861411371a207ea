package state

import (
	"fmt"
	"slices"
	"strings"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/models"
)

// Choice is what the user has chosen: how maps are made, which [Choice.Recipe]
// says in one piece, and how they are drawn.
type Choice struct {
	*events
	settings *Settings
	// chosen is called when maps are to be made, or drawn, in another way.
	chosen func()

	net         *models.Network
	class       int
	refinements Refinements
	query       cam.AttentionQuery
	// firstLayer is the layer to begin with in the first network, or "".
	firstLayer string
}

// Refinements are the options of a recipe that are off by default.
type Refinements struct {
	Target    compute.Target
	Smoothing compute.Smoothing
	Fusion    compute.Fusion
	// Layers are fused with the chosen one.
	Layers []string
	Signed bool
	Compat bool
}

// Count is how many refinements are on.
func (r Refinements) Count() int {
	n := 0
	for _, on := range []bool{
		r.Target.Kind != "" && r.Target.Kind != compute.TargetLogit, r.Smoothing != "", r.Fusion != "", r.Signed, r.Compat,
	} {
		if on {
			n++
		}
	}
	return n
}

func newChoice(e *events, s *Settings) *Choice {
	return &Choice{events: e, settings: s, class: compute.TopClass, query: noQuery}
}

// Recipe says how the maps are made that are chosen.
func (c *Choice) Recipe() compute.Recipe {
	x := c.refinements
	r := compute.Recipe{
		Layers: []string{c.Layer()}, Methods: []cam.Method{c.Method()}, Class: c.class, Target: x.Target,
		Smoothing: x.Smoothing, Fusion: x.Fusion, Signed: x.Signed, Compat: x.Compat,
	}
	if x.Fusion != "" {
		r.Layers = c.inOrder(append(r.Layers, x.Layers...))
	}
	return r
}

// inOrder lists layers in the order of the network, each once.
func (c *Choice) inOrder(layers []string) []string {
	if c.net == nil {
		return layers
	}
	order := c.net.Explainable()
	slices.SortFunc(layers, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return slices.Compact(layers)
}

// Layer is the chosen layer of the network in use, "" while there is none and
// where no layer can be explained.
func (c *Choice) Layer() string {
	if c.net == nil {
		return ""
	}
	name := c.settings.Layers[c.net.Name]
	if l, ok := c.net.Layer(name); ok && l.Spatial() {
		return name
	}
	return c.net.DefaultLayer()
}

// Method is the chosen method.
func (c *Choice) Method() cam.Method {
	m, err := cam.ByName(c.settings.Method)
	if err != nil {
		m = cam.GradCAM()
	}
	if m.Query != nil {
		return cam.RawAttention(c.Query())
	}
	return m
}

// Class is the index of the chosen class, or compute.TopClass for each picture's
// most probable one.
func (c *Choice) Class() int { return c.class }

// Refinements are those that are on.
func (c *Choice) Refinements() Refinements { return c.refinements }

// Palette is the chosen colour map.
func (c *Choice) Palette() heat.Colormap {
	m, err := heat.ByName(c.settings.Colours)
	if err != nil {
		m = heat.Colormaps()[0]
	}
	return m
}

// Colours are what maps are drawn in: the chosen colour map, unless the recipe asks
// for another, see [compute.Recipe.Style].
func (c *Choice) Colours() heat.Colormap {
	return c.Recipe().Style(heat.Style{Colormap: c.Palette()}).Colormap
}

// Opacity is how opaque maps are over the picture, 0..1.
func (c *Choice) Opacity() float64 { return c.settings.Opacity }

// SetLayer explains another layer of the network in use.
func (c *Choice) SetLayer(name string) {
	if c.net != nil && name != c.Layer() {
		c.settings.Layers[c.net.Name] = name
		c.changedTo()
	}
}

// SetMethod makes maps by the method of that name.
func (c *Choice) SetMethod(name string) {
	if name != c.settings.Method {
		c.settings.Method = name
		c.changedTo()
	}
}

// SetClass explains class i, or with compute.TopClass each picture's best.
func (c *Choice) SetClass(i int) {
	if i != c.class {
		c.class = i
		c.changedTo()
	}
}

// SetColours draws maps in the colour map of that name.
func (c *Choice) SetColours(name string) {
	if name != c.settings.Colours {
		c.settings.Colours = name
		c.changedTo()
	}
}

// SetOpacity needs no new map: whoever shows one blends it.
func (c *Choice) SetOpacity(o float64) {
	c.settings.Opacity = o
	c.tell(ChangedOpacity)
}

// Refine turns refinements on and off.
func (c *Choice) Refine(r Refinements) {
	c.refinements = r
	c.changedTo()
}

// Use chooses a layer, a method and a class at once.
func (c *Choice) Use(layer string, m cam.Method, class int) {
	c.settings.Method = m.Name
	c.settings.Layers[c.net.Name] = layer
	c.class = class
	if m.Query != nil {
		c.query = *m.Query
	}
	c.changedTo()
}

func (c *Choice) changedTo() {
	c.tell(ChangedChoice)
	c.chosen()
}

// begin takes another network in use. What names classes and layers of the former
// one is no longer chosen, and neither is what cannot be without them.
func (c *Choice) begin(net *models.Network) {
	c.net, c.class, c.query = net, compute.TopClass, noQuery
	x := &c.refinements
	x.Target.Others, x.Layers, x.Fusion = nil, nil, ""
	if x.Target.Kind == compute.TargetSum || !slices.Contains(Targets(net), x.Target.Kind) {
		x.Target.Kind = ""
	}
	layer := c.firstLayer
	if c.firstLayer = ""; layer == "" {
		return
	}
	name, err := net.Resolve(layer)
	if l, _ := net.Layer(name); err != nil || !l.Spatial() {
		c.failed(&LayerError{Network: net.Name, Layer: layer, Shown: c.Layer()})
		return
	}
	c.settings.Layers[net.Name] = name
}

// Targets are the kinds of targets that tell something of a network.
func Targets(net *models.Network) []compute.TargetKind {
	return slices.DeleteFunc(compute.TargetKinds(), func(k compute.TargetKind) bool {
		switch k {
		case compute.TargetProbability, compute.TargetReST:
			return !net.Output.Probabilities()
		case compute.TargetSum, compute.TargetContrast:
			return net.Classes() < 2 || net.TwoSided()
		case compute.TargetAgainst:
			// What speaks against one class speaks for the other.
			return net.TwoSided()
		}
		return false
	})
}

// LayerError tells of a layer asked for by name that cannot be explained.
type LayerError struct {
	Network, Layer string
	// Shown is the layer shown in its place, or "".
	Shown string
}

func (e *LayerError) Error() string {
	text := fmt.Sprintf("network %s has no layer %q with an extent in space", e.Network, e.Layer)
	if e.Shown != "" {
		text += "; " + e.Shown + " is shown"
	}
	return text
}

// MethodError tells of a method asked for by a name that none has.
type MethodError struct {
	Name string
	// Known are the names of the methods there are.
	Known []string
}

// NewMethodError returns the error of a name that no method has.
func NewMethodError(name string) *MethodError {
	e := &MethodError{Name: name}
	for _, m := range cam.Methods() {
		e.Known = append(e.Known, m.Name)
	}
	return e
}

func (e *MethodError) Error() string {
	return fmt.Sprintf("no method is called %q; known are %s", e.Name, strings.Join(e.Known, ", "))
}
