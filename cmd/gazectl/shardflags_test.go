package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/compute/folder"
)

func TestShard(t *testing.T) {
	for _, c := range []struct {
		flag  string
		env   map[string]string
		i, n  int
		error string
	}{
		{flag: ""},
		{flag: "3/8", i: 3, n: 8},
		{flag: "1/1", i: 1, n: 1},
		{flag: "0/8", error: "--shard 0/8 is not I/N"},
		{flag: "9/8", error: "--shard 9/8 is not I/N"},
		{flag: "3", error: "--shard 3 is not I/N"},
		{flag: "a/b", error: "--shard a/b is not I/N"},
		{flag: "auto", error: "none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, PARALLEL_SEQ is set"},
		{flag: "auto", env: map[string]string{"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "0"}, i: 1, n: 4},
		{flag: "auto", env: map[string]string{"SLURM_ARRAY_TASK_ID": "4", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "1"}, i: 4, n: 4},
		{flag: "auto", env: map[string]string{"SLURM_ARRAY_TASK_ID": "6", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "0"}, error: "Slurm makes this part 7 of 4"},
		{flag: "auto", env: map[string]string{"SLURM_ARRAY_TASK_ID": "6"}, error: "SLURM_ARRAY_TASK_COUNT is \"\""},
		{flag: "auto", env: map[string]string{"JOB_COMPLETION_INDEX": "7", "JOB_COMPLETIONS": "8"}, i: 8, n: 8},
		{flag: "auto", env: map[string]string{"JOB_COMPLETION_INDEX": "7"}, error: "JOB_COMPLETIONS is \"\""},
		{flag: "auto", env: map[string]string{"PARALLEL_SEQ": "1", "PARALLEL_JOBS": "8"}, i: 1, n: 8},
	} {
		s, err := shardFlags{Shard: c.flag}.shard(func(name string) (string, bool) { v, ok := c.env[name]; return v, ok })
		if c.error != "" {
			if err == nil || !strings.Contains(err.Error(), c.error) {
				t.Errorf("%s with %v: %v, want %q", c.flag, c.env, err, c.error)
			}
			continue
		}
		if err != nil || s.Index != c.i || s.Of != c.n {
			t.Errorf("%s with %v: %+v, %v", c.flag, c.env, s, err)
		}
	}
}

// Shards that are merged write the files of a run in one piece, the report among them.
func TestMerge(t *testing.T) {
	dir, whole, shared := photographs(t), t.TempDir(), t.TempDir()
	one := gazectl(t, "analyze", dir, "--out", whole, "--layer", "layer4", "--write", "overlay,table,report")
	if one.status != 1 {
		t.Fatal(one.stderr)
	}
	analyze := func(shard string) outcome {
		return gazectl(t, "analyze", dir, "--out", shared, "--layer", "layer4", "--write", "overlay,table,report", "--shard", shard)
	}
	if o := analyze("2/2"); o.status == exitUsage {
		t.Fatal(o.stderr)
	}
	o := gazectl(t, "merge", shared)
	if o.status != 1 || !strings.Contains(o.stderr, "gazectl: shard 1/2: 2 pictures are missing; repeat it with --resume\n") {
		t.Errorf("status %d, %q", o.status, o.stderr)
	}
	if slices.Contains(names(t, shared), "report.html") {
		t.Error("there is a report of half the pictures")
	}
	if o := analyze("1/2"); o.status == exitUsage || strings.Contains(o.stdout, "report.html") {
		t.Fatal(o.stdout, o.stderr)
	}
	o = gazectl(t, "merge", shared)
	if o.status != 1 || o.stderr != one.stderr || o.stdout != strings.ReplaceAll(one.stdout, whole, shared) {
		t.Errorf("status %d, %q, %q; the run in one piece says %q, %q", o.status, o.stdout, o.stderr, one.stdout, one.stderr)
	}
	visible := func(out string) []string {
		return slices.DeleteFunc(names(t, out), func(name string) bool { return strings.HasPrefix(filepath.Base(name), ".") })
	}
	if want, have := visible(whole), visible(shared); !slices.Equal(have, want) || !slices.Contains(have, "report.html") {
		t.Errorf("the files are %q, want %q", have, want)
	}
	for _, name := range []string{"report.html", "report-data/figures.js"} {
		a, errA := os.ReadFile(filepath.Join(whole, name))
		b, errB := os.ReadFile(filepath.Join(shared, name))
		// What follows are times.
		one, _, _ := strings.Cut(string(a), `"slowest":`)
		merged, _, _ := strings.Cut(string(b), `"slowest":`)
		if errA != nil || errB != nil || one != merged {
			t.Errorf("%s differs, %v, %v", name, errA, errB)
		}
	}
	// Other settings do not join them.
	o = gazectl(t, "analyze", dir, "--out", shared, "--layer", "layer3", "--write", "overlay,table,report", "--shard", "1/2")
	if o.status != exitUsage || !strings.Contains(o.stderr, folder.ErrOtherShards.Error()) {
		t.Errorf("status %d, %q", o.status, o.stderr)
	}
}

// The pictures of a list are explained in its order, in shards, too.
func TestAnalyzeTakesAList(t *testing.T) {
	dir, out := photographs(t), t.TempDir()
	list := filepath.Join(t.TempDir(), "list.txt")
	write(t, list, []byte("mug/img2.png\nbike/img2.png\n"))
	for _, shard := range []string{"1/2", "2/2"} {
		if o := gazectl(t, "analyze", dir, "--list", list, "--out", out, "--write", "table", "--shard", shard); o.status != 0 {
			t.Fatal(o.stderr)
		}
	}
	if o := gazectl(t, "merge", out); o.status != 0 || !strings.Contains(o.stdout, "2 of 2 pictures explained") {
		t.Fatal(o.stdout, o.stderr)
	}
	var paths []string
	for _, row := range results(t, out) {
		paths = append(paths, row["path"])
	}
	if want := []string{filepath.Join(dir, "mug", "img2.png"), filepath.Join(dir, "bike", "img2.png")}; !slices.Equal(paths, want) {
		t.Errorf("%q, want %q", paths, want)
	}
}

func TestMergeRefuses(t *testing.T) {
	o := gazectl(t, "merge", t.TempDir())
	if o.status != exitUsage || !strings.Contains(o.stderr, folder.ErrNoShards.Error()) {
		t.Errorf("status %d, %q", o.status, o.stderr)
	}
	missing := filepath.Join(t.TempDir(), "none")
	if o := gazectl(t, "merge", missing); o.status != exitUsage {
		t.Errorf("status %d", o.status)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a folder was made")
	}
}
