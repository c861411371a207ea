package ui

import (
	"context"
	"sync"
)

// queue does one job at a time on a goroutine of its own. The newest request
// wins: it takes the place of a job that still waits, and cancels the one at
// work unless both have the same key, in which case the work in progress is
// what the new job needs and is waited for.
type queue struct {
	mu      sync.Mutex
	working bool
	waiting *job
	key     any
	cancel  context.CancelFunc
	closed  bool
	done    sync.WaitGroup
}

type job struct {
	key any
	do  func(context.Context)
}

// submit asks for do to be done. The key must be comparable.
func (q *queue) submit(key any, do func(context.Context)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.waiting = &job{key: key, do: do}
	if q.working {
		if q.key != key && q.cancel != nil {
			q.cancel()
		}
		return
	}
	q.working = true
	q.done.Go(q.work)
}

// drop forgets the waiting job and cancels the one at work.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = nil
	if q.working && q.cancel != nil {
		q.cancel()
	}
}

// close drops all work, refuses more, and waits for the job at work to return.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.drop()
	q.done.Wait()
}

func (q *queue) work() {
	for {
		j, ctx := q.next()
		if j == nil {
			return
		}
		j.do(ctx)
	}
}

func (q *queue) next() (*job, context.Context) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cancel != nil {
		q.cancel()
	}
	j := q.waiting
	q.waiting = nil
	if j == nil {
		q.working, q.cancel = false, nil
		return nil, nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	q.key, q.cancel = j.key, cancel
	return j, ctx
}

// mailbox hands results to another goroutine that may be slower than they
// come: one that was not taken yet is replaced by the next, so that they, and
// the pictures in them, do not pile up.
type mailbox struct {
	mu     sync.Mutex
	letter func()
}

// put has letter called by what is given to post, unless another takes its
// place before.
func (m *mailbox) put(post func(func()), letter func()) {
	m.mu.Lock()
	empty := m.letter == nil
	m.letter = letter
	m.mu.Unlock()
	if empty {
		post(m.open)
	}
}

func (m *mailbox) open() {
	m.mu.Lock()
	letter := m.letter
	m.letter = nil
	m.mu.Unlock()
	letter()
}
