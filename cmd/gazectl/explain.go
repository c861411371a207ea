package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"time"

	"gorgonia.org/tensor"

	compute "gaze/compute/engine"
	"gaze/compute/heat"
	"gaze/compute/picture"
)

// explainCommand explains pictures one by one.
type explainCommand struct {
	networkFlags
	mapFlags
	refineFlags
	InputTensor string   `placeholder:"FILE[:NAME]" help:"Explain a preprocessed tensor (3xHxW or 1x3xHxW, from a .safetensors file) instead of pictures."`
	Profile     bool     `help:"Print on standard error what each of the network's operations takes, measured several times on the first picture."`
	Paths       []string `arg:"" optional:"" name:"path" help:"Pictures (jpeg, png, gif, bmp, tiff, webp), and folders to search for them."`
}

// Help is the command's longer help text.
func (explainCommand) Help() string {
	return `For each picture, layer and method, explain prints a line with the class, its probability and the range of the map. --out saves comparison sheets, --raw the maps themselves, --json prints everything for other programs:

  {"path", "model", "layer", "method", "device",
   "class": {"index", "label", "logit", "probability"}, "top": [the five most probable],
   "map": {"height", "width", "min", "max", "sum", "values": [row by row]},
   "target": {"kind", "name"}, "seconds": {"decode", "network", "total"}, "notices": [...],
   and where it was asked for "smoothing", "fusion", "compat", "sheet", "raw"}

and {"path", "error"} for a picture that could not be read, which stops nothing but makes the exit status 1. Files are called PICTURE.LAYER.METHOD.CLASS; those of an earlier run are replaced.

Examples:

  gazectl explain photo.jpg --out maps
  gazectl explain photo.jpg --method gradcam,hirescam --out maps
  gazectl explain photo.jpg --class tabby --target contrast --other "tiger cat" --signed --out maps
  gazectl explain photo.jpg --layer layer3 --layer layer4 --fuse mean --method layercam --out maps
  gazectl explain photos --class mug --layer layer3 --layer layer4 --method hirescam --raw raw
  gazectl explain --model squeezenet1_1 --weights squeezenet1_1.safetensors photo.jpg --json`
}

// Run explains the pictures.
func (c *explainCommand) Run(ctx context.Context, io *streams) error {
	if (len(c.Paths) == 0) == (c.InputTensor == "") {
		if c.InputTensor != "" {
			return errors.New("give pictures or --input-tensor, not both")
		}
		return errors.New("no pictures given: name files or folders")
	}
	t, err := newTask(c.networkFlags, c.mapFlags)
	if err != nil {
		return err
	}
	if err := c.refineFlags.apply(t); err != nil {
		return err
	}
	tell(io, t.net)
	var subjects []subject
	if c.InputTensor != "" {
		x, err := readInput(c.InputTensor, t.net.Input)
		if err != nil {
			return err
		}
		subjects = []subject{tensorSubject(c.InputTensor, x, t)}
	} else if subjects, err = pictureSubjects(ctx, c.Paths, t); err != nil {
		return err
	}
	engine, err := compute.Open(t.net, t.options)
	if err != nil {
		return err
	}
	defer engine.Close()
	defer tellDevice(io, engine)
	err = explainAll(ctx, io, engine, t, subjects, newReporter(io, c.JSON))
	if c.Profile && (err == nil || errors.Is(err, errPictures)) {
		io.bar.clear()
		err = errors.Join(err, profile(ctx, io.err, engine, t, subjects))
	}
	return err
}

// subject is something to be explained.
type subject struct {
	// path is what it is called in results, name the beginning of its files'
	// names.
	path, name string
	load       func(context.Context) (*seen, error)
}

// seen is a picture as the network gets it.
type seen struct {
	input *tensor.Dense
	image *image.NRGBA
	// frame is the part of the image that the network sees.
	frame image.Rectangle
}

// pictureSubjects are the pictures at paths: files, and those in folders.
func pictureSubjects(ctx context.Context, paths []string, t *task) ([]subject, error) {
	found, err := findPictures(ctx, paths)
	if err != nil {
		return nil, err
	}
	taken := names{}
	list := make([]subject, len(found))
	for i, f := range found {
		list[i] = subject{
			path: f.Path, name: taken.take(f.Rel),
			load: func(ctx context.Context) (*seen, error) {
				if f.Err != nil {
					return nil, f.Err
				}
				p, err := picture.Open(ctx, f.Path, picture.Limits{})
				if err != nil {
					return nil, err
				}
				input, frame, err := picture.Tensor(p.Image, t.net.Input)
				if err != nil {
					return nil, err
				}
				return &seen{input, p.Image, frame}, nil
			},
		}
	}
	return list, nil
}

// tensorSubject is a preprocessed picture; for the sheet, its pixels are
// computed back.
func tensorSubject(arg string, x *tensor.Dense, t *task) subject {
	return subject{
		path: arg, name: names{}.take(filepath.Base(arg)),
		load: func(context.Context) (*seen, error) {
			img, err := picture.ToRGB(x, t.net.Input)
			if err != nil {
				return nil, err
			}
			return &seen{x, img, img.Rect}, nil
		},
	}
}

// explainAll explains the subjects in turn. One that fails is reported and
// stops nothing.
func explainAll(ctx context.Context, io *streams, engine *compute.Engine, t *task, subjects []subject, rep reporter) (err error) {
	defer func() { err = errors.Join(err, rep.close()) }()
	failed := 0
	alike := make(map[string]bool) // layers of which it was said that methods agree
	for i, s := range subjects {
		results, err := explainOne(ctx, engine, t, s)
		for _, r := range results {
			for _, n := range r.Notices {
				if n != compute.NoticeIdentical.Text() {
					which := r.Layer
					if len(t.methods) > 1 {
						which += ", " + r.Method
					}
					io.complain("%s, %s: %s", s.path, which, n)
				} else if !alike[r.Layer] {
					// True of every picture, so once is enough.
					alike[r.Layer] = true
					io.complain("%s: %s", r.Layer, n)
				}
			}
			if err := rep.result(r); err != nil {
				return fmt.Errorf("printing results: %w", err)
			}
		}
		if ctx.Err() != nil {
			// An error says nothing about the picture now.
			return ctx.Err()
		}
		if err != nil {
			failed++
			io.complain("%s: %s", s.path, reason(err))
			if err := rep.failure(s.path, reason(err)); err != nil {
				return fmt.Errorf("printing results: %w", err)
			}
		}
		if len(subjects) > 1 && rep.quiet() {
			io.bar.show(i+1, failed, len(subjects))
		}
	}
	if failed > 0 {
		return errPictures
	}
	return nil
}

// explainOne explains one subject at all layers of the task by all methods. With an error it
// still returns the layers that were finished.
func explainOne(ctx context.Context, engine *compute.Engine, t *task, s subject) (results []*result, err error) {
	begin := time.Now()
	p, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	decoded := time.Since(begin)
	req := compute.Request{Input: p.input, Layers: t.layers, Class: t.class, Target: t.target}
	add := func(e *compute.Explanation, network time.Duration) error {
		r, err := t.result(p, s, e)
		if err != nil {
			return err
		}
		r.Seconds = seconds{decoded.Seconds(), network.Seconds(), time.Since(begin).Seconds()}
		results = append(results, r)
		return nil
	}
	if len(t.methods) == 1 && t.methods[0].MeanGradient && t.refine.leavesMaps() {
		maps, err := engine.Explain(ctx, []compute.Request{req}, t.methods[0])
		if err != nil {
			return nil, err
		}
		for _, e := range maps[0].Explanations {
			if err := add(e, maps[0].Elapsed); err != nil {
				return results, err
			}
		}
		return results, nil
	}
	pass, err := engine.Run(ctx, req)
	if err != nil {
		return nil, err
	}
	for _, layers := range t.maps() {
		for _, m := range t.methods {
			e, err := t.explanation(ctx, pass, layers, m)
			if err != nil {
				return results, err
			}
			if err := add(e, pass.Elapsed); err != nil {
				return results, err
			}
		}
	}
	return results, nil
}

// result writes the files of an explanation.
func (t *task) result(p *seen, s subject, e *compute.Explanation) (*result, error) {
	r, err := newResult(s.path, e)
	if err != nil {
		return nil, err
	}
	if r.Sheet, err = t.outputs.sheet(s.name, e, func() heat.Comparison { return t.comparison(s.path, p, e) }); err != nil {
		return nil, err
	}
	if r.Raw, err = t.outputs.raw(s.name, e); err != nil {
		return nil, err
	}
	return r, nil
}

// comparison is what a sheet shows of an explanation.
func (t *task) comparison(path string, p *seen, e *compute.Explanation) heat.Comparison {
	return heat.Comparison{
		Original: p.image, Frame: p.frame, Map: e.Map, Colormap: t.colormap, Opacity: t.opacity,
		Caption: e.Caption(filepath.Base(path)),
	}
}

// reason is what went wrong without the picture's path, which is said beside
// it.
func reason(err error) string {
	var bad *picture.Error
	if errors.As(err, &bad) {
		return bad.Text()
	}
	return err.Error()
}
