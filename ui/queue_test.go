package ui

import (
	"context"
	"testing"
)

func TestJobOfTheSameKeyWaits(t *testing.T) {
	var q queue
	begun, finish, done := make(chan struct{}), make(chan struct{}), make(chan error, 2)
	q.submit("run", func(ctx context.Context) {
		close(begun)
		<-finish
		done <- ctx.Err()
	})
	<-begun
	q.submit("run", func(ctx context.Context) { done <- ctx.Err() })
	close(finish)
	for range 2 {
		if err := <-done; err != nil {
			t.Errorf("a job that nothing supersedes is cancelled: %v", err)
		}
	}
	q.close()
}

func TestClosedQueueDoesNothingMore(t *testing.T) {
	var q queue
	begun, cancelled := make(chan struct{}), make(chan struct{})
	q.submit(1, func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
		close(cancelled)
	})
	<-begun
	q.submit(2, func(context.Context) { t.Error("a job that waited is done after close") })
	q.close()
	<-cancelled
	q.submit(3, func(context.Context) { t.Error("a job is taken after close") })
	q.done.Wait()
}

func TestMailboxKeepsTheNewestLetter(t *testing.T) {
	var m mailbox
	var posted []func()
	var read []int
	post := func(f func()) { posted = append(posted, f) }
	for i := range 3 {
		m.put(post, func() { read = append(read, i) })
	}
	if len(posted) != 1 {
		t.Fatalf("posted %d times before the first was taken", len(posted))
	}
	posted[0]()
	m.put(post, func() { read = append(read, 3) })
	posted[1]()
	if len(read) != 2 || read[0] != 2 || read[1] != 3 {
		t.Errorf("read %v; want [2 3]", read)
	}
}
