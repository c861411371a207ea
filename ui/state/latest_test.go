package state

import (
	"context"
	"slices"
	"testing"
)

// posted keeps what is posted until the test runs it.
type posted []func()

func (p *posted) post(f func()) { *p = append(*p, f) }

func (p *posted) run() {
	for _, f := range *p {
		f()
	}
	*p = nil
}

func TestRequestOfTheSameKeyWaits(t *testing.T) {
	var l latest[int]
	begun, finish, done := make(chan struct{}), make(chan struct{}), make(chan error, 2)
	l.submit("run", func(ctx context.Context, _ func(int)) {
		close(begun)
		<-finish
		done <- ctx.Err()
	})
	<-begun
	l.submit("run", func(ctx context.Context, _ func(int)) { done <- ctx.Err() })
	close(finish)
	for range 2 {
		if err := <-done; err != nil {
			t.Errorf("a request that nothing supersedes is cancelled: %v", err)
		}
	}
	l.close()
	l.wait()
}

func TestNothingIsDoneAfterClose(t *testing.T) {
	var l latest[int]
	begun, cancelled := make(chan struct{}), make(chan struct{})
	l.submit(1, func(ctx context.Context, _ func(int)) {
		close(begun)
		<-ctx.Done()
		close(cancelled)
	})
	<-begun
	l.submit(2, func(context.Context, func(int)) { t.Error("a request that waited is worked on after close") })
	l.close()
	<-cancelled
	l.submit(3, func(context.Context, func(int)) { t.Error("a request is taken after close") })
	l.wait()
}

func TestNewestAnswerTakesThePlaceOfOneThatWasNotReceived(t *testing.T) {
	var p posted
	var read, thrown []int
	l := latest[int]{post: p.post, receive: func(v int) { read = append(read, v) }, discard: func(v int) { thrown = append(thrown, v) }}
	more, resume := make(chan struct{}), make(chan struct{})
	l.submit(1, func(_ context.Context, answer func(int)) {
		for i := range 3 {
			answer(i)
		}
		close(more)
		<-resume
		answer(3)
	})
	<-more
	if len(p) != 1 {
		t.Fatalf("posted %d times before the first was taken", len(p))
	}
	p.run()
	close(resume)
	l.wait()
	p.run()
	if !slices.Equal(read, []int{2, 3}) {
		t.Errorf("read %v; want [2 3]", read)
	}
	if !slices.Equal(thrown, []int{0, 1}) {
		t.Errorf("thrown away are %v; want [0 1]", thrown)
	}
}

func TestOnlyTheNewestRequestIsAnswered(t *testing.T) {
	var p posted
	var read []string
	discarded := make(chan string, 3)
	l := latest[string]{post: p.post, receive: func(v string) { read = append(read, v) }, discard: func(v string) { discarded <- v }}
	say := func(key any, text string) {
		l.submit(key, func(_ context.Context, answer func(string)) { answer(text) })
		l.wait()
	}
	say(1, "posted and not received")
	say(1, "superseded by a drop")
	l.drop()
	say(2, "newest")
	p.run()
	if !slices.Equal(read, []string{"newest"}) {
		t.Errorf("received %q", read)
	}
	got := []string{<-discarded, <-discarded}
	slices.Sort(got)
	if want := []string{"posted and not received", "superseded by a drop"}; !slices.Equal(got, want) {
		t.Errorf("discarded %q; want %q", got, want)
	}
}

func TestAnswerOfASupersededRequestIsDiscarded(t *testing.T) {
	var p posted
	discarded := make(chan int, 1)
	begun, finish := make(chan struct{}), make(chan struct{})
	l := latest[int]{post: p.post, receive: func(int) {}, discard: func(v int) { discarded <- v }}
	l.submit("old", func(_ context.Context, answer func(int)) {
		close(begun)
		<-finish
		answer(1)
	})
	<-begun
	l.submit("new", func(_ context.Context, answer func(int)) { answer(2) })
	close(finish)
	l.wait()
	if got := <-discarded; got != 1 || len(p) != 1 {
		t.Errorf("discarded %d, posted %d answers; want 1 and 1", got, len(p))
	}
}
