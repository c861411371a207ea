package cam_test

import (
	"context"
	"fmt"
	"log"

	"gaze/compute/cam"
)

// Two channels of three pixels. The means of their gradients are 1 and -2:
// Grad-CAM multiplies each channel by its mean, HiResCAM each activation by its
// own gradient.
func ExampleMethod_Apply() {
	layer := cam.Layer{
		Channels: 2, Height: 1, Width: 3,
		Activation: []float32{1, 2, 3, 4, 0, -1},
		Gradient:   []float32{3, 0, 0, -1, -1, -4},
	}
	for _, name := range []string{"gradcam", "hirescam"} {
		method, err := cam.ByName(name)
		if err != nil {
			log.Fatal(err)
		}
		// No network is needed for methods that do not run it again.
		raw, err := method.Apply(context.Background(), layer, nil)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(method.Title, raw.Values)
	}
	// Output:
	// Grad-CAM [-7 2 5]
	// HiResCAM [-1 0 4]
}

// Upper and lower case, hyphens and spaces do not matter.
func ExampleByName() {
	for _, name := range []string{"gradcam++", "Grad-CAM plus plus"} {
		method, err := cam.ByName(name)
		fmt.Println(method.Title, err)
	}
	// Output:
	// Grad-CAM++ <nil>
	// Grad-CAM++ <nil>
}
