package engine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gaze/compute/engine/cpu"
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
	first, _, stop, err := openCPU(Options{})
	if err != nil {
		first = Device{Name: "cpu", Description: "CPU", Reason: err.Error()}
	} else if err := stop(); err != nil {
		first.Usable, first.Reason = false, err.Error()
	}
	list := []Device{first}
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
	cores, err := cpu.Open(opt.Threads, opt.Exact)
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

// retry does again what failed on a GPU: with the memory of other programs where
// there was too little; and on the processor where that did not help and the work
// cannot be divided, where the GPU does not work any more, or where it cannot do
// something and was the engine's own choice. From then on the engine stays on the
// processor, and says why.
func (e *Engine) retry(divisible bool, err error, do func() error) error {
	if errors.Is(err, driver.ErrMemory) {
		_ = e.forget() // what does not work will say so
		if err = do(); err == nil {
			return nil
		}
	}
	var refused *driver.Error
	switch {
	case errors.Is(err, driver.ErrLost):
	case errors.Is(err, driver.ErrMemory):
		if divisible {
			return err
		}
	case !errors.As(err, &refused) || !e.options.auto():
		return err
	}
	d, on, stop, failed := openCPU(e.options)
	if failed != nil {
		return err
	}
	// What goes wrong in giving up a device that does not work is no news.
	_ = e.forget()
	_ = e.stop()
	d.because(err.Error())
	e.on, e.stop = on, stop
	e.most.Store(0)
	e.device.Store(&d)
	return do()
}

// forget closes all programs.
func (e *Engine) forget() error {
	var errs []error
	for _, p := range e.programs {
		errs = append(errs, p.machine.Close())
	}
	e.programs = nil
	return errors.Join(errs...)
}
