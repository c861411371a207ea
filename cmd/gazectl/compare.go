package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/compute/output"
)

// compareCommand measures how faithful the maps of several methods are.
type compareCommand struct {
	networkFlags
	deviceFlags
	recipeFlags
	styleFlags
	Methods []string `default:"gradcam,hirescam,layercam,gradcam++,eigencam" placeholder:"A,B" help:"Methods, or all that cost no further run of the network: ${methods}."`
	Metrics []string `default:"gap,road,drop" placeholder:"A,B" help:"Metrics, or all: ${metrics}."`
	Steps   int      `default:"28" placeholder:"N" help:"In how many steps deletion and insertion change a picture. Default: 28."`
	Batch   int      `default:"8" placeholder:"N" help:"How many pictures the network sees at once. Default: 8."`
	Sanity  int      `placeholder:"STAGES" help:"Also destroy the network's weights from the classifier down in that many stages, and tell how much of each map is left: the maps should change. Costs a run a method and stage."`
	Seed    uint64   `placeholder:"N" help:"Seed of the noise in what ROAD paints, and of what --sanity destroys. Default: 0."`
	Out     string   `placeholder:"DIR" help:"Write compare.csv, summary.csv and a sheet of all maps of each picture into DIR."`
	JSON    bool     `name:"json" help:"Print the summary as a JSON array of method, metric, higher, n, undefined, mean, spread, random, lead."`
	Paths   []string `arg:"" name:"path" sep:"none" help:"Pictures, and folders to search for them."`
}

// Help is the command's longer help text.
func (compareCommand) Help() string {
	return `Changes each picture as a map says and asks the network again: a faithful map finds what the answer depends on. Prints for each method the mean and the standard deviation of each metric over the pictures, and below them those of Random-CAM, which knows nothing. docs/faith.md tells what the metrics mean. An arrow shows which way is better.

Each method costs a network run a step for deletion and as many for insertion (the gap is the difference of the two), 8 for ROAD and 1 for the average drop: by default about 65 a picture and method.

Examples:

  gazectl compare photos
  gazectl compare photos --methods all --metrics gap --out results`
}

// compareTask is what the flags ask for, checked.
type compareTask struct {
	task
	// columns are the maps that are compared, as the recipe has them.
	columns []compute.Outcome
	metrics []faith.Metric
	measure faith.Options
}

// Run compares the methods.
func (c *compareCommand) Run(ctx context.Context, io *streams) error {
	t, err := c.task()
	if err != nil {
		return err
	}
	tell(io, t.net)
	pictures, err := pictureEntries(ctx, c.Paths, t.net.Input)
	if err != nil {
		return err
	}
	x, err := compute.Open(t.net, t.options)
	if err != nil {
		return err
	}
	defer x.Close()
	defer tellDevice(io, x)

	var rows []comparedPicture
	failed, alike := 0, make(map[string]bool)
	for i, p := range pictures {
		row, err := t.compare(ctx, x, p)
		if err == nil && c.Sanity > 0 {
			row.sanity, err = t.sanity(ctx, p, row.index, c.Sanity)
		}
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			failed++
			io.complain("%s: %s", p.path, reason(err))
		} else {
			rows = append(rows, *row)
			if len(row.failed) > 0 {
				failed++
			}
			for _, err := range row.failed {
				io.complain("%s: %s", p.path, reason(err))
			}
			// True of every picture, so once is enough.
			for _, layer := range row.alike {
				if !alike[layer] {
					alike[layer] = true
					io.complain("%s: %s", layer, compute.NoticeIdentical.Text())
				}
			}
		}
		io.bar.show(i+1, failed, len(pictures))
	}
	io.bar.clear()
	// What is finished is told after Ctrl-C as well.
	if err := t.report(io.out, rows, c.JSON); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed > 0:
		return errPictures
	}
	return nil
}

// task checks the flags before anything expensive is done.
func (c *compareCommand) task() (*compareTask, error) {
	t := &compareTask{measure: faith.Options{Steps: c.Steps, Batch: c.Batch, Seed: c.Seed}}
	t.options = c.deviceFlags.options()
	methods, err := chosen(c.Methods, cam.OneRun(), cam.ByName)
	if err != nil {
		return nil, err
	}
	methods = slices.DeleteFunc(methods, func(m cam.Method) bool { return m.Baseline })
	// No picture here comes with a box.
	metrics := slices.DeleteFunc(faith.Metrics(), func(m faith.Metric) bool { return m.NeedsBox })
	if t.metrics, err = chosen(c.Metrics, metrics, faith.ByName); err != nil {
		return nil, err
	}
	switch {
	case len(methods) == 0:
		return nil, errors.New("name a method beside randomcam, which is always there")
	case c.Sanity < 0:
		return nil, fmt.Errorf("--sanity %d is negative", c.Sanity)
	case c.Steps < 1 || c.Batch < 1:
		return nil, fmt.Errorf("%d steps in batches of %d: both must be at least 1", c.Steps, c.Batch)
	}
	if t.style, err = c.style(); err != nil {
		return nil, err
	}
	if t.net, err = c.open(); err != nil {
		return nil, err
	}
	if t.recipe, err = c.recipe(t.net, methods); err != nil {
		return nil, err
	}
	t.style, t.columns = t.recipe.Style(t.style), t.recipe.Maps()
	t.outputs, err = openOutputs(c.Out, "")
	return t, err
}

// comparedPicture has the figures of one picture.
type comparedPicture struct {
	path, class string
	index       int // the class's
	// figures has for each column a figure by each metric, or nil if the column's map
	// failed; failed has the reasons.
	figures [][]faith.Figure
	failed  []error
	// sanity has the stages of the sanity check, if they were asked for.
	sanity []faith.Stage
	// alike are layers where some of the methods make the same map by construction.
	alike []string
}

// compare measures the maps of one picture and writes a sheet for each layer.
func (t *compareTask) compare(ctx context.Context, x *compute.Explainer, p entry) (*comparedPicture, error) {
	s, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	passes, err := x.Run(ctx, t.recipe, s)
	if err != nil {
		return nil, err
	}
	pass := passes[0]
	row := &comparedPicture{path: p.path, class: pass.Class.Label, index: pass.Class.Index}
	outcomes, perLayer := pass.Outcomes(ctx, t.recipe), len(t.recipe.Methods)
	for i, random := range pass.Outcomes(ctx, t.recipe.Baseline()) {
		if random.Err != nil {
			return nil, random.Err
		}
		of := outcomes[i*perLayer : (i+1)*perLayer]
		figures, err := t.measureLayer(ctx, x, s, of, random.Explanation)
		if err != nil {
			return nil, err
		}
		for _, o := range of {
			switch {
			case o.Err != nil:
				row.failed = append(row.failed, o.Err)
			case slices.Contains(o.Explanation.Notices, compute.NoticeIdentical) && !slices.Contains(row.alike, o.Layer):
				row.alike = append(row.alike, o.Layer)
			}
		}
		row.figures = append(row.figures, figures...)
		if err := t.sheet(p, s, of, random.Explanation, figures); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// measureLayer measures the maps of one layer beside the baseline's.
func (t *compareTask) measureLayer(ctx context.Context, x *compute.Explainer, s *compute.Subject, of []compute.Outcome, random *compute.Explanation) ([][]faith.Figure, error) {
	var maps []*compute.Explanation
	var at []int
	for i, o := range of {
		if o.Err == nil {
			maps, at = append(maps, o.Explanation), append(at, i)
		}
	}
	all := make([][]faith.Figure, len(of))
	if len(maps) == 0 {
		return all, nil
	}
	figures, err := x.Measure(ctx, s, maps, random, t.metrics, t.measure)
	for k, i := range at {
		if err == nil {
			all[i] = figures[k]
		}
	}
	return all, err
}

// sheet writes the maps of one layer with their figures, if sheets are wanted.
func (t *compareTask) sheet(p entry, s *compute.Subject, of []compute.Outcome, random *compute.Explanation, figures [][]faith.Figure) error {
	if t.outputs.sheets == "" {
		return nil
	}
	grid := heat.Grid{
		Original: s.Image, Frame: s.Frame, Colormap: t.style.Colormap, Opacity: t.style.Opacity,
		Title: strings.Join([]string{filepath.Base(p.path), random.Class.Label, t.net.Name, random.Layer}, " · "),
	}
	baseline := heat.Cell{Name: random.Method.Title, Map: random.Map}
	for i, o := range of {
		if o.Err != nil {
			continue
		}
		cell := heat.Cell{Name: o.Method.Title, Map: o.Explanation.Map}
		first := len(baseline.Lines) == 0
		for _, f := range figures[i] {
			cell.Lines = append(cell.Lines, fmt.Sprintf("%s %s", f.Metric.Title, figure(f.Value)))
			if first {
				baseline.Lines = append(baseline.Lines, fmt.Sprintf("%s %s", f.Metric.Title, figure(f.Random)))
			}
		}
		grid.Cells = append(grid.Cells, cell)
	}
	grid.Cells = append(grid.Cells, baseline)
	name := output.MapFile{Picture: p.name, Layer: random.Layer, Method: "compare"}.Name(".png")
	return output.SavePNG(filepath.Join(t.outputs.sheets, name), heat.GridSheet(grid), true)
}

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
}

// layer is the column's layer, or empty if there is only one layer.
func (t *compareTask) layer(of compute.Outcome) string {
	if len(t.columns) == len(t.recipe.Methods) {
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
				finite(s.Value.Mean), finite(s.Value.Spread), finite(s.Random.Mean), finite(s.Lead.Mean),
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
	if err := t.printSummaries(out, summaries); err != nil {
		return err
	}
	return t.reportSanity(out, rows)
}

// printSummaries prints a line for each column, and the baseline's last.
func (t *compareTask) printSummaries(out io.Writer, summaries [][]faith.Summary) error {
	measured := slices.IndexFunc(summaries, func(s []faith.Summary) bool { return len(s) > 0 })
	if measured < 0 {
		return nil
	}
	head := []string{"method"}
	random := []string{cam.RandomCAM().Title}
	for _, s := range summaries[measured] {
		arrow := "↓"
		if s.Metric.Higher {
			arrow = "↑"
		}
		head = append(head, ">"+s.Metric.Name+" "+arrow)
		random = append(random, meanSpread(s.Random))
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
	table.row(random...)
	return table.flush()
}

// tables writes compare.csv and summary.csv.
func (t *compareTask) tables(rows []comparedPicture, summary []summaryRow) error {
	records := [][]string{{"path", "class", "layer", "method", "metric", "value", "random"}}
	for _, p := range rows {
		for i, o := range t.columns {
			for _, f := range p.figures[i] {
				records = append(records, []string{p.path, p.class, o.Layer, o.Method.Name, f.Metric.Name, cell(f.Value), cell(f.Random)})
			}
		}
	}
	if err := output.SaveCSV(filepath.Join(t.outputs.sheets, "compare.csv"), records); err != nil {
		return err
	}
	records = [][]string{{"method", "metric", "higher", "n", "undefined", "mean", "spread", "random", "lead"}}
	for _, s := range summary {
		record := []string{
			s.Method, s.Metric, strconv.FormatBool(s.Higher), strconv.Itoa(s.N), strconv.Itoa(s.Undefined),
			optional(s.Mean), optional(s.Spread), optional(s.Random), optional(s.Lead),
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
