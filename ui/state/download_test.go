package state_test

import (
	"context"
	"errors"
	"testing"

	"gaze/models/store"
	"gaze/models/weights"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
)

func TestDownloadOpensTheNetwork(t *testing.T) {
	var opened []state.Source
	d := newDesk(t, state.Options{
		Open: func(from state.Source, _ weights.Sidecar) (state.Explainer, error) {
			opened = append(opened, from)
			return &statetest.Explainer{Net: statetest.TinyNetwork(t, "resnet50")}, nil
		},
		Shelf: &statetest.Shelf{OnGet: func(_ context.Context, report func(store.Progress)) error {
			report(store.Progress{Done: 1, Total: 4})
			report(store.Progress{Done: 4, Total: 4})
			return nil
		}},
	})
	var shares []float64
	d.changed = func(c state.Change) {
		if c&state.ChangedDownload != 0 && d.Jobs.Download != nil {
			shares = append(shares, d.Jobs.Download.Share())
		}
	}
	d.Jobs.Get("resnet50")
	d.loop.Until(t, "the network", func() bool { return d.Networks.Explainer != nil })
	if len(opened) != 1 || opened[0] != (state.Source{Ref: "resnet50"}) || d.Jobs.Download != nil {
		t.Errorf("opened %v, download %v", opened, d.Jobs.Download)
	}
	if len(shares) != 3 || shares[1] != 0.25 || shares[2] != 1 {
		t.Errorf("told of the shares %v", shares)
	}
}

func TestDownloadIsCancelledOrFails(t *testing.T) {
	shelf := &statetest.Shelf{}
	d := newDesk(t, state.Options{Shelf: shelf, Open: func(state.Source, weights.Sidecar) (state.Explainer, error) {
		t.Error("a network was opened")
		return nil, errors.New("no")
	}})
	broken := errors.New("the server is gone")
	for _, want := range []error{nil, broken} {
		d.failures = nil
		shelf.OnGet = func(ctx context.Context, _ func(store.Progress)) error {
			if want != nil {
				return want
			}
			<-ctx.Done()
			return ctx.Err()
		}
		d.Jobs.Get("resnet50")
		d.Jobs.Get("resnet50") // one at a time: this does nothing
		if want == nil {
			d.Jobs.CancelDownload()
		}
		d.loop.Until(t, "the end", func() bool { return d.Jobs.Download == nil })
		if want == nil && len(d.failures) > 0 || want != nil && (len(d.failures) != 1 || !errors.Is(d.failures[0], want)) {
			t.Errorf("told of %v, not of %v", d.failures, want)
		}
	}
}
