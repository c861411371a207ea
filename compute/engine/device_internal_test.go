package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/cpu"
	"gaze/compute/engine/machine"
	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// What the document on adding a device quotes.
//
//quote:toy

// toy is a device that runs every operation by its definition.
type toy struct {
	machine.Reference
	// fault, if not nil, is why it computes nothing any more.
	fault error
}

// Kernel prepares an operation.
func (d *toy) Kernel(o gorgonia.Op, out tensor.Shape, in []machine.Operand) (machine.Kernel, error) {
	kernel, err := d.Reference.Kernel(o, out, in)
	return func(dst []float32, in [][]float32) error {
		if d.fault != nil {
			return &machine.Refusal{Doing: "playing", Err: d.fault}
		}
		return kernel(dst, in)
	}, err
}

// toys is a family of two devices, of which the first is broken.
func toys(d *toy) machine.Backend {
	return machine.Backend{
		Name: "toy", Numbered: "toy",
		List: func() []machine.Description {
			return []machine.Description{{Text: "broken toy", Unusable: errors.New("it is broken")}, {Index: 1, Text: "toy"}}
		},
		Open: func(index int, opt machine.Options) (*machine.Opened, error) {
			if index != 1 {
				return nil, errors.New("it is broken")
			}
			o := &machine.Opened{Description: machine.Description{Index: 1, Text: "toy"}, Device: d, Batch: 3, Close: func() error { return nil }}
			if opt.TF32 {
				o.Lacks = "it has no tensor cores"
			}
			return o, nil
		},
	}
}

//quote:end

// nothing is a family without a device.
func nothing(cause error) machine.Backend {
	return machine.Backend{
		Name: "none", Numbered: "thing",
		List: func() []machine.Description { return []machine.Description{{Text: "thing", Unusable: cause}} },
		Open: func(int, machine.Options) (*machine.Opened, error) { return nil, cause },
	}
}

// tinyNet is a network whose operations are few.
func tinyNet(t *testing.T) *models.Network {
	t.Helper()
	net, err := zoo.Build("squeezenet1_1", weights.Formula{Classes: 4})
	if err != nil {
		t.Fatal(err)
	}
	if net, err = net.Resized(models.ImageNetInput(32, 32)); err != nil {
		t.Fatal(err)
	}
	return net
}

func TestDevicesOfAllFamiliesAreListed(t *testing.T) {
	list := backends{nothing(machine.ErrNoDriver.Said("no things")), toys(&toy{}), cpu.Backend()}.devices()
	want := []Device{
		{Name: "cpu", Usable: true},
		{Name: "toy", Description: "broken toy", Reason: "it is broken"},
		{Name: "toy:1", Description: "toy", Usable: true},
		{Name: "none", Description: "thing", Reason: "no things", Cause: CauseNoDriver},
	}
	want[0].Description, want[0].Instructions, want[0].Threads = list[0].Description, list[0].Instructions, list[0].Threads
	if !slices.Equal(list, want) {
		t.Errorf("the devices are %+v, want %+v", list, want)
	}
	if d := list[0]; d.Threads < 1 || d.Instructions == "" {
		t.Errorf("the processor is %+v", d)
	}
}

func TestDeviceIsChosen(t *testing.T) {
	all := backends{nothing(machine.ErrNoDriver.Said("no things")), toys(&toy{}), cpu.Backend()}
	for _, c := range []struct {
		from                 backends
		opt                  Options
		name, reason, failed string
		cause                Cause
		batch                int
	}{
		{from: all, name: "toy:1", reason: "no things", cause: CauseNoDriver, batch: 3},
		{from: all, opt: Options{Device: "auto", TF32: true}, name: "toy:1", reason: "no things; it has no tensor cores", cause: CauseNoDriver, batch: 3},
		{from: all, opt: Options{Device: "toy:1"}, name: "toy:1", batch: 3},
		{from: all, opt: Options{Device: "cpu"}, name: "cpu", batch: 1},
		{from: backends{nothing(errors.New("a")), nothing(errors.New("b")), cpu.Backend()}, name: "cpu", reason: "a; b", batch: 1},
		{from: all, opt: Options{Device: "toy"}, failed: "no toy can be used: it is broken"},
		{from: all, opt: Options{Device: "toy:x"}, failed: `"x" is not the number of a toy`},
		{from: all, opt: Options{Device: "cpu:0"}, failed: `no device is called "cpu:0"; known are auto, cpu, toy, toy:N, none and none:N`},
		{from: known(), opt: Options{Device: "tpu"}, failed: `no device is called "tpu"; known are ` + known().names()},
		{from: backends{nothing(errors.New("a")), nothing(errors.New("b"))}, failed: "b"},
		{failed: "there is no device"},
	} {
		d, opened, err := c.from.open(c.opt)
		if got := fmt.Sprint(err); c.failed != "" || err != nil {
			if got != c.failed {
				t.Errorf("%+v: the error is %v, want %q", c.opt, err, c.failed)
			}
			continue
		}
		if d.Name != c.name || d.Reason != c.reason || d.Cause != c.cause || d.Batch != c.batch {
			t.Errorf("%+v opens %+v, want %+v", c.opt, d, c)
		}
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestToyComputes: an engine on the toy finds what it finds on the processor, and
// goes on there where the toy fails.
func TestToyComputes(t *testing.T) {
	net := tinyNet(t)
	input := weights.FormulaTensor("input", 1, 3, 32, 32)
	want, _ := runOn(t, backends{cpu.Backend()}, net, input)
	for _, c := range []struct {
		fault        error
		name, reason string
		cause        Cause
	}{
		{name: "toy:1"},
		{machine.ErrLost.Said("the toy was lost"), "cpu", "playing: the toy was lost", CauseLost},
		{machine.ErrMemory.Said("the toy is full"), "cpu", "playing: the toy is full", CauseMemory},
		{errors.New("it does not want to"), "cpu", "playing: it does not want to", ""},
	} {
		got, d := runOn(t, backends{toys(&toy{fault: c.fault}), cpu.Backend()}, net, input)
		if !strings.HasSuffix(d.Reason, c.reason) || d.Name != c.name || d.Cause != c.cause {
			t.Errorf("%v: the device is %+v, want %+v", c.fault, d, c)
		}
		if off := distance(got.Logits, want.Logits); !(off <= 1e-5) {
			t.Errorf("%v: the logits are %g away", c.fault, off)
		}
	}
}

// runOn runs a network on the first device of those families, and returns the
// device that it ended on.
func runOn(t *testing.T, b backends, net *models.Network, input *tensor.Dense) (*Pass, Device) {
	t.Helper()
	e, err := openOn(b, net, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	first := func(logits []float32) ([]float32, error) {
		return append([]float32{1}, make([]float32, len(logits)-1)...), nil
	}
	passes, err := e.Run(t.Context(), []string{net.DefaultLayer()}, Request{Input: input, Seed: first})
	if err != nil {
		t.Fatal(err)
	}
	return passes[0], e.Device()
}
