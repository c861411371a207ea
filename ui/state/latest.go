package state

import (
	"context"
	"sync"
)

// latest does what is asked for on a goroutine of its own, one request at a
// time, and the newest request wins:
//
//   - It takes the place of a request that still waits, and cancels the one at
//     work unless both have the same key. In that case the work in progress is
//     what the new request needs, too, and is waited for.
//   - Only its answers are received, on the window's goroutine. A request may
//     answer several times; each answer holds all that there is to say so far,
//     and takes the place of one that was not received yet. So answers, and the
//     pictures in them, do not pile up where the window is slow.
type latest[T any] struct {
	post func(func())
	// receive is called with the newest request's answers, on the goroutine that
	// post leads to.
	receive func(T)
	// discard, if not nil, is called on any goroutine with each answer that is not
	// received.
	discard func(T)

	mu      sync.Mutex
	newest  *request[T]
	waiting *request[T]
	// atWork is the request being worked on until ctx is done.
	atWork *request[T]
	ctx    context.Context
	cancel context.CancelFunc
	closed bool
	done   sync.WaitGroup
}

type request[T any] struct {
	key    any
	work   func(ctx context.Context, answer func(T))
	answer *T // the one not received yet
}

// submit asks for work to be done. The key must be comparable.
func (l *latest[T]) submit(key any, work func(ctx context.Context, answer func(T))) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.forget()
	l.newest = &request[T]{key: key, work: work}
	l.waiting = l.newest
	if l.atWork == nil {
		l.next()
		l.done.Go(l.run)
	} else if l.atWork.key != key {
		l.cancel()
	}
}

// drop cancels all work. Nothing is received until there is a new request.
func (l *latest[T]) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget()
	l.waiting = nil
	if l.atWork != nil {
		l.cancel()
	}
}

// close drops all work and takes no more.
func (l *latest[T]) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.drop()
}

// wait returns when no work is in progress.
func (l *latest[T]) wait() { l.done.Wait() }

// forget makes the newest request an old one. The lock is held.
func (l *latest[T]) forget() {
	if l.newest == nil {
		return
	}
	if a := l.newest.answer; a != nil && l.discard != nil {
		go l.discard(*a)
	}
	l.newest.answer, l.newest = nil, nil
}

// next takes the request that waits to be worked on. The lock is held.
func (l *latest[T]) next() {
	if l.cancel != nil {
		l.cancel()
	}
	l.atWork, l.waiting = l.waiting, nil
	if l.atWork != nil {
		l.ctx, l.cancel = context.WithCancel(context.Background())
	}
}

func (l *latest[T]) run() {
	for {
		l.mu.Lock()
		r, ctx := l.atWork, l.ctx
		l.mu.Unlock()
		if r == nil {
			return
		}
		r.work(ctx, func(v T) { l.put(r, v) })
		l.mu.Lock()
		l.next()
		l.mu.Unlock()
	}
}

// put has an answer received, unless it comes too late.
func (l *latest[T]) put(r *request[T], v T) {
	l.mu.Lock()
	late := r != l.newest
	former := r.answer
	if !late {
		r.answer = &v
	}
	l.mu.Unlock()
	switch {
	case late:
		l.throwAway(v)
	case former != nil:
		l.throwAway(*former)
	default:
		l.post(func() { l.deliver(r) })
	}
}

func (l *latest[T]) deliver(r *request[T]) {
	l.mu.Lock()
	v := r.answer
	r.answer = nil
	l.mu.Unlock()
	// There is none where a newer request has come since.
	if v != nil {
		l.receive(*v)
	}
}

func (l *latest[T]) throwAway(v T) {
	if l.discard != nil {
		l.discard(v)
	}
}
