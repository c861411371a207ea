package ui

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"gaze/models"
	"gaze/models/store"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
)

func TestNetworkThatIsNotHereIsOffered(t *testing.T) {
	release := make(chan struct{})
	shelf := &statetest.Shelf{OnGet: func(ctx context.Context, report func(store.Progress)) error {
		report(store.Progress{Done: 34_200_000, Total: 102_530_000, BytesPerSecond: 5_100_000, Remaining: 13 * time.Second})
		<-release
		return nil
	}}
	s := newScene(t, "en", theme.VariantLight, func(o *state.Options, _ *design) { o.Shelf = shelf })
	s.show(t)
	panelOf[*networkPanel](s).pick(1)
	s.golden(t, "offer-en-light")

	for _, o := range s.window.Canvas().Overlays().List() {
		s.window.Canvas().Overlays().Remove(o)
	}
	s.session.Jobs.Get("resnet50")
	s.loop.Until(t, "progress", func() bool { return s.session.Jobs.Download != nil && s.session.Jobs.Download.Done > 0 })
	s.golden(t, "download-en-light")
	close(release)
	s.loop.Until(t, "the end", func() bool { return s.session.Jobs.Download == nil && s.session.Networks.Opening == nil })
}

func TestNetworkTellsWhereItIsFrom(t *testing.T) {
	s := newScene(t, "zh", theme.VariantDark)
	s.show(t)
	net := s.session.Networks.Explainer.Network()
	net.Name = "squeezenet1_1"
	net.Source, net.Notes = "squeezenet1_1.onnx", []models.Note{models.NewNote(models.NoteActivation, "Softmax")}
	net.Guess("", models.AspectSize, models.AspectLabels)
	s.update(state.ChangedNetwork)
	test.Tap(panelOf[*networkPanel](s).more)
	s.golden(t, "network-zh-dark")
}
