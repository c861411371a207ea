package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gaze/compute"
	"gaze/compute/folder"
	"gaze/compute/output"
)

// analyzeCommand explains a whole folder.
type analyzeCommand struct {
	networkFlags
	mapFlags
	Jobs   int    `placeholder:"N" help:"How many pictures to decode and sheets to draw at the same time. Default: 2; with a GPU one for each core, at most 8."`
	Resume bool   `help:"Skip pictures that an earlier run into the same --out explained with the same settings; --json and --raw leave them out."`
	Dir    string `arg:"" name:"dir" help:"Folder to search for pictures (jpeg, png, gif, bmp, tiff, webp), with all below it."`
}

// Help is the command's longer help text.
func (analyzeCommand) Help() string {
	return `Explains every picture below a folder in natural order and writes into --out a comparison sheet of each, in folders like the pictures', and results.csv with a row for each picture, layer and method. --raw and --json are as for explain; results come in the order they are finished.

A picture that cannot be read gets its row with the reason and stops nothing; the exit status is then 1. Ctrl-C stops cleanly: what is finished stays and is in the table, and --resume continues there.

Examples:

  gazectl analyze photos --out results
  gazectl analyze photos --out results --layer layer3 --layer layer4 --method hirescam
  gazectl analyze photos --out results --resume`
}

// Run explains the folder.
func (c *analyzeCommand) Run(ctx context.Context, io *streams) error {
	switch {
	case c.Out == "":
		return errors.New("say with --out DIR where the results go")
	case c.Jobs < 0:
		return fmt.Errorf("--jobs %d is below 0", c.Jobs)
	}
	entries, err := folder.Find(ctx, c.Dir)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("%s: %w", c.Dir, errNoPictures)
	}
	t, err := newTask(c.networkFlags, c.mapFlags)
	if err != nil {
		return err
	}
	tell(io, t.net)
	x, err := compute.Open(t.net, t.options)
	if err != nil {
		return err
	}
	defer x.Close()
	defer tellDevice(io, x)

	// Names go by the pictures' order, which their results need not keep.
	taken, name := make(output.Names), make(map[string]string)
	for _, e := range entries {
		name[e.Path] = pictureName(taken, e.Rel)
	}
	rep := newReporter(io, c.JSON)
	if !c.JSON {
		rep = silent{}
	}
	job := folder.Job{
		Explainer: x, Recipe: t.recipe, Style: t.style, Out: c.Out, Jobs: c.Jobs, Resume: c.Resume,
		Each: func(r folder.Result) error { return t.report(r, name[r.Path], rep) },
	}
	report, err := job.Run(ctx, entries, func(p folder.Progress) { io.bar.show(p.Done, p.Failed, p.Total) })
	io.bar.clear()
	for _, f := range report.Failures {
		io.complain("%s: %s", f.Path, reason(f.Path, f.Err))
	}
	if report.Results != "" {
		err = errors.Join(err, rep.close())
	}
	if report.Results != "" && !c.JSON {
		err = errors.Join(err, summarize(io.out, report))
	}
	if err == nil && report.Failed > 0 {
		return errPictures
	}
	return err
}

// report writes the raw maps of one picture and prints its results.
func (t *task) report(r folder.Result, name string, rep reporter) error {
	if r.Failure != nil {
		return rep.failure(r.Path, reason(r.Path, r.Failure))
	}
	for i, o := range r.Outcomes {
		if o.Err != nil {
			if err := rep.failure(r.Path, reason(r.Path, o.Err)); err != nil {
				return err
			}
			continue
		}
		res, err := newResult(r.Path, o.Explanation)
		if err != nil {
			return rep.failure(r.Path, err.Error())
		}
		res.Sheet = r.Sheets[i]
		res.Seconds = seconds{r.Decode.Seconds(), r.Network.Seconds(), r.Total.Seconds()}
		if res.Raw, err = t.outputs.raw(name, o.Explanation); err != nil {
			return err
		}
		if err := rep.result(res); err != nil {
			return fmt.Errorf("printing results: %w", err)
		}
	}
	return nil
}

// summarize says in a line what was done and where the results are.
func summarize(w io.Writer, r folder.Report) error {
	line := fmt.Sprintf("%d of %d pictures explained", r.Done-r.Failed, r.Total)
	if r.Resumed > 0 {
		line += fmt.Sprintf(" (%d by an earlier run)", r.Resumed)
	}
	if r.Failed > 0 {
		line += fmt.Sprintf(", %d failed", r.Failed)
	}
	_, err := fmt.Fprintf(w, "%s: %s\n", line, printable(r.Results))
	return err
}
