package state

import "time"

// Progress tells how far something is. The zero value is that of what tells
// nothing.
type Progress struct{ Done, Total int }

// Share is how much is done, 0..1.
func (p Progress) Share() float64 { return float64(p.Done) / float64(max(1, p.Total)) }

// progressEvery is how often the window is told of any progress.
const progressEvery = 100 * time.Millisecond

// pace lets news pass that come no sooner than progressEvery after the last
// that passed.
type pace struct{ last time.Time }

func (p *pace) due() bool {
	if time.Since(p.last) < progressEvery {
		return false
	}
	p.last = time.Now()
	return true
}
