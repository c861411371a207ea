package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gaze/compute"
	"gaze/compute/picture"
	"gaze/models"
)

// explainCommand explains pictures one by one.
type explainCommand struct {
	networkFlags
	mapFlags
	pictureFlags
	queryFlags
	SaveInput   string   `placeholder:"DIR" help:"Write what the network sees of each picture into DIR, as gazectl see does."`
	InputTensor string   `placeholder:"FILE[:NAME]" help:"Explain a preprocessed tensor (3xHxW or 1x3xHxW, from a .safetensors file) instead of pictures."`
	Profile     bool     `help:"Print on standard error what each of the network's operations takes, measured several times on the first picture."`
	Paths       []string `arg:"" optional:"" name:"path" help:"Pictures (${formats}), and folders to search for them."`
}

// Help is the command's longer help text.
func (explainCommand) Help() string {
	return `For each picture, layer and method, explain prints a line with the class, its probability and the range of the map. --out saves comparison sheets, --raw the maps themselves, --json prints everything for other programs:

  {"path", "model", "layer", "method", "device",
   "class": {"index", "label", "logit", "probability", "said"}, "top": [the five most probable],
   "map": {"height", "width", "min", "max", "sum", "values": [row by row]},
   "target": {"kind", "name"}, "seconds": {"decode", "network", "total"}, "notices": [...],
   "output": {"activation", "threshold", "unit"}, "guesses": [{"of", "value", "why"}], "warnings": [...],
   where something has to be said of the picture's file "picture": [{"kind", "text"}],
   of raw attention "query": {"head", "row", "column"}, each where it was asked for,
   and where it was asked for "smoothing", "fusion", "compat", "sheet", "raw", "input"}

A class that the network says has "said". Numbers have "unit" and no "probability"; "threshold" is that of a sigmoid. Of a network with one output, class 0 is what a high output means (yes, unless it has a name), and class 1 (no) is explained by the negated logit.

and {"path", "error"} for a picture that could not be read or a map that could not be made, the latter with "layer" and "method" where several maps were asked for, which stops nothing but makes the exit status 1. Files are called PICTURE.LAYER.METHOD.CLASS; those of an earlier run are replaced.

Examples:

  gazectl explain photo.jpg --out maps
  gazectl explain photo.jpg --method gradcam,hirescam --out maps
  gazectl explain photo.jpg --class tabby --target contrast --other "tiger cat" --signed --out maps
  gazectl explain photo.jpg --layer layer3 --layer layer4 --fuse mean --method layercam --out maps
  gazectl explain photo.jpg --model deit_tiny_patch16_224 --layer blocks.5 --method rawattention --head all --query 7,4 --out maps
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
	t, err := newTask(c.networkFlags, c.mapFlags, c.pictureFlags)
	if err != nil {
		return err
	}
	if t.recipe.Methods, err = c.ask(t.recipe, t.net); err != nil {
		return err
	}
	if err := t.outputs.saveInputs(c.SaveInput); err != nil {
		return err
	}
	tell(io, t.net)
	var pictures []entry
	if c.InputTensor != "" {
		pictures, t.net, err = tensorEntry(c.InputTensor, t.net)
	} else {
		pictures, err = pictureEntries(ctx, c.Paths, t.net.Input, t.pictures)
	}
	if err != nil {
		return err
	}
	x, err := compute.Open(t.net, t.options)
	if err != nil {
		return err
	}
	defer x.Close()
	defer tellDevice(io, x)
	err = t.explainAll(ctx, io, x, pictures, newReporter(io, c.JSON))
	if c.Profile && (err == nil || errors.Is(err, errPictures)) {
		io.bar.clear()
		err = errors.Join(err, profile(ctx, io.err, x, t, pictures))
	}
	return err
}

// explainAll explains pictures in turn. One that fails is reported and stops
// nothing.
func (t *task) explainAll(ctx context.Context, io *streams, x *compute.Explainer, pictures []entry, rep reporter) (err error) {
	defer func() { err = errors.Join(err, rep.close()) }()
	failed := 0
	remarks := remarks{io: io, severalMethods: len(t.recipe.Methods) > 1}
	var watch watch
	for i, p := range pictures {
		results, failures := t.explain(ctx, x, p, remarks.picture)
		watch.see(io, results)
		for _, r := range results {
			remarks.tell(r)
			if err := rep.result(r); err != nil {
				return fmt.Errorf("printing results: %w", err)
			}
		}
		if ctx.Err() != nil {
			// An error says nothing about the picture now.
			return ctx.Err()
		}
		if len(failures) > 0 {
			failed++
		}
		for _, f := range failures {
			t.complain(io, f)
			if err := rep.failure(f); err != nil {
				return fmt.Errorf("printing results: %w", err)
			}
		}
		if len(pictures) > 1 && rep.quiet() {
			io.bar.show(i+1, failed, len(pictures))
		}
	}
	if failed > 0 {
		return errPictures
	}
	return nil
}

// explain makes the task's maps of one picture. A map that cannot be made or saved
// is one of the failures and costs no other map. The picture is told of once it is
// read.
func (t *task) explain(ctx context.Context, x *compute.Explainer, p entry, tell func(*compute.Subject)) (results []*result, failures []failure) {
	begin := time.Now()
	s, err := p.open(ctx)
	if err != nil {
		return nil, []failure{failedPicture(p.path, err)}
	}
	decoded := time.Since(begin)
	tell(s)
	input, err := t.outputs.input(p.name, s, t.net.Input)
	if err != nil {
		return nil, []failure{failedPicture(p.path, err)}
	}
	answers, err := x.Explain(ctx, t.recipe, s)
	if err != nil {
		return nil, []failure{failedPicture(p.path, err)}
	}
	for _, o := range answers[0].Outcomes {
		r, err := t.result(p, s, o)
		if err != nil {
			failures = append(failures, t.failedMap(p.path, o, err))
			continue
		}
		r.Input = input
		r.Seconds = seconds{decoded.Seconds(), answers[0].Network.Seconds(), time.Since(begin).Seconds()}
		results = append(results, r)
	}
	return results, failures
}

// watch tells, once, that the network has the same answer to all of the first pictures.
type watch struct {
	compute.Watch
	told bool
}

// see takes the results of the next picture. Those that follow the discovery have it
// among their warnings.
func (w *watch) see(io *streams, results []*result) {
	if len(results) == 0 {
		return
	}
	w.See(results[0].of)
	for _, r := range results {
		r.warn(w.Doubts())
	}
	w.tell(io, w.Doubts())
}

func (w *watch) tell(io *streams, doubts []models.Doubt) {
	if len(doubts) == 0 || w.told {
		return
	}
	w.told = true
	for _, d := range doubts {
		io.complain("%s", d)
	}
}

// result writes the files of a map.
func (t *task) result(p entry, s *compute.Subject, o compute.Outcome) (*result, error) {
	if o.Err != nil {
		return nil, o.Err
	}
	e := o.Explanation
	r, err := newResult(p.path, e)
	if err != nil {
		return nil, err
	}
	if r.Sheet, err = t.outputs.sheet(p.name, e, s, t.style); err != nil {
		return nil, err
	}
	if r.Raw, err = t.outputs.raw(p.name, e); err != nil {
		return nil, err
	}
	return r, nil
}

// remarks tells what the reader of maps has to know.
type remarks struct {
	io             *streams
	severalMethods bool
	// alike has the layers of which it was said that methods agree.
	alike map[string]bool
	// doubted has the warnings that were told.
	doubted map[string]bool
}

// picture reports what is not as it should be in a picture's file.
func (m *remarks) picture(s *compute.Subject) {
	for _, n := range s.Notices {
		m.io.complain("%s: %s", s.Path, n.Text())
	}
}

// tell reports the notices of a result, and those that are true of every picture
// only once.
func (m *remarks) tell(r *result) {
	// What contradicts itself in the preprocessing was told with the network.
	for _, d := range r.of.Doubts {
		if d.Kind == models.DoubtLogits && !m.doubted[r.Path] {
			if m.doubted == nil {
				m.doubted = make(map[string]bool)
			}
			m.doubted[r.Path] = true
			m.io.complain("%s: %s", r.Path, d)
		}
	}
	for _, n := range r.Notices {
		switch {
		case n != compute.NoticeIdentical.Text():
			which := r.Layer
			if m.severalMethods {
				which += ", " + r.Method
			}
			m.io.complain("%s, %s: %s", r.Path, which, n)
		case !m.alike[r.Layer]:
			if m.alike == nil {
				m.alike = make(map[string]bool)
			}
			m.alike[r.Layer] = true
			m.io.complain("%s: %s", r.Layer, n)
		}
	}
}

// reason is what went wrong, without the picture's path, which stands beside it.
func reason(path string, err error) string {
	var bad *picture.Error
	if errors.As(err, &bad) {
		if bad.Path != path {
			// Another file than the one that was given, as one of a channel.
			return bad.Error()
		}
		return bad.Text()
	}
	return strings.TrimPrefix(err.Error(), path+": ")
}
