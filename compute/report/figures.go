package report

import (
	"math"

	"gaze/compute/evaluation"
)

// figures are a run's figures as the page reads them. Numbers that are none are null.
type figures struct {
	Title    string         `json:"title"`
	Settings []Setting      `json:"settings"`
	Notices  []Notice       `json:"notices"`
	Labels   map[int]string `json:"labels"`
	// Colours are red, green and blue of the values 0/255 to 255/255.
	Colours []byte `json:"colours"`
	// PageSize is how many pictures a file of details has.
	PageSize int `json:"pageSize"`

	Judged    int      `json:"judged"`
	Top1      *float64 `json:"top1"`
	Top5      *float64 `json:"top5"`
	Precision *float64 `json:"precision"`
	Recall    *float64 `json:"recall"`
	F1        *float64 `json:"f1"`
	Margin    *float64 `json:"margin"`
	ECE       *float64 `json:"ece"`
	Bins      []bin    `json:"bins"`
	Border    *float64 `json:"border"`

	// MapHeight and MapWidth are the sides of all mean maps.
	MapHeight int     `json:"mapHeight"`
	MapWidth  int     `json:"mapWidth"`
	Classes   []class `json:"classes"`
	Cells     []cell  `json:"cells"`

	Certain        []int         `json:"certain"`
	Uncertain      []int         `json:"uncertain"`
	CertainlyWrong []int         `json:"certainlyWrong"`
	Outliers       []outlier     `json:"outliers"`
	Corners        []cornerClass `json:"corners"`
	Location       *location     `json:"location"`

	Slowest  []slowest    `json:"slowest"`
	Failures []failedFile `json:"failures"`
}

type bin struct {
	Pictures   int      `json:"pictures"`
	Confidence *float64 `json:"confidence"`
	Accuracy   *float64 `json:"accuracy"`
}

type class struct {
	Index      int       `json:"index"`
	True       int       `json:"true"`
	Guessed    int       `json:"guessed"`
	Right      int       `json:"right"`
	Precision  *float64  `json:"precision"`
	Recall     *float64  `json:"recall"`
	F1         *float64  `json:"f1"`
	Confidence *float64  `json:"confidence"`
	ECE        *float64  `json:"ece"`
	Border     *float64  `json:"border"`
	Corners    []float64 `json:"corners"`
	RightMap   *meanMap  `json:"rightMap"`
	WrongMap   *meanMap  `json:"wrongMap"`
	GuessedMap *meanMap  `json:"guessedMap"`
}

type cell struct {
	Truth    int      `json:"truth"`
	Guess    int      `json:"guess"`
	Pictures int      `json:"pictures"`
	Map      *meanMap `json:"map"`
}

// meanMap has its values 0..1 in 255ths.
type meanMap struct {
	Pictures int    `json:"pictures"`
	Values   []byte `json:"values"`
}

type outlier struct {
	Picture  int      `json:"picture"`
	Distance *float64 `json:"distance"`
	Score    *float64 `json:"score"`
}

type cornerClass struct {
	Class  int      `json:"class"`
	Corner int      `json:"corner"`
	Share  *float64 `json:"share"`
	Maps   int      `json:"maps"`
}

type location struct {
	Pictures  int      `json:"pictures"`
	Pointing  *float64 `json:"pointing"`
	Inside    *float64 `json:"inside"`
	IoU       *float64 `json:"iou"`
	Threshold *float64 `json:"threshold"`
}

type slowest struct {
	Picture int      `json:"picture"`
	Seconds *float64 `json:"seconds"`
}

type failedFile struct {
	Picture int    `json:"picture"`
	Reason  string `json:"reason"`
}

// figuresOf gathers what the page shows of all pictures together.
func figuresOf(run Run, f evaluation.Figures, c *columns) figures {
	out := figures{
		Title: run.Title, Settings: run.Settings, Notices: run.Notices, Labels: make(map[int]string), PageSize: pageSize,
		Judged: f.Judged, Top1: number(f.Top1), Top5: number(f.Top5), Precision: number(f.Precision), Recall: number(f.Recall), F1: number(f.F1),
		Margin: number(f.Margin), ECE: number(f.Calibration.ECE), Border: number(f.Energy.Border),
		Certain: f.Certain, Uncertain: f.Uncertain, CertainlyWrong: f.CertainlyWrong,
	}
	for i := range 256 {
		c := run.Colormap.At(float64(i) / 255)
		out.Colours = append(out.Colours, c.R, c.G, c.B)
	}
	for _, b := range f.Calibration.Bins {
		out.Bins = append(out.Bins, bin{b.Pictures, number(b.Confidence), number(b.Accuracy)})
	}
	for _, c := range f.Classes {
		out.Classes = append(out.Classes, class{
			c.Index, c.True, c.Guessed, c.Right, number(c.Precision), number(c.Recall), number(c.F1), number(c.Confidence), number(c.ECE),
			number(c.Energy.Border), corners(c.Energy), out.mean(c.RightMap), out.mean(c.WrongMap), out.mean(c.GuessedMap),
		})
	}
	for _, c := range f.Confusion {
		out.Cells = append(out.Cells, cell{c.Truth, c.Guess, c.Pictures, out.mean(c.Mean)})
	}
	for _, o := range f.Outliers {
		out.Outliers = append(out.Outliers, outlier{o.Picture, number(o.Distance), number(o.Score)})
	}
	for _, k := range f.Corners {
		out.Corners = append(out.Corners, cornerClass{k.Class, int(k.Corner), number(k.Share), k.Maps})
	}
	if l := f.Location; l != nil {
		out.Location = &location{l.Pictures, number(l.Pointing), number(l.Inside), number(l.IoU), number(l.Threshold)}
	}
	for _, s := range c.slowest {
		out.Slowest = append(out.Slowest, slowest{s.picture, number(s.took.Seconds())})
	}
	for _, x := range c.failures {
		out.Failures = append(out.Failures, failedFile{x.picture, x.reason})
	}
	out.label(run.Labels)
	return out
}

// label names the classes. Details may have any of them.
func (f *figures) label(labels []string) {
	for i, name := range labels {
		if name != "" {
			f.Labels[i] = name
		}
	}
}

// mean is a mean map for the page, or nil for none.
func (f *figures) mean(m evaluation.MeanMap) *meanMap {
	if m.Pictures == 0 {
		return nil
	}
	f.MapHeight, f.MapWidth = m.Map.Height, m.Map.Width
	values := make([]byte, len(m.Map.Values))
	for i, v := range m.Map.Values {
		values[i] = byte(math.Round(255 * float64(min(max(v, 0), 1))))
	}
	return &meanMap{m.Pictures, values}
}

// number is v with five digits, which is all that the page shows, or nil where it is
// none.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = math.Round(v*1e5) / 1e5
	return &v
}
