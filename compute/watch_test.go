package compute_test

import (
	"math"
	"strings"
	"testing"

	"gaze/compute"
)

// All answers alike are told after eight pictures. Pictures of one thing that the network
// is sure of differ in their logits.
func TestWatch(t *testing.T) {
	number := float32(math.NaN())
	type answer struct {
		index              int
		logit, probability float32
	}
	same := func(a answer, n int) []answer {
		list := make([]answer, n)
		for i := range list {
			list[i] = a
		}
		return list
	}
	for _, c := range []struct {
		name string
		of   []answer
		says string
	}{
		{"seven", same(answer{1, 3, 0.4}, 7), ""},
		{"eight", same(answer{1, 3, 0.4}, 8), "The first 8 pictures all have the answer mug, 40.0 %"},
		{"nearly", append(same(answer{1, 3, 0.40}, 7), answer{1, 3.4, 0.415}), "mug, 41.5 %"},
		{"another class", append(same(answer{1, 3, 0.4}, 7), answer{2, 3, 0.4}), ""},
		{"another probability", append(same(answer{1, 3, 0.4}, 7), answer{1, 4, 0.6}), ""},
		{"sure of one thing", append(same(answer{1, 12, 0.999}, 7), answer{1, 17, 1}), ""},
		{"sure of nothing but one thing", append(same(answer{1, 12, 0.999}, 7), answer{1, 12.1, 0.999}), "mug, 99.9 %"},
		{"a number", same(answer{0, 41.5, number}, 9), "mug, 41.5:"},
		{"numbers", append(same(answer{0, 41, number}, 7), answer{0, 48, number}), ""},
		{"later ones", append(append([]answer{{2, 3, 0.4}}, same(answer{1, 3, 0.4}, 20)...), answer{1, 3, 0.4}), ""},
	} {
		var w compute.Watch
		for _, a := range c.of {
			w.See(&compute.Explanation{Top: []compute.Score{{Index: a.index, Label: "mug", Logit: a.logit, Probability: a.probability}}})
		}
		doubts := w.Doubts()
		switch {
		case (len(doubts) == 1) != (c.says != ""):
			t.Errorf("%s: the doubts are %v", c.name, doubts)
		case c.says != "" && !strings.Contains(doubts[0].String(), c.says):
			t.Errorf("%s: %q does not say %q", c.name, doubts[0], c.says)
		}
	}
}
