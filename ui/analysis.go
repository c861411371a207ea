package ui

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2/lang"

	compute "gaze/compute/engine"
	"gaze/compute/folder"
	"gaze/models"
)

// analysis is a run over all pictures of the list, as far as it has come.
type analysis struct {
	folder.Progress
	cancel context.CancelFunc
}

// analyser does a job, which lacks its Explainer, with a network. It tells of
// its progress on any goroutine, but never twice at the same time.
type analyser func(ctx context.Context, net *models.Network, job folder.Job, pictures []folder.Entry, progress func(folder.Progress)) (folder.Report, error)

// analysePictures is the analyser of the program; tests have their own. It
// runs the network in an engine of its own, so that the window's can be used,
// and changed, meanwhile.
func analysePictures(ctx context.Context, net *models.Network, job folder.Job, pictures []folder.Entry, progress func(folder.Progress)) (folder.Report, error) {
	e, err := compute.Open(net, compute.Options{})
	if err != nil {
		return folder.Report{}, err
	}
	job.Explainer = folder.Engine{Engine: e}
	report, err := job.Run(ctx, pictures, progress)
	return report, errors.Join(err, e.Close())
}

// share is how much is done, 0..1.
func (a *analysis) share() float64 { return float64(a.Done) / float64(max(1, a.Total)) }

// text says how far the analysis is and how long it will take.
func (a *analysis) text() string {
	data := map[string]any{"Done": a.Done, "Total": a.Total, "Time": duration(a.Remaining)}
	if a.Remaining == 0 {
		return lang.L("{{.Done}} of {{.Total}}", data)
	}
	return lang.L("{{.Done}} of {{.Total}} · {{.Time}} left", data)
}

// job is the analysis of the pictures with what is chosen now.
func (s *session) job(out string) folder.Job {
	return folder.Job{
		Layers: []string{s.layer()}, Method: s.method(), Class: s.class,
		Colormap: s.colours(), Opacity: s.settings.Opacity,
		Out: out, Resume: true,
	}
}

// progressEvery is how often the window is told of an analysis' progress.
const progressEvery = 100 * time.Millisecond

// analyse explains every picture of the list with what is chosen now and
// writes the results to out. finished is told what came of it.
func (s *session) analyse(out string, finished func(folder.Report, error)) {
	if s.analysis != nil || s.engine == nil || len(s.pictures) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	a := &analysis{Progress: folder.Progress{Total: len(s.pictures)}, cancel: cancel}
	s.analysis = a
	s.changed(changedAnalysis)

	told := time.Time{}
	progress := func(p folder.Progress) {
		if time.Since(told) < progressEvery && p.Done < p.Total {
			return
		}
		told = time.Now()
		s.post(func() {
			a.Progress = p
			s.changed(changedAnalysis)
		})
	}
	net, job, pictures := s.engine.Network(), s.job(out), s.pictures
	s.writes.Go(func() {
		defer cancel()
		report, err := s.analyser(ctx, net, job, pictures, progress)
		s.post(func() {
			s.analysis = nil
			s.changed(changedAnalysis)
			finished(report, err)
		})
	})
}

func (s *session) cancelAnalysis() {
	if s.analysis != nil {
		s.analysis.cancel()
	}
}
