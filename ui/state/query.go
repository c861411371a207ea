package state

import (
	"gaze/compute/cam"
	"gaze/models"
)

// noQuery asks about all heads, and the tokens that the network's head reads.
var noQuery = cam.AttentionQuery{Head: cam.AnyHead, Row: cam.AnyToken}

// attention is that of the chosen layer's block.
func (c *Choice) attention() (models.Layer, bool) {
	if c.net == nil {
		return models.Layer{}, false
	}
	l, ok := c.net.AttentionOf(c.Layer())
	return l, ok && l.Grid != nil
}

// Heads is how many heads the attention in the chosen layer's block has, 0 where there is
// none.
func (c *Choice) Heads() int {
	l, _ := c.attention()
	return l.Attr.Heads
}

// Query is the head and the token that methods are asked about which can be. What the
// chosen layer does not have is left out.
func (c *Choice) Query() cam.AttentionQuery {
	q := noQuery
	l, ok := c.attention()
	if !ok {
		return q
	}
	if c.query.Head < l.Attr.Heads {
		q.Head = c.query.Head
	}
	if c.query.Row < l.Grid.Height && c.query.Column < l.Grid.Width {
		q.Row, q.Column = c.query.Row, c.query.Column
	}
	return q
}

// Ask asks about another head or token.
func (c *Choice) Ask(q cam.AttentionQuery) {
	if q != c.query {
		c.query = q
		c.changedTo()
	}
}

// Ask asks about the token at a pixel of the picture, or where that is the one asked about,
// about the tokens that the network's head reads. It does nothing where the method cannot
// be asked, or the network did not see the pixel.
func (v *View) Ask(column, row int) {
	c, m := v.choice, v.Map
	l, ok := c.attention()
	if m == nil || !ok || c.Method().Query == nil || column < m.Frame.Min.X || column >= m.Frame.Max.X || row < m.Frame.Min.Y || row >= m.Frame.Max.Y {
		return
	}
	q := c.Query()
	y, x := (row-m.Frame.Min.Y)*l.Grid.Height/m.Frame.Dy(), (column-m.Frame.Min.X)*l.Grid.Width/m.Frame.Dx()
	if q.Row == y && q.Column == x {
		y, x = noQuery.Row, noQuery.Column
	}
	q.Row, q.Column = y, x
	c.Ask(q)
}
