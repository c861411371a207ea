package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gaze/compute/evaluation"
	"gaze/models"
	"gaze/models/builtin"
)

// everydayNetwork is the built-in network.
func everydayNetwork(t *testing.T) *models.Network {
	t.Helper()
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func TestTruthFlags(t *testing.T) {
	dir := t.TempDir()
	table := filepath.Join(dir, "truth.csv")
	if err := os.WriteFile(table, []byte("a.jpg,mug\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, "bad.csv")
	if err := os.WriteFile(bad, []byte("a.jpg,mug\nb.jpg,unicorn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	net := everydayNetwork(t)
	numbers := *net
	numbers.Output.Activation = models.ActivationNone
	for _, row := range []struct {
		name  string
		flags truthFlags
		net   *models.Network
		// says is part of the error, empty for none.
		says          string
		truth, places bool
	}{
		{"folders", truthFlags{Truth: "folders"}, net, "", false, false},
		{"a table", truthFlags{Truth: table}, net, "", true, false},
		{"an unknown class", truthFlags{Truth: bad}, net, "bad.csv, line 2", false, false},
		{"no file", truthFlags{Truth: filepath.Join(dir, "none.csv")}, net, "none.csv", false, false},
		{"masks", truthFlags{Truth: "none", Masks: dir}, net, "", false, true},
		{"boxes", truthFlags{Truth: "none", Boxes: dir}, net, "", false, true},
		{"boxes and masks", truthFlags{Truth: "none", Boxes: dir, Masks: dir}, net, "give one of them", false, false},
		{"folders of numbers", truthFlags{Truth: "folders"}, &numbers, "", false, false},
		{"a table of numbers", truthFlags{Truth: table}, &numbers, "gives numbers", false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := row.flags.page(row.net, dir)
			if row.says != "" {
				if err == nil || !strings.Contains(err.Error(), row.says) {
					t.Errorf("%v, want %q", err, row.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if (p.Judge.Truth != nil) != row.truth || (p.Judge.Places != nil) != row.places {
				t.Errorf("%+v", p.Judge)
			}
			if without := row.flags.Truth == "none" || row.net == &numbers; p.NoTruth != without {
				t.Errorf("without truth: %v, want %v", p.NoTruth, without)
			}
			if len(p.Run.Labels) != net.Classes() || p.Root != filepath.Base(dir) {
				t.Errorf("%d labels, root %q", len(p.Run.Labels), p.Root)
			}
		})
	}
}

func TestTellFigures(t *testing.T) {
	var out bytes.Buffer
	if err := tellFigures(&out, evaluation.New().Figures()); err != nil || out.Len() > 0 {
		t.Errorf("nothing is known, and %q is told, %v", out.String(), err)
	}
	f := evaluation.Figures{Judged: 8, Top1: 0.75, Top5: 1, Calibration: evaluation.Calibration{ECE: 0.125}, Location: &evaluation.Location{Pictures: 3, Pointing: 1, Inside: 0.5, IoU: 0.25, Threshold: 0.3}}
	if err := tellFigures(&out, f); err != nil {
		t.Fatal(err)
	}
	want := "75.0 % of 8 pictures with a known class are right, 100.0 % among the first five; calibration error 12.5 %\n" +
		"of 3 maps with a known object 100.0 % point at it; 50.0 % of the energy is inside; IoU 0.250 at threshold 0.30\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
