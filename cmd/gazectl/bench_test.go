package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/models/builtin"
)

func TestBenchPrintsItsContract(t *testing.T) {
	o := gazectl(t, "bench", "--model", "builtin", "--model", "squeezenet1_1", "--runs", "3", "--batch", "2", "--threads", "1", "--json")
	if o.status != 0 || o.stderr != "" {
		t.Fatalf("status %d: %s", o.status, o.stderr)
	}
	for _, r := range parse[map[string]any](t, o) {
		if want := []string{"batch", "class_switch", "device", "explain", "forward", "gflops", "model", "peak_share", "threads"}; !slices.Equal(keys(r), want) {
			t.Errorf("keys are %v, want %v", keys(r), want)
		}
		for _, name := range []string{"forward", "explain", "class_switch"} {
			if got := keys(r[name].(map[string]any)); !slices.Equal(got, []string{"median", "min"}) {
				t.Errorf("keys of %s are %v", name, got)
			}
		}
	}
	rows := parse[benchRow](t, o)
	if len(rows) != 2 || rows[0].Model != builtin.Name || rows[1].Model != "squeezenet1_1" {
		t.Fatalf("not one row a network in the order asked for: %+v", rows)
	}
	for _, r := range rows {
		if r.Device != "cpu" || r.Threads != 1 || r.Batch != 2 || !(r.GFLOPS > 0) || !(r.PeakShare > 0) {
			t.Errorf("%+v", r)
		}
		for _, s := range []spread{r.Forward, r.Explain, r.ClassSwitch} {
			if !(s.Min > 0 && s.Median >= s.Min) {
				t.Errorf("%+v", r)
			}
		}
	}
}

func TestBenchPrintsATable(t *testing.T) {
	o := gazectl(t, "bench", "--model", "builtin", "--runs", "1", "--exact")
	if o.status != 0 || strings.Count(o.stdout, "\n") != 2 || !strings.Contains(o.stdout, builtin.Name) {
		t.Errorf("%+v", o)
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		seconds []float64
		want    spread
	}{
		{[]float64{3}, spread{3, 3}},
		{[]float64{3, 1}, spread{2, 1}},
		{[]float64{9, 2, 4}, spread{4, 2}},
		{[]float64{8, 1, 4, 2}, spread{3, 1}},
	} {
		if got := newSpread(c.seconds); got != c.want {
			t.Errorf("%v: %v, want %v", c.seconds, got, c.want)
		}
	}
}

// TestBenchTakesTurns: each line is answered by one run, which is the same
// picture every time.
func TestBenchTakesTurns(t *testing.T) {
	c := benchCommand{Batch: 1}
	c.Threads = 1
	var out bytes.Buffer
	if err := c.interact(t.Context(), "builtin", strings.NewReader("\n\n"), &out); err != nil {
		t.Fatal(err)
	}
	var laps []lap
	for dec := json.NewDecoder(&out); dec.More(); {
		var l lap
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		laps = append(laps, l)
	}
	if len(laps) != 2 {
		t.Fatalf("%d answers to two lines", len(laps))
	}
	for _, l := range laps {
		if l.Model != builtin.Name || l.Layer != "layer4" || l.Class != laps[0].Class || l.Logit != laps[0].Logit {
			t.Errorf("%+v", l)
		}
		if !(l.Forward > 0 && l.Explain >= l.Forward && l.ClassSwitch > 0) {
			t.Errorf("%+v", l)
		}
	}
}

func TestBenchRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--runs", "0"}, "--runs 0"},
		{[]string{"--batch", "0"}, "--batch 0"},
		{[]string{"--threads=-1", "--model", "builtin"}, "negative"},
		{[]string{"--weights", "w.safetensors"}, "one --model"},
		{[]string{"--interactive"}, "one --model"},
		{[]string{"--interactive", "--model", "builtin", "--batch", "2"}, "--batch 1"},
		{[]string{"--model", "zork"}, `"zork"`},
	} {
		o := gazectl(t, append([]string{"bench"}, c.args...)...)
		if o.status != 2 || !strings.Contains(o.stderr, c.says) {
			t.Errorf("%v: %+v", c.args, o)
		}
	}
}

// TestBenchStopsWaiting: a line that never comes keeps nobody from leaving.
func TestBenchStopsWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	defer out.Close()
	c := benchCommand{Batch: 1}
	answered := &cancelAfter{io.Discard, 1, cancel}
	go io.WriteString(out, "\n")
	if err := c.interact(ctx, "builtin", in, answered); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while waiting: %v", err)
	}
}

// TestProfileIsPrintedBesideTheResult: standard output stays pure JSON.
func TestProfileIsPrintedBesideTheResult(t *testing.T) {
	photo := draw(t, filepath.Join(t.TempDir(), "a.png"), 40, 40)
	o := gazectl(t, "explain", photo, "--profile", "--json", "--threads", "1", "--exact")
	if o.status != 0 || len(parse[answer](t, o)) != 1 {
		t.Fatalf("%+v", o)
	}
	for _, says := range []string{"layer4.1.conv2", "forward", "backward", "of peak", "1 thread"} {
		if !strings.Contains(o.stderr, says) {
			t.Errorf("the table does not mention %q:\n%s", says, o.stderr)
		}
	}
}
