package folder

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gaze/compute/output"
)

// Shard is a part of a run that several programs share, on one machine or on many. Shards
// write side by side into one place; what each knows lies in files of its own, until
// [Merge] joins them. Any shard can be killed and repeated.
type Shard struct {
	// Index counts from 1 to Of. The zero value is a run in one piece.
	Index, Of int
	// Note is for whoever merges the shards; all have the same.
	Note json.RawMessage
}

// shardsFile lists all pictures of a run in shards, in their order, after a line about the
// run. The first shard writes it, and the others must agree with it.
const shardsFile = ".results.shards"

// shardPlace is a place where a shard has its own ledger.
type shardPlace struct {
	Place
	prefix string
}

func (s Shard) place(p Place) Place {
	return shardPlace{p, fmt.Sprintf(".results-shard-%d-of-%d.", s.Index, s.Of)}
}

// own is what a file of the ledger is called.
func (p shardPlace) own(name string) string {
	switch name {
	case RecordsFile, ResultsFile, ManifestFile, journalFile, lockFile:
		return p.prefix + strings.TrimPrefix(name, ".")
	}
	return name
}

func (p shardPlace) Lock(name string) (func(), error)        { return p.Place.Lock(p.own(name)) }
func (p shardPlace) Size(name string) (int64, bool)          { return p.Place.Size(p.own(name)) }
func (p shardPlace) Remove(name string) error                { return p.Place.Remove(p.own(name)) }
func (p shardPlace) Path(name string) string                 { return p.Place.Path(p.own(name)) }
func (p shardPlace) Open(name string) (output.Source, error) { return p.Place.Open(p.own(name)) }
func (p shardPlace) Append(name string) (output.Log, error)  { return p.Place.Append(p.own(name)) }
func (p shardPlace) Put(name string, overwrite bool, write func(io.Writer) error) error {
	return p.Place.Put(p.own(name), overwrite, write)
}

// check reports a shard that there cannot be.
func (s Shard) check() error {
	if (s.Index != 0 || s.Of != 0) && (s.Index < 1 || s.Index > s.Of) {
		return fmt.Errorf("there is no shard %d of %d", s.Index, s.Of)
	}
	return nil
}

// listed is a picture in the list of shards.
type listed struct {
	Shard int   `json:"shard"`
	Path  Name  `json:"path"`
	File  Name  `json:"file"`
	Bytes int64 `json:"bytes"`
}

// shards is what the list says of the run.
type shards struct {
	Format   string          `json:"format"`
	Of       int             `json:"of"`
	Network  string          `json:"network"`
	Settings string          `json:"settings"`
	Maps     []string        `json:"maps"`
	Writers  []string        `json:"writers"`
	Table    bool            `json:"table"`
	Note     json.RawMessage `json:"note,omitempty"`
}

const shardsFormat = "gaze shards 1"

// deal gives each picture a shard, 1 to of: the largest first, there and back again, so
// that all have as many and about as many bytes, whoever counts.
func deal(entries []Entry, of int) []listed {
	list := make([]listed, len(entries))
	order := make([]int, len(entries))
	for i, e := range entries {
		list[i] = listed{Path: Name(e.Path), File: Name(e.Rel)}
		if info, err := os.Stat(e.Path); err == nil {
			list[i].Bytes = info.Size()
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(list[b].Bytes, list[a].Bytes) })
	for n, i := range order {
		k := n % (2 * of)
		list[i].Shard = min(k, 2*of-1-k) + 1
	}
	return list
}

// share writes the list of shards, or compares it with that of another shard. It returns
// for each entry whether it is this shard's.
func (j Job) share(entries []Entry) ([]bool, error) {
	head := shards{
		Format: shardsFormat, Of: j.Shard.Of, Network: j.Explainer.Network().Name, Settings: j.settings(Entry{}), Table: j.Table, Note: j.Shard.Note,
	}
	for _, m := range j.Recipe.Maps() {
		head.Maps = append(head.Maps, m.Layer+" "+m.Method.Name)
	}
	for _, w := range j.Writers {
		head.Writers = append(head.Writers, strings.TrimSpace(w.Name()+" "+settingsOf(w)))
	}
	list := deal(entries, j.Shard.Of)
	mine := make([]bool, len(list))
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(head); err != nil {
		return nil, fmt.Errorf("list of shards: %w", err)
	}
	for i, p := range list {
		if err := enc.Encode(p); err != nil {
			return nil, fmt.Errorf("list of shards: %w", err)
		}
		mine[i] = p.Shard == j.Shard.Index
	}
	place := j.Place
	err := place.Put(shardsFile, false, func(w io.Writer) error { _, err := w.Write(text.Bytes()); return err })
	if !errors.Is(err, fs.ErrExist) {
		return mine, err
	}
	file, err := place.Open(shardsFile)
	if err != nil {
		return nil, fmt.Errorf("list of shards: %w", err)
	}
	defer file.Close()
	there, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<62))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", place.Path(shardsFile), err)
	}
	if !bytes.Equal(there, text.Bytes()) {
		return nil, fmt.Errorf("%s: the shards there are %w; choose another folder for the results, or remove that file to begin anew", place.Path(shardsFile), ErrOtherShards)
	}
	return mine, nil
}

// ErrOtherShards is why a shard cannot join others.
var ErrOtherShards = errors.New("of other pictures, of another number or with other settings")

// ErrNoShards is why there is nothing to merge.
var ErrNoShards = errors.New("no run in shards has begun here")

// readShards calls each for every picture of the list, in its order.
func readShards(place Place, each func(listed)) (shards, error) {
	var head shards
	file, err := place.Open(shardsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return head, fmt.Errorf("%s: %w", filepath.Dir(place.Path(shardsFile)), ErrNoShards)
	}
	if err != nil {
		return head, fmt.Errorf("list of shards: %w", err)
	}
	defer file.Close()
	lines := json.NewDecoder(bufio.NewReader(io.NewSectionReader(file, 0, 1<<62)))
	if err := lines.Decode(&head); err != nil || head.Format != shardsFormat || head.Of < 1 {
		return head, fmt.Errorf("read %s: %w", place.Path(shardsFile), errNoRecord)
	}
	for lines.More() {
		var p listed
		if err := lines.Decode(&p); err != nil || p.Shard < 1 || p.Shard > head.Of {
			return head, fmt.Errorf("read %s: %w", place.Path(shardsFile), errNoRecord)
		}
		each(p)
	}
	return head, nil
}
