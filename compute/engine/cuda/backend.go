package cuda

import (
	"errors"
	"fmt"

	"gaze/compute/engine/cuda/driver"
	"gaze/compute/engine/machine"
)

// Backend is the family of NVIDIA's GPUs. The driver is looked for when the GPUs
// are listed or one is opened.
func Backend() machine.Backend {
	return machine.Backend{Name: "cuda", Numbered: "GPU", List: list, Open: openDevice}
}

// list describes the GPUs that the driver finds, or says why there is none.
func list() []machine.Description {
	gpus, err := driver.Devices()
	if err != nil {
		return []machine.Description{{Text: "NVIDIA GPU", Unusable: err}}
	}
	found := make([]machine.Description, len(gpus))
	for i, g := range gpus {
		found[i] = machine.Description{
			Index: g.Index,
			Text: fmt.Sprintf("%s, %.0f GB, compute capability %d.%d, driver for CUDA %s",
				g.Name, float64(g.Memory)/(1<<30), g.Major, g.Minor, driver.Version(g.Driver)),
		}
		if g.Unusable != "" {
			found[i].Unusable = errors.New(g.Unusable)
		}
	}
	return found
}

// batch is how many pictures a GPU is best shown at once. One picture does not
// fill it; with more than these there is little to gain, and they need memory.
const batch = 8

func openDevice(index int, opt machine.Options) (*machine.Opened, error) {
	d, err := Open(index, Options{TF32: opt.TF32, Exact: opt.Exact})
	if err != nil {
		return nil, err
	}
	o := &machine.Opened{Description: machine.Description{Index: index, Text: d.Describe()}, Device: d, Batch: batch, Close: d.Close}
	if opt.TF32 && !d.TF32() {
		o.Lacks = "it has no tensor cores for TF32 and computes in fp32"
	}
	return o, nil
}
