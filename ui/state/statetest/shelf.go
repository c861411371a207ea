package statetest

import (
	"context"
	"sync/atomic"

	"gaze/models/store"
	"gaze/models/zoo"
)

// Shelf is a state.Shelf that offers one network besides the built-in one, and
// gets it as OnGet says.
type Shelf struct {
	OnGet func(ctx context.Context, report func(store.Progress)) error
	// here is set once the network was got.
	here atomic.Bool
}

// Dir implements [state.Shelf].
func (s *Shelf) Dir() string { return "/home/ada/.local/share/gaze/models" }

// List implements [state.Shelf].
func (s *Shelf) List() ([]store.Entry, error) {
	offered := store.Entry{
		Name: "resnet50", Bytes: 102_530_000, Ready: s.here.Load(),
		Published: &zoo.Published{Network: "resnet50", URL: "https://download.pytorch.org/models/resnet50-0676ba61.pth", Top1: 76.13, Licence: "BSD-3-Clause"},
	}
	return []store.Entry{{Name: "everyday", Ready: true}, offered}, nil
}

// Get implements [state.Shelf].
func (s *Shelf) Get(ctx context.Context, _ string, report func(store.Progress)) error {
	err := s.OnGet(ctx, report)
	s.here.Store(err == nil)
	return err
}
