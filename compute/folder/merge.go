package folder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Merged is what shards come to.
type Merged struct {
	Report
	// Missing has for each shard, from 1 on, how many of its pictures are in no record:
	// those that it has not done yet. Shards with none missing are left out.
	Missing map[int]int
	// Of is the number of shards.
	Of int
}

// Merge joins the records of all shards in a place: afterwards it is as if one run had
// explained all pictures. It waits for nobody: where pictures are missing, it joins what
// there is and says so, and finishers have to wait for another merge. While a shard is at
// work, nothing is written and the error is an [output.ErrInUse].
//
// finishers, which may be nil, makes them of the shards' [Shard.Note].
func Merge(ctx context.Context, place Place, finishers func(note json.RawMessage) ([]Finisher, error)) (Merged, error) {
	var list []listed
	head, err := readShards(place, func(p listed) { list = append(list, p) })
	if err != nil {
		return Merged{}, err
	}
	j := Job{Place: place, Table: head.Table}
	if finishers != nil {
		if j.Finishers, err = finishers(head.Note); err != nil {
			return Merged{}, err
		}
	}
	book, err := openLedger(place)
	if err != nil {
		return Merged{}, err
	}
	defer book.close()
	if j.Table && book.exists(ResultsFile) && !book.owns(ResultsFile) {
		return Merged{}, fmt.Errorf("%s exists and no earlier run lists it: nothing was written; move it away", place.Path(ResultsFile))
	}
	var parts []*ledger
	defer func() {
		for _, p := range parts {
			p.close()
		}
	}()
	for i := range head.Of {
		part, err := openLedger(Shard{Index: i + 1, Of: head.Of}.place(place))
		if err != nil {
			return Merged{}, fmt.Errorf("shard %d of %d: %w", i+1, head.Of, err)
		}
		parts = append(parts, part)
	}
	if err := book.begin(); err != nil {
		return Merged{}, err
	}
	m := Merged{Missing: make(map[int]int), Of: head.Of}
	var tasks []*task
	failed, partial := 0, 0
	for _, p := range list {
		if err := ctx.Err(); err != nil {
			return Merged{}, err
		}
		part := parts[p.Shard-1]
		at := part.byPath[string(p.Path)]
		if len(at) == 0 {
			m.Missing[p.Shard]++
			continue
		}
		rec, err := part.load(part.former[at[len(at)-1]].at)
		if err != nil {
			return Merged{}, err
		}
		t := &task{Entry: Entry{Path: string(p.Path), Rel: string(p.File)}, done: true, replaces: identity(rec.Network, rec.Settings)}
		if t.record, err = book.add(rec); err != nil {
			return Merged{}, err
		}
		if rec.Status != StatusOK {
			failed++
			t.err = errors.New(rec.Reason())
		}
		if rec.Status == StatusPartial {
			partial++
		}
		tasks = append(tasks, t)
	}
	r := newRun(j, book, tasks, nil)
	err = r.end(ctx, len(m.Missing) > 0)
	m.Report = r.report()
	m.Resumed, m.Failed, m.Partial, m.Total = 0, failed, partial, len(list)
	return m, err
}
