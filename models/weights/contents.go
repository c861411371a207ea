package weights

import (
	"fmt"

	"gorgonia.org/tensor"

	"gaze/models"
)

// Kind is what a file of weights holds.
type Kind string

const (
	// StateDict is parameters by name.
	StateDict Kind = "state dict"
	// WholeNetwork is a network that was pickled with its modules.
	WholeNetwork Kind = "whole pickled network"
	// TorchScript is a program of torch.jit.
	TorchScript Kind = "TorchScript program"
	// Exported is a program of torch.export.
	Exported Kind = "program of torch.export"
	// OtherObject holds no network that can be read.
	OtherObject Kind = "object without parameters"
)

// Param is a parameter's name and shape.
type Param struct {
	Name  string
	Shape []int
}

// Module is a module of a network that was pickled whole.
type Module struct {
	// Name is the path of the module in the network; the network's own is empty.
	Name string
	// Class is the module's class in Python with its package, such as
	// "torch.nn.modules.linear.Linear".
	Class string
	// Options are the numbers that the module was made with, such as
	// "kernel_size". A single number is a list of one.
	Options map[string][]float64
}

// Contents is what a file of weights says before any number is read.
type Contents struct {
	// Format is the name of the file's format.
	Format string
	Kind   Kind
	// Class is the class of a whole network or of another object.
	Class string
	// Keys are the keys of the checkpoint that the parameters lie in, sorted;
	// Under is the path of keys to the parameters.
	Keys  []string
	Under string
	// Params are the floating-point parameters. Ordered is set where their order
	// is the one in which the network has them.
	Params  []Param
	Ordered bool
	// Modules are those of what was pickled whole, each before its parts.
	Modules []Module
	// Architecture is what the file calls its architecture, in the words of the
	// program that wrote it; empty where it does not.
	Architecture string
	// Labels are the names of the classes, in the order of the training. They
	// are not compared with the network's number of classes.
	Labels []string
	// Input is what the file says of the pictures.
	Input Preprocessing
	// Copies are keys of further copies of the network, which are not read.
	Copies []string
	// Metadata is the file's own free text.
	Metadata map[string]string

	// read reads the parameters that are wanted, by their names.
	read func(wanted map[string]bool) (map[string]*tensor.Dense, error)
	// refusal is why the file cannot be read; nil where it can.
	refusal error
}

// Preprocessing is what a checkpoint says of the pictures. What it does not say
// is zero.
type Preprocessing struct {
	// Size is the side of the pictures in pixels.
	Size int
	// Crop is the share of the short side that is cut from the centre.
	Crop float64
	// Filter is the filter with which pictures are resized.
	Filter models.Filter
	// Mean and Std have a number for each channel, of pixels from 0 to 1.
	Mean, Std []float32
}

// Numbers counts the numbers of all parameters.
func (c *Contents) Numbers() int {
	total := 0
	for _, p := range c.Params {
		total += tensor.Shape(p.Shape).TotalSize()
	}
	return total
}

// load reads parameters, all of them where none is named.
func (c *Contents) load(names []string) (*Set, error) {
	if c.refusal != nil {
		return nil, c.refusal
	}
	wanted := make(map[string]bool, len(c.Params))
	for _, p := range c.Params {
		wanted[p.Name] = len(names) == 0
	}
	for _, name := range names {
		if _, ok := wanted[name]; !ok {
			return nil, fmt.Errorf("%s is missing", name)
		}
		wanted[name] = true
	}
	tensors, err := c.read(wanted)
	if err != nil {
		return nil, err
	}
	return &Set{Tensors: tensors, Metadata: c.Metadata, contents: c}, nil
}

// Export is the line of Python that makes an ONNX file of any network: the way
// out for what Gaze does not read as weights.
const Export = `torch.onnx.export(model.eval(), torch.zeros(1, 3, 224, 224), "model.onnx")`

// KindError reports a file that holds a program or an object in the place of
// parameters.
type KindError struct {
	Kind Kind
	// Class is the class of an object.
	Class string
}

// Error says what the file holds and how to get what can be read from it.
func (e *KindError) Error() string {
	switch e.Kind {
	case TorchScript:
		return "this file holds a TorchScript program, not parameters; in Python, load it by model = torch.jit.load(file) and " +
			"save its parameters by torch.save(model.state_dict(), \"model.pth\"), or the network by " + Export
	case Exported:
		return "this file holds a program of torch.export, not parameters; in Python, load it by model = torch.export.load(file).module() and " +
			"save its parameters by torch.save(model.state_dict(), \"model.pth\"), or the network by torch.onnx.export(model, torch.zeros(1, 3, 224, 224), \"model.onnx\")"
	case OtherObject:
		if e.Class != "" {
			return fmt.Sprintf("this file holds a whole program object (%.100s) in which no parameters were found, not a state dict; "+
				"in Python, save the parameters by torch.save(model.state_dict(), \"model.pth\")", e.Class)
		}
	}
	return "this file holds no state dict of floating-point tensors; in Python, save one by torch.save(model.state_dict(), \"model.pth\")"
}

// ofTensors describes parameters that are in memory, in the order of names.
func ofTensors(tensors map[string]*tensor.Dense, names []string) *Contents {
	c := &Contents{Kind: StateDict}
	for _, name := range names {
		c.Params = append(c.Params, Param{name, tensors[name].Shape()})
	}
	return c
}
