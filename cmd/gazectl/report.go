package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
)

// result is one explanation as --json prints it, or the failure of a picture.
// It is a contract with scripts: fields may be added, none may change.
type result struct {
	Path   string          `json:"path"`
	Model  string          `json:"model"`
	Layer  string          `json:"layer"`
	Method string          `json:"method"`
	Device string          `json:"device"`
	Class  compute.Score   `json:"class"`
	Top    []compute.Score `json:"top"`
	// Target is what of the class was explained.
	Target resultTarget `json:"target"`
	Map    resultMap    `json:"map"`
	// Seconds since the work on the picture began, which is shared by all of
	// its layers, and its parts.
	Seconds seconds `json:"seconds"`
	// Notices are sentences that the reader of the map has to know.
	Notices []string `json:"notices"`
	// Output says what the network's outputs are.
	Output resultOutput `json:"output"`
	// Guesses are what Gaze assumed of the network, because nothing says it, and
	// Warnings sentences about what speaks for a wrong preprocessing.
	Guesses  []models.Assumption `json:"guesses"`
	Warnings []string            `json:"warnings"`
	// Picture has what has to be said of the picture's file.
	Picture []pictureNotice `json:"picture,omitempty"`
	// Query is the head and the token whose attention the map is.
	Query *resultQuery `json:"query,omitempty"`
	// Smoothing, Fusion and Compat say what became of the raw map.
	Smoothing compute.Smoothing `json:"smoothing,omitempty"`
	Fusion    compute.Fusion    `json:"fusion,omitempty"`
	Compat    string            `json:"compat,omitempty"`
	// Sheet, Raw and Input are the files that were written.
	Sheet string `json:"sheet,omitempty"`
	Raw   string `json:"raw,omitempty"`
	Input string `json:"input,omitempty"`

	// of is what was explained.
	of *compute.Explanation
}

// resultOutput says what a network's outputs are. Threshold is that of a sigmoid.
type resultOutput struct {
	Activation models.Activation `json:"activation"`
	Threshold  float64           `json:"threshold,omitempty"`
	Unit       string            `json:"unit,omitempty"`
}

func newOutput(o models.Output) resultOutput {
	r := resultOutput{Activation: o.Kind(), Unit: o.Unit}
	if o.Kind() == models.ActivationSigmoid {
		r.Threshold = o.Level()
	}
	return r
}

// resultQuery is a head and the place of a token, each where it was asked for.
type resultQuery struct {
	Head   *int `json:"head,omitempty"`
	Row    *int `json:"row,omitempty"`
	Column *int `json:"column,omitempty"`
}

// newQuery is nil where no head and no token was asked for.
func newQuery(q *cam.AttentionQuery) *resultQuery {
	if q == nil || q.Head == cam.AnyHead && q.Row == cam.AnyToken {
		return nil
	}
	var r resultQuery
	if q.Head != cam.AnyHead {
		r.Head = &q.Head
	}
	if q.Row != cam.AnyToken {
		r.Row, r.Column = &q.Row, &q.Column
	}
	return &r
}

// resultTarget is what was differentiated. Name says it with the classes' names.
type resultTarget struct {
	Kind compute.TargetKind `json:"kind"`
	Name string             `json:"name"`
}

// resultMap is a raw map; Values are in row-major order.
type resultMap struct {
	Height int       `json:"height"`
	Width  int       `json:"width"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Sum    float64   `json:"sum"`
	Values []float32 `json:"values"`
}

type seconds struct {
	Decode  float64 `json:"decode"`
	Network float64 `json:"network"`
	Total   float64 `json:"total"`
}

// failure is a picture that could not be dealt with, or one of its maps, whose layer
// and method are told where several maps were asked for.
type failure struct {
	Path   string `json:"path"`
	Error  string `json:"error"`
	Layer  string `json:"layer,omitempty"`
	Method string `json:"method,omitempty"`
}

// failedPicture tells why nothing of a picture could be explained.
func failedPicture(path string, err error) failure {
	return failure{Path: path, Error: reason(path, err)}
}

// failedMap tells why a map could not be made or saved.
func (t *task) failedMap(path string, of compute.Outcome, err error) failure {
	f := failedPicture(path, err)
	if len(t.recipe.Maps()) > 1 {
		f.Layer, f.Method = of.Layer, of.Method.Name
	}
	return f
}

// complain says what failed. Most reasons tell the layer, few the method.
func (t *task) complain(io *streams, f failure) {
	which := f.Path
	if f.Method != "" && len(t.recipe.Methods) > 1 {
		which += ", " + f.Method
	}
	io.complain("%s: %s", which, f.Error)
}

// newResult takes over an explanation. JSON knows no infinities and no NaN: a
// map with them is an error.
func newResult(path string, e *compute.Explanation) (*result, error) {
	lo, hi, sum := e.Map.Range()
	if math.IsNaN(sum) || math.IsInf(sum, 0) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return nil, fmt.Errorf("the map of layer %s holds numbers that are not finite", e.Layer)
	}
	r := &result{
		Path: path, Model: e.Network, Layer: e.Layer, Method: e.Method.Name, Device: e.Device,
		Class: e.Class, Top: e.Top, Picture: pictureNotices(e.Picture), Target: resultTarget{cmp.Or(e.Target.Kind, compute.TargetLogit), e.TargetName}, Notices: []string{},
		Query: newQuery(e.Method.Query), Smoothing: e.Smoothing, Fusion: e.Fusion,
		Map:    resultMap{e.Map.Height, e.Map.Width, lo, hi, sum, e.Map.Values},
		Output: newOutput(e.Output), Guesses: e.Guesses, Warnings: []string{}, of: e,
	}
	if r.Guesses == nil {
		r.Guesses = []models.Assumption{}
	}
	r.warn(e.Doubts)
	if e.Compat {
		r.Compat = "pytorch-grad-cam"
	}
	for _, n := range e.Notices {
		r.Notices = append(r.Notices, n.Text())
	}
	return r, nil
}

// warn adds doubts to the warnings.
func (r *result) warn(doubts []models.Doubt) {
	for _, d := range doubts {
		r.Warnings = append(r.Warnings, d.String())
	}
}

// spoken says what the network says of the class explained: "mug 93.1 % (logit 7.20)",
// of a number "higher (value 63.2 years)", and of classes that do not exclude each other
// which ones it says.
func spoken(e *compute.Explanation) string {
	c := e.Class
	if c.Measured() {
		return strings.TrimSpace(fmt.Sprintf("%s (value %.5g %s", c.Label, e.Value(), c.Unit)) + ")"
	}
	text := fmt.Sprintf("%s %.1f %% (logit %.2f)", c.Label, 100*c.Probability, c.Logit)
	if e.Output.Exclusive() {
		return text
	}
	said := slices.DeleteFunc(slices.Clone(e.Top), func(s compute.Score) bool { return !s.Said })
	if len(said) == 0 {
		return text + ", no class said"
	}
	if len(said) == 1 && said[0].Index == c.Index {
		return text
	}
	names := make([]string, len(said))
	for i, s := range said {
		names[i] = fmt.Sprintf("%s %.1f %%", s.Label, 100*s.Probability)
	}
	if more := e.Said - len(said); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return text + ", said: " + strings.Join(names, ", ")
}

// text is the result in a line for people.
func (r *result) text() string {
	made := r.Method
	if q := r.of.Method.Query; q != nil {
		made += q.Suffix()
	}
	for _, how := range []string{string(r.Smoothing), string(r.Fusion), r.Compat} {
		if how != "" {
			made += " " + how
		}
	}
	if r.Target.Kind != compute.TargetLogit {
		made += " of " + r.Target.Name
	}
	s := fmt.Sprintf("%s: %s, %s %s, map %dx%d, raw %.4g … %.4g",
		r.Path, spoken(r.of), r.Layer, made, r.Map.Width, r.Map.Height, r.Map.Min, r.Map.Max)
	for _, file := range []string{r.Sheet, r.Raw, r.Input} {
		if file != "" {
			s += ", " + file
		}
	}
	return printable(s)
}

// reporter prints results as they come.
type reporter interface {
	result(r *result) error
	failure(f failure) error
	// quiet reports whether nothing is printed that shows a person the progress.
	quiet() bool
	// close ends the output; it is called once, whatever happened.
	close() error
}

func newReporter(io *streams, asJSON bool) reporter {
	if asJSON {
		return &jsonReporter{io: io}
	}
	return textReporter{io}
}

// textReporter prints lines for people.
type textReporter struct{ io *streams }

func (t textReporter) result(r *result) error {
	_, err := fmt.Fprintln(t.io.out, r.text())
	return err
}

func (textReporter) failure(failure) error { return nil }

func (textReporter) quiet() bool { return false }

func (textReporter) close() error { return nil }

// silent prints nothing.
type silent struct{}

func (silent) result(*result) error { return nil }

func (silent) failure(failure) error { return nil }

func (silent) quiet() bool { return true }

func (silent) close() error { return nil }

// jsonReporter prints an array element by element, so that it is whole however
// the work ends and never in memory as a whole.
type jsonReporter struct {
	io    *streams
	begun bool
	// broken is set once something could not be written. The array cannot be
	// completed then, and the error has been returned.
	broken bool
}

func (j *jsonReporter) result(r *result) error { return j.element(r) }

func (j *jsonReporter) failure(f failure) error { return j.element(f) }

func (*jsonReporter) quiet() bool { return true }

func (j *jsonReporter) element(v any) error {
	var b bytes.Buffer
	if j.begun {
		b.WriteString(",\n")
	} else {
		b.WriteString("[\n")
	}
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	j.begun = true
	_, err := j.io.out.Write(bytes.TrimRight(b.Bytes(), "\n"))
	j.broken = err != nil
	return err
}

func (j *jsonReporter) close() error {
	if j.broken {
		return nil
	}
	end := "\n]\n"
	if !j.begun {
		end = "[]\n"
	}
	_, err := io.WriteString(j.io.out, end)
	return err
}
