package state

import (
	"cmp"
	"context"
	"image"
	"slices"
	"time"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/picture"
	"gaze/models"
	"gaze/models/labels"
	"gaze/models/weights"
)

// Editor changes what is said of the network in use. What comes of it is shown on
// the picture looked at before anything is kept.
type Editor struct {
	// Said is what the user says so far, where every field can be meant.
	Said weights.Sidecar
	// Net is the network as it was last described without a fault.
	Net *models.Network
	// Preview is what that network sees and says, nil while that is not known.
	Preview *Preview
	// Working is set until the network is described as the user says.
	Working bool
	// Err says why the network cannot be as the user says.
	Err error

	*events
	networks *Networks
	photo    *Photo
	// closed is called when the editor has ended.
	closed func()
	// texts are what the user typed, faults what is wrong with it.
	texts  map[Field]string
	faults map[Field]*FieldError
	// explainer runs Net; own is set where it is not the one in use.
	explainer Explainer
	own       bool
}

// Preview is what a network makes of a picture.
type Preview struct {
	// Picture is the picture made small, and Seen what the network sees of it.
	Picture, Seen image.Image
	// Top are the best classes, nil with an Err that says why there are none.
	Top []compute.Score
	Err error
}

// described is the answer to a request for a network as the user describes it.
type described struct {
	explainer Explainer
	// own is set where the explainer was opened for the answer.
	own     bool
	preview *Preview
	err     error
}

// editPause is how long the editor waits for the user to type on.
const editPause = 250 * time.Millisecond

func newEditor(e *events, n *Networks, photo *Photo, closed func()) *Editor {
	x := &Editor{
		Said: n.Said, Net: n.Network(), events: e, networks: n, photo: photo, closed: closed,
		texts: make(map[Field]string), faults: make(map[Field]*FieldError), explainer: n.Explainer,
	}
	n.edits.receive = x.receive
	return x
}

// Text is what a field shows.
func (x *Editor) Text(f Field) string {
	if text, typed := x.texts[f]; typed {
		return text
	}
	if text, said := saidText(&x.Said, f); said {
		return text
	}
	return textOf(x.Net, f)
}

// Fault is what is wrong with a field's text, or nil.
func (x *Editor) Fault(f Field) *FieldError { return x.faults[f] }

// Faulty reports whether a field's text cannot be meant.
func (x *Editor) Faulty() bool { return len(x.faults) > 0 }

// Guessed reports whether nobody has said what a field shows, and why it was
// assumed, which may be empty.
func (x *Editor) Guessed(f Field) (why string, ok bool) {
	if _, typed := x.texts[f]; typed {
		return "", false
	}
	if _, said := saidText(&x.Said, f); said {
		return "", false
	}
	return guessed(x.Net, f.aspect())
}

// LabelsGuessed reports whether nobody has said the names of the classes.
func (x *Editor) LabelsGuessed() (why string, ok bool) {
	if x.Said.Names != nil || x.Said.Labels != "" {
		return "", false
	}
	return guessed(x.Net, models.AspectLabels)
}

// Set changes a field. A text that cannot be meant changes nothing else.
func (x *Editor) Set(f Field, text string) {
	if text == x.Text(f) && x.faults[f] == nil {
		return
	}
	switch {
	case f == FieldActivation:
		// They belong to the former one.
		delete(x.texts, FieldThreshold)
		delete(x.texts, FieldUnit)
	case f == FieldFit && text == string(models.FitStretch):
		delete(x.texts, FieldResize)
	}
	x.texts[f] = text
	x.read()
}

// read has the fields' texts said, and what comes of them shown.
func (x *Editor) read() {
	clear(x.faults)
	said := x.Said
	for _, f := range Fields() {
		if text, typed := x.texts[f]; typed {
			if fault := say(&said, x.Net, f, text); fault != nil {
				x.faults[f] = fault
			}
		}
	}
	x.checkShort(&said)
	if !x.Faulty() {
		x.Said = said
		x.describe(editPause)
	}
	x.tell(ChangedEditor)
}

// checkShort finds a short side that is too short for the crop.
func (x *Editor) checkShort(said *weights.Sidecar) {
	in, now := said.Input, x.Net.Input
	longest := max(in.Height, in.Width)
	if longest == 0 {
		longest = max(now.Height, now.Width)
	}
	if cmp.Or(in.Fit, now.Fit) == models.FitCrop && in.Resize > 0 && in.Resize < longest {
		x.faults[FieldResize] = faulty(FieldResize, FaultShort, longest)
	}
}

// Confirm says what a field shows although it was guessed.
func (x *Editor) Confirm(f Field) {
	text := x.Text(f)
	switch f {
	case FieldWidth, FieldHeight:
		// A size alone would bring its own short side along.
		if x.Net.Input.Fit == models.FitCrop {
			x.texts[FieldResize] = x.Text(FieldResize)
		}
	case FieldFit:
		if models.Fit(text) == models.FitCrop {
			x.texts[FieldResize] = x.Text(FieldResize)
		}
	}
	x.texts[f] = text
	x.read()
}

// UsePreset takes over a usual preprocessing: see [models.Preset].
func (x *Editor) UsePreset(name string) {
	p, err := models.Preset(name, x.Net.Input)
	if err != nil {
		x.Err = err
		x.tell(ChangedEditor)
		return
	}
	in := &x.Said.Input
	if p.Channels != "" {
		in.Channels, in.Stack = p.Channels, ""
		delete(x.texts, FieldChannels)
	}
	in.Scale, in.Mean, in.Std = p.Scale, p.Mean, p.Std
	for _, f := range []Field{FieldScale, FieldMean, FieldStd} {
		delete(x.texts, f)
	}
	x.read()
}

// Preset is the name of the usual preprocessing that the network has, or "".
func (x *Editor) Preset() string {
	for _, name := range models.Presets() {
		p, err := models.Preset(name, x.Net.Input)
		if err != nil {
			continue
		}
		n := models.Network{Input: x.Net.Input}
		want := x.Net.Input
		if p.Channels != "" && len(p.Channels) != want.Count() {
			continue
		}
		if n.Preprocess(p) == nil && n.Input.Equal(want) {
			return name
		}
	}
	return ""
}

// ReadLabels takes the classes' names from a file: see [labels.Read].
func (x *Editor) ReadLabels(path string) {
	list, err := labels.Read(path)
	if err == nil && !x.Net.Named(len(list)) {
		err = &LabelsError{Path: path, Labels: len(list), Classes: x.Net.Classes()}
	}
	if err != nil {
		x.failed(err)
		return
	}
	x.setNames(list)
}

// ConfirmLabels says the names of the classes although they were guessed.
func (x *Editor) ConfirmLabels() { x.setNames(slices.Clone(x.Net.Labels)) }

func (x *Editor) setNames(list []string) {
	x.Said.Names, x.Said.Labels, x.Said.Positive = list, "", ""
	delete(x.texts, FieldPositive)
	x.read()
}

// Reset forgets all that the user has said of the network, now and before.
func (x *Editor) Reset() {
	clear(x.texts)
	clear(x.faults)
	x.Said = weights.Sidecar{}
	x.describe(0)
	x.tell(ChangedEditor)
}

// describe has the network described as the user says, after a pause in which the
// user may go on.
func (x *Editor) describe(pause time.Duration) {
	x.Working = true
	from, said, photo, open := x.networks.Source, x.Said, x.photo, x.networks.open
	x.networks.edits.submit(new(int), func(ctx context.Context, answer func(described)) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		e, err := open(from, said)
		if err != nil {
			answer(described{err: err})
			return
		}
		answer(described{explainer: e, own: true, preview: previewOf(ctx, photo, e)})
	})
}

// preview shows what the network in use sees, as it is described already.
func (x *Editor) preview() {
	x.Working = true
	photo, e := x.photo, x.explainer
	x.networks.edits.submit(new(int), func(ctx context.Context, answer func(described)) {
		answer(described{explainer: e, preview: previewOf(ctx, photo, e)})
	})
}

func (x *Editor) receive(d described) {
	x.Working, x.Err = false, d.err
	if d.err == nil {
		if x.Preview = d.preview; d.own {
			x.release()
			x.explainer, x.own, x.Net = d.explainer, true, d.explainer.Network()
		}
	}
	x.tell(ChangedEditor)
}

// release closes the editor's own explainer. Closing waits for the run in progress.
func (x *Editor) release() {
	if x.own {
		go x.explainer.Close()
	}
	x.explainer, x.own = nil, false
}

// previewSide bounds the longer side of a preview's picture in pixels: sharp on screens
// with two pixels a unit.
const previewSide = 640

// previewOf runs a network on a picture, if there is one.
func previewOf(ctx context.Context, photo *Photo, e Explainer) *Preview {
	if photo == nil {
		return nil
	}
	small, _ := reduced(photo.Full, photo.Full.Rect, previewSide)
	p := &Preview{Picture: small}
	in := e.Network().Input
	subject, err := subjectOf(ctx, photo, e)
	if err != nil {
		p.Err = err
		return p
	}
	seen, err := picture.ToRGB(subject.Input, in)
	if err != nil {
		p.Err = err
		return p
	}
	p.Seen = seen
	p.Top, p.Err = topOf(ctx, e, subject)
	return p
}

// topOf are the best classes of a picture.
func topOf(ctx context.Context, e Explainer, s *compute.Subject) ([]compute.Score, error) {
	plain := compute.Recipe{Layers: []string{e.Network().DefaultLayer()}, Methods: []cam.Method{cam.GradCAM()}, Class: compute.TopClass}
	r, err := checked(plain, e.Network())
	if err != nil {
		return nil, err
	}
	answers, err := e.Explain(ctx, r, s)
	if err != nil {
		return nil, err
	}
	o := answers[0].Outcomes[0]
	if o.Err != nil {
		return nil, o.Err
	}
	return o.Explanation.Top, nil
}

// Ready reports whether the network is described as the user says.
func (x *Editor) Ready() bool { return !x.Working && !x.Faulty() && x.Err == nil }

// Use takes the network in use as the user describes it, for this window and for each
// time that it is opened from now on.
func (x *Editor) Use() {
	if !x.Ready() {
		return
	}
	e, own, said := x.explainer, x.own, x.Said
	x.own = false
	x.end()
	if own {
		x.networks.take(e, said)
	}
}

// Cancel leaves the network as it was.
func (x *Editor) Cancel() { x.end() }

func (x *Editor) end() {
	x.networks.edits.drop()
	x.release()
	x.closed()
}

// Sidecar is what writes all that is in effect to a file beside the network's, and
// where; the path is empty where the network is in no file.
func (x *Editor) Sidecar() (path string, write func(overwrite bool) error) {
	file, net := x.networks.File(), x.Net
	if file == "" {
		return "", nil
	}
	architecture := ""
	if x.networks.Source.Weights != "" {
		architecture = x.networks.Source.Ref
	}
	path = weights.SidecarPath(file)
	return path, func(overwrite bool) error { return saveSidecar(path, file, net, architecture, overwrite) }
}

// Saved ends the editor once the sidecar says what the user says.
func (x *Editor) Saved() {
	n := x.networks
	x.end()
	n.forget()
	n.load(n.Source, weights.Sidecar{}, true)
}
