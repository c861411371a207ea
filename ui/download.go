package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2/lang"

	"gaze/models/store"
)

// shelf is what the session needs of a store.Store.
type shelf interface {
	Dir() string
	List() ([]store.Entry, error)
	Get(ctx context.Context, name string, report func(store.Progress)) error
}

// download is a network's weights on their way.
type download struct {
	name string
	store.Progress
	cancel context.CancelFunc
}

// share is how much has arrived, 0..1.
func (d *download) share() float64 { return float64(d.Done) / float64(max(1, d.Total)) }

// text says what arrives, how fast, and how long it will take.
func (d *download) text() string {
	data := map[string]any{
		"Name": d.name, "Done": store.Megabytes(d.Done), "Total": store.Megabytes(d.Total),
		"Speed": store.Megabytes(int64(d.BytesPerSecond)), "Time": duration(d.Remaining),
	}
	if d.Waiting {
		return lang.L("{{.Name}}: waiting for another program that downloads it", data)
	}
	if d.BytesPerSecond == 0 {
		return lang.L("{{.Name}}: {{.Done}} of {{.Total}}", data)
	}
	return lang.L("{{.Name}}: {{.Done}} of {{.Total}} · {{.Speed}}/s · {{.Time}} left", data)
}

// get downloads a network's weights, one network's at a time, and opens it when
// they are there. What has arrived of a cancelled download is kept.
func (s *session) get(name string) {
	if s.download != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &download{name: name, cancel: cancel}
	s.download = d
	s.changed(changedDownload)
	s.writes.Go(func() {
		defer cancel()
		err := s.shelf.Get(ctx, name, func(p store.Progress) {
			s.post(func() {
				d.Progress = p
				s.changed(changedDownload)
			})
		})
		s.post(func() {
			s.download = nil
			s.changed(changedDownload)
			s.lookAtShelf()
			switch {
			case err == nil:
				s.openNetwork(source{Ref: name})
			case !errors.Is(err, context.Canceled):
				s.failed(err)
			}
		})
	})
}

func (s *session) cancelDownload() {
	if s.download != nil {
		s.download.cancel()
	}
}
