package engine

import (
	"context"
	"errors"
	"fmt"

	"gaze/compute/engine/machine"
)

// job is work on pictures that can be done in several batches, with one result a
// picture.
type job[T any] struct {
	engine   *Engine
	requests []Request
	// batch does the work for some of the requests, of which the first is number
	// from. It is called while the engine is held, and again where a device failed.
	batch func(from int, reqs []Request) ([]T, error)
}

// run does the job in as few batches as the device has memory for. It halves a batch
// that has no room; the engine's device then says how many pictures have.
func (j job[T]) run(ctx context.Context) ([]T, error) {
	if err := j.engine.check(j.requests); err != nil {
		return nil, j.engine.named(err)
	}
	all := make([]T, 0, len(j.requests))
	for len(all) < len(j.requests) {
		reqs := j.requests[len(all):]
		if most := int(j.engine.most.Load()); most > 0 && most < len(reqs) {
			reqs = reqs[:most]
		}
		results, err := j.one(ctx, len(all), reqs)
		if errors.Is(err, machine.ErrMemory) && len(reqs) > 1 {
			j.engine.atMost(len(reqs) / 2)
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, results...)
	}
	return all, nil
}

// one does one batch.
func (j job[T]) one(ctx context.Context, from int, reqs []Request) (results []T, err error) {
	err = j.engine.hold(ctx, len(reqs) > 1, func() (err error) {
		results, err = j.batch(from, reqs)
		return err
	})
	return results, err
}

// atMost notes how many pictures the device is shown at a time from now on.
func (e *Engine) atMost(pictures int) {
	e.most.Store(int64(pictures))
	d := e.Device()
	d.Reason, d.Cause = fmt.Sprintf("it is shown %d pictures at a time, for more it has too little memory", pictures), ""
	e.device.Store(&d)
}
