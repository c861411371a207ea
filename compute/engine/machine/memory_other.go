//go:build !linux

package machine

// adviseLargePages does nothing where there is no such advice.
func adviseLargePages([]float32) {}
