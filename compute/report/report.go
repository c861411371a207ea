// Package report writes report.html, a page about a run over many pictures, which a
// browser opens from the disk: see docs/report.md.
package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"path"
	"time"

	"gaze/compute/evaluation"
	"gaze/compute/heat"
)

// File is the name of the page, and Data that of the folder beside it with what the page
// loads.
const (
	File = "report.html"
	Data = "report-data"
)

// Put writes the file with a name below the page's folder, with slashes, by calling write:
// whole or not at all. It replaces a file that is there.
type Put func(name string, write func(io.Writer) error) error

// Run says what a report is about.
type Run struct {
	// Title is what was looked at: the folder.
	Title string
	// Labels are the names of the network's classes.
	Labels []string
	// Settings say how the run was made, in the order in which they are shown.
	Settings []Setting
	// Notices are what the reader has to know first.
	Notices []Notice
	// Colormap gives mean maps their colours.
	Colormap heat.Colormap
}

// Setting is a line about how a run was made. Names that the page has words for (network,
// layer, method, class, target, device, version, pictures, truth, boxes, started, took)
// are shown in its language.
type Setting struct{ Name, Value string }

// Notice is a sentence. If the page's words have the Key, it is theirs, with Values in the
// places of {name}; otherwise it is Text.
type Notice struct {
	Key    string            `json:"key,omitempty"`
	Values map[string]string `json:"values,omitempty"`
	Text   string            `json:"text,omitempty"`
}

// Picture is one picture of a run. Paths are relative to the page, with slashes.
type Picture struct {
	// File is its path relative to the folder of pictures, with slashes.
	File string
	// Verdict is that of the evaluation, and Truth all classes that it shows.
	Verdict evaluation.Verdict
	Truth   []int
	// Top are the most probable classes, best first.
	Top []evaluation.Score
	// Thumb is a small picture of the map over the picture. Large are what can be looked
	// at more closely, best first: a sheet, an overlay. Each may be empty.
	Thumb string
	Large []string
	// Failure is why there is no answer or no map; empty for none.
	Failure string
	// Notices are what the reader of the map has to know.
	Notices []string
	// Took is the time that the picture took.
	Took time.Duration
}

// Write writes a report of pictures and of their figures. The pictures come in the order
// of the evaluation, and are not kept. The page is written last, so that it never stands
// beside half of its data.
func Write(ctx context.Context, put Put, run Run, figures evaluation.Figures, pictures iter.Seq2[Picture, error]) error {
	c := newColumns()
	d := details{put: put}
	n := 0
	for p, err := range pictures {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			c.add(p)
			err = d.add(p)
		}
		if err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		n++
	}
	if n != figures.Pictures {
		return fmt.Errorf("writing the report: its figures are of %d pictures, but there are %d", figures.Pictures, n)
	}
	page, err := page(run.Title)
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	for _, save := range []func() error{
		d.flush,
		func() error { return saveScript(put, "pictures", c) },
		func() error { return saveScript(put, "figures", figuresOf(run, figures, c)) },
		func() error {
			return put(File, func(w io.Writer) error { _, err := io.WriteString(w, page); return err })
		},
	} {
		if err := save(); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return nil
}

// saveScript writes a value as a script that hands it to the page, because a page from
// the disk may load scripts and no other data. JSON is JavaScript, and [json.Marshal]
// writes nothing that could end the script's element.
func saveScript(put Put, name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return put(path.Join(Data, name+".js"), func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "gazeReport(%q, %s)\n", name, data)
		return err
	})
}
