package report

import (
	"context"
	"image"
	"path"

	"gaze/compute/evaluation"
	"gaze/compute/evaluation/truth"
	"gaze/compute/folder"
)

// Judge compares the records of a run with what is known of its pictures.
type Judge struct {
	// Truth tells the true classes, and Places where the objects are; nil where that
	// is not known.
	Truth  truth.Source
	Places truth.Places
}

// Classes are the true classes of a picture.
func (j Judge) Classes(r folder.Record) []int {
	if j.Truth == nil {
		return nil
	}
	return j.Truth.Classes(path.Clean(string(r.File)))
}

// Picture is what an evaluation has to know of a record. Its map is the first that the
// recipe asks for. The error is that of Places; the rest is then there.
func (j Judge) Picture(ctx context.Context, r folder.Record) (evaluation.Picture, error) {
	p := evaluation.Picture{Truth: j.Classes(r), Top: scores(r), Frame: r.Rect(), Explained: evaluation.Unknown}
	if len(r.Maps) > 0 && r.Maps[0].Status == folder.StatusOK {
		p.Map, p.Explained = r.Maps[0].Grid.Map, r.Maps[0].Class.Index
	}
	if j.Places == nil || r.Width == 0 || r.Height == 0 {
		return p, nil
	}
	var err error
	p.Regions, err = j.Places.Regions(ctx, path.Clean(string(r.File)), image.Pt(r.Width, r.Height))
	return p, err
}

// scores are the most probable classes of a record.
func scores(r folder.Record) []evaluation.Score {
	var list []evaluation.Score
	for _, s := range r.Top {
		list = append(list, evaluation.Score{Class: s.Index, Probability: float64(s.Probability)})
	}
	return list
}
