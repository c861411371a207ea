package op

import (
	"maps"
	"math"
	"testing"

	"gaze/models"
)

// What the document on adding an activation function quotes.
//
//quote:mish

// In the table functions:
var mishRow = definition{at: mish}

// mish is x tanh(ln(1 + exp(x))) (Misra, arXiv:1908.08681).
func mish(_ Function, x float64) jet {
	c := bounded(x)
	s := sigmoid(c)                         // the slope of ln(1 + exp(x))
	y := math.Tanh(math.Log1p(math.Exp(c))) // tanh of it
	first := (1 - y*y) * s                  // y'
	second := first * (1 - s - 2*y*s)       // y"
	return jet{max(x, -tail) * y, y + c*first, 2*first + c*second}
}

//quote:end

// AddMish adds the function Mish to a copy of the table until the test ends.
func AddMish(t *testing.T) models.Kind {
	before := functions
	functions = maps.Clone(before)
	functions["Mish"] = mishRow
	t.Cleanup(func() { functions = before })
	return "Mish"
}
