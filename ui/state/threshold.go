package state

import (
	"slices"

	"gaze/compute"
	"gaze/models"
)

// judged is an explanation with what its network says from its threshold on, which
// the user may have moved since the network ran. It is the same one where nothing
// changes. A single output's threshold decides which class is the best, so another one
// needs a run.
func judged(e *compute.Explanation, net *models.Network) *compute.Explanation {
	if !net.Output.Probabilities() || net.Output.Exclusive() || net.TwoSided() {
		return e
	}
	says := func(s compute.Score) bool { return net.Output.Probability([]float32{s.Logit}, 0) >= net.Output.Level() }
	differs := func(s compute.Score) bool { return s.Said != says(s) }
	if !differs(e.Class) && !slices.ContainsFunc(e.Top, differs) {
		return e
	}
	j := *e
	j.Output = net.Output
	j.Class.Said = says(j.Class)
	j.Top = slices.Clone(e.Top)
	for i, s := range j.Top {
		j.Top[i].Said = says(s)
	}
	j.Notices = slices.DeleteFunc(slices.Clone(e.Notices), func(n compute.Notice) bool { return n == compute.NoticeNotSaid })
	if !j.Class.Said {
		j.Notices = append(j.Notices, compute.NoticeNotSaid)
	}
	return &j
}

// judge says anew which classes the network says of the map.
func (v *View) judge() {
	if v.Map == nil || v.Map.explainer != v.networks.Explainer {
		return
	}
	net := v.networks.Network()
	if e := judged(v.Map.Explanation, net); e != v.Map.Explanation || v.Map.Net != net {
		m := *v.Map
		m.Explanation, m.Net = e, net
		v.Map = &m
	}
}

// judge says anew which classes the network says of the maps, and reports whether
// that has changed.
func (x *Comparison) judge() bool {
	if x.Working || x.key.explainer != x.networks.Explainer {
		return false
	}
	net, changed := x.networks.Network(), false
	for i, c := range x.Cards {
		e := judged(c.Explanation, net)
		changed = changed || e != c.Explanation
		x.Cards[i].Explanation, x.Cards[i].Net = e, net
	}
	return changed
}
