package compute

import (
	"fmt"

	"gaze/compute/machine"
)

// Device is something a network can run on.
type Device struct {
	// Name is "cpu" or "cuda".
	Name string `json:"name"`
	// Description is for people: "CPU, AVX2, 2 threads".
	Description string `json:"description"`
	// Usable says whether networks can run on it; Reason says why not, or for
	// the device an Engine runs on, why a better one was not taken.
	Usable bool   `json:"usable"`
	Reason string `json:"reason,omitempty"`
}

// noCUDA is why no GPU is used.
const noCUDA = "this version of Gaze computes on the CPU only"

// Devices lists what networks might run on, the best usable one first.
func Devices() []Device {
	cpu, _, stop, err := openDevice(Options{Device: "cpu"})
	if err != nil {
		cpu = Device{Name: "cpu", Description: "CPU", Reason: err.Error()}
	} else if err := stop(); err != nil {
		cpu.Usable, cpu.Reason = false, err.Error()
	}
	return []Device{cpu, {Name: "cuda", Description: "NVIDIA GPU", Reason: noCUDA}}
}

// openDevice opens the device that the options ask for. stop frees it.
func openDevice(opt Options) (d Device, on machine.Device, stop func() error, err error) {
	reason := ""
	switch opt.Device {
	case "", "auto":
		reason = noCUDA
	case "cpu":
	case "cuda":
		return d, nil, nil, fmt.Errorf("no GPU can be used: %s", noCUDA)
	default:
		return d, nil, nil, fmt.Errorf("no device is called %q; known are auto, cpu and cuda", opt.Device)
	}
	cores, err := machine.NewCPU(opt.Threads, opt.Exact)
	if err != nil {
		return d, nil, nil, err
	}
	return Device{Name: "cpu", Description: "CPU, " + cores.Describe(), Usable: true, Reason: reason}, cores, cores.Close, nil
}
