package evaluation

import (
	"math"
	"slices"
)

// Calibration compares how sure a network is with how often it is right.
type Calibration struct {
	// Bins cut the confidences 0..1 into equal parts; bin i has those above i/n up to
	// (i+1)/n.
	Bins []Bin
	// ECE is the expected calibration error: the mean distance of confidence and
	// accuracy over the bins, weighted by their pictures (Guo et al., On Calibration
	// of Modern Neural Networks, 2017). It is NaN without pictures.
	ECE float64
}

// Bin is what the pictures of a range of confidences have in common.
type Bin struct {
	Pictures int
	// Confidence is their mean confidence, and Accuracy the share that is right. Both
	// are NaN without pictures.
	Confidence, Accuracy float64
}

// calibrationBins is the number of bins, as in the paper.
const calibrationBins = 15

// calibrate bins the judged pictures that have a probability.
func calibrate(verdicts []Verdict) Calibration {
	edges := make([]float64, calibrationBins-1)
	for i := range edges {
		edges[i] = float64(i+1) / calibrationBins
	}
	c := Calibration{Bins: make([]Bin, calibrationBins), ECE: math.NaN()}
	var confidence, right [calibrationBins]float64
	all := 0
	for _, v := range verdicts {
		if !v.Judged() || math.IsNaN(v.Confidence) {
			continue
		}
		i, _ := slices.BinarySearch(edges, v.Confidence)
		c.Bins[i].Pictures++
		confidence[i] += v.Confidence
		if v.Right {
			right[i]++
		}
		all++
	}
	var gap float64
	for i := range c.Bins {
		n := float64(c.Bins[i].Pictures)
		c.Bins[i].Confidence, c.Bins[i].Accuracy = confidence[i]/n, right[i]/n
		gap += math.Abs(confidence[i] - right[i])
	}
	if all > 0 {
		c.ECE = gap / float64(all)
	}
	return c
}
