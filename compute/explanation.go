package compute

import (
	"cmp"
	"slices"
	"strings"

	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/compute/output"
	"gaze/compute/picture"
	"gaze/models"
)

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
	// Target is what was differentiated, TargetName the same in words; empty means
	// the class's logit.
	Target     Target
	TargetName string
	// Top are the five most probable classes, best first.
	Top []Score
	// Said is how many classes the network says: see [models.Network.Says].
	Said int
	// Map is the raw map.
	Map cam.Map
	// Smoothing and Fusion say what was done to it, empty for nothing: with
	// SmoothAugment or a Fusion its values are no longer raw. Layer then names
	// all layers. Compat is set where it is what pytorch-grad-cam returns.
	Smoothing Smoothing
	Fusion    Fusion
	Compat    bool
	// Output says what the network's outputs are.
	Output models.Output
	// Notices are what the reader of the map has to know.
	Notices []Notice
	// Picture is what the reader has to know of the picture's file.
	Picture []picture.Notice
	// Guesses are what Gaze had to assume of the network, and Doubts what speaks for
	// a wrong preprocessing.
	Guesses []models.Assumption
	Doubts  []models.Doubt
}

// Value is the number that the network gives where its outputs are numbers: the
// logit of the class explained, and of the lower side of a single output the output
// itself.
func (e *Explanation) Value() float64 {
	if slices.Contains(e.Notices, NoticeNegated) {
		return -float64(e.Class.Logit)
	}
	return float64(e.Class.Logit)
}

// FileName is what a file of the map of a picture is called: the picture, the
// layer, how the map was made, and the target.
func (e *Explanation) FileName(picture, extension string) string {
	made := e.Method.Name
	if q := e.Method.Query; q != nil {
		made += q.Suffix()
	}
	for _, how := range []string{string(e.Smoothing), string(e.Fusion)} {
		if how != "" {
			made += "-" + how
		}
	}
	if e.Compat {
		made += "-compat"
	}
	return output.MapFile{Picture: picture, Layer: e.Layer, Method: made, Target: cmp.Or(e.TargetName, e.Class.Label)}.Name(extension)
}

// Caption is what a comparison sheet says of the map of the picture called
// file: every map that leaves the program says the same of itself.
func (e *Explanation) Caption(file string) heat.Caption {
	c := heat.Caption{
		File: file, Network: e.Network, Layer: e.Layer, Method: e.Made(),
		Class: e.TargetName, Probability: e.Class.Probability, Logit: e.Class.Logit, Unit: e.Class.Unit,
	}
	if e.Output.Kind() == models.ActivationSigmoid {
		c.Threshold = e.Output.Level()
	}
	if e.Class.Measured() {
		c.Logit = float32(e.Value())
	}
	if c.Class == "" {
		c.Class = e.Class.Label
	}
	for _, n := range e.Notices {
		c.Notices = append(c.Notices, n.Text())
	}
	for _, d := range e.Doubts {
		c.Notices = append(c.Notices, d.String())
	}
	c.Notices = append(c.Notices, e.Guessed()...)
	for _, n := range e.Picture {
		c.Notices = append(c.Notices, n.Text())
	}
	return c
}

// Guessed is one sentence with what Gaze assumed of the network, or nothing where
// nothing was.
func (e *Explanation) Guessed() []string {
	if len(e.Guesses) == 0 {
		return nil
	}
	values := make([]string, len(e.Guesses))
	for i, g := range e.Guesses {
		values[i] = g.Value
	}
	return []string{"Guessed: " + strings.Join(values, ", ") + "."}
}

// Made says in a few words how the map was made: the method, and what was done
// to its map.
func (e *Explanation) Made() string {
	text := e.Method.Title
	if e.Smoothing != "" {
		text += ", smoothed by " + e.Smoothing.caption()
	}
	if e.Fusion != "" {
		text += ", " + string(e.Fusion) + " of layers"
	}
	if e.Compat {
		text += ", as pytorch-grad-cam"
	}
	return text
}
