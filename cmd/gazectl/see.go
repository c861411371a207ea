package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"gaze/compute"
	"gaze/compute/output"
	"gaze/compute/picture"
	"gaze/models"
)

// seeCommand shows what a network sees.
type seeCommand struct {
	networkFlags
	pictureFlags
	Out   string   `required:"" placeholder:"DIR" help:"Folder for the pictures."`
	JSON  bool     `name:"json" help:"Print one JSON array on standard output, and nothing else there."`
	Paths []string `arg:"" name:"path" sep:"none" help:"Pictures (${formats}), and folders to search for them."`
}

// Help is the command's longer help text.
func (seeCommand) Help() string {
	return `Writes of each picture what the network sees: resized, cut and with the network's channels, before mean and deviation. Files are called PICTURE.input.png. Channels that are no colours are written beside it, each as a grey picture PICTURE.input.N.png. The line printed has the range of the numbers that the network gets.

--json prints

  {"path", "input": [files], "preprocessing", "min", "max"}

Examples:

  gazectl see photo.jpg --out seen
  gazectl see photos --model mine.onnx --preprocess caffe --out seen
  gazectl see tile_B02.tif --model mine.onnx --channels '*_B{02,03,04}.tif' --out seen`
}

// seen is what a network sees of a picture, as --json prints it, or why it sees nothing.
type seen struct {
	Path string `json:"path"`
	// Input are the files that were written.
	Input         []string `json:"input,omitempty"`
	Preprocessing string   `json:"preprocessing,omitempty"`
	// Min and Max are the lowest and the highest number of the input.
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	Error string  `json:"error,omitempty"`
}

// Run writes the pictures.
func (c *seeCommand) Run(ctx context.Context, io *streams) error {
	net, err := c.open()
	if err != nil {
		return err
	}
	opt, err := c.pictureFlags.options()
	if err != nil {
		return err
	}
	var o outputs
	if err := o.saveInputs(c.Out); err != nil {
		return err
	}
	tell(io, net)
	pictures, err := pictureEntries(ctx, c.Paths, net.Input, opt)
	if err != nil {
		return err
	}
	var list []seen
	failed := false
	for _, p := range pictures {
		s, err := c.see(ctx, io, o, p, net.Input)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			failed = true
			s = seen{Path: p.path, Error: reason(p.path, err)}
			io.complain("%s: %s", p.path, s.Error)
		}
		list = append(list, s)
		if err == nil && !c.JSON {
			if _, err := fmt.Fprintln(io.out, printable(fmt.Sprintf("%s: %s, from %.4g to %.4g, %s", s.Path, s.Preprocessing, s.Min, s.Max, s.Input[0]))); err != nil {
				return fmt.Errorf("printing results: %w", err)
			}
		}
	}
	if c.JSON {
		if err := printJSON(io.out, list); err != nil {
			return fmt.Errorf("printing results: %w", err)
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed:
		return errPictures
	}
	return nil
}

// see writes what the network sees of one picture.
func (c *seeCommand) see(ctx context.Context, io *streams, o outputs, p entry, in models.Input) (seen, error) {
	s, err := p.open(ctx)
	if err != nil {
		return seen{}, err
	}
	for _, n := range s.Notices {
		io.complain("%s: %s", p.path, n.Text())
	}
	files, err := o.channels(p.name, s, in)
	if err != nil {
		return seen{}, err
	}
	values, ok := s.Input.Data().([]float32)
	if !ok || len(values) == 0 {
		return seen{}, errors.New("the input has no numbers")
	}
	return seen{Path: p.path, Input: files, Preprocessing: in.String(), Min: float64(slices.Min(values)), Max: float64(slices.Max(values))}, nil
}

// input writes what the network sees of a subject, if that is wanted, and returns the
// path of the picture.
func (o outputs) input(name string, s *compute.Subject, in models.Input) (string, error) {
	if o.inputs == "" {
		return "", nil
	}
	files, err := o.channels(name, s, in)
	if err != nil {
		return "", err
	}
	return files[0], nil
}

// channels writes what the network sees of a subject as one picture, and where its
// channels are not a picture's colours or grey each as a further one. It returns their
// paths.
func (o outputs) channels(name string, s *compute.Subject, in models.Input) ([]string, error) {
	whole, err := picture.ToRGB(s.Input, in)
	if err != nil {
		return nil, err
	}
	path := func(channel string) string {
		return filepath.Join(o.inputs, output.MapFile{Picture: name, Layer: "input", Method: channel}.Name(".png"))
	}
	files := []string{path("")}
	if err := output.SavePNG(files[0], whole, true); err != nil {
		return nil, err
	}
	if in.Count() == 1 || in.Stack == "" && in.Count() == len(models.RGB) && in.Channels.Colours() == len(models.RGB) {
		return files, nil
	}
	for c := range in.Count() {
		channel, err := picture.Channel(s.Input, in, c)
		if err != nil {
			return nil, err
		}
		file := path(fmt.Sprint(c + 1))
		if err := output.SavePNG(file, channel, true); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}
