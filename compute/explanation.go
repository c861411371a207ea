package compute

import (
	"gaze/compute/cam"
)

// Score is what the network says of one class.
type Score struct {
	Index int    `json:"index"`
	Label string `json:"label"`
	// Logit is the network's output before softmax.
	Logit float32 `json:"logit"`
	// Probability is the softmax over all logits, 0..1.
	Probability float32 `json:"probability"`
}

// Explanation is one class activation map with everything that has to be said
// beside it. What comes after the raw map (normalising, colours, opacity,
// size) is up to whoever shows it.
type Explanation struct {
	Network string
	Layer   string
	Method  cam.Method
	// Device is where it was computed: "cpu" or "cuda".
	Device string
	// Class is the class explained.
	Class Score
	// Top are the five most probable classes, best first.
	Top []Score
	// Map is the raw map.
	Map cam.Map
	// Notices are what the reader of the map has to know.
	Notices []Notice
}
