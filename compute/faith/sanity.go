package faith

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/models"
)

// Explainer makes maps of the same picture, class and layer with other weights,
// one a method: net has the layers of the network that [Sanity] was given.
// random is Random-CAM's map, or the zero Map if there is none. Maps should have the
// picture's size.
type Explainer func(ctx context.Context, net *models.Network) (maps []cam.Map, random cam.Map, err error)

// Stage tells how much is left of the maps when the weights of a network's last
// layers are destroyed.
type Stage struct {
	// Layer is the first layer, in the order of the network, whose weights are
	// destroyed, with those of all layers after it.
	Layer string
	// Share is the share of the layers with weights that are destroyed, 0..1.
	Share float64
	// Maps compare each method's map with the one of the intact network, Random
	// compares Random-CAM's.
	Maps   []Similarity
	Random Similarity
}

// Sanity is the sanity check by cascading randomisation of Adebayo et al.,
// Sanity checks for saliency maps, NeurIPS 2018, arXiv:1810.03292: weights are
// destroyed from the logits down to the picture, and a map that stays the same
// did not depend on what the network has learned.
//
// A layer's parameters are destroyed by shuffling the values of each tensor
// among themselves, which, unlike drawing them anew, keeps their distribution
// in every kind of layer. What is drawn depends on the seed and the layer alone.
//
// The cascade stops stages times, evenly spread over the layers with weights,
// the first time after the last of them, the last time when all are randomised.
// Each stop takes memory for the parameters randomised so far and calls explain
// once.
func Sanity(ctx context.Context, net *models.Network, explain Explainer, stages int, seed uint64) ([]Stage, error) {
	var weighted []int
	for i, l := range net.Layers {
		if len(l.Params) > 0 {
			weighted = append(weighted, i)
		}
	}
	if stages < 1 || len(weighted) == 0 {
		return nil, fmt.Errorf("sanity check of %s: %d stages for %d layers with weights", net.Name, stages, len(weighted))
	}
	slices.Reverse(weighted)
	before, randomBefore, err := explain(ctx, net)
	if err != nil {
		return nil, fmt.Errorf("sanity check of %s: %w", net.Name, err)
	}
	broken := *net
	broken.Layers = slices.Clone(net.Layers)
	var list []Stage
	done := 0
	for _, until := range stops(len(weighted), stages) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("sanity check of %s: %w", net.Name, err)
		}
		for ; done < until; done++ {
			l := &broken.Layers[weighted[done]]
			l.Params = shuffled(l.Params, seed, uint64(weighted[done]))
		}
		// What was handed out stays as it is while the next stage is prepared.
		stage := broken
		stage.Layers = slices.Clone(broken.Layers)
		name := net.Layers[weighted[until-1]].Name
		after, randomAfter, err := explain(ctx, &stage)
		if err == nil && len(after) != len(before) {
			err = fmt.Errorf("%d maps became %d", len(before), len(after))
		}
		if err != nil {
			return nil, fmt.Errorf("sanity check of %s, randomised down to %s: %w", net.Name, name, err)
		}
		s := Stage{Layer: name, Share: float64(until) / float64(len(weighted)), Random: Compare(randomBefore, randomAfter)}
		for i := range before {
			s.Maps = append(s.Maps, Compare(before[i], after[i]))
		}
		list = append(list, s)
	}
	return list, nil
}

// stops returns after how many of n layers a cascade of some stages stops: 1
// first, n last.
func stops(n, stages int) []int {
	stages = min(stages, n)
	if stages == 1 {
		return []int{n}
	}
	list := make([]int, stages)
	for i := range list {
		list[i] = 1 + i*(n-1)/(stages-1)
	}
	return list
}

// shuffled returns a layer's parameters with the values of each shuffled. Those
// that are not float32, and so not learned, stay.
func shuffled(params map[string]*tensor.Dense, seed, layer uint64) map[string]*tensor.Dense {
	random := rand.New(rand.NewPCG(seed, layer))
	out := make(map[string]*tensor.Dense, len(params))
	for _, name := range slices.Sorted(maps.Keys(params)) {
		p := params[name]
		values, ok := p.Data().([]float32)
		if !ok {
			out[name] = p
			continue
		}
		values = slices.Clone(values)
		random.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		out[name] = tensor.New(tensor.WithShape(p.Shape().Clone()...), tensor.WithBacking(values))
	}
	return out
}
