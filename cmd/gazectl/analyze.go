package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"gaze/compute"
	"gaze/compute/folder"
	"gaze/compute/output"
	"gaze/compute/report"
	"gaze/models"
)

// analyzeCommand explains a whole folder.
type analyzeCommand struct {
	networkFlags
	mapFlags
	pictureFlags
	writeFlags
	truthFlags
	shardFlags
	Jobs   int    `placeholder:"N" help:"How many pictures to decode and sheets to draw at the same time. Default: 2; with a GPU one for each core, at most 8."`
	Resume bool   `help:"Skip maps that an earlier run into the same --out made with the same settings; --json and --raw leave them out."`
	List   string `placeholder:"FILE" help:"Explain the pictures that a file names, a path a line or each ended by a zero byte, in its order; - reads standard input. Relative paths are below DIR, or below the current folder."`
	Dir    string `arg:"" optional:"" name:"dir" help:"Folder to search for pictures (${formats}), with all below it."`
}

// Help is the command's longer help text.
func (analyzeCommand) Help() string {
	return `Explains every picture below a folder in natural order and writes into --out what --write asks for:

  sheet    a comparison of each: original, map and overlay side by side
  overlay  the map over the picture
  map      the map in colours
  raw      the raw map as .npy for NumPy
  table    results.csv, with a row for each picture, layer and method
  report   report.html, which opens in any browser: all maps over their pictures, accuracy, confusion, calibration, mean maps and what stands out

Files of maps lie in folders like the pictures'. results.jsonl has all that is known of each picture, in a line of JSON, and manifest.json, written last, lists all files with their digests. The columns guesses and warnings say what was assumed of the network and what speaks for a wrong preprocessing. --raw and --json are as for explain; results come in the order they are finished.

A picture that cannot be read, or a map that cannot be made, gets its row with the reason and stops nothing; the exit status is then 1. Ctrl-C stops cleanly: what is finished stays and is in the table, and --resume continues there. It does so, too, where the program was killed. While a run is at work, no other can write into its folder.

Examples:

  gazectl analyze photos --out results
  gazectl analyze photos --out results --layer layer3 --layer layer4 --method hirescam
  gazectl analyze photos --out results --write overlay,raw,table --max-side 1024
  gazectl analyze photos --out results --resume
  gazectl analyze photos --out results --truth truth.csv --boxes annotations.json
  gazectl analyze photos --out results --shard 3/8
  find photos -newer last -print0 | gazectl analyze --list - --out results`
}

// Run explains the folder.
func (c *analyzeCommand) Run(ctx context.Context, io *streams) error {
	switch {
	case c.Out == "":
		return errors.New("say with --out DIR where the results go")
	case c.Jobs < 0:
		return fmt.Errorf("--jobs %d is below 0", c.Jobs)
	case c.Dir == "" && c.List == "":
		return errors.New("name the folder of pictures, or with --list FILE the pictures")
	}
	shard, err := c.shard(os.LookupEnv)
	if err != nil {
		return err
	}
	entries, err := c.find(ctx, io)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("%s: %w", cmp.Or(c.List, c.Dir), errNoPictures)
	}
	t, err := newTask(c.networkFlags, c.mapFlags, c.pictureFlags)
	if err != nil {
		return err
	}
	if entries, err = stacked(entries, t.net.Input); err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("%s: %w", c.Dir, errNoStack(t.net.Input))
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
	a := &analysis{task: t, io: io, names: name, json: c.JSON, rep: silent{}, failed: make(map[string][]failure)}
	if c.JSON {
		a.rep = newReporter(io, true)
	}
	job := folder.Job{
		Explainer: x, Recipe: t.recipe, Picture: t.pictures, Style: t.style, Out: c.Out, Jobs: c.Jobs, Resume: c.Resume, Each: a.take,
	}
	if err := c.writeFlags.into(&job, t.style); err != nil {
		return err
	}
	if slices.Contains(c.Write, reportName) {
		page, err := c.page(t.net, c.Dir)
		if err != nil {
			return err
		}
		// The report of shards is made when they are merged.
		if shard.Of == 0 {
			a.page = page
			job.Finishers = append(job.Finishers, page)
		}
	} else if c.truthFlags != (truthFlags{Truth: "folders"}) {
		return errors.New("--truth, --boxes and --masks are for the report: add it to --write")
	}
	if job.Shard = shard; shard.Of > 0 {
		if job.Shard.Note, err = c.note(t.net); err != nil {
			return err
		}
	}
	done, err := job.Run(ctx, entries, func(p folder.Progress) { io.bar.show(p.Done, p.Failed, p.Total) })
	if shard.Of > 0 && done.Results != "" {
		// The files that have the results of one shard are for the merge.
		done.Results = c.Out
	}
	return a.finish(io, entries, done, err)
}

// find lists the pictures: those of the list, or those in the folder.
func (c *analyzeCommand) find(ctx context.Context, io *streams) ([]folder.Entry, error) {
	if c.List == "" {
		entries, earlier, err := folder.Find(ctx, c.Dir)
		tellEarlier(io, earlier)
		return entries, err
	}
	c.Dir = cmp.Or(c.Dir, ".")
	if c.List == "-" {
		return folder.FromList(ctx, os.Stdin, c.Dir)
	}
	f, err := os.Open(c.List)
	if err != nil {
		return nil, fmt.Errorf("--list: %w", err)
	}
	defer f.Close()
	return folder.FromList(ctx, f, c.Dir)
}

// analysis is what a folder's pictures come to.
type analysis struct {
	*task
	io    *streams
	watch watch
	// doubted is set once it was told that logits are too large: the table has the rest.
	doubted bool
	// names are the beginnings of the pictures' files' names, by their paths.
	names map[string]string
	// json is set where rep prints all there is to print.
	json bool
	rep  reporter
	// page is the report; nil where none is asked for.
	page *report.Page
	// failed has for the path of each picture that failed what could not be made,
	// or not be told.
	failed map[string][]failure
}

// take writes the raw maps of one picture and prints its results. A map that cannot
// be told costs no other.
func (a *analysis) take(r folder.Result) error {
	fail := func(f failure) error {
		a.failed[r.Path] = append(a.failed[r.Path], f)
		return a.rep.failure(f)
	}
	if r.Failure != nil {
		return fail(failedPicture(r.Path, r.Failure))
	}
	a.watch.tell(a.io, r.Doubts)
	for i, o := range r.Outcomes {
		var res *result
		err := o.Err
		if err == nil {
			res, err = newResult(r.Path, o.Explanation)
		}
		if err != nil {
			if err := fail(a.failedMap(r.Path, o, err)); err != nil {
				return err
			}
			continue
		}
		a.doubt(r.Path, o.Explanation)
		res.warn(r.Doubts)
		res.Sheet = r.Sheets[i]
		res.Seconds = seconds{r.Decode.Seconds(), r.Network.Seconds(), r.Total.Seconds()}
		if res.Raw, err = a.outputs.raw(a.names[r.Path], o.Explanation); err != nil {
			return err
		}
		if err := a.rep.result(res); err != nil {
			return fmt.Errorf("printing results: %w", err)
		}
	}
	return nil
}

// doubt tells of the first picture whose logits are too large.
func (a *analysis) doubt(path string, e *compute.Explanation) {
	i := slices.IndexFunc(e.Doubts, func(d models.Doubt) bool { return d.Kind == models.DoubtLogits })
	if i < 0 || a.doubted {
		return
	}
	a.doubted = true
	a.io.complain("%s: %s", path, e.Doubts[i])
}

// finish says what failed, in the pictures' order, and sums up. err is the job's.
func (a *analysis) finish(io *streams, entries []folder.Entry, done folder.Report, err error) error {
	io.bar.clear()
	for _, e := range entries {
		for _, f := range a.failed[e.Path] {
			a.complain(io, f)
		}
	}
	// The job does not know of maps that could be drawn but not told.
	done.Failed = len(a.failed)
	if done.Results != "" {
		err = errors.Join(err, a.rep.close())
	}
	if done.Results != "" && !a.json {
		err = errors.Join(err, summarize(io.out, done))
	}
	if a.page != nil && err == nil {
		tellFolders(io, a.page.Folders)
		if !a.json {
			err = errors.Join(tellFigures(io.out, a.page.Figures), tellReport(io.out, done.Results))
		}
	}
	if err == nil && done.Failed > 0 {
		return errPictures
	}
	return err
}

// tellReport says where the report is, which lies beside the results.
func tellReport(w io.Writer, results string) error {
	_, err := fmt.Fprintf(w, "The report, for a browser: %s\n", printable(filepath.Join(filepath.Dir(results), report.File)))
	return err
}

// summarize says in a line what was done and where the results are.
func summarize(w io.Writer, r folder.Report) error {
	line := fmt.Sprintf("%d of %d pictures explained", r.Done-r.Failed+r.Partial, r.Total)
	if r.Resumed > 0 {
		line += fmt.Sprintf(" (%d by an earlier run)", r.Resumed)
	}
	if r.Partial > 0 {
		line += fmt.Sprintf(", %d of them with maps missing", r.Partial)
	}
	if n := r.Failed - r.Partial; n > 0 {
		line += fmt.Sprintf(", %d failed", n)
	}
	_, err := fmt.Fprintf(w, "%s: %s\n", line, printable(r.Results))
	return err
}
