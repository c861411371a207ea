//go:build !amd64 || noasm

package cpu

import "runtime"

// vectorLevels has nothing to offer where there is no assembly.
func vectorLevels() []Level { return nil }

func kernelsOf(level Level) *kernels {
	if level == Generic {
		return &genericKernels
	}
	return nil
}

// pause lets others run while the caller is waiting in a loop.
func pause() { runtime.Gosched() }
