package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/compute/output"
	"gaze/compute/picture"
)

// compareCommand measures how faithful the maps of several methods are.
type compareCommand struct {
	networkFlags
	deviceFlags
	recipeFlags
	styleFlags
	pictureFlags
	Methods []string `default:"gradcam,hirescam,layercam,gradcam++,eigencam" placeholder:"A,B" help:"Methods, or all that cost no further run of the network: ${methods}."`
	Metrics []string `default:"gap,road,drop" placeholder:"A,B" help:"Metrics, or all: ${metrics}."`
	Steps   int      `default:"28" placeholder:"N" help:"In how many steps deletion and insertion change a picture. Default: 28."`
	Batch   int      `default:"8" placeholder:"N" help:"How many pictures the network sees at once. Default: 8."`
	Sanity  int      `placeholder:"STAGES" help:"Also destroy the network's weights from the classifier down in that many stages, and tell how much of each map is left: the maps should change. Costs a run a method and stage."`
	Seed    uint64   `placeholder:"N" help:"Seed of the noise in what ROAD paints, and of what --sanity destroys. Default: 0."`
	Out     string   `placeholder:"DIR" help:"Write compare.csv, summary.csv and a sheet of all maps of each picture into DIR."`
	JSON    bool     `name:"json" help:"Print the summary as a JSON array of method, metric, higher, n, undefined, mean, spread, random, lead, guesses."`
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
	pictures, err := pictureEntries(ctx, c.Paths, t.net.Input, t.pictures)
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
	var watch watch
	for i, p := range pictures {
		row, err := t.compare(ctx, x, p)
		if err == nil && c.Sanity > 0 && row.measured() {
			// What was measured before is told all the same.
			var failed error
			if row.sanity, failed = t.sanity(ctx, p, row, c.Sanity); failed != nil {
				row.failed = append(row.failed, failedPicture(p.path, failed))
			}
		}
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			failed++
			t.complain(io, failedPicture(p.path, err))
		} else {
			rows = append(rows, *row)
			for _, n := range row.told {
				io.complain("%s: %s", p.path, n.Text())
			}
			if len(row.failed) > 0 {
				failed++
			}
			for _, f := range row.failed {
				t.complain(io, f)
			}
			watch.See(row.answer)
			watch.tell(io, watch.Doubts())
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
	if t.pictures, err = c.pictureFlags.options(); err != nil {
		return nil, err
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
	// index is the class's, target what of it is explained, with the class that a
	// contrast is to.
	index  int
	target compute.Target
	// figures has for each column a figure by each metric, or nil if the column's map
	// failed; failed has the reasons.
	figures [][]faith.Figure
	failed  []failure
	// sanity has the stages of the sanity check, if they were asked for. Their maps
	// are those of the columns and then each layer's baseline.
	sanity []faith.Stage
	// answer is an explanation, for what the network says of the picture.
	answer *compute.Explanation
	// alike are layers where some of the methods make the same map by construction.
	alike []string
	// told is what has to be said of the picture's file.
	told []picture.Notice
}

// measured reports whether any of the picture's maps could be made.
func (p *comparedPicture) measured() bool {
	return slices.ContainsFunc(p.figures, func(f []faith.Figure) bool { return f != nil })
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
	row := &comparedPicture{path: p.path, class: pass.Class.Label, index: pass.Class.Index, target: pass.Target, told: s.Notices}
	outcomes, perLayer := pass.Outcomes(ctx, t.recipe), len(t.recipe.Methods)
	for i, random := range pass.Outcomes(ctx, t.recipe.Baseline()) {
		if random.Err != nil {
			return nil, random.Err
		}
		row.answer = random.Explanation
		of := outcomes[i*perLayer : (i+1)*perLayer]
		figures, err := t.measureLayer(ctx, x, s, of, random.Explanation)
		if err != nil {
			return nil, err
		}
		for _, o := range of {
			switch {
			case o.Err != nil:
				row.failed = append(row.failed, t.failedMap(p.path, o, o.Err))
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

// sheet writes the maps of one layer with their figures, if sheets are wanted. There
// is none where no method made a map: the baseline alone tells nothing.
func (t *compareTask) sheet(p entry, s *compute.Subject, of []compute.Outcome, random *compute.Explanation, figures [][]faith.Figure) error {
	if t.outputs.sheets == "" {
		return nil
	}
	grid := heat.Grid{
		Original: s.Image, Frame: s.Frame, Colormap: t.style.Colormap, Opacity: t.style.Opacity,
		Title:   strings.Join([]string{filepath.Base(p.path), random.Class.Label, t.net.Name, random.Layer}, " · "),
		Notices: random.Guessed(),
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
	if len(grid.Cells) == 0 {
		return nil
	}
	grid.Cells = append(grid.Cells, baseline)
	name := output.MapFile{Picture: p.name, Layer: random.Layer, Method: "compare"}.Name(".png")
	return output.SavePNG(filepath.Join(t.outputs.sheets, name), heat.GridSheet(grid), true)
}
