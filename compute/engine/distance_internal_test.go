package engine

import "math"

// distance is the relative L2 distance.
func distance(got, want []float32) float64 {
	var diff, norm float64
	for i, v := range want {
		diff += math.Pow(float64(got[i])-float64(v), 2)
		norm += math.Pow(float64(v), 2)
	}
	return math.Sqrt(diff / norm)
}
