package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/models"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// fieldRow is a field of the editor: its name, its control, and where it is guessed or
// cannot be meant what has to be said of that.
type fieldRow struct {
	editor *inputEditor
	field  state.Field
	// entries are for what is typed: of the size the width and the height.
	entries []fieldEntry
	// choice is for what is chosen among options.
	choice  *widget.Choice
	options []string
	remark  *remark
	object  *fyne.Container
}

// fieldEntry is an entry for a field.
type fieldEntry struct {
	state.Field
	typed
}

// typed is an entry whose text the program may change without calling back.
type typed interface {
	fyne.CanvasObject
	text() string
	set(text string)
}

func newFieldRow(e *inputEditor, f state.Field, width float32) *fieldRow {
	r := &fieldRow{editor: e, field: f}
	r.remark = newRemark(func() { e.do(func(x *state.Editor) { x.Confirm(f) }) })
	var control fyne.CanvasObject
	switch f {
	case state.FieldWidth:
		control = container.New(beside2{}, r.entry(state.FieldWidth), fynewidget.NewLabel("×"), r.entry(state.FieldHeight))
	case state.FieldFit, state.FieldFilter, state.FieldScale, state.FieldActivation:
		r.choice = widget.NewChoice(nil, func(string) {
			e.do(func(x *state.Editor) { x.Set(f, r.options[r.choice.SelectedIndex()]) })
		})
		control = r.choice
	default:
		control = r.entry(f)
	}
	r.object = container.New(closely{}, container.New(beside(width), fynewidget.NewLabel(words.Field(f)), container.NewBorder(nil, nil, nil, r.remark.confirm, control)), container.New(indent(width), r.remark.line))
	return r
}

func (r *fieldRow) entry(f state.Field) fyne.CanvasObject {
	said := func(text string) { r.editor.do(func(x *state.Editor) { x.Set(f, text) }) }
	var entry typed
	switch f {
	case state.FieldChannels, state.FieldPositive:
		s := newSuggestion(said, r.editor.cancel)
		if f == state.FieldPositive {
			s.PlaceHolder = lang.L("yes")
		}
		entry = s
	default:
		entry = newQuietField(said, r.editor.cancel)
	}
	r.entries = append(r.entries, fieldEntry{f, entry})
	return entry
}

// update shows the field.
func (r *fieldRow) update(x *state.Editor) {
	widget.Show(r.object, r.applies(x))
	if r.choice != nil {
		r.offer(x)
	}
	fault := ""
	for _, e := range r.entries {
		if text := x.Text(e.Field); e.text() != text {
			e.set(text)
		}
		if f := x.Fault(e.Field); f != nil {
			fault = words.Fault(f)
		}
	}
	switch r.field {
	case state.FieldChannels:
		r.entries[0].typed.(*suggestion).suggest(channelsOf(x.Net.Input.Count())...)
	case state.FieldPositive:
		var labels []string
		if len(x.Net.Labels) == 2 {
			labels = slices.Sorted(slices.Values(x.Net.Labels))
		}
		r.entries[0].typed.(*suggestion).suggest(labels...)
	}
	why, guessed := x.Guessed(r.field)
	if r.field == state.FieldPositive {
		// The field itself shows what is guessed.
		why = ""
	}
	r.remark.set(fault, words.Guess(why), guessed)
}

// applies reports whether the field means something for the network.
func (r *fieldRow) applies(x *state.Editor) bool {
	meaning := models.Activation(x.Text(state.FieldActivation))
	switch r.field {
	case state.FieldResize:
		return models.Fit(x.Text(state.FieldFit)) == models.FitCrop
	case state.FieldThreshold:
		return meaning == models.ActivationSigmoid
	case state.FieldUnit:
		return meaning == models.ActivationNone
	case state.FieldPositive:
		return x.Net.TwoSided() && meaning == models.ActivationSigmoid
	}
	return true
}

// offer has the choice offer what the field can be.
func (r *fieldRow) offer(x *state.Editor) {
	text := x.Text(r.field)
	switch r.field {
	case state.FieldFit:
		r.options = []string{string(models.FitCrop), string(models.FitStretch)}
	case state.FieldFilter:
		r.options = nil
		for _, f := range models.Filters() {
			r.options = append(r.options, string(f))
		}
	case state.FieldScale:
		r.options = []string{state.UnitScale, state.ByteScale}
		if !slices.Contains(r.options, text) {
			r.options = append(r.options, text)
		}
	case state.FieldActivation:
		r.options = nil
		for _, a := range models.Activations() {
			if a != models.ActivationSoftmax || x.Net.Outputs() > 1 {
				r.options = append(r.options, string(a))
			}
		}
	}
	names := make([]string, len(r.options))
	for i, option := range r.options {
		if names[i] = words.Option(r.field, option); x.Net.Outputs() == 1 && models.Activation(option) == models.ActivationSigmoid {
			names[i] = lang.L("yes or no (sigmoid)")
		}
	}
	if !slices.Equal(names, r.choice.Options) {
		r.choice.SetOptions(names)
	}
	r.choice.SetIndex(slices.Index(r.options, text))
}

// channelsOf are the usual channels of which there are as many.
func channelsOf(count int) []string {
	if count == len(models.RGB) {
		return []string{string(models.RGB), string(models.BGR)}
	}
	return []string{string(models.ChannelsFor(count))}
}

// remark is the line below a field: what is wrong with it, or that it is guessed, with
// a button that confirms the guess.
type remark struct {
	line    *fyne.Container
	text    *fynewidget.Label
	confirm *fynewidget.Button
}

func newRemark(confirm func()) *remark {
	r := &remark{text: fynewidget.NewLabel("")}
	r.confirm = fynewidget.NewButtonWithIcon("", theme.NewWarningThemedResource(theme.ConfirmIcon()), confirm)
	r.text.SizeName, r.text.Wrapping = theme.SizeNameCaptionText, fyne.TextWrapWord
	r.confirm.Importance = fynewidget.LowImportance
	r.line = container.NewStack(r.text)
	return r
}

// set shows a fault, or else a guess, or nothing.
func (r *remark) set(fault, guess string, guessed bool) {
	text, importance := "", fynewidget.MediumImportance
	switch {
	case fault != "":
		text, importance = fault, fynewidget.DangerImportance
	case guessed:
		text, importance = "◆ "+guess, fynewidget.WarningImportance
	}
	r.text.Importance = importance
	r.text.SetText(text)
	widget.Show(r.line, text != "")
	widget.Show(r.confirm, guessed && fault == "")
}

// labelsRow says how many names of classes there are, and takes them from a file.
type labelsRow struct {
	editor *inputEditor
	names  *fynewidget.Label
	open   *fynewidget.Button
	remark *remark
}

func newLabelsRow(e *inputEditor) *labelsRow {
	r := &labelsRow{editor: e, names: fynewidget.NewLabel("")}
	r.names.Truncation = fyne.TextTruncateEllipsis
	r.remark = newRemark(func() { e.do((*state.Editor).ConfirmLabels) })
	r.open = fynewidget.NewButtonWithIcon(lang.L("From a file…"), theme.FolderOpenIcon(), func() {
		e.window.pickFile(e.window.session.Settings.Place, []string{".txt", ".json"}, func(path string) {
			e.do(func(x *state.Editor) { x.ReadLabels(path) })
		})
	})
	return r
}

func (r *labelsRow) build(width float32) fyne.CanvasObject {
	return container.New(closely{},
		container.New(beside(width), fynewidget.NewLabel(lang.L("Class names")), container.NewBorder(nil, nil, nil, container.NewHBox(r.open, r.remark.confirm), r.names)),
		container.New(indent(width), r.remark.line),
	)
}

func (r *labelsRow) update(x *state.Editor) {
	names := x.Net.Labels
	if x.Said.Names != nil {
		names = x.Said.Names
	}
	text := lang.L("none")
	if len(names) > 0 {
		text = strings.Join(names[:min(len(names), 20)], ", ")
	}
	r.names.SetText(text)
	why, guessed := x.LabelsGuessed()
	r.remark.set("", words.Guess(why), guessed)
}

// suggestion is an entry that offers texts to choose from, if there are any, and that
// Escape leaves.
type suggestion struct {
	fynewidget.SelectEntry
	escaped func()
	setting bool
	offered []string
}

func newSuggestion(typed func(string), escaped func()) *suggestion {
	s := &suggestion{escaped: escaped}
	s.ExtendBaseWidget(s)
	s.OnChanged = func(text string) {
		if !s.setting {
			typed(text)
		}
	}
	return s
}

func (s *suggestion) text() string { return s.Text }

// set implements [typed].
func (s *suggestion) set(text string) {
	s.setting = true
	s.SetText(text)
	s.setting = false
}

// suggest offers texts.
func (s *suggestion) suggest(texts ...string) {
	if !slices.Equal(texts, s.offered) {
		s.offered = texts
		s.SetOptions(texts)
	}
}

// TypedKey implements [fyne.Focusable].
func (s *suggestion) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		s.escaped()
		return
	}
	s.SelectEntry.TypedKey(e)
}

// quietField is a field whose text the program may change without calling back.
type quietField struct {
	field
	setting bool
}

func newQuietField(typed func(string), escaped func()) *quietField {
	q := &quietField{}
	q.ExtendBaseWidget(q)
	q.escaped = escaped
	q.OnChanged = func(text string) {
		if !q.setting {
			typed(text)
		}
	}
	return q
}

func (q *quietField) text() string { return q.Text }

// set implements [typed].
func (q *quietField) set(text string) {
	q.setting = true
	q.SetText(text)
	q.setting = false
}

// indent lays out objects as far from the left as a name is wide.
type indent float32

func (w indent) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.Size{}
	for _, o := range objects {
		if o.Visible() {
			size = size.Max(o.MinSize())
		}
	}
	return size.AddWidthHeight(float32(w), 0)
}

func (w indent) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(float32(w), 0))
		o.Resize(fyne.NewSize(size.Width-float32(w), size.Height))
	}
}

// closely lays out an object and below it a remark, nearer than rows are to each other.
type closely struct{}

// remarkRise is how far a remark's room reaches into that of its object.
const remarkRise = 4

func (closely) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := objects[0].MinSize()
	if remark := objects[1]; remark.Visible() {
		below := remark.MinSize()
		size = fyne.NewSize(max(size.Width, below.Width), size.Height+below.Height-remarkRise)
	}
	return size
}

func (closely) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	height := objects[0].MinSize().Height
	objects[0].Move(fyne.Position{})
	objects[0].Resize(fyne.NewSize(size.Width, height))
	objects[1].Move(fyne.NewPos(0, height-remarkRise))
	objects[1].Resize(fyne.NewSize(size.Width, max(size.Height-height+remarkRise, 0)))
}

// beside2 lays out two objects of the same width with a sign between them.
type beside2 struct{}

func (beside2) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, sign, b := objects[0].MinSize(), objects[1].MinSize(), objects[2].MinSize()
	return fyne.NewSize(a.Width+sign.Width+b.Width, max(a.Height, sign.Height, b.Height))
}

func (beside2) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	sign := objects[1].MinSize().Width
	side := (size.Width - sign) / 2
	x := float32(0)
	for i, width := range []float32{side, sign, side} {
		objects[i].Move(fyne.NewPos(x, 0))
		objects[i].Resize(fyne.NewSize(width, size.Height))
		x += width
	}
}
