package engine

import (
	"context"
	"errors"

	"gaze/compute/engine/cuda/driver"
)

// hold calls do while no other run is in progress, and again where it failed for
// a reason of the device's that can be avoided: see [Engine.retry]. Work that is
// divisible can be asked for in smaller batches, and does not leave a device that
// has too little memory for it. Errors name the network, except the context's
// while waiting.
func (e *Engine) hold(ctx context.Context, divisible bool, do func() error) error {
	// Of two that are ready, select takes either.
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-e.token:
	}
	defer func() { e.token <- struct{}{} }()
	if e.closed {
		return e.named(errors.New("the engine is closed"))
	}
	err := do()
	var refused *driver.Error
	if errors.As(err, &refused) {
		err = e.retry(divisible, err, do)
	}
	if err != nil {
		return e.named(err)
	}
	return nil
}

// retry does again what failed on a GPU: with the memory of other programs where
// there was too little; and on the processor where that did not help and the work
// cannot be divided, where the GPU does not work any more, or where it cannot do
// something and was the engine's own choice. From then on the engine stays on the
// processor, and says why.
func (e *Engine) retry(divisible bool, err error, do func() error) error {
	if errors.Is(err, driver.ErrMemory) {
		_ = e.programs.close() // what does not work will say so
		if err = do(); err == nil {
			return nil
		}
	}
	var refused *driver.Error
	switch {
	case errors.Is(err, driver.ErrLost):
	case errors.Is(err, driver.ErrMemory):
		if divisible {
			return err
		}
	case !errors.As(err, &refused) || !e.options.auto():
		return err
	}
	d, on, stop, failed := openCPU(e.options)
	if failed != nil {
		return err
	}
	// What goes wrong in giving up a device that does not work is no news.
	_ = e.programs.close()
	_ = e.stop()
	d.because(err.Error())
	e.on, e.stop = on, stop
	e.most.Store(0)
	e.device.Store(&d)
	return do()
}
