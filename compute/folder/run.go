package folder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"gaze/compute"
	"gaze/models"
)

// run is a job at work: pictures are decoded ahead of the one network, and
// files are drawn and written behind it.
type run struct {
	Job
	book  *ledger
	tasks []*task
	start time.Time

	// mu guards what follows, the tasks' records and the journal.
	mu                             sync.Mutex
	progress                       func(Progress)
	done, failed, partial, resumed int
	pace                           pace
	watch                          compute.Watch
	// doubts are what the pictures raise together, once the run has ended.
	doubts []models.Doubt
}

func newRun(j Job, book *ledger, tasks []*task, progress func(Progress)) *run {
	now := time.Now()
	r := &run{Job: j, book: book, tasks: tasks, progress: progress, start: now, pace: pace{last: now}}
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

// finish writes a picture's files and its record. Its error is one that would meet the
// other pictures too.
func (r *run) finish(d decoded) error {
	started := time.Now()
	rec, fatal, err := r.record(d)
	if err != nil {
		return err
	}
	if err := r.enter(d, rec, time.Since(started)); fatal == nil {
		return err
	}
	return fatal
}

// record writes the files of a picture and returns what is known of it. fatal is what
// would meet other pictures too.
func (r *run) record(d decoded) (rec Record, fatal, err error) {
	rec = Record{Path: Name(d.Path), File: Name(d.Rel), Network: r.Explainer.Network().Name, Settings: d.settings}
	var former Record
	if d.task.record.size > 0 {
		if former, err = r.load(d.task.record); err != nil {
			return rec, nil, err
		}
	}
	if d.err != nil {
		rec.Error = reasonOf(d.err, d.Path)
	}
	todo := 0
	for i, asked := range r.Recipe.Maps() {
		key := r.key(asked)
		if todo >= len(d.todo) || d.todo[todo] != i {
			rec.Maps = append(rec.Maps, *former.find(key))
			continue
		}
		m := MapRecord{Layer: key.layer, Method: key.method, Refined: key.refined, Status: StatusFailed}
		m.Seconds = Seconds{Decode: d.decode.Seconds(), Network: d.network.Seconds(), Total: (d.decode + d.network).Seconds()}
		failed := d.err
		if failed == nil {
			failed = d.outcomes[todo].Err
		}
		if failed == nil {
			if failed = r.write(d, todo, &rec, &m); failed != nil {
				d.task.err = failed
				// If someone put a file there since the run began, it stays, and other
				// files can be written.
				if !errors.Is(failed, fs.ErrExist) {
					fatal = failed
				}
			}
		}
		if failed != nil {
			m.Error = reasonOf(failed, d.Path)
		}
		rec.Maps = append(rec.Maps, m)
		todo++
	}
	if rec.Width == 0 && len(former.Maps) > 0 {
		maps, err := rec.Maps, rec.Error
		rec = former
		rec.Maps, rec.Error = maps, err
	}
	rec.judge()
	return rec, fatal, nil
}

// reasonOf is an error's text without the picture's path, which has its own place.
func reasonOf(err error, path string) string { return strings.TrimPrefix(err.Error(), path+": ") }

func (r *run) load(at span) (Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.book.load(at)
}

// write writes the files of an outcome and fills in what is known of its map. If one
// cannot be written, the map has those before it; without any it has failed.
func (r *run) write(d decoded, i int, rec *Record, m *MapRecord) error {
	started := time.Now()
	x, stem := d.outcomes[i].Explanation, d.files[d.todo[i]]
	rec.take(d.subject, x)
	names := make([]Name, len(r.Writers))
	for k, w := range r.Writers {
		names[k] = Name(stem + w.Extension())
	}
	failed := r.announce(names)
	for k, w := range r.Writers {
		if failed != nil {
			break
		}
		var file File
		if file, failed = r.writeFile(d, string(names[k]), w, x); failed == nil {
			m.Files = append(m.Files, file)
		}
	}
	if failed == nil || len(m.Files) > 0 {
		m.take(x)
	}
	m.Seconds.Total += time.Since(started).Seconds()
	return failed
}

// writeFile writes one file of a map. It replaces a file only if that is an earlier
// run's.
func (r *run) writeFile(d decoded, name string, w Writer, x *compute.Explanation) (File, error) {
	var sum *digester
	err := r.book.place.Put(name, r.book.owns(name), func(to io.Writer) error {
		sum = newDigester(to)
		return w.Write(sum, d.subject, x)
	})
	if err != nil {
		return File{}, err
	}
	f := sum.file(w.Name(), name)
	f.Settings = settingsOf(w)
	return f, nil
}

func (r *run) announce(files []Name) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.book.announce(files)
}

// result is what to tell of a finished picture.
func (r *run) result(d decoded, rec Record, drawing time.Duration) Result {
	res := Result{Entry: d.Entry, Record: rec, Failure: cmp.Or(d.err, d.task.err), Decode: d.decode, Network: d.network, Total: d.decode + d.network + drawing}
	if res.Failure != nil {
		return res
	}
	res.Outcomes = d.outcomes
	for _, place := range d.todo {
		sheet := ""
		if f, ok := rec.Maps[place].shown(); ok {
			sheet = r.book.place.Path(string(f.Name))
		}
		res.Sheets = append(res.Sheets, sheet)
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

// enter notes a finished picture and passes on its result.
func (r *run) enter(d decoded, rec Record, drawing time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, err := r.book.add(rec)
	if err != nil {
		return err
	}
	d.task.record, d.task.done = at, true
	res := r.result(d, rec, drawing)
	d.task.err = cmp.Or(d.task.err, d.failed())
	r.done++
	if rec.Status != StatusOK {
		r.failed++
	}
	if d.task.partial = rec.Status == StatusPartial; d.task.partial {
		r.partial++
	}
	for _, o := range res.Outcomes {
		if o.Err == nil {
			r.watch.See(o.Explanation)
			break
		}
	}
	res.Doubts = r.watch.Doubts()
	r.pace.tick(time.Now())
	r.tell(d.Path)
	if r.Each != nil {
		return r.Each(res)
	}
	return nil
}

// tell reports progress; r.mu is held.
func (r *run) tell(path string) {
	r.progress(Progress{
		Done: r.done, Failed: r.failed, Total: len(r.tasks), Path: path,
		Elapsed: time.Since(r.start), Remaining: r.pace.remaining(len(r.tasks) - r.done),
	})
}

// report says what was done.
func (r *run) report() Report {
	doubts := r.doubts
	if doubts == nil {
		doubts = r.watch.Doubts()
	}
	rep := Report{
		Done: r.done, Failed: r.failed, Partial: r.partial, Resumed: r.resumed, Total: len(r.tasks),
		Elapsed: time.Since(r.start), Doubts: doubts, Results: r.book.place.Path(RecordsFile),
	}
	if r.Table && r.Shard.Of == 0 {
		rep.Results = r.book.place.Path(ResultsFile)
	}
	for _, t := range r.tasks {
		if t.err != nil {
			rep.Failures = append(rep.Failures, Failure{t.Path, t.err})
		}
	}
	return rep
}
