package engine

import (
	"context"
	"errors"

	"gaze/compute/engine/machine"
)

// hold calls do while no other run is in progress. If the device fails, it calls do
// again as [Engine.retry] says. Divisible work can be done in smaller batches, so
// that too little memory is no reason to leave the device. Errors name the network,
// except the context's while waiting.
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
	if refused(err) {
		err = e.retry(divisible, err, do)
	}
	if err != nil {
		return e.named(err)
	}
	return nil
}

// retry repeats what the device could not do. Where the device has too little
// memory, it first frees what was prepared for other layers and tries again.
//
// The engine then goes on with the next family of devices, for good, in three
// cases: the device was lost; it has too little memory for work that cannot be
// divided; or it was the engine's own choice and refuses for another reason.
func (e *Engine) retry(divisible bool, err error, do func() error) error {
	if errors.Is(err, machine.ErrMemory) {
		_ = e.programs.close() // what does not work will say so
		if err = do(); err == nil {
			return nil
		}
	}
	switch {
	case errors.Is(err, machine.ErrLost):
	case errors.Is(err, machine.ErrMemory):
		if divisible {
			return err
		}
	case !refused(err) || !e.options.auto():
		return err
	}
	d, opened, failed := e.backends.after(e.Device()).first(e.options)
	if failed != nil {
		return err
	}
	// Errors in giving up a device that does not work are no news.
	_ = e.programs.close()
	_ = e.stop()
	d.because(err)
	e.on, e.stop = opened.Device, opened.Close
	e.most.Store(0)
	e.device.Store(&d)
	return do()
}
