// Package kernel reads matrices of parameters that a file has in another order than
// a network. They are the largest parameters by far: VGG-16 has one of 411 MB. So they
// are turned while they are read, some rows at a time, and there is no second copy.
package kernel

// Kernel is a matrix of inputs x outputs in a file, which a network has as outputs x
// inputs.
type Kernel struct {
	// File has the numbers, input by input.
	File            Floats
	Inputs, Outputs int
	// From has, for each input of the network's, which one of the file's it is; nil
	// where the order is the same.
	From []int
}

// Floats are numbers that can be read in parts.
type Floats interface {
	// ReadFloats fills dst with the numbers from number first on.
	ReadFloats(dst []float32, first int) error
}

// Slice are numbers that have been read.
type Slice []float32

// ReadFloats implements [Floats].
func (s Slice) ReadFloats(dst []float32, first int) error {
	copy(dst, s[first:])
	return nil
}

// Conv is a kernel of rows x columns x inputs x outputs, which a network has as
// outputs x inputs x rows x columns. All sides of the shape are positive.
func Conv(file Floats, shape []int) Kernel {
	pixels, inputs := shape[0]*shape[1], shape[2]
	k := Kernel{File: file, Inputs: pixels * inputs, Outputs: shape[3]}
	if pixels == 1 {
		return k
	}
	k.From = make([]int, 0, k.Inputs)
	for i := range inputs {
		for p := range pixels {
			k.From = append(k.From, p*inputs+i)
		}
	}
	return k
}

// Dense is a kernel of inputs x outputs. The network has input i at to[i]; where to is
// nil, the order is the same.
func Dense(file Floats, inputs, outputs int, to []int) Kernel {
	k := Kernel{File: file, Inputs: inputs, Outputs: outputs}
	if to != nil {
		k.From = make([]int, inputs)
		for i, at := range to {
			k.From[at] = i
		}
	}
	return k
}

// turned is how many numbers are turned at a time: as many as the caches hold. Kernels
// that have no more are read whole.
const turned = 1 << 18

// shortRow is the number of outputs below which single inputs are not read from the
// file, because it would take too many calls.
const shortRow = 256

// Read reads the kernel as outputs x inputs.
func (k Kernel) Read() ([]float32, error) {
	out := make([]float32, k.Inputs*k.Outputs)
	if err := k.ReadInto(out); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadInto reads the kernel as outputs x inputs into out, which has their number.
func (k Kernel) ReadInto(out []float32) error {
	if len(out) <= turned || k.From != nil && k.Outputs < shortRow {
		all := make([]float32, len(out))
		if err := k.File.ReadFloats(all, 0); err != nil {
			return err
		}
		k.turn(out, all, k.From)
		return nil
	}
	const fewest = 16
	buffer := make([]float32, min(k.Inputs, max(turned/k.Outputs, fewest))*k.Outputs)
	for first := 0; first < k.Inputs; {
		some := buffer[:min(len(buffer), (k.Inputs-first)*k.Outputs)]
		if err := k.readRows(some, first); err != nil {
			return err
		}
		k.turn(out[first:], some, nil)
		first += len(some) / k.Outputs
	}
	return nil
}

// readRows fills some with the network's inputs from first on, an input a row. Those
// that follow each other in the file are read together.
func (k Kernel) readRows(some []float32, first int) error {
	if k.From == nil {
		return k.File.ReadFloats(some, first*k.Outputs)
	}
	for len(some) > 0 {
		n := 1
		for n*k.Outputs < len(some) && k.From[first+n] == k.From[first]+n {
			n++
		}
		if err := k.File.ReadFloats(some[:n*k.Outputs], k.From[first]*k.Outputs); err != nil {
			return err
		}
		some, first = some[n*k.Outputs:], first+n
	}
	return nil
}

// turn makes the rows of in, or those that order lists, columns of out.
func (k Kernel) turn(out, in []float32, order []int) {
	// A few outputs at a time, so that what is written stays in the caches.
	const block = 8
	for first := 0; first < k.Outputs; first += block {
		last := min(first+block, k.Outputs)
		for i := range len(in) / k.Outputs {
			row := i
			if order != nil {
				row = order[i]
			}
			to := first*k.Inputs + i
			for _, x := range in[row*k.Outputs:][first:last] {
				out[to] = x
				to += k.Inputs
			}
		}
	}
}
