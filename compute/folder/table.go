package folder

import (
	"encoding/csv"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"gaze/compute"
)

// ResultsFile is the name of the table in Job.Out.
const ResultsFile = "results.csv"

// RecordsFile is the name of the file in Job.Out with a [Record] a line.
const RecordsFile = "results.jsonl"

const (
	colPath column = iota
	colStatus
	colReason
	colModel
	colLayer
	colMethod
	colDevice
	colClass
	colLabel
	colLogit
	colProbability
	// colTop is the first of the labels of the most probable classes, each with its
	// probability after it.
	colTop
)

// topClasses is how many of them there are.
const topClasses = 5

const (
	colHeight = colTop + 2*topClasses + iota
	colWidth
	colMin
	colMax
	colSum
	colSheet
	colDecode
	colNetwork
	colTotal
	colSettings
	// colGuesses and colWarnings have what Gaze assumed of the network, and what speaks
	// for a wrong preprocessing.
	colGuesses
	colWarnings
	numColumns
)

// row is one line of the table: one map of a picture, or why there is none.
type row [numColumns]string

// column is an index into a row.
type column int

var header = row{
	"path", "status", "reason", "model", "layer", "method", "device",
	"class_index", "class_label", "logit", "probability",
	"top1_label", "top1_probability", "top2_label", "top2_probability", "top3_label", "top3_probability",
	"top4_label", "top4_probability", "top5_label", "top5_probability",
	"map_height", "map_width", "map_min", "map_max", "map_sum",
	"sheet", "seconds_decode", "seconds_network", "seconds_total", "settings", "guesses", "warnings",
}

// textual reports whether a column's cells come from outside: names and
// messages, not numbers.
func (c column) textual() bool {
	switch {
	case c >= colTop && c < colHeight:
		return (c-colTop)%2 == 0
	case c == colStatus:
		return false
	}
	return c <= colDevice || c == colLabel || c == colSheet || c >= colSettings
}

// rows are the lines of a picture: one for each map, and where files of a map could not
// be written a second one with the reason.
func (r Record) rows() []row {
	var rows []row
	for _, m := range r.Maps {
		if m.Status == StatusOK {
			rows = append(rows, r.row(m))
		}
		if m.Status != StatusOK || m.Error != "" {
			rows = append(rows, r.failure(m))
		}
	}
	return rows
}

// row is the line of a map.
func (r Record) row(m MapRecord) row {
	cells := r.start(m, StatusOK)
	cells[colReason], cells[colDevice] = strings.Join(r.Notices, " "), r.Device
	cells[colClass], cells[colLabel] = strconv.Itoa(m.Class.Index), m.Class.Label
	cells[colLogit], cells[colProbability] = float(m.Class.Logit), probability(m.Class)
	for i, s := range r.Top[:min(topClasses, len(r.Top))] {
		cells[colTop+column(2*i)], cells[colTop+column(2*i)+1] = s.Label, probability(s)
	}
	cells[colHeight], cells[colWidth] = strconv.Itoa(m.Height), strconv.Itoa(m.Width)
	cells[colMin], cells[colMax], cells[colSum] = m.Min.String(), m.Max.String(), m.Sum.String()
	if f, ok := m.shown(); ok {
		cells[colSheet] = string(f.Name)
	}
	var guesses []string
	for _, g := range r.Guesses {
		guesses = append(guesses, string(g.Of)+": "+g.String())
	}
	cells[colGuesses] = strings.Join(guesses, "; ")
	cells[colWarnings] = strings.Join(slices.Concat(r.Doubts, r.Common), " ")
	return cells
}

// failure is the line of what could not be made.
func (r Record) failure(m MapRecord) row {
	cells := r.start(m, StatusFailed)
	cells[colReason] = m.Error
	return cells
}

// start is what all lines have.
func (r Record) start(m MapRecord, s Status) row {
	seconds := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
	return row{
		colPath: string(r.Path), colStatus: string(s), colModel: r.Network, colLayer: m.Layer, colMethod: m.Method, colSettings: r.Settings,
		colDecode: seconds(m.Seconds.Decode), colNetwork: seconds(m.Seconds.Network), colTotal: seconds(m.Seconds.Total),
	}
}

// probability is empty where there is none.
func probability(s compute.Score) string {
	if s.Measured() {
		return ""
	}
	return float(s.Probability)
}

// float writes the shortest decimal that reads back as v.
func float(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }

// risky are the first characters that make spreadsheets run a cell's text as a
// formula, and the apostrophe, which is how they mark text.
const risky = "=+-@\t\r'"

// disarm makes text safe to open in a spreadsheet.
func disarm(s string) string {
	if s != "" && strings.ContainsRune(risky, rune(s[0])) {
		return "'" + s
	}
	return s
}

// writeTable writes the table of records.
func writeTable(w io.Writer, records iter.Seq2[Record, error]) error {
	out := csv.NewWriter(w)
	if err := out.Write(header[:]); err != nil {
		return err
	}
	for rec, err := range records {
		if err != nil {
			return err
		}
		for _, r := range rec.rows() {
			for c := range r {
				if column(c).textual() {
					r[c] = disarm(r[c])
				}
			}
			if err := out.Write(r[:]); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}
