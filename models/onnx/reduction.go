package onnx

import (
	"slices"

	"gaze/models"
)

// generalReductions has the operators that make one number of all along some axes.
var generalReductions = map[string]operator{
	"ReduceMean": reductionOf(models.ReduceMean),
	"ReduceSum":  reductionOf(models.ReduceSum),
	"ReduceMax":  reductionOf(models.ReduceMax),
	"ReduceMin":  reductionOf(models.ReduceMin),
	"ReduceProd": reductionOf(models.ReduceProd),
	"ReduceL1": reductionBy(func(r *recipe, v *value, over []bool) *value {
		return r.sum("", r.function("size", models.Abs, v), over)
	}),
	"ReduceSumSquare": reductionBy(func(r *recipe, v *value, over []bool) *value { return r.sum("", r.square(v), over) }),
	"ReduceL2": reductionBy(func(r *recipe, v *value, over []bool) *value {
		return r.function("", models.Sqrt, r.sum("sum", r.square(v), over))
	}),
	"ReduceLogSum": reductionBy(func(r *recipe, v *value, over []bool) *value {
		return r.function("", models.Log, r.sum("sum", v, over))
	}),
	"ReduceLogSumExp":   reductionBy(func(r *recipe, v *value, over []bool) *value { return r.logSumExp("", v, over) }),
	"GlobalAveragePool": globalReduction(func(r *recipe, v *value, over []bool) *value { return r.reduce("", models.ReduceMean, v, over) }),
	"GlobalMaxPool":     globalReduction(func(r *recipe, v *value, over []bool) *value { return r.reduce("", models.ReduceMax, v, over) }),
	"GlobalLpPool":      (*builder).globalLpPool,
	"LpNormalization":   (*builder).lpNormalization,
}

func (r *recipe) sum(step string, v *value, over []bool) *value {
	return r.reduce(step, models.ReduceSum, v, over)
}

func (r *recipe) square(v *value) *value { return r.pair("square", models.Mul, v, v) }

// logSumExp is m + ln Σ exp(x - m), with m the largest.
func (r *recipe) logSumExp(step string, v *value, over []bool) *value {
	most := r.reduce("most", models.ReduceMax, v, over)
	parts := r.function("exp", models.Exp, r.pair("below", models.Sub, v, most))
	return r.pair(step, models.Add, r.function("log", models.Log, r.sum("sum", parts, over)), most)
}

func reductionOf(kind models.Kind) operator {
	return reductionBy(func(r *recipe, v *value, over []bool) *value { return r.reduce("", kind, v, over) })
}

// reductionBy reads which axes are reduced, and drops them unless they are kept.
func reductionBy(do func(r *recipe, v *value, over []bool) *value) operator {
	return func(b *builder, n *node) error {
		v, err := n.data(0)
		if err != nil {
			return err
		}
		over, err := n.reduced(len(v.layout))
		if err != nil {
			return err
		}
		r := b.recipe(n)
		out := do(r, v, over)
		if r.err != nil {
			return r.err
		}
		l := slices.Clone(out.layout)
		if n.int("keepdims", 1) == 0 {
			l = nil
			for i, a := range out.layout {
				if !over[i] {
					l = append(l, a)
				}
			}
		}
		return b.view(n, &value{layer: out.layer}, l)
	}
}

// globalReduction reduces all axes behind the channels.
func globalReduction(do func(r *recipe, v *value, over []bool) *value) operator {
	return func(b *builder, n *node) error {
		v, err := n.data(0)
		if err != nil {
			return err
		}
		r := b.recipe(n)
		return r.give(do(r, v, from(min(2, len(v.layout)), len(v.layout))))
	}
}

func (b *builder) globalLpPool(n *node) error {
	p := n.float("p", 2)
	if a := n.attributes["p"]; a != nil && a.I != 0 {
		p = float64(a.I)
	}
	return globalReduction(func(r *recipe, v *value, over []bool) *value { return r.norm("", v, p, over) })(b, n)
}

// norm is (Σ |x|^p)^(1/p).
func (r *recipe) norm(step string, v *value, p float64, over []bool) *value {
	switch p {
	case 1:
		return r.sum(step, r.function("size", models.Abs, v), over)
	case 2:
		return r.function(step, models.Sqrt, r.sum("sum", r.square(v), over))
	}
	powers := r.pair("powers", models.Pow, r.function("size", models.Abs, v), number(p))
	return r.pair(step, models.Pow, r.sum("sum", powers, over), number(1/p))
}

func (b *builder) lpNormalization(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	at, err := position(n.int("axis", -1), len(v.layout))
	if err != nil {
		return err
	}
	over := make([]bool, len(v.layout))
	over[at] = true
	r := b.recipe(n)
	return r.give(r.pair("", models.Div, v, r.norm("norm", v, float64(n.int("p", 2)), over)))
}

// reduced adds a layer that makes one number of all along some of v's axes, which
// are kept with length 1.
func (b *builder) reduceAlong(name string, kind models.Kind, v *value, over []bool) (*value, error) {
	axes, ok := b.covered(v, over)
	if !ok {
		var err error
		if v, err = b.plain(v, 0); err != nil {
			return nil, err
		}
		axes, _ = b.covered(v, over)
	}
	out := &value{name: name, layer: v.layer, layout: slices.Clone(v.layout)}
	for i := range out.layout {
		if over[i] {
			out.layout[i] = nil
		}
	}
	if len(axes) == 0 {
		return out, nil
	}
	var err error
	out.layer, err = b.add(name, models.Layer{Kind: kind, Inputs: []string{v.layer}, Attr: models.Attr{Axes: axes}})
	return out, err
}

// covered are the axes of v's layer that some of v's axes are; ok is false where they
// are a part of one.
func (b *builder) covered(v *value, over []bool) (axes []int, ok bool) {
	shape := b.physical(v)
	sizes := make(map[int]int)
	for i, a := range v.layout {
		if !over[i] {
			continue
		}
		for _, r := range a {
			sizes[r.axis] = max(sizes[r.axis], 1) * r.size
		}
	}
	for a := range shape {
		switch n, has := sizes[a]; {
		case has && n != shape[a]:
			return nil, false
		case has:
			axes = append(axes, a)
		}
	}
	return axes, true
}
