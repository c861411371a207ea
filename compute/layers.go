package compute

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"gaze/compute/cam"
)

// ExplainLayers makes the maps of all of a request's layers by one method in one
// run of the network, forward and back, and tells how long that took. Unlike a
// [Pass] it keeps nothing of the layers but their maps, which for many layers is
// most of the time and the memory. The method's cost must not be runs of the
// network.
func (e *Engine) ExplainLayers(ctx context.Context, req Request, m cam.Method) ([]*Explanation, time.Duration, error) {
	if m.Cost.Runs() || m.NeedsHead {
		return nil, 0, fmt.Errorf("%s asks the network about each layer", m.Title)
	}
	begin := time.Now()
	var list []*Explanation
	err := e.inTurn(ctx, []Request{req}, func(layers []string) error {
		passes, p, err := e.thereAndBack(ctx, []Request{req}, layers)
		if err != nil {
			return err
		}
		pass := passes[0]
		if pass.Layers, err = p.tapped(0, 1); err != nil {
			return err
		}
		list = make([]*Explanation, len(layers))
		// A block's values are those of its last layer.
		first := make(map[[2]*float32]int)
		same := make([]int, len(layers))
		for i, l := range pass.Layers {
			at := [2]*float32{&l.Activation[0], &l.Gradient[0]}
			if _, ok := first[at]; !ok {
				first[at] = i
			}
			same[i] = first[at]
		}
		failed := make([]error, len(layers))
		next := make(chan int)
		var workers sync.WaitGroup
		for range min(runtime.GOMAXPROCS(0), len(layers)) {
			workers.Go(func() {
				for i := range next {
					raw, err := m.Apply(ctx, pass.Layers[i].Layer, nil)
					if err != nil {
						failed[i] = fmt.Errorf("layer %s: %w", layers[i], err)
						continue
					}
					list[i] = pass.explanation(i, m, raw)
				}
			})
		}
		for i := range layers {
			if same[i] == i {
				next <- i
			}
		}
		close(next)
		workers.Wait()
		if err := errors.Join(failed...); err != nil {
			return err
		}
		for i, k := range same {
			if k != i {
				raw := list[k].Map
				raw.Values = slices.Clone(raw.Values)
				list[i] = pass.explanation(i, m, raw)
			}
		}
		return nil
	})
	return list, time.Since(begin), err
}
