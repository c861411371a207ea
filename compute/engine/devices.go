package engine

import (
	"gaze/compute/engine/cpu"
	"gaze/compute/engine/cuda"
)

// known are the families of devices, the preferred one first. The last one is
// there on every computer: an engine goes on with it when another one fails.
//
// A new device is its package and a line here, before the processor's.
func known() backends {
	return backends{
		cuda.Backend(),
		cpu.Backend(),
	}
}
