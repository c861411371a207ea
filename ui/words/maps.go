package words

import (
	"fyne.io/fyne/v2/lang"

	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/folder"
	"gaze/models/store"
	"gaze/ui/state"
)

// MapSize writes a map's size.
func MapSize(m cam.Map) string {
	return lang.L("map {{.Width}}×{{.Height}}", map[string]any{"Width": m.Width, "Height": m.Height})
}

// RawRange writes the lowest and the highest value of a raw map.
func RawRange(m cam.Map) string {
	lo, hi, _ := m.Range()
	return lang.L("raw {{.Low}} … {{.High}}", map[string]any{"Low": Value(lo), "High": Value(hi)})
}

// Metric is a metric's name in the window, where there is little room.
func Metric(m faith.Metric) string {
	switch m.Name {
	case "gap":
		return lang.L("gap")
	case "drop":
		return lang.L("drop")
	case "road":
		return "ROAD"
	}
	return m.Title
}

// Figures writes how faithful the card's map is, where that is known.
func Figures(c state.Card) []string {
	var words []string
	for _, f := range c.Figures {
		words = append(words, Metric(f.Metric)+" "+state.Hundredths(f.Value))
	}
	return words
}

// Done says how far something is.
func Done(p state.Progress) string {
	return lang.L("{{.Done}} of {{.Total}}", map[string]any{"Done": p.Done, "Total": p.Total})
}

// Analysis says how far the analysis is and how long it will take.
func Analysis(p folder.Progress) string {
	data := map[string]any{"Done": p.Done, "Total": p.Total, "Time": Duration(p.Remaining)}
	if p.Remaining == 0 {
		return lang.L("{{.Done}} of {{.Total}}", data)
	}
	return lang.L("{{.Done}} of {{.Total}} · {{.Time}} left", data)
}

// Download says what arrives, how fast, and how long it will take.
func Download(d *state.Download) string {
	data := map[string]any{
		"Name": d.Name, "Done": store.Megabytes(d.Done), "Total": store.Megabytes(d.Total),
		"Speed": store.Megabytes(int64(d.BytesPerSecond)), "Time": Duration(d.Remaining),
	}
	if d.Waiting {
		return lang.L("{{.Name}}: waiting for another program that downloads it", data)
	}
	if d.BytesPerSecond == 0 {
		return lang.L("{{.Name}}: {{.Done}} of {{.Total}}", data)
	}
	return lang.L("{{.Name}}: {{.Done}} of {{.Total}} · {{.Speed}}/s · {{.Time}} left", data)
}
