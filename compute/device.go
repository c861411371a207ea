package compute

import "gaze/compute/engine"

// Options choose how an Explainer computes.
type Options = engine.Options

// Device is something that networks run on.
type Device = engine.Device

// Devices lists what networks might run on, the processor first. Where there is
// no GPU, one that is unusable says why.
func Devices() []Device { return engine.Devices() }

// DeviceNames lists what [Options] may call a device beside "auto", without looking
// for any.
func DeviceNames() []string { return engine.DeviceNames() }

// Cause is why a device is not used, of the causes that are told apart.
type Cause = engine.Cause

// The causes: see package engine.
const (
	CauseMemory   = engine.CauseMemory
	CauseLost     = engine.CauseLost
	CauseNoDriver = engine.CauseNoDriver
	CauseNoDevice = engine.CauseNoDevice
	CauseNotBuilt = engine.CauseNotBuilt
)
