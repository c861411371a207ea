package compute

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"gaze/models"
)

// Score is what the network says of one class.
type Score struct {
	Index int
	Label string
	// Logit is the network's output before softmax or sigmoid. Of the second class of
	// a single output it is negated.
	Logit float32
	// Probability is 0..1, and NaN where the outputs are numbers.
	Probability float32
	// Said reports whether the network says the class: see [models.Network.Says].
	Said bool
	// Unit is what the logit is measured in where it is a number that has a unit.
	Unit string
}

// Measured reports whether the score is a number and no probability.
func (s Score) Measured() bool { return math.IsNaN(float64(s.Probability)) }

// scoreJSON is a score in JSON, which leaves out a probability that there is not.
type scoreJSON struct {
	Index       int      `json:"index"`
	Label       string   `json:"label"`
	Logit       float32  `json:"logit"`
	Probability *float32 `json:"probability,omitempty"`
	Said        bool     `json:"said,omitempty"`
	Unit        string   `json:"unit,omitempty"`
}

// MarshalJSON leaves out a probability that there is not.
func (s Score) MarshalJSON() ([]byte, error) {
	var p *float32
	if !s.Measured() {
		p = &s.Probability
	}
	return json.Marshal(scoreJSON{s.Index, s.Label, s.Logit, p, s.Said, s.Unit})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Score) UnmarshalJSON(data []byte) error {
	var in scoreJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*s = Score{in.Index, in.Label, in.Logit, float32(math.NaN()), in.Said, in.Unit}
	if in.Probability != nil {
		s.Probability = *in.Probability
	}
	return nil
}

// topScores is how many of the most probable classes a Pass lists.
const topScores = 5

// scores returns what the logits of all classes say of a class, or for TopClass of the
// one that the network says, and of the most probable classes. The one that the network
// says is the first, and the others follow by their logits.
func scores(net *models.Network, logits []float32, class int) (asked Score, top []Score, err error) {
	for i, v := range logits {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return asked, nil, fmt.Errorf("the logit of %s is %v: the weights or the picture hold numbers out of range", net.Label(i), v)
		}
	}
	first := net.Best(logits)
	best := make([]int, 1, topScores+1)
	best[0] = first
	for i, v := range logits {
		if i == first {
			continue
		}
		at, _ := slices.BinarySearchFunc(best[1:], v, func(k int, v float32) int {
			if logits[k] >= v {
				return -1
			}
			return 1
		})
		if at+1 < topScores {
			best = slices.Insert(best, at+1, i)[:min(len(best)+1, topScores)]
		}
	}
	listed := len(best)
	if class == TopClass {
		class = first
	}
	// The class asked for is scored beside the best.
	best = append(best, class)
	var room [topScores + 1]float64
	probabilities := net.Output.AppendProbabilities(room[:0], logits, best)
	list := make([]Score, len(best))
	for k, i := range best {
		list[k] = Score{Index: i, Label: net.Label(i), Logit: logits[i], Probability: float32(probabilities[k]), Said: net.Says(logits, first, i)}
		if list[k].Measured() {
			list[k].Unit = net.Output.Unit
		}
	}
	return list[listed], list[:listed:listed], nil
}
