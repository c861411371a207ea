package state

import (
	"context"
	"errors"

	"gaze/models/store"
)

// Download is a network's weights on their way.
type Download struct {
	Name string
	store.Progress
	cancel context.CancelFunc
}

// Share is how much has arrived, 0..1.
func (d *Download) Share() float64 { return float64(d.Done) / float64(max(1, d.Total)) }

// Get downloads a network's weights, one network's at a time, and opens it when
// they are there. What has arrived of a cancelled download is kept.
func (j *Jobs) Get(name string) {
	if j.Download != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &Download{Name: name, cancel: cancel}
	j.Download = d
	j.tell(ChangedDownload)
	j.writes.Go(func() {
		defer cancel()
		err := j.networks.shelf.Get(ctx, name, func(p store.Progress) {
			j.post(func() {
				d.Progress = p
				j.tell(ChangedDownload)
			})
		})
		j.post(func() {
			j.Download = nil
			j.tell(ChangedDownload)
			j.networks.Look()
			switch {
			case err == nil:
				j.networks.Open(Source{Ref: name})
			case !errors.Is(err, context.Canceled):
				j.failed(err)
			}
		})
	})
}

// CancelDownload ends the download.
func (j *Jobs) CancelDownload() {
	if j.Download != nil {
		j.Download.cancel()
	}
}
