package cpu

import (
	"fmt"
	"runtime"

	"gaze/compute/engine/machine"
)

// Backend is the processor as a device of a [machine.Machine].
func Backend() machine.Backend {
	return machine.Backend{Name: "cpu", List: list, Open: openDevice}
}

// list describes the processor with all of its threads.
func list() []machine.Description {
	level, err := chooseLevel()
	if err != nil {
		return []machine.Description{{Text: "CPU", Unusable: preparing(err)}}
	}
	return []machine.Description{describe(level, runtime.GOMAXPROCS(0))}
}

func openDevice(_ int, opt machine.Options) (*machine.Opened, error) {
	d, err := Open(opt.Threads, opt.Exact)
	if err != nil {
		return nil, err
	}
	// The activations of one picture stay in the caches, those of several do not.
	o := &machine.Opened{Description: describe(d.cores.level, d.cores.threads), Device: d, Batch: 1, Close: d.Close}
	if opt.TF32 {
		o.Lacks = "TF32 is for GPUs, it computes in fp32"
	}
	return o, nil
}

func describe(level Level, threads int) machine.Description {
	return machine.Description{Text: "CPU, " + inWords(level, threads), Instructions: level.String(), Threads: threads}
}

func preparing(err error) error { return fmt.Errorf("preparing the CPU: %w", err) }
