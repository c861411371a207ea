package main

import (
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/output"
	"gaze/models"
)

// summaryRow is what one metric says of one method over all pictures.
type summaryRow struct {
	Method string `json:"method"`
	// Layer is told where several layers are compared.
	Layer     string   `json:"layer,omitempty"`
	Metric    string   `json:"metric"`
	Higher    bool     `json:"higher"`
	N         int      `json:"n"`
	Undefined int      `json:"undefined"`
	Mean      *float64 `json:"mean"`
	Spread    *float64 `json:"spread"`
	Random    *float64 `json:"random"`
	Lead      *float64 `json:"lead"`
	// Guesses are what Gaze assumed of the network; never nil.
	Guesses []models.Assumption `json:"guesses"`
}

// layers is the number of layers, of which each has a column for each method. Those
// that are fused count as one.
func (t *compareTask) layers() int { return len(t.columns) / len(t.recipe.Methods) }

// layer is the column's layer, or empty if there is only one layer.
func (t *compareTask) layer(of compute.Outcome) string {
	if t.layers() == 1 {
		return ""
	}
	return of.Layer
}

// title is what a column is called in the table.
func (t *compareTask) title(of compute.Outcome) string {
	if layer := t.layer(of); layer != "" {
		return of.Method.Title + ", " + layer
	}
	return of.Method.Title
}

// report prints the summary and writes the tables.
func (t *compareTask) report(out io.Writer, rows []comparedPicture, asJSON bool) error {
	var all []summaryRow
	summaries := make([][]faith.Summary, len(t.columns))
	for i, o := range t.columns {
		var figures [][]faith.Figure
		for _, p := range rows {
			if p.figures[i] != nil {
				figures = append(figures, p.figures[i])
			}
		}
		var err error
		if summaries[i], err = faith.Summarize(figures); err != nil {
			return err
		}
		for _, s := range summaries[i] {
			all = append(all, summaryRow{
				o.Method.Name, t.layer(o), s.Metric.Name, s.Metric.Higher, s.Value.N, s.Value.Undefined,
				finite(s.Value.Mean), finite(s.Value.Spread), finite(s.Random.Mean), finite(s.Lead.Mean), t.guesses(),
			})
		}
	}
	all = append(all, t.sanityRows(rows)...)
	if t.outputs.sheets != "" {
		if err := t.tables(rows, all); err != nil {
			return err
		}
	}
	if asJSON {
		return printJSON(out, all)
	}
	baselines, err := t.baselines(rows)
	if err != nil {
		return err
	}
	if err := t.printSummaries(out, summaries, baselines); err != nil {
		return err
	}
	return t.reportSanity(out, rows)
}

// baselines are the summaries of each layer that has measured maps, whose Random is
// the layer's baseline. All columns of a layer were measured beside the same
// baseline, so a picture's first figures tell it.
func (t *compareTask) baselines(rows []comparedPicture) ([][]faith.Summary, error) {
	list := make([][]faith.Summary, t.layers())
	for layer := range list {
		first := layer * len(t.recipe.Methods)
		var figures [][]faith.Figure
		for _, p := range rows {
			of := p.figures[first : first+len(t.recipe.Methods)]
			if i := slices.IndexFunc(of, func(f []faith.Figure) bool { return f != nil }); i >= 0 {
				figures = append(figures, of[i])
			}
		}
		var err error
		if list[layer], err = faith.Summarize(figures); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// printSummaries prints a line for each column, and last one for each layer's
// baseline.
func (t *compareTask) printSummaries(out io.Writer, summaries, baselines [][]faith.Summary) error {
	measured := slices.IndexFunc(summaries, func(s []faith.Summary) bool { return len(s) > 0 })
	if measured < 0 {
		return nil
	}
	head := []string{"method"}
	for _, s := range summaries[measured] {
		arrow := "↓"
		if s.Metric.Higher {
			arrow = "↑"
		}
		head = append(head, ">"+s.Metric.Name+" "+arrow)
	}
	table := newTable(out, head...)
	for i, o := range t.columns {
		cells := []string{t.title(o)}
		for j := range t.metrics {
			if len(summaries[i]) > 0 {
				cells = append(cells, meanSpread(summaries[i][j].Value))
			} else {
				cells = append(cells, figure(math.NaN()))
			}
		}
		table.row(cells...)
	}
	for layer, of := range baselines {
		if len(of) == 0 {
			continue
		}
		column := t.columns[layer*len(t.recipe.Methods)]
		column.Method = cam.RandomCAM()
		cells := []string{t.title(column)}
		for _, s := range of {
			cells = append(cells, meanSpread(s.Random))
		}
		table.row(cells...)
	}
	return table.flush()
}

// guesses are what Gaze assumed of the network, a list also where it is nothing.
func (t *compareTask) guesses() []models.Assumption {
	return append([]models.Assumption{}, t.net.Assumptions()...)
}

// guessed writes the guesses into one cell of a table.
func (t *compareTask) guessed() string {
	var list []string
	for _, g := range t.guesses() {
		list = append(list, string(g.Of)+": "+g.String())
	}
	return strings.Join(list, "; ")
}

// tables writes compare.csv and summary.csv.
func (t *compareTask) tables(rows []comparedPicture, summary []summaryRow) error {
	records := [][]string{{"path", "class", "layer", "method", "metric", "value", "random", "guesses"}}
	for _, p := range rows {
		for i, o := range t.columns {
			for _, f := range p.figures[i] {
				records = append(records, []string{p.path, p.class, o.Layer, o.Method.Name, f.Metric.Name, cell(f.Value), cell(f.Random), t.guessed()})
			}
		}
	}
	if err := output.SaveCSV(filepath.Join(t.outputs.sheets, "compare.csv"), records); err != nil {
		return err
	}
	records = [][]string{{"method", "metric", "higher", "n", "undefined", "mean", "spread", "random", "lead", "guesses"}}
	for _, s := range summary {
		record := []string{
			s.Method, s.Metric, strconv.FormatBool(s.Higher), strconv.Itoa(s.N), strconv.Itoa(s.Undefined),
			optional(s.Mean), optional(s.Spread), optional(s.Random), optional(s.Lead), t.guessed(),
		}
		if s.Layer != "" {
			record[0] += ", " + s.Layer
		}
		records = append(records, record)
	}
	return output.SaveCSV(filepath.Join(t.outputs.sheets, "summary.csv"), records)
}

// meanSpread writes a mean with its standard deviation: "0.111 ± 0.083".
func meanSpread(s faith.Sample) string {
	text := figure(s.Mean)
	if !math.IsNaN(s.Spread) {
		text += " ± " + figure(s.Spread)
	}
	return text
}

// figure writes a figure with three decimals, or that there is none.
func figure(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// cell writes a figure for a table, empty where there is none.
func cell(v float64) string { return optional(finite(v)) }

func optional(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

// finite is v, nil where it is not a number.
func finite(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}
