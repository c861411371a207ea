package cam

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// AttentionQuery is what [RawAttention] shows.
type AttentionQuery struct {
	// Head is one of the layer's; AnyHead takes the mean of all.
	Head int
	// Row and Column are the cell of the token that reads, in the grid of tokens; a Row
	// of AnyToken stands for those that the network's head reads, as the class token.
	Row, Column int
}

const (
	// AnyHead in a query stands for all heads.
	AnyHead = -1
	// AnyToken as a query's row stands for the tokens that the network's head reads.
	AnyToken = -1
)

// rawAttention is the query of which nothing is said.
var rawAttention = RawAttention(AttentionQuery{Head: AnyHead, Row: AnyToken})

// RawAttention is the method of the attention itself: the weights with which one token reads the
// others, in the layer's block; where tokens attend to each other within windows, others
// than those of its window have none. Unless the query says a token, it is the one that the
// network's head reads, or the mean of those. Without a head, the map is the mean over the
// heads. The weights of all tokens add up to 1; those without a place in the picture
// are left out.
//
// Where a token looks is no explanation of an answer: the class plays no part, and
// neither does what the network makes of what it reads.
func RawAttention(q AttentionQuery) Method {
	return Method{
		Name: "rawattention", Title: q.title(),
		Paper:         "Vaswani et al., Attention is all you need, NeurIPS 2017, arXiv:1706.03762",
		Cost:          CostPasses,
		ClassAgnostic: true,
		NeedsTokens:   true,
		Query:         &q,
		ask: func(ctx context.Context, _ Layer, net Network) (raw Map, err error) {
			err = net.AttentionHere(ctx, func(a Attentions) (err error) {
				raw, err = q.of(a)
				return err
			})
			return raw, err
		},
	}
}

// title names what is looked at.
func (q AttentionQuery) title() string {
	var of []string
	if q.Head != AnyHead {
		of = append(of, fmt.Sprintf("head %d", q.Head))
	}
	if q.Row != AnyToken {
		of = append(of, fmt.Sprintf("row %d, column %d", q.Row, q.Column))
	}
	if len(of) == 0 {
		return "Raw attention"
	}
	return "Raw attention (" + strings.Join(of, ", ") + ")"
}

// Suffix is what tells maps of several queries apart in a file's name: "-head3-row1-column2".
// It is empty for the query of which nothing is said.
func (q AttentionQuery) Suffix() string {
	var s string
	if q.Head != AnyHead {
		s = fmt.Sprintf("-head%d", q.Head)
	}
	if q.Row != AnyToken {
		s += fmt.Sprintf("-row%d-column%d", q.Row, q.Column)
	}
	return s
}

// of makes the map of the first layer.
func (q AttentionQuery) of(a Attentions) (Map, error) {
	l := a.Layers[0]
	heads := []int{q.Head}
	switch {
	case q.Head == AnyHead:
		heads = heads[:0]
		for h := range l.Heads {
			heads = append(heads, h)
		}
	case q.Head < 0 || q.Head >= l.Heads:
		return Map{}, fmt.Errorf("head %d is not between 0 and %d", q.Head, l.Heads-1)
	}
	read := a.Read
	if q.Row != AnyToken {
		if q.Row < 0 || q.Row >= a.Height || q.Column < 0 || q.Column >= a.Width {
			return Map{}, fmt.Errorf("row %d, column %d is not in the grid of %dx%d tokens, which are counted from 0", q.Row, q.Column, a.Height, a.Width)
		}
		read = []int{a.token(q.Row, q.Column)}
	}
	place := l.places()
	sum := make([]float64, len(place))
	share := 1 / float64(len(heads)*len(read))
	for _, i := range read {
		window := place[i] / l.Tokens
		for _, h := range heads {
			row := (window*l.Heads+h)*l.Tokens + place[i]%l.Tokens
			for j, w := range l.Weights[row*l.Tokens:][:l.Tokens] {
				if l.Places == nil {
					sum[j] += share * float64(w)
				} else if at := l.Places[window*l.Tokens+j]; at >= 0 {
					sum[at] += share * float64(w)
				}
			}
		}
	}
	if slices.ContainsFunc(sum, math.IsNaN) {
		return Map{}, fmt.Errorf("layer %s: the weights are not numbers", l.Layer)
	}
	return a.placed(sum), nil
}
