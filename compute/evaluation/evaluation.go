// Package evaluation says how good a network is on a set of pictures, and what its
// maps have in common: accuracy, confusion, calibration, mean maps, maps that look
// at corners or that stand out, and how well maps find objects.
//
// An [Evaluation] takes one picture at a time and can be asked for its [Figures] at
// any time. It keeps about 200 bytes of a picture; maps are summed and not kept.
package evaluation

import (
	"image"
	"math"
	"slices"

	"gaze/compute/cam"
)

// Unknown stands for a class that is not known.
const Unknown = -1

// Score is what the network says of a class.
type Score struct {
	Class int
	// Probability is 0..1, and NaN where the network's outputs are numbers.
	Probability float64
}

// Picture is what is known of one picture: the network's answer, the truth, and a map.
type Picture struct {
	// Truth are the classes that the picture shows, without the unknown. It is empty
	// where nobody knows.
	Truth []int
	// Top are the most probable classes, best first: at least five, where the network
	// has so many. It is empty where there is no answer, as of a file that cannot be
	// read.
	Top []Score
	// Map is the raw map of the class Explained, at the layer's resolution. It covers
	// what the network sees of the picture. The zero Map is none.
	Map       cam.Map
	Explained int
	// Frame is what the network sees, in pixels of the upright picture, and Regions
	// are where its objects are. Both are needed for [Location] only.
	Frame   image.Rectangle
	Regions []Region
}

// Verdict is what an Evaluation keeps of one picture.
type Verdict struct {
	// Truth is the class that the picture counts for, and Guess the most probable one;
	// [Unknown] where there is none. Of several true classes the picture counts for the
	// one that was guessed, or else for the first.
	Truth, Guess int
	// Right reports whether the guess is one of the true classes, and Near whether a
	// true class is among the five most probable.
	Right, Near bool
	// Confidence is the probability of the guess, and Margin what it has before the
	// next class. Both are NaN where the network's outputs are numbers.
	Confidence, Margin float64
	// Energy is where the map's energy lies.
	Energy Shares
	// Inside is the share of the map's energy inside the object's regions, and Hit
	// reports whether the map's largest value lies there. Inside is NaN where no
	// region is known.
	Inside float64
	Hit    bool

	// thumb is the map in few numbers, or nil: see [thumbnail].
	thumb []uint8
}

// Judged reports whether the picture has both a truth and an answer.
func (v Verdict) Judged() bool { return v.Truth != Unknown && v.Guess != Unknown }

// Evaluation collects pictures. It is made by [New], and is not safe for concurrent
// use.
type Evaluation struct {
	verdicts []Verdict
	maps     mapSums
	location locationSums
}

// New returns an Evaluation without pictures.
func New() *Evaluation {
	return &Evaluation{maps: mapSums{cells: make(map[Pair]*mapSum), wrong: make(map[int]*mapSum)}}
}

// Add takes in a picture and returns its verdict. The picture's number, by which
// [Figures] refer to it, is that of earlier calls.
func (e *Evaluation) Add(p Picture) Verdict {
	v := judge(p)
	m := positive(p.Map)
	if !m.Empty() {
		v.Energy = sharesOf(m)
		v.thumb = thumbnail(m)
	}
	e.maps.add(v, m)
	if found, ok := locate(p, m); ok {
		v.Inside, v.Hit = found.inside, found.hit
		e.location.add(found)
	}
	e.verdicts = append(e.verdicts, v)
	return v
}

// Len is the number of pictures added.
func (e *Evaluation) Len() int { return len(e.verdicts) }

// Verdict returns what is kept of picture i.
func (e *Evaluation) Verdict(i int) Verdict { return e.verdicts[i] }

// judge compares the answer with the truth.
func judge(p Picture) Verdict {
	v := Verdict{Truth: Unknown, Guess: Unknown, Confidence: math.NaN(), Margin: math.NaN(), Energy: noShares(), Inside: math.NaN()}
	if len(p.Truth) > 0 {
		v.Truth = p.Truth[0]
	}
	if len(p.Top) == 0 {
		return v
	}
	v.Guess, v.Confidence = p.Top[0].Class, p.Top[0].Probability
	if len(p.Top) > 1 {
		v.Margin = v.Confidence - p.Top[1].Probability
	}
	if slices.Contains(p.Truth, v.Guess) {
		v.Truth, v.Right = v.Guess, true
	}
	v.Near = slices.ContainsFunc(p.Top[:min(nearest, len(p.Top))], func(s Score) bool { return slices.Contains(p.Truth, s.Class) })
	return v
}

// nearest is the 5 of top-5 accuracy.
const nearest = 5
