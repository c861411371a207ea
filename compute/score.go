package compute

import (
	"fmt"
	"math"
	"slices"

	"gaze/models"
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

// topScores is how many of the most probable classes a Pass lists.
const topScores = 5

// scores returns what the logits say of a class, or of the most probable one for
// TopClass, and the most probable classes, best first.
func scores(net *models.Network, logits []float32, class int) (asked Score, top []Score, err error) {
	for i, v := range logits {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return asked, nil, fmt.Errorf("the logit of %s is %v: the weights or the picture hold numbers out of range", net.Label(i), v)
		}
	}
	norm := logSum(logits)
	score := func(i int) Score {
		v := logits[i]
		return Score{Index: i, Label: net.Label(i), Logit: v, Probability: float32(math.Exp(float64(v) - norm))}
	}
	best := make([]int, 0, topScores+1)
	for i, v := range logits {
		at, _ := slices.BinarySearchFunc(best, v, func(k int, v float32) int {
			if logits[k] >= v {
				return -1
			}
			return 1
		})
		if at < topScores {
			best = slices.Insert(best, at, i)[:min(len(best)+1, topScores)]
		}
	}
	top = make([]Score, len(best))
	for k, i := range best {
		top[k] = score(i)
	}
	if class == TopClass {
		return top[0], top, nil
	}
	return score(class), top, nil
}
