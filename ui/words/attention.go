package words

import (
	"fyne.io/fyne/v2/lang"

	"gaze/compute/cam"
)

// Head names a head of an attention, or all of them.
func Head(head int) string {
	if head == cam.AnyHead {
		return lang.L("Mean of all heads")
	}
	return lang.L("Head {{.Number}}", map[string]any{"Number": head})
}

// Token names the token that is asked about.
func Token(q cam.AttentionQuery) string {
	if q.Row == cam.AnyToken {
		return lang.L("Where the token looks that the answer is made of. Click in the picture to ask about a place.")
	}
	return lang.L("Where the token in row {{.Row}}, column {{.Column}} looks. Click it again to let it go.", map[string]any{"Row": q.Row, "Column": q.Column})
}
