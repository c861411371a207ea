package engine

import (
	"fmt"
	"strconv"
	"strings"

	"gaze/compute/engine/cuda"
	"gaze/compute/engine/cuda/driver"
	"gaze/compute/engine/machine"
)

// Device is something a network can run on.
type Device struct {
	// Name is "cpu", or for a GPU "cuda"; "cuda:1" where it is not the first.
	Name string `json:"name"`
	// Description is for people: "CPU, AVX2, 2 threads".
	Description string `json:"description"`
	// Usable says whether networks can run on it; Reason says why not, or of the
	// device an Engine runs on, why a better one was not taken and what of the
	// options it does not do.
	Usable bool   `json:"usable"`
	Reason string `json:"reason,omitempty"`
}

// Devices lists what networks might run on, the processor first. Where there is
// no GPU, one that is unusable says why.
func Devices() []Device {
	cpu, _, stop, err := openCPU(Options{})
	if err != nil {
		cpu = Device{Name: "cpu", Description: "CPU", Reason: err.Error()}
	} else if err := stop(); err != nil {
		cpu.Usable, cpu.Reason = false, err.Error()
	}
	list := []Device{cpu}
	gpus, err := driver.Devices()
	if err != nil {
		return append(list, Device{Name: "cuda", Description: "NVIDIA GPU", Reason: err.Error()})
	}
	for _, g := range gpus {
		list = append(list, Device{
			Name: cudaName(g.Index), Usable: g.Unusable == "", Reason: g.Unusable,
			Description: fmt.Sprintf("%s, %.0f GB, compute capability %d.%d, driver for CUDA %s",
				g.Name, float64(g.Memory)/(1<<30), g.Major, g.Minor, driver.Version(g.Driver)),
		})
	}
	return list
}

func cudaName(index int) string {
	if index == 0 {
		return "cuda"
	}
	return "cuda:" + strconv.Itoa(index)
}

// openDevice opens the device that the options ask for. stop frees it.
func openDevice(opt Options) (d Device, on machine.Device, stop func() error, err error) {
	switch name, index, numbered := strings.Cut(opt.Device, ":"); {
	case opt.auto():
		d, on, stop, err = openFirstGPU(opt)
		if err == nil {
			return d, on, stop, nil
		}
		reason := err
		if d, on, stop, err = openCPU(opt); err == nil {
			d.because(reason.Error())
		}
		return d, on, stop, err
	case opt.Device == "cpu":
		return openCPU(opt)
	case name == "cuda":
		i := 0
		if numbered {
			if i, err = strconv.Atoi(index); err != nil || i < 0 {
				return d, nil, nil, fmt.Errorf("%q is not the number of a GPU", index)
			}
		}
		if d, on, stop, err = openGPU(i, opt); err != nil {
			err = fmt.Errorf("no GPU can be used: %w", err)
		}
		return d, on, stop, err
	}
	return d, nil, nil, fmt.Errorf("no device is called %q; known are auto, cpu, cuda and cuda:N", opt.Device)
}

// auto says that the device is the engine's choice.
func (o Options) auto() bool { return o.Device == "" || o.Device == "auto" }

// openFirstGPU opens the first GPU that can be used. The error says why there is
// none, of several GPUs for the first.
func openFirstGPU(opt Options) (Device, machine.Device, func() error, error) {
	gpus, err := driver.Devices()
	for _, g := range gpus {
		d, on, stop, e := openGPU(g.Index, opt)
		if e == nil {
			return d, on, stop, nil
		}
		if err == nil {
			err = e
		}
	}
	return Device{}, nil, nil, err
}

func openGPU(index int, opt Options) (Device, machine.Device, func() error, error) {
	gpu, err := cuda.Open(index, cuda.Options{TF32: opt.TF32, Exact: opt.Exact})
	if err != nil {
		return Device{}, nil, nil, err
	}
	d := Device{Name: cudaName(index), Description: gpu.Describe(), Usable: true}
	if opt.TF32 && !gpu.TF32() {
		d.because("it has no tensor cores for TF32 and computes in fp32")
	}
	return d, gpu, gpu.Close, nil
}

func openCPU(opt Options) (Device, machine.Device, func() error, error) {
	cores, err := machine.NewCPU(opt.Threads, opt.Exact)
	if err != nil {
		return Device{}, nil, nil, err
	}
	d := Device{Name: "cpu", Description: "CPU, " + cores.Describe(), Usable: true}
	if opt.TF32 {
		d.because("TF32 is for GPUs, it computes in fp32")
	}
	return d, cores, cores.Close, nil
}

// because puts a reason before those the device has.
func (d *Device) because(reason string) {
	if d.Reason != "" {
		reason += "; " + d.Reason
	}
	d.Reason = reason
}
