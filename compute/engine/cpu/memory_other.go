//go:build !linux

package cpu

// adviseLargePages does nothing where there is no such advice.
func adviseLargePages([]float32) {}
