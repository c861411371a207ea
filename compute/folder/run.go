package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gaze/compute"
	"gaze/compute/output"
)

// checkpoint is how often the table is brought up to date during a run.
const checkpoint = 30 * time.Second

// run is a job at work: pictures are decoded ahead of the one network, and
// files are drawn and written behind it.
type run struct {
	Job
	book  *ledger
	tasks []*task
	start time.Time

	// mu guards what follows, the tasks' rows, the journal and the table.
	mu                             sync.Mutex
	progress                       func(Progress)
	done, failed, partial, resumed int
	pace                           pace
	watch                          compute.Watch
	saved                          time.Time
}

func newRun(j Job, book *ledger, tasks []*task, progress func(Progress)) *run {
	now := time.Now()
	r := &run{Job: j, book: book, tasks: tasks, progress: progress, start: now, saved: now, pace: pace{last: now}}
	if r.progress == nil {
		r.progress = func(Progress) {}
	}
	for _, t := range tasks {
		if len(t.todo) == 0 {
			r.resumed++
		}
	}
	r.done = r.resumed
	return r
}

// pictures runs all tasks with maps to make. It returns once nothing that
// it started is running.
func (r *run) pictures(parent context.Context) error {
	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	r.mu.Lock()
	r.tell("")
	r.mu.Unlock()

	var writers sync.WaitGroup
	slots := make(chan struct{}, r.Jobs)
	write := func(d decoded) {
		slots <- struct{}{}
		writers.Go(func() {
			defer func() { <-slots }()
			if err := r.finish(d); err != nil {
				stop(err)
			}
		})
	}
	var batch []decoded
	for next := range r.decodeAhead(ctx) {
		switch d := <-next; {
		case ctx.Err() != nil:
			// An error says nothing about the picture now, and the remaining
			// decoders have to be waited for.
		case d.err != nil:
			write(d)
		default:
			// Only pictures of which the same maps are missing can be run at once.
			if len(batch) > 0 && !slices.Equal(batch[0].todo, d.todo) {
				r.explain(ctx, batch, write)
				batch = nil
			}
			if batch = append(batch, d); len(batch) >= r.Explainer.Batch() {
				r.explain(ctx, batch, write)
				batch = nil
			}
		}
	}
	if len(batch) > 0 && ctx.Err() == nil {
		r.explain(ctx, batch, write)
	}
	writers.Wait()
	cause := context.Cause(ctx)
	if parent.Err() != nil && errors.Is(cause, context.Cause(parent)) {
		return parent.Err()
	}
	return cause
}

// explain runs the network on pictures at once and hands on what it made of
// each, unless ctx is done. If that fails it runs it on one after the other,
// because the reason may be one picture's own.
func (r *run) explain(ctx context.Context, batch []decoded, done func(decoded)) {
	subjects := make([]*compute.Subject, len(batch))
	for i, d := range batch {
		subjects[i] = d.subject
	}
	started := time.Now()
	answers, err := r.Explainer.Explain(ctx, r.recipe(batch[0].todo), subjects...)
	elapsed := time.Since(started)
	if ctx.Err() != nil {
		return
	}
	if err != nil && len(batch) > 1 {
		for i := range batch {
			r.explain(ctx, batch[i:i+1], done)
		}
		return
	}
	for i, d := range batch {
		d.network = elapsed / time.Duration(len(batch))
		if d.err = err; err == nil {
			if d.outcomes, d.err = r.pick(d.todo, answers[i].Outcomes); d.err != nil {
				d.err = fmt.Errorf("%s: %w", d.Path, d.err)
			}
		}
		done(d)
	}
}

// decoded is a task whose picture is ready for the network, and then explained.
type decoded struct {
	*task
	subject *compute.Subject
	// outcomes are those of the task's todo.
	outcomes []compute.Outcome
	err      error
	// decode and network are the times that each took, network the picture's
	// share of those that were run at once.
	decode, network time.Duration
}

// decodeAhead decodes the tasks' pictures in parallel and hands them out in
// order; each channel gives one. The channel is closed after the last picture
// or soon after ctx is done, when no decoder is running any more.
func (r *run) decodeAhead(ctx context.Context) <-chan (<-chan decoded) {
	// One is handed over while it waits in no buffer.
	ahead := make(chan (<-chan decoded), r.Jobs-1)
	go func() {
		defer close(ahead)
		var decoders sync.WaitGroup
		defer decoders.Wait()
		for _, t := range r.tasks {
			if len(t.todo) == 0 {
				continue
			}
			if ctx.Err() != nil {
				return
			}
			one := make(chan decoded, 1)
			decoders.Go(func() { one <- r.decode(ctx, t) })
			select {
			case ahead <- one:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ahead
}

func (r *run) decode(ctx context.Context, t *task) decoded {
	d := decoded{task: t, err: t.Err}
	if d.err != nil {
		return d
	}
	started := time.Now()
	if d.subject, d.err = compute.OpenSubject(ctx, t.Path, r.Explainer.Network().Input, r.Picture); d.err == nil {
		// Sheets say in which folder the picture was found.
		d.subject.Name = t.Rel
	}
	d.decode = time.Since(started)
	return d
}

// finish writes a picture's files and enters it in the table. Its error is one
// that would meet the other pictures too.
func (r *run) finish(d decoded) error {
	started := time.Now()
	maps := r.Recipe.Maps()
	var fatal error
	rows := make([][]row, len(d.todo))
	for i, place := range d.todo {
		failed := d.err
		if failed == nil {
			if failed = d.outcomes[i].Err; failed == nil {
				if rows[i], failed = r.write(d, i); failed != nil {
					d.err = failed
					// If someone put a file there since the run began, it stays,
					// and other files can be written.
					if !errors.Is(failed, fs.ErrExist) {
						fatal = failed
					}
				}
			}
		}
		if failed != nil {
			rows[i] = append(rows[i], r.failure(d, maps[place], failed))
		}
	}
	if err := r.enter(d, rows, r.result(d, time.Since(started))); fatal == nil {
		return err
	}
	return fatal
}

// write writes the files of outcome i and returns its row. If one cannot be written,
// the row lists those before it; without any there is no row.
func (r *run) write(d decoded, i int) ([]row, error) {
	started := time.Now()
	x, stem := d.outcomes[i].Explanation, d.files[d.todo[i]]
	var written []string
	var failed error
	for _, w := range r.Writers {
		if failed = r.writeFile(d, stem+w.Extension(), w, x); failed != nil {
			break
		}
		written = append(written, w.Extension())
	}
	if len(written) == 0 {
		return nil, failed
	}
	line := row{colPath: d.Path, colStatus: statusOK, colModel: x.Network, colSettings: d.settings}
	line.setFiles(stem, written)
	line.explain(x)
	for _, n := range d.subject.Notices {
		line[colReason] = strings.TrimSpace(line[colReason] + " " + n.Text())
	}
	line[colDecode], line[colNetwork] = seconds(d.decode), seconds(d.network)
	line[colTotal] = seconds(d.decode + d.network + time.Since(started))
	return []row{line}, failed
}

// writeFile writes one file of a map. It replaces a file only if that is an earlier
// run's.
func (r *run) writeFile(d decoded, name string, w Writer, x *compute.Explanation) error {
	file := r.book.path(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return fmt.Errorf("folder for results: %w", err)
	}
	if err := r.announce(name); err != nil {
		return err
	}
	return output.Save(file, r.book.own[name], func(to io.Writer) error { return w.Write(to, d.subject, x) })
}

func (r *run) announce(file string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.book.announce(file)
}

func (r *run) failure(d decoded, m compute.Outcome, failed error) row {
	// The path has its own column.
	reason := strings.TrimPrefix(failed.Error(), d.Path+": ")
	return row{
		colPath: d.Path, colStatus: statusFailed, colReason: reason,
		colModel: r.Explainer.Network().Name, colLayer: m.Layer, colMethod: m.Method.Name, colSettings: d.settings,
		colDecode: seconds(d.decode), colNetwork: seconds(d.network), colTotal: seconds(d.decode + d.network),
	}
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 4, 64) }

// result is what to tell of a finished picture.
func (r *run) result(d decoded, drawing time.Duration) Result {
	res := Result{Entry: d.Entry, Failure: d.err, Decode: d.decode, Network: d.network, Total: d.decode + d.network + drawing}
	if d.err == nil {
		res.Outcomes = d.outcomes
		for i, o := range d.outcomes {
			sheet := ""
			if o.Err == nil {
				sheet = r.book.path(d.files[d.todo[i]] + r.Writers[0].Extension())
			}
			res.Sheets = append(res.Sheets, sheet)
		}
	}
	return res
}

// failed is why some map of the picture could not be made.
func (d decoded) failed() error {
	if d.err != nil {
		return d.err
	}
	var errs reasons
	for _, o := range d.outcomes {
		if o.Err != nil {
			errs = append(errs, o.Err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// reasons are the errors of a picture's maps.
type reasons []error

// Error says all reasons in one line, each once: what one layer lacks, another
// often lacks, too.
func (e reasons) Error() string {
	var texts []string
	for _, err := range e {
		if text := err.Error(); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; ")
}

// Unwrap lets [errors.Is] and [errors.As] find each reason.
func (e reasons) Unwrap() []error { return e }

// enter takes a finished picture into the table and passes on its result.
func (r *run) enter(d decoded, rows [][]row, res Result) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, place := range d.todo {
		d.task.rows[place] = rows[i]
	}
	d.task.err = d.failed()
	r.done++
	if d.task.err != nil {
		r.failed++
	}
	if d.partial() {
		r.partial++
	}
	for _, o := range res.Outcomes {
		if o.Err == nil {
			r.watch.See(o.Explanation)
			break
		}
	}
	res.Doubts = r.watch.Doubts()
	now := time.Now()
	r.pace.tick(now)
	r.tell(d.Path)
	if r.Each != nil {
		if err := r.Each(res); err != nil {
			return err
		}
	}
	if now.Sub(r.saved) < checkpoint {
		return nil
	}
	r.saved = now
	return r.book.write(r.rows())
}

// tell reports progress; r.mu is held.
func (r *run) tell(path string) {
	r.progress(Progress{
		Done: r.done, Failed: r.failed, Total: len(r.tasks), Path: path,
		Elapsed: time.Since(r.start), Remaining: r.pace.remaining(len(r.tasks) - r.done),
	})
}

// rows are the table's lines about the pictures done, in the pictures' order.
func (r *run) rows() []row {
	var all []row
	doubts := r.watch.Doubts()
	for _, t := range r.tasks {
		for i, rows := range t.rows {
			for _, line := range rows {
				// An earlier run's rows are as it left them.
				if slices.Contains(t.todo, i) && line[colStatus] == statusOK {
					line.warn(doubts)
				}
				all = append(all, line)
			}
		}
	}
	return all
}

// report says what was done.
func (r *run) report() Report {
	rep := Report{
		Done: r.done, Failed: r.failed, Partial: r.partial, Resumed: r.resumed, Total: len(r.tasks),
		Results: r.book.path(ResultsFile), Elapsed: time.Since(r.start), Doubts: r.watch.Doubts(),
	}
	for _, t := range r.tasks {
		if t.err != nil {
			rep.Failures = append(rep.Failures, Failure{t.Path, t.err})
		}
	}
	return rep
}
