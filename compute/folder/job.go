package folder

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"gaze/compute"
	"gaze/compute/heat"
	"gaze/compute/output"
	"gaze/compute/picture"
	"gaze/models"
)

// Explainer is a network that explains pictures: see [compute.Explainer].
type Explainer interface {
	// Network tells the input, the layers and the classes.
	Network() *models.Network
	// Batch is how many pictures are best explained at once, at least 1. It may
	// change from one call of Explain to the next.
	Batch() int
	// Explain makes the recipe's maps of subjects, which are run at once. It
	// returns soon after ctx is done.
	Explain(ctx context.Context, r compute.Recipe, subjects ...*compute.Subject) ([]compute.Answer, error)
}

// Job says how pictures are to be explained, and where the results go.
type Job struct {
	Explainer Explainer
	// Recipe has the maps to make of each picture.
	Recipe compute.Recipe
	// Picture says how pictures are read.
	Picture picture.Options
	// Style of the sheets.
	Style heat.Style
	// Writers make files of each map, in folders like the pictures'. Table asks for
	// [ResultsFile]. Finishers make files of the whole run once all pictures are done.
	Writers   []Writer
	Table     bool
	Finishers []Finisher
	// Out is the folder for these files; it is made if it is not there. It may lie in
	// the folder that is analysed: files in it are not analysed. Place, if there is
	// one, takes its files in its stead.
	Out   string
	Place Place
	// Shard is the part of the pictures to explain, of which Run is given all; the zero
	// value stands for all. The table and what Finishers make then wait for [Merge].
	Shard Shard
	// Jobs is how many pictures are decoded ahead of the network at the same time,
	// and how many pictures' files are drawn and written behind it. 0 means 2; but if
	// the Explainer takes batches, which leaves the cores free, it means one for each
	// core, at most 8. Besides the pictures that the network runs on, at most
	// 2*Jobs+1 are in memory at once.
	Jobs int
	// Resume skips the maps whose files are there and were made from the same picture
	// with the same settings. Of a picture without one of its maps, only this is made.
	Resume bool
	// Each, which may be nil, is called with the result of every picture of this run,
	// in the order in which they are done and never twice at the same time. Its error
	// stops the run.
	Each func(Result) error
}

// Result is what a run found of one picture.
type Result struct {
	Entry
	// Record is what is kept of the picture.
	Record Record
	// Outcomes are the maps that the recipe asks for, without those that were
	// resumed, and Sheets the paths of their sheets, or without any of their first
	// writer's files; a map that failed has an empty one. Both are nil if Failure is set.
	Outcomes []compute.Outcome
	Sheets   []string
	// Doubts are what the run's pictures up to this one raise together.
	Doubts []models.Doubt
	// Failure is why nothing more of the picture could be explained, or nil.
	Failure error
	// Decode and Network are the times that decoding and the network took; where
	// several pictures were run at once, Network is the picture's share. Total
	// includes drawing and writing.
	Decode, Network, Total time.Duration
}

// Report is what a run did. If the run was cancelled, the pictures that it did not
// reach are counted in Total only.
type Report struct {
	// Done pictures of Total. Among the done, Failed are those of which some map
	// could not be made, and Resumed those that an earlier run had explained. Among
	// the failed, Partial are those of which this or an earlier run made another map.
	Done, Failed, Partial, Resumed, Total int
	// Failures are the failed pictures in their order.
	Failures []Failure
	// Doubts are what the pictures raise together: see [compute.Watch].
	Doubts []models.Doubt
	// Results is the path of the table, or of the records where there is no table.
	Results string
	Elapsed time.Duration
}

// Failure is a picture of which some map could not be made, and why.
type Failure struct {
	Path string
	Err  error
}

// Run explains the pictures in their order and writes into Job.Out the files of each
// map, in folders like the pictures', [RecordsFile] with a [Record] of each picture,
// what Table and Finishers ask for, and at last [ManifestFile].
//
// A picture or a map that fails has a record with the reason and does not stop the
// others. Files of an earlier run are replaced. If a file of this run would replace any
// other file, or if another run is at work there ([output.ErrInUse]), Run refuses before
// it writes anything. It stops at once when a file cannot be written. However it ends,
// the records and the table list what there is, and the Report counts what was done;
// finishers come only at the end of a run that did all pictures. If ctx ends it, the
// error is the context's. If the program is killed, the next run knows all pictures but
// those that were at work.
//
// progress, which may be nil, is called once at the beginning and after each
// picture, never twice at the same time.
func (j Job) Run(ctx context.Context, entries []Entry, progress func(Progress)) (Report, error) {
	if err := j.complete(); err != nil {
		return Report{}, err
	}
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	place := j.Place
	if j.Shard.Of > 0 {
		place = j.Shard.place(place)
	}
	book, err := openLedger(place)
	if err != nil {
		return Report{}, err
	}
	defer book.close()
	tasks, err := j.plan(entries, book)
	if err != nil {
		return Report{}, err
	}
	if err := book.begin(); err != nil {
		return Report{}, err
	}
	for _, t := range tasks {
		if err := j.carry(t, book); err != nil {
			return Report{}, err
		}
	}

	r := newRun(j, book, tasks, progress)
	err = r.pictures(ctx)
	endErr := r.end(ctx, err != nil)
	if err != nil && endErr != nil {
		// A full disk fails both, and the first says it.
		return r.report(), fmt.Errorf("%w; %s could not be brought up to date", err, book.place.Path(RecordsFile))
	}
	return r.report(), errors.Join(err, endErr)
}

// complete fills in defaults and reports what no picture could be explained
// with.
func (j *Job) complete() (err error) {
	if j.Recipe, err = j.Recipe.Check(j.Explainer.Network()); err != nil {
		return err
	}
	j.Style = j.Recipe.Style(j.Style)
	if j.Out == "" && j.Place == nil {
		return errors.New("no folder for the results is given")
	}
	if j.Place == nil {
		j.Place = output.NewDir(j.Out)
	}
	if err := j.Shard.check(); err != nil {
		return err
	}
	extensions := make(map[string]bool)
	for _, w := range j.Writers {
		e := w.Extension()
		if e == "" || extensions[e] || strings.ContainsAny(e, `, /\`) {
			return fmt.Errorf("a writer's files cannot be told from others by the extension %q", e)
		}
		extensions[e] = true
	}
	if j.Jobs < 1 {
		j.Jobs = 2
		if j.Explainer.Batch() > 1 {
			j.Jobs = max(2, min(runtime.GOMAXPROCS(0), 8))
		}
	}
	return nil
}
