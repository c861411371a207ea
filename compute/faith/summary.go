package faith

import (
	"fmt"
	"math"
)

// Sample is the mean of a figure over pictures.
type Sample struct {
	// N figures were averaged; Undefined more were NaN and left out.
	N, Undefined int
	// Mean is NaN where N is 0; Spread, the standard deviation with divisor
	// N-1, where N is below 2.
	Mean, Spread float64
}

// Summary is what one metric says of one method over many pictures.
type Summary struct {
	Metric Metric
	// Value is the method's figure, Random that of Random-CAM.
	Value, Random Sample
	// Lead is how much better the method is than Random-CAM on the same
	// picture: positive is better, whichever way the metric goes.
	Lead Sample
}

// Summarize averages the figures of one method: pictures[i] are its figures for
// picture i, by the same metrics in the same order.
func Summarize(pictures [][]Figure) ([]Summary, error) {
	if len(pictures) == 0 {
		return nil, nil
	}
	list := make([]Summary, len(pictures[0]))
	for j, first := range pictures[0] {
		var value, random, lead []float64
		for i, figures := range pictures {
			if len(figures) != len(list) || figures[j].Metric.Name != first.Metric.Name {
				return nil, fmt.Errorf("summarize figures: picture %d has other metrics than the first", i)
			}
			f := figures[j]
			value, random = append(value, f.Value), append(random, f.Random)
			if f.Metric.Higher {
				lead = append(lead, f.Value-f.Random)
			} else {
				lead = append(lead, f.Random-f.Value)
			}
		}
		list[j] = Summary{Metric: first.Metric, Value: NewSample(value), Random: NewSample(random), Lead: NewSample(lead)}
	}
	return list, nil
}

// NewSample averages values, of which those that are NaN are left out.
func NewSample(values []float64) Sample {
	var s Sample
	var sum float64
	for _, v := range values {
		if math.IsNaN(v) {
			s.Undefined++
			continue
		}
		s.N++
		sum += v
	}
	s.Mean = sum / float64(s.N)
	var squares float64
	for _, v := range values {
		if !math.IsNaN(v) {
			squares += (v - s.Mean) * (v - s.Mean)
		}
	}
	s.Spread = math.Sqrt(squares / float64(s.N-1))
	return s
}
