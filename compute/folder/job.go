package folder

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"gaze/compute"
	"gaze/compute/heat"
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
	// Style of the sheets.
	Style heat.Style
	// Writers make files of each map, in folders like the pictures'; none means
	// [Sheets].
	Writers []Writer
	// Out is the folder for these and the table, made if need be. It may lie
	// in the folder that is analysed: what lies in it is not analysed.
	Out string
	// Jobs is how many pictures are decoded ahead of the network, and how many
	// maps are drawn behind it, at the same time; 0 means 2, and with an
	// Explainer that leaves the cores free, which one of batches does, one for
	// each core up to 8. No more than 2*Jobs+1 pictures and those that the
	// network is run on are in memory at once.
	Jobs int
	// Resume skips the pictures whose files are there and were made from the
	// same file with the same settings.
	Resume bool
	// Each, which may be nil, is called with every picture that this run did,
	// in the order they are done and never twice at the same time. Its error
	// stops the run.
	Each func(Result) error
}

// Result is what a run found of one picture.
type Result struct {
	Entry
	// Outcomes are the maps that the recipe asks for, and Sheets the paths of the
	// first writer's files, empty where there is no map; none with Failure.
	Outcomes []compute.Outcome
	Sheets   []string
	// Failure is why nothing of the picture could be explained, or nil.
	Failure error
	// Decode and Network are the times that each took, Network the picture's
	// share where several were run at once; Total has those of drawing and
	// writing as well.
	Decode, Network, Total time.Duration
}

// Report is what a run did. Pictures that a cancelled run did not get to are
// in none of its numbers but Total.
type Report struct {
	// Done pictures of Total; Failed and Resumed are among the done: those of
	// which some map could not be made, and those an earlier run had explained.
	Done, Failed, Resumed, Total int
	// Failures are the failed pictures in their order.
	Failures []Failure
	// Results is the path of the table.
	Results string
	Elapsed time.Duration
}

// Failure is a picture of which some map could not be made, and why.
type Failure struct {
	Path string
	Err  error
}

// Run explains the pictures in their order and writes into Job.Out the files
// of each map, in folders like the pictures', and the table [ResultsFile] with
// a row for each map.
//
// A picture or a map that fails gets its row and does not stop the others. Sheets of an
// earlier run, which are those in the table, are replaced; if a sheet would
// take the place of any other file, Run refuses before it writes anything.
// It stops at once when a sheet cannot be written. However it ends, also by
// ctx, whose error it then returns, the table lists what there is and the
// Report counts what was done.
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
	book, err := openLedger(j.Out)
	if err != nil {
		return Report{}, err
	}
	tasks, err := j.plan(entries, book)
	if err != nil {
		return Report{}, err
	}
	if err := book.begin(); err != nil {
		return Report{}, err
	}

	r := newRun(j, book, tasks, progress)
	err = r.pictures(ctx)
	rows := r.rows()
	tableErr := book.write(rows)
	book.end(rows, tableErr == nil)
	if err != nil && tableErr != nil {
		// A full disk fails both, and the first says it.
		return r.report(), fmt.Errorf("%w; %s could not be brought up to date", err, book.path(ResultsFile))
	}
	return r.report(), errors.Join(err, tableErr)
}

// complete fills in defaults and reports what no picture could be explained
// with.
func (j *Job) complete() (err error) {
	if j.Recipe, err = j.Recipe.Check(j.Explainer.Network()); err != nil {
		return err
	}
	j.Style = j.Recipe.Style(j.Style)
	if j.Out == "" {
		return errors.New("no folder for the results is given")
	}
	if len(j.Writers) == 0 {
		j.Writers = []Writer{Sheets{j.Style}}
	}
	if j.Jobs < 1 {
		j.Jobs = 2
		if j.Explainer.Batch() > 1 {
			j.Jobs = max(2, min(runtime.GOMAXPROCS(0), 8))
		}
	}
	return nil
}
