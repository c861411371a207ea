package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gaze/compute/folder"
	"gaze/compute/output"
	"gaze/compute/report"
	"gaze/models"
)

// mergeCommand joins what the shards of a folder run made.
type mergeCommand struct {
	Dir string `arg:"" name:"out" help:"Folder that the shards wrote into: their --out."`
}

// Help is the command's longer help text.
func (mergeCommand) Help() string {
	return `Joins what runs with --shard made in one folder: results.jsonl and manifest.json, and results.csv and report.html if the runs were asked for them. All is then as if one run had explained all pictures. Where pictures are missing, what there is is joined, but for the report; the exit status is then 1, and each shard with missing pictures is named, which can be repeated with --resume.

Example:

  gazectl analyze photos --out results --shard 1/2
  gazectl analyze photos --out results --shard 2/2
  gazectl merge results`
}

// shardNote is what a run in shards leaves for the merge.
type shardNote struct {
	// Dir is the folder of pictures.
	Dir string `json:"dir"`
	// Report is set where report.html is wanted; the rest is for it alone.
	Report        bool     `json:"report"`
	Truth         string   `json:"truth,omitempty"`
	Boxes         string   `json:"boxes,omitempty"`
	Masks         string   `json:"masks,omitempty"`
	Network       string   `json:"network,omitempty"`
	Labels        []string `json:"labels,omitempty"`
	Probabilities bool     `json:"probabilities,omitempty"`
}

// Run joins the shards.
func (c *mergeCommand) Run(ctx context.Context, io *streams) error {
	var page *report.Page
	m, err := folder.Merge(ctx, output.NewDir(c.Dir), func(text json.RawMessage) ([]folder.Finisher, error) {
		var note shardNote
		if err := json.Unmarshal(text, &note); err != nil {
			return nil, fmt.Errorf("reading what the shards in %s say: %w", c.Dir, err)
		}
		if !note.Report {
			return nil, nil
		}
		var err error
		page, err = truthFlags{Truth: note.Truth, Boxes: note.Boxes, Masks: note.Masks}.pageOf(note.Network, note.Labels, note.Probabilities, note.Dir)
		return []folder.Finisher{page}, err
	})
	if err != nil {
		return err
	}
	for _, f := range m.Failures {
		io.complain("%s: %s", f.Path, reason(f.Path, f.Err))
	}
	for _, k := range slices.Sorted(maps.Keys(m.Missing)) {
		io.complain("shard %d/%d: %d pictures are missing; repeat it with --resume", k, m.Of, m.Missing[k])
	}
	if err := summarize(io.out, m.Report); err != nil {
		return err
	}
	if page != nil && len(m.Missing) == 0 {
		tellFolders(io, page.Folders)
		if err := errors.Join(tellFigures(io.out, page.Figures), tellReport(io.out, m.Results)); err != nil {
			return err
		}
	}
	if m.Failed > 0 || len(m.Missing) > 0 {
		return errPictures
	}
	return nil
}

// note is what the merge has to know of this run.
func (c *analyzeCommand) note(net *models.Network) (json.RawMessage, error) {
	n := shardNote{Dir: c.Dir, Report: slices.Contains(c.Write, reportName)}
	if n.Report {
		n.Truth, n.Boxes, n.Masks = c.Truth, c.Boxes, c.Masks
		n.Network, n.Labels, n.Probabilities = net.Name, labels(net), net.Output.Probabilities()
	}
	return json.Marshal(n)
}
