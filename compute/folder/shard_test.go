package folder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/compute/output"
)

// pathList is a [Finisher] that writes the files of the records.
type pathList struct{}

func (pathList) Name() string { return "paths" }

func (pathList) Finish(_ context.Context, records iter.Seq2[Record, error], put Put) error {
	return put("paths.txt", func(w io.Writer) error {
		for r, err := range records {
			if err != nil {
				return err
			}
			if _, err := io.WriteString(w, string(r.File)+"\n"); err != nil {
				return err
			}
		}
		return nil
	})
}

// contents are the files in a folder that are not hidden, with the times set to 0.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, name := range append(tree(t, dir), RecordsFile) {
		if strings.HasPrefix(filepath.Base(name), ".") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(data)
	}
	var rows strings.Builder
	for _, r := range parseTable(t, []byte(all[ResultsFile])) {
		r[colDecode], r[colNetwork], r[colTotal] = "", "", ""
		rows.WriteString(strings.Join(r[:], ",") + "\n")
	}
	all[ResultsFile] = rows.String()
	var lines bytes.Buffer
	for _, r := range readRecords(t, dir) {
		for i := range r.Maps {
			r.Maps[i].Seconds = Seconds{}
		}
		line, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(line)
	}
	all[RecordsFile] = lines.String()
	return all
}

func merge(t *testing.T, out string) Merged {
	t.Helper()
	m, err := Merge(t.Context(), output.NewDir(out), func(json.RawMessage) ([]Finisher, error) { return []Finisher{pathList{}}, nil })
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A shard is killed before all its pictures are done, repeated, and merged twice with the
// others: the files are those of a run in one piece.
func TestMergedShardsAreARunInOnePiece(t *testing.T) {
	root := photos(t, "a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/3.png", "c/1.png", "c/2.png")
	write(t, filepath.Join(root, "b", "broken.png"), []byte("no picture"))
	entries := find(t, root)
	whole, shared := t.TempDir(), t.TempDir()
	j, _ := newJob(t, whole)
	j.Finishers = []Finisher{pathList{}}
	mustRun(t, j, entries)

	j.Out, j.Resume, j.Jobs = shared, true, 1
	for _, k := range []int{3, 1, 2} {
		j.Shard = Shard{Index: k, Of: 3}
		if k == 1 {
			ctx, cancel := context.WithCancel(t.Context())
			first := j
			first.Each = func(Result) error { cancel(); return nil }
			if _, err := first.Run(ctx, entries, nil); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			m := merge(t, shared)
			if m.Missing[1] == 0 || m.Missing[2] == 0 || m.Missing[3] != 0 || m.Total != len(entries) || m.Done+m.Missing[1]+m.Missing[2] != m.Total {
				t.Errorf("%+v", m)
			}
			if _, err := os.Stat(filepath.Join(shared, "paths.txt")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("pictures are missing, and finishers were called: %v", err)
			}
		}
		mustRun(t, j, entries)
	}
	for range 2 {
		m := merge(t, shared)
		if len(m.Missing) > 0 || m.Done != len(entries) || m.Failed != 1 || len(m.Failures) != 1 || m.Of != 3 {
			t.Errorf("%+v", m)
		}
		want, have := contents(t, whole), contents(t, shared)
		if a, b := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(have)); !slices.Equal(a, b) {
			t.Fatalf("the files are %q, want %q", b, a)
		}
		for name := range want {
			if want[name] != have[name] {
				t.Errorf("%s is\n%s\nwant\n%s", name, have[name], want[name])
			}
		}
	}
	// A run in one piece takes over what shards made.
	j.Shard = Shard{}
	if r := mustRun(t, j, entries); r.Resumed != len(entries)-1 {
		t.Errorf("%d resumed, want all but the broken one", r.Resumed)
	}
}

func TestShardsMustAgree(t *testing.T) {
	root, out := photos(t, "1.png", "2.png", "3.png"), t.TempDir()
	entries := find(t, root)
	j, _ := newJob(t, out)
	j.Shard = Shard{Index: 1, Of: 2}
	mustRun(t, j, entries)
	before := tree(t, out)
	for name, change := range map[string]func(*Job, *[]Entry){
		"another number": func(j *Job, _ *[]Entry) { j.Shard = Shard{Index: 1, Of: 3} },
		"other pictures": func(_ *Job, e *[]Entry) { *e = (*e)[1:] },
		"other files":    func(j *Job, _ *[]Entry) { j.Writers = []Writer{Raws{}} },
		"another layer":  func(j *Job, _ *[]Entry) { j.Recipe.Layers = []string{"second"} },
	} {
		other, list := j, entries
		other.Shard.Index = 2
		change(&other, &list)
		if _, err := other.Run(t.Context(), list, nil); !errors.Is(err, ErrOtherShards) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := tree(t, out); !slices.Equal(before, after) {
		t.Errorf("the files were %q and are %q", before, after)
	}
	for _, s := range []Shard{{Index: 3, Of: 2}, {Index: 0, Of: 2}, {Index: 1}} {
		j.Shard = s
		if _, err := j.Run(t.Context(), entries, nil); err == nil {
			t.Errorf("%+v is taken", s)
		}
	}
	j.Shard, j.Out = Shard{Index: 1, Of: 2}, root
	if _, err := j.Run(t.Context(), entries, nil); err == nil || !strings.Contains(err.Error(), "choose another folder") {
		t.Errorf("shards write between the pictures: %v", err)
	}
}

func TestShardAtWorkIsLeftAlone(t *testing.T) {
	root, out := photos(t, "1.png", "2.png"), t.TempDir()
	j, _ := newJob(t, out)
	j.Shard = Shard{Index: 1, Of: 2}
	again := j
	calls := 0
	j.Each = func(Result) error {
		calls++
		if _, err := again.Run(t.Context(), find(t, root), nil); !errors.Is(err, output.ErrInUse) {
			t.Errorf("the same shard twice at once: %v", err)
		}
		if _, err := Merge(t.Context(), output.NewDir(out), nil); !errors.Is(err, output.ErrInUse) {
			t.Errorf("merged while a shard is at work: %v", err)
		}
		other, _ := newJob(t, out)
		other.Shard = Shard{Index: 2, Of: 2}
		mustRun(t, other, find(t, root))
		return nil
	}
	mustRun(t, j, find(t, root))
	if calls != 1 {
		t.Errorf("%d pictures, want 1", calls)
	}
	if m := merge(t, out); m.Done != 2 || len(m.Missing) > 0 {
		t.Errorf("%+v", m)
	}
}

func TestMergeRefusesWhatAreNoShards(t *testing.T) {
	if _, err := Merge(t.Context(), output.NewDir(t.TempDir()), nil); !errors.Is(err, ErrNoShards) {
		t.Error(err)
	}
	out := t.TempDir()
	for _, text := range []string{"", "{}", `{"format":"gaze shards 1","of":1}` + "\n" + `{"shard":2,"path":"a"}`} {
		write(t, filepath.Join(out, shardsFile), []byte(text))
		if _, err := Merge(t.Context(), output.NewDir(out), nil); !errors.Is(err, errNoRecord) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Of 9, 7, 5, 3, 1 bytes in three shards, 9 goes to the first, 7 to the second, 5 and 3 to
// the third and 1 to the second.
func TestDealIsEven(t *testing.T) {
	root := t.TempDir()
	var entries []Entry
	for i, size := range []int{3, 9, 1, 7, 5} {
		name := filepath.Join(root, string(rune('a'+i)))
		write(t, name, make([]byte, size))
		entries = append(entries, Entry{Path: name})
	}
	var have []int
	for _, p := range deal(entries, 3) {
		have = append(have, p.Shard)
	}
	if want := []int{3, 1, 2, 2, 3}; !slices.Equal(have, want) {
		t.Errorf("%v, want %v", have, want)
	}
}
