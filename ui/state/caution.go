package state

import (
	"slices"

	"gaze/models"
)

// Caution is why the user should look at a network's description before trusting it.
type Caution int

// The cautions, the most urgent last.
const (
	Sure           Caution = iota // all is said
	GuessedLabels                 // only the names of the classes are guessed
	GuessedOutputs                // only what the outputs mean is guessed, and perhaps their names
	GuessedLayers                 // what the layers are that have no parameters is guessed
	GuessedInput                  // how a picture becomes the input is guessed
	DoubtfulInput                 // what is said of the input contradicts itself
)

// CautionOf is the most urgent caution about a network.
func CautionOf(net *models.Network) Caution {
	if len(net.Doubts()) > 0 {
		return DoubtfulInput
	}
	caution := Sure
	for _, g := range net.Guesses {
		c := GuessedInput
		switch g.Of {
		case models.AspectLabels:
			c = GuessedLabels
		case models.AspectActivation, models.AspectPositive, models.AspectLayer:
			c = GuessedOutputs
		case models.AspectHead, models.AspectStem:
			c = GuessedLayers
		}
		caution = max(caution, c)
	}
	return caution
}

// guessed returns the basis of the guess of an aspect, and whether it is one.
func guessed(net *models.Network, of models.Aspect) (why string, ok bool) {
	i := slices.IndexFunc(net.Guesses, func(g models.Guess) bool { return g.Of == of })
	if i < 0 {
		return "", false
	}
	return net.Guesses[i].Why, true
}
