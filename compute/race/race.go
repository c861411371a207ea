// Package race tells tests whether the race detector watches them. It makes
// arithmetic ten times as slow and has nothing to say of it, so that heavy tests of
// numbers alone do without it; make test runs them once, without the detector.
package race

import "testing"

// SkipNumbers skips a test of numbers where the race detector watches.
func SkipNumbers(t *testing.T) {
	t.Helper()
	if enabled {
		t.Skip("numbers only: make test runs it without the race detector")
	}
}
