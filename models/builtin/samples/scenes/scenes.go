// Package scenes describes what the sample pictures show: everyday things
// that the built-in network knows, in the light of a room or of the day.
package scenes

import "gaze/models/builtin/samples/render"

// Width and Height are the pictures' size in pixels.
const (
	Width  = 640
	Height = 480
)

// Scene is one sample picture.
type Scene struct {
	// Name is the picture's file name without its extension. Object k of
	// the mask is class k-1 of the sample of that name.
	Name string
	// Make builds the scene.
	Make func() *render.Scene
}

// All lists the scenes.
func All() []Scene {
	return []Scene{
		{"mug", mugScene},
		{"keyboard", keyboardScene},
		{"keyboard-mug", keyboardMugScene},
		{"laptop-mug", laptopMugScene},
		{"soccer-ball", soccerScene},
		{"golf-ball", golfScene},
		{"laptop", laptopScene},
		{"monitor", monitorScene},
		{"mouse", mouseScene},
		{"calculator", calculatorScene},
		{"headphones", headphonesScene},
		{"lamp", lampScene},
		{"yin-yang", yinYangScene},
		{"metronome", metronomeScene},
		{"barrel", barrelScene},
		{"menorah", menorahScene},
		{"stop-sign", stopSignScene},
		{"umbrella", umbrellaScene},
		{"pyramid", pyramidScene},
	}
}
