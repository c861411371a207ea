package machine

// Backend is a family of devices that a machine can run on: the processor, or
// the GPUs of one maker. A package of a device has a function that returns its
// Backend, and compute/engine has the list of them: adding a device is a package
// and a line there.
type Backend struct {
	// Name is what users call the family's first device: "cpu", "cuda".
	Name string
	// Numbered is what one device of several is called in messages: "GPU". The
	// second one's name is then "cuda:1". It is empty where a computer has exactly
	// one device of the family.
	Numbered string
	// List describes the devices that are there. Where there is none, it returns
	// one that says why in Unusable.
	List func() []Description
	// Open prepares the device of that index for use.
	Open func(index int, opt Options) (*Opened, error)
}

// Options choose how a device computes. A device leaves out what it has no
// meaning for, and says so in [Opened.Lacks] where users would expect a
// difference.
type Options struct {
	// Threads bounds the threads of a processor; 0 means all.
	Threads int
	// Exact does without algorithms that save multiplications at the price of
	// rounding (Winograd).
	Exact bool
	// TF32 lets tensor cores round the factors of convolutions to ten bits of
	// mantissa.
	TF32 bool
}

// Description tells about a device.
type Description struct {
	// Index is the device's number in its family, from 0.
	Index int
	// Text is for people: "CPU, AVX2, 2 threads".
	Text string
	// Instructions and Threads are of a processor: "AVX2" and 2. They are in Text
	// too.
	Instructions string
	Threads      int
	// Unusable says why the device cannot be used, nil where it can.
	Unusable error
}

// Opened is a device that is ready to be used.
type Opened struct {
	Description
	// Device runs operations. It is a [Remote] where it has memory of its own.
	Device Device
	// Batch is how many pictures are best run at once where there are many, at
	// least 1: one where the activations of one stay in the caches, more where one
	// does not fill the device.
	Batch int
	// Lacks says which of the options the device does not follow: "it has no
	// tensor cores". Empty where it follows all.
	Lacks string
	// Close frees the device.
	Close func() error
}
