package compute

import (
	"gaze/compute/cam"
	"gaze/compute/heat"
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
	// Target is what was differentiated, TargetName the same in words.
	Target     Target
	TargetName string
	// Top are the five most probable classes, best first.
	Top []Score
	// Map is the raw map.
	Map cam.Map
	// Notices are what the reader of the map has to know.
	Notices []Notice
}

// Caption is what a comparison sheet says of the map of the picture called
// file: every map that leaves the program says the same of itself.
func (e *Explanation) Caption(file string) heat.Caption {
	c := heat.Caption{
		File: file, Network: e.Network, Layer: e.Layer, Method: e.Method.Title,
		Class: e.Class.Label, Probability: e.Class.Probability, Logit: e.Class.Logit,
	}
	for _, n := range e.Notices {
		c.Notices = append(c.Notices, n.Text())
	}
	return c
}
