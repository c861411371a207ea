package statetest

import (
	"testing"
	"time"
)

// Loop runs what is posted to it on the test's goroutine, as Fyne does on its
// own.
type Loop chan func()

// NewLoop returns an empty loop.
func NewLoop() Loop { return make(Loop, 1000) }

// Post has f called by the test.
func (l Loop) Post(f func()) { l <- f }

// Until runs what is posted until done reports true.
func (l Loop) Until(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(5 * time.Minute)
	for !done() {
		select {
		case f := <-l:
			f()
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("still waiting for: %s", what)
		}
	}
}
