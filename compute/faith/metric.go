package faith

import (
	"fmt"
	"image"
	"math"
	"strings"

	"gaze/compute/cam"
)

// Metric is a way to say in one number how faithful a map is. In all formulas p
// is the class's probability for the picture as it is, or the class's number where the
// network gives numbers; the bounds of figures are those of probabilities.
type Metric struct {
	// Name is the identifier on the command line and in results: "deletion".
	Name string
	// Title is the name in papers.
	Title string
	// Paper cites the metric's source.
	Paper string
	// About says in one English sentence what is measured.
	About string
	// Higher reports whether more is better; otherwise less is.
	Higher bool
	// Low and High bound the figure.
	Low, High float64
	// NeedsBox reports whether the figure is defined only where the subject
	// has a box.
	NeedsBox bool

	// series are what the network has to be asked, value makes the figure of
	// the answers.
	series []series
	value  func(outcome) float64
}

// outcome is what a metric's figure is made of.
type outcome struct {
	// p is the class's probability for the picture as it is. number is set where it
	// is a number and no probability.
	p      float64
	number bool
	// y are the probabilities of a series' readings, the picture as it is
	// included where the series begins or ends with it; x where they are.
	x, y  map[series][]float64
	m     cam.Map
	boxes []image.Rectangle
}

const (
	rise    = "Petsiuk, Das and Saenko, RISE, BMVC 2018, arXiv:1806.07421"
	road    = "Rong et al., A consistent and efficient evaluation strategy for attribution methods (ROAD), ICML 2022, arXiv:2202.00449"
	plusCAM = "Chattopadhay et al., Grad-CAM++, WACV 2018, arXiv:1710.11063"
	optiCAM = "Zhang et al., Opti-CAM, CVIU 2024, arXiv:2301.07002"
	backing = "Zhang et al., Top-down neural attention by excitation backprop, ECCV 2016, arXiv:1608.00507"
)

// Metrics lists all metrics: those of RISE, of ROAD, those that keep what the
// map shows, and the pointing game.
func Metrics() []Metric {
	return []Metric{
		{
			Name: "deletion", Title: "Deletion", Paper: rise, High: 1,
			About:  "Mean probability while pixels are zeroed, the map's highest first.",
			series: []series{deleteZero}, value: area(deleteZero),
		},
		{
			Name: "insertion", Title: "Insertion", Paper: rise, Higher: true, High: 1,
			About:  "Mean probability while a blurred picture gets its pixels back, the map's highest first.",
			series: []series{insertBlur}, value: area(insertBlur),
		},
		{
			Name: "deletion-blur", Title: "Deletion (blur)", Paper: rise, High: 1,
			About:  "Mean probability while pixels are blurred, the map's highest first.",
			series: []series{deleteBlur}, value: area(deleteBlur),
		},
		{
			Name: "insertion-zero", Title: "Insertion (zero)", Paper: rise, Higher: true, High: 1,
			About:  "Mean probability while pixels are put into an empty picture, the map's highest first.",
			series: []series{insertZero}, value: area(insertZero),
		},
		{
			Name: "gap", Title: "Insertion − deletion (zero)", Paper: rise, Higher: true, Low: -1, High: 1,
			About:  "Insertion minus deletion with zeros for both: 0 on average for a map that knows nothing.",
			series: []series{insertZero, deleteZero}, value: gap(insertZero, deleteZero),
		},
		{
			Name: "gap-blur", Title: "Insertion − deletion (blur)", Paper: rise, Higher: true, Low: -1, High: 1,
			About:  "Insertion minus deletion with the blurred picture for both: 0 on average for a map that knows nothing.",
			series: []series{insertBlur, deleteBlur}, value: gap(insertBlur, deleteBlur),
		},
		{
			Name: "road-morf", Title: "ROAD MoRF", Paper: road, Low: -1, High: 1,
			About:  "Change of the probability when the map's highest pixels are painted over from their surroundings.",
			series: []series{removeMost}, value: change(removeMost),
		},
		{
			Name: "road-lerf", Title: "ROAD LeRF", Paper: road, Higher: true, Low: -1, High: 1,
			About:  "Change of the probability when the map's lowest pixels are painted over from their surroundings.",
			series: []series{removeLeast}, value: change(removeLeast),
		},
		{
			Name: "road", Title: "ROAD combined", Paper: road, Higher: true, Low: -0.5, High: 0.5,
			About:  "Half of how much better the picture survives losing the map's lowest pixels than its highest.",
			series: []series{removeMost, removeLeast},
			value:  func(o outcome) float64 { return (change(removeLeast)(o) - change(removeMost)(o)) / 2 },
		},
		{
			Name: "drop", Title: "Average drop", Paper: plusCAM, High: 1,
			About:  "Share of the probability that is lost when only what the map shows is kept.",
			series: []series{keep}, value: drop,
		},
		{
			Name: "increase", Title: "Increase in confidence", Paper: plusCAM, Higher: true, High: 1,
			About:  "1 where the probability rises when only what the map shows is kept, otherwise 0.",
			series: []series{keep}, value: increase,
		},
		{
			Name: "gain", Title: "Average gain", Paper: optiCAM, Higher: true, High: 1,
			About:  "Share of the missing probability that is won when only what the map shows is kept.",
			series: []series{keep}, value: gain,
		},
		{
			Name: "pointing", Title: "Pointing game", Paper: backing, Higher: true, High: 1, NeedsBox: true,
			About: "1 where the map's highest point lies in the object's box or at most 15 pixels beside it, otherwise 0.",
			value: pointing,
		},
	}
}

// ByName finds a metric by its Name.
func ByName(name string) (Metric, error) {
	var known []string
	for _, m := range Metrics() {
		if strings.EqualFold(name, m.Name) {
			return m, nil
		}
		known = append(known, m.Name)
	}
	return Metric{}, fmt.Errorf("no metric is called %q; known are %s", name, strings.Join(known, ", "))
}

// area is the area under a series' curve by the trapezoid rule: the mean
// probability on the way, 0..1.
func area(s series) func(outcome) float64 {
	return func(o outcome) float64 {
		x, y := o.x[s], o.y[s]
		var sum float64
		for i := 1; i < len(x); i++ {
			sum += (x[i] - x[i-1]) * (y[i] + y[i-1]) / 2
		}
		return sum
	}
}

// gap is insertion minus deletion. With one baseline for both, deleting in an
// order and inserting in its reverse show the network the same pictures, so
// that for a map as likely to be itself as its negative the mean is 0.
func gap(insertion, deletion series) func(outcome) float64 {
	return func(o outcome) float64 { return area(insertion)(o) - area(deletion)(o) }
}

// change is the mean of p' - p over the pictures with pixels removed.
func change(s series) func(outcome) float64 {
	return func(o outcome) float64 {
		removed := o.y[s][1:]
		var sum float64
		for _, p := range removed {
			sum += p - o.p
		}
		return sum / float64(len(removed))
	}
}

// drop is max(0, p - p') / |p|; 0 where p is 0, when there is nothing to lose.
func drop(o outcome) float64 {
	if o.p == 0 {
		return 0
	}
	return max(0, o.p-o.y[keep][0]) / math.Abs(o.p)
}

// increase is 1 where p' > p.
func increase(o outcome) float64 {
	if o.y[keep][0] > o.p {
		return 1
	}
	return 0
}

// gain is max(0, p' - p) / (1 - p); 0 where p is 1, when there is nothing to
// win. It is NaN for numbers, which have no limit to come near.
func gain(o outcome) float64 {
	if o.number {
		return math.NaN()
	}
	if o.p >= 1 {
		return 0
	}
	return max(0, o.y[keep][0]-o.p) / (1 - o.p)
}

// tolerance is how many pixels beside the box the pointing game forgives.
const tolerance = 15

// pointing is 1 where the map's highest point, the first in row-major order if
// several are as high, is at most 15 pixels from the nearest pixel of a box.
// An empty map points nowhere: 0. Without a box it is NaN.
func pointing(o outcome) float64 {
	if len(o.boxes) == 0 {
		return math.NaN()
	}
	if o.m.Empty() {
		return 0
	}
	top := 0
	for i, v := range o.m.Values {
		if v > o.m.Values[top] {
			top = i
		}
	}
	x, y := top%o.m.Width, top/o.m.Width
	for _, b := range o.boxes {
		dx := max(b.Min.X-x, 0, x-(b.Max.X-1))
		dy := max(b.Min.Y-y, 0, y-(b.Max.Y-1))
		if !b.Empty() && dx*dx+dy*dy <= tolerance*tolerance {
			return 1
		}
	}
	return 0
}
