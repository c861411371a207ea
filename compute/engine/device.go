package engine

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gaze/compute/engine/machine"
)

// Device is something a network can run on.
type Device struct {
	// Name is what [Options] call it: "cpu", or for a GPU "cuda"; "cuda:1" where
	// it is not the first.
	Name string `json:"name"`
	// Description is for people: "CPU, AVX2, 2 threads".
	Description string `json:"description"`
	// Usable says whether networks can run on it. Reason says why not. Of the
	// device that an Engine runs on, Reason says why a better one was not taken
	// and which of the options it does not follow.
	Usable bool   `json:"usable"`
	Reason string `json:"reason,omitempty"`

	// Cause tells the reasons apart that a program may say in its own words. It is
	// empty where only Reason tells.
	Cause Cause `json:"-"`
	// Instructions and Threads are of a processor, as in Description: "AVX2" and
	// 2. Other devices have none.
	Instructions string `json:"-"`
	Threads      int    `json:"-"`
	// Batch is how many pictures the device is best shown at once where there are
	// many, at least 1 if it is open and 0 if it is not.
	Batch int `json:"-"`
}

// Cause is why a device is not used, of the causes that are told apart.
type Cause = machine.Cause

// The causes.
const (
	// CauseMemory: the device had too little memory even for one picture.
	CauseMemory = machine.ErrMemory
	// CauseLost: the device stopped working.
	CauseLost = machine.ErrLost
	// CauseNoDriver: the software that speaks to the device is not installed.
	CauseNoDriver = machine.ErrNoDriver
	// CauseNoDevice: the driver finds no device.
	CauseNoDevice = machine.ErrNoDevice
	// CauseNotBuilt: this program was built without the device.
	CauseNotBuilt = machine.ErrNotBuilt
)

// Devices lists what networks might run on, the processor first. A family of
// which this computer has no device is listed once, with the reason.
func Devices() []Device { return known().devices() }

// DeviceNames lists what users may call a device, without looking for any: "cpu",
// "cuda", "cuda:N".
func DeviceNames() []string { return known().families() }

// backends are families of devices, the preferred one first.
type backends []machine.Backend

// devices lists the devices of all families, from the one that is always there
// to the preferred one.
func (b backends) devices() []Device {
	var list []Device
	for _, family := range slices.Backward(b) {
		for _, found := range family.List() {
			d := device(family, found)
			if found.Unusable != nil {
				d.Usable = false
				d.because(found.Unusable)
			}
			list = append(list, d)
		}
	}
	return list
}

// open opens the device that the options ask for, and describes it.
func (b backends) open(opt Options) (Device, *machine.Opened, error) {
	if opt.auto() {
		return b.first(opt)
	}
	name, number, numbered := strings.Cut(opt.Device, ":")
	for _, family := range b {
		if family.Name != name || numbered && family.Numbered == "" {
			continue
		}
		index := 0
		if numbered {
			var err error
			if index, err = strconv.Atoi(number); err != nil || index < 0 {
				return Device{}, nil, fmt.Errorf("%q is not the number of a %s", number, family.Numbered)
			}
		}
		d, opened, err := open(family, index, opt)
		if err != nil && family.Numbered != "" {
			err = fmt.Errorf("no %s can be used: %w", family.Numbered, err)
		}
		return d, opened, err
	}
	return Device{}, nil, fmt.Errorf("no device is called %q; known are %s", opt.Device, b.names())
}

// first opens the first device that can be used. It says of the families before
// it why their first device cannot. Where no device can be used, the error is
// that of the last family.
func (b backends) first(opt Options) (Device, *machine.Opened, error) {
	var reasons []error
	for _, family := range b {
		var reason error
		for _, found := range family.List() {
			d, opened, err := open(family, found.Index, opt)
			if err == nil {
				for _, r := range slices.Backward(reasons) {
					d.because(r)
				}
				return d, opened, nil
			}
			if reason == nil {
				reason = err
			}
		}
		if reason != nil {
			reasons = append(reasons, reason)
		}
	}
	if len(reasons) == 0 {
		return Device{}, nil, errors.New("there is no device")
	}
	return Device{}, nil, reasons[len(reasons)-1]
}

// after are the families that come after that of a device.
func (b backends) after(d Device) backends {
	name, _, _ := strings.Cut(d.Name, ":")
	i := slices.IndexFunc(b, func(family machine.Backend) bool { return family.Name == name })
	return b[i+1:]
}

// names lists what users may ask for: "auto, cpu, cuda and cuda:N".
func (b backends) names() string {
	list := append([]string{"auto"}, b.families()...)
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " and " + list[last]
}

// families lists the names of all families' devices, from the one that is always
// there to the preferred one.
func (b backends) families() []string {
	var list []string
	for _, family := range slices.Backward(b) {
		list = append(list, family.Name)
		if family.Numbered != "" {
			list = append(list, family.Name+":N")
		}
	}
	return list
}

// open opens a device of a family.
func open(family machine.Backend, index int, opt Options) (Device, *machine.Opened, error) {
	opened, err := family.Open(index, machine.Options{Threads: opt.Threads, Exact: opt.Exact, TF32: opt.TF32})
	if err != nil {
		return Device{}, nil, err
	}
	d := device(family, opened.Description)
	d.Reason, d.Batch = opened.Lacks, opened.Batch
	return d, opened, nil
}

// device is a family's device in the engine's words.
func device(family machine.Backend, of machine.Description) Device {
	name := family.Name
	if of.Index > 0 {
		name += ":" + strconv.Itoa(of.Index)
	}
	return Device{Name: name, Description: of.Text, Usable: true, Instructions: of.Instructions, Threads: of.Threads}
}

// auto says that the device is the engine's choice.
func (o Options) auto() bool { return o.Device == "" || o.Device == "auto" }

// because puts a reason before those that the device has.
func (d *Device) because(err error) {
	var cause Cause
	if errors.As(err, &cause) {
		d.Cause = cause
	}
	text := err.Error()
	if d.Reason != "" {
		text += "; " + d.Reason
	}
	d.Reason = text
}

// refused tells whether an error is the device's: it could not do something. An
// error of the request, or of a context that was cancelled, is not.
func refused(err error) bool {
	var r *machine.Refusal
	return errors.As(err, &r)
}
