package keras

import (
	"gorgonia.org/tensor"

	"gaze/models"
)

// done is what the first call of a layer of Keras made.
type done struct {
	// output is the layer of the network that has the output, and shape its shape
	// without the batch, in Keras' order of axes.
	output string
	shape  tensor.Shape
	// layers are all that it is made of.
	layers []string
}

// finished notes what a layer made, beginning with a layer of the network. A later
// call of the same layer changes nothing.
func (b *builder) finished(l *layer, out *value, from int) {
	if _, again := b.done[l]; l == nil || again {
		return
	}
	d := done{shape: out.shape()}
	if out.pixels == nil {
		d.output = out.layer
	}
	for _, made := range b.net.Layers[from:] {
		d.layers = append(d.layers, made.Name)
	}
	b.done[l] = d
}

// renamed is d in a network that has only some of the layers, under new names.
func (d done) renamed(name func(string) string, in *models.Network) done {
	all := d.layers
	d.layers = nil
	for _, own := range all {
		if _, kept := in.Layer(name(own)); kept {
			d.layers = append(d.layers, name(own))
		}
	}
	if d.output = name(d.output); d.output == models.InputName {
		d.output = ""
	}
	if _, kept := in.Layer(d.output); !kept {
		d.output = ""
	}
	return d
}

// parts lists the layers as model.summary() does, those of a model in the model
// after it. prefix is put before the names, and depth counts the models around m.
func (b *builder) parts(m *model, prefix string, depth int) []models.Part {
	var list []models.Part
	for _, l := range m.layers {
		d, ok := b.done[l]
		if !ok {
			continue
		}
		p := models.Part{Name: prefix + l.name, Class: l.shownClass(), Layer: d.output, Layers: d.layers, Depth: depth, Shape: d.shape}
		if l.model == nil {
			p.Params, p.Trained = b.counts(l)
			list = append(list, p)
			continue
		}
		inside := b.parts(l.model, p.Name+"/", depth+1)
		for _, inner := range inside {
			if inner.Depth == depth+1 {
				p.Params += inner.Params
				p.Trained += inner.Trained
			}
		}
		list = append(append(list, p), inside...)
	}
	return list
}

// counts returns how many numbers a layer keeps, and how many of them training
// changes.
func (b *builder) counts(l *layer) (all, trained int) {
	for _, v := range l.variables() {
		a, ok := b.arrays[l][v.name]
		if !ok {
			continue
		}
		n := 1
		for _, side := range a.Shape() {
			n *= side
		}
		all += n
		if v.trained && l.config.flag("trainable", true) {
			trained += n
		}
	}
	return all, trained
}
