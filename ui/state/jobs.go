package state

import "sync"

// Jobs are what writes files: the analysis of the pictures, a download, and the
// saving of sheets. All of them end before the window closes.
type Jobs struct {
	// Analysis and Download are those in progress, or nil.
	Analysis *Analysis
	Download *Download

	*events
	analyser Analyser
	library  *Library
	networks *Networks
	choice   *Choice
	writes   sync.WaitGroup
}

func newJobs(e *events, a Analyser, l *Library, n *Networks, c *Choice) *Jobs {
	return &Jobs{events: e, analyser: a, library: l, networks: n, choice: c}
}

// Save does what writes a file on a goroutine of its own, and has saved told what
// came of it on the window's.
func (j *Jobs) Save(write func() error, saved func(error)) {
	j.writes.Go(func() {
		err := write()
		j.post(func() { saved(err) })
	})
}

// close ends what can be ended and calls done when nothing is being written any
// more.
func (j *Jobs) close(done func()) {
	j.CancelAnalysis()
	j.CancelDownload()
	go func() {
		j.writes.Wait()
		j.post(done)
	}()
}
