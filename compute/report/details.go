package report

import (
	"fmt"

	"gaze/compute/evaluation"
)

// pageSize is how many pictures' details are in a file. The page loads one when somebody
// looks at a picture of it.
const pageSize = 500

// detail is what the page shows of a picture that somebody looks at.
type detail struct {
	// Top has classes and their probabilities, null for none; Truth all true classes.
	Top   []scored `json:"top,omitempty"`
	Truth []int    `json:"truth,omitempty"`
	// Large are URLs.
	Large   []string `json:"large,omitempty"`
	Failure string   `json:"failure,omitempty"`
	Notices []string `json:"notices,omitempty"`
	Border  *float64 `json:"border,omitempty"`
	// Corners are the shares of the map's energy there.
	Corners []float64 `json:"corners,omitempty"`
	Inside  *float64  `json:"inside,omitempty"`
}

// scored is a class with its probability.
type scored struct {
	Class       int      `json:"class"`
	Probability *float64 `json:"probability"`
}

// details writes what is known of pictures in files of pageSize.
type details struct {
	put  Put
	page []detail
	done int
}

func (d *details) add(p Picture) error {
	one := detail{Failure: p.Failure, Notices: p.Notices, Truth: p.Truth, Border: number(p.Verdict.Energy.Border), Inside: number(p.Verdict.Inside)}
	for _, s := range p.Top {
		one.Top = append(one.Top, scored{s.Class, number(s.Probability)})
	}
	for _, large := range p.Large {
		if large != "" {
			one.Large = append(one.Large, address(large))
		}
	}
	if one.Border != nil {
		one.Corners = corners(p.Verdict.Energy)
	}
	d.page = append(d.page, one)
	if len(d.page) < pageSize {
		return nil
	}
	return d.flush()
}

// flush writes the pictures that are in no file yet.
func (d *details) flush() error {
	if len(d.page) == 0 {
		return nil
	}
	name := fmt.Sprintf("details-%04d", d.done)
	d.done++
	err := saveScript(d.put, name, d.page)
	d.page = d.page[:0]
	return err
}

// corners are the shares of a map with energy.
func corners(s evaluation.Shares) []float64 {
	list := make([]float64, len(s.Corners))
	for i, c := range s.Corners {
		if v := number(c); v != nil {
			list[i] = *v
		}
	}
	return list
}
