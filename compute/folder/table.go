package folder

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"gaze/compute"
	"gaze/models"
)

// ResultsFile is the name of the table in Job.Out.
const ResultsFile = "results.csv"

// RecordsFile is the name of the file in Job.Out with a [Record] a line.
const RecordsFile = "results.jsonl"

// Statuses of a row.
const (
	statusOK     = "ok"
	statusFailed = "failed"
)

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

// explain fills the columns about the network's answer.
func (r *row) explain(x *compute.Explanation) {
	r[colLayer], r[colMethod], r[colDevice] = x.Layer, x.Method.Name, x.Device
	r[colClass], r[colLabel] = strconv.Itoa(x.Class.Index), x.Class.Label
	r[colLogit], r[colProbability] = float(x.Class.Logit), probability(x.Class)
	for i, s := range x.Top[:min(topClasses, len(x.Top))] {
		r[colTop+column(2*i)], r[colTop+column(2*i)+1] = s.Label, probability(s)
	}
	r[colHeight], r[colWidth] = strconv.Itoa(x.Map.Height), strconv.Itoa(x.Map.Width)
	lo, hi, sum := x.Map.Range()
	r[colMin], r[colMax] = float(float32(lo)), float(float32(hi))
	r[colSum] = strconv.FormatFloat(sum, 'g', -1, 64)
	var guesses []string
	for _, g := range x.Guesses {
		guesses = append(guesses, string(g.Of)+": "+g.String())
	}
	r[colGuesses] = strings.Join(guesses, "; ")
	r.warn(x.Doubts)
}

// warn adds doubts to the row.
func (r *row) warn(doubts []models.Doubt) {
	for _, d := range doubts {
		if r[colWarnings] != "" {
			r[colWarnings] += " "
		}
		r[colWarnings] += d.String()
	}
}

// probability writes a class's probability, and nothing where it is a number.
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

// disarm makes text safe to open in a spreadsheet; arm undoes it.
func disarm(s string) string {
	if s != "" && strings.ContainsRune(risky, rune(s[0])) {
		return "'" + s
	}
	return s
}

func arm(s string) string { return strings.TrimPrefix(s, "'") }

// writeTable writes the table.
func writeTable(w io.Writer, rows []row) error {
	out := csv.NewWriter(w)
	if err := out.Write(header[:]); err != nil {
		return err
	}
	for _, r := range rows {
		for c := range r {
			if column(c).textual() {
				r[c] = disarm(r[c])
			}
		}
		if err := out.Write(r[:]); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// readTable reads what writeTable wrote.
func readTable(in io.Reader) ([]row, error) {
	records := csv.NewReader(in)
	records.FieldsPerRecord = int(numColumns)
	first, err := records.Read()
	if err != nil || !slices.Equal(first, header[:]) {
		return nil, errors.New("it was not written by this version of the program")
	}
	var rows []row
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		r := row(record)
		for c := range r {
			if column(c).textual() {
				r[c] = arm(r[c])
			}
		}
		rows = append(rows, r)
	}
}
