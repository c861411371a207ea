package weights

import (
	"hash/fnv"
	"math"
	"strings"

	"gorgonia.org/tensor"
)

// Formula is a source of parameters that needs no file: every number follows
// from the parameter's name and its index, so that any program can make the
// same network. Its predictions mean nothing. Its layers, shapes and computing
// times are those of a trained network.
type Formula struct {
	// Classes is the length given to an axis that may have any.
	Classes int
}

// Param makes the parameter called name. Never fails.
func (f Formula) Param(name string, shape ...int) (*tensor.Dense, error) {
	filled := append([]int(nil), shape...)
	for i, side := range filled {
		if side < 0 {
			filled[i] = f.Classes
		}
	}
	return FormulaTensor(name, filled...), nil
}

// FormulaTensor makes the tensor called name ("input" for the picture). Element
// i is a + b t, where t comes from a SplitMix64 stream seeded with the name's
// FNV-1a hash, uniform in [-1, 1) or [0, 1), and a and b keep activations of a
// deep network in range: He's uniform bound for weights, near one for scales
// and variances, near zero for biases and means, small and positive for
// ConvNeXt's layer scales. Keras' names are known too; its kernels have the outputs
// as their last axis.
func FormulaTensor(name string, shape ...int) *tensor.Dense {
	h := fnv.New64a()
	h.Write([]byte(name))
	seed := h.Sum64()
	a, b, signed := formulaRange(name, shape)
	values := make([]float32, tensor.Shape(shape).TotalSize())
	for i := range values {
		z := seed + uint64(i)*0x9E3779B97F4A7C15
		z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
		z = (z ^ (z >> 27)) * 0x94D049BB133111EB
		z ^= z >> 31
		k := int64(z >> 40)
		t := float32(k) / (1 << 24)
		if signed {
			t = float32(k-1<<23) / (1 << 23)
		}
		// The conversion keeps the compiler from fusing the two operations.
		values[i] = a + float32(b*t)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

// formulaRange returns a and b of a + b t, and whether t runs from -1.
func formulaRange(name string, shape []int) (a, b float32, signed bool) {
	switch {
	case name == "input":
		return 0, 2, true
	case strings.HasSuffix(name, ".weight") && len(shape) > 1:
		fanIn := tensor.Shape(shape[1:]).TotalSize()
		return 0, float32(math.Sqrt(6 / float64(fanIn))), true
	case strings.HasSuffix(name, ".depthwise_kernel") && len(shape) == 4:
		return 0, float32(math.Sqrt(6 / float64(shape[0]*shape[1]))), true
	case (strings.HasSuffix(name, ".kernel") || strings.HasSuffix(name, ".pointwise_kernel")) && len(shape) > 1:
		fanIn := tensor.Shape(shape[:len(shape)-1]).TotalSize()
		return 0, float32(math.Sqrt(6 / float64(fanIn))), true
	case strings.HasSuffix(name, ".weight"), strings.HasSuffix(name, ".gamma"):
		return 1, 0.2, true
	case strings.HasSuffix(name, ".running_var"), strings.HasSuffix(name, ".moving_variance"), strings.HasSuffix(name, ".variance"):
		return 1, 0.5, false
	case strings.HasSuffix(name, ".layer_scale"):
		return 0.1, 0.1, false
	}
	return 0, 0.1, true
}
