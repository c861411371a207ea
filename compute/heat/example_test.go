package heat_test

import (
	"fmt"
	"image"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

func ExampleNormalize() {
	raw := cam.Map{Height: 1, Width: 4, Values: []float32{-2, 0, 1, 4}}
	norm, _ := heat.Normalize(raw)
	fmt.Println(norm.Values)
	signed, _ := heat.NormalizeSigned(raw)
	fmt.Println(signed.Values)
	// Output:
	// [0 0 0.25 1]
	// [-0.5 0 0.25 1]
}

// The network saw the middle of a picture of 6 x 4 pixels.
func ExampleOverlay() {
	raw := cam.Map{Height: 2, Width: 2, Values: []float32{0, 1, 2, 3}}
	picture, frame := image.Rect(0, 0, 6, 4), image.Rect(1, 0, 5, 4)
	overlay := heat.Overlay(picture, frame, raw, heat.Colormap{})
	fmt.Println(overlay.Bounds())
	fmt.Println("outside the frame:", overlay.NRGBAAt(0, 0).A)
	fmt.Println("inside:", overlay.NRGBAAt(1, 0).A)
	// Output:
	// (0,0)-(6,4)
	// outside the frame: 0
	// inside: 255
}
