package compute

import (
	"fmt"
	"math"

	"gaze/models"
)

// Watch notices when a network has the same answer to all of the first pictures, as
// one does that sees something else than it was trained on. The zero value is ready.
type Watch struct {
	seen  int
	class int
	label string
	// The ranges of the class's logit and probability.
	lowest, highest   float64
	unlikely, likely  float64
	measured, differs bool
}

// watched is how many pictures have to be alike.
const watched = 8

// See takes an explanation of the next picture, one of each picture.
func (w *Watch) See(e *Explanation) {
	if w.Decided() || len(e.Top) == 0 {
		return
	}
	s := e.Top[0]
	y, p := float64(s.Logit), float64(s.Probability)
	if w.seen == 0 {
		w.class, w.label, w.measured = s.Index, s.Label, s.Measured()
		w.lowest, w.highest, w.unlikely, w.likely = y, y, p, p
	}
	w.seen++
	w.differs = s.Index != w.class
	w.lowest, w.highest = min(w.lowest, y), max(w.highest, y)
	w.unlikely, w.likely = min(w.unlikely, p), max(w.likely, p)
}

// Decided reports whether further pictures change nothing.
func (w *Watch) Decided() bool { return w.seen >= watched || w.differs }

// Doubts are what has been noticed.
func (w *Watch) Doubts() []models.Doubt {
	if w.seen < watched || w.differs || !w.alike() {
		return nil
	}
	answer := fmt.Sprintf("%.1f %%", 100*w.likely)
	if w.measured {
		answer = fmt.Sprintf("%.4g", w.highest)
	}
	return []models.Doubt{models.NewDoubt(models.DoubtAlike, w.seen, w.label, answer)}
}

// alike reports whether the answers are nearly the same. Pictures of one thing that the
// network is sure of have the same probability, so that their logits tell.
func (w *Watch) alike() bool {
	const (
		near = 0.02
		sure = 0.9
	)
	logits := w.highest-w.lowest <= near*max(math.Abs(w.lowest), math.Abs(w.highest))
	if w.measured {
		return logits
	}
	return w.likely-w.unlikely <= near && (w.likely < sure || logits)
}
