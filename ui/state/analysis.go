package state

import (
	"context"
	"errors"

	"gaze/compute"
	"gaze/compute/folder"
	"gaze/compute/heat"
	"gaze/compute/output"
	"gaze/models"
)

// Analysis is a run over all pictures of the list, as far as it has come.
type Analysis struct {
	folder.Progress
	cancel context.CancelFunc
}

// Share is how much is done, 0..1.
func (a *Analysis) Share() float64 { return Progress{a.Done, a.Total}.Share() }

// Analyser does a job, which lacks its Explainer, with a network. It tells of
// its progress on any goroutine, but never twice at the same time.
type Analyser func(ctx context.Context, net *models.Network, job folder.Job, pictures []folder.Entry, progress func(folder.Progress)) (folder.Report, error)

// AnalysePictures is the analyser of the program. It runs the network in an
// explainer of its own, so that the window's can be used, and changed, meanwhile.
func AnalysePictures(ctx context.Context, net *models.Network, job folder.Job, pictures []folder.Entry, progress func(folder.Progress)) (folder.Report, error) {
	x, err := compute.Open(net, compute.Options{})
	if err != nil {
		return folder.Report{}, err
	}
	job.Explainer = x
	report, err := job.Run(ctx, pictures, progress)
	return report, errors.Join(err, x.Close())
}

// CanAnalyse reports whether there is something to analyse and no analysis in
// progress.
func (j *Jobs) CanAnalyse() bool {
	return j.Analysis == nil && j.networks.Explainer != nil && len(j.library.Pictures()) > 0
}

// Job is the analysis of the pictures with what is chosen now.
func (j *Jobs) Job(out string) folder.Job {
	style := heat.Style{Colormap: j.choice.Palette(), Opacity: j.choice.Opacity()}
	drawing := folder.Drawing{Style: style, Encoding: output.Encoding{Format: output.JPEG}}
	return folder.Job{
		Recipe: j.choice.Recipe(), Style: style, Writers: []folder.Writer{folder.Sheets{Drawing: drawing}}, Table: true, Out: out, Resume: true,
	}
}

// Analyse explains every picture of the list with what is chosen now and writes
// the results to out. finished is told what came of it.
func (j *Jobs) Analyse(out string, finished func(folder.Report, error)) {
	if !j.CanAnalyse() {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	net, job, pictures := j.networks.Network(), j.Job(out), j.library.Pictures()
	a := &Analysis{Progress: folder.Progress{Total: len(pictures)}, cancel: cancel}
	j.Analysis = a
	j.tell(ChangedAnalysis)

	var news pace
	progress := func(p folder.Progress) {
		if p.Done < p.Total && !news.due() {
			return
		}
		j.post(func() {
			a.Progress = p
			j.tell(ChangedAnalysis)
		})
	}
	j.writes.Go(func() {
		defer cancel()
		report, err := j.analyser(ctx, net, job, pictures, progress)
		j.post(func() {
			j.Analysis = nil
			j.tell(ChangedAnalysis)
			finished(report, err)
		})
	})
}

// CancelAnalysis ends the analysis; what it has done stays.
func (j *Jobs) CancelAnalysis() {
	if j.Analysis != nil {
		j.Analysis.cancel()
	}
}
