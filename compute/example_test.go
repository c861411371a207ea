package compute_test

import (
	"context"
	"fmt"
	"log"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
)

// colours is ReLU -> global average -> linear (3 -> 2) on pictures of 2 x 2 pixels,
// whose numbers it takes as they are: the logits are 4 times the mean of red and 8
// times that of green, each less 4 times the other.
func colours() *models.Network {
	net := &models.Network{
		Name: "colours", Labels: []string{"red", "green"},
		Input: models.Input{Height: 2, Width: 2, Resize: 2, Fit: models.FitCrop, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}},
	}
	for _, l := range []models.Layer{
		{Name: "relu", Kind: models.ReLU, Inputs: []string{models.InputName}},
		{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"relu"}},
		{Name: "flatten", Kind: models.Flatten, Inputs: []string{"pool"}},
		{Name: "fc", Kind: models.Linear, Inputs: []string{"flatten"}, Params: map[string]*tensor.Dense{
			"weight": dense([]float32{4, -4, 0, -4, 8, 0}, 2, 3),
		}},
	} {
		if err := net.Append(l); err != nil {
			log.Fatal(err)
		}
	}
	return net
}

// bright is a picture that is red at the top left and green at the bottom right.
func bright(net *models.Network) *compute.Subject {
	pixels := dense([]float32{2, 0, 0, 0 /* green */, 0, 0, 0, 3 /* blue */, 0, 0, 0, 0}, 1, 3, 2, 2)
	subject, err := compute.TensorSubject("bright", pixels, net.Input)
	if err != nil {
		log.Fatal(err)
	}
	return subject
}

// A network, a recipe and a picture make a map. A recipe that asks for nothing is
// Grad-CAM of the default layer.
func Example() {
	ctx, net := context.Background(), colours()
	x, err := compute.Open(net, compute.Options{Device: "cpu"})
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()
	answers, err := x.Explain(ctx, compute.Recipe{Class: compute.TopClass}, bright(net))
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range answers[0].Outcomes {
		if o.Err != nil {
			log.Fatal(o.Err)
		}
		fmt.Printf("%s of %s at %s: %v\n", o.Method.Title, o.Explanation.Class.Label, o.Layer, o.Explanation.Map.Values)
		for _, n := range o.Explanation.Notices {
			fmt.Println(n.Text())
		}
	}
	// Output:
	// Grad-CAM of green at relu: [-2 0 0 6]
	// Grad-CAM, HiResCAM and XGrad-CAM are the same map at this layer, because only global average pooling and a linear layer follow.
}

// Check completes a recipe and finds what is wrong with it before anything runs.
func ExampleRecipe_Check() {
	net := colours()
	recipe, err := compute.Recipe{Class: compute.TopClass}.Check(net)
	fmt.Println(recipe.Layers, recipe.Methods[0].Title, err)
	_, err = compute.Recipe{Class: 2}.Check(net)
	fmt.Println(err)
	_, err = compute.Recipe{Layers: []string{"pool"}}.Check(net)
	fmt.Println(err)
	// Output:
	// [relu] Grad-CAM <nil>
	// network colours: class 2 is not between 0 and 1
	// layer pool (GlobalAvgPool) of network colours has no extent in space, so there is no map of it; try relu
}

// One run keeps what most maps are made of: another method makes its map without
// running the network.
func ExamplePass_Explain() {
	ctx, net := context.Background(), colours()
	x, err := compute.Open(net, compute.Options{Device: "cpu"})
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()
	passes, err := x.Run(ctx, compute.Recipe{Class: 0}, bright(net))
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"gradcam", "layercam"} {
		method, err := cam.ByName(name)
		if err != nil {
			log.Fatal(err)
		}
		e, err := passes[0].Explain(ctx, "relu", method)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(method.Title, e.Map.Values)
	}
	// Output:
	// Grad-CAM [2 0 0 -3]
	// LayerCAM [2 0 0 0]
}
