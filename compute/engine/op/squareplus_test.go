package op

import (
	"maps"
	"math"
	"testing"

	"gaze/models"
)

// What the document on adding an activation function quotes.
//
//quote:squareplus

// In the table functions:
var squareplusRow = definition{at: squareplus}

// squareplus is (x + √(x² + 4)) / 2 (Barron, Squareplus, arXiv:2112.11687).
func squareplus(_ Function, x float64) jet {
	c := bounded(x)
	root := math.Sqrt(c*c + 4)
	return jet{(x + math.Hypot(x, 2)) / 2, (1 + c/root) / 2, 2 / (root * root * root)}
}

//quote:end

// AddSquareplus adds the function Squareplus to a copy of the table until the test ends.
func AddSquareplus(t *testing.T) models.Kind {
	before := functions
	functions = maps.Clone(before)
	functions["Squareplus"] = squareplusRow
	t.Cleanup(func() { functions = before })
	return "Squareplus"
}
