package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"gaze/compute/evaluation"
	"gaze/compute/evaluation/truth"
	"gaze/compute/report"
	"gaze/models"
)

// truthFlags say what pictures really show.
type truthFlags struct {
	Truth string `default:"folders" placeholder:"folders|none|FILE" help:"What the pictures really show: folders, if they are in folders that are called like their classes; or a CSV or JSON file that has the classes of each picture or folder. Default: folders."`
	Boxes string `placeholder:"FILE|DIR" help:"Where the objects are: a file in COCO's format, or a folder with files in Pascal VOC's or YOLO's, called like the pictures."`
	Masks string `placeholder:"DIR" help:"Where the objects are: a folder of PNG files that are called like the pictures, black but for the object."`
}

// page is the report that the flags ask for, of pictures in dir.
func (f truthFlags) page(net *models.Network, dir string) (*report.Page, error) {
	return f.pageOf(net.Name, labels(net), net.Output.Probabilities(), dir)
}

// labels are the names of a network's classes.
func labels(net *models.Network) []string {
	var list []string
	for i := range net.Classes() {
		list = append(list, net.Label(i))
	}
	return list
}

// pageOf is page where the network is known by what it says of itself: its name, its
// classes' names, and whether it gives them probabilities.
func (f truthFlags) pageOf(network string, labels []string, probabilities bool, dir string) (*report.Page, error) {
	p := &report.Page{Run: report.Run{Title: dir, Settings: []report.Setting{{Name: "folder", Value: dir}, {Name: "version", Value: version()}}}, Root: dir}
	if abs, err := filepath.Abs(dir); err == nil {
		p.Root = filepath.Base(abs)
		p.Run.Title = p.Root
	}
	p.Run.Labels = labels
	classes := truth.NewClasses(p.Run.Labels)
	says := f.Truth
	switch {
	case f.Truth == "none" || f.Truth == "folders" && !probabilities:
		// Numbers are neither right nor wrong, whatever a folder is called.
		p.NoTruth, says = true, ""
	case f.Truth != "folders":
		if !probabilities {
			return nil, fmt.Errorf("--truth %s has classes, and network %s gives numbers", f.Truth, network)
		}
		table, err := truth.Read(f.Truth, classes)
		if err != nil {
			return nil, err
		}
		p.Judge.Truth = table
	}
	var err error
	switch {
	case f.Boxes != "" && f.Masks != "":
		return nil, errors.New("--boxes and --masks both say where the objects are; give one of them")
	case f.Boxes != "":
		p.Judge.Places, err = truth.OpenBoxes(f.Boxes, classes)
	case f.Masks != "":
		p.Judge.Places, err = truth.OpenMasks(f.Masks)
	}
	for _, s := range []report.Setting{{Name: "truth", Value: says}, {Name: "places", Value: f.Boxes + f.Masks}} {
		if s.Value != "" {
			p.Run.Settings = append(p.Run.Settings, s)
		}
	}
	return p, err
}

// tellFolders says which folders are called like no class of the network or like
// several, where others are.
func tellFolders(io *streams, f *truth.Folders) {
	if f == nil || len(f.Named) == 0 {
		return
	}
	if len(f.Strange) > 0 {
		io.complain("no class of the network is called like the folders %s; it is not known what their pictures show. --truth FILE says it", enumerate(f.Strange))
	}
	if len(f.Ambiguous) > 0 {
		io.complain("several classes of the network are called like the folders %s; it is not known what their pictures show. --truth FILE says it", enumerate(f.Ambiguous))
	}
}

// tellFigures says in a line or two what the pictures come to.
func tellFigures(w io.Writer, f evaluation.Figures) error {
	var lines []string
	if f.Judged > 0 {
		line := fmt.Sprintf("%s of %d pictures with a known class are right, %s among the first five", percentage(f.Top1), f.Judged, percentage(f.Top5))
		if !math.IsNaN(f.Calibration.ECE) {
			line += "; calibration error " + percentage(f.Calibration.ECE)
		}
		lines = append(lines, line)
	}
	if l := f.Location; l != nil {
		lines = append(lines, fmt.Sprintf("of %d maps with a known object %s point at it; %s of the energy is inside; IoU %.3f at threshold %.2f",
			l.Pictures, percentage(l.Pointing), percentage(l.Inside), l.IoU, l.Threshold))
	}
	if len(lines) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

func percentage(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
