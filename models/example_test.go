package models_test

import (
	"fmt"
	"log"

	"gorgonia.org/tensor"

	"gaze/models"
)

// weight is a parameter of that shape, zero everywhere.
func weight(shape ...int) map[string]*tensor.Dense {
	return map[string]*tensor.Dense{"weight": tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))}
}

// tiny is a network with one block of two convolutions, for pictures of 32x32
// and two classes.
func tiny() *models.Network {
	three := models.Attr{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}, Groups: 1}
	net := &models.Network{Name: "tiny", Input: models.ImageNetInput(32, 32), Labels: []string{"cat", "dog"}}
	for _, l := range []models.Layer{
		{Name: "block.conv1", Kind: models.Conv, Inputs: []string{models.InputName}, Attr: three, Params: weight(8, 3, 3, 3)},
		{Name: "block.relu1", Kind: models.ReLU, Inputs: []string{"block.conv1"}},
		{Name: "block.conv2", Kind: models.Conv, Inputs: []string{"block.relu1"}, Attr: three, Params: weight(16, 8, 3, 3)},
		{Name: "block.relu2", Kind: models.ReLU, Inputs: []string{"block.conv2"}},
		{Name: "block", Kind: models.Sequential, Inputs: []string{"block.relu2"}},
		{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"block"}},
		{Name: "flatten", Kind: models.Flatten, Inputs: []string{"pool"}},
		{Name: "fc", Kind: models.Linear, Inputs: []string{"flatten"}, Params: weight(2, 16)},
	} {
		if err := net.Append(l); err != nil {
			log.Fatal(err)
		}
	}
	return net
}

func ExampleNetwork_Summary() {
	net := tiny()
	for _, row := range net.Summary() {
		fmt.Printf("%-11s %-13s %-10s %5d parameters %6d multiply-adds\n", row.Name, row.Kind, fmt.Sprint(row.Shape), row.Params, row.MACs)
	}
	fmt.Println(net.Parameters(), "parameters and", net.MACs(), "multiply-adds")
	// Output:
	// block.conv1 Conv          [8 16 16]    216 parameters  55296 multiply-adds
	// block.relu1 ReLU          [8 16 16]      0 parameters      0 multiply-adds
	// block.conv2 Conv          [16 8 8]    1152 parameters  73728 multiply-adds
	// block.relu2 ReLU          [16 8 8]       0 parameters      0 multiply-adds
	// block       Sequential    [16 8 8]       0 parameters      0 multiply-adds
	// pool        GlobalAvgPool [16 1 1]       0 parameters      0 multiply-adds
	// flatten     Flatten       [16]           0 parameters      0 multiply-adds
	// fc          Linear        [2]           32 parameters     32 multiply-adds
	// 1400 parameters and 129056 multiply-adds
}

func ExampleNetwork_Append() {
	net := tiny()
	err := net.Append(models.Layer{Name: "fc2", Kind: models.Linear, Inputs: []string{"fc"}, Params: weight(2, 16)})
	fmt.Println(err)
	// Output: network tiny, layer fc2 (Linear): weight (2, 16) does not fit an input of 2 numbers
}

func ExampleNetwork_DefaultLayer() {
	fmt.Println(tiny().DefaultLayer())
	// Output: block
}

func ExampleNetwork_Resolve() {
	net := tiny()
	for _, name := range []string{"last", "block.conv1", "relu"} {
		layer, err := net.Resolve(name)
		fmt.Printf("%s: %q %v\n", name, layer, err)
	}
	// Output:
	// last: "block" <nil>
	// block.conv1: "block.conv1" <nil>
	// relu: "" network tiny has no layer "relu"; try block.relu2, block.relu1
}

// At the block, Grad-CAM and HiResCAM are the same map; before its last
// convolution they are not.
func ExampleNetwork_Head() {
	net := tiny()
	linear, ok := net.Head("block")
	fmt.Println(linear.Name, ok)
	_, ok = net.Head("block.relu1")
	fmt.Println(ok)
	// Output:
	// fc true
	// false
}

func ExampleNetwork_Milestones() {
	fmt.Println(tiny().Milestones())
	// Output: [block.relu1 block]
}
