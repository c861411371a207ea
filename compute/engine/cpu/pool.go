package cpu

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// job is a piece of work that comes in numbered parts. A job is made once and
// used again and again, so that starting one allocates nothing.
type job struct {
	// do does one part; worker tells whose scratch memory it may use.
	do func(worker, part int)
}

const (
	partBits  = 20
	maxParts  = 1<<partBits - 1
	epochStep = 1 << (2 * partBits)
	// patience is how long a worker looks for new work before it goes to sleep,
	// and the caller for the end of the work: longer than what is done between two
	// layers by one thread alone. Waking up takes some tens of microseconds where
	// the system finds an idle core, and milliseconds where it puts the worker on
	// its waker's core: a virtual machine's idle cores look busy to it.
	patience = time.Millisecond
	// glances is how often it looks between two looks at the clock.
	glances = 64
)

// pool keeps goroutines that share the parts of one job at a time.
type pool struct {
	// state holds the job's number and the range of parts not yet taken, its end
	// before its beginning, so that a part is taken by one atomic step, and never
	// from a job that has ended meanwhile.
	state atomic.Uint64
	job   atomic.Pointer[job]
	left  atomic.Int32

	// caller is who called run, sleepers are the workers.
	caller   sleeper
	sleepers []sleeper
	closed   atomic.Bool
	workers  sync.WaitGroup
}

// sleeper wakes up one goroutine, if that sleeps. It fills a cache line, which
// another one's should not share.
type sleeper struct {
	asleep atomic.Bool
	wake   chan struct{}
	_      [48]byte
}

// newPool starts threads-1 workers; the caller of run is the remaining one.
func newPool(threads int) *pool {
	p := &pool{caller: sleeper{wake: make(chan struct{}, 1)}, sleepers: make([]sleeper, threads-1)}
	for i := range p.sleepers {
		p.sleepers[i].wake = make(chan struct{}, 1)
		p.workers.Go(func() { p.work(i + 1) })
	}
	return p
}

// close ends the workers. No job may be running.
func (p *pool) close() {
	p.closed.Store(true)
	for i := range p.sleepers {
		p.sleepers[i].rouse()
	}
	p.workers.Wait()
}

// run does all parts of j, at most maxParts, and returns when they are done.
func (p *pool) run(j *job, parts int) {
	if parts <= 1 || len(p.sleepers) == 0 {
		for part := range parts {
			j.do(0, part)
		}
		return
	}
	p.left.Store(int32(parts))
	p.job.Store(j)
	epoch := p.state.Load() / epochStep
	p.state.Store((epoch+1)*epochStep | uint64(parts)<<partBits)
	for i := range min(len(p.sleepers), parts-1) {
		p.sleepers[i].rouse()
	}
	p.take(0)
	// The caller does not wait for a message about an end that it sees: a goroutine
	// that waits, if only for a moment, gives its thread back, which the system takes
	// a while to find a core for again.
	ended := func() bool { return p.left.Load() == 0 }
	for wait := (impatience{}); !ended(); {
		if wait.over() {
			// Whoever ended an earlier job may only now look whether to wake the
			// caller: it looks for the end again.
			p.caller.sleepUnless(ended)
			continue
		}
		pause()
	}
}

// impatience tells how long somebody has been waiting.
type impatience struct {
	looks int
	since time.Time
}

// over is called at each look for what is waited for, and tells whether patience
// has run out.
func (w *impatience) over() bool {
	w.looks++
	switch {
	case w.looks%glances != 0:
		return false
	case w.looks == glances:
		w.since = time.Now()
		return false
	}
	return time.Since(w.since) > patience
}

// take does parts of the current job until there are none left, and tells
// whether it did any. Every second worker begins at the end, so that of an
// image, and of what the next job makes of it, each works on a region that it
// has in its cache.
func (p *pool) take(worker int) bool {
	took := false
	for {
		s := p.state.Load()
		part, end := s&maxParts, s>>partBits&maxParts
		if part >= end {
			return took
		}
		j := p.job.Load()
		less := s + 1
		if worker%2 == 1 {
			part, less = end-1, s-1<<partBits
		}
		if !p.state.CompareAndSwap(s, less) {
			continue
		}
		took = true
		j.do(worker, int(part))
		if p.left.Add(-1) == 0 {
			p.caller.rouse()
		}
	}
}

func (p *pool) work(worker int) {
	s := &p.sleepers[worker-1]
	var idle impatience
	for !p.closed.Load() {
		if p.take(worker) {
			idle = impatience{}
			continue
		}
		if !idle.over() {
			if idle.looks%glances == 0 {
				runtime.Gosched()
			}
			pause()
			continue
		}
		idle = impatience{}
		s.sleepUnless(func() bool { return p.ready() || p.closed.Load() })
	}
}

// ready tells whether there is a part to take.
func (p *pool) ready() bool {
	s := p.state.Load()
	return s&maxParts < s>>partBits&maxParts
}

// sleepUnless sleeps until somebody calls rouse, or not at all if the answer is yes.
func (s *sleeper) sleepUnless(awaited func() bool) {
	s.asleep.Store(true)
	// What came between the last look and going to sleep would not wake anybody:
	// look once more.
	if awaited() && s.asleep.CompareAndSwap(true, false) {
		return
	}
	<-s.wake
}

// rouse wakes the sleeper, if it sleeps.
func (s *sleeper) rouse() {
	if s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}
