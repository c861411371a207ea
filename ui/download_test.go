package ui

import (
	"context"
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"gaze/models"
	"gaze/models/store"
)

func TestDownloadOpensTheNetwork(t *testing.T) {
	var opened []source
	d := newDesk(t, func(from source) (engine, error) {
		opened = append(opened, from)
		return &fakeEngine{net: tinyNetwork(t, "resnet50")}, nil
	})
	d.shelf = &fakeShelf{get: func(_ context.Context, report func(store.Progress)) error {
		report(store.Progress{Done: 1, Total: 4})
		report(store.Progress{Done: 4, Total: 4})
		return nil
	}}
	var shares []float64
	d.changed = func(c change) {
		if c&changedDownload != 0 && d.download != nil {
			shares = append(shares, d.download.share())
		}
	}
	d.get("resnet50")
	d.loop.until(t, "the network", func() bool { return d.engine != nil })
	if len(opened) != 1 || opened[0] != (source{Ref: "resnet50"}) || d.download != nil {
		t.Errorf("opened %v, download %v", opened, d.download)
	}
	if len(shares) != 3 || shares[1] != 0.25 || shares[2] != 1 {
		t.Errorf("told of the shares %v", shares)
	}
}

func TestDownloadIsCancelledOrFails(t *testing.T) {
	d := newDesk(t, func(source) (engine, error) {
		t.Error("a network was opened")
		return nil, errors.New("no")
	})
	broken := errors.New("the server is gone")
	for _, want := range []error{nil, broken} {
		d.failures = nil
		d.shelf = &fakeShelf{get: func(ctx context.Context, _ func(store.Progress)) error {
			if want != nil {
				return want
			}
			<-ctx.Done()
			return ctx.Err()
		}}
		d.get("resnet50")
		d.get("resnet50") // one at a time: this does nothing
		if want == nil {
			d.cancelDownload()
		}
		d.loop.until(t, "the end", func() bool { return d.download == nil })
		if want == nil && len(d.failures) > 0 || want != nil && (len(d.failures) != 1 || !errors.Is(d.failures[0], want)) {
			t.Errorf("told of %v, not of %v", d.failures, want)
		}
	}
}

func TestNetworkThatIsNotHereIsOffered(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	release := make(chan struct{})
	s.session.shelf = &fakeShelf{get: func(ctx context.Context, report func(store.Progress)) error {
		report(store.Progress{Done: 34_200_000, Total: 102_530_000, BytesPerSecond: 5_100_000, Remaining: 13 * time.Second})
		<-release
		return nil
	}}
	s.show(t)
	s.session.lookAtShelf()
	s.loop.until(t, "the shelf", func() bool { return len(s.session.shelved) == 2 })
	s.controls.pickNetwork(1)
	s.golden(t, "offer-en-light")

	for _, o := range s.window.Canvas().Overlays().List() {
		s.window.Canvas().Overlays().Remove(o)
	}
	s.session.get("resnet50")
	s.loop.until(t, "progress", func() bool { return s.session.download != nil && s.session.download.Done > 0 })
	s.golden(t, "download-en-light")
	close(release)
	s.loop.until(t, "the end", func() bool { return s.session.download == nil && s.session.opening == nil })
}

func TestNetworkTellsWhereItIsFrom(t *testing.T) {
	s := newScene(t, "zh", theme.VariantDark)
	s.show(t)
	net := s.session.engine.Network()
	net.Name = "squeezenet1_1"
	net.Source, net.Notes = "squeezenet1_1.onnx", []models.Note{models.NewNote(models.NoteActivation, "Softmax")}
	net.Guess("", models.AspectSize, models.AspectLabels)
	s.session.changed(changedNetwork)
	test.Tap(s.controls.more)
	s.golden(t, "network-zh-dark")
}
