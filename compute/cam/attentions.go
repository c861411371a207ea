package cam

import (
	"errors"
	"slices"
)

// Attentions is what a picture's tokens read of each other.
type Attentions struct {
	// Height and Width are those of the grid of tokens, and At has the cell of each
	// token, row times Width plus column, or -1 for one without a place in the picture.
	// At is nil where all cells stand in order.
	Height, Width int
	At            []int32
	// Layers are in the order of the network.
	Layers []Attention
	// Read are the tokens whose last attention the target depends on: a class token, or
	// all where the network takes their mean.
	Read []int
}

// Attention is what tokens read of each other in one layer.
type Attention struct {
	Layer string
	// Heads attend on their own; Tokens read each other, in each of Windows.
	Heads, Tokens, Windows int
	// Places has for each window the tokens in it, or -1 for padding; nil where one
	// window has all tokens in order, as always with slopes.
	Places []int32
	// Weights, Windows x Heads x Tokens x Tokens, are those with which a token, a row,
	// reads the others. A row adds up to 1.
	Weights []float32
	// Slopes are derivatives by the weights, nil where none were asked for.
	Slopes []float32
}

// Slopes says of what the derivatives by the weights of attention are.
type Slopes string

const (
	// NoSlopes asks for none.
	NoSlopes Slopes = ""
	// TargetSlopes are the target's.
	TargetSlopes Slopes = "target"
	// BlockSlopes are, for each layer, those of the target that the network had if
	// it ended with the layer's block: its head reads the block's output.
	BlockSlopes Slopes = "block"
)

var (
	// ErrNoAttention is the error of a method that looks at attention, for a network
	// that has none.
	ErrNoAttention = errors.New("the network has no attention that can be looked at")
	// ErrWindows is the error of a method that follows attention through the network,
	// where tokens attend to each other within windows.
	ErrWindows = errors.New("the network's tokens attend to each other within windows, and not to the whole picture")
	// ErrVanished is the error of a method that looks at attention where the gradient
	// by all of it is zero.
	ErrVanished = errors.New("the gradient vanished: the target does not depend on the attention in this picture")
	// ErrTokens is the error of a method that follows tokens from layer to layer, where
	// they are not the same ones in all layers.
	ErrTokens = errors.New("the network has other tokens in some layers of attention than in others")
)

// placed is a map of values of tokens. What has no place is left out.
func (a Attentions) placed(values []float64) Map {
	m := Map{Height: a.Height, Width: a.Width, Values: make([]float32, a.Height*a.Width)}
	for i, v := range values {
		switch {
		case a.At == nil:
			m.Values[i] = float32(v)
		case a.At[i] >= 0:
			m.Values[a.At[i]] = float32(v)
		}
	}
	return m
}

// token is the token at a cell.
func (a Attentions) token(row, column int) int {
	cell := row*a.Width + column
	if a.At == nil {
		return cell
	}
	return slices.Index(a.At, int32(cell))
}

// reading is the mean over the tokens that are read, one for each token.
func (a Attentions) reading() []float64 {
	row := make([]float64, a.Layers[0].Tokens)
	for _, i := range a.Read {
		row[i] = 1 / float64(len(a.Read))
	}
	return row
}

// places are where each token is: its window times Tokens plus its place in it.
func (a Attention) places() []int {
	list := make([]int, a.Tokens)
	if a.Places == nil {
		for i := range list {
			list[i] = i
		}
		return list
	}
	list = make([]int, slices.Max(a.Places)+1)
	for place, token := range a.Places {
		if token >= 0 {
			list[token] = place
		}
	}
	return list
}

// rolled is the row of the tokens read of the product of keep I + M_l over all layers,
// the last one first. M_l is the mean over the heads of what add makes of their weights and
// slopes: see [Attention.through]. Products of a row alone are taken, not of matrices.
func (a Attentions) rolled(keep float64, add rowSum) []float64 {
	row := a.reading()
	out := make([]float64, len(row))
	for _, l := range slices.Backward(a.Layers) {
		for j, v := range row {
			out[j] = keep * v
		}
		l.through(out, row, add)
		row, out = out, row
	}
	return row
}

// rowSum adds to out what it makes of a row of weights and slopes, times v. The slopes are
// nil where there are none.
type rowSum func(out []float64, v float64, weights, slopes []float32)

// through adds to out the product of row with the mean over the heads of the matrices that
// add makes.
func (a Attention) through(out, row []float64, add rowSum) {
	for h := range a.Heads {
		for i, v := range row {
			if v == 0 {
				continue
			}
			from := (h*a.Tokens + i) * a.Tokens
			to := from + a.Tokens
			if a.Slopes == nil {
				add(out, v/float64(a.Heads), a.Weights[from:to], nil)
			} else {
				add(out, v/float64(a.Heads), a.Weights[from:to], a.Slopes[from:to])
			}
		}
	}
}
