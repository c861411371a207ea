package folder

import "time"

// Progress is how far a run has come.
type Progress struct {
	// Done pictures of Total, and how many of them Failed.
	Done, Failed, Total int
	// Path of the picture done last, empty at the beginning.
	Path string
	// Elapsed is the time since the run began. Remaining is an estimate of the time
	// that is left; 0 means that there is no estimate yet.
	Elapsed, Remaining time.Duration
}

// pace is the moving average of the time from one picture to the next.
type pace struct {
	last    time.Time
	average time.Duration
}

// smoothing is the weight of the newest picture in the average: high enough to
// follow from small photographs to large ones.
const smoothing = 0.1

// tick notes that another picture is done.
func (p *pace) tick(now time.Time) {
	took := now.Sub(p.last)
	if p.average == 0 {
		p.average = took
	}
	p.average += time.Duration(smoothing * float64(took-p.average))
	p.last = now
}

func (p *pace) remaining(pictures int) time.Duration {
	return p.average * time.Duration(pictures)
}
