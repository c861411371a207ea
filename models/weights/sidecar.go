package weights

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gaze/models"
	"gaze/models/internal/regular"
)

// Sidecar describes a network in a JSON file beside its weights: preprocessing, what
// the outputs mean, labels and free text. It may have any part of it; what it does not
// say is zero.
type Sidecar struct {
	// File is the name of its file, without the folder; empty if it is from none.
	File string
	// Architecture is the zoo's name of the structure.
	Architecture string
	Input        models.Preprocessing
	Output       models.Output
	// Names are the labels where the sidecar lists them itself. Otherwise Labels is
	// "imagenet-1k" or the name of a file beside the sidecar: see labels.Load.
	Names  []string
	Labels string
	// Positive is the label of what a high output means, where there is one output.
	Positive string
	// Layer is the layer that is explained unless another is asked for.
	Layer string
	// Source and Notes are shown to the user, not interpreted.
	Source string
	Notes  []string
	// Remarks are what Gaze says of what was read.
	Remarks []models.Note
	// Unknown are the keys that mean nothing.
	Unknown []string
}

// maxSidecar bounds a sidecar's size in bytes; real ones have two thousand.
const maxSidecar = 1 << 20

// SidecarPath returns the path of the sidecar of a weights file, whether it
// exists or not: the same name with the extension .json.
func SidecarPath(weights string) string {
	return strings.TrimSuffix(weights, filepath.Ext(weights)) + ".json"
}

// ReadSidecar reads the sidecar at path. The error is fs.ErrNotExist if there
// is no such file.
func ReadSidecar(path string) (*Sidecar, error) {
	data, err := regular.Read(path, maxSidecar)
	if err != nil {
		return nil, fmt.Errorf("reading sidecar: %w", err)
	}
	s, err := DecodeSidecar(data)
	if err != nil {
		return nil, fmt.Errorf("sidecar %s: %w", path, err)
	}
	s.File = filepath.Base(path)
	return s, nil
}

// FindSidecar reads the sidecar beside a weights file. It returns nil if there
// is none.
func FindSidecar(weights string) (*Sidecar, error) {
	s, err := ReadSidecar(SidecarPath(weights))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return s, err
}

// sides reads one length or [height, width].
type sides [2]int

func (s *sides) UnmarshalJSON(data []byte) error {
	var one int
	if err := json.Unmarshal(data, &one); err == nil {
		*s = sides{one, one}
		return nil
	}
	var both []int
	if err := json.Unmarshal(data, &both); err != nil || len(both) != len(s) {
		return errors.New("input.size is neither a length in pixels nor [height, width]")
	}
	*s = sides(both)
	return nil
}

// perChannel reads one number or a list of numbers.
type perChannel []float32

func (n *perChannel) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var one float32
	if err := json.Unmarshal(data, &one); err == nil {
		*n = perChannel{one}
		return nil
	}
	if err := json.Unmarshal(data, (*[]float32)(n)); err != nil || len(*n) == 0 {
		return errors.New("input.mean and input.std are a number or a list of numbers each")
	}
	return nil
}

// lines reads one text or a list of texts.
type lines []string

func (l *lines) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*l = lines{one}
		return nil
	}
	if err := json.Unmarshal(data, (*[]string)(l)); err != nil {
		return errors.New("source and notes are a text or a list of texts each")
	}
	return nil
}

// sidecarInput has the keys of a sidecar's "input".
type sidecarInput struct {
	Size     *sides        `json:"size"`
	Resize   *int          `json:"resize"`
	Crop     models.Fit    `json:"crop"`
	Filter   models.Filter `json:"interpolation"`
	Channels string        `json:"channels"`
	Stack    string        `json:"stack"`
	Scale    *float32      `json:"scale"`
	Mean     perChannel    `json:"mean"`
	Std      perChannel    `json:"std"`
	// Layout is the order of the axes. It is accepted and ignored: an ONNX file
	// states its own order, and all other files have the same.
	Layout string `json:"layout"`
}

// DecodeSidecar reads a sidecar's content. A key that is misplaced or misspelt is an
// error, because what it says would be lost. Other unknown keys are an error inside
// "input" only.
func DecodeSidecar(data []byte) (*Sidecar, error) {
	var file struct {
		Architecture string            `json:"architecture"`
		Input        json.RawMessage   `json:"input"`
		Activation   models.Activation `json:"activation"`
		Threshold    *float64          `json:"threshold"`
		Unit         string            `json:"unit"`
		Positive     string            `json:"positive"`
		Layer        string            `json:"layer"`
		Labels       json.RawMessage   `json:"labels"`
		Source       lines             `json:"source"`
		Notes        lines             `json:"notes"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("is not valid: %w", inWords(err, ""))
	}
	unknown, err := keysOf(data, false)
	if err != nil {
		return nil, err
	}
	s := &Sidecar{
		Architecture: file.Architecture, Output: models.Output{Activation: file.Activation, Unit: file.Unit},
		Positive: file.Positive, Layer: file.Layer, Source: strings.Join(file.Source, " "), Notes: file.Notes, Unknown: unknown,
	}
	if file.Threshold != nil {
		if s.Output.Threshold = *file.Threshold; !(s.Output.Threshold > 0) {
			return nil, fmt.Errorf("threshold %v is not between 0 and 1", s.Output.Threshold)
		}
	}
	if err := s.Output.Validate(); err != nil {
		return nil, err
	}
	if err := s.labels(file.Labels); err != nil {
		return nil, err
	}
	if len(file.Input) == 0 {
		return s, nil
	}
	var said sidecarInput
	if err := json.Unmarshal(file.Input, &said); err != nil {
		return nil, fmt.Errorf("is not valid: %w", inWords(err, "input."))
	}
	if _, err := keysOf(file.Input, true); err != nil {
		return nil, err
	}
	s.Input, err = said.preprocessing()
	return s, err
}

// keysOf checks the keys of an object and returns those that mean nothing.
func keysOf(data []byte, inside bool) (unknown []string, err error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, fmt.Errorf("is not valid: %w", inWords(err, ""))
	}
	return checkKeys(object, inside)
}

// labels takes over a list of names, or the name of one.
func (s *Sidecar) labels(data json.RawMessage) error {
	if len(data) == 0 || json.Unmarshal(data, &s.Labels) == nil || json.Unmarshal(data, &s.Names) == nil {
		return nil
	}
	return errors.New("labels are a list of names, imagenet-1k, or the name of a file")
}

// inWords describes a value of the wrong type in terms of JSON instead of Go.
func inWords(err error, where string) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	want := map[reflect.Kind]string{
		reflect.String: "a text", reflect.Slice: "a list", reflect.Struct: "an object", reflect.Int: "a whole number", reflect.Float32: "a number",
	}[wrong.Type.Kind()]
	if wrong.Field == "" {
		return fmt.Errorf("%s is expected, not a JSON %s", want, wrong.Value)
	}
	return fmt.Errorf("%s%s has to be %s, not a JSON %s", where, wrong.Field, want, wrong.Value)
}

// preprocessing is what the sidecar states of the input.
func (said sidecarInput) preprocessing() (models.Preprocessing, error) {
	p := models.Preprocessing{Fit: said.Crop, Stack: said.Stack, Mean: said.Mean, Std: said.Std}
	if said.Size != nil {
		p.Height, p.Width = said.Size[0], said.Size[1]
		if p.Height < 1 || p.Width < 1 {
			return p, fmt.Errorf("input: input size %dx%d is not between 1 and 4096", p.Width, p.Height)
		}
	}
	if said.Resize != nil {
		if p.Resize = *said.Resize; p.Resize < 1 {
			return p, fmt.Errorf("input.resize %d is not above 0", p.Resize)
		}
	}
	if p.Filter = said.Filter; p.Filter != "" && !slices.Contains(models.Filters(), p.Filter) {
		return p, fmt.Errorf("input.interpolation %q is not bilinear, bicubic or nearest", string(said.Filter))
	}
	if said.Channels != "" {
		var err error
		if p.Channels, err = models.ParseChannels(said.Channels); err != nil {
			return p, fmt.Errorf("input: %w", err)
		}
		if p.Stack != "" {
			return p, errors.New("input has both channels and a stack: the stack says what the channels are")
		}
	}
	if said.Scale != nil {
		if p.Scale = *said.Scale; !(p.Scale > 0) {
			return p, fmt.Errorf("input: scale %v is not a number above 0", p.Scale)
		}
	}
	if err := p.Validate(); err != nil {
		return p, fmt.Errorf("input: %w", err)
	}
	return p, nil
}
