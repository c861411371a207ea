package main

import (
	"fmt"
	"slices"
	"strings"

	"gaze/compute/folder"
	"gaze/compute/heat"
	"gaze/compute/output"
)

// writeFlags choose what a folder run writes.
type writeFlags struct {
	Write   []string `default:"sheet,table,report" placeholder:"A,B" help:"What to write: ${written}. Default: sheet,table,report."`
	Format  string   `default:"jpeg" enum:"jpeg,png" placeholder:"NAME" help:"Kind of the pictures that are written: jpeg or png, which loses nothing, is three times as large and takes four times as long. Default: jpeg."`
	Quality int      `default:"90" placeholder:"N" help:"Quality of JPEGs, 1 to 100. Default: 90."`
	Chroma  string   `default:"444" enum:"444,420" placeholder:"NAME" help:"Resolution of the colours of JPEGs: 444, that of the picture, or 420, half of it. Default: 444."`
	MaxSide int      `placeholder:"N" help:"Longest side of the pictures that are written, in pixels. Sheets get smaller pictures first. No bound unless given."`
}

// written is what a folder run can write of each map, by name.
var written = map[string]func(folder.Drawing) folder.Writer{
	"sheet":   func(d folder.Drawing) folder.Writer { return folder.Sheets{Drawing: d} },
	"overlay": func(d folder.Drawing) folder.Writer { return folder.Overlays{Drawing: d} },
	"map":     func(d folder.Drawing) folder.Writer { return folder.Maps{Drawing: d} },
	"raw":     func(folder.Drawing) folder.Writer { return folder.Raws{} },
}

// writtenNames lists what --write takes.
func writtenNames() []string { return []string{"sheet", "overlay", "map", "raw", "table", "report"} }

// reportName is what --write calls report.html. It needs the pictures' folder and what they
// show, so that the command adds it to the job.
const reportName = "report"

// into asks a job for the files.
func (f writeFlags) into(job *folder.Job, style heat.Style) error {
	switch {
	case f.Quality < 1 || f.Quality > 100:
		return fmt.Errorf("--quality %d is not from 1 to 100", f.Quality)
	case f.MaxSide < 0:
		return fmt.Errorf("--max-side %d is below 0", f.MaxSide)
	}
	d := folder.Drawing{
		Style: style, MaxSide: f.MaxSide,
		Encoding: output.Encoding{Format: output.Format(f.Format), Quality: f.Quality, Subsampled: f.Chroma == "420"},
	}
	for i, name := range f.Write {
		switch {
		case slices.Contains(f.Write[:i], name):
			return fmt.Errorf("--write names %s twice", name)
		case name == "table":
			job.Table = true
		case name == reportName:
		case written[name] == nil:
			return fmt.Errorf("--write knows no %q; it knows %s", name, strings.Join(writtenNames(), ", "))
		default:
			job.Writers = append(job.Writers, written[name](d))
		}
	}
	return nil
}
