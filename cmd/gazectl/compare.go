package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
)

// compareCommand measures how faithful the maps of several methods are.
type compareCommand struct {
	networkFlags
	deviceFlags
	Layer    string   `default:"last" placeholder:"NAME" help:"Layer or module to explain. The last one before the classifier unless given."`
	Class    *string  `placeholder:"INDEX|NAME" help:"Class to explain. Each picture's most probable one unless given."`
	Methods  []string `default:"gradcam,hirescam,layercam,gradcam++,eigencam" placeholder:"A,B" help:"Methods, or all that cost no further run of the network: ${methods}."`
	Metrics  []string `default:"gap,road,drop" placeholder:"A,B" help:"Metrics, or all: ${metrics}."`
	Steps    int      `default:"28" placeholder:"N" help:"In how many steps deletion and insertion change a picture. Default: 28."`
	Batch    int      `default:"8" placeholder:"N" help:"How many pictures the network sees at once. Default: 8."`
	Sanity   int      `placeholder:"STAGES" help:"Also destroy the network's weights from the classifier down in that many stages, and tell how much of each map is left: the maps should change. Costs a run a method and stage."`
	Seed     uint64   `placeholder:"N" help:"Seed of the noise in what ROAD paints, and of what --sanity destroys. Default: 0."`
	Colormap string   `default:"turbo" placeholder:"NAME" help:"Colours of the maps: ${colormaps}. Default: turbo."`
	Opacity  float64  `default:"0.5" placeholder:"F" help:"Opacity of the maps over the picture, 0 to 1. Default: 0.5."`
	Out      string   `placeholder:"DIR" help:"Write compare.csv, summary.csv and a sheet of all maps of each picture into DIR."`
	JSON     bool     `name:"json" help:"Print the summary as a JSON array of method, metric, higher, n, undefined, mean, spread, random, lead."`
	Paths    []string `arg:"" name:"path" sep:"none" help:"Pictures, and folders to search for them."`
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
	random  cam.Method
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
	subjects, err := pictureSubjects(ctx, c.Paths, &t.task)
	if err != nil {
		return err
	}
	engine, err := compute.Open(t.net, t.options)
	if err != nil {
		return err
	}
	defer engine.Close()
	defer tellDevice(io, engine)
	scorer := compute.NewScorer(engine, t.measure.Batch)

	var rows []comparedPicture
	failed, alike := 0, false
	for i, s := range subjects {
		p, err := t.compare(ctx, engine, scorer, s)
		if err == nil && c.Sanity > 0 {
			p.sanity, err = t.sanity(ctx, s, p.index, c.Sanity)
		}
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			failed++
			io.complain("%s: %s", s.path, reason(err))
		} else {
			rows = append(rows, *p)
			// True of every picture, so once is enough.
			if p.alike && !alike {
				alike = true
				io.complain("%s: %s", t.layers[0], compute.NoticeIdentical.Text())
			}
		}
		io.bar.show(i+1, failed, len(subjects))
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
	t.options, t.opacity, t.class = c.deviceFlags.options(), c.Opacity, compute.TopClass
	var err error
	if t.methods, err = chosen(c.Methods, cam.OneRun(), cam.ByName); err != nil {
		return nil, err
	}
	if t.random, err = cam.ByName("randomcam"); err != nil {
		return nil, err
	}
	t.methods = slices.DeleteFunc(t.methods, func(m cam.Method) bool { return m.Name == t.random.Name })
	// No picture here comes with a box.
	metrics := slices.DeleteFunc(faith.Metrics(), func(m faith.Metric) bool { return m.NeedsBox })
	if t.metrics, err = chosen(c.Metrics, metrics, faith.ByName); err != nil {
		return nil, err
	}
	if t.colormap, err = heat.ByName(c.Colormap); err != nil {
		return nil, err
	}
	switch {
	case len(t.methods) == 0:
		return nil, errors.New("name a method beside randomcam, which is always there")
	case c.Sanity < 0:
		return nil, fmt.Errorf("--sanity %d is negative", c.Sanity)
	case c.Steps < 1 || c.Batch < 1:
		return nil, fmt.Errorf("%d steps in batches of %d: both must be at least 1", c.Steps, c.Batch)
	case !(c.Opacity >= 0 && c.Opacity <= 1):
		return nil, fmt.Errorf("opacity %v is not between 0 and 1", c.Opacity)
	}
	if t.net, err = c.open(); err != nil {
		return nil, err
	}
	if c.Class != nil {
		if t.class, err = findClass(t.net, *c.Class); err != nil {
			return nil, err
		}
	}
	layer, err := findLayer(t.net, c.Layer)
	if err != nil {
		return nil, err
	}
	t.layers = []string{layer}
	t.outputs, err = openOutputs(c.Out, "")
	return t, err
}

// chosen finds what a flag names: one after the other, or all.
func chosen[T any](names []string, all []T, byName func(string) (T, error)) ([]T, error) {
	if len(names) == 1 && names[0] == "all" {
		return all, nil
	}
	var list []T
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("%s is asked for twice", name)
		}
		v, err := byName(name)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// comparedPicture has the figures of one picture: of each method by each metric.
type comparedPicture struct {
	path, class string
	index       int // the class's
	figures     [][]faith.Figure
	// sanity has the stages of the sanity check, if they were asked for.
	sanity []faith.Stage
	// alike is set where some of the methods make the same map by construction.
	alike bool
}

// compare measures the maps of one picture and writes its sheet.
func (t *compareTask) compare(ctx context.Context, engine *compute.Engine, scorer faith.Scorer, s subject) (*comparedPicture, error) {
	p, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	layer := t.layers[0]
	pass, err := engine.Run(ctx, compute.Request{Input: p.input, Layers: t.layers, Class: t.class})
	if err != nil {
		return nil, err
	}
	in := t.net.Input
	subject := faith.Subject{Picture: p.input.Data().([]float32), Height: in.Height, Width: in.Width, Class: pass.Class.Index}
	grid := heat.Grid{
		Original: p.image, Frame: p.frame, Colormap: t.colormap, Opacity: t.opacity,
		Title: strings.Join([]string{filepath.Base(s.path), pass.Class.Label, t.net.Name, layer}, " · "),
	}
	alike := false
	for _, m := range append(slices.Clone(t.methods), t.random) {
		e, err := pass.Explain(ctx, layer, m)
		if err != nil {
			return nil, err
		}
		if resized := heat.Resize(e.Map, in.Height, in.Width); m.Name == t.random.Name {
			subject.Random = resized
		} else {
			subject.Maps = append(subject.Maps, resized)
		}
		alike = alike || slices.Contains(e.Notices, compute.NoticeIdentical)
		grid.Cells = append(grid.Cells, heat.Cell{Name: m.Title, Map: e.Map})
	}
	figures, err := faith.Measure(ctx, scorer, subject, t.metrics, t.measure)
	if err != nil {
		return nil, err
	}
	for j, f := range figures[0] {
		for i := range figures {
			grid.Cells[i].Lines = append(grid.Cells[i].Lines, fmt.Sprintf("%s %s", f.Metric.Title, figure(figures[i][j].Value)))
		}
		random := &grid.Cells[len(figures)]
		random.Lines = append(random.Lines, fmt.Sprintf("%s %s", f.Metric.Title, figure(f.Random)))
	}
	if t.outputs.sheets != "" {
		if err := heat.SavePNG(filepath.Join(t.outputs.sheets, s.name+"."+plain(layer)+".compare.png"), heat.GridSheet(grid), true); err != nil {
			return nil, err
		}
	}
	return &comparedPicture{path: s.path, class: pass.Class.Label, index: pass.Class.Index, figures: figures, alike: alike}, nil
}

// summaryRow is what one metric says of one method over all pictures.
type summaryRow struct {
	Method    string   `json:"method"`
	Metric    string   `json:"metric"`
	Higher    bool     `json:"higher"`
	N         int      `json:"n"`
	Undefined int      `json:"undefined"`
	Mean      *float64 `json:"mean"`
	Spread    *float64 `json:"spread"`
	Random    *float64 `json:"random"`
	Lead      *float64 `json:"lead"`
}

// report prints the summary and writes the tables.
func (t *compareTask) report(out io.Writer, rows []comparedPicture, asJSON bool) error {
	var all []summaryRow
	summaries := make([][]faith.Summary, len(t.methods))
	for i, m := range t.methods {
		var figures [][]faith.Figure
		for _, p := range rows {
			figures = append(figures, p.figures[i])
		}
		var err error
		if summaries[i], err = faith.Summarize(figures); err != nil {
			return err
		}
		for _, s := range summaries[i] {
			all = append(all, summaryRow{
				m.Name, s.Metric.Name, s.Metric.Higher, s.Value.N, s.Value.Undefined,
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
	if len(rows) == 0 {
		return nil
	}
	head := []string{"method"}
	random := []string{t.random.Title}
	for _, s := range summaries[0] {
		arrow := "↓"
		if s.Metric.Higher {
			arrow = "↑"
		}
		head = append(head, ">"+s.Metric.Name+" "+arrow)
		random = append(random, meanSpread(s.Random))
	}
	table := newTable(out, head...)
	for i, m := range t.methods {
		cells := []string{m.Title}
		for _, s := range summaries[i] {
			cells = append(cells, meanSpread(s.Value))
		}
		table.row(cells...)
	}
	table.row(random...)
	if err := table.flush(); err != nil {
		return err
	}
	return t.reportSanity(out, rows)
}

// tables writes compare.csv and summary.csv.
func (t *compareTask) tables(rows []comparedPicture, summary []summaryRow) error {
	records := [][]string{{"path", "class", "layer", "method", "metric", "value", "random"}}
	for _, p := range rows {
		for i, m := range t.methods {
			for _, f := range p.figures[i] {
				records = append(records, []string{p.path, p.class, t.layers[0], m.Name, f.Metric.Name, cell(f.Value), cell(f.Random)})
			}
		}
	}
	if err := writeCSV(filepath.Join(t.outputs.sheets, "compare.csv"), records); err != nil {
		return err
	}
	records = [][]string{{"method", "metric", "higher", "n", "undefined", "mean", "spread", "random", "lead"}}
	for _, s := range summary {
		records = append(records, []string{
			s.Method, s.Metric, strconv.FormatBool(s.Higher), strconv.Itoa(s.N), strconv.Itoa(s.Undefined),
			optional(s.Mean), optional(s.Spread), optional(s.Random), optional(s.Lead),
		})
	}
	return writeCSV(filepath.Join(t.outputs.sheets, "summary.csv"), records)
}

func writeCSV(path string, records [][]string) error {
	return heat.Save(path, true, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(records) })
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
