package compute_test

import (
	"math"
	"slices"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
)

// What a sheet says of the answer, of what was guessed and of what is doubted.
func TestCaptionOfHeads(t *testing.T) {
	number := float32(math.NaN())
	sigmoid, years := models.Output{Activation: models.ActivationSigmoid, Threshold: 0.3}, models.Output{Activation: models.ActivationNone, Unit: "years"}
	for _, c := range []struct {
		name        string
		output      models.Output
		class       compute.Score
		notices     []compute.Notice
		probability float32
		logit       float32
		unit        string
		threshold   float64
	}{
		{"softmax", models.Output{}, compute.Score{Logit: 3, Probability: 0.5}, nil, 0.5, 3, "", 0},
		{"sigmoid", sigmoid, compute.Score{Logit: 0, Probability: 0.5}, nil, 0.5, 0, "", 0.3},
		{"number", years, compute.Score{Logit: 63, Probability: number, Unit: "years"}, nil, number, 63, "years", 0},
		// What lowers a number is explained by the negated one, and the number is the same.
		{"lower", years, compute.Score{Index: 1, Logit: -63, Probability: number, Unit: "years"}, []compute.Notice{compute.NoticeNegated}, number, 63, "years", 0},
	} {
		e := &compute.Explanation{
			Method: cam.RandomCAM(), Class: c.class, Output: c.output, Notices: c.notices,
			Guesses: []models.Assumption{{Of: models.AspectMean, Value: "a mean of 0 0 0", Why: "x"}, {Of: models.AspectScale, Value: "pixels from 0 to 1"}},
			Doubts:  []models.Doubt{models.NewDoubt(models.DoubtLogits, "123")},
		}
		got := e.Caption("a.jpg")
		same := got.Probability == c.probability || math.IsNaN(float64(got.Probability)) && math.IsNaN(float64(c.probability))
		if !same || got.Logit != c.logit || got.Unit != c.unit || got.Threshold != c.threshold {
			t.Errorf("%s: %+v", c.name, got)
		}
		tail := got.Notices[len(got.Notices)-2:]
		want := []string{
			"A logit of 123 is larger than trained networks give: the network may see something else than it was trained on.",
			"Guessed: a mean of 0 0 0, pixels from 0 to 1.",
		}
		if !slices.Equal(tail, want) {
			t.Errorf("%s: notices %q, want %q", c.name, tail, want)
		}
	}
}
